"""Live streams: how many there may be, and what ends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chasqui.base.errors import ServiceError
from chasqui.console.streams import Streams


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


class Pieces:
    """One piece, then nothing for ever; knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    async def __call__(self) -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            self.closed = True


def test_a_stream_counts_while_it_runs() -> None:
    async def run() -> None:
        streams, pieces = Streams(visitor_max=1), Pieces()
        stream = streams.bounded(pieces(), "bob", "home", yes)
        streams.check("bob", "home")
        assert await anext(stream) == b"first"
        with pytest.raises(ServiceError, match="Too many"):
            streams.check("bob", "home")
        streams.check("eve", "home")
        await stream.aclose()  # type: ignore[attr-defined]
        streams.check("bob", "home")
        assert len(streams) == 0
        assert pieces.closed

    asyncio.run(run())


def test_a_server_has_so_many_streams_at_most_and_half_of_them_for_one_group() -> None:
    async def run() -> None:
        streams = Streams(server_max=2)
        first = streams.bounded(Pieces()(), "bob", "home", yes)
        await anext(first)
        with pytest.raises(ServiceError):
            streams.check("bob's other browser", "home")
        streams.check("eve", "elsewhere")
        second = streams.bounded(Pieces()(), "eve", "elsewhere", yes)
        await anext(second)
        with pytest.raises(ServiceError):
            streams.check("kim", "nowhere")
        for stream in (first, second):
            await stream.aclose()  # type: ignore[attr-defined]
        streams.check("bob's other browser", "home")

    asyncio.run(run())


def test_nothing_is_shown_to_who_is_no_longer_who_it_was() -> None:
    async def run() -> None:
        pieces = Pieces()
        assert [each async for each in Streams().bounded(pieces(), "bob", "home", no)] == []
        assert pieces.closed

    asyncio.run(run())


def test_an_idle_stream_shows_that_it_lives_and_ends_with_its_session() -> None:
    async def run() -> None:
        answers = iter([True, True, True, False])

        async def still() -> bool:
            return next(answers)

        pieces = Pieces()
        seen = [each async for each in Streams(beat_seconds=0.01).bounded(pieces(), "bob", "home", still)]
        assert seen == [b"first", b": still here\n\n", b": still here\n\n"]
        assert pieces.closed

    asyncio.run(run())


def test_a_server_that_stops_ends_them_all() -> None:
    async def run() -> None:
        streams, pieces = Streams(), Pieces()
        stream = streams.bounded(pieces(), "bob", "home", yes)
        await anext(stream)
        streams.end()
        assert [each async for each in stream] == []
        assert pieces.closed

    asyncio.run(run())


def test_what_a_stream_may_no_longer_see_ends_it() -> None:
    async def refused() -> AsyncIterator[bytes]:
        yield b"first"
        raise ServiceError("AccessDenied", "no more")

    async def run() -> None:
        assert [each async for each in Streams().bounded(refused(), "bob", "home", yes)] == [b"first"]

    asyncio.run(run())


def test_a_stream_whose_browser_leaves_is_closed() -> None:
    async def run() -> None:
        streams, pieces = Streams(), Pieces()

        async def read() -> None:
            async for _ in streams.bounded(pieces(), "bob", "home", yes):
                pass

        task = asyncio.ensure_future(read())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(streams) == 0

    asyncio.run(run())
