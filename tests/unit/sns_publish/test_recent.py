"""What was published lately is listed, newest first, with how it went."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from chasqui.testing import TestServer, server
from tests.support import eventually


@pytest.fixture(scope="module")
def running() -> Iterator[TestServer]:
    with server() as started:
        yield started


def listed(running: TestServer, **query: object) -> dict[str, Any]:
    text = urllib.parse.urlencode(query)
    with urllib.request.urlopen(f"{running.url}/_chasqui/traces?{text}", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def ids(running: TestServer, **query: object) -> list[str]:
    return [row["message"] for row in listed(running, **query)["publishes"]]


def published(running: TestServer, topic: str, *texts: str) -> list[str]:
    """Messages' ids, once all are in the list."""
    sns = running.client("sns")
    found = [sns.publish(TopicArn=topic, Message=text)["MessageId"] for text in texts]
    eventually(lambda: set(found) <= set(ids(running, topic=topic)))
    return found


@pytest.fixture
def topic(running: TestServer, request: pytest.FixtureRequest) -> str:
    arn: str = running.client("sns").create_topic(Name=request.node.name[:200])["TopicArn"]
    return arn


def test_the_newest_comes_first(running: TestServer, topic: str) -> None:
    first, second = published(running, topic, "a", "b")

    assert ids(running, topic=topic) == [second, first]


def test_a_row_tells_what_was_published_and_when(running: TestServer, topic: str) -> None:
    (id,) = published(running, topic, "x" * 500)

    (row,) = listed(running, topic=topic)["publishes"]

    assert row["message"] == id
    assert row["text"] == "x" * 120
    assert (row["state"], row["failed"]) == ("sent", 0)


def test_pages_follow_one_another(running: TestServer, topic: str) -> None:
    first, *_, last = published(running, topic, "a", "b", "c")

    page = listed(running, topic=topic, limit=1)

    assert page["publishes"][0]["message"] == last
    assert first in ids(running, topic=topic, before=page["before"])
    assert last not in ids(running, topic=topic, before=page["before"])


def test_what_went_wrong_can_be_asked_for(running: TestServer, topic: str) -> None:
    sqs, sns = running.client("sqs"), running.client("sns")
    (fine,) = published(running, topic, "fine")
    url = sqs.create_queue(QueueName="gone")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
    sqs.delete_queue(QueueUrl=url)
    (lost,) = published(running, topic, "lost")

    eventually(lambda: ids(running, topic=topic, state="failed") == [lost])

    assert ids(running, topic=topic, state="sent") == [fine]
    assert ids(running, subscription=subscribed["SubscriptionArn"]) == [lost]


def test_other_accounts_and_regions_are_left_out(running: TestServer, topic: str) -> None:
    (id,) = published(running, topic, "a")

    assert id in ids(running, account="000000000000", region="us-east-1")
    assert id not in ids(running, account="111111111111")
    assert id not in ids(running, region="eu-west-1")


def test_a_search_that_was_cut_short_says_so(running: TestServer, topic: str) -> None:
    published(running, topic, "a", "b", "c")

    assert listed(running, topic="none", look=1)["whole"] is False


@pytest.mark.parametrize("query", ["state=lost", "limit=1000", "since=x"])
def test_what_cannot_be_asked_is_refused(running: TestServer, query: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{running.url}/_chasqui/traces?{query}", timeout=10)

    assert refused.value.code == 400
