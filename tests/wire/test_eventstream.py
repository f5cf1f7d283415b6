"""Event streams: the framing, and botocore's own reader on ours."""

from __future__ import annotations

import datetime
import struct
import uuid
import zlib
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.parsers import EventStreamJSONParser, EventStreamXMLParser

from chasqui.base.errors import ServiceError
from chasqui.wire.eventstream import (
    Byte,
    Decoder,
    EventStreamError,
    EventWriter,
    Long,
    Message,
    Short,
    decode,
    encode,
)
from chasqui.wire.model import load_service
from tests.wire.wire_support import botocore_service

HEADERS: dict[str, Any] = {
    "true": True,
    "false": False,
    "byte": Byte(-1),
    "short": Short(-300),
    "integer": 70_000,
    "long": Long(5),
    "bytes": b"\x00\x01",
    "string": "wörld",
    "time": datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC),
    "uuid": uuid.UUID(int=7),
}


def test_every_type_of_header_comes_back() -> None:
    (message,) = decode(encode(Message(HEADERS, b"payload")))

    assert message == Message(HEADERS, b"payload")
    assert [type(value) for value in message.headers.values()] == [type(value) for value in HEADERS.values()]


def test_an_empty_message_is_these_bytes() -> None:
    assert encode(Message({}, b"")) == bytes.fromhex("000000100000000005c248eb7d98c8ff")


def test_messages_are_found_however_the_bytes_arrive() -> None:
    content = encode(Message({"a": 1}, b"x")) + encode(Message({}, b"yy"))
    decoder = Decoder()
    found = []
    for position in range(len(content)):
        decoder.feed(content[position : position + 1])
        found += list(decoder.messages())

    assert found == [Message({"a": 1}, b"x"), Message({}, b"yy")]
    assert decoder.pending == 0


def framed(headers: bytes, payload: bytes = b"") -> bytes:
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    content = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return content + struct.pack(">I", zlib.crc32(content))


GOOD = encode(Message({"a": "b"}, b"payload"))


@pytest.mark.parametrize(
    "content",
    [
        GOOD[:-1],
        GOOD[:5] + b"\xff" + GOOD[6:],
        GOOD[:-6] + b"\xff" + GOOD[-5:],
        framed(b"\x00"),
        framed(b"\x05ab"),
        framed(b"\x01a\x0a"),
        framed(b"\x01a\x07\xff\xff"),
        framed(b"\x01a\x04\x00"),
        framed(b"\x01a\x07\x00\x01\xff"),
        framed(b"\x01a\x08\x7f\xff\xff\xff\xff\xff\xff\xff"),
        framed(b"\x01a\x09\x00"),
    ],
)
def test_what_is_not_a_message_is_refused(content: bytes) -> None:
    with pytest.raises(EventStreamError):
        decode(content)


def test_botocore_reads_our_events_of_kinesis() -> None:
    operation = load_service("kinesis").operation("SubscribeToShard")
    assert operation.output is not None
    stream = operation.output.members["EventStream"]
    writer = EventWriter(stream, "json-1.1")
    record = {"SequenceNumber": "1", "Data": b"\xff", "PartitionKey": "k", "ApproximateArrivalTimestamp": 1.5}
    event = {"Records": [record], "ContinuationSequenceNumber": "2", "MillisBehindLatest": 0}

    buffer = EventStreamBuffer()
    buffer.add_data(writer.initial_response(operation.output, {}))
    buffer.add_data(writer.event("SubscribeToShardEvent", event))
    buffer.add_data(writer.exception(ServiceError("ResourceInUseException", "busy")))
    first, second, third = list(buffer)

    shape = botocore_service("kinesis").shape_for("SubscribeToShardEventStream")
    parser = EventStreamJSONParser()
    assert first.headers[":event-type"] == "initial-response"
    parsed = parser.parse(second.to_response_dict(), shape)["SubscribeToShardEvent"]
    assert parsed["Records"][0]["Data"] == b"\xff"
    assert parsed["Records"][0]["ApproximateArrivalTimestamp"].timestamp() == 1.5
    assert parser.parse(third.to_response_dict(), shape)["Error"] == {
        "Code": "ResourceInUseException",
        "Message": "busy",
    }


def test_botocore_reads_our_events_of_s3() -> None:
    operation = load_service("s3").operation("SelectObjectContent")
    assert operation.output is not None
    writer = EventWriter(operation.output.members["Payload"], "rest-xml")
    details = {"Details": {"BytesScanned": 1, "BytesProcessed": 2, "BytesReturned": 3}}

    buffer = EventStreamBuffer()
    buffer.add_data(writer.event("Records", {"Payload": b"a,b\n"}))
    buffer.add_data(writer.event("Stats", details))
    buffer.add_data(writer.event("End", {}))
    messages = [message.to_response_dict() for message in buffer]

    shape = botocore_service("s3").shape_for("SelectObjectContentEventStream")
    parsed = [EventStreamXMLParser().parse(message, shape) for message in messages]
    assert parsed == [{"Records": {"Payload": b"a,b\n"}}, {"Stats": details}, {"End": {}}]
