"""Standard queues: append, claim, settle and extend, each as one statement for all queues and callers of a moment.

A statement is a transaction of its own here, so a batch is one round trip. It reads the queues' rows in its own
snapshot: an append that began before a purge or a delete was committed belongs to the messages that it removed. The
meanings are the port's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import structs
from msgspec.structs import astuple as fields_of

from chasqui.store.fairness import Tenants, tenant_of
from chasqui.store.port import Appended, InFlightLimit, NewMessage, QueueGone, Receipt, Settled
from chasqui.store.postgres.claims import Look, Taker, all_gone, apart, asks_due
from chasqui.store.postgres.engine import Answer, Command, Engine, Lane, Verb
from chasqui.store.postgres.fair import DEAD, GIVE, GIVEN, QUEUE, Fair
from chasqui.store.postgres.moves import Moves
from chasqui.store.postgres.shared import NOTE, claimed
from chasqui.store.postgres.state import SLOT_MS, QueueState

BYTES_MAX = 4 << 20
MESSAGES_MAX = 1000
"""So much goes into one statement: its parameters are copied several times."""

ROUNDS_MAX = 5
"""A claim that meets messages to be moved away looks so often before it gives way to others."""

UNDO_MARGIN_MS = 1000
NO_LIMIT = 2**31 - 1

NEVER = 1 << 62

Left = list[tuple[Look, list[int]]]
"""Looks, and the sequence numbers of messages that they met and that were received too often."""

_STORING = """
with stored as (
  insert into message (seq, incarnation, id, payload, sent_at, visible_at, expires, group_name, tenant, shared)
  select $1 + u.n, q.incarnation, u.id, u.payload, u.sent_at, u.visible_at, u.expires, u.group_name,
    coalesce(u.tenant, 0), u.shared
  from unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[],
    $9::bigint[], $13::bigint[])
    with ordinality u(queue, id, payload, sent_at, visible_at, expires, group_name, tenant, shared, n)
  join queue q on q.id = any(array[u.queue]) {where}),
counted as (
  insert into tally (incarnation, slot, total)
  select q.incarnation, $10, w.n from unnest($11::bigint[], $12::bigint[]) w(queue, n)
  join queue q on q.id = any(array[w.queue]) {where} order by 1
  on conflict (incarnation, slot) do update set total = tally.total + excluded.total){more}
select id from queue where id = any($11::bigint[])
"""
_APPEND = _STORING.format(where="", more="")
_ALL_STAND = """where not exists (
    select from unnest($11::bigint[]) g(queue)
    where not exists (select from queue s where s.id = any(array[g.queue])))"""
_APPEND_ALL = _STORING.format(
    where=_ALL_STAND,
    more=f""",
kept as (
  insert into shared (id, data) select n.id, n.data from unnest($14::bigint[], $15::bytea[]) n(id, data)
  {_ALL_STAND})""",
)

_CLAIM = f"""
with w as materialized (
  select q.id as queue, q.incarnation, w.low, w.most, w.hide, w.receives_max, w.due
  from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[], $7::boolean[])
    w(queue, low, most, hide, receives_max, due)
  join queue q on q.id = any(array[w.queue])),
c as materialized (
  select w.queue, w.hide, w.receives_max, m.*
  from w cross join lateral (
    select incarnation, seq, receives, visible_at from message
    where incarnation + 1 = w.incarnation + 1 and visible_at >= w.low and visible_at <= $1 and expires + 0 > $1
    order by visible_at, seq + 1 limit w.most for update skip locked) m),
{GIVE}
"""

# Receipts meet their queues first: joined with both at once, the planner would look a row up by half of its key.
_SETTLE = f"""
with r as materialized (
  select r.queue, q.incarnation, r.seq, r.token
  from unnest($1::bigint[], $2::bigint[], $3::bytea[]) r(queue, seq, token) join queue q on q.id = any(array[r.queue])),
gone as (
  delete from message m using r
  where m.incarnation = any(array[r.incarnation]) and m.seq = r.seq and substr(m.id, 1, 8) = r.token
    and m.expires + 0 > $4
  returning r.queue, m.incarnation, r.seq, r.token, m.visible_at, m.group_name, m.shared),
noted as {NOTE.format(gone="gone")},
counted as (
  insert into tally (incarnation, slot, total)
  select incarnation, $5, -count(*) from gone group by incarnation order by 1
  on conflict (incarnation, slot) do update set total = tally.total + excluded.total)
select queue, seq, token, visible_at, group_name from gone
union all
select id, null, null, null, null from queue where id = any($6::bigint[])
"""

_EXTEND = """
with r as materialized (
  select r.queue, q.incarnation, r.seq, r.token, r.duration
  from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bigint[]) r(queue, seq, token, duration)
  join queue q on q.id = any(array[r.queue])),
moved as (
  update message m set visible_at = $5 + r.duration from r
  where m.incarnation = any(array[r.incarnation]) and m.seq = r.seq and substr(m.id, 1, 8) = r.token
    and m.expires + 0 > $5
  returning r.queue, r.seq, r.token, m.group_name)
select queue, seq, token, group_name from moved
union all
select id, null, null, null from queue where id = any($6::bigint[])
"""

# Rows that were given back do not go far below where the claims of other nodes begin to look.
_UNDO = """
with r as materialized (
  select q.incarnation, r.* from queue q, unnest($2::bigint[], $3::integer[], $4::bigint[]) r(seq, receives, was)
  where q.id = $1)
update message m set visible_at = greatest(r.was, $5), receives = m.receives - 1,
  first_received_at = case when m.receives = 1 then null else m.first_received_at end
from r
where m.incarnation = any(array[r.incarnation]) and m.seq = r.seq and m.receives = r.receives and m.visible_at + 0 = $6
returning m.visible_at, m.group_name
"""

_IN_FLIGHT = """
select q.id, q.incarnation, (
  select count(*) from message m where m.incarnation + 1 = q.incarnation + 1 and m.visible_at > $2 and m.receives > 0)
from queue q where q.id = any($1::bigint[])
"""


class Appends(Verb):
    """Appends, as many together as a statement should carry."""

    def take(self) -> list[Command]:
        size = count = end = 0
        gathered = self.gathered
        while end < len(gathered) and size < BYTES_MAX and count < MESSAGES_MAX:
            messages = gathered[end].argument
            size += sum([len(m.payload) for m in messages])
            count += len(messages)
            end += 1
        taken, self.gathered = gathered[:end], gathered[end:]
        return taken


class Standard:
    """The verbs on standard queues."""

    def __init__(self, engine: Engine, moves: Moves, stir: Callable[[int], object]) -> None:
        """`stir` is called for queues in which something may have become visible, after the commit."""
        self._engine = engine
        self._moves = moves
        self._stir = stir
        self._fair = Fair(engine)
        self.gone: Callable[[int], object] = lambda queue: None
        """Told of queues that turn out to have been deleted."""

    def _state(self, queue: int) -> QueueState | None:
        return self._engine.states.get(queue)

    def _gone(self, queue: int) -> QueueGone:
        self.gone(queue)
        return QueueGone(f"queue {queue} does not exist")

    # ------------------------------------------------------------------------------------------- append

    async def append(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        queues: list[int] = []
        messages: list[NewMessage] = []
        for _, queue, appended in commands:
            queues += [queue] * len(appended)
            messages += appended
        if not messages:
            return [Answer(command.pending, []) for command in commands]
        there, first = await self.store(lane, queues, messages)
        self.stored(queues, messages, there)
        return self._appended(commands, there, first)

    async def store(
        self, lane: Lane, queues: list[int], messages: Sequence[NewMessage], shared: Sequence[int | None] = (),
        new: tuple[Sequence[int], Sequence[bytes]] | None = None,
    ) -> tuple[set[int], int]:  # fmt: skip
        """Put each message into the queue named beside it. Returns the queues that stand, and the first of the
        messages' sequence numbers. `shared` are the numbers of what they share. With `new` (numbers, bytes) that is
        stored as well, and nothing is stored at all unless every queue stands."""
        ids, payloads, sent, visible, expires, groups, *_ = zip(*map(fields_of, messages), strict=True)
        named = any(groups)
        tenants = list(map(tenant_of, groups)) if named else []
        counts = Counter(queues)
        first = await self._engine.sequences(lane, len(messages) + 1)
        found = await lane.fetch(
            _APPEND if new is None else _APPEND_ALL, first - 1, queues, ids, payloads, sent, visible, expires,
            groups if named else [], tenants, lane.slot, sorted(counts), [counts[each] for each in sorted(counts)],
            shared, *(new or ()),
        )  # fmt: skip
        return {row[0] for row in found}, first

    def stored(self, queues: Sequence[int], messages: Sequence[NewMessage], there: set[int]) -> None:
        """Messages that were put into queues are committed."""
        lowest: dict[int, int] = {}
        named = False
        for queue, message in zip(queues, messages, strict=True):
            named = named or message.group is not None
            if message.visible_at_ms < lowest.get(queue, NEVER):
                lowest[queue] = message.visible_at_ms
        if named:
            self._note_sent(queues, [tenant_of(each.group) for each in messages])
        for queue in there:
            self._appeared(queue, lowest.get(queue, NEVER))

    def _appended(self, commands: list[Command], there: set[int], sequence: int) -> list[Answer]:
        answers = []
        for pending, queue, messages in commands:
            if queue in there:
                appended = [Appended(at, m.id) for at, m in enumerate(messages, sequence)]
                answers.append(Answer(pending, appended))
            else:
                answers.append(Answer(pending, error=self._gone(queue)))
            sequence += len(messages)
        return answers

    def _note_sent(self, queues: Sequence[int], tenants: Sequence[int]) -> None:
        now = self._engine.clock.now_ms()
        for queue, tenant in zip(queues, tenants, strict=True):
            state = self._state(queue) if tenant else None
            if state is not None and state.tenants is not None:
                state.tenants.sent([tenant], now)

    def _appeared(self, queue: int, visible_at: int) -> None:
        """Rows that fall due from then on are committed."""
        state = self._state(queue)
        if state is not None:
            state.appeared(visible_at)
        self._stir(queue)

    # ------------------------------------------------------------------------------------------- claim

    async def claim(self, lane: Lane, looks: list[Look]) -> None:
        """Deal to each look's takers what there is."""
        now = self._engine.clock.now_ms()
        await self._count(lane, looks, now)
        for look in looks:
            room = look.claim.in_flight_max - look.state.in_flight
            look.full = room < look.wanted
            look.wanted = min(look.wanted, room)
            look.state.pass_time(now)
        plain = [look for look in looks if look.wanted > 0 and not look.state.fair]
        left = await self._round(lane, plain, now) if plain else []
        # From here on something may be committed, so what fails is its look's affair alone.
        for look in looks:
            if look.wanted > 0 and look.state.fair and look not in plain:
                await apart(lane, look, self._claim_fair(lane, look, now))
        for look, dead in left:
            await apart(lane, look, self._go_on(lane, look, dead, now))
        for look in looks:
            if look.full and look.wanted <= 0:
                self._deny(look)

    def _deny(self, look: Look) -> None:
        """Those who got nothing learn that there is no room."""
        error = InFlightLimit(f"{look.state.in_flight} messages are in flight")
        for taker in look.takers:
            if not taker.got:
                taker.error = error

    async def _claim_fair(self, lane: Lane, look: Look, now: int) -> None:
        async for rows in self._fair.claim(lane, look, now):
            for each, dead in self._took({look.state.id: look}, rows, now):
                await self._go_on(lane, each, dead, now)

    async def _go_on(self, lane: Lane, look: Look, dead: list[int], now: int) -> None:
        """Move messages that were received too often, and look for others in their place."""
        for _ in range(ROUNDS_MAX):
            redrive, state = look.claim.redrive, look.state
            if redrive is not None and not await self._moves.redrive(lane, state.id, redrive, dead, now):
                # The target is gone: they are given out as usual.
                look.claim = structs.replace(look.claim, redrive=None)
                state.low_until, state.fair_floor = 0.0, (0, 0)
            left = await self._round(lane, [look], now) if look.wanted > 0 else []
            if not left:
                return
            dead = left[0][1]
        look.again = True

    async def _count(self, lane: Lane, looks: list[Look], now: int) -> None:
        """Find out how many messages are in flight where it may matter."""
        asked = [look.state for look in looks if look.state.must_count(look.wanted, look.claim.in_flight_max)]
        if asked:
            rows = await lane.fetch(_IN_FLIGHT, [state.id for state in asked], now)
            found = {row[0]: row for row in rows}
            for state in asked:
                if (row := found.get(state.id)) is not None:
                    state.stands(row[1])
                    state.counted(row[2])

    async def _round(self, lane: Lane, looks: list[Look], now: int) -> Left:
        """One statement for all."""
        by_queue = {look.state.id: look for look in looks}
        begins = [look.state.begin() for look in looks]
        limits = [NO_LIMIT if look.claim.redrive is None else look.claim.redrive.receives_max for look in looks]
        rows = await lane.fetch(
            _CLAIM, now, list(by_queue), begins, [look.wanted for look in looks],
            [look.claim.visibility_ms for look in looks], limits, [asks_due(look) for look in looks],
        )  # fmt: skip
        left = self._took(by_queue, rows, now)
        for look, began in zip(looks, begins, strict=True):
            # When it got all it wanted, there may be more from the first that it got.
            look.state.seen(began, look.lowest if look.wanted <= 0 else now)
        return left

    def _took(self, by_queue: dict[int, Look], rows: Sequence[Any], now: int) -> Left:
        """Deal what a statement gave. Returns the looks that met messages which were received too often, and these."""
        found: dict[int, list[Any]] = {}
        dead: dict[int, list[int]] = {}
        there: set[int] = set()
        for row in rows:
            what, queue = row[9], row[10]
            if what == GIVEN:
                found.setdefault(queue, []).append(row)
            elif what == DEAD:
                dead.setdefault(queue, []).append(row[0])
            elif what == QUEUE:
                there.add(queue)
                by_queue[queue].state.stands(row[0])
                by_queue[queue].next_due = row[8]
        for queue, look in by_queue.items():
            if queue not in there:
                self.gone(queue)
                all_gone(look)
            elif (given := found.get(queue)) is not None:
                given.sort(key=_by_age)
                look.lowest = given[0][11]
                self._deal(look, given, now)
        return [(by_queue[queue], sequences) for queue, sequences in dead.items()]

    # ------------------------------------------------------------------------------------------- deal

    def _deal(self, look: Look, rows: list[Any], now: int) -> None:
        """Messages to the takers in line."""
        if not rows:
            return
        state = look.state
        until = now + look.claim.visibility_ms
        look.wanted -= len(rows)
        state.claimed_since += len(rows)
        at = 0
        for taker in look.takers:
            room = taker.claim.limit - len(taker.got)
            if room <= 0:
                continue
            part = rows[at : at + room]
            if not part:
                break
            at += len(part)
            taker.got += map(claimed, part)
            _can_undo(taker, partial(self.undo, state, until, part))
        self._learn(state, [row[6] for row in rows], until, now)

    def _learn(self, state: QueueState, groups: list[str | None], until: int, now: int) -> None:
        if state.tenants is None and not any(groups):
            return
        if state.tenants is None:
            state.tenants = Tenants(now)
        if until > now:
            state.tenants.claimed([tenant_of(each) for each in groups], until // SLOT_MS, now)

    async def undo(self, state: QueueState, until: int, rows: Sequence[Any], lane: Lane) -> None:
        """Take back a claim that nobody wants any more, of the messages that it still holds."""
        now = self._engine.clock.now_ms()
        back = await lane.fetch(
            _UNDO, state.id, [row[0] for row in rows], [row[2] for row in rows], [row[11] for row in rows],
            now - UNDO_MARGIN_MS, until,
        )  # fmt: skip
        for visible_at, group in back:
            state.appeared(visible_at)
            self._release(state, until, group, now)
        state.fair_floor = (0, 0)
        self._stir(state.id)

    def released(self, queue: int, visible_at: int, group: str | None) -> None:
        """A message that was in flight until then is gone, and that is committed."""
        state = self._state(queue)
        if state is not None:
            self._release(state, visible_at, group, self._engine.clock.now_ms())

    def _release(self, state: QueueState, until: int, group: str | None, now: int) -> None:
        state.released_since += until > now
        if state.tenants is not None:
            state.tenants.released(tenant_of(group), until // SLOT_MS, now)

    # ------------------------------------------------------------------------------------------- settle, extend

    async def settle(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        now = self._engine.clock.now_ms()
        wanted = {(c.queue, r.sequence, r.token) for c in commands for r in c.argument}
        queues = sorted({c.queue for c in commands})
        rows = await lane.fetch(_SETTLE, *_columns(sorted(wanted), 3), now, lane.slot, queues)
        gone: set[Any] = set()
        there: set[int] = set()
        for queue, seq, token, visible_at, group in rows:
            if seq is None:
                there.add(queue)
                continue
            gone.add((queue, seq, token))
            state = self._state(queue)
            if state is not None:
                self._release(state, visible_at, group, now)
        answers = []
        for pending, queue, receipts in commands:
            if queue not in there:
                answers.append(Answer(pending, error=self._gone(queue)))
                continue
            settled = []
            for receipt in receipts:
                key = queue, receipt.sequence, receipt.token
                settled.append(Settled.DONE if key in gone else Settled.MISSING)
                gone.discard(key)  # a second receipt of the same message comes too late
            answers.append(Answer(pending, settled))
        return answers

    async def extend(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        now = self._engine.clock.now_ms()
        # Of several changes to one message the last one stands.
        wanted: dict[Any, tuple[Receipt, int]] = {}
        for _, queue, changes in commands:
            for receipt, duration in changes:
                wanted[queue, receipt.sequence, receipt.token] = receipt, duration
        rows = [(*key, duration) for key, (_, duration) in sorted(wanted.items(), key=_by_key)]
        queues = sorted({c.queue for c in commands})
        moved = await lane.fetch(_EXTEND, *_columns(rows, 4), now, queues)
        there = {row[0] for row in moved if row[1] is None}
        done = {(row[0], row[1], row[2]): row[3] for row in moved if row[1] is not None}
        for key, group in done.items():
            receipt, duration = wanted[key]
            self._extended(key[0], receipt.hidden_until_ms, now + duration, group, now)
        answers = []
        for pending, queue, changes in commands:
            if queue in there:
                outcomes = [
                    Settled.DONE if (queue, r.sequence, r.token) in done else Settled.MISSING for r, _ in changes
                ]
                answers.append(Answer(pending, outcomes))
            else:
                answers.append(Answer(pending, error=self._gone(queue)))
        return answers

    def _extended(self, queue: int, before: int, visible_at: int, group: str | None, now: int) -> None:
        state = self._state(queue)
        if state is not None:
            if before > now:
                self._release(state, before, group, now)
            state.claimed_since += visible_at > now
            if state.tenants is not None and visible_at > now:
                state.tenants.claimed([tenant_of(group)], visible_at // SLOT_MS, now)
            state.lower_fair_floor(visible_at)
        self._appeared(queue, visible_at)


def _by_age(row: Any) -> tuple[int, int]:
    return row[11], row[0]


def _by_key(item: tuple[Any, Any]) -> Any:
    return item[0]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [[] for _ in range(width)]


def _can_undo(taker: Taker, undo: Callable[[Lane], Any]) -> None:
    before = taker.undo
    if before is None:
        taker.undo = undo
        return

    async def both(lane: Lane) -> None:
        await before(lane)
        await undo(lane)

    taker.undo = both
