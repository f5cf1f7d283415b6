"""Moving from SQLite to PostgreSQL: everything arrives, whatever interrupts it, and nothing else is moved into."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec import structs

from chasqui.base.clock import TestClock
from chasqui.cli.migrate import check_target, find_place
from chasqui.store.moving import Moved, MoveRefused, move_house
from chasqui.store.port import (
    BLOB_ROW_BYTES_MAX,
    Claimed,
    Counts,
    LogState,
    NewRecord,
    Redrive,
    Resource,
    Settled,
    Shared,
    StoreUnusable,
)
from chasqui.store.postgres import open_postgres
from chasqui.store.sqlite import open_store
from tests.postgres import Postgres
from tests.support import COMMAND, ROOT, Server, receive_all
from tests.unit.store.conftest import NOW, Scene

Filling = Callable[[Scene], Awaitable[None]]
Looking = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def house(tmp_path: Path, postgres: Postgres) -> House:
    return House(tmp_path, postgres.fresh_database())


class House:
    """A data directory, and an empty database."""

    def __init__(self, folder: Path, dsn: str) -> None:
        self.data = folder / "data"
        self.blobs = folder / "blobs"
        self.dsn = dsn
        self.clock = TestClock(frozen_at_ms=NOW)
        self.scene: Any = None

    def fill(self, filling: Filling) -> None:
        """Tell a story on SQLite, and close the store."""

        async def main() -> None:
            self.scene = Scene(await open_store(self.data, clock=self.clock), self.clock)
            await self.scene.prepare()
            await filling(self.scene)
            await self.scene.store.close()

        asyncio.run(main())

    def move(self, told: Any = lambda *_: None, blobs: Path | None = None) -> Moved:
        return asyncio.run(move_house(self.data, self.dsn, str(blobs) if blobs else None, told))

    def look(self, looking: Looking, blobs: Path | None = None) -> None:
        """Go on with the story on PostgreSQL."""

        async def main() -> None:
            store = await open_postgres(self.dsn, clock=self.clock, blobs=str(blobs) if blobs else None)
            self.scene.store = store
            try:
                await looking(self.scene)
            finally:
                await store.close()

        asyncio.run(main())


async def nothing(scene: Scene) -> None: ...


# ------------------------------------------------------------------------------------------------- what arrives


def test_what_messages_have_in_common_arrives_once(house: House) -> None:
    async def fill(scene: Scene) -> None:
        for queue in (scene.standard, scene.fifo, scene.other, scene.other_fifo):
            shared = Shared(b"of queue %d" % queue)
            messages = [structs.replace(scene.message(group="g"), shared=shared) for _ in range(2)]
            await scene.store.append_messages(queue, messages)
        await scene.change("purge_queue", scene.other)
        await scene.change("delete_queue", scene.other_fifo)

    async def look(scene: Scene) -> None:
        for queue in (scene.standard, scene.fifo):
            claimed = await scene.claim(queue)
            assert [each.shared and each.shared.data for each in claimed] == [b"of queue %d" % queue] * 2
            await scene.settle(queue, *claimed)
        await scene.swept()
        assert await scene.rows("shared") == 0

    house.fill(fill)
    house.move()
    house.look(look)


def test_a_standard_queue_arrives_with_its_times_counts_and_claims(house: House) -> None:
    held: list[Claimed] = []

    async def fill(scene: Scene) -> None:
        await scene.send(scene.standard, b"held")
        held.extend(await scene.claim(scene.standard))
        scene.clock.advance(1000)
        await scene.send(scene.standard, b"seen before")
        await scene.claim(scene.standard, visibility_ms=0)
        await scene.send(scene.standard, b"later", delay_ms=60_000)
        await scene.send(scene.standard, b"short", retention_ms=5_000)
        await scene.send(scene.standard, b"of a tenant", group="tenant")

    async def look(scene: Scene) -> None:
        assert await scene.store.counts(scene.standard) == Counts(3, 1, 1)
        before, short, tenant = await scene.claim(scene.standard)
        assert (before.payload, before.receives, before.first_received_at_ms) == (b"seen before", 2, NOW + 1000)
        assert (short.receives, short.sent_at_ms, tenant.group) == (1, NOW + 1000, "tenant")
        assert await scene.settle(scene.standard, before, tenant, held[0]) == [Settled.DONE] * 3
        scene.clock.advance(5_000)
        await scene.swept()
        assert await scene.store.counts(scene.standard) == Counts(0, 0, 1)
        scene.clock.advance(60_000)
        assert await scene.payloads(scene.standard) == [b"later"]

    house.fill(fill)
    moved = house.move()
    house.look(look)

    assert (moved.queues, moved.messages) == (4, 5)


def test_a_fifo_queue_arrives_with_its_order_locks_and_keys(house: House) -> None:
    held: list[Claimed] = []
    sent: list[Any] = []

    async def fill(scene: Scene) -> None:
        for n in range(5):
            sent.extend(await scene.send(scene.fifo, b"a%d" % n, group="a", key=b"a%d" % n))
        await scene.send(scene.fifo, b"b0", group="b")
        held.extend(await scene.claim(scene.fifo, limit=2, visibility_ms=10_000))
        assert [each.payload for each in held] == [b"a0", b"a1"]

    async def look(scene: Scene) -> None:
        assert await scene.store.counts(scene.fifo) == Counts(4, 2, 0)
        assert await scene.payloads(scene.fifo) == [b"b0"]
        (again,) = await scene.send(scene.fifo, b"a0", group="a", key=b"a0")
        assert (again.duplicate, again.sequence, again.id) == (True, sent[0].sequence, sent[0].id)
        (new,) = await scene.send(scene.fifo, b"a5", group="a", key=b"a5")
        assert new.sequence > sent[-1].sequence
        assert await scene.settle(scene.fifo, *held) == [Settled.DONE] * 2
        assert await scene.payloads(scene.fifo) == [b"a2", b"a3", b"a4", b"a5"]

    house.fill(fill)
    house.move()
    house.look(look)


def test_a_group_whose_messages_come_back_at_different_times_stays_locked_until_the_last(house: House) -> None:
    async def fill(scene: Scene) -> None:
        await scene.send(scene.fifo, b"1", b"2", b"3", group="g")
        _, second = await scene.claim(scene.fifo, limit=2, visibility_ms=10_000)
        await scene.extend(scene.fifo, second, 60_000)
        await scene.send(scene.other_fifo, b"late", group="g", delay_ms=30_000)

    async def look(scene: Scene) -> None:
        assert await scene.store.counts(scene.fifo) == Counts(1, 2, 0)
        assert await scene.store.counts(scene.other_fifo) == Counts(0, 0, 1)
        scene.clock.advance(20_000)
        assert await scene.payloads(scene.fifo) == []
        scene.clock.advance(40_000)
        assert await scene.payloads(scene.fifo) == [b"1", b"2", b"3"]
        assert await scene.payloads(scene.other_fifo) == [b"late"]

    house.fill(fill)
    house.move()
    house.look(look)


def test_an_attempt_that_is_repeated_after_the_move_gets_the_same_messages(house: House) -> None:
    first: list[Claimed] = []

    async def fill(scene: Scene) -> None:
        await scene.send(scene.fifo, b"1", b"2", group="g")
        await scene.claim(scene.fifo, visibility_ms=0)
        first.extend(await scene.claim(scene.fifo, attempt="again"))

    async def look(scene: Scene) -> None:
        again = await scene.claim(scene.fifo, attempt="again")
        assert [(each.id, each.receives) for each in again] == [(each.id, 2) for each in first]

    house.fill(fill)
    house.move()
    house.look(look)


def test_keys_that_were_used_again_keep_their_latest_message(house: House) -> None:
    latest: list[Any] = []

    async def fill(scene: Scene) -> None:
        await scene.send(scene.fifo, b"first", group="g", key=b"k")
        scene.clock.advance(5 * 60_000)
        latest.extend(await scene.send(scene.fifo, b"second", group="g", key=b"k"))
        assert await scene.rows("dedup") == 2, "the test wants a key in two buckets"

    async def look(scene: Scene) -> None:
        (again,) = await scene.send(scene.fifo, b"third", group="g", key=b"k")
        assert (again.duplicate, again.id) == (True, latest[0].id)

    house.fill(fill)
    house.move()
    house.look(look)


def test_dead_letters_keep_their_origin_and_receive_count(house: House) -> None:
    async def fill(scene: Scene) -> None:
        for source, dead in ((scene.standard, scene.other), (scene.fifo, scene.other_fifo)):
            await scene.send(source, b"bad", group="g" if dead == scene.other_fifo else None)
            await scene.claim(source, visibility_ms=0)
            redrive = Redrive(1, dead, "arn:source", 1_000_000)
            assert await scene.claim(source, redrive=redrive) == []

    async def look(scene: Scene) -> None:
        for queue in (scene.other, scene.other_fifo):
            (dead,) = await scene.claim(queue)
            assert (dead.payload, dead.origin, dead.receives) == (b"bad", "arn:source", 2)

    house.fill(fill)
    house.move()
    house.look(look)


@pytest.mark.parametrize("shared", [True, False])
def test_documents_logs_and_blobs_arrive(house: House, shared: bool) -> None:
    large = os.urandom(BLOB_ROW_BYTES_MAX * 5 + 1)
    logs: list[int] = []
    kept: list[Resource] = []
    place = house.blobs if shared else None

    async def fill(scene: Scene) -> None:
        first = await scene.change("create", Resource("queue", "1/eu", "ä\U0010fffd", b"{}", parent="team"))
        kept.append(await scene.change("replace", first))
        logs.append(await scene.change("create_log"))
        for n in range(10):
            await scene.store.append_records(logs[0], [NewRecord(f"k{n}", bytes([n, each]), n) for each in range(3)])
        await scene.store.trim_records(logs[0], 8)
        for key, data in (("small", b"s"), ("large", large), ("gone", large)):
            await scene.change("put_blob", key, await scene.store.stage_blob(data))
        await scene.change("delete_blob", "gone")

    async def look(scene: Scene) -> None:
        assert await scene.store.resource("queue", "1/eu", "ä\U0010fffd") == kept[0]
        assert await scene.store.log_state(logs[0]) == LogState(8, 30)
        records = await scene.store.read_records(logs[0], after=0, limit=100)
        assert [(each.sequence, each.key, each.data) for each in records][:3] == [
            (8, "k2", b"\2\1"), (9, "k2", b"\2\2"), (10, "k3", b"\3\0"),
        ]  # fmt: skip
        assert await scene.store.append_records(logs[0], [NewRecord("new", b"", 0)]) == [31]
        assert b"".join([piece async for piece in scene.store.read_blob("large")]) == large
        assert b"".join([piece async for piece in scene.store.read_blob("small")]) == b"s"
        assert await scene.store.blob_size("gone") is None

    house.fill(fill)
    house.move(blobs=place)
    house.look(look, blobs=place)


def test_no_number_is_given_twice(house: House) -> None:
    async def fill(scene: Scene) -> None:
        await scene.send(scene.standard, b"x")
        await scene.send(scene.fifo, b"x", group="g")
        await scene.change("delete_queue", scene.other_fifo)
        for _ in range(5):
            log = await scene.change("create_log")
            await scene.change("delete_log", log)
            deleted = await scene.change("create", Resource("t", "o", "n", b""))
            await scene.change("delete", deleted)
        numbers.extend((scene.other_fifo, log, deleted.generation))
        numbers.append((await scene.send(scene.standard, b"x"))[0].sequence)

    numbers: list[int] = []

    async def look(scene: Scene) -> None:
        queue, log, generation, sequence = numbers
        assert await scene.change("create_queue", ordered=True) > queue
        assert await scene.change("create_log") > log
        assert (await scene.change("create", Resource("t", "o", "n", b""))).generation > generation
        assert (await scene.send(scene.standard, b"y"))[0].sequence > sequence
        assert (await scene.send(scene.fifo, b"y", group="new"))[0].sequence > sequence
        assert (await scene.change("create_queue", ordered=False)) > queue

    house.fill(nothing)
    # Further than the first block of either kind of number.
    change_source(house, "update counter set value=5000000 where name='message'")
    house.fill(fill)
    house.move()
    house.look(look)


def test_what_was_purged_or_deleted_stays_behind_and_a_changed_retention_goes_on(house: House) -> None:
    async def fill(scene: Scene) -> None:
        scene.store._sweeper.close()
        await scene.send(scene.other, *[b"x"] * 500)
        await scene.send(scene.other_fifo, *[b"x"] * 500, group="g")
        await scene.send(scene.standard, *[b"x"] * 500, retention_ms=50_000_000)
        await scene.change("purge_queue", scene.other)
        await scene.change("delete_queue", scene.other_fifo)
        await scene.change("set_retention", scene.standard, 60_000)

    async def look(scene: Scene) -> None:
        assert await scene.store.counts(scene.other) == Counts(0, 0, 0)
        scene.clock.advance(30_000)
        await scene.swept()
        assert await scene.store.counts(scene.standard) == Counts(500, 0, 0)
        scene.clock.advance(30_000)
        await scene.swept()
        assert await scene.store.counts(scene.standard) == Counts(0, 0, 0)

    house.fill(fill)
    db = apsw.Connection(str(house.data / "chasqui.db"))
    left = db.execute("select count(*) from job").get
    db.close()
    moved = house.move()
    house.look(look)

    assert left == 3, "the test wants work left to the sweeper"
    rows = {each.name: each.rows for each in moved.tables}
    assert (moved.messages, rows["message"], rows["grp"], rows["fifo"]) == (500, 500, 0, 0)


# ------------------------------------------------------------------------------------------------- interrupted


async def much(scene: Scene) -> None:
    """More than one batch of everything that comes in numbers."""
    for start in range(0, 6_000, 500):
        await scene.send(scene.standard, *[b"%d" % n for n in range(start, start + 500)])
        for group in ("a", "b"):
            messages = [
                scene.message(b"%d" % n, group=group, key=b"%s%d" % (group.encode(), n))
                for n in range(start // 4, start // 4 + 125)
            ]
            await scene.store.append_messages(scene.fifo, messages)
    for n in range(60):
        await scene.change("put_blob", str(n), await scene.store.stage_blob(bytes([n]) * (BLOB_ROW_BYTES_MAX + 1)))


async def much_is_there(scene: Scene) -> None:
    assert await scene.store.counts(scene.standard) == Counts(6_000, 0, 0)
    seen: set[int] = set()
    while got := await scene.claim(scene.standard, limit=500, visibility_ms=600_000):
        seen |= {int(each.payload) for each in got}
    assert seen == set(range(6_000))
    groups: dict[Any, list[int]] = {"a": [], "b": []}
    while got := await scene.claim(scene.fifo, limit=100):
        for each in got:
            groups[each.group].append(int(each.payload))
        await scene.settle(scene.fifo, *got)
    assert groups == {"a": list(range(1500)), "b": list(range(1500))}
    (again,) = await scene.send(scene.fifo, b"x", group="a", key=b"a17")
    assert again.duplicate
    for n in range(60):
        data = b"".join([piece async for piece in scene.store.read_blob(str(n))])
        assert data == bytes([n]) * (BLOB_ROW_BYTES_MAX + 1)


@pytest.mark.parametrize("place", [("move", "message"), ("move", "fifo"), ("move", "blob"), ("verify", "message")])
def test_a_move_killed_anywhere_goes_on_where_it_was(house: House, place: tuple[str, str]) -> None:
    house.fill(much)
    program = f"""
import asyncio, sys
from pathlib import Path
from chasqui.store.moving import move_house
def told(doing, table, done, total):
    print(doing, table, done, flush=True)
    if (doing, table) == {place!r} and done:
        sys.stdin.read()  # until the test has killed it
asyncio.run(move_house(Path(sys.argv[1]), sys.argv[2], sys.argv[3], told))
"""
    command = [sys.executable, "-c", program, str(house.data), house.dsn, str(house.blobs)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        while not process.stdout.readline().startswith(" ".join(place).encode()):
            assert process.poll() is None
        while int(process.stdout.readline().split()[2]) == 0:
            pass
        process.send_signal(signal.SIGKILL)
    begun: list[tuple[str, int]] = []

    def told(doing: str, table: str, done: int, total: int) -> None:
        if (doing, table) == ("move", place[1]) and not begun:
            begun.append((doing, done))
        if done > total:
            raise AssertionError("rows were moved twice")

    with pytest.raises(StoreUnusable, match="not finished"):
        house.look(nothing, blobs=house.blobs)
    moved = house.move(told, blobs=house.blobs)

    assert begun[0][1] > 0, "it began anew instead of going on"
    assert moved.messages == 9_000
    house.look(much_is_there, blobs=house.blobs)
    assert len([each for each in house.blobs.rglob("*") if each.is_file()]) == 60


def test_a_move_is_killed_at_random_and_repeated_until_it_is_complete(house: House) -> None:
    house.fill(much)
    command = [COMMAND, "migrate", "--from", house.data, "--to", house.dsn, "--blobs", house.blobs]
    for delay in (0.6, 0.8, 1.0, 1.2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(delay)
        process.kill()
        process.wait()
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    assert done.returncode == 0, done.stderr
    house.look(much_is_there, blobs=house.blobs)


# ------------------------------------------------------------------------------------------------------ refused


def test_a_directory_whose_server_runs_is_not_moved(house: House) -> None:
    async def story() -> None:
        store = await open_store(house.data, clock=house.clock)
        try:
            with pytest.raises(StoreUnusable, match="in use by another server"):
                await move_house(house.data, house.dsn, None, lambda *_: None)
        finally:
            await store.close()

    asyncio.run(story())


def test_what_is_no_data_directory_is_not_moved(house: House, tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match=r"no chasqui\.db"):
        house.move()


def test_a_target_that_holds_something_is_refused(house: House) -> None:
    async def put(scene: Scene) -> None:
        await scene.change("create", Resource("t", "o", "n", b""))

    house.fill(nothing)
    house.look(put)

    with pytest.raises(MoveRefused, match=r"not empty .*resource"):
        house.move()


def test_a_target_on_which_a_server_runs_is_refused(house: House) -> None:
    async def story() -> None:
        house_clock = TestClock(frozen_at_ms=NOW)
        store = await open_postgres(house.dsn, clock=house_clock)
        await store.sweeper.finish()
        try:
            with pytest.raises(MoveRefused, match="a server is running"):
                await move_house(house.data, house.dsn, None, lambda *_: None)
        finally:
            await store.close()

    house.fill(nothing)
    asyncio.run(story())


def stop_at(doing: str, table: str) -> Any:
    def told(doing_: str, table_: str, done: int, total: int) -> None:
        if (doing_, table_) == (doing, table):
            raise KeyboardInterrupt

    return told


def interrupted(house: House, doing: str, table: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        house.move(stop_at(doing, table))


def test_an_unfinished_move_of_another_directory_is_refused(house: House, tmp_path: Path) -> None:
    house.fill(nothing)
    interrupted(house, "move", "message")
    other = House(tmp_path / "other", house.dsn)

    async def fill(scene: Scene) -> None:
        await scene.change("create", Resource("t", "o", "n", b""))

    other.fill(fill)
    with pytest.raises(MoveRefused, match="another data directory"):
        other.move()


def change_source(house: House, statement: str) -> None:
    db = apsw.Connection(str(house.data / "chasqui.db"))
    db.execute(statement).fetchall()
    db.close()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("update message set payload='other'", "message"),
        ("update message set visible_at=visible_at+1 where seq=(select max(seq) from message)", "message"),
        ("delete from message where seq=(select min(seq) from message)", "message"),
        ("update fifo set receives=receives+1", "grp"),
        ("delete from dedup", "dedup"),
        ("update resource set document='other'", "resource"),
    ],
)
def test_what_was_changed_between_two_halves_of_a_move_is_found(house: House, statement: str, what: str) -> None:
    async def fill(scene: Scene) -> None:
        await scene.send(scene.standard, b"1", b"2")
        await scene.send(scene.fifo, b"1", group="g", key=b"k")
        await scene.change("create", Resource("t", "o", "n", b""))

    house.fill(fill)
    interrupted(house, "verify", "resource")
    change_source(house, statement)

    with pytest.raises(MoveRefused, match=f"verification failed: {what} differs"):
        house.move()
    with pytest.raises(StoreUnusable, match="not finished"):
        house.look(nothing)


def test_a_finished_move_is_not_made_again(house: House) -> None:
    house.fill(nothing)
    house.move()

    assert house.move().already
    house.look(nothing)
    assert house.move().already


def test_a_batch_is_bounded_by_its_bytes(house: House) -> None:
    """80 MB pass through without ever being in memory together."""

    async def fill(scene: Scene) -> None:
        for _ in range(80):
            await scene.send(scene.standard, os.urandom(1 << 20))

    house.fill(fill)
    program = """
import asyncio, resource, sys
from pathlib import Path
from chasqui.store.moving import move_house
asyncio.run(move_house(Path(sys.argv[1]), sys.argv[2], None, lambda *_: None))
status = Path("/proc/self/status")
if status.exists():
    # ru_maxrss would count what the test's own process held when it forked this one.
    print(next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(house.data), house.dsn], capture_output=True, check=True, cwd=ROOT
    )

    assert int(done.stdout) < 150 << 20


# -------------------------------------------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("sqlite:///var/lib/chasqui", "/var/lib/chasqui"),
        ("sqlite:////var/lib/chasqui", "/var/lib/chasqui"),
        ("sqlite:///var/lib/chasqui/chasqui.db", "/var/lib/chasqui/chasqui.db"),
        ("sqlite:///~/data", str(Path.home() / "data")),
        ("data", "data"),
    ],
)
def test_a_directory_is_named_by_an_address_or_a_path(address: str, path: str) -> None:
    assert find_place(address) == Path(path)


@pytest.mark.parametrize("address", ["postgresql://host/db", "mysql://host/db"])
def test_the_way_back_is_refused_in_words(address: str) -> None:
    with pytest.raises(Exception, match=r"only the way from SQLite|move from sqlite"):
        find_place(address)


def test_a_target_must_be_postgresql() -> None:
    with pytest.raises(Exception, match="move to postgresql"):
        check_target("sqlite:///data")


def test_a_server_moves_to_postgresql_with_all_it_has(tmp_path: Path, postgres: Postgres) -> None:
    """The way of the how-to, with an AWS client."""
    data, dsn = tmp_path / "data", postgres.fresh_database()
    with Server(data) as server:
        sqs = server.client()
        plain = sqs.create_queue(QueueName="plain")["QueueUrl"]
        fifo = sqs.create_queue(QueueName="o.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        bodies = [f"message {n}" for n in range(60)]
        for start in range(0, 60, 10):
            entries = [{"Id": str(n), "MessageBody": bodies[start + n]} for n in range(10)]
            sqs.send_message_batch(QueueUrl=plain, Entries=entries)
        for n in range(60):
            one = {"MessageGroupId": f"g{n % 3}", "MessageDeduplicationId": str(n), "MessageBody": str(n)}
            sqs.send_message(QueueUrl=fifo, **one)
        first = sqs.receive_message(QueueUrl=plain, MaxNumberOfMessages=1)["Messages"][0]
    command = [COMMAND, "migrate", "--from", f"sqlite://{data}", "--to", dsn]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "120 messages in 2 queues" in done.stdout
    assert str(data / "keys") in done.stdout

    with Server(tmp_path / "node", "--database", dsn, "--keys", str(data / "keys")) as server:
        sqs = server.client()
        plain, fifo = (url.replace(url.split("/")[2], server.url.split("/")[2]) for url in (plain, fifo))
        again = sqs.send_message(
            QueueUrl=fifo, MessageGroupId="g0", MessageDeduplicationId="59", MessageBody="a duplicate"
        )
        sqs.delete_message(QueueUrl=plain, ReceiptHandle=first["ReceiptHandle"])
        received = receive_all(sqs, plain)
        assert sorted(each["Body"] for each in received) == sorted(set(bodies) - {first["Body"]})
        ordered: list[str] = []
        ids = {}
        while got := sqs.receive_message(QueueUrl=fifo, MaxNumberOfMessages=10).get("Messages"):
            for each in got:
                ordered.append(each["Body"])
                ids[each["Body"]] = each["MessageId"]
                sqs.delete_message(QueueUrl=fifo, ReceiptHandle=each["ReceiptHandle"])
        for group in range(3):
            expected = [str(n) for n in range(60) if n % 3 == group]
            assert [each for each in ordered if int(each) % 3 == group] == expected
        assert again["MessageId"] == ids["59"]
