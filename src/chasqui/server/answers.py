"""What operations answer, as HTTP: whole bodies, bodies that are made as they go, event streams, errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

from chasqui.base.bodies import Outgoing
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.server.exchange import Exchange, Headers
from chasqui.server.streaming import Closing, close_chunks
from chasqui.wire.eventstream import EventWriter
from chasqui.wire.model import Operation, Shape
from chasqui.wire.protocol import Response
from chasqui.wire.rest_xml import HOST_ID

_OWN_ID: Final = b"x-amz-request-id"
_IDS: Final = (_OWN_ID, b"x-amz-id-2", b"x-amzn-requestid")
_LENGTH: Final = b"content-length"
_EVENTS: Final = ((b"content-type", b"application/vnd.amazon.eventstream"),)

Events = AsyncIterator[tuple[str, Mapping[str, Any]]]


def send(
    exchange: Exchange, response: Response, request_id: str, common: Headers = (), model: Operation | None = None
) -> None:
    """Answer with what a protocol rendered. `common` are fields that the operation always answers with; `model` is
    needed where the answer may be an event stream."""
    stream = response.stream
    if stream is not None:
        _send_stream(exchange, response, stream, request_id, common, model)
    elif (_OWN_ID, request_id.encode()) in response.headers[:1]:
        exchange.respond_own(response.status, common, _sized(exchange, response), response.body)
    else:
        headers = without_request_id(response.headers)
        if common:
            # What an operation always answers with stands in the place of what its protocol would say.
            given = {name for name, _ in common}
            headers = (*(field for field in headers if field[0] not in given), *common)
        exchange.respond(response.status, headers, response.body, request_id)


def _sized(exchange: Exchange, response: Response) -> Headers:
    """An answer's fields. Where there is a body it says how long it is; HEAD's has been told (HeadObject)."""
    if exchange.method == "HEAD" and not response.body:
        return tuple(response.headers)
    return tuple([field for field in response.headers if field[0] != _LENGTH])


def _send_stream(
    exchange: Exchange, response: Response, stream: Any, request_id: str, common: Headers, model: Operation | None
) -> None:
    if isinstance(stream, Outgoing):
        own = tuple([field for field in response.headers if field[0] not in (_LENGTH, b"x-amzn-requestid")])
        pieces = stream.pieces
        if stream.length is not None:
            own += ((_LENGTH, b"%d" % stream.length),)
            pieces = Closing(pieces, _exactly(pieces, stream.length))
    else:
        assert model is not None
        assert model.output is not None
        assert model.output.payload is not None
        own = without_request_id(response.headers)
        made = event_pieces(model.output.members[model.output.payload], model.service.protocol, stream)
        pieces = Closing(stream, made)
    if not any(name == _OWN_ID for name, _ in own):
        own += ((b"x-amzn-requestid", request_id.encode()),)
    exchange.respond_stream(response.status, common, pieces, own=own)


async def _exactly(pieces: AsyncIterator[bytes], length: int) -> AsyncIterator[bytes]:
    """So many bytes, or an error."""
    left = length
    try:
        async for piece in pieces:
            left -= len(piece)
            if left < 0:
                break
            yield piece
    finally:
        await close_chunks(pieces)
    if left:
        raise ValueError(f"an answer of {length} bytes has {length - left}")


async def event_pieces(
    shape: Shape, protocol: str, events: Events, first: tuple[Shape, Mapping[str, Any]] | None = None
) -> AsyncIterator[bytes]:
    """Events as messages; a `ServiceError` among them is the last. `first` is the output that RPC protocols begin
    with."""
    writer = EventWriter(shape, protocol)
    try:
        if first is not None:
            yield writer.initial_response(*first)
        async for name, members in events:
            yield writer.event(name, members)
    except ServiceError as error:
        yield writer.exception(error)
    finally:
        await close_chunks(events)


def send_events(exchange: Exchange, model: Operation, member: str, members: dict[str, Any], request_id: str) -> None:
    """Answer a JSON request with an event stream, which is a member of its output."""
    assert model.output is not None
    events = members.pop(member)
    made = event_pieces(model.output.members[member], "json", events, (model.output, members))
    exchange.respond_stream(200, _EVENTS, Closing(events, made), request_id)


def send_reply(exchange: Exchange, reply: Reply, request_id: str, protocol: str) -> None:
    """Answer with what a front says. S3's name the request in S3's fields."""
    own = tuple([field for field in reply.headers if field[0].lower() not in (_LENGTH, *_IDS)])
    named = tuple([field for field in reply.headers if field[0].lower() in _IDS])
    if not named and protocol == "rest-xml":
        named = ((_OWN_ID, request_id.encode()), (b"x-amz-id-2", HOST_ID))
    own = (named or ((b"x-amzn-requestid", request_id.encode()),)) + own
    body = reply.body
    if isinstance(body, bytes):
        exchange.respond_own(reply.status, (), own, body)
        return
    pieces = body.pieces
    if body.length is not None:
        own += ((_LENGTH, b"%d" % body.length),)
        pieces = Closing(pieces, _exactly(pieces, body.length))
    exchange.respond_stream(reply.status, (), pieces, own=own)


def without_request_id(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """A protocol's headers less the one that the exchange adds."""
    return tuple(pair for pair in headers if pair[0] != b"x-amzn-requestid")
