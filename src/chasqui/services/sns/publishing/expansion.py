"""Working jobs off: a publish that reaches more rows than one transaction takes, slice by slice.

Every node has one waiting claim on each queue of jobs, so a job is begun when its publish is committed, and by
another node when the one that had it has died. A slice's deliveries, the job for the rest and the end of the claimed
job are one transaction: each subscription gets the message exactly once. Subscriptions are those of the moment, save
those that were made after the publish.

On standard topics a slice ends after so many subscriptions, and the next begins after the last one's name. On FIFO
topics slices are fixed (by the first digit of the subscription's id): jobs of a group are worked off in turns, slice
by slice, and no subscription gets a later message before an earlier one only because slices ended elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from chasqui.base.pending import in_a_task
from chasqui.services.sns.publishing import jobs, replay
from chasqui.services.sns.publishing.fanout import Fanout
from chasqui.services.sns.publishing.jobs import INTERNAL, Job, Queues
from chasqui.services.sns.publishing.sending import ROWS_MAX, sign
from chasqui.services.sns.room import Room
from chasqui.store.port import Claim, Claimed, ClaimLost, Post, QueueGone, Receipt, StoreError

SLICES: Final = ("0", "4", "8", "c")
"""Where the slices of a FIFO topic's subscriptions begin: the first digit of their ids."""

VISIBILITY_MS: Final = 15_000
"""How long a slice may take, before another node begins it anew."""

WAIT_MS: Final = 12 * 3600 * 1000
PAUSE_SECONDS: Final = 1.0
"""After a store that does not answer, or that answers a wait with nothing."""

_log = logging.getLogger("chasqui.sns")


class Expander:
    """One node's part in it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._working: set[int] = set()
        room.store.watch_resources(INTERNAL[0], self._changed)

    async def start(self) -> None:
        """Work off what is there, and what comes."""
        queues = await jobs.found(self._room)
        if queues is not None:
            for queue in (queues.standard, queues.ordered):
                if queue not in self._working:
                    self._working.add(queue)
                    self._room.background.start(f"jobs of queue {queue}", self._work(queue, queues))

    def _changed(self, _owner: str, _name: str) -> None:
        self._room.background.start("look for jobs", self.start())

    async def _work(self, queue: int, queues: Queues) -> None:
        """One job after the other, until the queue is gone."""
        while True:
            try:
                waiting = self._room.store.claim_messages(queue, Claim(1, VISIBILITY_MS, WAIT_MS))
                claimed = await in_a_task(waiting)
                for each in claimed:
                    await self._do(queue, queues, each)
            except QueueGone:
                self._working.discard(queue)
                return
            except ClaimLost:
                continue  # another node has begun it anew
            except StoreError as error:
                _log.warning("the store does not answer a worker", extra={"error": str(error)})
                await asyncio.sleep(PAUSE_SECONDS)
            except Exception:  # noqa: BLE001  the outermost edge of a background loop: the job comes again
                _log.exception("a job failed, and is tried again")
            else:
                if not claimed:
                    await asyncio.sleep(PAUSE_SECONDS)  # waiting claims were released: the server is about to stop

    async def _do(self, queue: int, queues: Queues, claimed: Claimed) -> None:
        """The job's next slice, in one transaction with the end of the claimed message."""
        job = jobs.read_job(claimed)
        if job.kind == "expand":
            post, fanouts = await expand(self._room, queues, job, claimed)
        else:
            post, fanouts = await replay.step(self._room, queues, job)
        receipt = Receipt(claimed.sequence, claimed.id[:8], claimed.receives, claimed.hidden_until_ms)
        delivered = await self._room.store.deliver(post, settle=(queue, (receipt,)))
        for fanout in fanouts:
            fanout.tell(delivered.gone)


async def expand(room: Room, queues: Queues, job: Job, claimed: Claimed) -> tuple[Post, list[Fanout]]:
    """One slice of an expansion: what it delivers, and the job for the rest."""
    topic = await room.topics.named(job.place)
    if topic is None:
        return Post(()), []
    notice = jobs.read_notice(room, job, claimed)
    plan, now_ms = topic.plan, room.clock.now_ms()
    if topic.fifo:
        after, until = _slice(topic.name, job.slice)
        matched = await room.matching.match_between(plan, notice, after, until, len(plan))
        rest = Job("expand", job.place, job.notice, "", job.slice + 1) if job.slice + 1 < len(SLICES) else None
    else:
        matched = await room.matching.match_between(plan, notice, job.after, "", ROWS_MAX)
        rest = Job("expand", job.place, job.notice, matched[-1].name) if len(matched) == ROWS_MAX else None
        await sign(room, notice, matched)
    fanout = Fanout(room, topic, notice, now_ms, many=True, stored=claimed.shared)
    waiting = fanout.place_at_hand(each for each in matched if each.created_ms <= notice.at_ms)
    await fanout.place(await fanout.look_up(waiting))
    deliveries = fanout.deliveries
    if rest is not None:
        queue = queues.ordered if topic.fifo else queues.standard
        deliveries.append(jobs.delivery(queue, jobs.message(rest, now_ms, claimed.shared, claimed.group)))
    return Post(deliveries), [fanout]


def _slice(topic: str, number: int) -> tuple[str, str]:
    """Between which names the subscriptions of a FIFO topic's slice are."""
    until = SLICES[number + 1] if number + 1 < len(SLICES) else "g"
    return f"{topic}:{SLICES[number]}", f"{topic}:{until}"
