"""What the pages of messages show to who may not see everything: the rest, and what is denied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.console.caller import Caller
from tests.strict import StrictServer, allow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("denied")) as running:
        sqs = running.client()
        sqs.send_message(QueueUrl=sqs.create_queue(QueueName="orders")["QueueUrl"], MessageBody="a secret order")
        yield running


@pytest.fixture(scope="module")
def clerk(server: StrictServer) -> Caller:
    """May do everything with queues, and none of what the server offers beside."""
    caller = Caller(server.url)
    caller.sign_in(server.user(allow("sqs:*")))
    return caller


def test_who_may_not_look_is_told_so(clerk: Caller) -> None:
    for path in ("peek", "groups", "peek?text=secret"):
        answer = clerk.get(f"queues/orders/messages/{path}")
        assert answer.status == 200
        assert "chasqui:PeekMessages" in answer.text
        assert "a secret order" not in answer.text


def test_who_may_not_look_downloads_nothing(clerk: Caller) -> None:
    for path in ("all", "body?sequence=1", "one?sequence=1"):
        answer = clerk.get(f"queues/orders/messages/{path}")
        assert answer.status == 403
        assert "a secret order" not in answer.text


def test_who_may_not_see_the_servers_figures_sees_the_queues(clerk: Caller) -> None:
    text = clerk.get("queues/orders/monitoring").text
    assert "chasqui:ListQueues" in text
    assert 'data-series="visible" data-value="1"' in text
    assert 'data-series="sent" data-value=""' in text


def test_who_may_only_receive_sends_nothing(server: StrictServer) -> None:
    reader = Caller(server.url)
    reader.sign_in(server.user(allow("sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")))
    answer = reader.post("queues/orders/messages/send", {"body": "forbidden"})
    assert answer.status == 403
    assert "AccessDenied" in answer.text
    assert ">\nforbidden</textarea>" in answer.text


def test_who_may_not_list_sources_may_redrive_all_the_same(server: StrictServer) -> None:
    mover = Caller(server.url)
    mover.sign_in(server.user(allow("sqs:Get*", "sqs:ListMessageMoveTasks", "sqs:StartMessageMoveTask")))
    answer = mover.get("queues/orders/redrive")
    assert answer.status == 200
    assert "sqs:ListDeadLetterSourceQueues" in answer.text or "AccessDenied" in answer.text
    assert "Start redrive" in answer.text
    assert "Redrive tasks" in answer.text
