"""Speaks the Runtime API for `awslambdaric`, in place of its native module of the same name, which exists for one
version of Python at a time. Runs inside functions: only the standard library, any Python since 3.8.

One connection, kept open. An answer is sent together with the request for the next event, in one write, and that it was
taken is read together with that event. What can not be sent or understood raises, which ends the process.
"""

from __future__ import annotations

import os
import socket

_INVOCATION = "/2018-06-01/runtime/invocation/"
_PIECE = 65536
_LARGE = 65536


class _Client:
    def __init__(self) -> None:
        self.address = os.environ.get("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
        self.agent = ""
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._answered = False

    def post(self, what: str, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
        """Send an answer, and ask for the next event; `next` reads what is said to both."""
        lines = [f"POST {_INVOCATION}{what} HTTP/1.1", f"Host: {self.address}", f"Content-Length: {len(body)}"]
        lines.extend(f"{name}: {value}" for name, value in headers if value)
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")
        assert self._socket is not None, "answers follow events"
        self._answered = True
        if len(body) <= _LARGE:
            self._socket.sendall(head + body + self._asking())
        else:
            self._socket.sendall(head)
            self._socket.sendall(body)
            self._socket.sendall(self._asking())

    def next(self) -> tuple[bytes, dict[str, str]]:
        """The next event and its headers."""
        if self._answered:
            self._answered = False
            status, _, _ = self._receive()
            if status == 413:
                # Whoever invoked was told; the function goes on.
                print("LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413.")
            elif status != 202:
                raise RuntimeError(f"Failed to post invocation response. Http response code: {status}")
        elif self._socket is None:
            self._connect()
        status, headers, body = self._receive()
        if status != 200:
            raise RuntimeError(f"Failed to get next invocation. Http response code: {status}")
        return body, headers

    def _connect(self) -> None:
        host, _, port = self.address.rpartition(":")
        self._buffer = b""
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(self._asking())

    def _asking(self) -> bytes:
        return f"GET {_INVOCATION}next HTTP/1.1\r\nHost: {self.address}\r\nUser-Agent: {self.agent}\r\n\r\n".encode()

    def _more(self) -> bytes:
        assert self._socket is not None
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise ConnectionError("the runtime API closed the connection")
        return piece

    def _receive(self) -> tuple[int, dict[str, str], bytes]:
        data = self._buffer
        end = data.find(b"\r\n\r\n")
        while end < 0:
            data += self._more()
            end = data.find(b"\r\n\r\n")
        first, _, rest = data[:end].decode("utf-8").partition("\r\n")
        headers = {}
        for line in rest.split("\r\n"):
            name, _, value = line.partition(":")
            headers[name] = value.strip()
        length = int(headers.get("Content-Length", "0"))
        pieces, held = [data[end + 4 :]], len(data) - end - 4
        while held < length:
            piece = self._more()
            pieces.append(piece)
            held += len(piece)
        body = b"".join(pieces)
        self._buffer = body[length:]
        return int(first.split(" ", 2)[1]), headers, body[:length]


_client = _Client()


def initialize_client(user_agent: str) -> None:
    """Name the client."""
    _client.agent = user_agent


def next() -> tuple[bytes, dict[str, object]]:
    """The next invocation: (event, headers)."""
    body, headers = _client.next()
    return body, {**headers, "Lambda-Runtime-Deadline-Ms": int(headers.get("Lambda-Runtime-Deadline-Ms", "0"))}


def post_invocation_result(
    invoke_id: str, data: bytes, content_type: str = "application/json", _invocation_id: str | None = None
) -> None:
    """The function's answer."""
    _client.post(f"{invoke_id}/response", data, (("Content-Type", content_type),))


def post_error(invoke_id: str, error: str | bytes, xray_cause: str, _invocation_id: str | None = None) -> None:
    """The function's error, as JSON."""
    data = error if isinstance(error, bytes) else error.encode("utf-8")
    headers = (
        ("Content-Type", "application/json"),
        # A header's value has one line, and headers have a limit.
        ("Lambda-Runtime-Function-Xray-Error-Cause", xray_cause if len(xray_cause) < 8192 else ""),
    )
    _client.post(f"{invoke_id}/error", data, headers)
