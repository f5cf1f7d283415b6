"""What an HTTP/2 connection has to send and may not yet: answers, cut into frames as windows and transport allow.

Streams take turns, a frame each, so that a large answer does not hold up the small ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import h2.connection
import h2.exceptions

from chasqui.server.exchange import Headers, new_request_id
from chasqui.server.hub import check_field

#: Frames of one answer at a time; h2 copies what it is given.
_FRAME_BYTES_MAX = 16384
#: Fields that HTTP/2 forbids (RFC 9113, 8.2.2).
_HOP_BY_HOP = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"))

Fields = list[tuple[bytes, bytes]]


def response_fields(status: int, headers: Headers, date: bytes, request_id: str | None, length: int | None) -> Fields:
    """The header fields of an answer; `length` is None where none is to be said, `request_id` "" where `headers` have
    it."""
    fields = [(b":status", b"%d" % status), (b"date", date)]
    sized = False
    for raw, value in headers:
        check_field(raw, value)
        name = raw.lower()
        if name not in _HOP_BY_HOP:
            fields.append((name, value))
            sized = sized or name == b"content-length"
    if request_id != "":
        fields.append((b"x-amzn-requestid", (request_id or new_request_id()).encode()))
    if length is not None and not sized:
        fields.append((b"content-length", b"%d" % length))
    return fields


class _Answer:
    __slots__ = ("at", "body", "done", "drained", "ended")

    def __init__(self, body: bytes, ended: bool, done: Callable[[int], None]) -> None:
        self.body = body
        self.at = 0
        self.ended = ended
        self.done = done
        self.drained: asyncio.Future[None] | None = None


class Sending:
    """The answers under way."""

    def __init__(self, connection: h2.connection.H2Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._h2 = connection
        self._loop = loop
        self._answers: dict[int, _Answer] = {}
        #: The transport's buffer is full.
        self.paused = False
        self._moved_at = 0.0
        self._stalled_bytes = 0

    def begin(self, stream_id: int, fields: Fields, body: bytes | None, done: Callable[[int], None]) -> None:
        """Send the head, and the body as far as it may go; None for a body that follows by `add` and `end`."""
        if body == b"":
            self._h2.send_headers(stream_id, fields, end_stream=True)
            done(stream_id)
            return
        self._h2.send_headers(stream_id, fields)
        if not self._answers:
            self._moved_at = self._loop.time()
        self._answers[stream_id] = _Answer(body or b"", body is not None, done)

    async def add(self, stream_id: int, chunk: bytes, flush: Callable[[], None]) -> None:
        """Send a piece of a body, and return when it is out."""
        answer = self._answers.get(stream_id)
        if answer is None or not chunk:
            return
        answer.body, answer.at = chunk, 0
        flush()
        if answer.at < len(answer.body):
            answer.drained = self._loop.create_future()
            await answer.drained

    def end(self, stream_id: int) -> None:
        """The body is complete."""
        answer = self._answers.get(stream_id)
        if answer is not None:
            answer.ended = True

    def drop(self, stream_id: int) -> None:
        """The stream is gone."""
        answer = self._answers.pop(stream_id, None)
        if answer is not None and answer.drained is not None and not answer.drained.done():
            answer.drained.set_result(None)

    def drop_all(self) -> None:
        for stream_id in list(self._answers):
            self.drop(stream_id)

    def pump(self) -> None:
        """One frame of each answer that may go on. The caller takes what h2 has ready and comes again."""
        if self.paused:
            return
        for stream_id, answer in list(self._answers.items()):
            try:
                self._send_frame(stream_id, answer)
            except h2.exceptions.ProtocolError:  # the stream was closed; the event that says so is on its way
                self.drop(stream_id)

    def _send_frame(self, stream_id: int, answer: _Answer) -> None:
        left = len(answer.body) - answer.at
        size = left
        if left:
            window = self._h2.local_flow_control_window(stream_id)
            size = min(left, window, _FRAME_BYTES_MAX, self._h2.max_outbound_frame_size)
        if size <= 0 and (left or not answer.ended):
            return
        last = answer.ended and size == left
        self._h2.send_data(stream_id, answer.body[answer.at : answer.at + size], end_stream=last)
        answer.at += size
        self._moved_at = self._loop.time()
        if last:
            del self._answers[stream_id]
            answer.done(stream_id)
        elif size == left and answer.drained is not None and not answer.drained.done():
            answer.drained.set_result(None)
            answer.drained = None

    def waits_for_client(self) -> bool:
        """Whether something is held up by a window or by the transport."""
        return self.paused or any(answer.at < len(answer.body) for answer in self._answers.values())

    def moved_at(self, buffered: int, now: float) -> float:
        """When the client last took something; `buffered` is what the transport holds."""
        if buffered != self._stalled_bytes:
            self._stalled_bytes = buffered
            self._moved_at = now
        return self._moved_at
