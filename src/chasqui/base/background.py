"""Work that goes on after its request was answered: tasks, all ended when the server closes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

_log = logging.getLogger("chasqui.background")


class Background:
    """The background tasks of one service."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` to its end; what it raises is logged under its name, for nobody waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, name))

    def _ended(self, name: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("background work failed", exc_info=task.exception(), extra={"work": name})

    async def close(self) -> None:
        """Cancel what is running and wait until it has ended."""
        tasks = list(self._tasks)
        loop = asyncio.get_running_loop()
        for task in tasks:
            # Not from here: who closes is a task itself, and a `Pending` that is cancelled resumes its waiter at once.
            loop.call_soon(task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
