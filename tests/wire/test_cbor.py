"""CBOR: what Java's Kinesis client sends, and golden bytes."""

from __future__ import annotations

import cbor2
import pytest

from chasqui.base.errors import ServiceError
from chasqui.wire.cbor import AMZ_CBOR_1_1, RPC_V2_CBOR, decode
from chasqui.wire.model import load_service
from chasqui.wire.protocol import Request

KINESIS = load_service("kinesis")


def read(operation: str, value: object) -> dict[str, object]:
    request = Request("POST", "/", "", {}, cbor2.dumps(value))
    return AMZ_CBOR_1_1.parse(KINESIS.operation(operation), request)


def test_java_s_times_are_milliseconds() -> None:
    for milliseconds in (1459799926480, 1459799926480.0):
        params = read("GetShardIterator", {"StreamName": "s", "Timestamp": cbor2.CBORTag(1, milliseconds)})

        assert params == {"StreamName": "s", "Timestamp": 1459799926.48}


def test_our_times_for_java_are_tagged_milliseconds() -> None:
    record = {"SequenceNumber": "1", "Data": b"\x00", "PartitionKey": "k", "ApproximateArrivalTimestamp": 1.5}
    output = {"Records": [record], "MillisBehindLatest": 0}

    response = AMZ_CBOR_1_1.serialise(KINESIS.operation("GetRecords"), output, "r")

    assert dict(response.headers)[b"content-type"] == b"application/x-amz-cbor-1.1"
    assert b"\xc1\xfb\x40\x97\x70\x00\x00\x00\x00\x00" in response.body


def test_blobs_are_bytes() -> None:
    params = read("PutRecord", {"StreamName": "s", "Data": b"\xff", "PartitionKey": "k"})

    assert params == {"StreamName": "s", "Data": b"\xff", "PartitionKey": "k"}


def test_an_error_is_this() -> None:
    error = ServiceError("ResourceNotFoundException", "no")

    response = AMZ_CBOR_1_1.error(KINESIS, error, "r")

    assert response.status == 400
    assert cbor2.loads(response.body) == {"__type": "ResourceNotFoundException", "message": "no"}


def test_smithy_s_answers_carry_its_header() -> None:
    response = RPC_V2_CBOR.error(load_service("cloudwatch"), ServiceError("ResourceNotFound", "no"), "r")

    headers = dict(response.headers)
    assert headers[b"smithy-protocol"] == b"rpc-v2-cbor"
    assert headers[b"content-type"] == b"application/cbor"
    assert headers[b"x-amzn-query-error"] == b"ResourceNotFound;Sender"


@pytest.mark.parametrize(
    "content",
    [
        b"\xd8\x23\x65(a+)+",
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"\x81" * 10_000,
        b"\xc2\x41\x05",
        b"\xd9\xff\xff\x01",
        b"\xa1\x01\x02",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x61\xff",
        b"\xff",
    ],
)
def test_cbor_that_builds_objects_or_nests_too_deeply_is_refused(content: bytes) -> None:
    with pytest.raises(ServiceError):
        decode(content)
