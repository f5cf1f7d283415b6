"""An HTTP/2 connection to one server for many small requests at a time: RFC 9113 by h2, asyncio's streams around it.

It is what Apple's push service wants: requests and answers of a few kilobytes, as many at once as the server allows.
The server's limits (streams, windows) are waited for; answers are bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from typing import Final

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import msgspec

REQUEST_SECONDS: Final = 30.0
_CONNECT_SECONDS: Final = 10.0
_ANSWER_BYTES_MAX: Final = 64 * 1024
_READ_BYTES: Final = 64 * 1024


class Answer(msgspec.Struct, frozen=True):
    """A response: status, header fields by names in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Stream:
    """A request under way, and what has come of its answer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.answer: asyncio.Future[Answer] = loop.create_future()

    def finish(self) -> None:
        if not self.answer.done():
            status = int(self.headers.get(":status", "0"))
            self.answer.set_result(Answer(status, self.headers, bytes(self.body)))

    def fail(self, why: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(ConnectionError(why))


class Http2Session:
    """A connection. `gone` says why no more requests can be made on it, once that is so."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, authority: str, scheme: str) -> None:
        self._reader = reader
        self._writer = writer
        self._base = [(":method", "POST"), (":scheme", scheme), (":authority", authority)]
        self._loop = asyncio.get_running_loop()
        config = h2.config.H2Configuration(client_side=True, header_encoding="utf-8")
        self._h2 = h2.connection.H2Connection(config)
        self._streams: dict[int, _Stream] = {}
        self._changed: asyncio.Future[None] = self._loop.create_future()
        self._settled = False
        self.gone = ""
        self._h2.initiate_connection()
        self._write()
        self._reading = self._loop.create_task(self._read())

    @property
    def busy(self) -> bool:
        """Whether requests are under way."""
        return bool(self._streams)

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST. Raises `OSError`, `TimeoutError` included; nothing more is told of whether the server has seen it."""
        number = 0
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                number = await self._begin(path, headers)
                await self._send(number, body)
                return await self._streams[number].answer
        except h2.exceptions.ProtocolError as error:
            self.end(f"{type(error).__name__}: {error}")
            raise ConnectionError(self.gone) from error
        finally:
            self._leave(number)

    async def _begin(self, path: str, headers: Mapping[str, str]) -> int:
        while not self.gone and not self._has_room():
            await self._change()
        if self.gone:
            raise ConnectionError(self.gone)
        number = self._h2.get_next_available_stream_id()
        self._h2.send_headers(number, [*self._base, (":path", path), *headers.items()])
        self._streams[number] = _Stream(self._loop)
        return number

    def _has_room(self) -> bool:
        """Whether one more request may begin; before the server has said how many, none."""
        return self._settled and self._h2.open_outbound_streams < self._h2.remote_settings.max_concurrent_streams

    async def _send(self, number: int, body: bytes) -> None:
        while not self._streams[number].answer.done():
            room = min(self._h2.local_flow_control_window(number), self._h2.max_outbound_frame_size)
            if len(body) > room:
                if room:
                    self._h2.send_data(number, body[:room])
                    body = body[room:]
                self._write()
                if not room:
                    await self._change()
                continue
            self._h2.send_data(number, body, end_stream=True)
            self._write()
            return

    def _leave(self, number: int) -> None:
        stream = self._streams.pop(number, None)
        if stream is not None and not self.gone and (not stream.answer.done() or stream.answer.cancelled()):
            with contextlib.suppress(h2.exceptions.ProtocolError):
                self._h2.reset_stream(number, h2.errors.ErrorCodes.CANCEL)
                self._write()
        self._tell_change()

    async def _change(self) -> None:
        """Wait until the server's limits, or what is under way, may have changed."""
        await asyncio.shield(self._changed)

    def _tell_change(self) -> None:
        changed, self._changed = self._changed, self._loop.create_future()
        changed.set_result(None)

    def _write(self) -> None:
        if data := self._h2.data_to_send():
            self._writer.write(data)

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(_READ_BYTES):
                for event in self._h2.receive_data(data):
                    self._received(event)
                self._write()
            self.end("the server has closed the connection")
        except OSError as error:
            self.end(str(error) or type(error).__name__)
        except h2.exceptions.ProtocolError as error:
            self.end(f"the server does not speak HTTP/2: {error}")

    def _received(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived(stream_id=number, headers=headers) if stream := self._streams.get(
                number or 0
            ):
                stream.headers = {str(name): str(value) for name, value in headers or ()}
            case h2.events.DataReceived():
                self._data(event)
            case h2.events.StreamEnded(stream_id=number) if stream := self._streams.get(number or 0):
                stream.finish()
            case h2.events.StreamReset(stream_id=number) if stream := self._streams.get(number or 0):
                stream.fail("the server has reset the stream")
            case h2.events.RemoteSettingsChanged():
                self._settled = True
            case h2.events.ConnectionTerminated():
                self._terminated(event)
            case _:
                pass
        self._tell_change()

    def _data(self, event: h2.events.DataReceived) -> None:
        number = event.stream_id or 0
        if event.flow_controlled_length:
            self._h2.acknowledge_received_data(event.flow_controlled_length, number)
        stream = self._streams.get(number)
        if stream is not None:
            stream.body += event.data or b""
            if len(stream.body) > _ANSWER_BYTES_MAX:
                stream.fail("the answer is too long")

    def _terminated(self, event: h2.events.ConnectionTerminated) -> None:
        """GOAWAY: what the server has not looked at fails at once, and so does the rest: h2 answers nothing after
        it."""
        said = (event.additional_data or b"").decode("utf-8", "replace")[:200]
        self.end(f"the server ends the connection (GOAWAY {event.error_code}) {said}".strip())

    def end(self, why: str) -> None:
        """Close; whoever waits for an answer is told."""
        if not self.gone:
            self.gone = why
            self._writer.close()
            self._reading.cancel()
            for stream in self._streams.values():
                stream.fail(why)
            self._tell_change()

    async def close(self) -> None:
        """Say goodbye, and end."""
        if not self.gone:
            self._h2.close_connection()
            self._write()
            self.end("closed")
        await asyncio.gather(self._reading, return_exceptions=True)
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


async def connect(host: str, port: int, tls: ssl.SSLContext | None) -> Http2Session:
    """A connection; without TLS for servers that are known to speak HTTP/2 (RFC 9113, 3.3). Raises `OSError`."""
    async with asyncio.timeout(_CONNECT_SECONDS):
        reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    if tls is not None and writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
        writer.close()
        raise ConnectionError(f"{host} does not speak HTTP/2")
    scheme, usual = ("https", 443) if tls is not None else ("http", 80)
    return Http2Session(reader, writer, host if port == usual else f"{host}:{port}", scheme)
