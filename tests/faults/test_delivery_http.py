"""The HTTP client against endpoints that hang, drip, redirect in circles, send gigabytes, lie, and speak no HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chasqui.base.clock import TestClock
from chasqui.base.sections import DeliveryLimits
from chasqui.base.settings import Settings
from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.http.failures import HttpFailure
from chasqui.delivery.http.limits import HttpLimits, limits_of
from chasqui.delivery.route import Outcome
from chasqui.delivery.sending import SendFailed
from tests.unit.delivery.endpoints import OK, Endpoint, Serve, certificate

NOW = 1_700_000_000_000
FIELDS = {"x-amz-sns-message-type": "Notification", "Content-Type": "text/plain; charset=UTF-8"}
IN_TIME = HttpLimits(seconds=10, connect_seconds=5, targets="private")
IMPATIENT = HttpLimits(seconds=0.3, connect_seconds=0.2, targets="private")

Story = Callable[[HttpClient], Awaitable[Any]]


def run(story: Story, limits: HttpLimits = IN_TIME) -> Any:
    async def main() -> Any:
        client = HttpClient(TestClock(frozen_at_ms=NOW), limits)
        try:
            return await story(client)
        finally:
            client.close()

    return asyncio.run(main())


def delivered(endpoint: Endpoint, limits: HttpLimits = IN_TIME, times: int = 1) -> list[Outcome]:
    """What comes of so many deliveries to an endpoint, one after the other."""

    async def story(client: HttpClient) -> list[Outcome]:
        async with endpoint:
            return [await client.deliver(endpoint.url, FIELDS, b"body") for _ in range(times)]

    found: list[Outcome] = run(story, limits)
    return found


def saying(*pieces: bytes, end: bool = True) -> Serve:
    """Answers the first request with these bytes and then closes, or waits for ever."""

    async def serve(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await endpoint.read(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if end:
            writer.close()
            await writer.wait_closed()
        else:
            await asyncio.Event().wait()

    return serve


# ------------------------------------------------------------------------------------------------------------ answers


def test_a_delivery_is_a_post_over_a_kept_connection() -> None:
    endpoint = Endpoint()

    outcomes = delivered(endpoint, times=3)

    assert [(each.ok, each.status, each.response) for each in outcomes] == [(True, 200, "ok")] * 3
    assert endpoint.connections == 1
    request = endpoint.requests[0].decode()
    assert request.startswith("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:")
    assert "User-Agent: Amazon Simple Notification Service Agent\r\n" in request
    assert request.endswith("\r\n\r\nbody")


@pytest.mark.parametrize(
    ("answer", "ok", "retry", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", True, False, 204),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", False, True, 500),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", False, False, 404),
        (b"HTTP/1.1 302 Go\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", False, False, 302),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True, False, 200),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK, True, False, 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", True, False, 200),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", True, False, 200),
    ],
)
def test_answers_are_judged_as_sns_does(answer: bytes, ok: bool, retry: bool, status: int) -> None:
    first, second = delivered(Endpoint(answer), times=2)

    assert (first.ok, first.retry, first.status, first.reached) == (ok, retry, status, True)
    assert (second.ok, second.status) == (ok, status)


@pytest.mark.parametrize(
    ("field", "wait_ms"),
    [
        ("7", 7000),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60_000),
        ("Tue, 14 Nov 2000 22:14:20 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("9" * 400, 999_999_999_000),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read_from_429_and_503(field: str, wait_ms: int | None, status: int) -> None:
    answer = f"HTTP/1.1 {status} X\r\nRetry-After: {field}\r\nContent-Length: 0\r\n\r\n".encode()

    (outcome,) = delivered(Endpoint(answer))

    assert (outcome.retry, outcome.retry_after_ms) == (True, wait_ms)


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    (outcome,) = delivered(Endpoint(serve=saying(b"HTTP/1.1 200 OK\r\n\r\nall of it")))

    assert (outcome.ok, outcome.response) == (True, "all of it")


def test_other_channels_post_and_read_the_answer() -> None:
    async def story(client: HttpClient) -> Any:
        async with Endpoint(b"HTTP/1.1 429 X\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno") as endpoint:
            status, fields, body = await client.post(endpoint.url, FIELDS, b"")
            with pytest.raises(SendFailed) as caught:
                await client.post("http://nobody.invalid/", FIELDS, b"")
            return status, fields["retry-after"], body, caught.value.retry

    assert run(story) == (429, "3", b"no", True)


def test_the_settings_say_where_deliveries_may_go() -> None:
    here, beyond = Settings(host="127.0.0.1"), Settings(host="0.0.0.0")

    assert [limits_of(each).targets for each in (here, beyond)] == ["private", "public"]
    assert limits_of(Settings(host="0.0.0.0", delivery=DeliveryLimits(targets="any"))).targets == "any"


# ------------------------------------------------------------------------------------------------------------ faults


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"HTTP/1.1 200 OK\r\nContent-Le",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",),
    ],
)
def test_an_endpoint_that_hangs_is_waited_for_no_longer_than_allowed(pieces: tuple[bytes, ...]) -> None:
    (outcome,) = delivered(Endpoint(serve=saying(*pieces, end=False)), IMPATIENT)

    assert (outcome.ok, outcome.retry, outcome.reached) == (False, True, False)
    assert outcome.reason == "no complete answer in time"


def test_an_endpoint_that_drips_is_not_read_for_ever() -> None:
    async def drip(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await endpoint.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    (outcome,) = delivered(Endpoint(serve=drip), IMPATIENT)

    assert (outcome.ok, outcome.retry) == (False, True)


def test_gigabytes_are_not_read() -> None:
    sent = 0

    async def pour(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await endpoint.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n")
        while True:
            writer.write(bytes(65_536))
            await writer.drain()
            sent += 65_536

    (outcome,) = delivered(Endpoint(serve=pour))

    assert (outcome.ok, outcome.status) == (True, 200)
    assert len(outcome.response) <= 1000
    assert sent < 64 * 1024 * 1024


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"\0" * 100,
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Filler: %b\r\n" % (b"y" * 1000) * 100,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    ],
)
def test_what_is_no_answer_is_a_failure_that_may_pass(answer: bytes) -> None:
    (outcome,) = delivered(Endpoint(serve=saying(answer)))

    assert (outcome.ok, outcome.retry, outcome.status, outcome.reached) == (False, True, 0, True)


def test_a_second_answer_to_one_request_never_answers_the_next() -> None:
    forged = b"HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n"

    endpoint = Endpoint(OK + forged)

    outcomes = delivered(endpoint, times=3)

    assert [each.status for each in outcomes] == [200, 200, 200]
    assert endpoint.connections == 3


def test_a_reset_is_a_failure_that_may_pass() -> None:
    async def reset(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await endpoint.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await writer.drain()
        link = writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    (outcome,) = delivered(Endpoint(serve=reset))

    assert (outcome.ok, outcome.retry) == (False, True)


def test_a_kept_connection_that_has_ended_is_replaced_unnoticed() -> None:
    """The endpoint closes after its first answer, without saying so; what is sent next goes over a new connection."""

    async def once(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await endpoint.read(reader)
        writer.write(OK)
        await writer.drain()
        with contextlib.suppress(asyncio.IncompleteReadError):
            await endpoint.read(reader)  # and closes without a word

    endpoint = Endpoint(serve=once)

    outcomes = delivered(endpoint, times=3)

    assert [each.ok for each in outcomes] == [True] * 3
    assert endpoint.connections == 3


def test_a_port_that_refuses_is_a_target_that_was_not_reached() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        outcome = run(lambda client: client.deliver(f"http://127.0.0.1:{port}/", FIELDS, b""))

    assert (outcome.ok, outcome.retry, outcome.reached) == (False, True, False)


def test_a_name_that_does_not_exist_is_a_target_that_was_not_reached() -> None:
    outcome = run(lambda client: client.deliver("http://nobody.invalid/", FIELDS, b""))

    assert (outcome.ok, outcome.retry, outcome.reached) == (False, True, False)


def test_a_request_given_up_closes_its_connection_and_leaves_its_place() -> None:
    async def story(client: HttpClient) -> int:
        async with Endpoint(serve=saying(end=False)) as endpoint:
            for _ in range(3):
                task = asyncio.ensure_future(client.deliver(endpoint.url, FIELDS, b""))
                while len(endpoint.requests) < endpoint.connections or not endpoint.requests:
                    await asyncio.sleep(0)
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            return len(client.pool._places)

    assert run(story, HttpLimits(connections_per_origin_max=1, targets="private")) == 0


def test_no_more_connections_than_allowed_go_to_one_origin() -> None:
    open_, most = 0, 0

    async def count(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_, most
        open_ += 1
        most = max(most, open_)
        try:
            while True:
                await endpoint.read(reader)
                await asyncio.sleep(0)
                writer.write(OK)
        finally:
            open_ -= 1

    async def story(client: HttpClient) -> list[Outcome]:
        async with Endpoint(serve=count) as endpoint:
            return await asyncio.gather(*(client.deliver(endpoint.url, FIELDS, b"") for _ in range(50)))

    outcomes = run(story, HttpLimits(connections_per_origin_max=3, targets="private"))

    assert all(each.ok for each in outcomes)
    assert most == 3


def test_waiting_for_a_connection_ends_in_time() -> None:
    async def story(client: HttpClient) -> list[Outcome]:
        async with Endpoint(serve=saying(end=False)) as endpoint:
            return await asyncio.gather(*(client.deliver(endpoint.url, FIELDS, b"") for _ in range(4)))

    limits = HttpLimits(seconds=0.3, connections_per_origin_max=1, targets="private")
    outcomes = run(story, limits)

    assert [each.retry for each in outcomes] == [True] * 4
    assert "no connection was free in time" in {each.reason for each in outcomes}


def test_idle_connections_are_bounded() -> None:
    async def story(client: HttpClient) -> int:
        async with contextlib.AsyncExitStack() as stack:
            endpoints = [await stack.enter_async_context(Endpoint()) for _ in range(6)]
            for endpoint in endpoints:
                assert (await client.deliver(endpoint.url, FIELDS, b"")).ok
            return client.pool.idle

    assert run(story, HttpLimits(idle_max=2, targets="private")) == 2


# ------------------------------------------------------------------------------------------------------------ redirects


def redirecting(location: str, status: int = 307) -> bytes:
    return f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_redirect_is_followed_only_where_the_setting_says_so() -> None:
    async def story(client: HttpClient) -> tuple[Outcome, list[bytes]]:
        async with Endpoint() as goal, Endpoint(redirecting(goal.url)) as endpoint:
            return await client.deliver(endpoint.url, FIELDS, b"body"), goal.requests

    refused, nothing = run(story)
    followed, requests = run(story, HttpLimits(redirects_max=3, targets="private"))

    assert (refused.ok, refused.status, nothing) == (False, 307, [])
    assert followed.ok
    assert requests[0].startswith(b"POST /hook")
    assert requests[0].endswith(b"\r\n\r\nbody")


@pytest.mark.parametrize("location", ["/hook", "/a/b/c", "../x"])
def test_redirects_in_a_loop_end(location: str) -> None:
    endpoint = Endpoint(redirecting(location))

    (outcome,) = delivered(endpoint, HttpLimits(redirects_max=3, targets="private"))

    assert (outcome.ok, outcome.retry) == (False, False)
    assert len(endpoint.requests) <= 4


def test_a_redirect_to_a_forbidden_address_is_refused() -> None:
    limits = HttpLimits(redirects_max=3, targets="private")

    (outcome,) = delivered(Endpoint(redirecting("http://169.254.169.254/latest/meta-data/")), limits)

    assert "no address that deliveries may go to" in outcome.reason


def test_a_redirect_to_what_is_no_http_url_is_refused() -> None:
    for location in ("file:///etc/passwd", "gopher://x/", "http://[", "http:///nobody"):
        (outcome,) = delivered(Endpoint(redirecting(location)), HttpLimits(redirects_max=3, targets="private"))
        assert (outcome.ok, outcome.retry) == (False, False), location


# ------------------------------------------------------------------------------------------------------------ TLS


def test_a_trusted_certificate_is_accepted(tmp_path: Path) -> None:
    trusted, context = certificate(tmp_path)

    (outcome,) = delivered(Endpoint(tls=context), HttpLimits(targets="private", ca_file=str(trusted)))

    assert (outcome.ok, outcome.response) == (True, "ok")


@pytest.mark.parametrize("how", [{}, {"days": -1}, {"name": "other.example"}], ids=["unknown", "expired", "misnamed"])
def test_bad_certificates_are_not_spoken_to(tmp_path: Path, how: dict[str, Any]) -> None:
    trusted, context = certificate(tmp_path, **how)
    endpoint = Endpoint(tls=context)

    (outcome,) = delivered(endpoint, HttpLimits(targets="private", ca_file=str(trusted) if how else ""))

    assert (outcome.ok, outcome.retry) == (False, True)
    assert endpoint.requests == []


def test_a_port_without_tls_is_a_failure_that_may_pass() -> None:
    async def story(client: HttpClient) -> Outcome:
        async with Endpoint(b"HTTP/1.1 400 Bad\r\n\r\n") as endpoint:
            return await client.deliver(endpoint.url.replace("http:", "https:"), FIELDS, b"")

    outcome = run(story, IMPATIENT)

    assert (outcome.ok, outcome.retry) == (False, True)


# ------------------------------------------------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://0.0.0.0:{port}/", "http://127.1:{port}/",
        "http://2130706433:{port}/", "http://0x7f000001:{port}/", "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/", "http://10.0.0.1/", "http://169.254.169.254/", "http://[fd00:ec2::254]/",
        "http://100.64.0.1/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://192.168.1.1/",
        "http://224.0.0.1/", "http://user@127.0.0.1:{port}/",
    ],
)  # fmt: skip
def test_private_targets_are_refused_without_a_connection(url: str) -> None:
    async def story(client: HttpClient) -> tuple[Outcome, int]:
        async with Endpoint() as endpoint:
            return await client.deliver(url.format(port=endpoint.port), FIELDS, b""), endpoint.connections

    outcome, connections = run(story, HttpLimits(targets="public"))

    assert (outcome.ok, connections) == (False, 0)
    assert not outcome.retry or "not found" in outcome.reason


def test_the_address_that_was_judged_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to something else the second time (DNS rebinding) is asked for once."""
    asked: list[str] = []

    async def story(client: HttpClient) -> Outcome:
        async with Endpoint() as endpoint:
            loop = asyncio.get_running_loop()
            connected: list[str] = []
            connect = loop.create_connection

            async def lookup(host: str, port: int, **_: Any) -> list[Any]:
                asked.append(host)
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))]

            async def record(factory: Any, host: str, port: int, **how: Any) -> Any:
                connected.append(host)
                return await connect(factory, "127.0.0.1", port, **how)

            monkeypatch.setattr(loop, "getaddrinfo", lookup)
            monkeypatch.setattr(loop, "create_connection", record)
            outcome = await client.deliver(f"http://rebinding.example:{endpoint.port}/", FIELDS, b"")
            assert connected == ["93.184.215.14"]
            return outcome

    assert run(story, HttpLimits(targets="public")).ok
    assert asked == ["rebinding.example"]


@pytest.mark.parametrize("url", ["ftp://x/", "http://", "nonsense", "http://a b/", "http://x:99999/", "http://x\r\n/"])
def test_what_is_no_http_url_is_a_permanent_failure(url: str) -> None:
    outcome = run(lambda client: client.deliver(url, FIELDS, b""))

    assert (outcome.ok, outcome.retry) == (False, False)


def test_a_field_cannot_bring_another_one() -> None:
    async def story(client: HttpClient) -> None:
        async with Endpoint() as endpoint:
            with pytest.raises(HttpFailure, match="line break"):
                await client.request("POST", endpoint.url, {"X-Name": "a\r\nX-Other: b"}, b"")
            assert endpoint.requests == []

    run(story)


def test_user_and_password_of_a_url_are_sent_as_basic_authorization() -> None:
    async def story(client: HttpClient) -> bytes:
        async with Endpoint() as endpoint:
            await client.deliver(endpoint.url.replace("127", "me:p%40ss@127"), FIELDS, b"")
            return endpoint.requests[0]

    assert b"Authorization: Basic bWU6cEBzcw==\r\n" in run(story)
