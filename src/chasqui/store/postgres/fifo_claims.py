"""Claims from FIFO queues: the groups that are ready the longest are locked, and each goes to one claim alone.

All looks of a moment are one transaction: lock groups and see what stands first in them, give it out, deal with what
stood in the way (expired, received too often). A claim that repeats an attempt has a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from chasqui.store.port import DEDUPLICATION_MS
from chasqui.store.postgres.claims import Look, Taker, all_gone, apart, asks_due
from chasqui.store.postgres.connection import Connection
from chasqui.store.postgres.engine import Engine, Lane
from chasqui.store.postgres.fifo import GROUP_HEADS_MAX, PREFIX, Group, lock_groups, recompute
from chasqui.store.postgres.moves import Moves, Target, dead_letter
from chasqui.store.postgres.shared import NOTE, claimed

ROUNDS_MAX = 20
"""A claim that meets nothing but messages in its way gives way to others after so many statements."""

IN_FLIGHT = f"""(
  select coalesce(sum(case when w.flying >= 0 then w.flying else (
    select count(*) from ({PREFIX}) p where p.receives > 0 and p.visible_at > $2) end), 0)::bigint
  from grp w where w.incarnation + 1 = q.incarnation + 1 and w.ready_at > $2 and w.flying <> 0)"""
"""How many messages of a FIFO queue `q` are in flight at $2."""

_IN_FLIGHT = f"select q.id, q.incarnation, {IN_FLIGHT} from queue q where q.id = any($1::bigint[])"
_READY = """
with w as materialized (
  select q.id as queue, q.incarnation, w.most, w.heads, w.due
  from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[]) w(queue, most, heads, due)
  join queue q on q.id = any(array[w.queue])),
g as materialized (
  select w.queue, w.heads, g.* from w cross join lateral (
    select incarnation, name, ready_at, number from grp where incarnation + 1 = w.incarnation + 1 and ready_at <= $1
    order by ready_at, number limit w.most for update skip locked) g)
select g.queue, g.incarnation, g.name, g.ready_at, g.number, f.seq, f.receives, f.visible_at, f.expires
from g left join lateral (
  select seq, receives, visible_at, expires from fifo where incarnation + 1 = g.incarnation + 1 and name = g.name
  order by seq + 1 limit g.heads) f on true
union all
select queue, incarnation, null, case when due and not exists (select from g where g.queue = w.queue) then (
  select ready_at from grp where incarnation + 1 = w.incarnation + 1 and ready_at > $1 order by ready_at limit 1) end,
  null, null, null, null, null
from w
"""
_HEADS = """
select seq, receives, visible_at, expires from fifo where incarnation + 1 = $1 + 1 and name = $2 and seq + 1 > $3 + 1
order by seq + 1 limit $4
"""
_GIVE = """
with t as (
  update fifo f set visible_at = $1 + u.hide, receives = f.receives + u.more,
    first_received_at = coalesce(f.first_received_at, $1)
  from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::integer[], $6::bigint[])
    u(incarnation, seq, hide, more, was)
  where f.incarnation = any(array[u.incarnation]) and f.seq = u.seq and f.visible_at <= greatest($1, u.was)
  returning f.seq, f.id, f.receives, f.sent_at, f.first_received_at, f.payload, f.name, f.origin, f.visible_at,
    f.incarnation, u.hide, u.was, f.shared),
l as (
  update grp g set ready_at = $1 + x.hide, flying = case when x.hide > 0 then x.n else 0 end
  from (select incarnation, name, max(hide) as hide, count(*)::integer as n from t group by 1, 2) x
  where g.incarnation = any(array[x.incarnation]) and g.name = x.name)
select t.*, s.data from t left join shared s on s.id = any(array[t.shared])
"""
_DROP = f"""
with gone as (
  delete from fifo f using unnest($1::bigint[], $2::bigint[]) u(incarnation, seq)
  where f.incarnation = any(array[u.incarnation]) and f.seq = u.seq
  returning f.incarnation, f.seq, f.expires, f.id, f.payload, f.name, f.receives, f.sent_at, f.first_received_at,
    f.shared),
noted as {NOTE.format(gone="gone")}
select * from gone
"""
_UNDO = """
with u as materialized (
  select $1::bigint as incarnation, u.* from unnest($2::bigint[], $3::integer[], $4::bigint[]) u(seq, receives, was))
update fifo f set visible_at = u.was, receives = f.receives - $5,
  first_received_at = case when f.receives = $5 then null else f.first_received_at end
from u
where f.incarnation = any(array[u.incarnation]) and f.seq = u.seq and f.receives = u.receives and f.visible_at = $6
returning f.name
"""
# The row is the attempt's lock: a second node that repeats the attempt waits for the first.
_LOCK_ATTEMPT = """
insert into attempt (queue, key, until, claimed) select id, $2, 0, '' from queue where id = $1
on conflict (queue, key) do update set until = attempt.until returning until, claimed
"""
_HELD = """
with r as materialized (select q.incarnation, r.seq from queue q, unnest($2::bigint[]) r(seq) where q.id = $1)
select f.incarnation, f.seq, f.name, f.receives, f.visible_at, f.expires
from r join fifo f on f.incarnation = any(array[r.incarnation]) and f.seq = r.seq order by f.seq
"""
_REMEMBER = "update attempt set until = $3, claimed = $4 where queue = $1 and key = $2"
_FORGET = "delete from attempt where queue = $1 and key = $2 and until + 0 = 0"

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[tuple[int, int]]).decode


@dataclass(slots=True)
class Head:
    """A message at the front of a group."""

    seq: int
    receives: int
    visible_at: int
    expires: int


@dataclass(slots=True)
class Ready:
    """A group that was locked for a look, and its first messages."""

    incarnation: int
    name: str
    order: tuple[int, int]
    heads: list[Head] = field(default_factory=list)

    @property
    def key(self) -> Group:
        return self.incarnation, self.name


@dataclass(slots=True)
class Plan:
    """What a round is going to do for one look."""

    look: Look
    groups: list[Ready] = field(default_factory=list)
    give: list[tuple[int, Head, int]] = field(default_factory=list)
    """(which taker, message, incarnation)"""
    drop: list[tuple[int, int]] = field(default_factory=list)
    """(incarnation, seq) of what is expired or was received too often"""
    stale: set[Group] = field(default_factory=set)
    """Groups that had nothing to give."""
    asked: int = 0
    target_asked: bool = False
    target: Target | None = None


class FifoClaims:
    """Deals to looks what is ready."""

    def __init__(self, engine: Engine, moves: Moves, stir: Callable[[int], object]) -> None:
        self._engine = engine
        self._moves = moves
        self._stir = stir
        self.gone: Callable[[int], object] = lambda queue: None

    async def claim(self, lane: Lane, looks: list[Look]) -> None:
        """Deal to each look's takers what there is."""
        now = self._engine.clock.now_ms()
        await self._count(lane, looks, now)
        for look in looks:
            look.wanted = min(look.wanted, look.claim.in_flight_max - look.state.in_flight)
            look.used.clear()
            look.met.clear()
        together = [look for look in looks if look.claim.attempt is None and look.wanted > 0]
        if together:
            await self._transact(lane, together, now)
        for look in looks:
            if look.claim.attempt is not None:
                await apart(lane, look, self._attempt(lane, look, look.claim.attempt, now))

    async def _count(self, lane: Lane, looks: list[Look], now: int) -> None:
        asked = [look for look in looks if look.state.must_count(look.wanted, look.claim.in_flight_max)]
        if asked:
            rows = await lane.fetch(_IN_FLIGHT, [look.state.id for look in asked], now)
            found = {row[0]: row for row in rows}
            for look in asked:
                row = found.get(look.state.id)
                if row is None:
                    self.gone(look.state.id)
                    all_gone(look)
                else:
                    look.state.stands(row[1])
                    look.state.counted(row[2])

    async def _transact(self, lane: Lane, looks: list[Look], now: int) -> None:
        given: list[tuple[Look, list[Any], list[tuple[int, Head, int]]]] = []
        reached: set[int] = set()
        async with lane.transaction() as connection:
            left = looks
            for _ in range(ROUNDS_MAX):
                plans = await self._ready(connection, left, now)
                await self._settle_plans(lane, connection, plans, now, reached)
                rows = await self._give(connection, plans, now)
                given += [(plan.look, rows, plan.give) for plan in plans if plan.give]
                left = [plan.look for plan in plans if self._wants_more(plan)]
                if not left:
                    break
        for look in left:
            look.again = True
        for look, rows, give in given:
            self._deal(look, rows, give, now)
        for queue in reached:
            self._moves.appeared(queue, now)

    def _wants_more(self, plan: Plan) -> bool:
        look = plan.look
        look.wanted -= len(plan.give)
        visited_all = len(plan.groups) < plan.asked and not plan.drop
        return look.wanted > 0 and not visited_all

    # ------------------------------------------------------------------------------------------- see

    async def _ready(self, connection: Connection, looks: list[Look], now: int) -> list[Plan]:
        """Lock groups for each look, and see what stands first in them."""
        plans = {look.state.id: Plan(look) for look in looks}
        for plan in plans.values():
            wanted = plan.look.wanted
            plan.asked = min(wanted, int(wanted / plan.look.state.depth) + len(plan.look.takers)) + len(plan.look.met)
        heads = [min(GROUP_HEADS_MAX, max(t.claim.limit for t in look.takers)) for look in looks]
        rows = await connection.fetch(
            _READY, now, list(plans), [plan.asked for plan in plans.values()], heads, list(map(asks_due, looks))
        )
        groups: dict[Group, Ready] = {}
        there: set[int] = set()
        for queue, incarnation, name, ready_at, number, seq, receives, visible_at, expires in rows:
            if name is None:
                there.add(queue)
                plans[queue].look.state.stands(incarnation)
                plans[queue].look.next_due = ready_at
                continue
            group = groups.get((incarnation, name))
            if group is None:
                group = groups[incarnation, name] = Ready(incarnation, name, (ready_at, number))
                plans[queue].groups.append(group)
            if seq is not None:
                group.heads.append(Head(seq, receives, visible_at, expires))
        for queue, plan in plans.items():
            if queue not in there:
                self.gone(queue)
                all_gone(plan.look)
        return [plan for queue, plan in plans.items() if queue in there]

    async def _settle_plans(
        self, lane: Lane, connection: Connection, plans: list[Plan], now: int, reached: set[int]
    ) -> None:
        """Decide which heads go to whom, and clear what is in the way."""
        for plan in plans:
            await self._plan(connection, plan, now)
            if plan.drop:
                await self._drop(lane, connection, plan, now, reached)
        stale = {group for plan in plans for group in plan.stale}
        if stale:
            await recompute(connection, stale, now)

    async def _plan(self, connection: Connection, plan: Plan, now: int) -> None:
        """Groups in the order in which they are ready, each to the first taker in line that has room."""
        takers = plan.look.takers
        at, room_in_all = 0, plan.look.wanted
        used, met = plan.look.used, plan.look.met
        groups = 0
        for group in sorted(plan.groups, key=lambda each: each.order):
            if group.key in met:
                continue
            while at < len(takers) and takers[at].claim.limit <= used.get(at, 0):
                at += 1
            if at == len(takers) or room_in_all <= 0:
                break
            room = min(room_in_all, takers[at].claim.limit - used.get(at, 0), GROUP_HEADS_MAX)
            heads = await self._heads(connection, plan, group, room, now)
            plan.give += [(at, head, group.incarnation) for head in heads]
            used[at] = used.get(at, 0) + len(heads)
            room_in_all -= len(heads)
            groups += bool(heads)
            if not heads:
                plan.stale.add(group.key)
            elif plan.look.claim.visibility_ms <= 0:
                met.add(group.key)
        if groups:
            plan.look.state.depth = 0.8 * plan.look.state.depth + 0.2 * len(plan.give) / groups

    async def _heads(self, connection: Connection, plan: Plan, group: Ready, room: int, now: int) -> list[Head]:
        """Of a group's first messages, up to `room` that may be given; what is in their way is noted to be dropped."""
        redrive = plan.look.claim.redrive
        given: list[Head] = []
        heads = group.heads
        while True:
            for head in heads:
                if len(given) == room:
                    return given
                if head.expires <= now:
                    plan.drop.append((group.incarnation, head.seq))
                elif head.visible_at > now:
                    return given
                elif (
                    redrive is not None
                    and head.receives >= redrive.receives_max
                    and await self._target(connection, plan)
                ):
                    plan.drop.append((group.incarnation, head.seq))
                else:
                    given.append(head)
            if not plan.drop or not heads or len(given) == room:
                return given
            rows = await connection.fetch(_HEADS, group.incarnation, group.name, heads[-1].seq, room)
            heads = [Head(*row) for row in rows]

    async def _target(self, connection: Connection, plan: Plan) -> Target | None:
        """Where what was received too often goes; None when that queue is gone."""
        redrive = plan.look.claim.redrive
        if not plan.target_asked and redrive is not None:
            plan.target_asked = True
            plan.target = (await self._moves.targets(connection, [redrive.queue])).get(redrive.queue)
        return plan.target

    async def _drop(self, lane: Lane, connection: Connection, plan: Plan, now: int, reached: set[int]) -> None:
        """Delete what has expired, and move what was received too often."""
        rows = await connection.fetch(_DROP, *_columns(sorted(plan.drop), 2))
        rows.sort(key=lambda row: row[1])
        if not rows:
            return
        await self._moves.count(lane, rows[0][0], -len(rows))
        redrive, target = plan.look.claim.redrive, plan.target
        if redrive is not None and target is not None:
            dead = [dead_letter(target, redrive, now, *row[3:]) for row in rows if row[2] > now]
            if dead:
                await self._moves.deliver(lane, target, dead, now)
                redrive.tell(len(dead))
                reached.add(target.id)

    # ------------------------------------------------------------------------------------------- give

    async def _give(self, connection: Connection, plans: list[Plan], now: int) -> list[Any]:
        """Hide what is given, and lock its groups. Returns the rows; a message that was settled meanwhile has none."""
        give = [
            (incarnation, head.seq, plan.look.claim.visibility_ms, 1, head.visible_at)
            for plan in plans
            for _, head, incarnation in plan.give
        ]
        rows: list[Any] = await connection.fetch(_GIVE, now, *_columns(sorted(give), 5)) if give else []
        return rows

    def _deal(self, look: Look, rows: list[Any], give: list[tuple[int, Head, int]], now: int) -> None:
        found = {(row[9], row[0]): row for row in rows}
        parts: dict[int, list[Any]] = {}
        for at, head, incarnation in give:
            if (row := found.get((incarnation, head.seq))) is not None:
                parts.setdefault(at, []).append(row)
        for at, part in parts.items():
            self._to_taker(look, look.takers[at], part, now, 1)

    def _to_taker(self, look: Look, taker: Taker, rows: list[Any], now: int, more: int) -> None:
        until = now + look.claim.visibility_ms
        look.state.claimed_since += len(rows)
        taker.got += map(claimed, rows)
        before = taker.undo

        async def undo(lane: Lane) -> None:
            if before is not None:
                await before(lane)
            await self.undo(lane, look.state.id, until, rows, more)

        taker.undo = undo

    async def undo(self, lane: Lane, queue: int, until: int, rows: Sequence[Any], more: int) -> None:
        """Take back a claim that nobody wants any more, of the messages that it still holds."""
        now = self._engine.clock.now_ms()
        incarnation: int = rows[0][9]
        groups = {(incarnation, row[6]) for row in rows}
        async with lane.transaction() as connection:
            await lock_groups(connection, groups)
            await connection.execute(
                _UNDO, incarnation, [row[0] for row in rows], [row[2] for row in rows], [row[11] for row in rows], more,
                until,
            )  # fmt: skip
            await recompute(connection, groups, now)
        self._stir(queue)

    # ------------------------------------------------------------------------------------------- attempts

    async def _attempt(self, lane: Lane, look: Look, attempt: str, now: int) -> None:
        """A claim that may repeat an earlier one: the same messages again while that still holds them all."""
        taker, queue = look.takers[0], look.state.id
        repeated: list[Any] = []
        given: list[tuple[Look, list[Any], list[tuple[int, Head, int]]]] = []
        reached: set[int] = set()
        async with lane.transaction() as connection:
            row = await connection.fetchrow(_LOCK_ATTEMPT, queue, attempt)
            if row is None:
                self.gone(queue)
                all_gone(look)
                return
            if row[0] > now:
                repeated = await self._repeat(connection, look, _unpack(row[1]), now)
            if not repeated and look.wanted > 0:
                for _ in range(ROUNDS_MAX):
                    plans = await self._ready(connection, [look], now)
                    await self._settle_plans(lane, connection, plans, now, reached)
                    rows = await self._give(connection, plans, now)
                    given += [(look, rows, plan.give) for plan in plans]
                    if not any(self._wants_more(plan) for plan in plans):
                        break
            got = repeated or [each for _, rows, _ in given for each in rows]
            if got:
                packed = _pack([(each[0], each[2]) for each in got])
                await connection.execute(_REMEMBER, queue, attempt, now + DEDUPLICATION_MS, packed)
            else:
                await connection.execute(_FORGET, queue, attempt)
        if repeated:
            self._to_taker(look, taker, repeated, now, 0)
        for each, rows, give in given:
            self._deal(each, rows, give, now)
        for target in reached:
            self._moves.appeared(target, now)

    async def _repeat(self, connection: Connection, look: Look, held: list[tuple[int, int]], now: int) -> list[Any]:
        sequences = [seq for seq, _ in held]
        seen = await connection.fetch(_HELD, look.state.id, sequences)
        if not seen:
            return []
        groups = {(row[0], row[2]) for row in seen}
        await lock_groups(connection, groups)
        rows = await connection.fetch(_HELD, look.state.id, sequences)  # as they are now that they are held
        if {(row[1], row[3]) for row in rows if row[4] > now and row[5] > now} != set(held):
            return []
        give = [(row[0], row[1], look.claim.visibility_ms, 0, row[4]) for row in rows]
        again: list[Any] = await connection.fetch(_GIVE, now, *_columns(give, 5))
        await recompute(connection, groups, now)
        order = {seq: at for at, seq in enumerate(sequences)}
        return sorted(again, key=lambda row: order[row[0]])


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [[] for _ in range(width)]
