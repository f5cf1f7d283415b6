"""For every operation of every service: what botocore sends is what we read, what we answer is what botocore
reads."""

from __future__ import annotations

import io
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict

from chasqui.base.errors import ServiceError
from chasqui.wire.model import Operation, load_service
from chasqui.wire.protocol import Request, Response
from chasqui.wire.registry import PROTOCOLS
from chasqui.wire.routing import Catalogue, route
from tests.wire.wire_support import (
    SERVICES,
    Values,
    botocore_operation,
    botocore_parser,
    botocore_serializer,
    botocore_service,
    from_botocore,
    to_botocore,
    to_request,
    without_empty,
)

BOTOCORE_PROTOCOLS = ("json", "query", "rest-json", "rest-xml", "smithy-rpc-v2-cbor")
# The first gives every member, the others leave some out.
ROUNDS = 2


def spoken() -> list[tuple[str, str]]:
    """Each service with each protocol that today's botocore can speak to it."""
    found = []
    for name in SERVICES:
        metadata = botocore_service(name).metadata
        declared = metadata.get("protocols") or [metadata["protocol"]]
        found += [(name, protocol) for protocol in declared if protocol in BOTOCORE_PROTOCOLS]
    return found


def is_ambiguous(operation: Operation) -> bool:
    """S3's oldest operations have members that are elements of one name; no parser can tell which is
    which."""
    return operation.service.name == "s3" and bool(operation.facts.get("deprecated"))


def our_name(name: str, protocol: str) -> str:
    return f"json-{load_service(name).json_version}" if protocol == "json" else protocol


def requests_of(operation: Operation, protocol: str) -> list[tuple[Any, Request]]:
    """Parameters of an operation, each with the request that botocore makes of them."""
    made = []
    for number in range(ROUNDS):
        values = Values(f"{operation.service.name} {operation.name} {number}")
        params = values.structure(operation.input, every=number == 0) if operation.input else {}
        sent = botocore_serializer(protocol).serialize_to_request(
            to_botocore(operation.input, params), botocore_operation(operation)
        )
        request = to_request(sent)
        if request.body.startswith(b"<"):
            # As botocore itself does for S3, after its serialiser.
            request = request._replace(body=request.body.replace(b"\r", b"&#xD;"))
        made.append((params, request))
    return made


def parse_with_botocore(operation: Operation, protocol: str, response: Response) -> Any:
    output = operation.output
    assert output is not None
    streams = bool(output.payload and output.members[output.payload].is_streaming)
    parsed = botocore_parser(protocol).parse(
        {
            "status_code": response.status,
            "headers": HeadersDict((name.decode(), value.decode()) for name, value in response.headers),
            "body": io.BytesIO(response.body) if streams else response.body,
            "context": {"operation_name": operation.name},
        },
        botocore_operation(operation).output_shape,
    )
    assert parsed.pop("ResponseMetadata")["RequestId"] == "request-1"
    found = from_botocore(output, parsed)
    if output.payload and isinstance(found.get(output.payload), str) and output.members[output.payload].type == "blob":
        # botocore reads a blob that is the whole body, and not a stream, as text.
        found[output.payload] = found[output.payload].encode()
    return without_empty(found)


def output_of(operation: Operation, number: int) -> dict[str, Any]:
    """An output that every protocol's parser of botocore can read."""
    shape = operation.output
    assert shape is not None
    output = Values(f"{operation.service.name} {operation.name} {number} out").structure(shape, every=number == 0)
    if shape.payload and shape.members[shape.payload].type in ("blob", "string"):
        output[shape.payload] = b"plain" if shape.members[shape.payload].type == "blob" else "plain"
    return output


@pytest.mark.parametrize(("service", "protocol"), spoken())
def test_what_botocore_sends_is_what_we_read(service: str, protocol: str) -> None:
    ours = PROTOCOLS[our_name(service, protocol)]
    for operation in load_service(service).operations():
        if is_ambiguous(operation):
            continue
        for params, request in requests_of(operation, protocol):
            parsed = ours.parse(operation, request)

            if protocol in ("json", "smithy-rpc-v2-cbor"):
                assert parsed == params, operation
            else:
                # Forms, elements and empty bodies do not tell an empty structure from none.
                kinds = (dict, list, bytes)
                assert without_empty(parsed, kinds) == without_empty(params, kinds), operation


@pytest.mark.parametrize(("service", "protocol"), spoken())
def test_what_botocore_sends_is_routed_to_its_operation(service: str, protocol: str) -> None:
    catalogue = Catalogue(SERVICES)
    for operation in load_service(service).operations():
        if operation.facts.get("deprecated") or operation.name == "ListDirectoryBuckets":
            # Two names for one path; which of the two is told by the endpoint's host, not by the request.
            continue
        _, request = requests_of(operation, protocol)[0]
        scope = f"AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/{load_service(service).signing_name}/aws4_request"
        request = request._replace(headers={**request.headers, b"authorization": scope.encode()})

        found = route(catalogue, request)

        assert (found.service, found.operation) == (service, operation.name)
        assert found.protocol == our_name(service, protocol)


@pytest.mark.parametrize(("service", "protocol"), spoken())
def test_what_we_answer_is_what_botocore_reads(service: str, protocol: str) -> None:
    ours = PROTOCOLS[our_name(service, protocol)]
    for operation in load_service(service).operations():
        shape = operation.output
        streams = shape is not None and any(member.is_event_stream for member in shape.members.values())
        if (
            shape is None
            or streams
            or is_ambiguous(operation)
            or operation.name in operation.service.overlay.get("unwrappedOutputs", ())
        ):
            continue
        for number in range(ROUNDS):
            output = output_of(operation, number)

            parsed = parse_with_botocore(operation, protocol, ours.serialise(operation, output, "request-1"))

            # What a protocol itself puts into a header or the status line is read as a member too.
            for name, member in shape.members.items():
                if name in parsed and (member.location == "statusCode" or member.location_name == "Content-Type"):
                    output.setdefault(name, parsed[name])
            assert parsed == without_empty(output), operation


@pytest.mark.parametrize(("service", "protocol"), spoken())
def test_our_errors_are_read_by_botocore(service: str, protocol: str) -> None:
    ours = PROTOCOLS[our_name(service, protocol)]
    model = load_service(service)
    for name in ["ThrottlingException", *model.errors]:
        error = ServiceError(name, "What went <wrong> & why")

        response = ours.error(model, error, "request-1")

        parsed = botocore_parser(protocol).parse(
            {
                "status_code": response.status,
                "headers": HeadersDict((key.decode(), value.decode()) for key, value in response.headers),
                "body": response.body,
            },
            None,
        )
        assert parsed["Error"]["Message"] == error.message
        assert parsed["Error"]["Code"] in code_names(model, name)
        assert 400 <= response.status < 600


def code_names(model: Any, name: str) -> set[str]:
    facts = model.errors.get(name)
    return {name, "Throttling"} if facts is None else {facts.shape, facts.code, facts.query_code or facts.code}


def test_a_bucket_s_location_is_the_root_element() -> None:
    operation = load_service("s3").operation("GetBucketLocation")

    response = PROTOCOLS["rest-xml"].serialise(operation, {"LocationConstraint": "eu-west-1"}, "r")

    assert response.body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>'
    )
