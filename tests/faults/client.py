"""A small, fast client on a bare socket: loads and fuzzes want less than boto3 between themselves and the wire.

It sends what it is told to send, well-formed or not, and reads answers. One client is one connection and one thread.
"""

from __future__ import annotations

import itertools
import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=" + "0" * 64
)


@dataclass
class Answer:
    """A response. Names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Refused(AssertionError):
    """An operation that should have succeeded did not."""


def request_bytes(target: str, headers: dict[str, str], body: bytes, method: str = "POST") -> bytes:
    """A request with these headers, and the length of its body."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if not any(name.lower() in ("content-length", "transfer-encoding") for name in headers):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + body


def operation_bytes(operation: str, body: bytes, content_type: str = "application/x-amz-json-1.0") -> bytes:
    """A request of SQS' JSON protocol."""
    headers = {
        "Host": "localhost",
        "X-Amz-Target": f"AmazonSQS.{operation}",
        "Content-Type": content_type,
        "Authorization": SIGNED,
    }
    return request_bytes("/", headers, body)


def form_bytes(body: bytes) -> bytes:
    """A request of SQS' query protocol."""
    headers = {
        "Host": "localhost",
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "Authorization": SIGNED,
    }
    return request_bytes("/", headers, body)


class RawClient:
    """One connection, opened again after it was lost. Raises `OSError` when there is no answer."""

    def __init__(self, url: str, timeout: float = 10) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 4566)
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._read = b""

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._read = None, b""

    def send(self, data: bytes) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, self._timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(data)

    def finish_sending(self) -> None:
        """Tell the server that nothing more will come."""
        assert self._socket is not None
        self._socket.shutdown(socket.SHUT_WR)

    def _more(self) -> None:
        assert self._socket is not None
        data = self._socket.recv(1 << 18)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        self._read += data

    def answer(self) -> Answer:
        """The next answer, with the body that its Content-Length announces."""
        while (end := self._read.find(b"\r\n\r\n")) < 0:
            self._more()
        first, *lines = self._read[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(first.split(" ", 2)[1])
        if status == 100:
            self._read = self._read[end + 4 :]
            return self.answer()
        stop = end + 4 + int(headers.get("content-length", 0))
        while len(self._read) < stop:
            self._more()
        body, self._read = self._read[end + 4 : stop], self._read[stop:]
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

    def rest(self) -> bytes:
        """Everything until the server closes the connection."""
        try:
            while True:
                self._more()
        except ConnectionResetError:
            data = self._read
            self.close()
            return data

    def ask(self, data: bytes) -> Answer:
        """One request and its answer; the connection is dropped when either fails."""
        try:
            self.send(data)
            return self.answer()
        except BaseException:
            self.close()
            raise

    def try_call(self, operation: str, **parameters: Any) -> Answer:
        return self.ask(operation_bytes(operation, json.dumps(parameters).encode()))

    def call(self, operation: str, **parameters: Any) -> Any:
        """The operation's result. Raises `Refused` for anything but a 200."""
        answer = self.try_call(operation, **parameters)
        if answer.status != 200:
            raise Refused(f"{operation}: {answer.status} {answer.body[:500]!r}")
        return answer.json

    def drain(self, url: str) -> list[dict[str, Any]]:
        """Receive and delete until a receive is empty; what was received, in order."""
        found: list[dict[str, Any]] = []
        while messages := self.call(
            "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600, AttributeNames=["All"]
        ).get("Messages"):
            found += messages
            entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
            self.call("DeleteMessageBatch", QueueUrl=url, Entries=entries)
        return found

    def depths(self, url: str) -> dict[str, int]:
        """Messages by where they are: "", "NotVisible", "Delayed"."""
        shown = self.call("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
        name = "ApproximateNumberOfMessages"
        return {each: int(shown[name + each]) for each in ("", "NotVisible", "Delayed")}


def control(client: RawClient, path: str, body: Any = None, **headers: str) -> Answer:
    """A request of a control endpoint; a GET when there is no body."""
    fields = {"Host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
    data = b"" if body is None else json.dumps(body).encode()
    return client.ask(request_bytes(path, fields, data, "GET" if body is None else "POST"))


def children(pid: int) -> list[int]:
    """The processes that a process started and that run still (Linux)."""
    found = (Path(f"/proc/{pid}/task/{each.name}/children") for each in Path(f"/proc/{pid}/task").iterdir())
    return list(itertools.chain.from_iterable(map(int, each.read_text().split()) for each in found))


def resident_bytes(pid: int) -> int:
    """A process' resident memory (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the process has no memory")
