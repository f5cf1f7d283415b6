"""The short way of query requests: which operation a form is for, remembered by who signs for what and by its action.

`wire.routing` finds the service of a signed form by the credential scope and the operation by `Action`; nothing else in
the request matters. So what it has found once holds for every request with the same scope and action.
"""

from __future__ import annotations

from chasqui.base.bounded import keep
from chasqui.server.exchange import Exchange
from chasqui.server.mounted import Endpoint
from chasqui.wire.routing import CREDENTIAL

_KEPT_MAX = 4096
_NAMED_MAX = 512
_ACTION = b"Action="
_FORM = b"application/x-www-form-urlencoded"


class FormRoutes:
    """The operations that forms have been for."""

    def __init__(self) -> None:
        self._found: dict[tuple[bytes, bytes], tuple[Endpoint, bool]] = {}

    def _key(self, exchange: Exchange) -> tuple[bytes, bytes] | None:
        """What decides which operation it is; None where more has to be looked at."""
        table, body = exchange.table, exchange.body
        authorization = table.get(b"authorization")
        if authorization is None or exchange.target != "/" or not body.startswith(_ACTION):
            return None
        if exchange.fields is not None or not table.get(b"content-type", b"").startswith(_FORM):
            return None
        end = body.find(b"&", len(_ACTION), len(_ACTION) + _NAMED_MAX)
        return authorization[: authorization.find(b",")], body[len(_ACTION) : end] if end > 0 else body[:_NAMED_MAX]

    def at_hand(self, exchange: Exchange) -> tuple[Endpoint, bool] | None:
        """The operation, if a request like this was routed before, and what was noted of it."""
        key = self._key(exchange)
        return self._found.get(key) if key is not None else None

    def note(self, exchange: Exchange, endpoint: Endpoint, believed: bool) -> None:
        """Remember what a request was routed to, and whether such requests are believed."""
        key = self._key(exchange)
        if key is None or exchange.method != "POST" or len(key[0]) > _NAMED_MAX:
            return
        scope = CREDENTIAL.search(key[0])
        if scope is not None and scope[1].decode("latin-1").lower() in endpoint.door.names:
            keep(self._found, key, (endpoint, believed), _KEPT_MAX)
