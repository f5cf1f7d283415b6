"""The HTTP gateway for text messages: what is posted, and what its answers mean."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from chasqui.base.errors import SettingsError
from chasqui.base.settings import Settings
from chasqui.delivery.sending import SendFailed, Sent
from chasqui.delivery.sms.gateway import HttpGateway
from chasqui.delivery.sms.port import Sms

SMS = Sms(to="+33612345678", text='Say "hi" & {to}\n\\ ñ', message_id="m-1", sender_id="ACME", type="Transactional")


class Client:
    """An `HttpPost` that answers what it is told."""

    def __init__(self, status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.answer = status, headers or {}, body
        self.asked: list[tuple[str, Mapping[str, str], bytes]] = []

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append((url, headers, body))
        return self.answer


def sent(client: Client, **settings: Any) -> Sent:
    gateway = HttpGateway(Settings(**{"sms_url": "http://gateway.test/send", **settings}), client)
    return asyncio.run(gateway.send(SMS))


def test_json_is_posted_with_every_field_escaped() -> None:
    client = Client(202, b'{"id": 77}')

    answer = sent(client, sms_authorization="Bearer secret", sms_headers=("X-Account: 12",))

    ((url, headers, body),) = client.asked
    assert url == "http://gateway.test/send"
    assert headers == {"content-type": "application/json", "authorization": "Bearer secret", "x-account": "12"}
    assert json.loads(body) == {"to": SMS.to, "text": SMS.text, "from": "ACME", "id": "m-1"}
    assert answer == Sent("77", 202, '{"id": 77}')


def test_a_form_is_posted_with_every_field_escaped() -> None:
    client = Client(200, b"OK")

    answer = sent(client, sms_format="form", sms_body="To={to}&From={sender_id}&Body={text}&Kind={type}")

    assert client.asked[0][1]["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(client.asked[0][2].decode()) == {
        **{"To": [SMS.to], "From": ["ACME"], "Body": [SMS.text], "Kind": ["Transactional"]}
    }
    assert answer == Sent("", 200, "OK")


@pytest.mark.parametrize(
    ("status", "retry", "credentials"),
    [
        *((400, False, False), (404, False, False), (302, False, False), (422, False, False)),
        *((401, True, True), (403, True, True), (408, True, False), (429, True, False), (503, True, False)),
    ],
)
def test_what_a_refusal_means(status: int, retry: bool, credentials: bool) -> None:
    with pytest.raises(SendFailed) as failed:
        sent(Client(status, b"no", {"retry-after": "7"}))

    error = failed.value
    assert (error.status, error.retry, error.credentials, error.answer) == (status, retry, credentials, "no")
    assert error.retry_after_ms == 7000


def test_a_network_in_trouble_is_worth_another_attempt() -> None:
    class Broken(Client):
        async def __call__(self, *_: Any) -> Any:
            raise TimeoutError("too slow")

    with pytest.raises(SendFailed) as failed:
        sent(Broken())
    assert failed.value.retry


@pytest.mark.parametrize(
    "settings", [{"sms_body": '{"to": {to}'}, {"sms_headers": ("nonsense",)}, {"sms_headers": ("A: b\n",)}]
)
def test_settings_that_cannot_work_are_refused_at_once(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        HttpGateway(Settings(sms_url="http://gateway.test/", **settings), Client())
