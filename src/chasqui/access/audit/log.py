"""The audit log: a record of each call, in the store, appended to and never changed.

There is one log for each account and region, as CloudTrail's event history has. Records go after 90 days, and the
oldest when there are too many.
"""

from __future__ import annotations

from typing import Final

from chasqui.access.audit.events import AuditEvent, Entry, entries
from chasqui.base.actions import Action
from chasqui.base.bounded import keep
from chasqui.base.clock import Clock
from chasqui.base.ids import new_uuid
from chasqui.base.pending import Pending
from chasqui.base.settings import Settings
from chasqui.store.port import NewRecord, Store
from chasqui.store.rolling import Detached, RollingLog

TYPE: Final = "cloudtrail:log"
NAME: Final = "events"
RETENTION_MS: Final = 90 * 24 * 3600 * 1000
_LOGS_MAX: Final = 4096


class AuditLog:
    """Writes the audit log, and finds an account's for those who read it."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._events = settings.audit_events
        self._records_max = settings.audit_records_max
        self._logs: dict[tuple[str, str], RollingLog] = {}

    def wants(self, action: Action) -> bool:
        """Whether calls of this action are recorded at all."""
        return self._events == "all" or (self._events == "management" and not action.data)

    def record(self, event: AuditEvent) -> Pending[None] | None:
        """Begin to write a call down; None where it is not recorded. The `Pending` is resolved when the record is on
        disk; nobody has to wait for it."""
        if not self.wants(event.action):
            return None
        at_ms = self._clock.now_ms()
        found = entries(event, at_ms, new_uuid)
        if not found:
            return None
        return Detached("writing the audit log", self._append(found, at_ms)).pending

    async def write(self, event: AuditEvent) -> None:
        """Write a call down: what has changed something is in the log when this returns, everything else soon. Raises
        `StoreError` where it could not be written."""
        pending = self.record(event)
        if pending is not None and event.changes:
            await pending

    async def _append(self, found: list[Entry], at_ms: int) -> None:
        for each in found:
            await self.of(each.account, each.region).append([NewRecord(each.id, each.data, at_ms)])

    def of(self, account: str, region: str) -> RollingLog:
        """An account's log in a region, which need not exist yet."""
        log = self._logs.get((account, region))
        if log is None:
            owner = f"{account}/{region}"
            log = RollingLog(self._store, self._clock, (TYPE, owner, NAME), self._records_max, RETENTION_MS)
            keep(self._logs, (account, region), log, _LOGS_MAX)
        return log
