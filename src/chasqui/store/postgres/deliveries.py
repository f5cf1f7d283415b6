"""The verb `deliver`: messages for many queues, records for logs and the end of what they came from, all or nothing.

The common one, new messages for standard queues, is one statement for all commands of a moment. It does nothing when
one of the queues is gone; then, and for all else, the commands are run in a transaction. That takes its locks in this
order: groups of what is settled, groups of what is done once, their keys of deduplication, groups and keys of the
queues, heads of logs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chasqui.base.pending import Pending
from chasqui.store.port import (
    DEDUPLICATION_MS,
    Appended,
    ClaimLost,
    Delivered,
    Delivery,
    NewMessage,
    Once,
    Post,
    QueueGone,
    StoreError,
)
from chasqui.store.postgres import shared
from chasqui.store.postgres.connection import Connection
from chasqui.store.postgres.engine import PLANS_WITHIN, Answer, Engine, Lane, Work
from chasqui.store.postgres.fifo import Fifo, Group, Stored, drop_empty
from chasqui.store.postgres.logs import Logs
from chasqui.store.postgres.moves import FIFO_BLOCK
from chasqui.store.postgres.settlement import Settle, Settlement, keys
from chasqui.store.postgres.standard import BYTES_MAX, MESSAGES_MAX, Standard
from chasqui.store.postgres.state import FAR
from chasqui.store.posts import alternatives

MESSAGES_GUESSED = 10
"""So many messages a function is taken to make, when it is decided how many commands go together."""

FIFO_MAX = FIFO_BLOCK - 1

_KINDS = "select id, ordered from queue where id = any($1::bigint[])"
# As in `fifo`: groups are locked, then numbers are drawn, then keys are looked for. A group that has no message gets a
# row for as long as it is locked, which no claim finds.
_NUMBER = """
with u as materialized (
  select u.n, q.id as queue, q.incarnation, u.name, u.id, u.key
  from unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[]) with ordinality u(queue, name, id, key, n)
  join queue q on q.id = any(array[u.queue])),
g as (
  insert into grp (incarnation, name, ready_at, number)
  select incarnation, name, $8::bigint, nextval('group_number')
  from (select distinct incarnation, name collate "C" as name from u) x
  order by incarnation, name
  on conflict (incarnation, name) do update set ready_at = grp.ready_at
  returning 1),
b as materialized (select nextval('fifo_block') * $5 as block from (select count(*) from g) locked),
d as (
  insert into dedup (queue, key, until, seq, id)
  select queue, key, $6::bigint + $7::bigint, block + n, id from u cross join b where key is not null
  order by queue, key
  on conflict (queue, key) do update set
    until = case when dedup.until <= $6 then excluded.until else dedup.until end,
    seq = case when dedup.until <= $6 then excluded.seq else dedup.seq end,
    id = case when dedup.until <= $6 then excluded.id else dedup.id end
  returning queue, key, seq, id)
select u.n, u.incarnation, coalesce(d.seq, b.block + u.n), coalesce(d.id, u.id), d.seq <> b.block + u.n
from u cross join b left join d on d.queue = u.queue and d.key = u.key
"""


@dataclass(slots=True, eq=False)
class Parcel:
    """A command. `appended`: it is an append to one queue, and is answered as such."""

    pending: Pending[Any]
    post: Post | Callable[[int], Post]
    once: Once | None = None
    settle: Settle | None = None
    appended: bool = False


Part = tuple["Passage", int, NewMessage]
"""Whose message it is, its queue, and it."""


@dataclass(slots=True, eq=False)
class Passage:
    """A command in a transaction, and what becomes of it."""

    parcel: Parcel
    error: StoreError | None = None
    number: int = 0
    id: bytes = b""
    duplicate: bool = False
    post: Post | None = None
    gone: set[int] = field(default_factory=set)
    appended: list[Appended] = field(default_factory=list)


class Deliveries(Work[Parcel]):
    """Commands, as many together as a transaction should carry."""

    def __init__(self, engine: Engine, run: Callable[[Lane, list[Parcel]], Any], *, lanes_max: int = 2) -> None:
        super().__init__(engine)
        self._run = run
        self.lanes_max = lanes_max

    def take(self) -> list[Parcel]:
        """Never two that settle one message or bear one key: which of them comes first must be clear."""
        size = count = end = 0
        seen: set[Any] = set()
        for parcel in self.gathered:
            marks = _marks(parcel)
            if size >= BYTES_MAX or count >= MESSAGES_MAX or not seen.isdisjoint(marks):
                break
            seen.update(marks)
            messages = _messages(parcel.post)
            size += _size(messages)
            count += len(messages) if isinstance(parcel.post, Post) else MESSAGES_GUESSED
            end += 1
        taken, self.gathered = self.gathered[:end], self.gathered[end:]
        return taken

    async def run(self, lane: Lane, commands: list[Parcel]) -> list[Answer]:
        answers: list[Answer] = await self._run(lane, commands)
        return answers

    def fail(self, command: Parcel, error: BaseException) -> list[Answer]:
        return [Answer(command.pending, error=error)]


def _marks(parcel: Parcel) -> list[Any]:
    marks: list[Any] = [] if parcel.settle is None else [key[:2] for key in keys(parcel.settle)]
    if parcel.once is not None and parcel.once.key is not None:
        marks.append((parcel.once.queue, parcel.once.key))
    return marks


def _messages(post: Post | Callable[[int], Post]) -> list[NewMessage]:
    """All that may have to be stored."""
    if not isinstance(post, Post):
        return []
    return [m for each in post.deliveries for part in alternatives(each) for m in part.messages]


def refers_back(post: Post) -> bool:
    """Whether messages share what was stored by an earlier command."""
    return any(m.shared is not None and m.shared.number for each in post.deliveries for m in each.messages)


def _size(messages: Sequence[NewMessage]) -> int:
    common = {id(m.shared): len(m.shared.data) for m in messages if m.shared is not None}
    return sum([len(m.payload) for m in messages]) + sum(common.values())


class Deliverer:
    """How deliveries are run."""

    def __init__(self, engine: Engine, standard: Standard, fifo: Fifo, logs: Logs) -> None:
        self._engine = engine
        self._standard = standard
        self._fifo = fifo
        self._logs = logs

    # ------------------------------------------------------------------------------------------- one statement

    async def together(self, lane: Lane, parcels: list[Parcel]) -> list[Answer]:
        """New messages for standard queues, and nothing else."""
        queues: list[int] = []
        messages: list[NewMessage] = []
        for parcel in parcels:
            assert isinstance(parcel.post, Post)
            for delivery in parcel.post.deliveries:
                queues += [delivery.queue] * len(delivery.messages)
                messages += delivery.messages
        if messages:
            numbers = shared.Numbers()
            numbers.add(messages)
            if numbers.count:
                numbers.give(await self._engine.sequences(lane, numbers.count))
            there, _ = await self._standard.store(lane, queues, messages, numbers.of(messages), numbers.rows())
            if len(there) < len(set(queues)):
                return await self.transact(lane, parcels)
            self._standard.stored(queues, messages, there)
        return [Answer(parcel.pending, Delivered()) for parcel in parcels]

    # ------------------------------------------------------------------------------------------- a transaction

    async def transact(self, lane: Lane, parcels: list[Parcel]) -> list[Answer]:
        passages = [Passage(each) for each in parcels]
        now = self._engine.clock.now_ms()
        settlement = Settlement(self._engine, self._standard, self._fifo)
        async with lane.transaction() as connection:
            await self._hold(connection, settlement, passages, now)
            groups = await self._number(connection, passages, now)
            going = [each for each in passages if each.error is None]
            settles = [each.parcel.settle for each in going if each.parcel.settle is not None]
            await settlement.delete(lane, settles)
            for each in going:
                if not each.duplicate:
                    post = each.parcel.post
                    each.post = post if isinstance(post, Post) else post(each.number)
            storing = _Storing(self._engine, self._standard, self._fifo, lane, connection)
            posted = [each for each in going if each.post is not None]
            await storing.store(posted)
            await drop_empty(connection, groups | storing.suspects)
            await settlement.unlock(connection, now)
            await self._record(connection, posted)
        settlement.settled()
        storing.stored()
        return [self._answer(each) for each in passages]

    async def within(self, connection: Connection, number: int, posts: Sequence[Post]) -> Callable[[], None]:
        """As the last thing in a transaction of somebody else's, which counts in a lane's row of this number. Returns
        what is to be called when it is committed."""
        await connection.execute(PLANS_WITHIN)
        passages = [Passage(Parcel(Pending(), post), post=post) for post in posts]
        lane = Lane(self._engine, number, connection)
        storing = _Storing(self._engine, self._standard, self._fifo, lane, connection)
        await storing.store(passages)
        if storing.suspects:
            await drop_empty(connection, storing.suspects)
        await self._record(connection, passages)

        def committed() -> None:
            storing.stored()
            for each in passages:
                self._forget_gone(each)

        return committed

    async def _record(self, connection: Connection, passages: Sequence[Passage]) -> None:
        records = [each for passage in passages if passage.post is not None for each in passage.post.records]
        if records:
            await self._logs.write(connection, records)

    def _forget_gone(self, passage: Passage) -> None:
        for queue in passage.gone:
            self._fifo.gone(queue)

    def _answer(self, passage: Passage) -> Answer:
        pending = passage.parcel.pending
        self._forget_gone(passage)
        if passage.error is not None:
            return Answer(pending, error=passage.error)
        if not passage.parcel.appended:
            return Answer(pending, Delivered(passage.number, passage.id, passage.duplicate, frozenset(passage.gone)))
        if passage.gone:
            return Answer(pending, error=self._lost(next(iter(passage.gone))))
        return Answer(pending, passage.appended)

    def _lost(self, queue: int) -> QueueGone:
        self._fifo.gone(queue)
        return QueueGone(f"queue {queue} does not exist")

    async def _hold(self, connection: Connection, settlement: Settlement, passages: list[Passage], now: int) -> None:
        """See whose claims hold, and keep them."""
        settling = [(each, each.parcel.settle) for each in passages if each.parcel.settle is not None]
        if not settling:
            return
        onces = [each.parcel.once.queue for each, _ in settling if each.parcel.once is not None]
        await settlement.hold(connection, [settle for _, settle in settling], onces, now)
        for each, settle in settling:
            queues = [settle[0]] if each.parcel.once is None else [each.parcel.once.queue, settle[0]]
            gone = [queue for queue in queues if not settlement.stands(queue)]
            if gone:
                each.error = self._lost(gone[0])
            elif not settlement.holds(settle):
                each.error = ClaimLost("a message is no longer held by the claim that was to settle it")

    async def _number(self, connection: Connection, passages: list[Passage], now: int) -> set[Group]:
        """Lock groups and number what is to be done in them once. Returns the groups."""
        numbered = [(each, each.parcel.once) for each in passages if each.error is None]
        asked = [(each, once) for each, once in numbered if once is not None]
        if not asked:
            return set()
        rows = await connection.fetch(
            _NUMBER, [once.queue for _, once in asked], [once.group for _, once in asked],
            [once.id for _, once in asked], [once.key for _, once in asked], FIFO_BLOCK, now, DEDUPLICATION_MS, FAR,
        )  # fmt: skip
        found = {row[0]: row for row in rows}
        groups: set[Group] = set()
        for n, (each, once) in enumerate(asked, 1):
            row = found.get(n)
            if row is None:
                each.error = self._lost(once.queue)
                continue
            _, incarnation, each.number, each.id, duplicate = row
            each.duplicate = bool(duplicate)
            groups.add((incarnation, once.group))
        return groups


class _Storing:
    """The messages of one transaction on their way into their queues."""

    def __init__(self, engine: Engine, standard: Standard, fifo: Fifo, lane: Lane, connection: Connection) -> None:
        self._engine = engine
        self._standard = standard
        self._fifo = fifo
        self._lane = lane
        self._connection = connection
        self._numbers = shared.Numbers()
        self._used: set[int | None] = set()
        self._stored_standard: list[tuple[list[int], list[NewMessage], set[int]]] = []
        self._stored_fifo: list[tuple[list[int], Stored]] = []
        self.suspects: set[Group] = set()

    async def store(self, passages: list[Passage]) -> None:
        """Where a queue is gone, what is to be done otherwise."""
        for each in passages:
            assert each.post is not None
            self._numbers.add(_messages(each.post))
        if self._numbers.count:
            kept = await shared.keep(self._connection, self._numbers.known())
            self._numbers.give(await self._engine.sequences(self._lane, self._numbers.count), kept)
        left = [(each, delivery) for each in passages if each.post is not None for delivery in each.post.deliveries]
        while left:
            left = await self._round(left)
        await shared.store(self._connection, *self._numbers.rows(self._used))

    async def _round(self, deliveries: list[tuple[Passage, Delivery]]) -> list[tuple[Passage, Delivery]]:
        """Returns what is left to be done, as its queue was deleted this very moment."""
        kinds = await self._kinds([part for _, delivery in deliveries for part in alternatives(delivery)])
        parts: dict[bool, list[Part]] = {False: [], True: []}
        chosen: list[tuple[Passage, Delivery]] = []
        for passage, delivery in deliveries:
            for part in alternatives(delivery):
                if part.queue in kinds:
                    parts[kinds[part.queue]] += [(passage, part.queue, each) for each in part.messages]
                    chosen.append((passage, part))
                    break
                passage.gone.add(part.queue)
        standard, fifo = parts[False], parts[True]
        gone: set[int] = set()
        for start in range(0, len(standard), MESSAGES_MAX):
            gone |= await self._to_standard(standard[start : start + MESSAGES_MAX])
        if len(fifo) > FIFO_MAX:
            # The order in which groups are locked, near enough; within one it stays.
            fifo.sort(key=lambda each: (each[1], each[2].group or ""))
        for start in range(0, len(fifo), FIFO_MAX):
            gone |= await self._to_fifo(fifo[start : start + FIFO_MAX])
        return [each for each in chosen if each[1].queue in gone]

    async def _kinds(self, deliveries: Sequence[Delivery]) -> dict[int, bool]:
        """Of the queues that stand, which are FIFO."""
        rows = await self._connection.fetch(_KINDS, sorted({each.queue for each in deliveries}))
        for queue, ordered in rows:
            self._engine.states.add(queue, ordered)
        return {row[0]: row[1] for row in rows}

    async def _to_standard(self, parts: Sequence[Part]) -> set[int]:
        """Returns the queues that are gone."""
        queues, messages = [queue for _, queue, _ in parts], [message for _, _, message in parts]
        numbers = self._numbers.of(messages)
        there, first = await self._standard.store(self._lane, queues, messages, numbers)
        self._stored_standard.append((queues, messages, there))
        self._used.update(number for queue, number in zip(queues, numbers, strict=bool(numbers)) if queue in there)
        for sequence, (passage, _, message) in enumerate(parts, first):
            passage.appended.append(Appended(sequence, message.id))
        return set(queues) - there

    async def _to_fifo(self, parts: Sequence[Part]) -> set[int]:
        """Returns the queues that are gone."""
        queues, messages = [queue for _, queue, _ in parts], [message for _, _, message in parts]
        numbers = self._numbers.of(messages)
        stored = await self._fifo.store(self._lane, queues, messages, numbers)
        self._stored_fifo.append((queues, stored))
        self.suspects |= stored.suspects
        gone = set()
        for (passage, queue, _), outcome, number in zip(
            parts, stored.outcomes, numbers or [None] * len(parts), strict=True
        ):
            if outcome is None:
                gone.add(queue)
                continue
            passage.appended.append(outcome)
            if not outcome.duplicate:
                self._used.add(number)
        return gone

    def stored(self) -> None:
        """It is committed."""
        for queues, messages, there in self._stored_standard:
            self._standard.stored(queues, messages, there)
        for queues, stored in self._stored_fifo:
            self._fifo.stored(queues, stored)
