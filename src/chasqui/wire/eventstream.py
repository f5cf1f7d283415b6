"""AWS' event streams (`application/vnd.amazon.eventstream`): messages framed with lengths and checksums.

A message is a prelude (total length, headers' length, their CRC32), headers of ten types, a payload, and the
CRC32 of all before it. Source: "Amazon Event Stream Specification" of the Smithy documentation.
"""

from __future__ import annotations

import datetime
import struct
import uuid
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import cbor2
import msgspec

from chasqui.base.errors import ServiceError
from chasqui.wire import cbor, json, values, xml
from chasqui.wire.model import Shape

PRELUDE = struct.Struct(">III")
CRC = struct.Struct(">I")
OVERHEAD = PRELUDE.size + CRC.size
HEADERS_BYTES_MAX = 128 * 1024
PAYLOAD_BYTES_MAX = 24 * 1024 * 1024


class Byte(int):
    """A header of the type byte; a plain int is written as an integer, or a long when it is larger."""


class Short(int):
    """A header of the type short."""


class Long(int):
    """A header of the type long, whatever its size."""


HeaderValue = bool | int | bytes | str | datetime.datetime | uuid.UUID


class Message(NamedTuple):
    """One message. Times in headers are aware datetimes, to the millisecond."""

    headers: dict[str, HeaderValue]
    payload: bytes


class EventStreamError(ValueError):
    """The bytes are not a message: a wrong length, checksum or header."""


# ------------------------------------------------------------------------------------------------------
# messages


def encode(message: Message) -> bytes:
    """A message as bytes."""
    headers = b"".join(_encode_header(name, value) for name, value in message.headers.items())
    total = OVERHEAD + len(headers) + len(message.payload)
    lengths = struct.pack(">II", total, len(headers))
    prelude = lengths + CRC.pack(zlib.crc32(lengths))
    content = prelude + headers + message.payload
    return content + CRC.pack(zlib.crc32(content))


def _encode_header(name: str, value: HeaderValue) -> bytes:
    encoded_name = name.encode()
    return struct.pack(">B", len(encoded_name)) + encoded_name + _encode_value(value)


def _encode_value(value: HeaderValue) -> bytes:
    if isinstance(value, bool):
        return b"\x00" if value else b"\x01"
    if isinstance(value, int):
        return _encode_integer(value)
    if isinstance(value, bytes | str):
        content = value.encode() if isinstance(value, str) else value
        return struct.pack(">BH", 7 if isinstance(value, str) else 6, len(content)) + content
    if isinstance(value, datetime.datetime):
        return struct.pack(">Bq", 8, round(values.from_datetime(values.to_datetime(value)) * 1000))
    return b"\x09" + value.bytes


def _encode_integer(value: int) -> bytes:
    if isinstance(value, Byte):
        return struct.pack(">Bb", 2, value)
    if isinstance(value, Short):
        return struct.pack(">Bh", 3, value)
    if isinstance(value, Long) or not -(2**31) <= value < 2**31:
        return struct.pack(">Bq", 5, value)
    return struct.pack(">Bi", 4, value)


class Decoder:
    """Bytes in, messages out: feed it what arrives, take what is complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, content: bytes) -> None:
        self._buffer += content

    @property
    def pending(self) -> int:
        """How many bytes of an incomplete message are held."""
        return len(self._buffer)

    def messages(self) -> Iterator[Message]:
        """The complete messages so far; `EventStreamError` at the first that is not one."""
        while len(self._buffer) >= PRELUDE.size:
            total, headers_length = _check_prelude(bytes(self._buffer[: PRELUDE.size]))
            if len(self._buffer) < total:
                return
            frame = bytes(self._buffer[:total])
            del self._buffer[:total]
            yield _decode_frame(frame, headers_length)


def decode(content: bytes) -> list[Message]:
    """The messages of a whole stream; `EventStreamError` when it ends in the middle of one."""
    decoder = Decoder()
    decoder.feed(content)
    messages = list(decoder.messages())
    if decoder.pending:
        raise EventStreamError("the stream ends in the middle of a message")
    return messages


def _check_prelude(prelude: bytes) -> tuple[int, int]:
    total, headers_length, checksum = PRELUDE.unpack(prelude)
    if zlib.crc32(prelude[:8]) != checksum:
        raise EventStreamError("the prelude's checksum is wrong")
    if headers_length > HEADERS_BYTES_MAX or total < OVERHEAD + headers_length:
        raise EventStreamError("the headers' length is wrong")
    if total > OVERHEAD + headers_length + PAYLOAD_BYTES_MAX:
        raise EventStreamError("the message is too long")
    return total, headers_length


def _decode_frame(frame: bytes, headers_length: int) -> Message:
    if zlib.crc32(frame[:-4]) != CRC.unpack(frame[-4:])[0]:
        raise EventStreamError("the message's checksum is wrong")
    end = PRELUDE.size + headers_length
    try:
        headers = dict(_decode_headers(frame[PRELUDE.size : end]))
    except (struct.error, UnicodeError, OverflowError) as error:
        raise EventStreamError("a header is malformed") from error
    return Message(headers, frame[end:-4])


def _decode_headers(content: bytes) -> Iterator[tuple[str, HeaderValue]]:
    offset = 0
    while offset < len(content):
        length = content[offset]
        start = offset + 1 + length
        if length == 0 or start >= len(content):
            raise EventStreamError("a header is malformed")
        name = content[offset + 1 : start].decode()
        value, offset = _decode_value(content, start)
        yield name, value


_FIXED: dict[int, tuple[struct.Struct, type[int]]] = {
    2: (struct.Struct(">b"), Byte),
    3: (struct.Struct(">h"), Short),
    4: (struct.Struct(">i"), int),
    5: (struct.Struct(">q"), Long),
}


def _decode_value(content: bytes, offset: int) -> tuple[HeaderValue, int]:
    kind = content[offset]
    offset += 1
    if kind in (0, 1):
        return kind == 0, offset
    if kind in _FIXED:
        form, made = _FIXED[kind]
        return made(form.unpack_from(content, offset)[0]), offset + form.size
    if kind in (6, 7):
        (length,) = struct.unpack_from(">H", content, offset)
        end = offset + 2 + length
        if end > len(content):
            raise EventStreamError("a header is malformed")
        data = content[offset + 2 : end]
        return (data if kind == 6 else data.decode()), end
    if kind == 8:
        (milliseconds,) = struct.unpack_from(">q", content, offset)
        return values.EPOCH + datetime.timedelta(milliseconds=milliseconds), offset + 8
    if kind == 9 and offset + 16 <= len(content):
        return uuid.UUID(bytes=content[offset : offset + 16]), offset + 16
    raise EventStreamError("a header has an unknown type")


# --------------------------------------------------------------------------------------------------------
# events


class EventWriter:
    """The messages of one operation's event stream, in the format of its protocol."""

    def __init__(self, stream: Shape, protocol: str) -> None:
        self._stream = stream
        self._protocol = protocol

    def initial_response(self, shape: Shape, members: Mapping[str, Any]) -> bytes:
        """The first message of RPC protocols: the output's members beside the stream."""
        given = {name: value for name, value in members.items() if not shape.members[name].is_event_stream}
        content_type, payload = self._body(shape, given)
        return encode(Message(self._headers("event", "initial-response", content_type), payload))

    def event(self, name: str, members: Mapping[str, Any]) -> bytes:
        """One event: `name` is the stream's member, `members` what the event holds."""
        shape = self._stream.members[name]
        headers: dict[str, HeaderValue] = {}
        rest = {}
        content_type, payload = "", b""
        for member, value in members.items():
            if value is None:
                continue
            facts = shape.members[member].facts
            if facts.get("eventheader"):
                headers[member] = _header_value(shape.members[member], value)
            elif facts.get("eventpayload"):
                content_type, payload = self._payload(shape.members[member], value)
            else:
                rest[member] = value
        explicit = any(member.facts.get("eventpayload") for member in shape.members.values())
        if not explicit and shape.members:
            content_type, payload = self._body(shape, rest)
        return encode(Message({**self._headers("event", name, content_type), **headers}, payload))

    def exception(self, error: ServiceError) -> bytes:
        """The last message of a stream that fails: a modelled exception, else an error by code and
        message."""
        shape = self._stream.members.get(error.code)
        if shape is None:
            named: dict[str, HeaderValue] = {":error-code": error.code, ":error-message": error.message}
            return encode(Message({":message-type": "error", **named}, b""))
        member = "Message" if "Message" in shape.members else "message"
        content_type, payload = self._body(shape, {member: error.message, **error.fields})
        headers: dict[str, HeaderValue] = {
            ":message-type": "exception",
            ":exception-type": error.code,
            ":content-type": content_type,
        }
        return encode(Message(headers, payload))

    def _headers(self, kind: str, name: str, content_type: str) -> dict[str, HeaderValue]:
        headers: dict[str, HeaderValue] = {":message-type": kind, ":event-type": name}
        if content_type:
            headers[":content-type"] = content_type
        return headers

    def _payload(self, shape: Shape, value: Any) -> tuple[str, bytes]:
        if shape.type == "blob":
            return "application/octet-stream", bytes(value)
        if shape.type == "string":
            return "text/plain", value.encode()
        return self._body(shape, value)

    def _body(self, shape: Shape, value: Mapping[str, Any]) -> tuple[str, bytes]:
        if self._protocol == "rest-xml":
            out: list[str] = []
            xml.write_element(shape, shape.location_name or shape.name, value, out)
            return "text/xml", "".join(out).encode()
        if self._protocol == "smithy-rpc-v2-cbor":
            return "application/cbor", cbor2.dumps(cbor.RPC_V2_CBOR.writer.write(shape, value))
        return "application/json", msgspec.json.encode(json.WRITER.write(shape, value))


def _header_value(shape: Shape, value: Any) -> HeaderValue:
    match shape.type:
        case "timestamp":
            return values.to_datetime(value)
        case "byte":
            return Byte(value)
        case "short":
            return Short(value)
        case "long":
            return Long(value)
    result: HeaderValue = value
    return result
