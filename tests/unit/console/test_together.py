"""Several calls at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from chasqui.base.pending import Pending
from chasqui.console.together import AT_ONCE, together


class Asked:
    """What was asked and is answered by hand."""

    def __init__(self) -> None:
        self.waiting: list[Pending[int]] = []

    async def answer(self) -> int:
        pending: Pending[int] = Pending()
        self.waiting.append(pending)
        return await pending

    def works(self, number: int) -> Iterator[Coroutine[Any, Any, int]]:
        return (self.answer() for _ in range(number))


async def _at_once(value: int) -> int:
    return value


def test_results_are_in_the_order_of_the_works_whichever_ends_first() -> None:
    async def main() -> list[int]:
        asked = Asked()
        task = asyncio.ensure_future(together(asked.works(3)))
        await asyncio.sleep(0)
        for value in (2, 0, 1):
            asyncio.get_running_loop().call_soon(asked.waiting[value].resolve, value)
        return await task

    assert asyncio.run(main()) == [0, 1, 2]


def test_no_more_are_begun_than_go_on_at_once() -> None:
    async def main() -> tuple[int, int]:
        asked = Asked()
        task = asyncio.ensure_future(together(asked.works(AT_ONCE + 1)))
        await asyncio.sleep(0)
        begun = len(asked.waiting)
        for pending in asked.waiting[:AT_ONCE]:
            asyncio.get_running_loop().call_soon(pending.resolve, 0)
        for _ in range(3):
            await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(asked.waiting[-1].resolve, 0)
        await task
        return begun, len(asked.waiting)

    assert asyncio.run(main()) == (AT_ONCE, AT_ONCE + 1)


def test_what_fails_is_raised_once_its_companions_have_ended() -> None:
    ended = []

    async def fails() -> int:
        raise ValueError("no")

    async def ends() -> int:
        await asyncio.sleep(0)
        ended.append(1)
        return 1

    async def main() -> None:
        await together(work() for work in (fails, ends))

    with pytest.raises(ValueError, match="no"):
        asyncio.run(main())
    assert ended == [1]


def test_works_that_need_not_wait_let_others_have_their_turn() -> None:
    async def main() -> int:
        turns, over = 0, False

        def turn() -> None:
            nonlocal turns
            turns += 1
            if not over:
                asyncio.get_running_loop().call_soon(turn)

        asyncio.get_running_loop().call_soon(turn)
        await together(_at_once(each) for each in range(20_000))
        over = True
        return turns

    assert asyncio.run(main()) > 1
