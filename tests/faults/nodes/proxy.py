"""A line between a node and the database that a test cuts, holds or slows.

Held bytes are not lost: like TCP's, they arrive when the line is back, with the end of the stream behind them. So a
statement may be carried out long after its node has given it up.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

TO_DATABASE, TO_NODE = "to the database", "to the node"


class Proxy:
    """Listens on `port` and passes on to the database's, on a thread of its own."""

    def __init__(self, database_port: int) -> None:
        self._database_port = database_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusing = False
        self._delay = 0.0
        self._open: dict[str, asyncio.Event] = {}
        self._server: asyncio.Server | None = None
        self.port: int = 0
        self._run(self._start())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        self._open = {each: asyncio.Event() for each in (TO_DATABASE, TO_NODE)}
        for each in self._open.values():
            each.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    # ------------------------------------------------------------------------------------------- what a test does

    def hold(self, *ways: str) -> None:
        """Let nothing through in these directions, and say nothing about it."""
        for way in ways:
            self._loop.call_soon_threadsafe(self._open[way].clear)

    def cut(self) -> None:
        """Break every connection and refuse new ones."""

        async def cut() -> None:
            self._refusing = True
            for each in list(self._writers):
                each.transport.abort()

        self._run(cut())

    def slow(self, seconds: float) -> None:
        """Whatever passes takes so much longer, in each direction."""
        self._delay = seconds

    def heal(self) -> None:
        self._refusing = False
        self._delay = 0.0
        for each in self._open.values():
            self._loop.call_soon_threadsafe(each.set)

    def close(self) -> None:
        async def close() -> None:
            assert self._server is not None
            self._server.close()
            for each in list(self._writers):
                each.transport.abort()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        self._run(close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # ------------------------------------------------------------------------------------------- passing on

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        accepting = asyncio.current_task()
        assert accepting is not None
        self._tasks.add(accepting)
        accepting.add_done_callback(self._tasks.discard)
        await self._open[TO_DATABASE].wait()
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._database_port)
        except OSError:
            writer.transport.abort()
            return
        for source, sink, way in ((reader, forth, TO_DATABASE), (back, writer, TO_NODE)):
            self._writers.add(sink)
            task = self._loop.create_task(self._pass(source, sink, way))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str) -> None:
        try:
            while data := await source.read(65536):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._open[way].wait()
                sink.write(data)
                await sink.drain()
            await self._open[way].wait()
        except OSError:
            pass
        finally:
            self._writers.discard(sink)
            sink.close()
