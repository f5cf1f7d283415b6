"""Callers from inside the house: the console, whose users were identified when they signed in, and whose requests come
without a signature of their own. What they call is judged and recorded as everybody's is."""

from __future__ import annotations

import msgspec

from chasqui.access.admission import RequestFacts
from chasqui.access.identity.directory import Identity
from chasqui.base.bounded import keep
from chasqui.base.call import Call
from chasqui.base.clock import Clock

_CALLS_MAX = 256


class Guest(msgspec.Struct, frozen=True, eq=False):
    """Somebody who calls through a part of this server. `base_url` is scheme and host as the browser called them;
    `source_address`, `secure` and `user_agent` are the browser's, for conditions of policies and the audit log."""

    identity: Identity
    region: str
    base_url: str
    clock: Clock
    source_address: str = ""
    secure: bool = False
    user_agent: str = ""

    def call(self) -> Call:
        """The facts of its calls: the same object each time, by which decisions are remembered."""
        calls, key = self.identity.calls, (self.region, self.base_url, "guest")
        call: Call | None = calls.get(key)
        if call is None:
            principal = self.identity.principal
            call = Call(
                principal.account, self.region, principal, principal.id, self.base_url, grants=self.identity.grants
            )
            keep(calls, key, call, _CALLS_MAX)
        return call

    def facts(self) -> RequestFacts:
        """What conditions and records want to know of a request."""
        return RequestFacts(
            source_address=self.source_address,
            secure=self.secure,
            user_agent=self.user_agent,
            referer="",
            now_ms=self.clock.now_ms(),
        )
