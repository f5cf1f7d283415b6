"""The overview of queues: one place's, in the order of a column, found by their names."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from chasqui.telemetry.counters import Counters
from chasqui.testing import TestServer
from tests.unit.sqs.support import arn, redrive

PLACE = {"account": "000000000000", "region": "us-east-1"}


def ask(server: TestServer, **query: object) -> tuple[int, dict[str, Any]]:
    """The status and the answer of a request."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    connection.request("GET", f"/_chasqui/queues?{urlencode(query)}")
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    return answer.status, body


def names(server: TestServer, **query: object) -> list[str]:
    """The names of one place's queues, in their order."""
    return [each["name"] for each in ask(server, **PLACE, **query)[1]["queues"]]


@pytest.fixture
def queues(chasqui: TestServer, sqs: Any) -> TestServer:
    """Three queues, with one, three and no messages."""
    for name, count in (("b-one", 1), ("a-three", 3), ("c-none", 0)):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        for number in range(count):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
    return chasqui


def test_the_queues_of_a_place_are_in_the_order_of_their_names(queues: TestServer) -> None:
    assert names(queues) == ["a-three", "b-one", "c-none"]
    assert names(queues, order="desc") == ["c-none", "b-one", "a-three"]


def test_they_are_sorted_by_figures_and_then_by_name(queues: TestServer, sqs: Any) -> None:
    sqs.create_queue(QueueName="d-none")

    assert names(queues, sort="visible", order="desc") == ["a-three", "b-one", "c-none", "d-none"]
    assert names(queues, sort="visible") == ["c-none", "d-none", "b-one", "a-three"]


def test_the_oldest_message_decides_the_order_by_age(queues: TestServer, sqs: Any) -> None:
    assert names(queues, sort="age", order="desc")[-1] == "c-none"
    assert names(queues, sort="age")[0] == "c-none"


def test_names_are_found_anywhere_or_by_their_beginning(queues: TestServer) -> None:
    assert names(queues, search="ONE") == ["b-one", "c-none"]
    assert names(queues, search="c-", match="prefix") == ["c-none"]


def test_types_are_told_apart(queues: TestServer, sqs: Any) -> None:
    sqs.create_queue(QueueName="f.fifo", Attributes={"FifoQueue": "true"})

    assert names(queues, type="fifo") == ["f.fifo"]
    assert "f.fifo" not in names(queues, type="standard")


def test_pages_follow_one_another(queues: TestServer) -> None:
    _, first = ask(queues, **PLACE, limit=2, sort="visible", order="desc")
    _, second = ask(queues, **PLACE, limit=2, sort="visible", order="desc", after=first["after"])

    assert [each["name"] for each in (*first["queues"], *second["queues"])] == ["a-three", "b-one", "c-none"]
    assert (first["total"], second["after"]) == (3, None)


def test_named_queues_alone_are_told_of(queues: TestServer) -> None:
    assert names(queues, names="c-none,no-such,a-three") == ["a-three", "c-none"]


def test_other_places_have_other_queues(queues: TestServer) -> None:
    assert ask(queues, account="111122223333", region="us-east-1")[1]["queues"] == []
    assert ask(queues, account=PLACE["account"], region="eu-west-1")[1]["queues"] == []


def test_a_row_tells_dead_letter_queue_and_encryption(queues: TestServer, sqs: Any) -> None:
    target = arn(sqs, sqs.get_queue_url(QueueName="c-none")["QueueUrl"])
    attributes = {"RedrivePolicy": redrive(target), "SqsManagedSseEnabled": "false"}
    sqs.create_queue(QueueName="told", Attributes=attributes)
    sqs.create_queue(QueueName="sealed", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})

    _, answer = ask(queues, **PLACE, names="told,sealed")
    sealed, told = answer["queues"]

    assert (told["deadLetterTargetArn"], told["encryption"]) == (target, "")
    assert (sealed["encryption"], sealed["kmsKey"]) == ("SSE-KMS", "alias/aws/sqs")


@pytest.mark.parametrize("query", [{"sort": "colour"}, {"order": "up"}, {"limit": "all"}, {"after": "x y"}])
def test_what_there_is_no_order_or_page_for_is_refused(chasqui: TestServer, query: dict[str, str]) -> None:
    assert ask(chasqui, **PLACE, **query)[0] == 400


def test_without_a_place_every_queue_is_told_of(queues: TestServer) -> None:
    _, first = ask(queues, limit=2)
    _, second = ask(queues, limit=2, after=first["after"])

    assert [each["name"] for each in (*first["queues"], *second["queues"])] == ["a-three", "b-one", "c-none"]


def test_looking_at_queues_that_were_never_used_forgets_no_counts(
    queues: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [each["NumberOfMessagesSent"] for each in ask(queues, **PLACE)[1]["queues"]]
    monkeypatch.setattr(Counters, "KEYS_MAX", 1)

    again = [each["NumberOfMessagesSent"] for each in ask(queues, **PLACE)[1]["queues"]]

    assert sent == again == [3, 1, 0]
