"""Requests that are a service's and no operation of its model: see `base/fronts.py`. And what pages of other sites may
read of a service's answers where the service has rules of its own for that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chasqui.access.admission import Door
from chasqui.base.call import Call
from chasqui.base.fronts import Front, Posted, Visit
from chasqui.base.service import Cors, Service
from chasqui.server.answers import send_reply
from chasqui.server.exchange import Exchange, Headers
from chasqui.server.holding import Bodies
from chasqui.server.payloads import Checks, Payload, Promise, Streamed, Whole
from chasqui.server.reception import Reception
from chasqui.server.requests import address_of, request_of

_PLAIN: Final = Door(frozenset(), "rest-json")
_NOTHING: Final = Promise("", "", None)


class Fronts:
    """The fronts of a server's services, and their rules for pages."""

    def __init__(
        self, services: Sequence[Service], reception: Reception, bodies: Bodies, first: Sequence[Front] = ()
    ) -> None:
        """`first` are asked before those of the services."""
        self._fronts = (*first, *(front for service in services for front in service.fronts))
        self._cors: tuple[Cors, ...] = tuple(service.cors for service in services if service.cors is not None)
        self._reception = reception
        self._bodies = bodies

    def of(self, exchange: Exchange) -> Front | None:
        """The front that a request is for."""
        return self.named(exchange.method, exchange.path, exchange.table)

    def named(self, method: str, path: str, table: dict[bytes, bytes]) -> Front | None:
        """The same of a head."""
        if self._fronts:
            host = table.get(b"host", b"").strip()
            for front in self._fronts:
                if front.takes(method, host, path, table):
                    return front
        return None

    @property
    def has_rules(self) -> bool:
        """Whether any service says what pages may read."""
        return bool(self._cors)

    async def readable(self, exchange: Exchange) -> Headers:
        """The fields by which the page that made a request may read the answer; none where it has no business."""
        origin = (exchange.header(b"origin") or b"").decode("latin-1")
        host = exchange.table.get(b"host", b"").strip()
        for cors in self._cors:
            fields = await cors(exchange.method, host, exchange.path, origin)
            if fields is not None:
                return fields
        return ()

    async def answer(self, exchange: Exchange, front: Front, request_id: str) -> None:
        """Let a front answer. Raises what refuses the request."""
        held = 0
        payload: Payload
        if exchange.stream is None:
            payload = Whole(exchange.body, {})
        elif front.streams:
            payload = Streamed(exchange.stream, Checks(_NOTHING, request_of(exchange), None), exchange.stream.length)
        else:
            held = await self._bodies.hold(exchange, "front", _PLAIN, front.body_bytes_max)
            payload = Whole(exchange.body, {})
        try:
            reply = await front.answer(self._visit(exchange, payload, request_id))
        finally:
            self._bodies.let_go(held)
        send_reply(exchange, reply, request_id, front.protocol)

    def _visit(self, exchange: Exchange, payload: Payload, request_id: str) -> Visit:
        address = address_of(exchange)

        async def identify(service: str) -> Call:
            return await self._reception.identify(exchange, service, request_id)

        async def identify_posted(posted: Posted) -> Call:
            return await self._reception.identify_posted(exchange, posted, request_id)

        return Visit(
            method=exchange.method,
            host=(exchange.header(b"host") or b"").decode("latin-1"),
            path=exchange.path,
            query=exchange.query,
            fields=exchange.headers,
            table=exchange.table,
            body=payload,
            scheme=exchange.scheme,
            source_address=address,
            request_id=request_id,
            identify=identify,
            identify_posted=identify_posted,
        )
