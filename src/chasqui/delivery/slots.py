"""What the routes of a process share: the slots that attempts take, whose turn it is, the room for what is claimed.

Slots are counted, memory is bounded, turns are taken; what an attempt is, or a message, is not known here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol, TypeVar

import msgspec

from chasqui.base.clock import Clock
from chasqui.base.pending import Pending
from chasqui.store.port import Claim, Claimed, Shared, Store

T = TypeVar("T")

HELD_BYTES_MAX: Final = 64 * 1024 * 1024
"""Claimed messages beyond this are forgotten but for their receipts, and read again when there is a slot for them."""

HELD_PER_ATTEMPT: Final = 4
"""When so many messages for each possible attempt are held, a route claims no more than one at a time."""

WAIT_MS: Final = 12 * 3600 * 1000
_IN_FLIGHT_MAX: Final = 2**60
_CLAIMS_MAX: Final = 1024


class Starter(Protocol):
    """A worker, as far as turns go. `queued` is the slots' own mark."""

    queued: bool

    @property
    def silent(self) -> bool: ...
    def startable(self) -> bool: ...
    def start(self, probe: bool) -> None: ...


class Slots:
    """`attempts_max` attempts are under way at a time, a quarter of them, at most, at targets that are silent."""

    def __init__(self, store: Store, clock: Clock, attempts_max: int, chance: Callable[[], float]) -> None:
        self.store = store
        self.clock = clock
        self.chance = chance
        self.loop = asyncio.get_running_loop()
        self.closing = False
        self.gone: Callable[[int], object] = lambda queue: None
        """Told of queues that were found deleted."""
        self.delivered = self.failed = self.dead = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.noting: set[Pending[Any]] = set()
        """What is being put into the store."""
        self.bytes = self.held = 0
        self._held_enough = HELD_PER_ATTEMPT * attempts_max
        self._free = attempts_max
        self._free_probes = max(1, attempts_max // 4)
        self._ready: deque[Starter] = deque()
        self._silent: deque[Starter] = deque()
        self._claims: dict[tuple[int, int], Claim] = {}
        self._shared: dict[int, list[Any]] = {}
        """Bytes that held messages have in common, by number: [`Shared`, how many hold it]."""

    # ------------------------------------------------------------------------------------------- turns

    def admit(self, worker: Starter) -> None:
        """Let what waits begin, if there are slots; routes take turns."""
        self._line_up(worker)
        while self._ready and self._free > 0:
            self._next(self._ready, False)
        while self._silent and self._free > 0 and self._free_probes > 0:
            self._next(self._silent, True)

    def _line_up(self, worker: Starter) -> None:
        if not worker.queued and worker.startable():
            worker.queued = True
            (self._silent if worker.silent else self._ready).append(worker)

    def _next(self, line: deque[Starter], probe: bool) -> None:
        worker = line.popleft()
        worker.queued = False
        if worker.startable() and worker.silent == probe:
            self.begin(probe)
            worker.start(probe)
        self._line_up(worker)

    def begin(self, probe: bool) -> None:
        """Take a slot; `probe`: one of those for silent targets."""
        self._free -= 1
        self._free_probes -= probe

    def end(self, probe: bool) -> None:
        self._free += 1
        self._free_probes += probe

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run in a task of its own, which closing waits for."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    # ------------------------------------------------------------------------------------------- the store

    def claim(self, queue: int, limit: int, visibility_ms: int) -> Pending[list[Claimed]]:
        """A claim that waits. Routes share what is alike of them: there are many routes."""
        claim = self._claims.get((limit, visibility_ms))
        if claim is None:
            if len(self._claims) >= _CLAIMS_MAX:
                self._claims.clear()
            claim = Claim(limit, visibility_ms, WAIT_MS, _IN_FLIGHT_MAX)
            self._claims[limit, visibility_ms] = claim
        return self.store.claim_messages(queue, claim)

    def note(self, pending: Pending[T], then: Callable[[Pending[T]], object]) -> None:
        """Call back when the store has done it; closing waits for it."""
        self.noting.add(pending)

        def done(finished: Pending[T]) -> None:
            self.noting.discard(finished)
            then(finished)

        pending.add_done_callback(done)

    # ------------------------------------------------------------------------------------------- memory

    @property
    def full(self) -> bool:
        """Whether there is no room for what more is claimed."""
        return self.bytes > HELD_BYTES_MAX

    @property
    def crowded(self) -> bool:
        """Whether there is more than enough to do: what is claimed now would only wait in memory."""
        return self.held > self._held_enough

    def hold(self, claimed: Claimed) -> Claimed:
        """Count what is claimed, and keep what many have in common once."""
        self.bytes += len(claimed.payload)
        shared = claimed.shared
        return claimed if shared is None else msgspec.structs.replace(claimed, shared=self._share(shared))

    def _share(self, shared: Shared) -> Shared:
        entry = self._shared.get(shared.number)
        if entry is None:
            entry = self._shared[shared.number] = [shared, 0]
            self.bytes += len(shared.data)
        entry[1] += 1
        known: Shared = entry[0]
        return known

    def drop(self, claimed: Claimed) -> None:
        """What was held is held no more."""
        self.bytes -= len(claimed.payload)
        if claimed.shared is not None:
            entry = self._shared[claimed.shared.number]
            entry[1] -= 1
            if not entry[1]:
                del self._shared[claimed.shared.number]
                self.bytes -= len(claimed.shared.data)
