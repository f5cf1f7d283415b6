"""REST-JSON: HTTP's own methods, paths and statuses, a JSON body both ways."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.wire import json, rest
from chasqui.wire.errors import resolve
from chasqui.wire.model import Operation, Service, Shape
from chasqui.wire.protocol import Headers, Output, Params, Request, Response, output_members
from chasqui.wire.tree import refuse_structure, serialization_error

JSON = (b"content-type", b"application/json")
OCTETS = (b"content-type", b"application/octet-stream")
TEXT = (b"content-type", b"text/plain")


class RestJsonProtocol:
    """REST-JSON."""

    name = "rest-json"

    def parse(self, operation: Operation, request: Request) -> Params:
        shape = operation.input
        if shape is None:
            return {}
        params = rest.read_bindings(operation, request)
        bindings = rest.input_bindings(operation)
        if bindings.payload is not None:
            payload = _read_payload(shape.members[bindings.payload], request.body)
            if payload is not None:
                params[bindings.payload] = payload
        elif bindings.body and request.body:
            _read_members(shape, bindings.body, request.body, params)
        return params

    def serialise(self, operation: Operation, output: Output, request_id: str) -> Response:
        bindings = rest.output_bindings(operation)
        members = output_members(output, bindings.payload)
        status = operation.facts.get("http", {}).get("responseCode", 200)
        if bindings.status is not None and members.get(bindings.status) is not None:
            status = members[bindings.status]
        headers: Headers = [(b"x-amzn-requestid", request_id.encode())]
        headers += rest.write_headers(bindings, members)
        shape = operation.output
        if shape is None:
            return Response(status, headers, b"")
        if bindings.payload is not None:
            return _write_payload(shape.members[bindings.payload], members.get(bindings.payload), status, headers)
        if status == 204:
            return Response(status, headers, b"")
        body = {name: members[name] for name in bindings.body if name in members}
        headers.append(JSON)
        return Response(status, headers, msgspec.json.encode(json.WRITER.write(shape, body)))

    def error(self, service: Service | None, error: ServiceError, request_id: str) -> Response:
        form = resolve(service, error)
        headers: Headers = [JSON, (b"x-amzn-requestid", request_id.encode())]
        headers.append((b"x-amzn-errortype", form.name.encode()))
        facts = service.errors.get(error.code) if service is not None else None
        headers += error.headers
        body: dict[str, Any] = {}
        if service is not None and facts is not None:
            shape = service.shape(facts.shape)
            bindings = rest.Bindings("", shape)
            headers += rest.write_headers(bindings, error.fields)
            given = {name: value for name, value in error.fields.items() if name in bindings.body}
            body = json.WRITER.write(shape, given)
        body[json.message_member(service, error)] = error.message
        return Response(form.status, headers, msgspec.json.encode(body))


REST_JSON: Final = RestJsonProtocol()


def _read_members(shape: Shape, names: list[str], body: bytes, params: Params) -> None:
    document = json.decode_body(body)
    if not isinstance(document, dict):
        refuse_structure(document)
    for name in names:
        member = shape.members[name]
        value = document.get(member.location_name or name)
        if value is not None:
            params[name] = json.READER.read(member, value)


def _read_payload(member: Shape, body: bytes) -> Any:
    if member.is_event_stream:
        return None
    if member.type == "blob":
        return body if body or member.is_streaming else None
    if not body:
        return None
    if member.type == "string":
        try:
            return body.decode("utf-8")
        except UnicodeError as error:
            raise serialization_error() from error
    value = json.decode_body(body)
    return None if value is None else json.READER.read(member, value)


def _write_payload(member: Shape, value: Any, status: int, headers: Headers) -> Response:
    typed = any(name == b"content-type" for name, _ in headers)
    if member.type in ("blob", "string"):
        if not typed:
            headers.append(OCTETS if member.type == "blob" else TEXT)
        if value is None or isinstance(value, bytes | bytearray | str):
            content = value.encode() if isinstance(value, str) else bytes(value or b"")
            return Response(status, headers, content)
        return Response(status, headers, b"", value)
    if member.is_event_stream:
        headers.append((b"content-type", b"application/vnd.amazon.eventstream"))
        return Response(status, headers, b"", value)
    if not typed:
        headers.append(JSON)
    return Response(status, headers, b"" if value is None else msgspec.json.encode(json.WRITER.write(member, value)))
