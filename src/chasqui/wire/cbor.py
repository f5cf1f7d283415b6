"""The two protocols that carry CBOR: Smithy's RPC v2 (`/service/X/operation/Y`) and AWS JSON's older twin,
`application/x-amz-cbor-1.1`, which Java's Kinesis client speaks.

They differ in how a request names its operation (that is routing's), in their times (seconds; milliseconds)
and in their headers. Of CBOR's tags only the one for times is read: the others build objects that no request
needs.
"""

from __future__ import annotations

from typing import Any, Final

import cbor2

from chasqui.base.errors import ServiceError
from chasqui.wire import values
from chasqui.wire.errors import resolve
from chasqui.wire.json import message_member
from chasqui.wire.model import Operation, Service, Shape
from chasqui.wire.protocol import DEPTH_MAX, Headers, Output, Params, Request, Response, output_members
from chasqui.wire.tree import TreeReader, TreeWriter, refuse_scalar, serialization_error

TIME_TAG = 1
# Tags that cbor2 would turn into dates, decimals, patterns, sets, shared references and the like.
OTHER_TAGS = (0, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)


def _refuse_tag(*_: Any) -> Any:
    raise ValueError("a tag that no request needs")


def _plain_time(value: Any, immutable: bool) -> Any:
    return value


SEMANTIC_DECODERS = {TIME_TAG: _plain_time, **dict.fromkeys(OTHER_TAGS, _refuse_tag)}


def decode(body: bytes) -> Any:
    """Any CBOR as Python values, a tagged time as its number; `ServiceError` if it is not CBOR that is
    taken."""
    try:
        return cbor2.loads(
            body,
            tag_hook=_refuse_tag,
            semantic_decoders=SEMANTIC_DECODERS,
            max_depth=DEPTH_MAX,
            strict_hashable_types=True,
        )
    except (cbor2.CBORError, ValueError) as error:
        raise serialization_error() from error


class CborProtocol:
    """CBOR bodies. `unit` is how many of the client's time units make a second."""

    def __init__(self, name: str, content_type: bytes, unit: int, extra: Headers) -> None:
        self.name = name
        self._headers = [*extra, (b"content-type", content_type)]
        self._unit = unit
        self._reader = TreeReader({"blob": _read_blob, "timestamp": self._read_time})
        self.writer = TreeWriter({"blob": lambda shape, value: bytes(value), "timestamp": self._write_time})

    def parse(self, operation: Operation, request: Request) -> Params:
        if not request.body:
            return {}
        return self._reader.read_root(operation.input, decode(request.body))

    def serialise(self, operation: Operation, output: Output, request_id: str) -> Response:
        members = output_members(output)
        written = self.writer.write(operation.output, members) if operation.output is not None else {}
        return Response(200, self._response_headers(request_id), cbor2.dumps(written))

    def error(self, service: Service | None, error: ServiceError, request_id: str) -> Response:
        form = resolve(service, error)
        headers = self._response_headers(request_id)
        if service is not None and service.spoke_query:
            headers.append((b"x-amzn-query-error", form.query_header))
        body: dict[str, Any] = {"__type": form.type}
        if error.message:
            body[message_member(service, error)] = error.message
        body.update((name, value) for name, value in error.fields.items() if value is not None)
        return Response(form.status, headers, cbor2.dumps(body))

    def _response_headers(self, request_id: str) -> Headers:
        return [*self._headers, (b"x-amzn-requestid", request_id.encode())]

    def _read_time(self, shape: Shape, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse_scalar(shape, value)
        try:
            return values.check_timestamp(value if self._unit == 1 else value / self._unit)
        except (ValueError, OverflowError) as error:
            raise serialization_error() from error

    def _write_time(self, shape: Shape, value: Any) -> cbor2.CBORTag:
        seconds = values.format_timestamp(value, "unixTimestamp")
        assert not isinstance(seconds, str)
        # Both kinds of clients take a double, and AWS sends one.
        return cbor2.CBORTag(TIME_TAG, float(seconds if self._unit == 1 else round(seconds * self._unit)))


def _read_blob(shape: Shape, value: Any) -> bytes:
    if not isinstance(value, bytes):
        refuse_scalar(shape, value)
    return value


RPC_V2_CBOR: Final = CborProtocol("smithy-rpc-v2-cbor", b"application/cbor", 1, [(b"smithy-protocol", b"rpc-v2-cbor")])
AMZ_CBOR_1_1: Final = CborProtocol("cbor-1.1", b"application/x-amz-cbor-1.1", 1000, [])
