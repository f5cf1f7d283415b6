"""AWS JSON 1.0 and 1.1: an `X-Amz-Target` header, a JSON object in the body each way.

Hot operations decode straight into generated structs (`StructDecoder`); everything else, and every body that
such a decoder refuses, goes through the reader below, which the model drives and which words its refusals as
AWS does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.wire import typed, values
from chasqui.wire.errors import resolve
from chasqui.wire.model import Operation, Service, Shape, load_service
from chasqui.wire.protocol import Output, Params, Request, Response
from chasqui.wire.tree import TreeReader, TreeWriter, refuse_scalar, serialization_error

T = TypeVar("T", bound=msgspec.Struct)

# What msgspec raises for a body that is not JSON or not of the type asked for.
DECODE_ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class StructDecoder(Generic[T]):
    """Bodies of one operation as its generated struct. Made once per operation, called once per request."""

    __slots__ = ("_decode", "_operation", "_service", "_type")

    def __init__(self, type_: type[T], service: str, operation: str) -> None:
        self._type = type_
        self._decode: Callable[[bytes], T] = msgspec.json.Decoder(type_).decode
        self._service = service
        self._operation = operation

    def __call__(self, body: bytes) -> T:
        try:
            return self._decode(body)
        except DECODE_ERRORS:
            return self._decode_slowly(body)

    def _decode_slowly(self, body: bytes) -> T:
        # AWS takes what the strict decoder does not (1.0 for an integer, null in a list): only the model can
        # tell.
        operation = load_service(self._service).operation(self._operation)
        return typed.from_params(self._type, read_body(operation.input, body))


class JsonProtocol:
    """AWS JSON in one of its two versions, which differ in nothing but the content type."""

    def __init__(self, version: str) -> None:
        self.name = f"json-{version}"
        self._content_type = (b"content-type", f"application/x-amz-json-{version}".encode())

    def parse(self, operation: Operation, request: Request) -> Params:
        return read_body(operation.input, request.body)

    def serialise(self, operation: Operation, output: Output, request_id: str) -> Response:
        body = write_body(operation.output, output)
        return Response(200, [self._content_type, (b"x-amzn-requestid", request_id.encode())], body)

    def error(self, service: Service | None, error: ServiceError, request_id: str) -> Response:
        form = resolve(service, error)
        headers = [self._content_type, (b"x-amzn-requestid", request_id.encode())]
        if service is not None and service.spoke_query:
            headers.append((b"x-amzn-query-error", form.query_header))
        return Response(form.status, headers, error_body(service, form.type, error))


JSON_1_0: Final = JsonProtocol("1.0")
JSON_1_1: Final = JsonProtocol("1.1")


def error_body(service: Service | None, type_: str, error: ServiceError) -> bytes:
    """`{"__type": …, "message": …}` with the error's own members; an empty message is left out, as on AWS."""
    body: dict[str, object] = {"__type": type_}
    if error.message:
        body[message_member(service, error)] = error.message
    body.update((name, value) for name, value in error.fields.items() if value is not None)
    return msgspec.json.encode(body)


def message_member(service: Service | None, error: ServiceError) -> str:
    """How this error spells its message: as its model does."""
    if error.code == "SerializationException":
        # AWS' front end gives this one itself, and spells it so.
        return "Message"
    facts = service.errors.get(error.code) if service is not None else None
    if service is not None and facts is not None and "Message" in service.shape(facts.shape).members:
        return "Message"
    return "message"


def decode_body(body: bytes) -> Any:
    """Any JSON as Python values; `ServiceError` if it is not JSON."""
    try:
        return msgspec.json.decode(body)
    except DECODE_ERRORS as error:
        raise serialization_error() from error


def read_body(shape: Shape | None, body: bytes) -> Params:
    """A JSON body as parameters. No body is an empty object, as it is when there is nothing to say."""
    return READER.read_root(shape, decode_body(body)) if body else {}


def write_body(shape: Shape | None, output: Output) -> bytes:
    """An output as a JSON body; `{}` when there is none. A struct is written by its own types."""
    if isinstance(output, msgspec.Struct):
        return msgspec.json.encode(output)
    if output is None or shape is None:
        return b"{}"
    return msgspec.json.encode(WRITER.write(shape, output))


def _read_blob(shape: Shape, value: Any) -> bytes:
    if not isinstance(value, str):
        refuse_scalar(shape, value)
    try:
        return values.parse_blob(value)
    except ValueError as error:
        raise serialization_error(_blob_problem(value)) from error


def _blob_problem(text: str) -> str:
    prefix = f"'{text[:100]}' can not be converted to a Blob: "
    if len(text) % 4:
        return f"{prefix}Base64 encoded length is expected a multiple of 4 bytes but found: {len(text)}"
    stray = re.search(r"[^A-Za-z0-9+/]", text.rstrip("="))
    if stray or not text.rstrip("="):
        return f"{prefix}Invalid Base64 character: '{stray[0] if stray else '='}'"
    # AWS' own spelling.
    return f"{prefix}Invalid last non-pad Base64 character dectected"


def _read_timestamp(shape: Shape, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        refuse_scalar(shape, value)
    try:
        return values.parse_timestamp(value) if isinstance(value, str) else values.check_timestamp(value)
    except ValueError:
        refuse_scalar(shape, value)


def _write_float(shape: Shape, value: Any) -> Any:
    return value if math.isfinite(value) else values.format_float(value)


def _write_timestamp(shape: Shape, value: Any) -> Any:
    return values.format_timestamp(value, shape.facts.get("timestampFormat", "unixTimestamp"))


READER: Final = TreeReader({"blob": _read_blob, "timestamp": _read_timestamp})
WRITER: Final = TreeWriter(
    {
        "float": _write_float,
        "double": _write_float,
        "blob": lambda shape, value: values.format_blob(value),
        "timestamp": _write_timestamp,
    }
)
