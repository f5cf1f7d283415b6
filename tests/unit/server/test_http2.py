"""HTTP/2 as clients see it: prior knowledge and ALPN, flow control, limits, the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest

from chasqui.server.exchange import Exchange
from chasqui.server.limits import Limits
from chasqui.server.listener import Listener, tls_context
from tests.unit.server.serving import (
    QUICK,
    TEXT,
    Held,
    Reader,
    Writer,
    client_tls,
    connected,
    echo,
    run,
    self_signed,
    serving,
    until,
)

Fields = list[tuple[str, str]]


class Client:
    """A plain HTTP/2 client that keeps what it gets."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self.reader, self.writer = reader, writer
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.events: list[h2.events.Event] = []
        self.grants = True
        self.h2.initiate_connection()
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.h2.data_to_send())

    def send(self, path: str = "/", body: bytes = b"", end: bool = True, method: str = "POST", *more: Any) -> int:
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path), *more]
        self.h2.send_headers(stream, head, end_stream=end and not body)
        for at in range(0, len(body), 16384):
            self.h2.send_data(stream, body[at : at + 16384], end_stream=end and at + 16384 >= len(body))
        self.flush()
        return stream

    async def until(self, kind: type[Any], stream: int | None = None) -> Any:
        """Read until an event comes."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and (stream is None or event.stream_id == stream):
                    return event
            data = await self.reader.read(65536)
            if not data:
                raise EOFError
            for event in self.h2.receive_data(data):
                self.events.append(event)
                if isinstance(event, h2.events.DataReceived) and self.grants:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self.flush()

    async def answer(self, stream: int) -> tuple[int, bytes]:
        await self.until(h2.events.StreamEnded, stream)
        return self.status(stream), self.body(stream)

    def status(self, stream: int) -> int:
        return next(
            int(dict(event.headers)[":status"])
            for event in self.events
            if isinstance(event, h2.events.ResponseReceived) and event.stream_id == stream
        )

    def headers(self, stream: int) -> dict[str, str]:
        return next(
            dict(event.headers)
            for event in self.events
            if isinstance(event, h2.events.ResponseReceived) and event.stream_id == stream
        )

    def body(self, stream: int) -> bytes:
        mine = (e for e in self.events if isinstance(e, h2.events.DataReceived) and e.stream_id == stream)
        return b"".join(event.data for event in mine)


@asynccontextmanager
async def client(listener: Listener, **settings: Any) -> AsyncIterator[Client]:
    async with connected(listener, **settings) as (reader, writer):
        yield Client(reader, writer)


@pytest.mark.parametrize("own_loop", [False, True])
def test_prior_knowledge_is_recognised(own_loop: bool) -> None:
    async def main() -> tuple[int, bytes]:
        async with serving() as listener, client(listener) as http:
            return await http.answer(http.send("/q", b"hello"))

    assert run(main(), own_loop) == (200, b"hello")


def test_alpn_chooses_http2(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)

    async def main() -> tuple[str, bytes]:
        seen: list[str] = []

        def handler(exchange: Exchange) -> None:
            seen.append(exchange.scheme)
            echo(exchange)

        tls = {"ssl": client_tls(cert, "h2", "http/1.1"), "server_hostname": "localhost"}
        async with serving(handler, tls=tls_context(cert, key)) as listener, client(listener, **tls) as http:
            body = (await http.answer(http.send("/", b"x" * 50_000)))[1]
            return seen[0], body

    assert run(main()) == ("https", b"x" * 50_000)


def test_the_exchange_shows_the_request() -> None:
    async def main() -> Exchange:
        held = Held()
        async with serving(held) as listener, client(listener) as http:
            http.send("/a?b", b"", True, "GET", ("x-a", "1"), ("x-a", "2"))
            return (await held.wait(1))[0]

    exchange = run(main())
    assert (exchange.method, exchange.path, exchange.query) == ("GET", "/a", "b")
    assert exchange.headers == [(b"host", b"localhost"), (b"x-a", b"1"), (b"x-a", b"2")]


def test_streams_are_answered_as_they_finish() -> None:
    async def main() -> list[str]:
        held = Held()
        async with serving(held) as listener, client(listener) as http:
            first, second = http.send("/1"), http.send("/2")
            exchanges = await held.wait(2)
            exchanges[1].respond(200, TEXT, b"2")
            await http.answer(second)
            exchanges[0].respond(200, TEXT, b"1")
            await http.answer(first)
            return [event.data.decode() for event in http.events if isinstance(event, h2.events.DataReceived)]

    assert run(main()) == ["2", "1"]


def test_large_bodies_pass_both_ways() -> None:
    async def main() -> bool:
        body = bytes(range(256)) * 20_000
        async with serving() as listener, client(listener) as http:
            stream = http.send("/", b"", end=False)
            at = 0
            while at < len(body):
                size = min(http.h2.local_flow_control_window(stream), 16384, len(body) - at)
                if size == 0:
                    http.events.clear()
                    await http.until(h2.events.WindowUpdated)
                    continue
                http.h2.send_data(stream, body[at : at + size], end_stream=at + size == len(body))
                http.flush()
                at += size
            return (await http.answer(stream)) == (200, body)

    assert run(main())


def test_head_has_the_length_and_no_body() -> None:
    async def main() -> tuple[str, bytes]:
        async with serving(lambda e: e.respond(200, TEXT, b"12345")) as listener, client(listener) as http:
            stream = http.send("/", method="HEAD")
            await http.answer(stream)
            answer = next(event for event in http.events if isinstance(event, h2.events.ResponseReceived))
            return dict(answer.headers)["content-length"], http.body(stream)

    assert run(main()) == ("5", b"")


def test_a_body_beyond_the_limit_is_refused() -> None:
    async def main() -> int:
        async with serving(limits=Limits(body_bytes_max=1000)) as listener, client(listener) as http:
            stream = http.send("/", b"x" * 1001, end=False)
            return (await http.answer(stream))[0]

    assert run(main()) == 413


def test_a_declared_length_beyond_the_limit_is_refused() -> None:
    async def main() -> int:
        async with serving(limits=Limits(body_bytes_max=1000)) as listener, client(listener) as http:
            stream = http.send("/", b"", False, "POST", ("content-length", "1001"))
            return (await http.answer(stream))[0]

    assert run(main()) == 413


HEADS = {
    "long target": ("/" + "a" * 2000, [], 414),
    "many headers": ("/", [(f"x-{number}", "b") for number in range(20)], 431),
}


@pytest.mark.parametrize(("path", "fields", "status"), HEADS.values(), ids=HEADS.keys())
def test_a_head_beyond_the_limits_is_refused(path: str, fields: Fields, status: int) -> None:
    limits = Limits(target_bytes_max=1000, headers_max=16, head_bytes_max=4000)

    async def main() -> tuple[int, bytes]:
        async with serving(limits=limits) as listener, client(listener) as http:
            refused = (await http.answer(http.send(path, b"", True, "GET", *fields)))[0]
            return refused, (await http.answer(http.send("/next")))[1]

    assert run(main()) == (status, b"POST /next")


def test_a_head_of_too_many_bytes_ends_the_connection() -> None:
    async def main() -> int:
        async with serving(limits=Limits(head_bytes_max=4000)) as listener, client(listener) as http:
            http.send("/", b"", True, "GET", *((f"x-{number}", "b" * 1000) for number in range(5)))
            return int((await http.until(h2.events.ConnectionTerminated)).error_code)

    assert run(main()) == 11  # ENHANCE_YOUR_CALM


def test_a_slow_sender_gets_408() -> None:
    async def main() -> int:
        async with serving(limits=QUICK) as listener, client(listener) as http:
            return (await http.answer(http.send("/", b"x", end=False)))[0]

    assert run(main()) == 408


def test_a_reset_frees_a_long_poll_at_once() -> None:
    async def main() -> list[str]:
        held = Held()
        async with serving(held) as listener, client(listener) as http:
            stream = http.send("/poll")
            await held.wait(1)
            http.h2.reset_stream(stream)
            http.flush()
            await until(lambda: bool(held.gone), 0.5)
            held.exchanges[0].respond(200, TEXT, b"too late")
            return held.gone

    assert run(main()) == ["/poll"]


def test_a_request_reset_in_the_segment_it_came_in_harms_no_other() -> None:
    async def main() -> tuple[int, bytes]:
        async with serving() as listener, client(listener) as http:
            await http.answer(http.send("/1"))
            flush, http.flush = http.flush, lambda: None  # type: ignore[method-assign]
            http.h2.reset_stream(http.send("/2", b"x"))
            http.flush = flush  # type: ignore[method-assign]
            return await http.answer(http.send("/3"))

    assert run(main()) == (200, b"POST /3")


def test_a_lost_connection_frees_its_long_polls() -> None:
    async def main() -> list[str]:
        held = Held()
        async with serving(held) as listener:
            async with client(listener) as http:
                http.send("/1")
                http.send("/2")
                await held.wait(2)
            await until(lambda: len(held.gone) == 2, 0.5)
            return held.gone

    assert run(main()) == ["/1", "/2"]


def test_rapid_resets_end_the_connection() -> None:
    async def main() -> int:
        async with serving(Held(), limits=Limits(resets_per_second_max=20)) as listener, client(listener) as http:
            for _ in range(30):
                http.h2.reset_stream(http.send("/"))
                http.flush()
            event = await http.until(h2.events.ConnectionTerminated)
            return int(event.error_code)

    assert run(main()) == 11  # ENHANCE_YOUR_CALM


def test_a_window_that_stays_shut_is_cut_off() -> None:
    async def main() -> int:
        def answer(exchange: Exchange) -> None:
            exchange.respond(200, TEXT, b"x" * 200_000)

        async with serving(answer, limits=QUICK) as listener, client(listener) as http:
            http.grants = False
            stream = http.send("/")
            with pytest.raises((EOFError, ConnectionResetError)):
                await http.answer(stream)
            assert len(http.body(stream)) == 65535
            return listener.statistics().timed_out

    assert run(main()) == 1


def test_a_shutdown_says_goaway_and_lets_streams_end() -> None:
    async def main() -> tuple[int, bytes]:
        held = Held()
        async with serving(held) as listener, client(listener) as http:
            stream = http.send("/poll")
            exchange = (await held.wait(1))[0]
            exchange.on_shutdown = lambda: exchange.respond(200, TEXT, b"empty")
            closing = asyncio.create_task(listener.close(5))
            answer = await http.answer(stream)
            await http.until(h2.events.ConnectionTerminated)
            await asyncio.wait_for(closing, 1)
            return answer

    assert run(main()) == (200, b"empty")


def test_an_idle_connection_is_closed() -> None:
    async def main() -> None:
        async with serving(limits=QUICK) as listener, client(listener) as http:
            await http.answer(http.send("/"))
            with pytest.raises(EOFError):
                await http.until(h2.events.TrailersReceived)

    run(main())


def test_a_streamed_answer_comes_in_pieces() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a" * 100_000, b"", b"b"):
            await asyncio.sleep(0)
            yield piece

    async def main() -> tuple[int, bytes]:
        handler = lambda exchange: exchange.respond_stream(200, TEXT, pieces())  # noqa: E731
        async with serving(handler) as listener, client(listener) as http:
            return await http.answer(http.send("/"))

    assert run(main()) == (200, b"a" * 100_000 + b"b")


def test_a_streamed_answer_that_fails_resets_its_stream(caplog: pytest.LogCaptureFixture) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"
        raise RuntimeError("broken")

    async def main() -> int:
        handler = lambda exchange: exchange.respond_stream(200, TEXT, pieces())  # noqa: E731
        async with serving(handler) as listener, client(listener) as http:
            event = await http.until(h2.events.StreamReset, http.send("/"))
            return int(event.error_code)

    assert run(main()) == 2  # INTERNAL_ERROR
    assert "broken" in caplog.text


def test_nonsense_after_the_preface_closes() -> None:
    async def main() -> bytes:
        async with serving() as listener, connected(listener) as (reader, writer):
            writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"nonsense" * 10)
            return (await reader.read())[-17:]

    goaway = run(main())
    assert goaway[3:4] == b"\x07"
