"""Commands gathered: they go together, fail apart, and never pile up."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from chasqui.store.port import StoreError
from chasqui.store.postgres import gather
from chasqui.store.postgres.gather import Gather, Tasks


class Pool:
    """A pool whose connections do nothing."""

    pgbouncer = False

    async def acquire(self, *, timeout: float) -> Pool:
        return self

    async def release(self, connection: Any) -> None: ...

    def terminate(self) -> None: ...


def told(pendings: Any) -> Any:
    async def outcomes() -> list[Any]:
        return await asyncio.gather(*(_await(each) for each in pendings), return_exceptions=True)

    return outcomes()


async def _await(pending: Any) -> Any:
    return await pending


def gathered(run: Any) -> Gather[Any, Any]:
    return Gather(Pool(), run)  # type: ignore[arg-type]


def test_what_is_given_at_once_goes_together_and_what_comes_meanwhile_next() -> None:
    flights: list[list[int]] = []

    async def run(_: Any, arguments: list[int]) -> list[int]:
        flights.append(arguments)
        await asyncio.sleep(0.01)
        return [each * 2 for each in arguments]

    async def main() -> None:
        line = gathered(run)
        first = [line.submit(n) for n in (1, 2)]
        await asyncio.sleep(0.005)
        second = [line.submit(n) for n in (3, 4)]
        assert await told(first + second) == [2, 4, 6, 8]
        assert flights == [[1, 2], [3, 4]]

    asyncio.run(main())


def test_one_that_fails_does_not_fail_its_neighbours() -> None:
    async def run(_: Any, arguments: list[int]) -> list[int]:
        if 2 in arguments:
            raise asyncpg.DataError("no")
        return arguments

    async def main() -> None:
        line = gathered(run)
        outcomes = await told([line.submit(n) for n in (1, 2, 3)])
        assert (outcomes[0], type(outcomes[1]), outcomes[2]) == (1, StoreError, 3)

    asyncio.run(main())


def test_a_collision_is_run_again_and_a_lost_connection_is_not() -> None:
    tries: list[str] = []

    async def run(_: Any, arguments: list[str]) -> list[str]:
        tries.append(arguments[0])
        if arguments == ["lost"]:
            raise ConnectionResetError
        if tries.count("collides") < 3:
            raise asyncpg.SerializationError("collided")
        return arguments

    async def main() -> None:
        line = gathered(run)
        assert await line.submit("collides") == "collides"
        with pytest.raises(StoreError, match="cannot be reached"):
            await line.submit("lost")
        assert tries == ["collides"] * 3 + ["lost"]

    asyncio.run(main())


def test_more_than_may_wait_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "WAITING_MAX", 2)

    async def run(_: Any, arguments: list[int]) -> list[int]:
        return arguments

    async def work() -> int:
        await asyncio.sleep(0)
        return 1

    async def main() -> None:
        line, tasks = gathered(run), Tasks(running_max=2)
        for outcomes in (
            await told([line.submit(1) for _ in range(3)]),
            await told([tasks.start(work()) for _ in range(3)]),
        ):
            assert outcomes[:2] == [1, 1]
            assert "keep up" in str(outcomes[2])
        await line.close()
        await tasks.close()
        assert len(tasks) == 0

    asyncio.run(main())
