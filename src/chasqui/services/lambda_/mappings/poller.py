"""One mapping at work: lanes that claim a batch, run the function with it, and delete what it has done.

A lane is a task. One lane waits at the queue; when it gets something, another takes its place at once, if there may be
more: so as many run as there is work for, and an idle mapping is one waiting claim. A message is deleted only after the
function succeeded; otherwise it comes back when its visibility timeout is over, as the queue's policies say. Source:
Lambda developer guide, "Using Lambda with Amazon SQS", "Configuring scaling behavior for SQS event source mappings".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.ids import new_uuid
from chasqui.base.pending import in_a_task
from chasqui.fabric.sources import QueueSource, Received
from chasqui.services.lambda_.functions.directory import Target
from chasqui.services.lambda_.mappings.batches import Filters, chunks, failed_of
from chasqui.services.lambda_.mappings.checking import check_permissions
from chasqui.services.lambda_.mappings.documents import MappingDocument, mapping_arn
from chasqui.services.lambda_.mappings.growth import Growth
from chasqui.services.lambda_.running.contract import Invocation
from chasqui.services.lambda_.tracing import ran
from chasqui.store.port import Claimed, InFlightLimit, QueueGone, StoreError

if TYPE_CHECKING:
    from chasqui.services.lambda_.room import Room

WAIT_MS: Final = 60_000
"""A claim waits so long; its settings are as old as that at most."""

_TROUBLE_SECONDS_MAX: Final = 60.0
_THROTTLED_SECONDS_MAX: Final = 5.0
_SESSION: Final = "event-source-mapping"

_log = logging.getLogger("chasqui.lambda")


class Poller:
    """The lanes of one mapping on this node. `told` is given what went wrong, "" when nothing does."""

    def __init__(
        self,
        room: Room,
        owner: str,
        uuid: str,
        document: MappingDocument,
        growth: Growth,
        told: Callable[[str], object],
    ) -> None:
        self._room = room
        self._arn = mapping_arn(owner, uuid)
        self._account, _, self._region = owner.partition("/")
        self._document = document
        self._filters = Filters(document.filters)
        self._growth = growth
        self._told = told
        self._waiting = 0
        self._lanes: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        """Lanes that hold nothing: they may be ended at any time."""
        self._stopped = False
        self._trouble = 0.0
        self._known: tuple[str, Call, float] | None = None
        """The role, itself as a caller, and until when that it may is believed."""

    def start(self) -> None:
        """Begin."""
        self._add_lane()

    def stop(self) -> None:
        """Take nothing more; batches under way go on to their end."""
        self._stopped = True
        for lane in self._idle:
            lane.get_loop().call_soon(lane.cancel)

    async def ended(self, seconds: float) -> None:
        """Wait until the batches under way have ended, so long; what is not done by then comes back to its queue."""
        if self._lanes:
            _, late = await asyncio.wait(self._lanes, timeout=seconds)
            for lane in late:
                lane.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # ------------------------------------------------------------------------------------------- lanes

    def _add_lane(self) -> None:
        lane = asyncio.get_running_loop().create_task(self._lane())
        self._lanes.add(lane)
        self._idle.add(lane)
        self._waiting += 1
        lane.add_done_callback(self._lanes.discard)
        lane.add_done_callback(self._idle.discard)

    async def _lane(self) -> None:
        lane = asyncio.current_task()
        assert lane is not None, "lanes are tasks"
        while not self._stopped:
            try:
                await self._turn(lane)
            except (ServiceError, StoreError, InFlightLimit, QueueGone) as error:
                await self._pause(str(error))
            except Exception as error:  # noqa: BLE001  the outermost edge of a background loop
                _log.exception("a batch of an event source mapping failed", extra={"source": self._document.source})
                await self._pause(type(error).__name__)
            else:
                self._well()
            if lane not in self._idle:
                if self._waiting:
                    return  # another has taken this one's place
                self._idle.add(lane)
                self._waiting += 1

    async def _turn(self, lane: asyncio.Task[None]) -> None:
        """One batch, or a wait that brought none."""
        target, source = await self._ends()
        caller = await self._caller(target)
        await source.prepare(caller)
        claimed = await in_a_task(source.receive(self._document.batch_size, WAIT_MS))
        if not claimed:
            return
        self._idle.discard(lane)
        self._waiting -= 1
        # Only then another: two that gather at a time would share what comes.
        claimed = await self._gathered(source, claimed)
        if not self._stopped and not self._waiting and self._growth.may_add(len(self._lanes), self._most(target)):
            self._add_lane()
        received = await source.opened(claimed, caller)
        meant, others = self._filters.split(received)
        if others:
            await source.settle(others)
        for payload, batch in chunks(meant) if meant else ():
            await self._run(target, source, payload, batch)

    async def _ends(self) -> tuple[Target, QueueSource]:
        document, room = self._document, self._room
        target = await room.functions.target(self._account, self._region, document.function, document.qualifier)
        if target is None:
            raise ServiceError("ResourceNotFoundException", "PROBLEM: The function does not exist.", status=404)
        source = await room.sources.find(document.source)
        if source is None:
            raise ServiceError("ResourceNotFoundException", "PROBLEM: The queue does not exist.", status=404)
        return target, source

    async def _caller(self, target: Target) -> Call:
        """The function's role, which may read the queue. Asked again only after a while. Raises AccessDenied."""
        now = asyncio.get_running_loop().time()
        role, known = target.deployment.role, self._known
        if known is not None and known[0] == role and now < known[2]:
            return known[1]
        caller = await self._room.role_call(role, _SESSION, self._region)
        await check_permissions(self._room, caller, self._document.source)
        self._known = (role, caller, now + WAIT_MS / 1000)
        return caller

    def _most(self, target: Target) -> int:
        """So many batches may be under way."""
        most = self._document.concurrency or self._room.limits.environments_max
        return most if target.reserved is None else min(most, max(1, target.reserved))

    async def _gathered(self, source: QueueSource, claimed: list[Claimed]) -> list[Claimed]:
        """Within the batching window, what else comes until the batch is full."""
        document = self._document
        loop = asyncio.get_running_loop()
        end = loop.time() + document.window_s
        while len(claimed) < document.batch_size and not self._stopped:
            left_ms = int((end - loop.time()) * 1000)
            if left_ms <= 0:
                break
            more = await in_a_task(source.receive(document.batch_size - len(claimed), left_ms))
            if not more:
                break
            claimed = claimed + more
        return claimed

    # ------------------------------------------------------------------------------------------- a batch

    async def _run(self, target: Target, source: QueueSource, payload: bytes, batch: list[Received]) -> None:
        """Run the function, and delete what it has done. What is not deleted comes back by itself."""
        loop = asyncio.get_running_loop()
        timeout_s = target.deployment.timeout_ms / 1000
        end = loop.time() + source.visibility_ms / 1000 - timeout_s
        pause = 0.1
        while True:
            invocation = Invocation(request_id=new_uuid(), payload=payload, function_arn=target.invoked_arn)
            try:
                finished = await self._room.invoker.invoke(target, invocation)
                break
            except ServiceError as error:
                self._growth.throttled()
                if error.code != "TooManyRequestsException" or loop.time() + pause >= end or self._stopped:
                    await source.release(batch)
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, _THROTTLED_SECONDS_MAX)
            target, _ = await self._ends()
        self._room.counters.flows[self._arn] += len(batch)
        failed: list[Received] = []
        if not finished.error and self._document.partial:
            failed = failed_of(finished.payload, batch, fifo=source.fifo)
        ran(self._room, source.arn, target, batch, finished, invocation.request_id, failed)
        if finished.error:
            return
        done = batch if not failed else [each for each in batch if each not in failed]
        if done:
            await source.settle(done)

    # ------------------------------------------------------------------------------------------- trouble

    def _well(self) -> None:
        if self._trouble:
            self._trouble = 0.0
            self._told("")

    async def _pause(self, reason: str) -> None:
        """Nothing tells when a queue or a function is there again, or a database: it is looked at again, ever less
        often."""
        self._trouble = min(_TROUBLE_SECONDS_MAX, self._trouble * 2 or 0.5)
        self._told(reason)
        await asyncio.sleep(self._trouble)
