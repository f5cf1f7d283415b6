"""A full disk, a failing sync, files that are not ours."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from chasqui.base.clock import SystemClock
from chasqui.store.port import NewMessage, StoreFull, StoreUnusable, Transaction
from chasqui.store.sqlite import open_store


def message(size: int) -> NewMessage:
    now = SystemClock().now_ms()
    return NewMessage(os.urandom(16), os.urandom(size), now, now, now + 10**8)


async def queue_of(store: Any) -> int:
    async def create(transaction: Transaction) -> int:
        return await transaction.create_queue(ordered=False)

    return int(await store.transaction(create))


async def fill_until_refused(store: Any, queue: int, size: int, most: int) -> int:
    for sent in range(most):
        try:
            await store.append_messages(queue, [message(size)])
        except StoreFull:
            return sent
    raise AssertionError("the disk never was full")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[str], None]]]:
    """A disk of its own, and a way to make it larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a file system can be mounted by root only")
    yield folder, lambda size: subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True) and None
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_refuses_and_serves_again_when_there_is_room(
    small_disk: tuple[Path, Callable[[str], None]],
) -> None:
    folder, grow = small_disk

    async def main() -> None:
        store = await open_store(folder / "data", clock=SystemClock())
        queue = await queue_of(store)
        sent = await fill_until_refused(store, queue, 100_000, 100)
        assert (await store.counts(queue)).visible == sent
        assert (await store.peek_messages(queue, limit=1))[0].payload
        grow("8m")
        await store.append_messages(queue, [message(100_000)])
        assert (await store.counts(queue)).visible == sent + 1
        await store.close()

    asyncio.run(main())


def test_a_database_at_its_limit_refuses_what_is_too_much_and_takes_the_rest(tmp_path: Path) -> None:
    async def main() -> None:
        store = await open_store(tmp_path, clock=SystemClock())
        queue = await queue_of(store)
        store.engine.db.execute("pragma max_page_count=100").fetchall()
        sent = await fill_until_refused(store, queue, 20_000, 100)
        small, large, other = (store.append_messages(queue, [message(size)]) for size in (10, 500_000, 10))
        await small
        with pytest.raises(StoreFull):
            await large
        await other
        assert (await store.counts(queue)).visible == sent + 2
        await store.close()

    asyncio.run(main())


def test_a_failed_sync_is_final(tmp_path: Path) -> None:
    class FailingSyncer:
        fails = False

        def start(self, log: Path, done: Callable[[OSError | None], object]) -> None:
            self.done = done

        def sync(self) -> None:
            error = OSError(5, "the disk is gone") if self.fails else None
            asyncio.get_running_loop().call_soon(self.done, error)

        def close(self) -> None:
            pass

    async def main() -> None:
        syncer = FailingSyncer()
        store = await open_store(tmp_path, clock=SystemClock(), syncer=syncer)
        queue = await queue_of(store)
        syncer.fails = True
        for _ in range(2):
            with pytest.raises(StoreUnusable):
                await store.append_messages(queue, [message(10)])
        await store.close()

    asyncio.run(main())


def test_a_dead_helper_is_final(tmp_path: Path) -> None:
    async def main() -> None:
        store = await open_store(tmp_path, clock=SystemClock())
        queue = await queue_of(store)
        store.engine.syncer._process.kill()
        with pytest.raises(StoreUnusable):
            await store.append_messages(queue, [message(10)])
        await store.close()

    asyncio.run(main())


def refusal(folder: Path) -> str:
    async def main() -> str:
        with pytest.raises(StoreUnusable) as raised:
            await open_store(folder, clock=SystemClock())
        return str(raised.value)

    return asyncio.run(main())


def make_store(folder: Path) -> None:
    async def main() -> None:
        store = await open_store(folder, clock=SystemClock())
        await store.append_messages(await queue_of(store), [message(1000) for _ in range(200)])
        await store.close()

    asyncio.run(main())


def test_garbage_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chasqui.db").write_bytes(os.urandom(8192))
    assert "corrupt" in refusal(tmp_path)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    make_store(tmp_path)
    content = bytearray((tmp_path / "chasqui.db").read_bytes())
    content[4096:40960] = os.urandom(36864)
    (tmp_path / "chasqui.db").write_bytes(content)
    assert "corrupt" in refusal(tmp_path)


def test_a_truncated_database_is_refused(tmp_path: Path) -> None:
    make_store(tmp_path)
    os.truncate(tmp_path / "chasqui.db", 100_000)
    assert "corrupt" in refusal(tmp_path)


def test_another_program_s_database_is_refused(tmp_path: Path) -> None:
    db = apsw.Connection(str(tmp_path / "chasqui.db"))
    db.execute("create table theirs(x)").fetchall()
    db.close()
    assert "another program's" in refusal(tmp_path)


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    make_store(tmp_path)
    db = apsw.Connection(str(tmp_path / "chasqui.db"))
    db.execute("pragma user_version=999").fetchall()
    db.close()
    assert "newer version" in refusal(tmp_path)


def test_a_second_server_on_the_data_directory_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        store = await open_store(tmp_path, clock=SystemClock())
        with pytest.raises(StoreUnusable, match="in use"):
            await open_store(tmp_path, clock=SystemClock())
        await store.close()
        await (await open_store(tmp_path, clock=SystemClock())).close()

    asyncio.run(main())
