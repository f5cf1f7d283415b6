"""Documents on several nodes: transactions that collide, changes that every node hears of, nodes that fall behind."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from chasqui.base.clock import SystemClock
from chasqui.store.port import QueueGone, Resource, StoreError, StoreUnusable, Transaction, VersionConflict
from chasqui.store.postgres import feed as feeds
from chasqui.store.postgres import resources as parts
from chasqui.store.postgres.connection import borrowed

DOCUMENT = Resource("queue", "1/eu", "orders", b"{}", parent="team")


async def until(condition: Any, seconds: float = 5.0) -> float:
    """Wait until it holds; returns how long that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it never came to be"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


def test_a_document_has_versions_and_each_life_of_its_name_a_generation(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        first = await node.change("create", DOCUMENT)
        second = await node.change("replace", first)
        assert (first.version, second.version) == (1, 2)
        assert await node.resources.get("queue", "1/eu", "orders") == second
        await node.change("delete", second)
        assert await node.resources.get("queue", "1/eu", "orders") is None
        assert (await node.change("create", DOCUMENT)).generation > first.generation

    tell(story)


def test_writing_what_another_node_changed_is_a_conflict(tell: Any) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        first = await one.change("create", DOCUMENT)
        second = await other.change("replace", first)
        for verb, resource in (("replace", first), ("delete", first), ("create", DOCUMENT)):
            with pytest.raises(VersionConflict) as raised:
                await one.change(verb, resource)
            assert raised.value.existing == second

    tell(story)


def test_a_conflict_that_the_function_catches_does_not_end_its_transaction(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        await node.change("create", DOCUMENT)

        async def create_or_replace(transaction: Transaction) -> Resource:
            try:
                return await transaction.create(DOCUMENT)
            except VersionConflict as conflict:
                return await transaction.replace(conflict.existing)  # type: ignore[arg-type]

        assert (await node.transaction(create_or_replace)).version == 2

    tell(story)


def test_what_the_database_refuses_ends_the_transaction_whatever_the_function_catches(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()

        async def stubborn(transaction: Transaction) -> None:
            await transaction.create(DOCUMENT)
            try:
                await transaction.get("queue", "1/eu", "a\0b")
            except Exception:  # noqa: BLE001
                pytest.fail("the function was told")

        with pytest.raises(StoreError):
            await node.transaction(stubborn)
        assert await node.resources.get("queue", "1/eu", "orders") is None

    tell(story)


def test_awaiting_anything_else_is_refused_and_undone(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()

        async def strays(transaction: Transaction) -> None:
            await transaction.create(DOCUMENT)
            await asyncio.sleep(0)

        with pytest.raises(RuntimeError):
            await node.transaction(strays)
        assert await node.resources.get("queue", "1/eu", "orders") is None
        assert node.heard == []

    tell(story)


def test_documents_are_listed_by_owner_and_name_in_byte_order(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        for owner, name in (("b", "x1"), ("a", "x2"), ("a", "X1"), ("a", "x1"), ("a", "é"), ("a", "y")):
            await node.change("create", Resource("t", owner, name, b"", parent="p"))

        def names(found: list[Resource]) -> list[str]:
            return [f"{each.owner} {each.name}" for each in found]

        async def listed(
            owner: str | None = None, prefix: str = "", after: Any = ("", ""), limit: int = 9
        ) -> list[str]:
            return names(await node.resources.listed("t", owner, prefix, after, limit))

        assert await listed(prefix="x") == ["a x1", "a x2", "b x1"]
        assert await listed(after=("a", "x2")) == ["a y", "a é", "b x1"]
        assert await listed("a", limit=2) == ["a X1", "a x1"]
        assert await listed("b", after=("a", "x9")) == ["b x1"]
        assert await listed("a", after=("b", "")) == []
        assert names(await node.change("list", "t", "a", after="x1", limit=1)) == ["a x2"]
        assert names(await node.change("children", "t", "p", after="a y")) == ["a é", "b x1"]

    tell(story)


def test_what_two_transactions_decide_on_each_others_reading_does_not_both_hold(tell: Any) -> None:
    """Write skew: each may create its document only while the other's is not there."""

    async def story(scene: Any) -> None:
        nodes = [await scene.node(), await scene.node()]

        async def only_one(transaction: Transaction, mine: str, others: str) -> bool:
            if await transaction.get("switch", "1", others) is not None:
                return False
            await transaction.create(Resource("switch", "1", mine, b""))
            return True

        for round in range(20):
            a, b = f"{round}a", f"{round}b"
            done = await asyncio.gather(
                nodes[0].transaction(lambda tx, a=a, b=b: only_one(tx, a, b)),
                nodes[1].transaction(lambda tx, a=a, b=b: only_one(tx, b, a)),
            )
            assert sorted(done) == [False, True]

    tell(story)


def test_a_counter_that_many_transactions_on_two_nodes_raise_loses_none(tell: Any) -> None:
    async def story(scene: Any) -> None:
        nodes = [await scene.node(), await scene.node()]
        await nodes[0].change("create", Resource("counter", "1", "n", b"0"))

        async def raise_it(transaction: Transaction) -> None:
            read = await transaction.get("counter", "1", "n")
            assert read is not None
            await transaction.replace(
                Resource(*(*_fields(read)[:3], b"%d" % (int(read.document) + 1)), *_fields(read)[4:])
            )

        await asyncio.gather(*(nodes[n % 2].transaction(raise_it) for n in range(60)))
        assert (await nodes[1].resources.get("counter", "1", "n")).document == b"60"

    tell(story)


def _fields(resource: Resource) -> tuple[Any, ...]:
    return tuple(getattr(resource, name) for name in resource.__struct_fields__)


# ------------------------------------------------------------------------------------------------ the feed


def test_watchers_hear_of_a_change_before_its_caller_and_once(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        await node.change("create", DOCUMENT)
        assert node.heard == [("1/eu", "orders")]
        await asyncio.sleep(1)
        assert node.heard == [("1/eu", "orders")]

    tell(story)


def test_the_other_node_hears_of_a_change_within_a_second_without_being_told(tell: Any) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        document = await one.change("create", DOCUMENT)
        assert await until(lambda: len(other.heard) == 1) < 1
        document = await one.change("replace", document)
        assert await until(lambda: len(other.heard) == 2) < 1
        await one.change("delete", document)
        assert await until(lambda: len(other.heard) == 3) < 1
        assert set(other.heard) == {("1/eu", "orders")}
        await asyncio.sleep(1)
        assert len(other.heard) == 3

    tell(story)


def test_a_node_that_is_told_looks_at_once(tell: Any) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        one.feed.announce = other.feed.heard
        for n in range(5):
            await asyncio.sleep(0.02)
            await one.change("create", Resource("queue", "1", str(n), b""))
            assert await until(lambda n=n: len(other.heard) == n + 1) < 0.1

    tell(story)


def test_a_change_committed_late_is_not_passed_by_one_that_began_later(tell: Any) -> None:
    """A transaction that notes its change and stays open while others commit theirs."""

    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        slow = await one.pool.acquire()
        await slow.execute("begin")
        await one.feed.note(slow, [("queue", "1", "slow")])
        for n in range(3):
            await one.change("create", Resource("queue", "1", f"fast{n}", b""))
        await until(lambda: len(other.heard) == 3)
        await asyncio.sleep(0.8)  # they are numbered by now
        await slow.execute("commit")
        assert await until(lambda: ("1", "slow") in other.heard) < 1
        await one.pool.release(slow)

    tell(story)


def test_changes_that_their_node_left_without_a_number_get_one(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        await node.sql("insert into change (source, type, owner, name) values (1, 'queue', 'x', 'y')")
        await until(lambda: node.heard == [("x", "y")])
        await asyncio.sleep(1)
        assert [row[0] for row in await node.sql("select revision from change")] == [1]
        assert node.heard == [("x", "y")]

    tell(story)


def test_a_look_reads_many_changes_page_by_page(tell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "PAGE", 10)

    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()

        async def create(transaction: Transaction) -> None:
            for n in range(35):
                await transaction.create(Resource("queue", "1", str(n), b""))

        await one.transaction(create)
        await until(lambda: len(set(other.heard)) == 35)
        assert other.feed.fresh()

    tell(story)


def test_old_changes_are_forgotten_and_a_node_that_missed_them_is_no_use_any_more(
    tell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "KEPT_MS", -1000)
    monkeypatch.setattr(feeds, "KEPT_REVISIONS", 0)

    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        failed: list[StoreError] = []
        other.feed.failed = failed.append
        other.feed._task.cancel()
        await one.change("create", DOCUMENT)
        await asyncio.sleep(0.5)
        await one.swept()
        assert await one.sql("select * from change") == []
        assert one.feed.fresh()
        await other.feed._look()
        assert isinstance(failed[0], StoreUnusable)
        assert not other.feed.fresh()

    tell(story)


def test_a_document_read_while_it_changes_is_read_again_before_it_is_answered(tell: Any) -> None:
    """The watchers were told already, so what is answered may be kept in a cache for good."""

    async def story(scene: Any) -> None:
        node = await scene.node()
        first = await node.change("create", DOCUMENT)
        read = node.resources._fetch
        late: list[Any] = []

        async def changes_meanwhile(connection: Any, keys: Any) -> Any:
            fetch = connection.fetch

            class Slow:
                async def fetch(self, *arguments: Any) -> Any:
                    rows = await fetch(*arguments)
                    if not late:
                        late.append(await node.change("replace", first))
                    return rows

            return await read(Slow(), keys)

        node.resources._reads._run = changes_meanwhile
        assert (await node.resources.get("queue", "1/eu", "orders")).version == 2

    tell(story)


def test_a_reset_empties_everything_and_every_node_hears_of_it(tell: Any) -> None:
    async def story(scene: Any) -> None:
        one, other = await scene.node(), await scene.node()
        before = await one.change("create", DOCUMENT)
        log = await one.change("create_log")
        await one.change("put_blob", "key", await one.blobs.stage(b"x" * 100_000))
        await until(lambda: len(other.heard) == 1)

        effects: list[Any] = []
        async with borrowed(one.pool) as connection, connection.transaction():
            await one.resources.reset(connection, effects)
        for effect in effects:
            effect()

        assert one.heard == [("1/eu", "orders")] * 2
        assert await one.resources.get("queue", "1/eu", "orders") is None
        assert await one.blobs.size("key") is None
        with pytest.raises(QueueGone):
            await one.logs.state(log)
        await until(lambda: len(other.heard) == 2)
        await one.swept()
        assert await one.sql("select * from blob_piece") == []
        assert (await one.change("create", DOCUMENT)).generation > before.generation
        assert await one.change("create_log") > log

    tell(story)


# ------------------------------------------------------------------------------------------------ falling behind


def test_a_node_that_was_stalled_is_stale_until_it_has_looked(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        assert node.feed.fresh()
        time.sleep(1.1)  # the whole process stands still
        assert not node.feed.fresh()
        assert "more than a second" in str(node.feed.why())
        await node.feed.freshen()
        assert node.feed.fresh()

    tell(story)


def test_a_node_without_its_database_is_stale_within_a_second_and_recovers_by_itself(tell: Any) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        scene.postgres.kill()
        try:
            await until(lambda: not node.feed.fresh(), 1.2)
            began = time.monotonic()
            with pytest.raises(StoreError):
                await node.change("create", DOCUMENT)
            with pytest.raises(StoreError):
                await node.resources.get("queue", "1/eu", "orders")
            assert time.monotonic() - began < 5
        finally:
            scene.postgres.start()
        await until(node.feed.fresh)
        assert (await node.change("create", DOCUMENT)).version == 1

    tell(story)


def test_a_change_whose_commit_is_in_doubt_is_news_for_its_own_node_too(
    tell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(scene: Any) -> None:
        node = await scene.node()
        once = parts.Resources._once

        async def cut(self: Any, connection: Any, fn: Any, number: int) -> Any:
            class Cut:
                def __getattr__(self, name: str) -> Any:
                    return getattr(connection, name)

                async def execute(self, statement: str, *arguments: Any) -> Any:
                    done = await connection.execute(statement, *arguments)
                    if statement == "commit":
                        raise ConnectionResetError("cut")
                    return done

            return await once(self, Cut(), fn, number)

        monkeypatch.setattr(parts.Resources, "_once", cut)
        with pytest.raises(StoreError):
            await node.change("create", DOCUMENT)
        await until(lambda: node.heard == [("1/eu", "orders")])

    tell(story)


class WrongClock(SystemClock):
    """Some way off."""

    off_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.off_ms


@pytest.mark.parametrize(("off_ms", "way"), [(3000, "ahead of"), (-3000, "behind")])
def test_a_node_whose_clock_is_off_does_not_start(tell: Any, off_ms: int, way: str) -> None:
    async def story(scene: Any) -> None:
        clock = WrongClock()
        clock.off_ms = off_ms
        with pytest.raises(StoreUnusable, match=rf"3\.0 s {way} the database's"):
            await scene.node(clock=clock)

    tell(story)


def test_a_node_whose_clock_goes_off_serves_nothing_until_it_is_right_again(tell: Any) -> None:
    async def story(scene: Any) -> None:
        clock = WrongClock()
        clock.off_ms = 1500
        node = await scene.node(clock=clock)
        assert node.feed.fresh()
        clock.off_ms = 2500
        await until(lambda: not node.feed.fresh(), 1)
        assert "set it right" in str(node.feed.why())
        clock.off_ms = 0
        await until(node.feed.fresh, 1)

    tell(story)
