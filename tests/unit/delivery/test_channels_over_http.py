"""The channels' clients over HTTP as it is: a server, the real client, and what becomes of its failures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from chasqui.base.clock import SystemClock, TestClock
from chasqui.base.settings import Settings
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.limits import NAMED_BY_OPERATOR
from chasqui.delivery.push.fcm import FcmClient
from chasqui.delivery.push.payloads import render_push
from chasqui.delivery.route import Outcome
from chasqui.delivery.sending import SendFailed, Sent, outcome
from chasqui.delivery.sms.gateway import HttpGateway
from chasqui.delivery.sms.port import Sms
from chasqui.server.exchange import Exchange
from tests.unit.delivery.test_fcm import NOON_MS, credential
from tests.unit.server.serving import TEXT, run, serving


class Site:
    """A web server that answers by path, and notes what it was asked."""

    def __init__(self, **answers: tuple[int, Mapping[str, str], str]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, str]] = []

    def __call__(self, exchange: Exchange) -> None:
        path = urlsplit(exchange.target).path
        authorization = (exchange.header(b"authorization") or b"").decode()
        self.asked.append((path, authorization, exchange.body.decode()))
        status, headers, body = self.answers[path.rsplit("/", 1)[-1].replace(":", "_")]
        fields = tuple((name.encode(), value.encode()) for name, value in headers.items())
        exchange.respond(status, (*TEXT, *fields), body.encode())


def test_fcm_is_spoken_to_over_http() -> None:
    site = Site(
        token=(200, {}, '{"access_token": "t-1", "expires_in": 3599}'),
        messages_send=(200, {}, '{"name": "projects/my-project/messages/1"}'),
    )

    async def main() -> None:
        clock = TestClock(frozen_at_ms=NOON_MS)
        async with serving(site) as listener:
            url = f"http://127.0.0.1:{listener.port}"
            http = HttpClient(clock, NAMED_BY_OPERATOR)
            fcm = FcmClient(Settings(fcm_url=url, fcm_token_url=f"{url}/token"), clock, http.post)
            sent = await fcm.send(credential(), "device-1", render_push("GCM", "Grüße"))
            http.close()
        assert sent.provider_id == "projects/my-project/messages/1"

    run(main())
    path, authorization, body = site.asked[1]
    assert (path, authorization) == ("/v1/projects/my-project/messages:send", "Bearer t-1")
    assert json.loads(body)["message"] == {"data": {"default": "Grüße"}, "token": "device-1"}


def test_a_redirect_is_not_followed_with_credentials() -> None:
    site = Site(send=(307, {"location": "/elsewhere"}, ""), elsewhere=(200, {}, ""))

    async def main() -> None:
        async with serving(site) as listener:
            http = HttpClient(SystemClock(), NAMED_BY_OPERATOR)
            settings = Settings(sms_url=f"http://127.0.0.1:{listener.port}/send", sms_authorization="Bearer secret")
            with pytest.raises(SendFailed) as failed:
                await HttpGateway(settings, http.post).send(Sms(to="+33612345678", text="hi", message_id="1"))
            http.close()
        assert (failed.value.status, failed.value.retry) == (307, False)

    run(main())
    assert [path for path, _, _ in site.asked] == ["/send"]


def test_a_wait_that_is_asked_for_is_passed_on() -> None:
    site = Site(send=(429, {"retry-after": "12"}, "slowly"))

    async def main() -> None:
        async with serving(site) as listener:
            http = HttpClient(SystemClock(), NAMED_BY_OPERATOR)
            settings = Settings(sms_url=f"http://127.0.0.1:{listener.port}/send")
            with pytest.raises(SendFailed) as failed:
                await HttpGateway(settings, http.post).send(Sms(to="+33612345678", text="hi", message_id="1"))
            http.close()
        assert outcome(failed.value, 5) == Outcome(
            False, True, 429, "the gateway answered 429", 12_000, dwell_ms=5, response="slowly"
        )

    run(main())


def test_nobody_at_the_port_is_worth_another_attempt_and_counts_for_the_breaker() -> None:
    async def main() -> None:
        async with serving(Site()) as listener:
            port = listener.port
        http = HttpClient(SystemClock(), NAMED_BY_OPERATOR)
        with pytest.raises(SendFailed) as failed:
            await http.post(f"http://127.0.0.1:{port}/", {}, b"")
        http.close()
        found = outcome(failed.value, 1)
        assert (found.ok, found.retry, found.reached) == (False, True, False)

    run(main())


def test_an_outcome_of_what_was_sent() -> None:
    assert outcome(Sent("id", 250, "queued"), 3) == Outcome(True, status=250, dwell_ms=3, response="queued")
