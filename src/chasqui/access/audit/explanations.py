"""Why calls were refused: kept in the store under their requests' ids, told to whoever asks with one, and logged.

The last ten thousand refusals are kept. A refusal is answered without waiting until it is written down.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

import msgspec

from chasqui.access.audit.redaction import cut
from chasqui.access.audit.refusals import Refusal as Refused
from chasqui.access.audit.refusals import refusal_of
from chasqui.access.authorizer import Explanation
from chasqui.base.clock import Clock
from chasqui.base.control import Answer, ControlRequest, Endpoint, Refusal
from chasqui.base.times import iso_time
from chasqui.store.port import NewRecord, Store
from chasqui.store.rolling import Detached, RollingLog

_log = logging.getLogger("chasqui.access")

TYPE: Final = "access:refusals"
KEPT: Final = 10_000
RECENT_MAX: Final = 100
_UNDER_WAY_MAX: Final = 1000
"""So many wait to be written at most; more in a moment are only logged."""


class Explanations:
    """Notes refusals and finds them again."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._log = RollingLog(store, clock, (TYPE, "", "refusals"), KEPT)
        self._under_way = 0

    def note(self, request_id: str, explanation: Explanation, at_ms: int) -> None:
        """Keep and log why a request was refused."""
        who = explanation.question.principal.arn or "anonymous"
        fields = {"principal": who, **explanation.log_fields()}
        _log.warning(
            "a call was refused", extra={"request": request_id, **{name: cut(text) for name, text in fields.items()}}
        )
        if self._under_way >= _UNDER_WAY_MAX:
            return
        data = msgspec.json.encode(refusal_of(request_id, explanation, at_ms))
        self._under_way += 1
        writing = Detached("keeping an explanation", self._log.append([NewRecord(request_id, data, at_ms)]))
        writing.pending.add_done_callback(self._written)

    def _written(self, _pending: object) -> None:
        self._under_way -= 1

    async def find(self, request_id: str) -> Refused | None:
        """Why a request was refused; None where that is not known (any more)."""
        log, first, before = await self._log.bounds()
        while before > first:
            page = await self._log.read_before(log, before, first)
            if not page:
                return None
            for record in page:
                if record.key == request_id:
                    return msgspec.json.decode(record.data, type=Refused)
            before = page[-1].sequence
        return None

    def endpoints(self) -> Mapping[tuple[str, str], Endpoint]:
        """The control endpoints that tell it."""
        return {
            ("GET", "/_chasqui/access/explain"): Endpoint(self._explain, "chasqui:ExplainAccess"),
            ("GET", "/_chasqui/access/refusals"): Endpoint(self._recent, "chasqui:ExplainAccess"),
        }

    async def _recent(self, request: ControlRequest) -> Answer:
        """GET ?limit=N: the last refusals, newest first, as `_explain` tells one."""
        limit = request.number("limit", 20, RECENT_MAX)
        log, first, before = await self._log.bounds()
        page = await self._log.read_before(log, before, first) if before > first else []
        found = [msgspec.json.decode(record.data, type=Refused) for record in page[:limit]]
        return Answer([{"time": iso_time(each.at_ms), **msgspec.to_builtins(each)} for each in found])

    async def _explain(self, request: ControlRequest) -> Answer:
        """GET ?request=ID: the refusal, its time in ISO 8601 beside the milliseconds."""
        request_id = request.parameter("request")
        if not request_id:
            raise Refusal(400, "say which request: ?request=ID, the id that its answer had (x-amzn-requestid)")
        found = await self.find(request_id)
        if found is None:
            raise Refusal(404, f"no refusal of a request {request_id[:100]} is known; the last {KEPT:,} are kept")
        return Answer({"time": iso_time(found.at_ms), **msgspec.to_builtins(found)})
