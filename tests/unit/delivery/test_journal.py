"""The bounded journal under the embedded mailbox and phone."""

from __future__ import annotations

from chasqui.base.clock import TestClock
from chasqui.crypto.keyring import memory_ring
from chasqui.delivery.journal import Journal, Page
from chasqui.store.memory import MemoryStore
from chasqui.store.sqlite import open_store
from tests.unit.access.audit.support import NOON_MS, stepped
from tests.unit.server.serving import run

RING = memory_ring()


def journal(kept: int = 1000, store: MemoryStore | None = None) -> Journal[str]:
    clock = TestClock()
    clock.freeze(NOON_MS)
    return Journal(store or MemoryStore(clock), clock, RING, "test:journal", str, kept)


def filled(*entries: tuple[tuple[str, ...], str]) -> Journal[str]:
    made = journal()
    for parts, entry in entries:
        stepped(made.add(parts, entry))
    return made


def texts(page: Page[str]) -> list[str]:
    return [each.entry for each in page.entries]


def test_the_newest_comes_first_and_says_when() -> None:
    page = stepped(filled((("a",), "one"), (("b",), "two")).page())

    assert texts(page) == ["two", "one"]
    assert page.entries[0].at_ms == NOON_MS
    assert page.after == ""


def test_entries_are_asked_for_by_their_parts_of_which_each_may_be_any() -> None:
    made = filled((("acc", "+331"), "mine"), (("acc", "+3312"), "longer"), (("other", "+331"), "other's"))

    assert texts(stepped(made.page(("acc", "+331")))) == ["mine"]
    assert texts(stepped(made.page(("acc",)))) == ["longer", "mine"]
    assert texts(stepped(made.page(("", "+331")))) == ["other's", "mine"]


def test_pages_follow_one_another() -> None:
    made = filled(*(((str(n),), str(n)) for n in range(5)))

    first = stepped(made.page(limit=2))
    second = stepped(made.page(limit=2, after=first.after))
    third = stepped(made.page(limit=2, after=second.after))

    assert [texts(first), texts(second), texts(third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert third.after == ""


def test_a_page_ends_where_it_grows_too_large_but_has_one_entry() -> None:
    made = filled((("a",), "x" * 100), (("a",), "y" * 100))

    page = stepped(made.page(bytes_max=50))

    assert texts(page) == ["y" * 100]
    assert texts(stepped(made.page(after=page.after, bytes_max=50))) == ["x" * 100]


def test_what_is_discarded_is_hidden_and_what_comes_after_is_not() -> None:
    made = filled((("a",), "old"), (("b",), "kept"))
    id = stepped(made.page(("a",))).entries[0].id

    stepped(made.discard(("a",)))
    stepped(made.add(("a",), "new"))

    assert texts(stepped(made.page())) == ["new", "kept"]
    assert stepped(made.find(id)) is None


def test_an_emptied_journal_goes_on() -> None:
    made = filled((("a",), "old"))

    stepped(made.empty())
    stepped(made.add(("a",), "new"))

    assert texts(stepped(made.page())) == ["new"]


def test_the_oldest_go_when_there_are_too_many() -> None:
    made = journal(kept=10)
    for n in range(200):
        stepped(made.add(("a",), str(n)))

    found = texts(stepped(made.page()))

    assert found[0] == "199"
    assert 10 <= len(found) <= 60


def test_an_entry_is_found_by_its_id_and_nothing_else_is() -> None:
    made = filled((("a",), "one"), (("a",), "two"))
    ids = [each.id for each in stepped(made.page()).entries]

    assert [stepped(made.find(id)).entry for id in ids] == ["two", "one"]  # type: ignore[union-attr]
    assert [stepped(made.find(id)) for id in ("", "x", "99", "0", "9" * 40, "١")] == [None] * 6


def test_a_journal_on_sqlite() -> None:
    async def main() -> None:
        clock = TestClock()
        store = await open_store(None, clock=clock)
        made = Journal(store, clock, RING, "test:journal", str, 10)
        for n in range(70):
            await made.add((str(n % 2),), str(n))
        await made.discard(("1",))
        page = await made.page()
        assert page.entries[0].entry == "68"
        assert {each.entry for each in page.entries} <= {str(n) for n in range(0, 70, 2)}
        await made.empty()
        assert not (await made.page()).entries
        await store.close()

    run(main())


def test_entries_are_sealed_where_they_lie() -> None:
    store = MemoryStore(TestClock())
    made = journal(store=store)
    stepped(made.add(("a",), "a secret"))

    log, _, _ = stepped(made._log.bounds())
    (record,) = store.read_records(log, after=0, limit=9).result()
    assert b"secret" not in record.data
    assert texts(stepped(made.page())) == ["a secret"]


def test_a_journal_outlives_its_object_and_begins_anew_after_a_reset() -> None:
    clock = TestClock()
    store = MemoryStore(clock)
    before = journal(store=store)
    stepped(before.add(("a",), "one"))

    assert texts(stepped(journal(store=store).page())) == ["one"]
    stepped(store.reset())
    assert texts(stepped(before.page())) == []
    stepped(before.add(("a",), "two"))
    assert texts(stepped(before.page())) == ["two"]
