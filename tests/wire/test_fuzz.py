"""Any bytes at all: parsed, or refused with a 4xx; never another exception, never long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chasqui.base.errors import ServiceError
from chasqui.services.sqs.types import INPUTS
from chasqui.wire import eventstream, xml
from chasqui.wire.json import StructDecoder
from chasqui.wire.model import load_service
from chasqui.wire.protocol import Request
from chasqui.wire.registry import PROTOCOLS
from chasqui.wire.routing import Catalogue, route
from chasqui.wire.validation import validate
from tests.wire.wire_support import SERVICES

ALL = Catalogue(SERVICES)
SECONDS_MAX = 2.0

# An operation of each protocol with members of many kinds.
OPERATIONS = [
    ("json-1.0", "sqs", "SendMessage"),
    ("json-1.0", "dynamodb", "PutItem"),
    ("json-1.1", "kinesis", "GetShardIterator"),
    ("query", "sqs", "SendMessageBatch"),
    ("query", "cloudformation", "CreateStack"),
    ("rest-json", "lambda", "CreateFunction"),
    ("rest-json", "apigateway", "PutIntegration"),
    ("rest-xml", "s3", "PutBucketLifecycleConfiguration"),
    ("rest-xml", "s3", "PutObject"),
    ("smithy-rpc-v2-cbor", "cloudwatch", "PutMetricData"),
    ("cbor-1.1", "kinesis", "PutRecords"),
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
members = ["QueueUrl", "MessageBody", "MessageAttributes", "DelaySeconds", "Item", "TableName", "Timestamp"]
members += ["StreamName", "MetricData", "Records", "Namespace", "Value", "Environment", "Code", "Tags", "S", "M", "L"]
names = st.sampled_from(members) | st.text(max_size=5)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5), max_leaves=20
)
steps = ["SendMessageBatchRequestEntry", "Tags", "member", "entry", "1", "2", "Name", "Value", "Id", "key", "value"]
dotted = st.lists(st.sampled_from([*steps, "MessageAttribute"]) | st.text(max_size=3), max_size=6).map(".".join)
forms = st.lists(st.tuples(dotted, st.text(max_size=8)), max_size=8).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
)
elements = st.recursive(
    st.text("<>&;![]\"'ab \x00é", max_size=8),
    lambda inner: st.tuples(
        st.sampled_from(["LifecycleConfiguration", "Rule", "Filter", "And", "Tag", "Key", "Value", "Days", "a:b"]),
        st.lists(inner, max_size=4),
    ).map(lambda element: f"<{element[0]}>{''.join(element[1])}</{element[0]}>"),
    max_leaves=15,
).map(lambda text: text.encode("utf-8", "surrogatepass"))
bodies = st.one_of(
    st.binary(max_size=200),
    documents.map(msgspec.json.encode),
    documents.map(cbor2.dumps),
    forms,
    elements,
)


def answers(call: Callable[[], Any]) -> Any:
    """What a call gives; None when it is refused as it should be."""
    started = time.perf_counter()
    value, refusal = None, None
    try:
        value = call()
    except ServiceError as error:
        refusal = error
    assert refusal is None or 400 <= (refusal.status or 0) < 500
    assert time.perf_counter() - started < SECONDS_MAX
    return value


@pytest.mark.parametrize(("protocol", "service", "operation"), OPERATIONS)
@settings(max_examples=60, deadline=None)
@given(body=bodies, query=st.text(max_size=20), header=st.binary(max_size=20))
def test_any_body_is_parsed_or_refused(
    protocol: str, service: str, operation: str, body: bytes, query: str, header: bytes
) -> None:
    model = load_service(service).operation(operation)
    headers = {b"host": header, b"x-amz-acl": header, b"expires": header, b"content-length": header}
    request = Request("POST", path_of(model.uri), query, headers, body)

    params = answers(lambda: PROTOCOLS[protocol].parse(model, request))

    if params is not None:
        answers(lambda: validate(model, params))


def path_of(uri: str) -> str:
    path = uri.partition("?")[0]
    for label in ("{Bucket}", "{Key+}", "{restapi_id}", "{resource_id}", "{http_method}"):
        path = path.replace(label, "x")
    return path


@settings(max_examples=150, deadline=None)
@given(body=bodies, name=st.sampled_from(sorted(INPUTS)))
def test_any_body_is_decoded_into_a_struct_or_refused(body: bytes, name: str) -> None:
    answers(lambda: StructDecoder(INPUTS[name], "sqs", name)(body))


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]) | st.text(max_size=5),
    path=st.lists(
        st.sampled_from(["/", "tags", "2015-03-31", "functions", "%", "%ff", "000000000000", "q", ".."])
        | st.text(max_size=4),
        max_size=6,
    ).map(lambda parts: "/" + "/".join(parts)),
    query=st.text(max_size=20) | st.sampled_from(["Action=SendMessage", "X-Amz-Credential=////", "Action=%ff"]),
    headers=st.dictionaries(
        st.sampled_from([b"x-amz-target", b"host", b"authorization", b"content-type", b"smithy-protocol"]),
        st.binary(max_size=30)
        | st.sampled_from(
            [b"application/x-www-form-urlencoded", b"a.s3.b:1", b"AWS4 Credential=a/b/c/s3/aws4_request"]
        ),
    ),
    body=st.binary(max_size=40),
)
def test_any_request_is_routed(method: str, path: str, query: str, headers: dict[bytes, bytes], body: bytes) -> None:
    found = route(ALL, Request(method, path, query, headers, body))

    assert found.protocol in PROTOCOLS
    assert found.error is None or found.error.status in range(400, 500)
    assert found.error or found.control or found.operation


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=100) | elements)
def test_any_bytes_are_xml_or_not(content: bytes) -> None:
    try:
        xml.parse(content)
    except xml.XmlError:
        return


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=100), flip=st.integers(0, 60))
def test_any_bytes_are_an_event_stream_or_not(content: bytes, flip: int) -> None:
    good = bytearray(eventstream.encode(eventstream.Message({"a": "b", "c": 1}, content)))
    good[flip % len(good)] ^= 0x55
    for each in (content, bytes(good)):
        try:
            eventstream.decode(each)
        except eventstream.EventStreamError:
            continue


@pytest.mark.parametrize(
    ("protocol", "service", "operation", "body"),
    [
        ("json-1.0", "sqs", "SendMessage", b'{"a":' * 200_000),
        ("json-1.0", "dynamodb", "PutItem", b'{"Item":{"a":' + b'{"M":{"a":' * 3000 + b"1"),
        ("json-1.0", "dynamodb", "PutItem", b'{"Item":{"a":' + b'{"L":[' * 90 + b"]}" * 90 + b"}}"),
        ("json-1.0", "dynamodb", "PutItem", b'{"Item":{"a":{"N":' + b"9" * 1_000_000 + b"}}}"),
        ("query", "sqs", "SendMessage", b"a." * 500_000 + b"=1"),
        ("query", "sqs", "SendMessage", b"&".join(b"a.%d=1" % number for number in range(200_000))),
        ("query", "sqs", "SendMessage", b"DelaySeconds=" + b"9" * 1_000_000),
        ("rest-xml", "s3", "PutBucketLifecycleConfiguration", b"<a>" * 200_000),
        (
            "rest-xml",
            "s3",
            "PutBucketLifecycleConfiguration",
            b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><a>&d;</a>',
        ),
        ("rest-xml", "s3", "PutBucketLifecycleConfiguration", b'<?xml version="1.0" encoding="utf-16"?><a/>'),
        ("cbor-1.1", "kinesis", "PutRecords", b"\xa1\x67Records" + b"\x81" * 200_000),
    ],
)
def test_bodies_made_to_hurt_are_answered_at_once(protocol: str, service: str, operation: str, body: bytes) -> None:
    model = load_service(service).operation(operation)

    answers(lambda: PROTOCOLS[protocol].parse(model, Request("POST", "/x", "", {}, body)))
