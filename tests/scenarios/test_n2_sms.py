"""N2: text messages to single numbers, on a server started the README's way: they arrive in the embedded phone or at a
gateway, who answers STOP gets no more, a month's limit holds, and a restart loses nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chasqui.cli.client import call
from tests.engines import Engine
from tests.support import Server, eventually

NUMBER = "+12025550123"


class Gateway:
    """An HTTP gateway on loopback; answers with the statuses it was given, then 200."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = gateway.statuses.pop(0) if gateway.statuses else 200
                if status == 200:
                    gateway.posted.append(json.loads(body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/send"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    running = Gateway()
    yield running
    running.close()


def texts(server: Server) -> list[dict[str, Any]]:
    """What the embedded phone has, the oldest first."""
    return list(reversed(call(server.url, "/_chasqui/sms")["messages"]))


def test_a_published_text_arrives_in_the_embedded_phone(engine: Engine, tmp_path: Path) -> None:
    with Server(tmp_path, *engine.options()) as server:
        sns = server.client("sns")
        attribute = {"DataType": "String", "StringValue": "Chasqui"}
        sent = sns.publish(PhoneNumber=NUMBER, Message="hello", MessageAttributes={"AWS.SNS.SMS.SenderID": attribute})[
            "MessageId"
        ]
        (text,) = eventually(lambda: texts(server))
        assert (text["to"], text["text"], text["senderId"]) == (NUMBER, "hello", "Chasqui")
        assert (text["messageId"], text["sent"]) == (sent, False)
        known = call(server.url, "/_aws/sns/sms-messages")["sms_messages"]
        assert [each["Message"] for each in known[NUMBER]] == ["hello"]


def test_who_answers_stop_gets_no_more(engine: Engine, tmp_path: Path) -> None:
    with Server(tmp_path, *engine.options()) as server:
        sns = server.client("sns")
        call(server.url, "/_chasqui/sms/reply", {"from": NUMBER, "text": "STOP"})
        sns.publish(PhoneNumber=NUMBER, Message="unwanted")
        sns.publish(PhoneNumber="+12025550199", Message="a mark")
        eventually(lambda: texts(server))
        assert [each["text"] for each in texts(server)] == ["a mark"]
        call(server.url, "/_chasqui/sms/reply", {"from": NUMBER, "text": "START"})
        sns.publish(PhoneNumber=NUMBER, Message="welcome back")
        eventually(lambda: len(texts(server)) == 2)
        assert texts(server)[1]["text"] == "welcome back"


def test_a_gateway_that_was_down_gets_the_text_after_a_restart(
    engine: Engine, tmp_path: Path, gateway: Gateway
) -> None:
    options = ("--test-clock", *engine.options())
    environ = {"CHASQUI_SMS_URL": gateway.url}
    gateway.statuses = [503]
    with Server(tmp_path, *options, environ=environ) as server:
        server.client("sns").publish(PhoneNumber=NUMBER, Message="hello")
        eventually(lambda: not gateway.statuses)
        server.kill()
    with Server(tmp_path, *options, environ=environ) as server:
        call(server.url, "/_chasqui/clock", {"advance_seconds": 600})
        (posted,) = eventually(lambda: gateway.posted)
    assert (posted["to"], posted["text"]) == (NUMBER, "hello")


def test_the_months_limit_holds_over_a_restart(engine: Engine, tmp_path: Path, gateway: Gateway) -> None:
    options = engine.options()
    environ = {"CHASQUI_SMS_URL": gateway.url, "CHASQUI_SMS_PRICE": "0.4"}
    with Server(tmp_path, *options, environ=environ) as server:
        server.client("sns").publish(PhoneNumber=NUMBER, Message="first")
        eventually(lambda: len(gateway.posted) == 1)
    with Server(tmp_path, *options, environ=environ) as server:
        sns = server.client("sns")
        sns.publish(PhoneNumber=NUMBER, Message="second")
        eventually(lambda: len(gateway.posted) == 2)
        sns.publish(PhoneNumber=NUMBER, Message="too dear")
        sns.set_sms_attributes(attributes={"MonthlySpendLimit": "1.2"})
        sns.publish(PhoneNumber=NUMBER, Message="third")
        eventually(lambda: len(gateway.posted) == 3)
        sns.publish(PhoneNumber=NUMBER, Message="too dear again")
        sns.set_sms_attributes(attributes={"MonthlySpendLimit": "1.6"})
        sns.publish(PhoneNumber=NUMBER, Message="fourth")
        eventually(lambda: len(gateway.posted) == 4)
    assert {"first", "second"} <= {each["text"] for each in gateway.posted}
