"""Speaks the Runtime API for `awslambdaric`, in place of its native module of the same name, which exists for one
version of Python at a time. Runs inside functions: only the standard library, any Python since 3.8.

One connection, kept open; a request is one write. What can not be sent or understood raises, which ends the process.
"""

from __future__ import annotations

import os
import socket

_NEXT = "/2018-06-01/runtime/invocation/next"
_PIECE = 65536
_LARGE = 65536


class _Client:
    def __init__(self) -> None:
        self.address = os.environ.get("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
        self.agent = ""
        self._socket: socket.socket | None = None
        self._buffer = b""

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) of a request. A connection that was closed meanwhile is opened anew, once."""
        lines = [method + " " + path + " HTTP/1.1", "Host: " + self.address, "User-Agent: " + self.agent]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        lines.extend(name + ": " + value for name, value in headers if value)
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")
        fresh = self._socket is None
        while True:
            try:
                self._send(head, body)
                return self._receive()
            except OSError:
                self._socket = None
                if fresh:
                    raise
                fresh = True

    def _send(self, head: bytes, body: bytes | None) -> None:
        if self._socket is None:
            host, _, port = self.address.rpartition(":")
            self._buffer = b""
            self._socket = socket.create_connection((host, int(port)))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if body is None or len(body) <= _LARGE:
            self._socket.sendall(head if body is None else head + body)
        else:
            self._socket.sendall(head)
            self._socket.sendall(body)

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
    status, headers, body = _client.ask("GET", _NEXT)
    if status != 200:
        raise RuntimeError(f"Failed to get next invocation. Http response code: {status}")
    deadline = int(headers.get("Lambda-Runtime-Deadline-Ms", "0"))
    return body, {**headers, "Lambda-Runtime-Deadline-Ms": deadline}


def post_invocation_result(
    invoke_id: str, data: bytes, content_type: str = "application/json", _invocation_id: str | None = None
) -> None:
    """The function's answer. One that is too large was told to whoever invoked; the function goes on."""
    path = "/2018-06-01/runtime/invocation/" + invoke_id + "/response"
    status, _, _ = _client.ask("POST", path, data, (("Content-Type", content_type),))
    if status == 413:
        print("LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413.")
    elif status != 202:
        raise RuntimeError("Failed to post invocation response")


def post_error(invoke_id: str, error: str | bytes, xray_cause: str, _invocation_id: str | None = None) -> None:
    """The function's error, as JSON."""
    data = error if isinstance(error, bytes) else error.encode("utf-8")
    headers = (
        ("Content-Type", "application/json"),
        # A header's value has one line, and headers have a limit.
        ("Lambda-Runtime-Function-Xray-Error-Cause", xray_cause if len(xray_cause) < 8192 else ""),
    )
    status, _, _ = _client.ask("POST", "/2018-06-01/runtime/invocation/" + invoke_id + "/error", data, headers)
    if status not in (202, 413):
        raise RuntimeError("Failed to post invocation error")
