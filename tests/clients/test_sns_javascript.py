"""SNS with the AWS SDK for JavaScript v3; the cases themselves are in `javascript/notifications.mjs`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.programs import Program

# The first test also waits for npm.
pytestmark = [pytest.mark.one_engine("another SDK is about the wire"), pytest.mark.timeout(300)]

SCRIPT = "notifications.mjs"


def test_a_topic_and_its_subscription_live_their_whole_life(
    javascript: Program, sqs: Any, queue: str, name: str
) -> None:
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"

    saw = javascript(SCRIPT, "cycle", name=name, queueArn=arn)

    assert saw["arn"] == f"arn:aws:sns:us-east-1:000000000000:{name}"
    assert (saw["attributes"]["DisplayName"], saw["attributes"]["SignatureVersion"]) == ("Orders", "2")
    assert saw["filter"] == '{"city":["Cuzco"]}'
    assert [each["Id"] for each in saw["batch"]["Successful"]] == ["one", "two"]
    assert saw["tags"] == []
    got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])["Messages"]
    assert sorted(each["Body"] for each in got) == ["1", "olá 🌎"]
    assert {each["MessageAttributes"]["bytes"]["BinaryValue"] for each in got} == {b"\x00\x01\xfe\xff"}


def test_errors_are_instances_of_their_classes(javascript: Program, queue: str, name: str) -> None:
    saw = javascript(SCRIPT, "errors", name=name, queueArn=f"arn:aws:sqs:us-east-1:000000000000:{name}")

    assert saw["service"] is True
    assert (saw["missing"]["typed"], saw["missing"]["status"]) == (True, 404)
    assert saw["missing"]["message"] == "Topic does not exist"
    assert (saw["invalid"]["typed"], saw["invalid"]["status"]) == (True, 400)


def test_subscriptions_are_listed_by_the_sdks_paginator(javascript: Program, name: str) -> None:
    assert javascript(SCRIPT, "pages", name=name) == [100, 10]
