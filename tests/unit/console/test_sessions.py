"""Sessions without a browser: how long they last, which are swept, and what of a Cookie field is one."""

from __future__ import annotations

import asyncio

import pytest

from chasqui.base.clock import TestClock
from chasqui.console.sessions import COOKIE, HOURS, Sessions, csrf_of, token_of
from chasqui.store.memory import MemoryStore

HOUR_MS = 3_600_000


def test_a_session_lasts_twelve_hours() -> None:
    async def run() -> None:
        clock = TestClock(frozen_at_ms=1_700_000_000_000)
        sessions = Sessions(MemoryStore(clock), clock)
        token = await sessions.begin("AKIA", b"")
        clock.advance(HOURS * HOUR_MS - 1)
        found = await sessions.find(token)
        assert found is not None
        assert found.access_key == "AKIA"
        clock.advance(1)
        assert await sessions.find(token) is None

    asyncio.run(run())


def test_sessions_that_are_over_are_swept_however_many_are_not() -> None:
    async def run() -> None:
        clock = TestClock(frozen_at_ms=1_700_000_000_000)
        store = MemoryStore(clock)
        sessions = Sessions(store, clock)
        for _ in range(150):
            await sessions.begin("old", b"")
        clock.advance(HOURS * HOUR_MS)
        for _ in range(150):
            await sessions.begin("new", b"")
        kept = await store.resources("console:session", "", limit=1000)
        # Those behind a new one go, a hundred at a time: after so many new ones next to none is left.
        assert len([each for each in kept if b'"old"' in each.document]) < 20

    asyncio.run(run())


def test_the_store_does_not_know_the_cookie() -> None:
    async def run() -> None:
        clock = TestClock(frozen_at_ms=1_700_000_000_000)
        store = MemoryStore(clock)
        token = await Sessions(store, clock).begin("AKIA", b"")
        (kept,) = await store.resources("console:session", "", limit=10)
        assert token not in kept.name
        assert token.encode() not in kept.document

    asyncio.run(run())


@pytest.mark.parametrize(
    ("field", "token"),
    [
        ("", ""),
        (f"a=b; {COOKIE}=t; c=d", "t"),
        (f"{COOKIE}=t; {COOKIE}=t", "t"),
        (f"{COOKIE}=mine; {COOKIE}=planted", ""),
        (f"{COOKIE}={'x' * 500}", ""),
        (f"x{COOKIE}=t", ""),
    ],
)
def test_a_cookie_field_has_one_session_or_none(field: str, token: str) -> None:
    assert token_of(field) == token


def test_what_forms_say_does_not_give_the_session_away() -> None:
    assert csrf_of("t") != csrf_of("u")
    assert "t" * 43 not in csrf_of("t" * 43)
