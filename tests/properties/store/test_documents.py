"""Documents, logs and blobs of the real stores are as the memory model's, whatever is done to them in whatever order.

Generations and ids of logs differ between stores, so each side keeps its own; everything else is compared.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from chasqui.base.clock import TestClock
from chasqui.base.errors import ChasquiError
from chasqui.store.memory import MemoryStore
from chasqui.store.port import NewRecord, Resource, Transaction, VersionConflict
from chasqui.store.postgres import open_postgres
from chasqui.store.sqlite import open_store
from tests.postgres import Postgres

EXAMPLES = int(os.environ.get("CHASQUI_PROPERTY_EXAMPLES", "25"))

types = st.sampled_from(["queue", "topic"])
owners = st.sampled_from(["1/eu", "1/us", "2"])
names = st.sampled_from(["a", "B", "ab", "ä", "\U0010fffd"])
parents = st.sampled_from([None, "p", "q"])
small = st.integers(0, 12)


def plain(found: Any) -> Any:
    """What must be equal: all but the generation."""
    if isinstance(found, list):
        return [plain(each) for each in found]
    if isinstance(found, Resource):
        return found.type, found.owner, found.name, found.document, found.parent, found.version
    if isinstance(found, VersionConflict):
        return "conflict", plain(found.existing)
    return type(found) if isinstance(found, ChasquiError) else found


class Documents(RuleBasedStateMachine):
    """The model beside a store. `held` are pairs of the same document as either side has read it, old ones too."""

    opening: Callable[[TestClock], Awaitable[Any]]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        clock = TestClock(frozen_at_ms=1_700_000_000_000)
        self.model = MemoryStore(clock)
        self.real = self.loop.run_until_complete(type(self).opening(clock))
        self.told: tuple[list[Any], list[Any]] = ([], [])
        for store, told in zip((self.model, self.real), self.told, strict=True):
            for type_ in ("queue", "topic"):
                store.watch_resources(type_, lambda *key, told=told: told.append(key))
        self.held: list[tuple[Resource, Resource]] = []
        self.logs: list[tuple[int, int]] = []

    def both(self, ask: Callable[[Any, int], Awaitable[Any]]) -> tuple[Any, Any]:
        """Ask both for the same: `ask` gets the store and which side it is. What they answer or raise is equal."""

        async def outcome(store: Any, side: int) -> Any:
            try:
                return await ask(store, side)
            except ChasquiError as error:
                return error

        async def outcomes() -> tuple[Any, Any]:
            return await outcome(self.model, 0), await outcome(self.real, 1)

        pair = self.loop.run_until_complete(outcomes())
        assert plain(pair[0]) == plain(pair[1])
        assert self.told[0] == self.told[1]
        return pair

    @initialize()
    def begin(self) -> None:
        self.create_log()

    # ------------------------------------------------------------------------------------------- documents

    @rule(type=types, owner=owners, name=names, parent=parents, document=st.binary(max_size=5))
    def create(self, type: str, owner: str, name: str, parent: str | None, document: bytes) -> None:
        new = Resource(type, owner, name, document, parent)
        pair = self.both(lambda store, _: store.transaction(lambda tx: tx.create(new)))
        self.keep(pair)

    def keep(self, pair: tuple[Any, Any]) -> None:
        pair = tuple(each.existing if isinstance(each, VersionConflict) else each for each in pair)  # type: ignore[assignment]
        if isinstance(pair[0], Resource):
            self.held.append(pair)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), parent=parents, document=st.binary(max_size=5))
    def replace(self, data: st.DataObject, parent: str | None, document: bytes) -> None:
        chosen = data.draw(st.sampled_from(self.held))

        def changed(read: Resource) -> Resource:
            key = read.type, read.owner, read.name
            return Resource(*key, document, parent, read.version, read.generation)

        self.keep(self.both(lambda store, side: store.transaction(lambda tx: tx.replace(changed(chosen[side])))))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(self.held))
        self.both(lambda store, side: store.transaction(lambda tx: tx.delete(chosen[side])))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), name=names, fails=st.booleans(), catches=st.booleans())
    def several(self, data: st.DataObject, name: str, fails: bool, catches: bool) -> None:
        """A transaction of several steps, one of which may fail; it may go on after a conflict, or be undone."""
        chosen = data.draw(st.sampled_from(self.held))

        async def steps(transaction: Transaction, side: int) -> Any:
            seen = []
            try:
                await transaction.create(Resource("queue", "2", name, b"several"))
                await transaction.delete(chosen[side])
            except VersionConflict as conflict:
                if not catches:
                    raise
                seen.append(plain(conflict))
            seen.append(plain(await transaction.list("queue", "2")))
            if fails:
                raise VersionConflict(None)
            return seen

        self.both(lambda store, side: store.transaction(lambda tx: steps(tx, side)))

    @rule(type=types, owner=owners, name=names)
    def get(self, type: str, owner: str, name: str) -> None:
        self.keep(self.both(lambda store, _: store.resource(type, owner, name)))

    @rule(
        type=types, owner=st.none() | owners, prefix=st.sampled_from(["", "a", "\U0010fffd"]),
        after=st.just(("", "")) | st.tuples(st.just("") | owners, names), limit=st.integers(1, 5),
    )  # fmt: skip
    def listing(self, type: str, owner: str | None, prefix: str, after: tuple[str, str], limit: int) -> None:
        self.both(lambda store, _: store.resources(type, owner, prefix=prefix, after=after, limit=limit))

    @rule(type=types, owner=owners, parent=st.sampled_from(["p", "q"]), after=names, limit=st.integers(1, 5))
    def reading_within(self, type: str, owner: str, parent: str, after: str, limit: int) -> None:
        async def read(transaction: Transaction) -> Any:
            listed = await transaction.list(type, owner, prefix=after[:1], after=after, limit=limit)
            return [listed, await transaction.children(type, parent, after=f"{owner} {after}", limit=limit)]

        self.both(lambda store, _: store.transaction(read))

    # ------------------------------------------------------------------------------------------- logs

    @rule()
    def create_log(self) -> None:
        async def create(transaction: Transaction) -> int:
            return await transaction.create_log()

        async def ids() -> tuple[int, int]:
            return await self.model.transaction(create), await self.real.transaction(create)

        self.logs.append(self.loop.run_until_complete(ids()))

    @rule(data=st.data(), sizes=st.lists(st.integers(0, 40), max_size=5))
    def append(self, data: st.DataObject, sizes: list[int]) -> None:
        log = data.draw(st.sampled_from(self.logs))
        records = [NewRecord(f"k{size}", bytes(size), size) for size in sizes]
        self.both(lambda store, side: store.append_records(log[side], records))

    @rule(data=st.data(), after=small, limit=st.integers(1, 6), bytes_max=st.integers(1, 90))
    def read(self, data: st.DataObject, after: int, limit: int, bytes_max: int) -> None:
        log = data.draw(st.sampled_from(self.logs))
        self.both(lambda store, side: store.read_records(log[side], after=after, limit=limit, bytes_max=bytes_max))
        self.both(lambda store, side: store.log_state(log[side]))

    @rule(data=st.data(), before=small)
    def trim(self, data: st.DataObject, before: int) -> None:
        log = data.draw(st.sampled_from(self.logs))
        self.both(lambda store, side: store.trim_records(log[side], before))

    @rule(data=st.data())
    def delete_log(self, data: st.DataObject) -> None:
        log = data.draw(st.sampled_from(self.logs))
        self.both(lambda store, side: store.transaction(lambda tx: tx.delete_log(log[side])))

    # ------------------------------------------------------------------------------------------- blobs

    @rule(key=st.sampled_from(["x", "y"]), size=st.sampled_from([None, 0, 3, 70_000]), fill=st.integers(0, 255))
    def put_blob(self, key: str, size: int | None, fill: int) -> None:
        async def put(store: Any, _: int) -> None:
            if size is None:
                await store.transaction(lambda tx: tx.delete_blob(key))
            else:
                staged = await store.stage_blob(bytes([fill]) * size)
                await store.transaction(lambda tx: tx.put_blob(key, staged))

        self.both(put)

    @rule(key=st.sampled_from(["x", "y"]), start=st.integers(0, 5), end=st.none() | st.integers(0, 9))
    def read_blob(self, key: str, start: int, end: int | None) -> None:
        async def read(store: Any, _: int) -> Any:
            try:
                whole = b"".join([piece async for piece in store.read_blob(key, start, end)])
            except KeyError:
                whole = None
            return [await store.blob_size(key), whole]

        self.both(read)

    def teardown(self) -> None:
        self.loop.run_until_complete(self.real.close())
        self.loop.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_documents_logs_and_blobs_are_as_the_models(database: str, request: pytest.FixtureRequest) -> None:
    async def on_sqlite(clock: TestClock) -> Any:
        return await open_store(None, clock=clock)

    async def on_postgres(clock: TestClock) -> Any:
        dsn = server.fresh_database()
        return await open_postgres(dsn, clock=clock, durability="relaxed")

    if database == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
    opening = staticmethod(on_postgres if database == "postgres" else on_sqlite)
    machine = type(f"DocumentsOn{database}", (Documents,), {"opening": opening})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
