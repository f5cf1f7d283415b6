"""A small client of the SQS JSON protocol: the referee's headers over raw sockets, nothing signed.

It sets up what wrk then measures (queues, backlogs) and measures what wrk cannot (long polls, single calls). It is
bound to the loopback: a benchmark must not load somebody else's machine by a typing mistake.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httptools

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SCOPE = "test/20260101/us-east-1/sqs/aws4_request"


class LoadError(Exception):
    """A server or a tool did not do its part; the message says which and how."""


class Refused(LoadError):
    """A server that answers, with an error."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer and when its last byte was read, in seconds of time.perf_counter."""

    status: int
    body: bytes
    at: float


def endpoint(url: str) -> tuple[str, int]:
    """The host and port of a server's URL; LoadError when it is not on the loopback."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.port is None:
        raise LoadError(f"{url}: a benchmark talks to http://127.0.0.1:PORT only")
    return parts.hostname, parts.port


def post(url: str, operation: str, body: bytes) -> bytes:
    """The bytes of a request, its headers in the referee's order."""
    host, port = endpoint(url)
    head = (
        f"POST {urlsplit(url).path or '/'} HTTP/1.1\r\n"
        f"Host: {host}:{port}\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Date: 20260101T000000Z\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host;x-amz-date, "
        f"Signature={'0' * 64}\r\n"
        f"X-Amz-Target: AmazonSQS.{operation}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request in flight."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.parser = httptools.HttpResponseParser(self)
        self.body = b""
        self.waiter: asyncio.Future[Answer] | None = None

    @classmethod
    async def open(cls, url: str) -> Connection:
        host, port = endpoint(url)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: cls(url), host, port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        answer = Answer(self.parser.get_status_code(), self.body, time.perf_counter())
        self.body = b""
        waiter, self.waiter = self.waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_exception(LoadError(f"{self.url} closed the connection ({exc})"))

    async def exchange(self, request: bytes, timeout_seconds: float = 30) -> Answer:
        """Send a request's bytes and wait for the answer, whatever its status."""
        self.waiter = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await asyncio.wait_for(self.waiter, timeout_seconds)

    async def call(self, operation: str, parameters: dict[str, Any], timeout_seconds: float = 30) -> dict[str, Any]:
        """An operation's output; LoadError when the server refuses it."""
        body = json.dumps(parameters).encode()
        answer = await self.exchange(post(self.url, operation, body), timeout_seconds)
        if answer.status != 200:
            raise Refused(f"{operation} answered {answer.status}: {answer.body[:300]!r}")
        try:
            return dict(json.loads(answer.body or b"{}"))
        except ValueError as error:
            raise LoadError(f"{operation} answered no JSON: {answer.body[:300]!r}") from error

    def close(self) -> None:
        self.transport.close()


def call(url: str, operation: str, parameters: dict[str, Any], timeout_seconds: float = 30) -> dict[str, Any]:
    """One operation on a connection of its own, for set-up."""

    async def once() -> dict[str, Any]:
        connection = await Connection.open(url)
        try:
            return await connection.call(operation, parameters, timeout_seconds)
        finally:
            connection.close()

    return asyncio.run(once())


def create_queue(url: str, name: str, fifo: bool = False) -> str:
    """A new queue's URL; the visibility timeout of 120 s is the referee's."""
    attributes = {"VisibilityTimeout": "120"}
    if fifo:
        name, attributes["FifoQueue"] = name + ".fifo", "true"
    answer = call(url, "CreateQueue", {"QueueName": name, "Attributes": attributes})
    return str(answer["QueueUrl"])
