"""FIFO queues: order within a group, deduplication, and groups' locks that hold on every node.

The group's row is the lock. Whoever appends to a group, claims from it or settles in it holds the row until its commit:
an append draws its numbers only then, so numbers become visible in order; deduplication keys are locked by their own
rows. Groups are locked in the order of (incarnation, name), then keys in theirs. A claim passes over what is locked.
The meanings are the port's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from chasqui.store.port import DEDUPLICATION_MS, Appended, NewMessage, QueueGone, Receipt, Settled
from chasqui.store.postgres.connection import LOST, Connection
from chasqui.store.postgres.engine import Answer, Command, Engine, Lane
from chasqui.store.postgres.moves import FIFO_BLOCK
from chasqui.store.postgres.shared import NOTE

GROUP_HEADS_MAX = 100
"""So many messages of one group at most are given in one claim, and so are those in flight among its first."""

Group = tuple[int, str]
"""(incarnation, name)"""

_log = logging.getLogger("chasqui.store")

# Each step waits for the whole of the one before, since it takes a value from it: queues, groups' locks, the block of
# numbers, deduplication keys, messages.
_APPEND = """
with u as materialized (
  select u.n, q.id as queue, q.incarnation, u.id, u.payload, u.sent_at, u.visible_at, u.expires, u.name, u.key,
    u.shared
  from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bytea[],
    $13::bigint[])
    with ordinality u(queue, id, payload, sent_at, visible_at, expires, name, key, shared, n)
  join queue q on q.id = any(array[u.queue])),
g as (
  insert into grp (incarnation, name, ready_at, number)
  select incarnation, name, ready_at, nextval('group_number')
  from (
    select incarnation, name collate "C" as name, (array_agg(visible_at order by n))[1] as ready_at
    from u group by 1, 2) x
  order by incarnation, name
  on conflict (incarnation, name) do update
    set ready_at = case when grp.flying = 0 then least(grp.ready_at, excluded.ready_at) else grp.ready_at end
  returning 1),
b as materialized (select nextval('fifo_block') * $9 as block from (select count(*) from g) locked),
d as (
  insert into dedup (queue, key, until, seq, id)
  select queue, key, $10::bigint + $11::bigint, block + n, id from u cross join b where key is not null
  order by queue, key
  on conflict (queue, key) do update set
    until = case when dedup.until <= $10 then excluded.until else dedup.until end,
    seq = case when dedup.until <= $10 then excluded.seq else dedup.seq end,
    id = case when dedup.until <= $10 then excluded.id else dedup.id end
  returning queue, key, seq, id),
stored as (
  insert into fifo (seq, incarnation, id, payload, sent_at, visible_at, expires, name, delayed_until, shared)
  select b.block + u.n, u.incarnation, u.id, u.payload, u.sent_at, u.visible_at, u.expires, u.name,
    case when u.visible_at > $10 then u.visible_at end, u.shared
  from u cross join b left join d on d.queue = u.queue and d.key = u.key
  where u.key is null or d.id = u.id
  returning incarnation),
counted as (
  insert into tally (incarnation, slot, total)
  select incarnation, $12, count(*) from stored group by 1 order by 1
  on conflict (incarnation, slot) do update set total = tally.total + excluded.total)
select u.n, u.queue, u.incarnation, coalesce(d.seq, b.block + u.n), d.id
from u cross join b left join d on d.queue = u.queue and d.key = u.key
"""

_LOCK = """
select g.incarnation, g.name from grp g join unnest($1::bigint[], $2::text[]) w(incarnation, name)
  on g.incarnation = any(array[w.incarnation]) and g.name = w.name
order by w.incarnation, w.name collate "C" for update of g
"""
_LOCK_OF_RECEIPTS = """
with r as materialized (
  select q.incarnation, r.seq from unnest($1::bigint[], $2::bigint[]) r(queue, seq)
  join queue q on q.id = any(array[r.queue])),
w as materialized (
  select f.incarnation, f.name from r join fifo f on f.incarnation = any(array[r.incarnation]) and f.seq = r.seq)
select g.incarnation, g.name from grp g join w
  on g.incarnation = any(array[w.incarnation]) and g.name = w.name
order by w.incarnation, w.name collate "C" for update of g
"""
# A group's rows that were received are its first; the prefix ends with the first that was not.
PREFIX = f"""
select seq, visible_at, receives from fifo f
where f.incarnation + 1 = w.incarnation + 1 and f.name = w.name and f.seq + 1 <= coalesce((
  select h.seq + 1 from fifo h where h.incarnation + 1 = w.incarnation + 1 and h.name = w.name and h.receives = 0
  order by h.seq + 1 limit 1), {2**63 - 1})
order by f.seq + 1 limit {GROUP_HEADS_MAX}
"""
_RECOMPUTE = f"""
with s as materialized (
  select w.incarnation, w.name, x.* from unnest($1::bigint[], $2::text[]) w(incarnation, name)
  cross join lateral (
    select (array_agg(visible_at order by seq))[1] as head,
      max(visible_at) filter (where receives > 0 and visible_at > $3) as last,
      min(visible_at) filter (where receives > 0 and visible_at > $3) as first,
      count(*) filter (where receives > 0 and visible_at > $3) as flying
    from ({PREFIX}) p) x),
gone as (
  delete from grp g using s where s.head is null and g.incarnation = any(array[s.incarnation]) and g.name = s.name)
update grp g set ready_at = coalesce(s.last, greatest(s.head, $3)),
  flying = case when s.first = s.last then s.flying when s.first < s.last then -1 else 0 end
from s where s.head is not null and g.incarnation = any(array[s.incarnation]) and g.name = s.name
"""

_DROP_EMPTY = """
delete from grp g using unnest($1::bigint[], $2::text[]) w(incarnation, name)
where g.incarnation = any(array[w.incarnation]) and g.name = w.name
  and not exists (select from fifo f where f.incarnation + 1 = w.incarnation + 1 and f.name = w.name)
"""

_HELD = """f.incarnation = any(array[r.incarnation]) and f.seq = r.seq and substr(f.id, 1, 8) = r.token
    and f.receives = r.receives and f.visible_at > $5 and f.expires + 0 > $5"""
_RECEIPTS = """
with r as materialized (
  select r.n, r.queue, q.incarnation, r.seq, r.token, r.receives {more}
  from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::integer[] {types})
    with ordinality r(queue, seq, token, receives {more} , n)
  left join queue q on q.id = any(array[r.queue])),
"""
# 0 done, 1 missing, 2 expired, null: the queue is gone.
_OUTCOMES = """
select r.n, d.name, d.incarnation, case when r.incarnation is null then null when d.n is not null then 0
  when f.seq is null then 1 else 2 end
from r left join d on d.n = r.n
left join fifo f on f.incarnation = any(array[r.incarnation]) and f.seq = r.seq and substr(f.id, 1, 8) = r.token
  and f.expires + 0 > $5
order by r.n
"""
_SETTLE = f"""
{_RECEIPTS.format(more="", types="")}
d as (delete from fifo f using r where {_HELD}
  returning r.n, f.incarnation, f.name, f.seq, f.shared),
noted as {NOTE.format(gone="d")},
counted as (
  insert into tally (incarnation, slot, total)
  select incarnation, $6, -count(*) from d group by 1 order by 1
  on conflict (incarnation, slot) do update set total = tally.total + excluded.total)
{_OUTCOMES}
"""
_EXTEND = f"""
{_RECEIPTS.format(more=", duration", types=", $6::bigint[]")}
d as (update fifo f set visible_at = $5 + r.duration from r where {_HELD} returning r.n, f.incarnation, f.name)
{_OUTCOMES}
"""


class Stored(NamedTuple):
    """What became of messages."""

    outcomes: list[Appended | None]
    """None: the queue is gone."""
    suspects: set[Group]
    """Groups which duplicates may have left without a message."""


def _outcome(appended: Appended | None, repeated: bool) -> Appended | None:
    return Appended(appended.sequence, appended.id, True) if appended is not None and repeated else appended


class Fifo:
    """Append, settle and extend; claims are in `fifo_claims`."""

    def __init__(self, engine: Engine, stir: Callable[[int], object]) -> None:
        self._engine = engine
        self._stir = stir
        self.gone: Callable[[int], object] = lambda queue: None
        """Told of queues that turn out to have been deleted."""

    def _gone(self, queue: int) -> QueueGone:
        self.gone(queue)
        return QueueGone(f"queue {queue} does not exist")

    # ------------------------------------------------------------------------------------------- append

    async def append(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        queues = [c.queue for c in commands for _ in c.argument]
        stored = await self.store(lane, queues, [m for c in commands for m in c.argument])
        self.stored(queues, stored)
        await self._drop_empty(lane, stored.suspects)
        return self._appended(commands, stored.outcomes)

    async def store(
        self, lane: Lane, queues: Sequence[int], messages: Sequence[NewMessage], shared: Sequence[int | None] = ()
    ) -> Stored:
        """Put each message, of up to `FIFO_BLOCK - 1`, into the queue named beside it; `shared` are the numbers of what
        they share."""
        rows: list[tuple[Any, ...]] = []
        # Of the messages that have a key in common in this batch, the first may be stored; the others are duplicates of
        # whatever becomes of it.
        first: dict[tuple[int, bytes], int] = {}
        places: list[tuple[int, bool]] = []
        for queue, m, number in zip(queues, messages, shared or [None] * len(messages), strict=True):
            key = m.deduplication
            at = first.setdefault((queue, key), len(rows)) if key is not None else len(rows)
            places.append((at, at < len(rows)))
            if at == len(rows):
                rows.append((
                    queue, m.id, m.payload, m.sent_at_ms, m.visible_at_ms, m.expires_at_ms, m.group or "", key, number,
                ))  # fmt: skip
        now = self._engine.clock.now_ms()
        *columns, numbers = _columns(rows, 9)
        found = await lane.fetch(_APPEND, *columns, FIFO_BLOCK, now, DEDUPLICATION_MS, lane.slot, numbers)
        outcomes: dict[int, Appended] = {}
        suspects: set[Group] = set()
        for n, _, incarnation, seq, kept in found:
            id = rows[n - 1][1]
            duplicate = kept is not None and kept != id
            outcomes[n - 1] = Appended(seq, kept if duplicate else id, duplicate)
            if duplicate:
                suspects.add((incarnation, rows[n - 1][6]))
        return Stored([_outcome(outcomes.get(at), repeated) for at, repeated in places], suspects)

    def stored(self, queues: Sequence[int], stored: Stored) -> None:
        """Messages that were put into queues are committed."""
        reached = zip(queues, stored.outcomes, strict=True)
        for queue in {queue for queue, each in reached if each is not None and not each.duplicate}:
            self._stir(queue)

    async def _drop_empty(self, lane: Lane, groups: set[Group]) -> None:
        """A duplicate may have made a group without a message. Left alone, it goes with the next claim."""
        if groups:
            try:
                async with lane.transaction() as connection:
                    await lock_groups(connection, groups)
                    await drop_empty(connection, groups)
            except LOST:
                lane.lose()
            except Exception:  # noqa: BLE001  the appends are committed, whatever becomes of this
                _log.warning("an empty group was left behind", exc_info=True)

    def _appended(self, commands: list[Command], outcomes: list[Appended | None]) -> list[Answer]:
        answers = []
        at = 0
        for pending, queue, messages in commands:
            appended = [each for each in outcomes[at : at + len(messages)] if each is not None]
            at += len(messages)
            if len(appended) == len(messages):
                answers.append(Answer(pending, appended))
            else:
                answers.append(Answer(pending, error=self._gone(queue)))
        return answers

    # ------------------------------------------------------------------------------------------- settle, extend

    async def settle(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        now = self._engine.clock.now_ms()
        # A receipt given twice deletes once.
        wanted = list(dict.fromkeys((c.queue, r.sequence, r.token, r.receives) for c in commands for r in c.argument))
        outcomes: dict[Any, int | None] = {}
        async with lane.transaction() as connection:
            columns = _columns(wanted, 4)
            await connection.fetch(_LOCK_OF_RECEIPTS, columns[0], columns[1])
            rows = await connection.fetch(_SETTLE, *columns, now, lane.slot)
            groups = {(row[2], row[1]) for row in rows if row[1] is not None}
            await recompute(connection, groups, now)
            outcomes = {key: row[3] for key, row in zip(wanted, rows, strict=True)}
        gone: set[tuple[int, int]] = set()
        answers = []
        for pending, queue, receipts in commands:
            settled: list[Settled] = []
            there = True
            for r in receipts:
                outcome = outcomes[queue, r.sequence, r.token, r.receives]
                there = there and outcome is not None
                missing = (queue, r.sequence) in gone
                settled.append(Settled.MISSING if missing else Settled(outcome or 0))
                if outcome == 0:
                    gone.add((queue, r.sequence))
            self._note_released(queue, settled.count(Settled.DONE))
            answers.append(self._outcome(pending, queue, settled, there))
        return answers

    def released(self, queue: int) -> None:
        """A message that was in flight is gone, and that is committed."""
        self._note_released(queue, 1)
        self._stir(queue)

    def _note_released(self, queue: int, count: int) -> None:
        state = self._engine.states.get(queue)
        if state is not None:
            state.released_since += count

    def _outcome(self, pending: Any, queue: int, outcomes: list[Settled], there: bool) -> Answer:
        if not there:
            return Answer(pending, error=self._gone(queue))
        if Settled.DONE in outcomes:
            self._stir(queue)
        return Answer(pending, outcomes)

    async def extend(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        now = self._engine.clock.now_ms()
        wanted = [(at, c.queue, *change) for at, c in enumerate(commands) for change in c.argument]
        outcomes: list[list[Settled | None]] = [[] for _ in commands]
        async with lane.transaction() as connection:
            await connection.fetch(
                _LOCK_OF_RECEIPTS, [each[1] for each in wanted], [each[2].sequence for each in wanted]
            )
            groups: set[Group] = set()
            for part in _turns(wanted):
                rows = await connection.fetch(_EXTEND, *_columns([_change(each) for each in part], 5)[:4], now,
                    [each[3] for each in part])  # fmt: skip
                for (at, *_), (_, name, incarnation, outcome) in zip(part, rows, strict=True):
                    outcomes[at].append(None if outcome is None else Settled(outcome))
                    if name is not None:
                        groups.add((incarnation, name))
            await recompute(connection, groups, now)
        return [
            self._outcome(c.pending, c.queue, [each for each in found if each is not None], None not in found)
            for c, found in zip(commands, outcomes, strict=True)
        ]


Change = tuple[int, int, Receipt, int]
"""(which command, queue, receipt, duration)"""


def _turns(wanted: Sequence[Change]) -> list[list[Change]]:
    """Changes that may be made by one statement: of each message one, the others in their turn after it."""
    turns: list[list[Change]] = []
    seen: dict[tuple[int, int], int] = {}
    reached: dict[int, int] = {}
    for each in wanted:
        key = each[1], each[2].sequence
        # Never before an earlier change of the same command: outcomes are told in order.
        turn = max(seen.get(key, 0), reached.get(each[0], 0))
        seen[key], reached[each[0]] = turn + 1, turn
        while len(turns) <= turn:
            turns.append([])
        turns[turn].append(each)
    return turns


def _change(each: Change) -> tuple[Any, ...]:
    _, queue, receipt, duration = each
    return queue, receipt.sequence, receipt.token, receipt.receives, duration


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [[] for _ in range(width)]


async def lock_groups(connection: Connection, groups: Collection[Group]) -> None:
    """Hold groups until the transaction ends, in their order."""
    await connection.fetch(_LOCK, *_columns(sorted(groups), 2))


async def lock_groups_of(connection: Connection, queues: Sequence[int], sequences: Sequence[int]) -> None:
    """The same for the groups of messages."""
    await connection.fetch(_LOCK_OF_RECEIPTS, queues, sequences)


async def drop_empty(connection: Connection, groups: Collection[Group]) -> None:
    """Within the transaction that holds them: those without a message go."""
    if groups:
        await connection.execute(_DROP_EMPTY, *_columns(sorted(groups), 2))


async def recompute(connection: Connection, groups: Collection[Group], now: int) -> None:
    """Within the transaction that holds them: set groups' locks from what is in them. Those that are empty go."""
    if groups:
        await connection.execute(_RECOMPUTE, *_columns(sorted(groups), 2), now)
