"""Several calls at once. A page that asks something of each of hundreds of resources would wait for the store, and for
the disk where calls are recorded, hundreds of times one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from itertools import islice
from typing import Any, Final, TypeVar

from chasqui.base.pending import Drive, Pending

T = TypeVar("T")

AT_ONCE: Final = 8
"""As many as go on together: few enough that their answers, which come in one turn of the loop, do not hold it."""
_SLICE_SECONDS: Final = 0.002


class _Run(Drive[T]):
    """One of several: `over` is resolved when the last of them has ended."""

    __slots__ = ("_left", "error", "over", "value")

    def __init__(self, work: Coroutine[Any, Any, T], left: list[int], over: Pending[None]) -> None:
        super().__init__(work)
        self.over = over
        self._left = left
        self.value: T | None = None
        self.error: BaseException | None = None

    def finish(self, value: T | None, error: BaseException | None) -> None:
        self.value, self.error = value, error
        self._left[0] -= 1
        if not self._left[0]:
            self.over.resolve(None)


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all of them, in their order. Raises the first error, after those that were begun with it."""
    found: list[T] = []
    coming, loop = iter(works), asyncio.get_running_loop()
    until = loop.time() + _SLICE_SECONDS
    while begun := list(islice(coming, AT_ONCE)):
        over: Pending[None] = Pending()
        left = [len(begun)]
        runs = [_Run(work, left, over) for work in begun]
        for run in runs:
            run.step()
        await over
        for run in runs:
            if run.error is not None:
                raise run.error
            found.append(run.value)  # type: ignore[arg-type]
        if loop.time() > until:
            turn = loop.create_future()
            loop.call_soon(turn.set_result, None)
            await turn
            until = loop.time() + _SLICE_SECONDS
    return found
