#!/usr/bin/env python3
"""What one request costs in the HTTP/1.1 layer alone, against the bare connection of the yardstick.

Both are driven through `data_received` with a transport that only counts: no socket, no store. The request is a POST of
256 bytes with 7 headers; the handler answers at once. Run: `.venv/bin/python benchmarks/micro/http_server.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import time
from collections.abc import Callable

import httptools

from chasqui.server.exchange import Exchange
from chasqui.server.http1 import Http1Connection
from chasqui.server.hub import Hub

BODY = b"x" * 256
REQUEST = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1:4566\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n"
    b"Content-Type: application/x-amz-json-1.0\r\nUser-Agent: Botocore/1.40.0 md/Botocore#1.40.0 ua/2.1\r\n"
    b"X-Amz-Date: 20260101T000000Z\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, "
    b"SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=" + b"0" * 64 + b"\r\n"
    b"Content-Length: 256\r\n\r\n" + BODY
)
ANSWER = b'{"MessageId": "%b", "MD5OfMessageBody": "%b"}' % (b"0" * 36, b"0" * 32)
HEADERS = ((b"Content-Type", b"application/x-amz-json-1.0"),)


class Transport(asyncio.Transport):
    """Counts bytes."""

    written = 0

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.written += len(data)

    def is_closing(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


def new_id() -> str:
    h = os.urandom(16).hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


class Bare(asyncio.Protocol):
    """The yardstick's `Connection` word for word, its store left out."""

    def connection_made(self, transport):  # type: ignore[no-untyped-def]
        self.transport, self.parser = transport, httptools.HttpRequestParser(self)
        self.body, self.headers = b"", {}

    def data_received(self, data):  # type: ignore[no-untyped-def]
        self.parser.feed_data(data)

    def on_header(self, name, value):  # type: ignore[no-untyped-def]
        self.headers[name.lower()] = value

    def on_body(self, body):  # type: ignore[no-untyped-def]
        self.body += body

    def on_message_complete(self):  # type: ignore[no-untyped-def]
        target, body, self.body = self.headers.get(b"x-amz-target", b"").decode(), self.body, b""
        operation = target.partition(".")[2]
        if operation == "SendMessage" and body:
            self.reply(ANSWER)

    def reply(self, body):  # type: ignore[no-untyped-def]
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: %s\r\nContent-Type: application/x-amz-json-1.0\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (new_id().encode(), len(body), body)
            )


def handle(exchange: Exchange) -> None:
    """What the yardstick does of the application's work: find the operation, answer."""
    target = (exchange.header(b"x-amz-target") or b"").decode()
    operation = target.partition(".")[2]
    if operation == "SendMessage" and exchange.body:
        exchange.respond(200, HEADERS, ANSWER)


def microseconds(connection: asyncio.Protocol, rounds: int) -> float:
    """The time of one request, over `rounds` of them."""
    receive: Callable[[bytes], None] = connection.data_received
    begin = time.perf_counter()
    for _ in range(rounds):
        receive(REQUEST)
    return (time.perf_counter() - begin) / rounds * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2_000)
    parser.add_argument("--repeat", type=int, default=100)
    arguments = parser.parse_args()
    loop = asyncio.new_event_loop()
    ours, bare = Http1Connection(Hub(handle, loop=loop)), Bare()
    transports = Transport(), Transport()
    for connection, transport in zip((ours, bare), transports, strict=True):
        connection.connection_made(transport)
        microseconds(connection, 1000)
    gc.collect()
    # In turn, and the best of many short ones: what else the machine does hits both, and never makes either faster.
    rounds = arguments.rounds
    pairs = [(microseconds(ours, rounds), microseconds(bare, rounds)) for _ in range(arguments.repeat)]
    assert all(transport.written > rounds * len(ANSWER) for transport in transports)
    chasqui, yardstick = (round(min(times), 3) for times in zip(*pairs, strict=True))
    ratio = chasqui / yardstick
    print(json.dumps({"chasqui_us": chasqui, "yardstick_us": yardstick, "ratio": round(ratio, 3)}))
    loop.close()


if __name__ == "__main__":
    main()
