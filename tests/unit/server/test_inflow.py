"""Bodies that the application reads as they come, over real sockets."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest

from chasqui.server.exchange import Exchange
from chasqui.server.inflow import BUFFER_BYTES, BrokenBody
from chasqui.server.limits import Limits
from chasqui.server.tls import tls_context
from tests.unit.server.serving import (
    QUICK,
    TEXT,
    client_tls,
    connected,
    read_answer,
    request,
    run,
    self_signed,
    serving,
    until,
)

MIB = 1 << 20
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def always(_method: str, _path: str, _query: str, _table: dict[bytes, bytes]) -> bool:
    return True


class Reader:
    """A handler that reads bodies when it is told to, and answers with what it read."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.exchanges: list[Exchange] = []
        self.errors: list[BaseException] = []
        self.go = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        if at_once:
            self.go.set()

    def __call__(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self.tasks.append(asyncio.get_running_loop().create_task(self._read(exchange)))

    async def _read(self, exchange: Exchange) -> None:
        if exchange.stream is None:
            exchange.respond(200, TEXT, b"whole %d" % len(exchange.body))
            return
        await self.go.wait()
        digest, size = hashlib.sha256(), 0
        try:
            while data := await exchange.stream.take():
                digest.update(data)
                size += len(data)
        except BrokenBody as error:
            self.errors.append(error)
            if error.status:
                exchange.respond(error.status, TEXT, error.reason.encode())
            return
        exchange.respond(200, TEXT, b"%d %b" % (size, digest.hexdigest().encode()))


def answer_of(body: bytes) -> bytes:
    return b"%d %b" % (len(body), hashlib.sha256(body).hexdigest().encode())


def put(target: str, *headers: str, body: bytes = b"") -> bytes:
    return request(target, *headers, method="PUT", body=body)


@pytest.mark.parametrize("own_loop", [False, True])
def test_a_large_body_is_read_as_it_comes_and_the_connection_goes_on(own_loop: bool) -> None:
    body = bytes(range(256)) * (5 * MIB // 256)

    async def main() -> list[tuple[int, bytes]]:
        async with serving(Reader(), streams=always) as listener, connected(listener) as (reader, writer):
            answers = []
            for each in (body, b"small", body):
                writer.write(put("/b/k", body=each))
                status, _, got = await read_answer(reader)
                answers.append((status, got))
            return answers

    assert run(main(), own_loop) == [(200, answer_of(body)), (200, b"whole 5"), (200, answer_of(body))]


def test_a_body_in_chunks_is_read_as_it_comes() -> None:
    async def main() -> tuple[int, bytes]:
        async with serving(Reader(), streams=always) as listener, connected(listener) as (reader, writer):
            writer.write(put("/b/k", "Transfer-Encoding: chunked"))
            for _ in range(40):
                writer.write(b"8000\r\n" + b"c" * 0x8000 + b"\r\n")
                await writer.drain()
            writer.write(b"0\r\n\r\n")
            status, _, got = await read_answer(reader)
            return status, got

    assert run(main()) == (200, answer_of(b"c" * 0x8000 * 40))


def test_what_is_not_read_is_not_taken_from_the_client() -> None:
    async def main() -> tuple[int, int]:
        handler = Reader(at_once=False)
        async with serving(handler, streams=always) as listener, connected(listener) as (reader, writer):
            body = b"x" * (16 * MIB)
            writer.write(put("/b/k", body=body))
            await until(lambda: bool(handler.exchanges) and handler.exchanges[0].stream.full)  # type: ignore[union-attr]
            await asyncio.sleep(0.05)
            held = handler.exchanges[0].stream.buffered  # type: ignore[union-attr]
            handler.go.set()
            _, _, got = await read_answer(reader)
            assert got == answer_of(body)
            return held, len(body)

    held, _ = run(main())
    assert BUFFER_BYTES <= held <= BUFFER_BYTES + 256 * 1024


def test_100_continue_is_said_when_the_application_begins_to_read() -> None:
    async def main() -> tuple[bytes, bytes]:
        handler = Reader(at_once=False)
        async with serving(handler, streams=always) as listener, connected(listener) as (reader, writer):
            writer.write(put("/b/k", "Expect: 100-continue", "Content-Length: 5"))
            await until(lambda: bool(handler.exchanges))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.readexactly(1), 0.05)
            handler.go.set()
            said = await reader.readexactly(len(CONTINUE))
            writer.write(b"hello")
            _, _, got = await read_answer(reader)
            return said, got

    assert run(main()) == (CONTINUE, answer_of(b"hello"))


def test_a_refusal_comes_before_the_body_and_ends_the_connection() -> None:
    def refuse(exchange: Exchange) -> None:
        exchange.respond(403, TEXT, b"no")

    async def main() -> bytes:
        async with serving(refuse, streams=always, limits=QUICK) as listener, connected(listener) as (reader, writer):
            writer.write(put("/b/k", "Expect: 100-continue", "Content-Length: 5000000"))
            return await reader.read()

    answer = run(main())
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"Connection: close" in answer
    assert b"100 Continue" not in answer


def test_a_client_that_leaves_midway_fails_the_reader() -> None:
    async def main() -> BaseException:
        handler = Reader()
        async with serving(handler, streams=always) as listener:
            async with connected(listener) as (_, writer):
                writer.write(put("/b/k", f"Content-Length: {5 * MIB}") + b"x" * MIB)
                await until(lambda: bool(handler.exchanges) and handler.exchanges[0].stream.got >= MIB)  # type: ignore[union-attr]
            await until(lambda: bool(handler.errors))
        return handler.errors[0]

    error = run(main())
    assert isinstance(error, BrokenBody)
    assert error.status == 0


def test_a_client_that_stops_sending_is_told_so() -> None:
    async def main() -> tuple[int, bytes]:
        async with (
            serving(Reader(), streams=always, limits=QUICK) as listener,
            connected(listener) as (reader, writer),
        ):
            writer.write(put("/b/k", f"Content-Length: {5 * MIB}") + b"x" * MIB)
            status, _, got = await read_answer(reader)
            return status, got

    assert run(main()) == (408, b"The request took too long to arrive")


def test_a_slow_client_is_not_cut_off_while_the_application_does_not_read() -> None:
    async def main() -> bytes:
        handler = Reader(at_once=False)
        async with (
            serving(handler, streams=always, limits=QUICK) as listener,
            connected(listener) as (reader, writer),
        ):
            writer.write(put("/b/k", "Content-Length: 300000") + b"x" * 1000)
            await asyncio.sleep(0.6)
            handler.go.set()
            writer.write(b"x" * 299_000)
            _, _, got = await read_answer(reader)
            return got

    assert run(main()) == answer_of(b"x" * 300_000)


def test_nonsense_between_chunks_fails_the_reader_and_is_refused() -> None:
    async def main() -> tuple[int, BaseException]:
        handler = Reader()
        async with serving(handler, streams=always) as listener, connected(listener) as (reader, writer):
            writer.write(put("/b/k", "Transfer-Encoding: chunked") + b"5\r\nhello\r\n")
            await until(lambda: bool(handler.exchanges))
            writer.write(b"nonsense\r\n")
            status, _, _ = await read_answer(reader)
            return status, handler.errors[0]

    status, error = run(main())
    assert status == 400
    assert isinstance(error, BrokenBody)


def test_answers_of_pipelined_requests_stay_in_order() -> None:
    body = b"y" * (2 * MIB)

    async def main() -> list[bytes]:
        async with serving(Reader(), streams=always) as listener, connected(listener) as (reader, writer):
            writer.write(request("/1", body=b"1") + put("/2", body=body) + request("/3", body=b"333"))
            return [(await read_answer(reader))[2] for _ in range(3)]

    assert run(main()) == [b"whole 1", answer_of(body), b"whole 3"]


def test_a_body_under_way_is_finished_when_the_server_stops() -> None:
    async def main() -> tuple[dict[str, str], bytes]:
        handler = Reader()
        async with serving(handler, streams=always) as listener, connected(listener) as (reader, writer):
            writer.write(put("/b/k", f"Content-Length: {MIB}") + b"z" * (MIB // 2))
            await until(lambda: bool(handler.exchanges))
            closing = asyncio.ensure_future(listener.close(5))
            await asyncio.sleep(0.05)
            writer.write(b"z" * (MIB // 2))
            _, headers, got = await read_answer(reader)
            await closing
            return headers, got

    headers, got = run(main())
    assert got == answer_of(b"z" * MIB)
    assert headers["connection"] == "close"


def test_a_large_body_comes_over_tls(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)
    body = b"t" * (6 * MIB)

    async def main() -> bytes:
        async with (
            serving(Reader(), streams=always, tls=tls_context(str(cert), str(key))) as listener,
            connected(listener, ssl=client_tls(cert), server_hostname="localhost") as (reader, writer),
        ):
            writer.write(put("/b/k", body=body))
            return (await read_answer(reader))[2]

    assert run(main()) == answer_of(body)


class Client2:
    """A plain HTTP/2 client: one request at a time, its body as the windows allow."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.http.initiate_connection()
        self.events: list[Any] = []
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.http.data_to_send())

    async def pump(self) -> None:
        data = await self.reader.read(65536)
        assert data, "the server closed"
        self.events += self.http.receive_data(data)
        self.flush()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self.pump()

    def begin(self, *extra: tuple[str, str]) -> int:
        stream: int = self.http.get_next_available_stream_id()
        head = [(":method", "PUT"), (":path", "/b/k"), (":authority", "localhost"), (":scheme", "http"), *extra]
        self.http.send_headers(stream, head)
        self.flush()
        return stream

    async def send(self, stream: int, body: bytes) -> None:
        at = 0
        while at < len(body):
            await self.until(lambda: self.http.local_flow_control_window(stream) > 0)
            size = min(self.http.local_flow_control_window(stream), 16384, len(body) - at)
            self.http.send_data(stream, body[at : at + size])
            at += size
            self.flush()
        self.http.end_stream(stream)
        self.flush()

    async def answer(self, stream: int) -> bytes:
        await self.until(
            lambda: any(isinstance(e, h2.events.StreamEnded) and e.stream_id == stream for e in self.events)
        )
        return b"".join(e.data for e in self.events if isinstance(e, h2.events.DataReceived) and e.stream_id == stream)


def test_large_bodies_come_over_http2_many_after_another() -> None:
    body = b"2" * (3 * MIB)

    async def main() -> list[bytes]:
        async with serving(Reader(), streams=always) as listener, connected(listener) as (reader, writer):
            client, answers = Client2(reader, writer), []
            for _ in range(3):
                stream = client.begin(("content-length", str(len(body))))
                await client.send(stream, body)
                answers.append(await client.answer(stream))
            return answers

    assert run(main()) == [answer_of(body)] * 3


def test_a_stream_that_is_not_read_holds_back_its_own_client_and_no_other() -> None:
    async def main() -> tuple[int, bytes]:
        handler = Reader(at_once=False)
        limits = Limits(window_bytes=MIB)
        async with serving(handler, streams=always, limits=limits) as listener, connected(listener) as (reader, writer):
            client = Client2(reader, writer)
            slow = client.begin()
            sending = asyncio.ensure_future(client.send(slow, b"s" * (4 * MIB)))
            await until(lambda: bool(handler.exchanges) and handler.exchanges[0].stream.got >= MIB)  # type: ignore[union-attr]
            sending.cancel()
            await asyncio.sleep(0)
            held = handler.exchanges[0].stream.buffered  # type: ignore[union-attr]
            quick = client.begin(("content-length", "5"))
            client.http.send_data(quick, b"quick", end_stream=True)
            client.flush()
            return held, await client.answer(quick)

    held, quick = run(main())
    assert held == MIB
    assert quick == b"whole 5"


def test_100_continue_is_said_over_http2_when_the_application_begins_to_read() -> None:
    async def main() -> tuple[bool, bytes]:
        handler = Reader(at_once=False)
        async with serving(handler, streams=always) as listener, connected(listener) as (reader, writer):
            client = Client2(reader, writer)
            stream = client.begin(("expect", "100-continue"), ("content-length", "5"))
            await until(lambda: bool(handler.exchanges))
            early = any(isinstance(e, h2.events.InformationalResponseReceived) for e in client.events)
            handler.go.set()
            await client.until(
                lambda: any(isinstance(e, h2.events.InformationalResponseReceived) for e in client.events)
            )
            await client.send(stream, b"hello")
            return early, await client.answer(stream)

    assert run(main()) == (False, answer_of(b"hello"))


def test_a_reset_fails_the_reader_over_http2() -> None:
    async def main() -> BaseException:
        handler = Reader()
        async with serving(handler, streams=always) as listener, connected(listener) as (reader, writer):
            client = Client2(reader, writer)
            stream = client.begin(("content-length", "500000"))
            client.http.send_data(stream, b"some")
            client.http.reset_stream(stream)
            client.flush()
            await until(lambda: bool(handler.errors))
            return handler.errors[0]

    error = run(main())
    assert isinstance(error, BrokenBody)
    assert error.status == 0
