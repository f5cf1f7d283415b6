"""The interface that every protocol of the wire layer keeps, and what goes in and out of it. Read this file
first.

A protocol turns a request's bytes into an operation's parameters, an output into a response, and an error
into the response that the protocol's clients understand. It does no I/O and knows no service: the model says
what there is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

from chasqui.base.bodies import Outgoing
from chasqui.base.errors import ServiceError
from chasqui.wire.model import Operation, Service

Headers = list[tuple[bytes, bytes]]
Params = dict[str, Any]
Output = Mapping[str, Any] | msgspec.Struct | None


class Repeated(msgspec.Struct):
    """An output, less its payload, that is answered again and again. `rendered` is the protocol's: the status and the
    header fields that it made of it."""

    output: msgspec.Struct
    rendered: Any = None


class Again(msgspec.Struct, frozen=True):
    """Such an output with its payload, for REST-XML."""

    of: Repeated
    payload: bytes


# Members nested deeper than this in a request are refused, whatever the protocol.
DEPTH_MAX = 100


class Request(NamedTuple):
    """What a protocol needs of a request.

    `path` and `query` are as sent, percent-encoded, without the `?`. `headers` has lower-case names; of a
    header sent twice the values are joined with a comma.
    """

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]
    body: bytes

    def header(self, name: bytes) -> str | None:
        """A header's value as text, None if it was not sent."""
        value = self.headers.get(name)
        return None if value is None else value.decode("utf-8", "replace")


class Response(NamedTuple):
    """What is answered. `stream` stands for the body when an operation's payload is one that the service
    hands over as it is (an S3 object, an event stream): the server writes it out, and `body` is empty."""

    status: int
    headers: Headers
    body: bytes
    stream: Any = None


class WireProtocol(Protocol):
    """A protocol: parse, serialise, error."""

    name: str

    def parse(self, operation: Operation, request: Request) -> Params:
        """The operation's parameters; `ServiceError` (4xx) when the request is not one.

        Members that were not sent are absent. Timestamps are seconds since the epoch, blobs bytes.
        """
        ...

    def serialise(self, operation: Operation, output: Output, request_id: str) -> Response:
        """A successful answer. Members that are None are left out."""
        ...

    def error(self, service: Service | None, error: ServiceError, request_id: str) -> Response:
        """The answer to a request that failed; without a service, one that could not be routed."""
        ...


def output_members(output: Output, apart: str | None = None) -> Mapping[str, Any]:
    """An output in whichever form the service gave it, as a mapping. The member `apart` is handed on as it is: a
    payload may be a stream."""
    if output is None:
        return {}
    if isinstance(output, msgspec.Struct):
        payload = getattr(output, apart) if apart is not None else None
        if payload is not None and not isinstance(payload, bytes) and isinstance(payload, (Outgoing, AsyncIterator)):
            rest = msgspec.structs.replace(output, **{str(apart): None})
            return {**msgspec.to_builtins(rest, builtin_types=(bytes,)), str(apart): payload}
        members: Mapping[str, Any] = msgspec.to_builtins(output, builtin_types=(bytes,))
        return members
    return output
