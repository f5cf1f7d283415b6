"""Kept connections by origin, bounded: so many to an origin, so many idle, each idle for so long, none for ever."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from chasqui.delivery.http.addresses import Resolver
from chasqui.delivery.http.connection import Connection
from chasqui.delivery.http.failures import HttpFailure
from chasqui.delivery.http.limits import HttpLimits
from chasqui.delivery.http.urls import Origin

T = TypeVar("T")

SWEEP_SECONDS: Final = 5.0


class _Place:
    """An origin's connections."""

    __slots__ = ("idle", "open", "waiting")

    def __init__(self) -> None:
        self.idle: list[Connection] = []
        self.open = 0
        """In use, being made, or idle."""
        self.waiting: deque[asyncio.Future[None]] = deque()


class Pool:
    """The connections of one client."""

    def __init__(self, resolver: Resolver, limits: HttpLimits, tls: ssl.SSLContext | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._resolver = resolver
        self._limits = limits
        self._tls = tls
        self._places: dict[Origin, _Place] = {}
        self._idle: dict[Connection, Origin] = {}
        """Idle connections, those that have been idle longest first."""
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False
        self.opened = 0

    async def take(self, origin: Origin, deadline: float, *, fresh: bool = False) -> Connection:
        """An idle connection (none if `fresh`), or a new one; waits while the origin has as many as it may. `deadline`
        is in the loop's time. Raises `HttpFailure`."""
        while True:
            # Looked up each time: a place that was empty for a moment is another one now.
            place = self._places.get(origin)
            if place is None:
                place = self._places[origin] = _Place()
            while place.idle and not fresh:
                connection = place.idle.pop()
                del self._idle[connection]
                if connection.usable:
                    return connection
                place.open -= 1
            if place.open < self._limits.connections_per_origin_max:
                break
            if place.idle:
                self._evict(place.idle[0])
            else:
                await self._wait(place, deadline)
        place.open += 1
        try:
            return await self._connect(origin, deadline)
        except BaseException:
            self._left(origin, place)
            raise

    def give(self, origin: Origin, connection: Connection) -> None:
        """A connection that `take` gave is no longer in use."""
        place = self._places[origin]
        now = self._loop.time()
        old = now - connection.opened_at > self._limits.connection_seconds
        if self._closed or old or not connection.usable:
            connection.close()
            self._left(origin, place)
            return
        connection.idle_since = now
        connection.lost = self._lost
        place.idle.append(connection)
        self._idle[connection] = origin
        if len(self._idle) > self._limits.idle_max:
            self._evict(next(iter(self._idle)))
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        self._wake(place)

    def close(self) -> None:
        """Close what is idle; what is in use is closed when it is given back."""
        self._closed = True
        for connection in list(self._idle):
            self._evict(connection)
        if self._sweeping is not None:
            self._sweeping.cancel()

    @property
    def idle(self) -> int:
        return len(self._idle)

    # ------------------------------------------------------------------------------------------- coming and going

    async def _wait(self, place: _Place, deadline: float) -> None:
        waiter: asyncio.Future[None] = self._loop.create_future()
        place.waiting.append(waiter)
        timer = self._loop.call_at(deadline, _wake_with, waiter, HttpFailure("no connection was free in time"))
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._wake(place)  # it was this one's turn, which is another's now
            raise
        finally:
            timer.cancel()
            if waiter in place.waiting:
                place.waiting.remove(waiter)

    def _wake(self, place: _Place) -> None:
        while place.waiting:
            waiter = place.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _left(self, origin: Origin, place: _Place) -> None:
        place.open -= 1
        if place.waiting:
            self._wake(place)
        elif not place.open:
            self._places.pop(origin, None)

    def _lost(self, connection: Connection) -> None:
        """An idle connection was closed by its target."""
        origin = self._idle.pop(connection, None)
        if origin is not None:
            place = self._places[origin]
            place.idle.remove(connection)
            self._left(origin, place)

    def _evict(self, connection: Connection) -> None:
        self._lost(connection)
        connection.close()

    def _sweep(self) -> None:
        end = self._loop.time() - self._limits.idle_seconds
        while self._idle:
            connection = next(iter(self._idle))
            if connection.idle_since > end:
                break
            self._evict(connection)
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep) if self._idle else None

    # ------------------------------------------------------------------------------------------- connecting

    async def _connect(self, origin: Origin, deadline: float) -> Connection:
        deadline = min(deadline, self._loop.time() + self._limits.connect_seconds)
        addresses = await self._within(deadline, self._resolver.resolve(origin))
        failure = HttpFailure("no address")
        for at, address in enumerate(addresses):
            # What is left of the time is shared among the addresses that are left.
            now = self._loop.time()
            until = now + (deadline - now) / (len(addresses) - at)
            try:
                return await self._within(until, self._open(origin, address))
            except HttpFailure as error:
                failure = error
        raise failure

    async def _open(self, origin: Origin, address: str) -> Connection:
        limits, tls = self._limits, self._tls if origin.tls else None
        if origin.tls and tls is None:
            tls = self._tls = tls_context(limits.ca_file)
        try:
            _, connection = await self._loop.create_connection(
                lambda: Connection(self._loop, limits.body_bytes_max),
                address,
                origin.port,
                ssl=tls,
                server_hostname=origin.host if origin.tls else None,
            )
        except ssl.SSLCertVerificationError as error:
            raise HttpFailure(f"the certificate is not trusted: {error.verify_message}") from error
        except ssl.SSLError as error:
            raise HttpFailure(f"TLS failed: {error.reason or error}") from error
        except OSError as error:
            raise HttpFailure(f"no connection: {error.strerror or error}") from error
        self.opened += 1
        return connection

    async def _within(self, deadline: float, work: Coroutine[Any, Any, T]) -> T:
        """Run for so long at most. Not by `asyncio.timeout`, which wants the caller to be a task."""
        task = self._loop.create_task(work)
        late = False

        def cut_off() -> None:
            nonlocal late
            late = task.cancel()

        timer = self._loop.call_at(deadline, cut_off)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if late:
                raise HttpFailure("no connection in time") from None
            task.add_done_callback(_close_orphan)
            task.cancel()
            raise
        finally:
            timer.cancel()


def _close_orphan(task: asyncio.Task[Any]) -> None:
    """Nobody waits any more for what this task was to connect."""
    if not task.cancelled() and task.exception() is None and isinstance(task.result(), Connection):
        task.result().close()


def _wake_with(waiter: asyncio.Future[None], failure: HttpFailure) -> None:
    if not waiter.done():
        waiter.set_exception(failure)


def tls_context(ca_file: str) -> ssl.SSLContext:
    """A client's context: TLS 1.2 and later, certificates and names verified; `ca_file` adds to the system's trust."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
