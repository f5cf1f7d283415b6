"""A server with limits: who asks too often or holds too much is told so, in the words of what was asked, and others are
served."""

from __future__ import annotations

import contextlib

import pytest

from tests.faults.client import RawClient, form_bytes, operation_bytes, request_bytes
from tests.strict import StrictServer, allow, refusal
from tests.support import Server


def test_a_principal_that_asks_too_often_is_throttled_and_others_are_not(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    environ = {"CHASQUI_RATE_PER_PRINCIPAL": "5"}
    with StrictServer(tmp_path_factory.mktemp("data"), environ=environ) as running:
        busy = running.client(**running.user(allow("sqs:*"), name="busy"))
        codes = set()
        for _ in range(40):
            with contextlib.suppress(AssertionError):
                codes.add(refusal(busy.list_queues)[:2])
        assert codes == {("Throttling", 400)}
        assert running.client("sts").get_caller_identity()["Arn"].endswith("user/admin")


def test_an_address_that_asks_too_often_is_told_in_each_protocol(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        Server(tmp_path_factory.mktemp("data"), environ={"CHASQUI_RATE_PER_ADDRESS": "0.01"}) as running,
        RawClient(running.url) as client,
    ):
        first = client.ask(operation_bytes("ListQueues", b"{}"))
        second = client.ask(operation_bytes("ListQueues", b"{}"))
        third = client.ask(form_bytes(b"Action=ListQueues&Version=2012-11-05"))

    assert (first.status, second.status, third.status) == (200, 400, 400)
    assert second.json["__type"].endswith("#ThrottlingException")
    assert b"<Code>Throttling</Code><Message>Rate exceeded</Message>" in third.body.replace(b"\n", b"")
    assert 0 < int(second.headers["retry-after"]) <= 100


def test_connections_beyond_the_limit_get_503_and_the_others_go_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    environ = {"CHASQUI_CONNECTIONS_MAX": "3"}
    with Server(tmp_path_factory.mktemp("data"), environ=environ) as running, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(RawClient(running.url)) for _ in range(4)]
        statuses = [client.try_call("ListQueues").status for client in clients]
        assert statuses == [200, 200, 200, 503]
        turned_away = clients[3].try_call("ListQueues")
        assert b"<Code>ServiceUnavailable</Code>" in turned_away.body
        assert [client.try_call("ListQueues").status for client in clients[:3]] == [200, 200, 200]


def test_health_checks_of_a_throttled_address_are_answered(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        Server(tmp_path_factory.mktemp("data"), environ={"CHASQUI_RATE_PER_ADDRESS": "0.01"}) as running,
        RawClient(running.url) as client,
    ):
        answers = [client.ask(request_bytes("/_chasqui/health", {"Host": "localhost"}, b"", "GET")) for _ in range(3)]

    assert [each.status for each in answers] == [200, 200, 200]
