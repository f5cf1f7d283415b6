#!/usr/bin/env python3
"""Endpoints that take SNS' notifications: `hook_server.py COUNT` listens on so many ports and prints them.

Each confirms its subscription, counts what it is sent, and answers 200 at once. `GET /count` on any of them says how
many notifications all have taken.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from urllib.parse import urlsplit

import httptools
import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
taken = itertools.count()


async def confirm(url: str) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(
        f"GET {parts.path}?{parts.query} HTTP/1.1\r\nhost: {parts.netloc}\r\nconnection: close\r\n\r\n".encode()
    )
    await reader.read()
    writer.close()


class Hook(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)
        self.on_message_begin()

    def on_message_begin(self) -> None:
        self.body = b""
        self.kind = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-amz-sns-message-type":
            self.kind = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        if self.kind == b"Notification":
            next(taken)
        elif self.kind == b"SubscriptionConfirmation":
            self.confirming = asyncio.get_running_loop().create_task(confirm(json.loads(self.body)["SubscribeURL"]))
        elif self.parser.get_method() == b"GET":
            count = repr(taken)[6:-1].encode()
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(count), count))
            return
        self.transport.write(ANSWER)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)


async def main() -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Hook, "127.0.0.1", 0) for _ in range(int(sys.argv[1]))]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
