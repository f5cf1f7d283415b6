"""A service as the server sees one: operations that tell what they were given, and answer in every way there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from chasqui.base.actions import Action
from chasqui.base.bodies import Outgoing
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Front, Reply, Visit
from chasqui.base.service import Service, Table
from chasqui.services.lambda_.types import INPUTS

Output = dict[str, Any]


async def invoke(_room: Any, call: Call, request: Any) -> Output:
    """Answers with what the call knows."""
    told = {"request_id": call.request_id, "source": call.source_address, "bytes": len(request.Payload or b"")}
    return {"StatusCode": 200, "Payload": msgspec.json.encode(told)}


async def _events(payload: bytes) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    for at in range(3):
        yield "PayloadChunk", {"Payload": b"%d:%b" % (at, payload)}
    if payload == b"fail":
        raise ServiceError("InternalStreamFailure", "It broke.", status=500, fault="Receiver")
    yield "InvokeComplete", {"ErrorCode": None, "LogResult": "log"}


async def stream(_room: Any, _call: Call, request: Any) -> Output:
    """Answers with events."""
    return {"StatusCode": 200, "ExecutedVersion": "1", "EventStream": _events(request.Payload or b"")}


async def tail(_room: Any, _call: Call, _request: Any) -> Output:
    """The same in a protocol whose streams begin with the output."""

    async def events() -> AsyncIterator[tuple[str, dict[str, Any]]]:
        yield "sessionStart", {"requestId": "r", "sessionId": "s"}

    return {"responseStream": events()}


async def _pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"p" * 1000


async def _answer(visit: Visit) -> Reply:
    match visit.path.rpartition("/")[2]:
        case "read":
            got = [len(piece) async for piece in visit.body]
            return Reply(200, ((b"x-whole", b"%d" % (visit.body.whole is not None)),), b"%d" % sum(got))
        case "pieces":
            return Reply(206, ((b"content-type", b"text/plain"),), Outgoing(_pieces(5), 5000))
        case "short":
            return Reply(200, (), Outgoing(_pieces(4), 5000))
        case "who":
            call = await visit.identify("lambda")
            return Reply(200, (), f"{call.principal.kind} {call.account} {visit.host} {visit.query}".encode())
    raise ServiceError("ResourceNotFoundException", "There is nothing here.", status=404)


def front(start: str, **options: Any) -> Front:
    """A front for paths that begin so."""
    return Front(
        lambda _m, _h, path, _t: path.startswith(start), _answer, protocol="rest-json", service="lambda", **options
    )


async def cors(_method: str, _host: bytes, path: str, origin: str) -> tuple[tuple[bytes, bytes], ...] | None:
    """Lets the pages of one origin read what is under one path."""
    if path.startswith("/2015-03-31/functions/open/") and origin == "https://friend.example":
        return ((b"access-control-allow-origin", origin.encode()),)
    return None


def _action(name: str) -> Action:
    return Action(name=f"lambda:{name}", level="write")


TABLE = Table(
    {"Invoke": invoke, "InvokeWithResponseStream": stream},
    INPUTS,
    {"Invoke": _action("InvokeFunction"), "InvokeWithResponseStream": _action("InvokeFunction")},
    body_bytes_max={"Invoke": 1_000_000},
    headers={"Invoke": ((b"x-always", b"yes"),)},
)


def stub_lambda() -> Service:
    """The service."""
    return Service(
        name="lambda",
        module="tests.unit.server.stub_lambda",
        room=None,
        personal=True,
        fronts=(
            front("/whole/", body_bytes_max=400_000),
            front("/streams/", streams=True),
            front("/pages/", answers_pages=True),
        ),
        cors=cors,
    )
