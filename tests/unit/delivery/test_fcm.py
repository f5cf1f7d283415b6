"""The FCM client, held to a stand-in for Google that verifies what it is shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chasqui.base.clock import TestClock
from chasqui.base.settings import Settings
from chasqui.delivery.push.credentials import FCM_SCOPE, GRANT
from chasqui.delivery.push.fcm import FcmClient
from chasqui.delivery.push.payloads import render_push
from chasqui.delivery.sending import SendFailed, Sent

NOON_MS = 1_769_860_800_000
PAYLOAD = render_push("GCM", "hi")
UNREGISTERED = {"status": "NOT_FOUND", "message": "not found", "details": [{"errorCode": "UNREGISTERED"}]}


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def credential(**changed: str) -> str:
    pem = key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    whole = {
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "kid-1",
        "private_key": pem.decode(),
        "client_email": "push@my-project.example",
        "token_uri": "http://evil.test/token",
        **changed,
    }
    return json.dumps(whole)


class Google:
    """An `HttpPost` that answers for both of Google's hosts."""

    def __init__(self) -> None:
        self.grants: list[dict[str, Any]] = []
        self.messages: list[tuple[str, Mapping[str, str], Any]] = []
        self.answers: list[tuple[int, Mapping[str, str], bytes]] = []
        self.grant_status = 200
        self.expires_in = 3600

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        if url == "https://token.test/token":
            return self._grant(parse_qs(body.decode()))
        assert headers["authorization"] == f"Bearer token-{len(self.grants)}"
        self.messages.append((url, headers, json.loads(body)))
        done = 200, {}, b'{"name": "projects/my-project/messages/7"}'
        return self.answers.pop(0) if self.answers else done

    def _grant(self, form: dict[str, list[str]]) -> tuple[int, Mapping[str, str], bytes]:
        assert form["grant_type"] == [GRANT]
        options: Any = {"verify_exp": False, "verify_iat": False}
        claims = jwt.decode(
            form["assertion"][0], key().public_key(), ["RS256"], options, audience="https://token.test/token"
        )
        self.grants.append({**claims, **jwt.get_unverified_header(form["assertion"][0])})
        if self.grant_status != 200:
            return self.grant_status, {}, b'{"error": "invalid_grant"}'
        answer = {"access_token": f"token-{len(self.grants)}", "expires_in": self.expires_in}
        return 200, {}, json.dumps(answer).encode()


def client(google: Google, clock: TestClock | None = None) -> FcmClient:
    if clock is None:
        clock = TestClock(frozen_at_ms=NOON_MS)
    return FcmClient(Settings(fcm_url="https://fcm.test/", fcm_token_url="https://token.test/token"), clock, google)


def send(google: Google, given: str | None = None) -> Sent:
    return asyncio.run(client(google).send(given or credential(), "device-1", PAYLOAD))


def error(status: int, told: dict[str, Any], **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    return status, headers, json.dumps({"error": {"code": status, **told}}).encode()


def test_a_message_goes_to_the_device_with_a_token_that_the_account_has_signed_for() -> None:
    google = Google()

    sent = send(google)

    (grant,) = google.grants
    assert (grant["iss"], grant["scope"], grant["kid"]) == ("push@my-project.example", FCM_SCOPE, "kid-1")
    assert (grant["iat"], grant["exp"]) == (NOON_MS // 1000, NOON_MS // 1000 + 3600)
    ((url, headers, message),) = google.messages
    assert url == "https://fcm.test/v1/projects/my-project/messages:send"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert message == {"message": {"data": {"default": "hi"}, "token": "device-1"}}
    assert sent.provider_id == "projects/my-project/messages/7"


def test_a_token_serves_until_shortly_before_it_expires_and_everybody_at_once() -> None:
    google = Google()

    async def main() -> None:
        clock = TestClock(frozen_at_ms=NOON_MS)
        fcm = client(google, clock)
        await asyncio.gather(*(fcm.send(credential(), f"device-{n}", PAYLOAD) for n in range(5)))
        clock.advance(54 * 60 * 1000)
        await fcm.send(credential(), "device", PAYLOAD)
        assert len(google.grants) == 1
        clock.advance(60 * 1000)
        await fcm.send(credential(), "device", PAYLOAD)
        assert len(google.grants) == 2

    asyncio.run(main())


def test_a_token_that_was_revoked_is_replaced_once() -> None:
    google = Google()

    async def main() -> None:
        fcm = client(google)
        await fcm.send(credential(), "device", PAYLOAD)
        google.answers = [error(401, {"status": "UNAUTHENTICATED"})]
        await fcm.send(credential(), "device", PAYLOAD)
        assert len(google.grants) == 2
        google.answers = [error(401, {"status": "UNAUTHENTICATED"})] * 2
        with pytest.raises(SendFailed) as failed:
            await fcm.send(credential(), "device", PAYLOAD)
        assert (failed.value.credentials, failed.value.dead) == (True, False)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("status", "told", "meaning"),
    [
        (404, UNREGISTERED, "dead"),
        (404, {"status": "NOT_FOUND", "message": "no such project"}, "credentials"),
        (400, {"status": "INVALID_ARGUMENT", "message": "The registration token is not a valid one"}, "dead"),
        (400, {"message": "x", "details": [{"fieldViolations": [{"field": "message.token"}]}]}, "dead"),
        (
            400,
            {"message": "registration token", "details": [{"fieldViolations": [{"field": "message.data"}]}]},
            "final",
        ),
        (403, {"status": "PERMISSION_DENIED", "details": [{"errorCode": "SENDER_ID_MISMATCH"}]}, "dead"),
        (403, {"status": "PERMISSION_DENIED"}, "credentials"),
        (401, {"status": "UNAUTHENTICATED", "details": [{"errorCode": "THIRD_PARTY_AUTH_ERROR"}]}, "credentials"),
        (429, {"status": "RESOURCE_EXHAUSTED", "details": [{"errorCode": "QUOTA_EXCEEDED"}]}, "retry"),
        (500, {"status": "INTERNAL"}, "retry"),
        (503, {"status": "UNAVAILABLE"}, "retry"),
    ],
)
def test_what_a_refusal_means(status: int, told: dict[str, Any], meaning: str) -> None:
    google = Google()
    google.answers = [error(status, told, **{"retry-after": "30"})]

    with pytest.raises(SendFailed) as failed:
        send(google)

    found = failed.value
    assert {name for name in ("dead", "credentials", "retry") if getattr(found, name)} == {meaning} - {"final"}
    assert (found.status, found.retry_after_ms) == (status, 30_000)


def test_an_answer_that_is_no_json_is_judged_by_its_status() -> None:
    google = Google()
    google.answers = [(502, {}, b"<html>Bad gateway")]

    with pytest.raises(SendFailed) as failed:
        send(google)
    assert (failed.value.retry, failed.value.answer) == (True, "<html>Bad gateway")


@pytest.mark.parametrize(
    ("status", "retry", "credentials"), [(400, False, True), (401, False, True), (503, True, False)]
)
def test_an_account_that_gets_no_token(status: int, retry: bool, credentials: bool) -> None:
    google = Google()
    google.grant_status = status

    with pytest.raises(SendFailed) as failed:
        send(google)
    assert (failed.value.retry, failed.value.credentials) == (retry, credentials)
    assert not google.messages


@pytest.mark.parametrize("given", ["no json", "{}", "[]", credential(private_key="x"), credential(project_id="../x")])
def test_a_credential_that_is_none_is_the_applications_fault(given: str) -> None:
    google = Google()

    with pytest.raises(SendFailed) as failed:
        send(google, given)
    assert (failed.value.retry, failed.value.credentials) == (False, True)
    assert "PRIVATE" not in str(failed.value)
    assert not google.grants


def test_a_network_in_trouble_is_worth_another_attempt() -> None:
    async def broken(*_: Any) -> Any:
        raise ConnectionResetError("gone")

    with pytest.raises(SendFailed) as failed:
        asyncio.run(FcmClient(Settings(), TestClock(), broken).send(credential(), "device", PAYLOAD))
    assert (failed.value.retry, failed.value.credentials) == (True, False)
