"""SNS with the AWS SDK for Go v2; the cases themselves are in `go/topics.go`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.programs import Program

# The first test also waits for the compiler.
pytestmark = [pytest.mark.one_engine("another SDK is about the wire"), pytest.mark.timeout(300)]

ACCOUNT = "000000000000"


def test_a_topic_lives_its_whole_life(golang: Program, queue: str, name: str) -> None:
    saw = golang("topic", name=name, queue=queue, arn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}")

    assert saw["arn"] == f"arn:aws:sns:us-east-1:{ACCOUNT}:{name}"
    assert saw["bodies"] == ["olá 🌎"]
    assert saw["weight"] == "12.50"
    assert saw["attributes"]["DisplayName"] == "Orders"
    assert saw["attributes"]["SubscriptionsConfirmed"] == "1"
    assert saw["tag"] == "team=orders"


def test_a_fifo_topic_drops_what_is_repeated(golang: Program, sqs: Any, fifo_queue: str, name: str) -> None:
    saw = golang("topicFifo", name=name, arn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}.fifo")

    assert saw == {"same": True}
    assert len(sqs.receive_message(QueueUrl=fifo_queue, MaxNumberOfMessages=10)["Messages"]) == 3


def test_subscriptions_are_listed_by_the_sdks_paginator(golang: Program, name: str) -> None:
    assert golang("topicPages", name=name) == {"pages": [100, 10]}


def test_errors_are_found_by_their_types(golang: Program, name: str) -> None:
    saw = golang("topicErrors", name=name)

    assert (saw["notFound"], saw["invalid"], saw["code"]) == (True, True, "InvalidParameter")
    assert saw["message"] == "Invalid parameter: Topic Name"
