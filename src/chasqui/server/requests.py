"""An exchange as the layers below see it: a request of the wire, and the facts that policies and records ask for."""

from __future__ import annotations

from chasqui.access.admission import RequestFacts
from chasqui.server.exchange import Exchange
from chasqui.wire.protocol import Request

# So much of what clients say of themselves is compared with policies, and recorded.
_SAID_BYTES_MAX = 1024


def request_of(exchange: Exchange) -> Request:
    """An exchange as protocols, routing and signatures see it."""
    if exchange.fields is None:
        headers = {name: value.rstrip() for name, value in exchange.table.items()}
    else:
        headers = {}
        for name, value in exchange.headers:
            headers[name] = headers[name] + b"," + value if name in headers else value
    return Request(exchange.method, exchange.path, exchange.query, headers, exchange.body)


def as_sent(exchange: Exchange) -> Request:
    """The same for the hot way, of an exchange that repeats no field: blanks behind values are left on."""
    return Request(exchange.method, exchange.path, exchange.query, exchange.table, exchange.body)


def address_of(exchange: Exchange) -> str:
    """The client's network address, "" when it has none."""
    peer = exchange.peer
    return str(peer[0]) if peer else ""


def facts_of(exchange: Exchange, now_ms: int) -> RequestFacts:
    """What conditions and records want to know of a request itself."""
    return RequestFacts(
        source_address=address_of(exchange),
        secure=exchange.scheme == "https",
        user_agent=(exchange.header(b"user-agent") or b"")[:_SAID_BYTES_MAX].decode("latin-1"),
        referer=(exchange.header(b"referer") or b"")[:_SAID_BYTES_MAX].decode("latin-1"),
        now_ms=now_ms,
    )
