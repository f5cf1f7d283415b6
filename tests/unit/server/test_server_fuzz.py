"""Whatever bytes come, in whatever segments: an answer or the end of the connection; no exception, hang or growth."""

from __future__ import annotations

import asyncio
from typing import Any

import h2.config
import h2.connection
import h2.events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chasqui.server.exchange import Exchange
from chasqui.server.http1 import Http1Connection
from chasqui.server.http2 import Http2Connection
from chasqui.server.hub import Hub
from chasqui.server.limits import Limits

LIMITS = Limits(head_bytes_max=4096, target_bytes_max=512, body_bytes_max=20_000, headers_max=16)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.out = bytearray()
        self.closed = False

    def write(self, data: Any) -> None:
        assert not self.closed
        self.out += data

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


def answer(exchange: Exchange) -> None:
    exchange.respond(200, (), b"%d" % len(exchange.body))


def feed(segments: list[bytes], kind: Any = Http1Connection) -> Wire:
    """Give a connection these segments; its callbacks scheduled for later run in between."""

    async def main() -> Wire:
        hub, wire = Hub(answer, LIMITS), Wire()
        connection = kind(hub)
        connection.connection_made(wire)
        for segment in segments:
            if wire.closed:
                break
            connection.data_received(segment)
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(getattr(connection, "_held", b"")) <= sum(map(len, segments))
        connection.connection_lost(None)
        hub.stop()
        return wire

    return asyncio.run(main())


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    """Cut data into segments."""
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    return [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False) if begin < end]


cuts = st.lists(st.integers(0, 2000), max_size=12)
tokens = st.sampled_from(
    [
        *(b"GET / HTTP/1.1\r\n", b"POST /a?b HTTP/1.1\r\n", b"HEAD / HTTP/1.0\r\n", b"CONNECT a:1 HTTP/1.1\r\n"),
        *(b"GET http://x/y HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"Host: a\r\n", b"Host: b c\r\n"),
        *(b"Content-Length: 5\r\n", b"Content-Length: 99999\r\n", b"Transfer-Encoding: chunked\r\n"),
        *(b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"Connection: Upgrade\r\n", b"Upgrade: h2c\r\n"),
        *(b"A: b\r\n", b" folded\r\n", b"A: " + b"x" * 5000 + b"\r\n", b"\r\n", b"\n", b"\x00", b"hello"),
        *(b"5\r\nhello\r\n", b"0\r\n\r\n", b"ffffffffffffffff\r\n"),
    ]
)
requests = st.lists(
    st.one_of(
        st.builds(lambda path: b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % path, st.integers(0, 99)),
        st.builds(
            lambda body: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body),
            st.binary(max_size=9000),
        ),
        st.builds(
            lambda parts: (
                b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
                + b"0\r\n\r\n"
            ),
            st.lists(st.binary(min_size=1, max_size=100), max_size=5),
        ),
    ),
    min_size=1,
    max_size=30,
)


def statuses(out: bytes) -> list[int]:
    return [int(part[:3]) for part in out.split(b"HTTP/1.1 ")[1:]]


@QUIET
@given(st.binary(max_size=300), cuts)
def test_random_bytes(data: bytes, at: list[int]) -> None:
    assert all(400 <= status < 500 or status == 505 for status in statuses(bytes(feed(split(data, at)).out)))


@QUIET
@given(st.lists(tokens, max_size=14), cuts)
def test_pieces_of_requests_in_any_order(parts: list[bytes], at: list[int]) -> None:
    found = statuses(bytes(feed(split(b"".join(parts), at)).out))
    assert all(status in (100, 200, 501, 505) or 400 <= status < 500 for status in found)
    assert all(status in (100, 200) for status in found[:-1])  # a refusal is the last answer


@QUIET
@given(requests, cuts)
def test_valid_requests_in_any_segments_are_all_answered(parts: list[bytes], at: list[int]) -> None:
    assert statuses(bytes(feed(split(b"".join(parts), at)).out)) == [200] * len(parts)


@QUIET
@given(requests, st.integers(0, 3000), st.integers(1, 255), cuts)
def test_one_changed_byte(parts: list[bytes], where: int, change: int, at: list[int]) -> None:
    data = bytearray(b"".join(parts))
    data[where % len(data)] ^= change
    found = statuses(bytes(feed(split(bytes(data), at)).out))
    assert all(status in (100, 200, 501, 505) or 400 <= status < 500 for status in found)


def client_bytes(bodies: list[bytes]) -> bytes:
    """What a well-behaved HTTP/2 client sends."""
    client = h2.connection.H2Connection(h2.config.H2Configuration())
    client.initiate_connection()
    head = [(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/")]
    for body in bodies:
        stream = client.get_next_available_stream_id()
        client.send_headers(stream, head, end_stream=not body)
        if body:
            client.send_data(stream, body, end_stream=True)
    return client.data_to_send()


def http2_statuses(out: bytes) -> list[int]:
    """The answers that a client would read."""
    client = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="ascii"))
    client.initiate_connection()
    for _ in range(8):
        head = [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/")]
        client.send_headers(client.get_next_available_stream_id(), head)
    return [
        int(dict(event.headers)[":status"])
        for event in client.receive_data(out)
        if isinstance(event, h2.events.ResponseReceived)
    ]


bodies = st.lists(st.binary(max_size=2000), min_size=1, max_size=8)


@QUIET
@given(bodies, cuts)
def test_http2_in_any_segments(each: list[bytes], at: list[int]) -> None:
    wire = feed(split(client_bytes(each), at), Http2Connection)
    assert http2_statuses(bytes(wire.out)) == [200] * len(each)


@QUIET
@given(bodies, st.lists(st.tuples(st.integers(24, 3000), st.integers(1, 255)), max_size=5), cuts)
def test_http2_with_changed_bytes(each: list[bytes], changes: list[tuple[int, int]], at: list[int]) -> None:
    data = bytearray(client_bytes(each))
    for where, change in changes:
        data[24 + where % (len(data) - 24)] ^= change
    feed(split(bytes(data), at), Http2Connection)


@QUIET
@given(st.binary(max_size=400), cuts)
def test_http2_random_frames(data: bytes, at: list[int]) -> None:
    feed(split(client_bytes([])[:24] + data, at), Http2Connection)
