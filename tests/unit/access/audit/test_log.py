"""What the audit log keeps, for how long, and when it is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from chasqui.access.audit.log import TYPE, AuditLog
from chasqui.base.clock import TestClock
from chasqui.base.errors import ServiceError
from chasqui.base.pending import Pending
from chasqui.base.settings import Settings
from chasqui.store.memory import MemoryStore
from chasqui.store.port import NewRecord, StoreFull
from chasqui.store.rolling import TRIM_EVERY, Detached
from chasqui.store.sqlite import open_store
from tests.unit.access.audit.support import ACCOUNT, DAY_MS, LIST, NOON_MS, SEND, Scene, event, stepped

T = TypeVar("T")


class SlowStore(MemoryStore):
    """Holds appends back until `answer`."""

    def __init__(self, clock: TestClock) -> None:
        super().__init__(clock)
        self.held: list[Pending[list[int]]] = []

    def append_records(self, log: int, records: object) -> Pending[list[int]]:
        self.held.append(Pending())
        return self.held[-1]


def slow_log() -> tuple[AuditLog, SlowStore]:
    clock = TestClock()
    store = SlowStore(clock)
    return AuditLog(store, clock, Settings()), store


def begun(work: Coroutine[Any, Any, T]) -> Pending[T]:
    """Work that goes as far as it can."""
    return Detached("a test's work", work).pending


def test_a_change_waits_until_it_is_in_the_log() -> None:
    log, store = slow_log()
    writing = begun(log.write(event()))
    assert not writing.done()

    store.held[0].resolve([1])

    assert writing.done()


def test_a_call_that_only_reads_does_not_wait() -> None:
    log, store = slow_log()

    stepped(log.write(event(action=LIST)))

    assert len(store.held) == 1


def test_a_refused_call_does_not_wait() -> None:
    log, store = slow_log()

    stepped(log.write(event(error=ServiceError("AccessDenied", "no"))))

    assert len(store.held) == 1


def test_a_change_that_cannot_be_recorded_fails(caplog: pytest.LogCaptureFixture) -> None:
    log, store = slow_log()
    writing = begun(log.write(event()))

    store.held[0].fail(StoreFull("no room"))

    assert isinstance(writing.exception(), StoreFull)
    assert "writing the audit log failed" in caplog.text


def test_a_waiter_that_gives_up_does_not_take_the_record_back() -> None:
    log, store = slow_log()
    pending = log.record(event())
    assert pending is not None

    pending.cancel()

    assert not store.held[0].cancelled()


@pytest.mark.parametrize(("level", "kept"), [("none", []), ("management", [False]), ("all", [True, False])])
def test_levels_say_what_is_recorded(level: str, kept: list[bool]) -> None:
    scene = Scene(audit_events=level)
    stepped(scene.write(event(), event(action=SEND, operation="SendMessage")))

    found = stepped(scene.records())

    assert [each["eventCategory"] == "Data" for each in found] == kept


def test_accounts_and_regions_have_logs_of_their_own() -> None:
    scene = Scene()

    stepped(scene.write(event(), event(region="us-east-1")))

    assert len(stepped(scene.records())) == 1
    assert [each.owner for each in scene.store.resources(TYPE).result()] == [
        f"{ACCOUNT}/eu-west-1",
        f"{ACCOUNT}/us-east-1",
    ]


def test_a_log_is_made_anew_after_a_reset() -> None:
    scene = Scene()
    stepped(scene.write(event(operation="Before")))

    stepped(scene.store.reset())
    stepped(scene.write(event(operation="After")))

    assert [each["eventName"] for each in stepped(scene.records())] == ["After"]


def test_two_nodes_write_to_one_log() -> None:
    scene = Scene()
    other = AuditLog(scene.store, scene.clock, Settings())

    stepped(scene.write(event(operation="One")))
    stepped(other.write(event(operation="Two")))

    assert [each["eventName"] for each in stepped(scene.records())] == ["Two", "One"]


def test_records_go_after_90_days() -> None:
    scene = Scene()
    stepped(scene.write(event(operation="Old"), event(operation="Older")))
    log = scene.audit.of(ACCOUNT, "eu-west-1")

    scene.clock.advance(91 * DAY_MS)
    stepped(scene.write(event(operation="New")))

    _, first, end = stepped(log.bounds())
    assert (first, end) == (3, 4)


def test_records_of_the_last_90_days_stay() -> None:
    scene = Scene()
    stepped(scene.write(event(operation="Old")))

    scene.clock.advance(89 * DAY_MS)
    stepped(scene.write(event(operation="New")))

    assert len(stepped(scene.records())) == 2


def test_the_oldest_go_when_there_are_too_many() -> None:
    scene = Scene(audit_records_max=100)
    for _ in range(TRIM_EVERY + 1):
        stepped(scene.write(event()))

    _, first, end = stepped(scene.audit.of(ACCOUNT, "eu-west-1").bounds())

    assert end - first <= 101


def test_positions_are_found_by_time() -> None:
    scene = Scene()
    log = scene.audit.of(ACCOUNT, "eu-west-1")
    for at_ms in (10, 20, 20, 30):
        stepped(log.append([NewRecord("", b"", NOON_MS + at_ms)]))
    id, first, end = stepped(log.bounds())

    found = [stepped(log.position(id, first, end, NOON_MS + at_ms)) for at_ms in (5, 10, 15, 20, 25, 30, 35)]

    assert found == [1, 1, 2, 2, 4, 4, 5]


def test_a_log_is_read_backwards_over_slices_of_its_bytes() -> None:
    scene = Scene()
    log = scene.audit.of(ACCOUNT, "eu-west-1")
    stepped(log.append([NewRecord(str(number), b"x" * (1 << 20), NOON_MS) for number in range(12)]))
    id, first, end = stepped(log.bounds())

    found = stepped(log.read_before(id, end - 1, first + 1))

    assert [each.sequence for each in found] == list(range(11, 1, -1))


def test_it_works_on_the_real_store() -> None:
    async def story() -> int:
        clock = TestClock()
        store = await open_store(None, clock=clock)
        log = AuditLog(store, clock, Settings())
        await log.write(event())
        id, first, end = await log.of(ACCOUNT, "eu-west-1").bounds()
        found = await log.of(ACCOUNT, "eu-west-1").read_before(id, end, first)
        await store.close()
        return len(found)

    assert asyncio.run(story()) == 1
