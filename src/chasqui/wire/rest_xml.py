"""REST-XML: HTTP's own methods, paths and statuses, an XML body both ways. Of the services to come, S3 alone
speaks it.

What S3 does in its own way (the names of root elements, an error without a wrapper, a location without a
structure) is in its overlay.
"""

from __future__ import annotations

import base64
import os
from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.wire import rest, xml
from chasqui.wire.errors import resolve
from chasqui.wire.model import Operation, Service, Shape
from chasqui.wire.protocol import Again, Headers, Output, Params, Request, Response, output_members
from chasqui.wire.query import write_error_fields

XML = (b"content-type", b"application/xml")
#: What S3 names the host by that answered; of this process.
HOST_ID: Final = base64.b64encode(os.urandom(57))
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'


class RestXmlProtocol:
    """REST-XML."""

    name = "rest-xml"

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
            params.update(_read_xml(shape, request.body))
        return params

    def serialise(self, operation: Operation, output: Output, request_id: str) -> Response:
        if type(output) is Again:
            known = output.of.rendered
            if known is None:
                first = self.serialise(operation, output.of.output, request_id)
                known = output.of.rendered = (first.status, first.headers[1:])
            return Response(known[0], [(b"x-amz-request-id", request_id.encode()), *known[1]], output.payload)
        bindings = rest.output_bindings(operation)
        members = output_members(output, bindings.payload)
        status = operation.facts.get("http", {}).get("responseCode", 200)
        status = operation.service.overlay.get("statuses", {}).get(operation.name, status)
        if bindings.status is not None and members.get(bindings.status) is not None:
            status = members[bindings.status]
        elif members.get("ContentRange") is not None:
            # The model does not tell it: a part of an object is answered as HTTP has it.
            status = 206
        headers: Headers = [(b"x-amz-request-id", request_id.encode()), (b"x-amz-id-2", HOST_ID)]
        headers += rest.write_headers(bindings, members)
        shape = operation.output
        if shape is None or status == 204:
            return Response(status, headers, b"")
        if bindings.payload is not None:
            member = shape.members[bindings.payload]
            return _write_payload(operation, member, members.get(bindings.payload), status, headers)
        if not bindings.body:
            return Response(status, headers, b"")
        headers.append(XML)
        return Response(status, headers, _write_root(operation, shape, members, bindings.body).encode())

    def error(self, service: Service | None, error: ServiceError, request_id: str) -> Response:
        form = resolve(service, error)
        wrapped = service is None or not service.overlay.get("errorUnwrapped")
        out = [PROLOGUE, "<ErrorResponse>" if wrapped else "", "<Error>"]
        if wrapped:
            out.append(f"<Type>{'Sender' if form.sender else 'Receiver'}</Type>")
        out.append(f"<Code>{xml.escape(form.query)}</Code><Message>{xml.escape(error.message)}</Message>")
        request_element = f"<RequestId>{xml.escape(request_id)}</RequestId>"
        if wrapped:
            write_error_fields(service, error, out)
            out.append(f"</Error>{request_element}</ErrorResponse>")
        else:
            # S3 tells what the error is about in members that its model does not have.
            out += [f"<{name}>{xml.escape(str(value))}</{name}>" for name, value in error.fields.items()]
            out.append(f"{request_element}<HostId>{HOST_ID.decode()}</HostId></Error>")
        headers: Headers = [(b"x-amz-request-id", request_id.encode()), (b"x-amz-id-2", HOST_ID), *error.headers]
        if form.status == 304:
            return Response(form.status, headers, b"")
        headers.append(XML)
        return Response(form.status, headers, "".join(out).encode())


REST_XML: Final = RestXmlProtocol()


def malformed() -> ServiceError:
    return ServiceError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
        status=400,
    )


def _read_xml(shape: Shape, body: bytes) -> Any:
    try:
        node = xml.parse(body)
        return xml.read_members(shape, node) if shape.type == "structure" else xml.read_element(shape, node)
    except ValueError as error:
        raise malformed() from error


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
            raise malformed() from error
    return _read_xml(member, body)


def _write_payload(operation: Operation, member: Shape, value: Any, status: int, headers: Headers) -> Response:
    if member.type in ("blob", "string"):
        if not any(name == b"content-type" for name, _ in headers):
            kind = b"binary/octet-stream" if member.type == "blob" else b"application/json"
            headers.append((b"content-type", kind))
        if value is None or isinstance(value, bytes | bytearray | str):
            content = value.encode() if isinstance(value, str) else bytes(value or b"")
            return Response(status, headers, content)
        return Response(status, headers, b"", value)
    if member.is_event_stream:
        headers.append((b"content-type", b"application/vnd.amazon.eventstream"))
        return Response(status, headers, b"", value)
    if value is None:
        return Response(status, headers, b"")
    headers.append(XML)
    out = [PROLOGUE]
    name = member.location_name or member.name
    out.append(f"<{name}{_root_namespace(operation.service)}{_own_namespace(member)}>")
    xml.write_members(member, value, out)
    out.append(f"</{name}>")
    return Response(status, headers, "".join(out).encode())


def _write_root(operation: Operation, shape: Shape, members: Any, body: list[str]) -> str:
    overlay = operation.service.overlay
    name = overlay.get("rootNames", {}).get(operation.name) or shape.location_name or shape.name
    given = {member: members[member] for member in body if members.get(member) is not None}
    out = [PROLOGUE]
    if operation.name in overlay.get("unwrappedOutputs", ()):
        # The one member is the root, and is there even when it is empty.
        text = "".join(xml.escape(str(value)) for value in given.values())
        out.append(f"<{body[0]}{_root_namespace(operation.service)}>{text}</{body[0]}>")
        return "".join(out)
    out.append(f"<{name}{_root_namespace(operation.service)}>")
    xml.write_members(shape, given, out)
    out.append(f"</{name}>")
    return "".join(out)


def _root_namespace(service: Service) -> str:
    namespace = service.xml_namespace
    return f' xmlns="{xml.escape_attribute(namespace)}"' if namespace else ""


def _own_namespace(shape: Shape) -> str:
    namespace = shape.facts.get("xmlNamespace")
    if isinstance(namespace, dict) and "prefix" in namespace:
        return f' xmlns:{namespace["prefix"]}="{xml.escape_attribute(namespace["uri"])}"'
    return ""
