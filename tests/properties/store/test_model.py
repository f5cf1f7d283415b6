"""The real stores answer as the memory model does, whatever is asked of the two in whatever order.

One frozen clock drives both. Ids and payloads are the same on both sides, except that a move gives new ids, so messages
are compared by payload. Fair delivery is held by the tests of its rules.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chasqui.base.clock import TestClock
from chasqui.base.errors import ChasquiError
from chasqui.store.memory import MemoryStore
from chasqui.store.port import (
    Claim,
    Claimed,
    Delivered,
    Delivery,
    Destination,
    NewMessage,
    NewRecord,
    Once,
    Post,
    Receipt,
    Redrive,
    Shared,
    Transaction,
)
from chasqui.store.postgres import open_postgres
from chasqui.store.sqlite import SqliteStore, open_store
from tests.postgres import Postgres
from tests.properties.store.within import DeliversWithin

EXAMPLES = int(os.environ.get("CHASQUI_PROPERTY_EXAMPLES", "25"))
START_MS = 1_700_000_000_000

queues = st.integers(0, 3)
seconds = st.sampled_from([0, 1, 5, 30, 400])
groups = st.sampled_from(["a", "b", "c"])
sharing = st.sampled_from([None, None, "new", "claimed"])
"""What messages have in common: nothing, something new, or what the message that was claimed last had."""

NOWHERE = 1_000_000
"""A queue, and a log, that never was."""


def told(outcome: Any) -> Any:
    """Of what a store answers to `deliver`, what does not depend on how it numbers messages."""
    return (outcome.id, outcome.duplicate, outcome.gone) if isinstance(outcome, Delivered) else outcome


def data_of(shared: Shared | None) -> bytes | None:
    return None if shared is None else shared.data


class Both(DeliversWithin, RuleBasedStateMachine):
    """Queues 0 and 1 are standard, 2 and 3 are FIFO; 1 and 3 serve as the dead-letter queues of 0 and 2."""

    on_disk = False
    in_ticks = True
    """What is asked at once is run in one order, whoever asks."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = TestClock(frozen_at_ms=START_MS)
        self.count = 0
        self.receipts: list[tuple[int, Receipt, Receipt]] = []
        self.claimed_shared: tuple[Shared, Shared] | None = None
        self.folder = tempfile.TemporaryDirectory() if self.on_disk else None
        self.model = MemoryStore(self.clock)
        self.run(self.open())

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    async def open(self) -> None:
        path = Path(self.folder.name) if self.folder else None
        self.real: Any = await open_store(path, clock=self.clock, durability="relaxed")

    @initialize()
    def create(self) -> None:
        async def create(transaction: Transaction) -> list[int]:
            queues = [await transaction.create_queue(ordered=n >= 2) for n in range(4)]
            return [*queues, await transaction.create_log()]

        *self.ids, self.log = self.both(lambda store: store.transaction(create))[0]

    def both(self, ask: Callable[[Any], Any]) -> tuple[Any, Any]:
        """Ask both for the same; errors must be of the same kind."""

        async def outcome(store: Any) -> Any:
            try:
                return await ask(store)
            except ChasquiError as error:
                return type(error)

        async def outcomes() -> tuple[Any, Any]:
            return await outcome(self.model), await outcome(self.real)

        model, real = self.run(outcomes())
        if isinstance(model, type) or isinstance(real, type):
            assert model == real
            return [], []
        return model, real

    def messages(self, n: int, delay: int, group: str, key: int | None, retention: int) -> list[NewMessage]:
        made = []
        now = self.clock.now_ms()
        for _ in range(n):
            self.count += 1
            made.append(
                NewMessage(
                    self.count.to_bytes(16, "big")[::-1],
                    b"%d" % self.count,
                    now,
                    now + delay * 1000,
                    now + retention * 1000,
                    group,
                    None if key is None else b"%d" % key,
                )
            )
        return made

    def with_shared(self, store: Any, messages: list[NewMessage], what: str | None) -> list[NewMessage]:
        """The messages, as they are for one of the two stores: each has its own numbers."""
        if what is None or (what == "claimed" and self.claimed_shared is None):
            return messages
        if what == "claimed" and self.claimed_shared is not None:
            shared = self.claimed_shared[0 if store is self.model else 1]
        else:
            shared = Shared(b"in common %d" % self.count)
        return [msgspec.structs.replace(each, shared=shared) for each in messages]

    @rule(
        queue=queues,
        n=st.integers(1, 4),
        delay=seconds,
        group=groups,
        key=st.none() | st.integers(0, 3),
        retention=st.sampled_from([60, 1000]),
        common=sharing,
    )
    def append(
        self, queue: int, n: int, delay: int, group: str, key: int | None, retention: int, common: str | None
    ) -> None:
        messages = self.messages(n, delay, group, key, retention)
        model, real = self.both(
            lambda store: store.append_messages(self.ids[queue], self.with_shared(store, messages, common))
        )
        assert [(each.id, each.duplicate) for each in model] == [(each.id, each.duplicate) for each in real]

    def claim(self, queue: int, claim: Claim) -> None:
        self.note_claimed(queue, *self.both(lambda store: store.claim_messages(self.ids[queue], claim)))

    def note_claimed(self, queue: int, model: list[Claimed], real: list[Claimed]) -> None:
        def plain(m: Claimed) -> tuple[Any, ...]:
            facts = m.payload, m.receives, m.sent_at_ms, m.first_received_at_ms, m.group, m.origin
            return *facts, data_of(m.shared)

        assert list(map(plain, model)) == list(map(plain, real))
        for one, other in zip(model, real, strict=True):
            receipts = (Receipt(m.sequence, m.id[:8], m.receives, m.hidden_until_ms) for m in (one, other))
            self.receipts.append((queue, *receipts))
            if one.shared is not None and other.shared is not None:
                self.claimed_shared = one.shared, other.shared

    @rule(
        data=st.data(),
        wanted=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 4)), max_size=4),
        delay=seconds,
        group=groups,
        key=st.none() | st.integers(0, 3),
        common=sharing,
        once=st.none() | st.tuples(st.integers(0, 4), st.none() | st.integers(0, 2), st.booleans()),
        records=st.integers(0, 2),
        settling=st.integers(0, 3),
    )
    def deliver(
        self, data: st.DataObject, wanted: list[tuple[int, int, int]], delay: int, group: str, key: int | None,
        common: str | None, once: tuple[int, int | None, bool] | None, records: int, settling: int,
    ) -> None:  # fmt: skip
        """Each target is a queue, how many messages it gets, and which queue gets one instead when it is gone."""
        ids = [*self.ids, NOWHERE]
        made = [
            (q, self.messages(n, delay, group, key, 1000), o, self.messages(1, 0, "a", None, 60)) for q, n, o in wanted
        ]
        noted = [(log, [NewRecord("key", b"%d" % self.count, 1)]) for log in (self.log, NOWHERE)[:records]]
        chosen = self.some_receipts(data, settling)
        numbers: dict[Any, int] = {}

        def ask(store: Any) -> Any:
            side = 1 if store is self.model else 2
            post = Post(
                [
                    Delivery(
                        ids[q], self.with_shared(store, messages, common),
                        Delivery(ids[o], self.with_shared(store, instead, common)),
                    )
                    for q, messages, o, instead in made
                ],
                noted,
            )  # fmt: skip
            settle = (ids[chosen[0][0]], [each[side] for each in chosen]) if chosen else None
            if once is None:
                return store.deliver(post, settle=settle)
            queue, name, late = once
            by = Once(
                ids[queue if queue == 4 else 2 + queue % 2],
                group,
                b"%16d" % self.count,
                None if name is None else b"once%d" % name,
            )

            def told_late(number: int) -> Post:
                numbers[store] = number
                return post

            return store.deliver(told_late if late else post, once=by, settle=settle)

        async def asked(store: Any) -> Any:
            answer = await ask(store)
            assert answer.duplicate or numbers.get(store, answer.sequence) == answer.sequence
            return told(answer)

        model, real = self.both(asked)
        assert model == real

    def some_receipts(self, data: st.DataObject, n: int) -> list[tuple[int, Receipt, Receipt]]:
        """Up to so many, of one queue."""
        if not n or not self.receipts:
            return []
        queue = data.draw(st.sampled_from(self.receipts))[0]
        return [each for each in self.receipts if each[0] == queue][-n:]

    @invariant()
    def records_are_equal(self) -> None:
        if hasattr(self, "log"):
            model, real = self.both(lambda store: store.read_records(self.log, after=0, limit=1000))
            assert model == real

    @invariant()
    def what_is_shared_is_counted(self) -> None:
        """Nothing is kept that no row of a message holds, those included that wait to be swept."""
        if isinstance(self.real, SqliteStore):
            execute = self.real.engine.db.execute
            held = """select shared, count(*) from (select shared from message union all select shared from fifo)
              where shared is not null group by shared order by shared"""
            counted = execute(held).fetchall()
            assert execute("select id, refs from sharing order by id").fetchall() == counted
            assert execute("select id from shared order by id").fetchall() == [row[:1] for row in counted]

    @precondition(lambda self: self.in_ticks)
    @rule(
        data=st.data(),
        queue=queues,
        claims=st.lists(st.integers(1, 2), min_size=2, max_size=4),
        visibility=seconds,
        in_flight_max=st.sampled_from([3, 100]),
    )
    def all_at_once(
        self, data: st.DataObject, queue: int, claims: list[int], visibility: int, in_flight_max: int
    ) -> None:
        """Commands of one tick, which may be run as one, in an order in which they would be run one by one."""
        sent = [self.messages(n, 0, "a", None, 1000) for n in (1, 2)]
        held = [each for each in self.receipts if each[0] == queue]
        chosen = data.draw(st.lists(st.sampled_from(held), max_size=3)) if held else []
        wanted = [Claim(limit, visibility * 1000, in_flight_max=in_flight_max) for limit in claims]
        posts = [[self.messages(1, 0, "a", None, 1000) for _ in range(2)] for _ in range(3)]

        async def outcome(pending: Any) -> Any:
            try:
                return await pending
            except ChasquiError as error:
                return type(error)

        async def ask(store: Any) -> list[Any]:
            side = 1 if store is self.model else 2
            lost = queue, [Receipt(NOWHERE, b"", 1)]
            commands = [
                *(lambda part=part: store.append_messages(self.ids[queue], part) for part in sent),
                *(
                    lambda post=post, fails=fails: store.deliver(
                        Post([Delivery(self.ids[q], part) for q, part in zip((queue, queue ^ 1), post, strict=True)]),
                        settle=(self.ids[lost[0]], lost[1]) if fails else None,
                    )
                    for post, fails in zip(posts, (False, True, False), strict=True)
                ),
                *(lambda each=each: store.settle_messages(self.ids[queue], [each[side]]) for each in chosen),
                *(lambda claim=claim: store.claim_messages(self.ids[queue], claim) for claim in wanted),
            ]
            if store is self.model:
                return [await outcome(command()) for command in commands]
            return [await outcome(pending) for pending in [command() for command in commands]]

        model, real = self.both(ask)
        first_claim = len(sent) + len(posts) + len(chosen)
        assert list(map(told, model[len(sent) : first_claim])) == list(map(told, real[len(sent) : first_claim]))
        for one, other in zip(model[first_claim:], real[first_claim:], strict=True):
            if isinstance(one, type) or isinstance(other, type):
                assert one == other
            else:
                self.note_claimed(queue, one, other)

    @rule(queue=queues, limit=st.integers(1, 5), visibility=seconds, in_flight_max=st.sampled_from([3, 100]))
    def claim_some(self, queue: int, limit: int, visibility: int, in_flight_max: int) -> None:
        self.claim(queue, Claim(limit, visibility * 1000, in_flight_max=in_flight_max))

    @rule(queue=st.sampled_from([0, 2]), limit=st.integers(1, 5), visibility=seconds, most=st.integers(1, 2))
    def claim_with_redrive(self, queue: int, limit: int, visibility: int, most: int) -> None:
        redrive = Redrive(most, self.ids[queue + 1], "source", 1_000_000)
        self.claim(queue, Claim(limit, visibility * 1000, redrive=redrive))

    @rule(limit=st.integers(1, 5), visibility=seconds, attempt=st.sampled_from(["x", "y"]))
    def claim_with_attempt(self, limit: int, visibility: int, attempt: str) -> None:
        self.claim(2, Claim(limit, visibility * 1000, attempt=attempt))

    @precondition(lambda self: self.receipts)
    @rule(data=st.data(), n=st.integers(1, 3))
    def settle(self, data: st.DataObject, n: int) -> None:
        chosen = data.draw(st.sampled_from(self.receipts))
        of_queue = [*[each for each in self.receipts if each[0] == chosen[0]][-n:], chosen]
        queue = self.ids[chosen[0]]
        model = self.both(
            lambda store: store.settle_messages(queue, [each[1 if store is self.model else 2] for each in of_queue])
        )
        assert model[0] == model[1]

    @precondition(lambda self: self.receipts)
    @rule(data=st.data(), duration=seconds)
    def extend(self, data: st.DataObject, duration: int) -> None:
        chosen = data.draw(st.sampled_from(self.receipts))
        queue = self.ids[chosen[0]]
        model, real = self.both(
            lambda store: store.extend_messages(queue, [(chosen[1 if store is self.model else 2], duration * 1000)])
        )
        assert model == real

    @rule(queue=st.sampled_from([1, 3]), limit=st.integers(1, 4), fallback=st.booleans())
    def move(self, queue: int, limit: int, fallback: bool) -> None:
        home = Destination(self.ids[queue - 1], 1_000_000)
        model, real = self.both(
            lambda store: store.move_messages(self.ids[queue], limit, {"source": home}, home if fallback else None)
        )
        assert model == real

    @rule(queue=queues, what=st.sampled_from(["purge", "retention", "recreate"]), rarely=st.integers(0, 4))
    def change(self, queue: int, what: str, rarely: int) -> None:
        if rarely:
            return

        async def change(transaction: Transaction) -> int:
            if what == "purge":
                await transaction.purge_queue(self.ids[queue])
            elif what == "retention":
                await transaction.set_retention(self.ids[queue], 120_000)
            else:
                await transaction.delete_queue(self.ids[queue])
                return await transaction.create_queue(ordered=queue >= 2)
            return self.ids[queue]

        model, real = self.both(lambda store: store.transaction(change))
        assert model == real
        self.ids[queue] = real
        self.swept()

    @rule(by=st.sampled_from([1, 4, 30, 299, 1000]))
    def advance(self, by: int) -> None:
        async def advance() -> None:
            self.clock.advance(by * 1000)

        self.run(advance())
        self.swept()

    def swept(self) -> None:
        """Let the sweeper finish, and the model drop what has expired at the same time."""

        self.run(self.finish_sweeping())
        for queue in self.ids:
            self.both(lambda store, queue=queue: store.counts(queue))

    async def finish_sweeping(self) -> None:
        while self.real._sweeper._running or self.real.engine.commands:
            await asyncio.sleep(0)

    @invariant()
    def counts_are_equal(self) -> None:
        for queue in getattr(self, "ids", ()):
            model, real = self.both(lambda store, queue=queue: store.counts(queue))
            assert model == real

    @invariant()
    def contents_are_equal(self) -> None:
        for queue in getattr(self, "ids", ()):
            model, real = self.both(lambda store, queue=queue: store.peek_messages(queue))
            assert [(m.payload, m.receives, m.visible_at_ms, m.group, m.origin, data_of(m.shared)) for m in model] == [
                (m.payload, m.receives, m.visible_at_ms, m.group, m.origin, data_of(m.shared)) for m in real
            ]

    def teardown(self) -> None:
        self.run(self.real.close())
        self.loop.close()
        if self.folder:
            self.folder.cleanup()


class BothOnDisk(Both):
    """The same, with the SQLite store closed and opened again at any time."""

    on_disk = True

    @rule()
    def reopen(self) -> None:
        self.run(self.real.close())
        self.run(self.open())
        self.swept()


class BothOnPostgres(Both):
    """The same on PostgreSQL, asked of two nodes in turn: each knows what the other one did."""

    # Several statements are under way at once, so what is asked at once has no order.
    in_ticks = False
    server: Postgres
    dsn: str | None = None
    asked = 0

    async def open(self) -> None:
        kind = type(self)
        if kind.dsn is None:
            kind.dsn = kind.server.fresh_database()
        self.nodes = [await open_postgres(kind.dsn, clock=self.clock, durability="relaxed", lanes=2) for _ in range(2)]
        # Between nodes a standard queue keeps no order within a millisecond; here they share their numbers, so it does.
        self.nodes[1].engine.sequences = self.nodes[0].engine.sequences  # type: ignore[method-assign]
        self.real = self.nodes[0]
        await self.real.reset()
        # The model numbers its queues and logs from 1 each time; a store never numbers one twice.
        await self.real._pool._pool.execute("alter sequence queue_number restart")
        await self.real._pool._pool.execute("alter sequence log_number restart")

    def run(self, coroutine: Any) -> Any:
        async def refreshed() -> Any:
            # Between two steps the loop stands still, as in a node that is paused.
            for node in getattr(self, "nodes", ()):
                await node._feed.freshen()
            return await coroutine

        return super().run(refreshed())

    def both(self, ask: Callable[[Any], Any]) -> tuple[Any, Any]:
        self.asked += 1
        self.real = self.nodes[self.asked % 2]
        return super().both(ask)

    async def finish_sweeping(self) -> None:
        # Whichever node holds the lease.
        while not any([await node.sweeper._sweep(rarely=True) for node in self.nodes]):
            await asyncio.sleep(0.01)

    def swept(self) -> None:
        super().swept()
        self.run(self.nothing_is_kept_in_vain())

    async def nothing_is_kept_in_vain(self) -> None:
        """Nothing is kept that no row of a message holds, those included that wait to be swept."""
        held = " union ".join(f"select shared from {each} where shared is not null" for each in ("message", "fifo"))
        fetch = self.real._pool._pool.fetchval
        assert await fetch("select count(*) from shared_garbage") == 0
        assert await fetch(f"select count(*) from shared where id not in ({held})") == 0
        assert await fetch(f"select count(*) from ({held}) h where shared not in (select id from shared)") == 0

    def teardown(self) -> None:
        self.run(self.nodes[0].close())
        self.real = self.nodes[1]
        super().teardown()


@pytest.fixture(scope="session")
def on_postgres(postgres: Postgres) -> None:
    """Where the machine that runs on PostgreSQL finds it."""
    BothOnPostgres.server = postgres


@pytest.mark.usefixtures("on_postgres")
class TestOnPostgres(BothOnPostgres.TestCase):  # type: ignore[misc]
    settings = settings(
        max_examples=max(5, EXAMPLES // 3), stateful_step_count=25, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


TestInMemory = Both.TestCase
TestInMemory.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOnDisk = BothOnDisk.TestCase
TestOnDisk.settings = settings(
    max_examples=max(5, EXAMPLES // 3), stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
