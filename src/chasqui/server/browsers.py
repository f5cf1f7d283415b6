"""What browsers are told: answers to preflights, and the fields by which a page may read an answer (Fetch, 3.2: CORS).

Which requests are refused is `guard.py`'s; here is what the setting `cors_origins` opens.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import Final

import msgspec

from chasqui.base.errors import SettingsError
from chasqui.server import guard
from chasqui.server.exchange import Exchange, Headers

#: Fields of answers that SDKs in browsers read.
_EXPOSED: Final = (
    b"date,etag,x-amz-crc32,x-amz-delete-marker,x-amz-id-2,x-amz-request-id,x-amz-version-id,x-amzn-errortype,"
    b"x-amzn-query-error,x-amzn-requestid"
)
_METHODS: Final = b"GET,HEAD,POST,PUT,PATCH,DELETE"
_JSON: Final = (b"content-type", b"application/json")
#: So long a browser need not ask again, seconds.
_MAX_AGE: Final = b"600"
_ASKED_BYTES_MAX: Final = 4096

_ORIGIN = re.compile(rb"[a-z][a-z0-9+.-]*://(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?\Z")
_FIELD_NAMES = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*\Z")


class Origins(Container[bytes]):
    """The origins whose pages may call this server. Raises `SettingsError` for what is no origin."""

    def __init__(self, origins: Iterable[str] = ()) -> None:
        named = {each.lower() for each in origins}
        self.any = "*" in named
        for each in named - {"*"}:
            if not _ORIGIN.match(each.encode()):
                raise SettingsError(f"cors_origins: {each!r} is no origin; write it as https://app.example.com:8443")
        self._named = frozenset(each.encode() for each in named - {"*"})

    def __contains__(self, origin: object) -> bool:
        """Whether this is an allowed origin, as an Origin header has it; an empty one never is."""
        if not isinstance(origin, bytes):
            return False
        name = origin.strip().lower()
        return name in self._named or (self.any and (name == b"null" or _ORIGIN.match(name) is not None))


class Browsers:
    """How a server treats browsers: `origins` are those of `cors_origins`, `hosts` its own names in lower case."""

    def __init__(self, origins: Origins, hosts: frozenset[str]) -> None:
        self._origins = origins
        self._hosts = hosts

    def greet(self, exchange: Exchange) -> bool:
        """Let the pages of allowed origins read the answer, and answer preflights. True if this was one."""
        origin = exchange.header(b"origin")
        if origin is None:
            return False
        allowed = origin in self._origins
        if allowed:
            exchange.add_headers(_readable(origin))
        if exchange.method != "OPTIONS" or b"access-control-request-method" not in exchange.table:
            return False
        if allowed:
            exchange.respond(204, _granted(exchange.header(b"access-control-request-headers")), b"")
        else:
            exchange.respond(403, (_JSON,), msgspec.json.encode({"message": guard.CROSS_SITE}))
        return True

    def lets_in(self, origin: bytes) -> bool:
        """Whether the setting lets this origin's pages in."""
        return origin in self._origins

    def refusal(self, exchange: Exchange, *, verified: bool) -> str | None:
        """Why an API request is refused: see `guard.api_refusal`."""
        if guard.is_link(exchange.method, exchange.path, exchange.query, exchange.table):
            return None
        return guard.api_refusal(
            exchange.table,
            exchange.query,
            verified=verified,
            allowed_origins=self._origins,
            allowed_hosts=self._hosts,
        )

    def control_refusal(self, exchange: Exchange) -> str | None:
        """Why a request to a control endpoint is refused: see `guard.refusal`."""
        return guard.refusal(exchange.table, self._hosts, self._origins)


def _readable(origin: bytes) -> Headers:
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _EXPOSED),
        (b"vary", b"origin"),
    )


def _granted(asked: bytes | None) -> Headers:
    """The answer to a preflight. Any header may be sent; those asked for are named, because `*` leaves out
    Authorization (Fetch, 4.9)."""
    fields = ((b"access-control-allow-methods", _METHODS), (b"access-control-max-age", _MAX_AGE))
    if asked and len(asked) <= _ASKED_BYTES_MAX and _FIELD_NAMES.match(asked):
        return (*fields, (b"access-control-allow-headers", asked))
    return fields
