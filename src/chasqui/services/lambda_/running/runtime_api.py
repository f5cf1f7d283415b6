"""The Runtime API, which functions ask for events and give their answers: HTTP on a loopback socket of each
environment's own.

Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes"; errors as AWS' runtime interface
emulator words them. What is not there (extensions, telemetry, SnapStart) is refused with 404. It is on the way of every
invocation: one parser, no task, one write an answer.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from typing import Final, Protocol, cast

import httptools
import msgspec

_NEXT: Final = b"/2018-06-01/runtime/invocation/next"
_INIT_ERROR: Final = b"/2018-06-01/runtime/init/error"
_INVOCATION: Final = b"/2018-06-01/runtime/invocation/"
_RESPONSE: Final = b"/response"
_ERROR: Final = b"/error"
_URL_BYTES_MAX: Final = 1024
_HEADERS_MAX: Final = 64
_HEADER_BYTES_MAX: Final = 2 * 1024 * 1024

_ACCEPTED: Final = (
    b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'
)
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Flow(Protocol):
    """Takes a streamed answer."""

    def write(self, piece: bytes) -> None: ...

    def end(self, error_type: str, error: bytes) -> None:
        """The answer is whole, or the function failed in the middle of it: `error` is its JSON."""
        ...


class Environment(Protocol):
    """Whose API it is. Ids have been checked when these are called."""

    payload_bytes_max: int

    def arrived(self, connection: Connection, transport: asyncio.Transport) -> None:
        """Somebody has connected: `admit` it, or close it."""
        ...

    def asked(self, connection: Connection) -> bool:
        """The runtime asks for an invocation; False when it may not now."""
        ...

    def left(self, connection: Connection) -> None:
        """The runtime has closed a connection."""
        ...

    def current(self) -> str:
        """The id of the invocation that an answer is awaited for; "" when there is none."""
        ...

    def answered(self, payload: bytes, content_type: str) -> None: ...

    def streaming(self, content_type: str, pause: Callable[[bool], None]) -> Flow: ...

    def failed(self, payload: bytes) -> None: ...

    def too_large(self) -> None: ...

    def init_failed(self, payload: bytes, error_type: str) -> bool: ...


def rendered(status: bytes, body: bytes, headers: bytes = b"Content-Type: application/json\r\n") -> bytes:
    """An answer, whole. `headers` are lines that end."""
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, headers, len(body), body)


def _refusal(status: bytes, kind: str, message: str) -> bytes:
    return rendered(status, msgspec.json.encode({"errorMessage": message, "errorType": kind}))


_NOT_FOUND: Final = _refusal(b"404 Not Found", "NotFound", "This is not implemented by Chasqui's Runtime API.")
_WRONG_ID: Final = _refusal(b"400 Bad Request", "InvalidRequestID", "Invalid request ID")
_TOO_LARGE: Final = _refusal(
    b"413 Request Entity Too Large", "RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes)."
)


def _wrong_state(verb: str) -> bytes:
    message = f"State transition to {verb} failed for runtime. Error: State transition is not allowed"
    return _refusal(b"403 Forbidden", "InvalidStateTransition", message)


class Connection(asyncio.Protocol):
    """One connection of a runtime."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._parser = httptools.HttpRequestParser(self)
        self._transport = cast(asyncio.Transport, None)
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._header_bytes = 0
        self._body: list[bytes] = []
        self._size = 0
        self._flow: Flow | None = None
        self._refused = b""
        self._feeding = False
        self._out: list[bytes] = []
        self._early: list[bytes] | None = []
        """What came before it was known who it is from; None afterwards."""
        self._next = False
        """Whether the last that was asked is the next event, which has not been given."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._environment.arrived(self, self._transport)

    def admit(self) -> None:
        """It is the function's own: read what it says."""
        early, self._early = self._early, None
        if self._transport.is_closing():
            return
        for each in early or ():
            self.data_received(each)
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_lost(self, _error: Exception | None) -> None:
        flow, self._flow = self._flow, None
        if flow is not None:
            flow.end("Runtime.TruncatedResponse", b'{"errorType":"Runtime.TruncatedResponse"}')
        self._environment.left(self)

    def data_received(self, data: bytes) -> None:
        if self._early is not None:
            self._early.append(data)
            self._transport.pause_reading()
            return
        self._feeding = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()
        self._feeding = False
        if self._out and not (self._next and all(each is _ACCEPTED for each in self._out)):
            self._flush()
        # Else it has asked for more without waiting to hear that its answer was taken: told with the next event.

    def write(self, data: bytes) -> None:
        """Send an answer, in one write with those that are to be sent already."""
        self._out.append(data)
        if not self._feeding:
            self._flush()

    def give(self, event: bytes) -> None:
        """Send what was asked for."""
        self._next = False
        self.write(event)

    def _flush(self) -> None:
        out = self._out
        self._transport.write(out[0] if len(out) == 1 else b"".join(out))
        out.clear()

    def close(self) -> None:
        """End it."""
        self._transport.close()

    # What the parser calls.
    def on_message_begin(self) -> None:
        self._url, self._headers, self._body = b"", {}, []
        self._header_bytes = self._size = 0
        self._flow, self._refused = None, b""

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > _URL_BYTES_MAX:
            raise ValueError("the URL is too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if len(self._headers) >= _HEADERS_MAX or self._header_bytes > _HEADER_BYTES_MAX:
            raise ValueError("too many headers")
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        if self._parser.get_method() != b"POST":
            return
        headers = self._headers
        self._refused = self._checked()
        if headers.get(b"expect", b"").lower() == b"100-continue":
            self.write(_CONTINUE)
        if self._refused:
            return
        if (
            headers.get(b"lambda-runtime-function-response-mode", b"").lower() == b"streaming"
            and self._url.endswith(_RESPONSE)
        ):  # fmt: skip
            self._flow = self._environment.streaming(_content_type(headers), self._pause)

    def _checked(self) -> bytes:
        """The refusal of a POST, if it must be refused."""
        url = self._url
        if url == _INIT_ERROR:
            return b""
        if not url.startswith(_INVOCATION):
            return _NOT_FOUND
        name, _, verb = url[len(_INVOCATION) :].partition(b"/")
        if verb not in (b"response", b"error"):
            return _NOT_FOUND
        current = self._environment.current()
        if not current:
            return _wrong_state("InvocationResponse" if verb == b"response" else "InvocationErrorResponse")
        return b"" if name.decode("latin-1") == current else _WRONG_ID

    def _pause(self, paused: bool) -> None:
        if self._transport.is_closing():
            return
        if paused:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def on_body(self, body: bytes) -> None:
        if self._flow is not None:
            self._flow.write(body)
        elif not self._refused:
            self._size += len(body)
            if self._size > self._environment.payload_bytes_max:
                self._body.clear()
                self._refused = _TOO_LARGE
            else:
                self._body.append(body)

    def on_message_complete(self) -> None:
        method = self._parser.get_method()
        if method == b"GET" and self._url == _NEXT:
            self._next = True
            if not self._environment.asked(self):
                self._next = False
                self.write(_wrong_state("InvocationNext"))
        elif method != b"POST":
            self.write(_NOT_FOUND)
        else:
            self._posted()
        if not self._parser.should_keep_alive() and self._url != _NEXT:
            self._flush()
            self._transport.close()

    def _posted(self) -> None:
        environment = self._environment
        if self._refused:
            self.write(self._refused)
            if self._refused is _TOO_LARGE:
                environment.too_large()
            return
        flow, self._flow = self._flow, None
        if flow is not None:
            self.write(_ACCEPTED)
            flow.end(*self._trailers())
            return
        body = b"".join(self._body)
        if self._url == _INIT_ERROR:
            kind = self._headers.get(b"lambda-runtime-function-error-type", b"").decode("latin-1")
            self.write(_ACCEPTED if environment.init_failed(body, kind) else _wrong_state("InitError"))
        elif refused := self._checked():
            # It has timed out, or was answered on another connection, while this answer was on the way.
            self.write(refused)
        elif self._url.endswith(_ERROR):
            self.write(_ACCEPTED)
            environment.failed(body)
        else:
            self.write(_ACCEPTED)
            environment.answered(body, _content_type(self._headers))

    def _trailers(self) -> tuple[str, bytes]:
        kind = self._headers.get(b"lambda-runtime-function-error-type", b"")
        try:
            error = base64.b64decode(self._headers.get(b"lambda-runtime-function-error-body", b""))
        except binascii.Error:
            error = b"{}"
        return kind.decode("latin-1"), error


def _content_type(headers: dict[bytes, bytes]) -> str:
    return headers.get(b"content-type", b"application/json").decode("latin-1")
