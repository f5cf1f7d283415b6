"""Work that needs an asyncio task, for who has none: operations are stepped, and what waits with a timeout (a pool's
connection, an HTTP client's answer) must know its task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def in_a_task(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which runs in a task; it is cancelled with its waiter."""
    if asyncio.current_task() is not None:
        return await work
    return await asyncio.get_running_loop().create_task(work)


async def pumped(source: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    """What `source` gives, one piece ahead of who takes them: all of it runs in one task. Raises what it raises."""
    if asyncio.current_task() is not None:
        try:
            async for piece in source:
                yield piece
        finally:
            await source.aclose()
        return
    ready: asyncio.Queue[bytes | None] = asyncio.Queue(1)

    async def pump() -> None:
        try:
            async for piece in source:
                await ready.put(piece)
        finally:
            await source.aclose()

    task = asyncio.get_running_loop().create_task(pump())
    ended = asyncio.get_running_loop().create_task(_tell(task, ready))
    try:
        while (found := await ready.get()) is not None:
            yield found
        task.result()
    finally:
        task.cancel()
        ended.cancel()


async def _tell(task: asyncio.Task[None], ready: asyncio.Queue[bytes | None]) -> None:
    """Put None behind the last piece once the task has ended."""
    await asyncio.wait((task,))
    await ready.put(None)
