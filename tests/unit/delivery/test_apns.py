"""The APNs client, held to a stand-in for Apple: an HTTP/2 server with TLS, made of h2."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.settings import SettingCodes
from h2.settings import Settings as Http2Settings

from chasqui.base.clock import TestClock
from chasqui.base.settings import Settings
from chasqui.delivery import sending
from chasqui.delivery.push import apns as apns_module
from chasqui.delivery.push import http2
from chasqui.delivery.push.apns import ApnsClient
from chasqui.delivery.push.credentials import ApnsCertificate, ApnsCredential, read_apns
from chasqui.delivery.push.payloads import PushOptions, render_push
from chasqui.delivery.sending import SendFailed
from tests.unit.server.serving import run, self_signed, until

NOON_MS = 1_769_860_800_000
PAYLOAD = render_push("APNS", "hi")
KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
TOKEN = read_apns("KEYID12345", PEM, "TEAM123456", "com.example.app")


class Asked(NamedTuple):
    """A request that Apple got."""

    headers: dict[str, str]
    body: Any


class Apple(asyncio.Protocol):
    """One connection to the push service; what all of them share is in `office`."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.requests: dict[int, tuple[dict[str, str], bytearray]] = {}

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.office.connections.append(self)
        self.h2.local_settings = Http2Settings(client=False, initial_values=self.office.limits)
        self.h2.initiate_connection()
        transport.write(self.h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            if isinstance(event, RequestReceived):
                assert event.stream_id
                headers = {str(name): str(value) for name, value in event.headers or ()}
                self.requests[event.stream_id] = (headers, bytearray())
                self.office.most = max(self.office.most, len(self.requests))
            elif isinstance(event, DataReceived):
                assert event.stream_id
                self.requests[event.stream_id][1].extend(event.data or b"")
                self.h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
            elif isinstance(event, StreamEnded):
                assert event.stream_id
                self.ended(event.stream_id)
        self.transport.write(self.h2.data_to_send())

    def ended(self, number: int) -> None:
        headers, body = self.requests[number]
        self.office.asked.append(Asked(headers, json.loads(bytes(body))))
        if self.office.silent:
            return
        del self.requests[number]
        status, told, more = self.office.answers.pop(0) if self.office.answers else (200, {}, {})
        answer = [(":status", str(status)), ("apns-id", f"id-{len(self.office.asked)}"), *more.items()]
        self.h2.send_headers(number, answer, end_stream=not told)
        if told:
            self.h2.send_data(number, json.dumps(told).encode(), end_stream=True)

    def goaway(self) -> None:
        self.h2.close_connection(additional_data=b'{"reason": "Shutdown"}')
        self.transport.write(self.h2.data_to_send())


class Office:
    """What Apple's stand-in has seen, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[tuple[int, dict[str, str], dict[str, str]]] = []
        self.connections: list[Apple] = []
        self.silent = False
        self.limits: dict[SettingCodes | int, int] = {}
        self.most = 0


@asynccontextmanager
async def apple(
    folder: Path, office: Office, *, alpn: str = "h2", client_ca: Path | None = None
) -> AsyncIterator[dict[str, str]]:
    """A server; gives the settings that lead to it, for production and sandbox alike."""
    certificate, key = self_signed(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    tls.set_alpn_protocols([alpn])
    if client_ca is not None:
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(client_ca)
    server = await asyncio.get_running_loop().create_server(lambda: Apple(office), "127.0.0.1", 0, ssl=tls)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    try:
        yield {"apns_url": url, "apns_sandbox_url": f"{url}/", "apns_ca": str(certificate)}
    finally:
        server.close()
        for each in office.connections:
            each.transport.abort()
        await asyncio.sleep(0)


def client(settings: dict[str, str], clock: TestClock | None = None) -> ApnsClient:
    return ApnsClient(Settings(**settings), clock or TestClock(frozen_at_ms=NOON_MS))


async def failure(apns: ApnsClient, credential: ApnsCredential = TOKEN) -> SendFailed:
    with pytest.raises(SendFailed) as failed:
        await apns.send(credential, "d0", PAYLOAD)
    return failed.value


def test_a_notification_is_let_in_by_a_provider_token(tmp_path: Path) -> None:
    async def main() -> None:
        office = Office()
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            sent = await apns.send(TOKEN, "d0", PAYLOAD)
            await apns.close()

        (asked,) = office.asked
        assert (asked.headers[":method"], asked.headers[":path"], asked.body) == ("POST", "/3/device/d0", PAYLOAD)
        scheme, _, token = asked.headers["authorization"].partition(" ")
        claims = jwt.decode(token, KEY.public_key(), ["ES256"], {"verify_iat": False})  # type: ignore[typeddict-item]
        assert (scheme, claims) == ("bearer", {"iss": "TEAM123456", "iat": NOON_MS // 1000})
        assert jwt.get_unverified_header(token)["kid"] == "KEYID12345"
        assert asked.headers["apns-topic"] == "com.example.app"
        assert (asked.headers["apns-push-type"], asked.headers["apns-priority"]) == ("alert", "10")
        assert "apns-expiration" not in asked.headers
        assert sent.provider_id == "id-1"

    run(main())


def test_options_become_header_fields(tmp_path: Path) -> None:
    async def main() -> None:
        office = Office()
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            options = PushOptions(ttl_seconds=60, topic="other.topic", push_type="voip", priority=5, collapse_id="c")
            await apns.send(TOKEN, "d/../0", PAYLOAD, options, sandbox=True)
            await apns.send(TOKEN, "d0", {"aps": {"content-available": 1}}, PushOptions(ttl_seconds=0))
            await apns.close()

        first, second = (each.headers for each in office.asked)
        assert first[":path"] == "/3/device/d%2F..%2F0"
        assert {name: value for name, value in first.items() if name.startswith("apns-")} == {
            **{"apns-topic": "other.topic", "apns-push-type": "voip", "apns-priority": "5", "apns-collapse-id": "c"},
            "apns-expiration": str(NOON_MS // 1000 + 60),
        }
        assert (second["apns-push-type"], second["apns-priority"]) == ("background", "5")
        assert second["apns-expiration"] == "0"

    run(main())


def test_a_certificate_lets_in_too(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    certificate, key = self_signed(own)
    pair = read_apns(certificate.read_text(), key.read_text())
    assert isinstance(pair, ApnsCertificate)

    async def main() -> None:
        office = Office()
        async with apple(tmp_path, office, client_ca=certificate) as settings:
            apns = client(settings)
            await apns.send(pair, "d0", PAYLOAD)
            shown = office.connections[0].transport.get_extra_info("peercert")
            await apns.close()
        assert shown["subject"] == ((("commonName", "localhost"),),)
        assert "authorization" not in office.asked[0].headers

    run(main())


@pytest.mark.parametrize(
    ("status", "reason", "meaning"),
    [
        (410, "Unregistered", "dead"),
        (410, "ExpiredToken", "dead"),
        (400, "BadDeviceToken", "dead"),
        (400, "DeviceTokenNotForTopic", "dead"),
        (400, "PayloadEmpty", "final"),
        (413, "PayloadTooLarge", "final"),
        (403, "InvalidProviderToken", "credentials"),
        (403, "BadCertificate", "credentials"),
        (403, "ExpiredProviderToken", "retry"),
        (429, "TooManyRequests", "retry"),
        (500, "InternalServerError", "retry"),
        (503, "Shutdown", "retry"),
    ],
)
def test_what_a_refusal_means(tmp_path: Path, status: int, reason: str, meaning: str) -> None:
    async def main() -> None:
        office = Office()
        office.answers = [(status, {"reason": reason}, {"retry-after": "30"})]
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            failed = await failure(apns)
            await apns.close()
        assert {name for name in ("dead", "credentials", "retry") if getattr(failed, name)} == {meaning} - {"final"}
        assert (failed.status, failed.reason, failed.retry_after_ms) == (status, f"{status} {reason}", 30_000)

    run(main())


def test_a_token_is_shown_for_forty_minutes_or_until_it_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        office, clock = Office(), TestClock(frozen_at_ms=NOON_MS)
        async with apple(tmp_path, office) as settings:
            apns = client(settings, clock)
            for minutes in (0, 39, 1):
                clock.advance(minutes * 60 * 1000)
                await apns.send(TOKEN, "d0", PAYLOAD)
            office.answers = [(403, {"reason": "ExpiredProviderToken"}, {})]
            await failure(apns)
            await apns.send(TOKEN, "d0", PAYLOAD)
            await apns.close()
        tokens = [each.headers["authorization"] for each in office.asked]
        assert [tokens[0] == tokens[1], tokens[1] == tokens[2], tokens[2] == tokens[3]] == [True, False, True]
        assert tokens[3] != tokens[4]
        assert len(office.connections) == 1

    run(main())


def test_the_servers_limit_of_streams_is_kept(tmp_path: Path) -> None:
    async def main() -> None:
        office = Office()
        office.limits[SettingCodes.MAX_CONCURRENT_STREAMS] = 3
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            await apns.send(TOKEN, "first", PAYLOAD)
            await asyncio.gather(*(apns.send(TOKEN, f"d{n}", PAYLOAD) for n in range(30)))
            await apns.close()
        assert len(office.asked) == 31
        assert office.most <= 3

    run(main())


def test_a_small_window_is_waited_for(tmp_path: Path) -> None:
    async def main() -> None:
        office = Office()
        office.limits[SettingCodes.INITIAL_WINDOW_SIZE] = 10
        payload = render_push("APNS", "x" * 1000)
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            await apns.send(TOKEN, "first", PAYLOAD)
            await apns.send(TOKEN, "d0", payload)
            await apns.close()
        assert office.asked[1].body == payload

    run(main())


def test_a_connection_that_was_ended_is_replaced(tmp_path: Path) -> None:
    async def main() -> None:
        office = Office()
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            await apns.send(TOKEN, "d0", PAYLOAD)
            (line,) = apns._lines.values()
            session = line.session
            assert session is not None
            office.connections[0].goaway()
            await until(lambda: bool(session.gone))
            await apns.send(TOKEN, "d0", PAYLOAD)
            await apns.close()
        assert "Shutdown" in session.gone
        assert len(office.connections) == 2

    run(main())


@pytest.mark.parametrize("how", ["abort", "goaway"])
def test_a_connection_that_ends_under_a_request_is_told_and_worth_another_attempt(tmp_path: Path, how: str) -> None:
    async def main() -> None:
        office = Office()
        office.silent = True
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            sending = asyncio.ensure_future(failure(apns))
            await until(lambda: bool(office.asked))
            connection = office.connections[0]
            connection.goaway() if how == "goaway" else connection.transport.abort()
            failed = await sending
            await apns.close()
        assert (failed.retry, failed.dead) == (True, False)

    run(main())


@pytest.mark.parametrize("where", [(http2, "REQUEST_SECONDS"), (sending, "SEND_SECONDS")])
def test_an_answer_that_does_not_come_is_given_up(
    where: tuple[Any, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        office = Office()
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            await apns.send(TOKEN, "d0", PAYLOAD)
            office.silent = True
            with monkeypatch.context() as quick:
                quick.setattr(*where, 0.05)
                failed = await failure(apns)
            office.silent = False
            await apns.send(TOKEN, "d0", PAYLOAD)
            await apns.close()
        assert failed.retry
        assert len(office.connections) == 1

    run(main())


def test_who_is_not_trusted_or_speaks_no_http2_gets_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        office = Office()
        async with apple(tmp_path, office) as settings:
            untrusting = client({**settings, "apns_ca": ""})
            assert (await failure(untrusting)).retry
            await untrusting.close()
        async with apple(tmp_path, office, alpn="http/1.1") as settings:
            apns = client(settings)
            assert "does not speak HTTP/2" in (await failure(apns)).reason
            await apns.close()
        assert not office.asked

    run(main())


@pytest.mark.parametrize(
    "credential",
    [read_apns("K", "no key", "T", "b"), read_apns("no certificate", "no key"), read_apns("K", "", "T", "b")],
)
def test_a_credential_that_is_none_is_the_applications_fault(tmp_path: Path, credential: ApnsCredential) -> None:
    async def main() -> None:
        office = Office()
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            failed = await failure(apns, credential)
            await apns.close()
        assert (failed.retry, failed.credentials) == (False, True)
        assert not office.asked

    run(main())


def test_connections_end_when_idle_and_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apns_module, "LINES_MAX", 2)

    async def main() -> None:
        office = Office()
        async with apple(tmp_path, office) as settings:
            apns = client(settings)
            for team in ("A", "B", "C"):
                await apns.send(read_apns("K", PEM, team, "b"), "d0", PAYLOAD)
            assert len(apns._lines) == 2
            monkeypatch.setattr(apns_module, "IDLE_SECONDS", 0.01)
            for line in list(apns._lines.values()):
                await apns.send(line.credential, "d0", PAYLOAD)
            await until(lambda: not apns._lines)
            await apns.close()
        assert len(office.connections) == 3

    run(main())


def test_a_stand_in_without_tls_is_spoken_to_as_well(tmp_path: Path) -> None:
    async def main() -> None:
        office = Office()
        server = await asyncio.get_running_loop().create_server(lambda: Apple(office), "127.0.0.1", 0)
        apns = client({"apns_url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"})
        await apns.send(TOKEN, "d0", PAYLOAD)
        await apns.close()
        server.close()
        assert len(office.asked) == 1

    run(main())
