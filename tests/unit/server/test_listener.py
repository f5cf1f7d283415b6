"""The door: one port for everything, shutting down, TLS, streamed answers, statistics."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chasqui.server.exchange import Exchange, new_request_id
from chasqui.server.limits import Limits
from chasqui.server.listener import listen, raise_file_limit, tls_context, within_files
from tests.unit.server.serving import (
    QUICK,
    TEXT,
    Held,
    client_tls,
    connected,
    echo,
    exchange_bytes,
    read_answer,
    request,
    run,
    self_signed,
    serving,
    until,
)  # fmt: skip


@pytest.mark.parametrize("own_loop", [False, True])
def test_one_port_speaks_plain_and_tls(tmp_path: Path, own_loop: bool) -> None:
    cert, key = self_signed(tmp_path)

    def talk(port: int) -> list[bytes]:
        answers = []
        for client in (
            http.client.HTTPConnection("127.0.0.1", port),
            http.client.HTTPSConnection("127.0.0.1", port, context=client_tls(cert)),
        ):
            for body in (b"small", b"x" * 2_000_000):
                client.request("POST", "/", body=body)
                answers.append(client.getresponse().read())
            client.close()
        return answers

    async def main() -> list[bytes]:
        async with serving(tls=tls_context(cert, key)) as listener:
            return await asyncio.to_thread(talk, listener.port)

    assert run(main(), own_loop) == [b"small", b"x" * 2_000_000] * 2


def test_tls_in_single_bytes(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_tls(cert).wrap_bio(incoming, outgoing, server_hostname="localhost")

    async def main() -> bytes:
        async with serving(tls=tls_context(cert, key)) as listener, connected(listener) as (reader, writer):

            async def step(action: object, *arguments: object) -> object:
                while True:
                    try:
                        return action(*arguments)  # type: ignore[operator]
                    except ssl.SSLWantReadError:
                        for byte in outgoing.read():
                            writer.write(bytes((byte,)))
                            await asyncio.sleep(0)
                        incoming.write(await reader.read(65536))

            await step(tls.do_handshake)
            tls.write(request("/", "Connection: close"))
            writer.write(outgoing.read())
            return await step(tls.read, 65536)  # type: ignore[return-value]

    assert run(main()).endswith(b"GET /")


def test_nonsense_instead_of_a_handshake_closes(tmp_path: Path) -> None:
    tls = tls_context(*self_signed(tmp_path))
    assert b"HTTP" not in run(exchange_bytes(b"\x16" + b"nonsense" * 20, tls=tls))


def test_a_handshake_that_stops_is_cut_off(tmp_path: Path) -> None:
    tls = tls_context(*self_signed(tmp_path))

    async def main() -> int:
        async with serving(tls=tls, limits=QUICK) as listener, connected(listener) as (_, writer):
            writer.write(b"\x16\x03\x01\x02\x00")
            await until(lambda: listener.connections == 1)
            await until(lambda: listener.connections == 0)
            return listener.statistics().timed_out

    assert run(main()) == 1


def test_a_tls_client_that_leaves_frees_its_long_poll(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)

    async def main() -> list[str]:
        held = Held()
        settings = {"ssl": client_tls(cert), "server_hostname": "localhost"}
        async with serving(held, tls=tls_context(cert, key)) as listener:
            async with connected(listener, **settings) as (_, writer):
                writer.write(request("/poll"))
                await held.wait(1)
            await until(lambda: bool(held.gone), 0.5)
            return held.gone

    assert run(main()) == ["/poll"]


def test_localhost_is_both_addresses() -> None:
    async def main() -> list[bytes]:
        async with serving(host="localhost") as listener:
            answers = []
            for host in ("127.0.0.1", "::1"):
                reader, writer = await asyncio.open_connection(host, listener.port)
                writer.write(request("/", "Connection: close"))
                answers.append((await reader.read())[-5:])
                writer.transport.abort()
            return answers

    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    assert run(main()) == [b"GET /"] * 2


def test_a_taken_port_is_an_error() -> None:
    async def main() -> None:
        async with serving() as listener:
            with pytest.raises(OSError, match="in use"):
                await listen(echo, host="127.0.0.1", port=listener.port)

    run(main())


def test_closing_ends_idle_connections_and_waits_for_requests() -> None:
    async def main() -> tuple[bytes, bytes]:
        held = Held()
        async with serving(held) as listener, connected(listener) as (idle, _), connected(listener) as (busy, writer):
            writer.write(request())
            await held.wait(1)
            closing = asyncio.create_task(listener.close(5))
            ended = await idle.read()
            assert not closing.done()
            held.exchanges[0].respond(200, TEXT, b"done")
            answer = await busy.read()
            await closing
            return ended, answer

    ended, answer = run(main())
    assert ended == b""
    assert b"Connection: close" in answer
    assert answer.endswith(b"done")


def test_closing_tells_long_polls() -> None:
    async def main() -> bytes:
        held = Held()
        async with serving(held) as listener, connected(listener) as (reader, writer):
            writer.write(request())
            exchange = (await held.wait(1))[0]
            exchange.on_shutdown = lambda: exchange.respond(200, TEXT, b"empty")
            await asyncio.wait_for(listener.close(5), 1)
            return await reader.read()

    assert run(main()).endswith(b"empty")


def test_closing_cuts_off_what_does_not_end() -> None:
    async def main() -> list[str]:
        held = Held()
        async with serving(held) as listener, connected(listener) as (_, writer):
            writer.write(request("/stuck"))
            await held.wait(1)
            await asyncio.wait_for(listener.close(0.05), 1)
            return held.gone

    assert run(main()) == ["/stuck"]


def test_statistics_count() -> None:
    async def main() -> tuple[int, ...]:
        async with serving() as listener:
            for data in (request() * 3, b"nonsense\r\n\r\n"):
                async with connected(listener) as (reader, writer):
                    writer.write(data)
                    await read_answer(reader)
            await until(lambda: listener.connections == 0)
            counted = listener.statistics()
            return counted.connections, counted.requests, counted.refused, counted.connections_now

    assert run(main()) == (2, 3, 1, 0)


def numbers(count: int, size: int) -> AsyncIterator[bytes]:
    async def produce() -> AsyncIterator[bytes]:
        for number in range(count):
            yield b"%d" % number * size

    return produce()


def test_a_streamed_answer_comes_in_chunks_and_keeps_the_connection() -> None:
    async def main() -> list[bytes]:
        def handler(exchange: Exchange) -> None:
            exchange.respond_stream(200, TEXT, numbers(4, 2))

        async with serving(handler) as listener, connected(listener) as (reader, writer):
            writer.write(request() + request())
            return [(await read_answer(reader))[2] for _ in range(2)]

    assert run(main()) == [b"00112233"] * 2


def test_a_streamed_answer_waits_for_its_reader() -> None:
    async def main() -> tuple[int, int]:
        produced = 0

        async def produce() -> AsyncIterator[bytes]:
            nonlocal produced
            for _ in range(300):
                produced += 1
                yield b"x" * 100_000

        handler = lambda exchange: exchange.respond_stream(200, TEXT, produce())  # noqa: E731
        async with serving(handler) as listener, connected(listener) as (reader, writer):
            writer.transport.pause_reading()
            writer.write(request())
            await asyncio.sleep(0.3)
            early = produced
            writer.transport.resume_reading()
            return early, len((await read_answer(reader))[2])

    early, size = run(main())
    assert early < 200
    assert size == 30_000_000


def test_a_client_that_leaves_ends_the_stream_it_read() -> None:
    async def main() -> bool:
        ended = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x"
                    await asyncio.sleep(0.001)
            finally:
                ended.set()

        handler = lambda exchange: exchange.respond_stream(200, TEXT, endless())  # noqa: E731
        async with serving(handler) as listener:
            async with connected(listener) as (reader, writer):
                writer.write(request())
                await reader.readuntil(b"\r\n\r\n")
            return await asyncio.wait_for(ended.wait(), 1)

    assert run(main())


def test_a_streamed_answer_that_fails_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        raise RuntimeError("broken")

    async def main() -> None:
        handler = lambda exchange: exchange.respond_stream(200, TEXT, broken())  # noqa: E731
        async with serving(handler) as listener, connected(listener) as (reader, writer):
            writer.write(request())
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError, ValueError)):
                await read_answer(reader)

    run(main())
    assert "broken" in caplog.text


def test_line_breaks_in_an_answers_headers_are_a_bug_not_a_header(caplog: pytest.LogCaptureFixture) -> None:
    def handler(exchange: Exchange) -> None:
        exchange.respond(200, ((b"X-A", b"1\r\nX-Evil: 1"),), b"")

    answer = run(exchange_bytes(request("/", "Connection: close"), handler))
    assert b"X-Evil" not in answer


def test_request_ids_differ_and_look_like_uuids() -> None:
    ids = {new_request_id() for _ in range(5000)}
    assert len(ids) == 5000
    assert {tuple(map(len, each.split("-"))) for each in ids} == {(8, 4, 4, 4, 12)}


def test_the_file_limit_is_raised() -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    raised = raise_file_limit()
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert raised is not None
    assert raised >= before[0]


def test_connections_are_no_more_than_the_open_files_allow() -> None:
    limits = Limits(connections_max=10_000)

    assert within_files(limits, 1024).connections_max == 896
    assert within_files(limits, 100_000).connections_max == 10_000
    assert within_files(limits, None).connections_max == 10_000


def test_a_failing_handler_is_logged_without_what_it_was_asked_with(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")

    def fail(exchange: Exchange) -> None:
        raise RuntimeError("bug")

    fields = ("Authorization: secret-1", "X-Amz-Security-Token: secret-2", "Connection: close")
    run(exchange_bytes(request("/path?X-Amz-Signature=secret-3", *fields, method="POST", body=b"secret-4"), fail))
    assert "/path" in caplog.text
    assert "secret" not in caplog.text
