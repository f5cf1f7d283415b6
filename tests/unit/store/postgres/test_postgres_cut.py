"""The line between a node and its database goes silent: no error, no answer."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from chasqui.store.port import NewRecord, Resource, StoreError
from tests.unit.store.postgres.test_postgres_resources import until


class Line:
    """A TCP proxy in front of a port of this machine. While `cut` nothing passes, in either direction."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def cut(self) -> None:
        self._open.clear()

    def mend(self) -> None:
        self._open.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        for one, other in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.ensure_future(self._pass(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._open.wait()
                writer.write(data)
        except OSError:
            pass
        finally:
            writer.close()

    async def close(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def test_a_node_that_is_cut_off_refuses_soon_and_serves_again_soon_after(tell: Any) -> None:
    async def story(scene: Any) -> None:
        line = Line(scene.postgres.port)
        port = await line.start()
        node, other = await scene.node(scene.postgres.tcp_dsn(scene.dsn, port)), await scene.node()
        log = await node.change("create_log")
        document = await node.change("create", Resource("queue", "1", "a", b""))
        # Several connections are open and idle when it happens.
        await asyncio.gather(*(node.resources.listed("queue", None, "", ("", ""), 10) for _ in range(6)))

        line.cut()
        cut = time.monotonic()
        await until(lambda: not node.feed.fresh(), 1.2)
        refused = [node.change("replace", document), node.resources.get("queue", "1", "a")]
        refused += [node.logs.append(log, [NewRecord("k", b"x", 0)])]
        for error in await asyncio.gather(*refused, return_exceptions=True):
            assert isinstance(error, StoreError)
        assert time.monotonic() - cut < 12
        changed = await other.change("replace", document)

        line.mend()
        mended = time.monotonic()
        await until(node.feed.fresh, 5)
        await until(lambda: node.heard[-1:] == [("1", "a")] and len(node.heard) == 2, 1)
        with pytest.raises(StoreError):
            await node.change("replace", document)
        assert await node.resources.get("queue", "1", "a") == changed
        await node.change("replace", changed)
        assert time.monotonic() - mended < 6
        await line.close()

    tell(story)
