"""Commands of one kind, gathered: while one statement for many of them is under way, the next ones wait to go together.

One flight at a time, so commands take effect in the order in which they were given. For what is not worth a place in
the engine's lanes: logs and single documents.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from random import random
from typing import Any, Generic, TypeVar

from chasqui.base.pending import Pending
from chasqui.store.port import StoreError
from chasqui.store.postgres.connection import LOST, RETRYABLE, Connection, Pool, refusal, statements

A = TypeVar("A")
R = TypeVar("R")

TOGETHER_MAX = 500
WAITING_MAX = 20_000
TRIES = 20


def answer(pending: Pending[Any], outcome: Any) -> None:
    """Resolve with a value or fail with an exception, from the loop: the waiter goes on inside of the call, and a task
    cannot go on inside of another one."""
    asyncio.get_running_loop().call_soon(pending.fail if isinstance(outcome, Exception) else pending.resolve, outcome)


async def pause(tried: int) -> None:
    """Before a transaction that collided is run again: at random, so that those that collided part, and longer each
    time, up to 50 ms."""
    await asyncio.sleep(random() * min(0.05, 0.001 * 2**tried))


class Gather(Generic[A, R]):
    """`run` gets a connection and the arguments, and gives an outcome (a value or an exception) for each; it must be
    one statement or one transaction. When it raises, its commands are run one by one."""

    def __init__(self, pool: Pool, run: Callable[[Connection, list[A]], Awaitable[Sequence[R | Exception]]]) -> None:
        self._pool = pool
        self._run = run
        self._waiting: list[tuple[A, Pending[R]]] = []
        self._working: asyncio.Task[None] | None = None

    def submit(self, argument: A) -> Pending[R]:
        """Fails with `StoreError` when too many are waiting already."""
        pending: Pending[R] = Pending()
        if len(self._waiting) >= WAITING_MAX:
            pending.fail(StoreError("the database does not keep up: too many commands are waiting"))
            return pending
        self._waiting.append((argument, pending))
        if self._working is None:
            self._working = asyncio.get_running_loop().create_task(self._work())
        return pending

    async def _work(self) -> None:
        try:
            while self._waiting:
                together = self._waiting[:TOGETHER_MAX]
                del self._waiting[:TOGETHER_MAX]
                await self._flight(together)
        finally:
            self._working = None

    async def _flight(self, together: list[tuple[A, Pending[R]]]) -> None:
        arguments = [argument for argument, _ in together]
        try:
            outcomes = await self._try(arguments)
        except LOST as error:
            # Those behind would only wait as long again for the same answer.
            behind, self._waiting = self._waiting, []
            for _, pending in (*together, *behind):
                answer(pending, refusal(error))
        except Exception as error:  # noqa: BLE001  the edge of a command: its caller is told, its neighbours go on
            if len(together) == 1:
                answer(together[0][1], refusal(error))
            else:
                for each in together:
                    await self._flight([each])
        else:
            for (_, pending), outcome in zip(together, outcomes, strict=True):
                answer(pending, outcome)

    async def _try(self, arguments: list[A]) -> Sequence[R | Exception]:
        for tried in range(TRIES):
            try:
                async with statements(self._pool) as connection:
                    return await self._run(connection, arguments)
            except RETRYABLE:
                if tried == TRIES - 1:
                    raise
            await pause(tried)
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Wait until what was given is answered."""
        while self._working is not None:
            await asyncio.wait([self._working])
        await asyncio.sleep(0)


class Tasks:
    """Work that answers a `Pending` of its own; no more of it at a time than `running_max`."""

    def __init__(self, running_max: int = 2000) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._running_max = running_max

    def start(self, work: Coroutine[Any, Any, A], finish: Callable[[A], R] | None = None) -> Pending[R]:
        """Answer with what `work` returns, or with what `finish` makes of it, called right before."""
        pending: Pending[R] = Pending()
        if len(self._running) >= self._running_max:
            work.close()
            pending.fail(StoreError("the database does not keep up: too much is waiting for it"))
            return pending
        task = asyncio.get_running_loop().create_task(self._answered(work, finish, pending))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return pending

    async def _answered(
        self, work: Coroutine[Any, Any, Any], finish: Callable[[Any], Any] | None, pending: Pending[Any]
    ) -> None:
        try:
            outcome: Any = await work
        except Exception as error:  # noqa: BLE001  the edge of a command: its caller is told
            answer(pending, refusal(error))
            return
        if finish is None:
            answer(pending, outcome)
        else:
            asyncio.get_running_loop().call_soon(_finish, finish, outcome, pending)

    def __len__(self) -> int:
        return len(self._running)

    async def close(self) -> None:
        """Wait until all of it is answered."""
        while self._running:
            await asyncio.wait(set(self._running))
        await asyncio.sleep(0)


def _finish(finish: Callable[[A], R], outcome: A, pending: Pending[R]) -> None:
    try:
        value = finish(outcome)
    except Exception as error:
        pending.fail(error)
        raise
    pending.resolve(value)
