"""Ways that need not be looked for again: S3's objects, and REST-JSON's addresses.

The short way of S3's objects: GET, PUT, HEAD and DELETE of a key, signed, with nothing in the query string that
would make another operation of it. What `wire.routing` and the general reader would find, a few look-ups find here.

The operations are noted when a request first reached them the long way, so nothing is loaded for this.

Of REST-JSON, what was found for an address is remembered by it and by who signed for which service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec

from chasqui.access.admission import Door
from chasqui.base.bounded import keep
from chasqui.server.exchange import Exchange
from chasqui.server.mounted import Endpoint
from chasqui.wire.model import load_service
from chasqui.wire.protocol import Params
from chasqui.wire.rest import Bindings, input_bindings, read_headers
from chasqui.wire.routing import CONTROL_PREFIXES, CREDENTIAL, bucket_in_host

_METHODS: Final = {"GetObject": "GET", "PutObject": "PUT", "HeadObject": "HEAD", "DeleteObject": "DELETE"}
_HOSTS_MAX: Final = 1024
_HOST_BYTES_MAX: Final = 256
#: Where the service of a credential scope stands in an Authorization header, at the latest.
_SCOPE_BYTES: Final = 256
_ROUTES_MAX: Final = 4096
_TARGET_CHARACTERS_MAX: Final = 512
_SCOPE: Final = b"/s3/aws4_request"


class ShortWay(msgspec.Struct, frozen=True):
    """One operation."""

    endpoint: Endpoint
    bindings: Bindings

    def params(self, bucket: str, key: str, headers: Mapping[bytes, bytes]) -> Any:
        """Its input. Raises `ServiceError` where a field cannot be read."""
        found: Params = {"Bucket": bucket, "Key": key}
        read_headers(self.bindings, headers, found)
        return self.endpoint.input(**found)


Place = tuple[ShortWay, str, str]
"""What is called, the bucket and the key."""


class ShortWays:
    """The short ways that are known."""

    def __init__(self) -> None:
        self._ways: dict[tuple[str, str], ShortWay] = {}
        self._hosts: dict[bytes, str] = {}

    def note(self, endpoint: Endpoint) -> None:
        """A request has reached this operation."""
        method = _METHODS.get(endpoint.name)
        if endpoint.service_name == "s3" and method is not None and (method, "") not in self._ways:
            way = ShortWay(endpoint, input_bindings(load_service("s3").operation(endpoint.name)))
            # Some SDKs name the operation in the query string.
            self._ways[method, ""] = self._ways[method, f"x-id={endpoint.name}"] = way

    def of(self, exchange: Exchange) -> Place | None:
        """Where a request goes; None where more has to be looked at."""
        way = self._ways.get((exchange.method, exchange.query))
        if way is None or exchange.fields is not None or exchange.stream is not None:
            return None
        table = exchange.table
        authorization = table.get(b"authorization")
        if authorization is None or authorization.find(_SCOPE, 0, _SCOPE_BYTES) < 0 or b"x-amz-copy-source" in table:
            return None
        path = exchange.path
        bucket = self._bucket_of(table.get(b"host", b""))
        if bucket:
            key = path[1:]
        elif path.startswith(CONTROL_PREFIXES):
            return None
        else:
            bucket, _, key = path[1:].partition("/")
            if "%" in bucket:
                return None
        if "%" in key:
            try:
                key = unquote_to_bytes(key).decode()
            except UnicodeError:
                return None
        return (way, bucket, key) if bucket and key else None

    def _bucket_of(self, host: bytes) -> str:
        bucket = self._hosts.get(host)
        if bucket is None:
            bucket = bucket_in_host(host.strip().decode("latin-1"))
            if len(host) <= _HOST_BYTES_MAX:
                keep(self._hosts, host, bucket, _HOSTS_MAX)
        return bucket


class RestRoutes:
    """What requests of REST-JSON have been for: they are told apart by method, address and the service that they are
    signed for."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, bytes], Any] = {}

    def _key(self, exchange: Exchange) -> tuple[str, str, bytes] | None:
        authorization = exchange.table.get(b"authorization")
        if authorization is None or len(exchange.target) > _TARGET_CHARACTERS_MAX:
            return None
        scope = authorization[: authorization.find(b",")]
        return (exchange.method, exchange.target, scope) if len(scope) <= _SCOPE_BYTES else None

    def at_hand(self, exchange: Exchange) -> Any:
        """What was noted of a request like this, None when nothing was."""
        return self._found.get(self._key(exchange))  # type: ignore[arg-type]  # None is not there

    def note(self, exchange: Exchange, found: object, door: Door) -> None:
        """Remember where a request went, if it was signed for what it went to."""
        key = self._key(exchange)
        scope = CREDENTIAL.search(key[2]) if key is not None else None
        if key is not None and scope is not None and scope[1].decode("latin-1").lower() in door.names:
            keep(self._found, key, found, _ROUTES_MAX)
