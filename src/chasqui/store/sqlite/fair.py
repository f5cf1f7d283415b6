"""Fair delivery in SQL: which due rows a claim gets when a tenant is noisy. Who is, `chasqui.store.fairness` says.

A noisy tenant's rows are passed over in the due index, each once, and claimed by (tenant, visible_at) when nobody else
has any.
"""

from __future__ import annotations

from typing import Any

from chasqui.store.fairness import Tenants
from chasqui.store.sqlite.engine import ELSEWHERE, Engine
from chasqui.store.sqlite.rows import COLUMNS, Row, marks
from chasqui.store.sqlite.state import QueueState

NOISY_VISITS_MAX = 2000
"""Index entries of noisy tenants that one claim may pass over (0.1 µs each)."""

NOISY_VISITS_SLICE = 10_000
"""The same of a slice in the background, which goes on where a claim has stopped."""

FAR = 1 << 62

_DUE_OF_TENANT = f"""select {COLUMNS} from message m where incarnation=? and tenant=? and tenant<>0 and visible_at>?
  and visible_at<=? order by visible_at limit ?"""
_MET = """select visible_at, seq, tenant from message indexed by message_due where incarnation=?
  and (visible_at, seq)>(?, ?) and visible_at<=? order by visible_at, seq limit ?"""
_MET_LAST = """select visible_at, seq from message indexed by message_due where incarnation=?
  and (visible_at, seq)>(?, ?) and visible_at<=? order by visible_at, seq limit 1 offset ?"""


class FairDelivery:
    """The rows of queues with noisy tenants."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._execute = engine.cursor.execute
        self._walking: set[int] = set()

    def due(self, state: QueueState, tenants: Tenants, wanted: int) -> list[Row]:
        """Due rows, those of quiet tenants first, then of the noisy one with the fewest in flight."""
        now = self._engine.now
        noisy = list(tenants.noisy)
        floor = max(state.fair_floor, (now - state.retention_ms, FAR))
        span = (state.incarnation, *floor, now)
        rows: list[Row] = self._execute(
            f"select {COLUMNS} from ({_MET}) met cross join message m on m.seq=met.seq"
            f" where met.tenant not in ({marks(len(noisy))}) limit ?",
            (*span, NOISY_VISITS_MAX, *noisy, wanted),
        ).fetchall()
        if len(rows) == wanted:
            state.fair_floor = (rows[-1][9], rows[-1][0])
        else:
            last = self._execute(_MET_LAST, (*span, NOISY_VISITS_MAX - 1)).fetchone()
            state.fair_floor = last or (now, FAR)
            if last is not None and state.id not in self._walking:
                self._engine.after_commit.append(lambda: self._walk_on(state.id))
        self.lower_floor(state, now)  # rows may still come back to this very millisecond
        for tenant in tenants.noisy_by_load():
            if len(rows) >= wanted:
                break
            more = self._execute(
                _DUE_OF_TENANT,
                (state.incarnation, tenant, now - state.retention_ms, now, wanted - len(rows)),
            ).fetchall()
            if not more:
                tenants.drained(tenant)
            rows += more
        return rows

    def _walk_on(self, queue: int) -> None:
        self._walking.add(queue)
        self._engine.submit(self._walk, queue).add_done_callback(lambda _: self._walking.discard(queue))

    def _walk(self, pending: object, queue: int, argument: object) -> Any:
        """A command: pass over noisy tenants' rows for a slice, up to the first row of a quiet one."""
        now = self._engine.now
        state = self._engine.states.find(queue, now)
        if state is not None and state.tenants is not None and state.tenants.noisy:
            noisy = list(state.tenants.noisy)
            span = (state.incarnation, *max(state.fair_floor, (now - state.retention_ms, FAR)), now)
            quiet = self._execute(
                f"select visible_at, seq - 1 from ({_MET}) where tenant not in ({marks(len(noisy))}) limit 1",
                (*span, NOISY_VISITS_SLICE, *noisy),
            ).fetchall()
            last = None if quiet else self._execute(_MET_LAST, (*span, NOISY_VISITS_SLICE - 1)).fetchone()
            state.fair_floor = quiet[0] if quiet else last or (now, FAR)
            self.lower_floor(state, now)
            if last is not None:
                self._engine.after_commit.append(lambda: self._walk_on(queue))
                return ELSEWHERE
        self._walking.discard(queue)
        return ELSEWHERE

    def lower_floor(self, state: QueueState, visible_at: int) -> None:
        if state.fair_floor[0] >= visible_at:
            state.fair_floor = (visible_at - 1, FAR)
