"""Transactions, logs, blobs, the tick's failures, backup, reset."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from chasqui.store.port import (
    LogState,
    NewMessage,
    NewRecord,
    QueueGone,
    Resource,
    StoreError,
    Transaction,
    VersionConflict,
)
from chasqui.store.sqlite import open_store

DOCUMENT = Resource("queue", "1/eu", "orders", b"{}", parent="team")


def test_a_resource_counts_its_changes_and_each_life_has_its_generation(tell: Any) -> None:
    async def story(scene: Any) -> None:
        first = await scene.change("create", DOCUMENT)
        second = await scene.change("replace", first)
        assert (first.version, second.version) == (1, 2)
        await scene.change("delete", second)
        assert (await scene.change("create", DOCUMENT)).generation > first.generation

    tell(story)


def test_writing_what_another_changed_meanwhile_is_a_conflict(tell: Any) -> None:
    async def story(scene: Any) -> None:
        first = await scene.change("create", DOCUMENT)
        second = await scene.change("replace", first)
        for verb, resource in (("replace", first), ("delete", first), ("create", DOCUMENT)):
            with pytest.raises(VersionConflict) as raised:
                await scene.change(verb, resource)
            assert raised.value.existing == second

    tell(story)


def test_what_a_transaction_raises_undoes_it_and_nothing_else(tell: Any) -> None:
    async def story(scene: Any) -> None:
        async def fails(transaction: Transaction) -> None:
            await transaction.create(DOCUMENT)
            await transaction.purge_queue(scene.standard)
            raise ValueError("no")

        sent = scene.store.append_messages(scene.standard, [scene.message()])
        failed = scene.store.transaction(fails)
        await sent
        with pytest.raises(ValueError, match="no"):
            await failed
        assert await scene.store.resource("queue", "1/eu", "orders") is None
        assert (await scene.store.counts(scene.standard)).visible == 1

    tell(story)


def test_a_transaction_may_await_nothing_else(tell: Any) -> None:
    async def story(scene: Any) -> None:
        with pytest.raises(RuntimeError):
            await scene.store.transaction(lambda transaction: asyncio.sleep(0))

    tell(story)


def test_watchers_hear_of_a_change_before_its_caller(tell: Any) -> None:
    async def story(scene: Any) -> None:
        heard: list[tuple[str, str]] = []
        scene.store.watch_resources("queue", lambda owner, name: heard.append((owner, name)))
        await scene.change("create", DOCUMENT)
        assert heard == [("1/eu", "orders")]

    tell(story)


def test_resources_are_listed_by_owner_and_name(tell: Any) -> None:
    async def story(scene: Any) -> None:
        for owner, name in (("b", "x1"), ("a", "x2"), ("a", "x1"), ("a", "y")):
            await scene.change("create", Resource("t", owner, name, b"", parent="p"))

        def names(found: list[Resource]) -> list[str]:
            return [f"{each.owner} {each.name}" for each in found]

        assert names(await scene.store.resources("t", prefix="x")) == ["a x1", "a x2", "b x1"]
        assert names(await scene.store.resources("t", after=("a", "x2"))) == ["a y", "b x1"]
        assert names(await scene.store.resources("t", "a", after=("", "x2"))) == ["a x1", "a x2", "a y"]
        assert names(await scene.store.resources("t", "a", after=("a", "x1"), prefix="x")) == ["a x2"]
        assert names(await scene.store.resources("t", "a", after=("b", ""))) == []
        assert names(await scene.change("list", "t", "a", after="x1", limit=1)) == ["a x2"]
        assert names(await scene.change("children", "t", "p", after="a x2")) == ["a y", "b x1"]

    tell(story)


def test_a_failing_command_does_not_fail_its_neighbours(tell: Any) -> None:
    async def story(scene: Any) -> None:
        bad = NewMessage(b"x" * 16, "no bytes at all " * 3, 2**70, 0, 0)  # type: ignore[arg-type]
        pendings = [
            scene.store.append_messages(scene.standard, [scene.message(b"before")]),
            scene.store.append_messages(scene.standard, [bad]),
            scene.store.append_messages(scene.fifo, [scene.message(b"after", group="g")]),
        ]
        await pendings[0]
        with pytest.raises((OverflowError, StoreError)):
            await pendings[1]
        await pendings[2]
        assert await scene.payloads(scene.standard) == [b"before"]
        assert await scene.payloads(scene.fifo) == [b"after"]

    tell(story)


def test_a_waiting_claim_survives_the_roll_back_of_the_tick_that_served_it(tell: Any) -> None:
    async def story(scene: Any) -> None:
        waiting = asyncio.ensure_future(scene.claim(scene.standard, wait_ms=20_000))
        await asyncio.sleep(0.01)
        bad = scene.store.append_messages(scene.standard, [NewMessage(b"x" * 16, b"", 2**70, 0, 0)])
        good = scene.store.append_messages(scene.standard, [scene.message(b"good")])
        with pytest.raises((OverflowError, StoreError)):
            await bad
        await good
        assert [each.payload for each in await waiting] == [b"good"]

    tell(story)


def test_a_log_numbers_its_records_without_holes_and_is_trimmed(tell: Any) -> None:
    async def story(scene: Any) -> None:
        log = await scene.change("create_log")
        records = [NewRecord("k", b"%d" % n, n) for n in range(5)]
        assert await scene.store.append_records(log, records[:3]) == [1, 2, 3]
        assert await scene.store.append_records(log, records[3:]) == [4, 5]
        await scene.store.trim_records(log, 3)
        await scene.swept()
        read = await scene.store.read_records(log, after=0, limit=2)
        assert [(each.sequence, each.data) for each in read] == [(3, b"2"), (4, b"3")]
        assert await scene.store.log_state(log) == LogState(3, 5)
        await scene.change("delete_log", log)
        with pytest.raises(QueueGone):
            await scene.store.log_state(log)

    tell(story)


def test_a_record_larger_than_the_limit_is_read_alone(tell: Any) -> None:
    async def story(scene: Any) -> None:
        log = await scene.change("create_log")
        await scene.store.append_records(log, [NewRecord("k", b"x" * 100, 0), NewRecord("k", b"y", 0)])
        assert len(await scene.store.read_records(log, after=0, limit=10, bytes_max=10)) == 1

    tell(story)


@pytest.mark.parametrize("size", [10, 200_000])
def test_a_blob_is_read_in_part_and_replaced_and_deleted(tell: Any, folder: Any, size: int) -> None:
    async def story(scene: Any) -> None:
        async def read(*span: int) -> bytes:
            return b"".join([piece async for piece in scene.store.read_blob("key", *span)])

        async def pieces() -> Any:
            for _ in range(10):
                yield b"a" * (size // 10)

        await scene.change("put_blob", "key", await scene.store.stage_blob(pieces()))
        await scene.change("put_blob", "key", await scene.store.stage_blob(b"b" * size))
        assert await scene.store.blob_size("key") == size
        assert await read(1, 5) == b"bbbb"
        assert await read() == b"b" * size
        await scene.change("delete_blob", "key")
        await scene.swept()
        with pytest.raises(KeyError):
            await read()
        assert not [each for each in (folder / "blobs").rglob("*") if each.is_file()]

    tell(story, folder)


def test_a_file_is_unlinked_when_the_disk_knows_that_nothing_refers_to_it(tell_sqlite: Any, folder: Any) -> None:
    async def story(scene: Any) -> None:
        engine, sweeper = scene.store.engine, scene.store._sweeper
        for key in ("first", "second"):
            await scene.change("put_blob", key, await scene.store.stage_blob(b"x" * 100_000))
        unlink, told = sweeper.unlink, []

        def watched(names: list[str]) -> None:
            told.append((len(names), engine.sync_wanted, threading.current_thread() is threading.main_thread()))
            unlink(names)

        sweeper.unlink = watched
        # The sweeper has a slice in the very tick of the second deletion.
        deleted = [scene.change("delete_blob", key) for key in ("first", "second")]
        engine.submit(sweeper._slice)
        await asyncio.gather(*deleted)
        await scene.swept()
        assert sum(count for count, _, _ in told) == 2
        assert not any(unsynced or on_loop for _, unsynced, on_loop in told)
        assert not [each for each in (folder / "blobs").rglob("*") if each.is_file()]

    tell_sqlite(story, folder)


def test_files_that_cannot_be_unlinked_yet_are_later(tell_sqlite: Any, folder: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("chasqui.store.sqlite.sweeper.RETRY_SECONDS", 0.001)

    async def story(scene: Any) -> None:
        sweeper = scene.store._sweeper
        unlink, failed = sweeper.unlink, []

        def failing(names: list[str]) -> None:
            sweeper.unlink = unlink
            failed.append(names)
            raise PermissionError("not now")

        sweeper.unlink = failing
        await scene.change("put_blob", "key", await scene.store.stage_blob(b"x" * 100_000))
        await scene.change("delete_blob", "key")
        while [each for each in (folder / "blobs").rglob("*") if each.is_file()]:
            await asyncio.sleep(0.001)
        assert len(failed) == 1

    tell_sqlite(story, folder)


def test_what_a_commit_calls_may_fail_and_the_commit_is_synced_and_answered(tell_sqlite: Any, folder: Any) -> None:
    async def story(scene: Any) -> None:
        engine, told, syncs = scene.store.engine, [], scene.store.engine.syncs
        engine.loop.set_exception_handler(lambda loop, context: told.append(context["exception"]))

        def fail() -> None:
            raise RuntimeError("a bug")

        engine.after_commit.append(fail)
        (sent,) = await scene.send(scene.standard, b"kept")
        assert sent
        assert engine.syncs > syncs
        assert [str(each) for each in told] == ["a bug"]
        assert await scene.payloads(scene.standard) == [b"kept"]

    tell_sqlite(story, folder)


def test_staged_bytes_that_nobody_took_are_swept_at_the_next_start(tell_sqlite: Any, folder: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.store.stage_blob(b"x" * 100_000)

    async def later(scene: Any) -> None:
        assert not list((folder / "blobs" / "staging").iterdir())

    tell_sqlite(story, folder)
    tell_sqlite(later, folder)


def test_a_backup_taken_while_serving_is_a_store_of_its_own(tell_sqlite: Any, folder: Any, tmp_path: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.change("put_blob", "key", await scene.store.stage_blob(b"b" * 100_000))
        await scene.send(scene.standard, *[b"x" * 1000] * 3000)
        backup = asyncio.ensure_future(scene.store.backup(tmp_path / "copy"))
        for _ in range(20):
            await scene.send(scene.standard, b"live")
        await backup
        copy = await open_store(tmp_path / "copy", clock=scene.clock)
        try:
            assert (await copy.counts(scene.standard)).visible >= 3000
            assert len(b"".join([piece async for piece in copy.read_blob("key")])) == 100_000
        finally:
            await copy.close()

    tell_sqlite(story, folder)


def test_a_reset_leaves_nothing_and_gives_no_id_twice(tell: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, b"a")
        await scene.change("create", DOCUMENT)
        await scene.store.reset()
        with pytest.raises(QueueGone):
            await scene.store.counts(scene.standard)
        assert await scene.store.resources("queue") == []
        assert await scene.change("create_queue", ordered=False) > scene.other_fifo

    tell(story)


def test_sequence_numbers_go_on_after_a_restart(tell: Any, folder: Any) -> None:
    seen: list[int] = []

    async def story(scene: Any) -> None:
        seen.append((await scene.send(scene.standard, b"a"))[0].sequence)
        (held,) = await scene.claim(scene.standard)
        await scene.settle(scene.standard, held)

    tell(story, folder)
    tell(story, folder)
    assert seen[1] > seen[0]


def test_a_purge_goes_on_after_a_restart(tell: Any, folder: Any) -> None:
    async def story(scene: Any) -> None:
        await scene.send(scene.standard, *[b"x"] * 3000)
        await scene.change("purge_queue", scene.standard)

    async def later(scene: Any) -> None:
        await scene.swept()
        assert await scene.rows("message") == 0

    tell(story, folder)
    tell(later, folder)
