"""Claims from a standard queue in which a tenant is noisy: quiet tenants first. The rules are `chasqui.store.fairness`.

A noisy tenant's rows are passed over, each once: a floor remembers how far that went. When nobody else has any, they
are claimed by tenant, of the one with the fewest in flight first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from chasqui.base.pending import Pending
from chasqui.store.postgres.claims import Look
from chasqui.store.postgres.engine import Answer, Command, Engine, Lane, Verb
from chasqui.store.postgres.state import FAR, QueueState

NOISY_VISITS_MAX = 2000
"""Rows of noisy tenants that one claim may pass over."""

NOISY_VISITS_SLICE = 10_000
"""The same of a walk in the background, which goes on where a claim has stopped."""

GIVEN, DEAD, QUEUE, LAST = range(4)
"""What a claim's rows are: a message given out, one that was received too often, the queue itself (and what falls due
in it), the last row that was looked at."""

# The end of each claim: `c` are locked rows, `w` the queues. $1 is now.
GIVE = """
u as (
  update message m set visible_at = $1 + c.hide, receives = m.receives + 1,
    first_received_at = coalesce(m.first_received_at, $1)
  from c where m.incarnation = any(array[c.incarnation]) and m.seq = c.seq and c.receives < c.receives_max
  returning m.seq, m.id, m.receives, m.sent_at, m.first_received_at, m.payload, m.group_name, m.origin, m.visible_at,
    0 as what, c.queue, c.visible_at as was, m.shared)
select u.*, s.data from u left join shared s on s.id = any(array[u.shared])
union all
select seq, null, null, null, null, null, null, null, null, 1, queue, visible_at, null, null
from c where receives >= receives_max
union all
select incarnation, null, null, null, null, null, null, null,
  case when due and not exists (select from c where c.queue = w.queue) then (
    select visible_at from message where incarnation + 1 = w.incarnation + 1 and visible_at > $1
    order by visible_at limit 1) end,
  2, queue, null, null, null
from w
"""

_QUEUE = """w as materialized (
  select id as queue, incarnation, $3::bigint as hide, $4::integer as receives_max, $5::boolean as due
  from queue where id = $2)"""
_MET = """met as materialized (
  select m.* from w cross join lateral (
    select incarnation, visible_at, seq, tenant from message
    where incarnation + 1 = w.incarnation + 1 and (visible_at, seq + 1) > ($6::bigint, $7::bigint + 1)
      and visible_at <= $1
    order by visible_at, seq + 1 limit $8) m)"""

_QUIET = f"""
with {_QUEUE}, {_MET},
c as materialized (
  select w.queue, w.hide, w.receives_max, m.incarnation, m.seq, m.receives, m.visible_at
  from (select incarnation, seq from met where tenant <> all($9::bigint[]) order by visible_at, seq limit $10) p
  join message m on m.incarnation = any(array[p.incarnation]) and m.seq = p.seq cross join w
  where m.visible_at + 0 <= $1 and m.expires + 0 > $1 order by m.visible_at, m.seq for update of m skip locked),
{GIVE}
union all (
select seq, null, count(*) over (), null, null, null, null, null, visible_at, 3, null, null, null, null
from met order by visible_at desc, seq desc limit 1)
"""
_OF_TENANT = f"""
with {_QUEUE},
c as materialized (
  select w.queue, w.hide, w.receives_max, m.*
  from w cross join lateral (
    select incarnation, seq, receives, visible_at from message
    where incarnation + 2 = w.incarnation + 2 and tenant = $6 and tenant <> 0 and visible_at <= $1 and expires + 0 > $1
    order by visible_at, seq + 2 limit $7 for update skip locked) m),
{GIVE}
"""
_WALK = """
with w as (select incarnation from queue where id = $2),
met as materialized (
  select m.* from w cross join lateral (
    select visible_at, seq, tenant from message
    where incarnation + 1 = w.incarnation + 1 and (visible_at, seq + 1) > ($3::bigint, $4::bigint + 1)
      and visible_at <= $1
    order by visible_at, seq + 1 limit $5) m)
(select visible_at, seq - 1, true from met where tenant <> all($6::bigint[]) order by visible_at, seq limit 1)
union all
(select visible_at, seq, false from met order by visible_at, seq limit 1 offset $5 - 1)
"""


class Fair:
    """Claims on one queue at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._walks = Verb(engine, self._walk, lanes_max=1)
        self._walks.together_max = 1
        self._walking: set[int] = set()

    async def claim(self, lane: Lane, look: Look, now: int) -> AsyncIterator[list[Any]]:
        """Gives rows as each statement is committed; the caller deals them, which lowers `look.wanted`."""
        state, tenants = look.state, look.state.tenants
        assert tenants is not None
        noisy = list(tenants.noisy)
        most = 2**31 - 1 if look.claim.redrive is None else look.claim.redrive.receives_max
        asked = now, state.id, look.claim.visibility_ms, most, False
        wanted = look.wanted
        rows = await lane.fetch(
            _QUIET, *asked, *state.fair_start(now), NOISY_VISITS_MAX, noisy, wanted
        )  # fmt: skip
        found = [row for row in rows if row[9] in (GIVEN, DEAD)]
        met = [row for row in rows if row[9] == LAST]
        self._passed(state, found, met[0] if met else None, now, len(found) >= wanted)
        yield rows
        for tenant in tenants.noisy_by_load():
            if look.wanted <= 0:
                break
            rows = await lane.fetch(_OF_TENANT, *asked, tenant, look.wanted)
            if all(row[9] == QUEUE for row in rows):
                tenants.drained(tenant)
            yield rows

    def _passed(self, state: QueueState, found: list[Any], met: Any, now: int, enough: bool) -> None:
        """Note how far the quiet ones' rows have been looked for."""
        if enough:
            state.fair_floor = max((row[11], row[0]) for row in found)
        elif met is not None and met[2] >= NOISY_VISITS_MAX:
            state.fair_floor = (met[8], met[0])
            if state.id not in self._walking:
                self._walk_on(state.id)
        else:
            state.fair_floor = (now, FAR)
        state.lower_fair_floor(now)  # rows may still come back to this very millisecond

    def _walk_on(self, queue: int) -> None:
        self._walking.add(queue)
        self._walks.put(Command(Pending(), queue, None))

    async def _walk(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        """Pass over noisy tenants' rows for a slice, up to the first row of a quiet one."""
        queue = commands[0].queue
        self._walking.discard(queue)
        now = self._engine.clock.now_ms()
        state = self._engine.states.get(queue)
        if state is None or state.tenants is None or not state.tenants.noisy:
            return []
        rows = await lane.fetch(
            _WALK, now, queue, *state.fair_start(now), NOISY_VISITS_SLICE, list(state.tenants.noisy)
        )
        if not rows:
            state.fair_floor = (now, FAR)
        else:
            state.fair_floor = (rows[0][0], rows[0][1])
            if not rows[0][2]:
                self._walk_on(queue)
        state.lower_fair_floor(now)
        return []
