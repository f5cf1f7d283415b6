"""From a checked message to the store: who gets it, in which one transaction, and what the publisher is told.

`prepare` awaits what must be awaited (signatures, queues that are not at hand, keys); `Sending.commit` is the one
command for the store. What reaches too many rows for one transaction, or needs keys after its number is drawn,
becomes a job of `expansion.py`.
"""

from __future__ import annotations

from typing import Final

from chasqui.base.ids import uuid_text
from chasqui.base.pending import Pending, resolved
from chasqui.fabric.sequences import deduplication_key, sequence_text
from chasqui.services.sns.publishing import archive, jobs
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.drafting import Draft
from chasqui.services.sns.publishing.fanout import Fanout, Target
from chasqui.services.sns.publishing.notice import Notice
from chasqui.services.sns.publishing.plan import Subscriber
from chasqui.services.sns.room import Room
from chasqui.store.port import Delivered, Once, Post

ROWS_MAX: Final = 100
"""So many rows go into one transaction; writing them takes the store less than 5 ms."""


class Sending:
    """A publish of a standard topic, ready to be committed."""

    def __init__(self, room: Room, topic: Topic, draft: Draft, fanout: Fanout, matched: int) -> None:
        self._room = room
        self._topic = topic
        self._draft = draft
        self._fanout = fanout
        self._matched = matched

    def commit(self) -> Pending[Delivered]:
        """Into the store. It is asked nothing when there is nothing to keep."""
        deliveries = self._fanout.deliveries
        return self._room.store.deliver(Post(deliveries)) if deliveries else resolved(Delivered())

    def done(self, delivered: Delivered) -> tuple[str, str | None]:
        """It is committed. Returns MessageId and SequenceNumber."""
        room, notice = self._room, self._draft.notice
        room.counters["NumberOfMessagesPublished", self._topic.arn] += 1
        # First of all the publish: traces are read back to it.
        room.witness.published(self._topic, notice, self._matched)
        self._fanout.tell(delivered.gone)
        return notice.id, None


class JobSending:
    """A publish of a standard topic that is worked off later."""

    def __init__(self, room: Room, topic: Topic, draft: Draft, queues: jobs.Queues) -> None:
        self._room = room
        self._topic = topic
        self._draft = draft
        self._queues = queues

    def commit(self) -> Pending[Delivered]:
        room, topic, notice = self._room, self._topic, self._draft.notice
        job = jobs.first(room, topic, notice, room.clock.now_ms())
        deliveries = (jobs.delivery(self._queues.standard, job),)
        return room.store.deliver(Post(deliveries))

    def done(self, delivered: Delivered) -> tuple[str, str | None]:
        self._room.counters["NumberOfMessagesPublished", self._topic.arn] += 1
        self._room.witness.published(self._topic, self._draft.notice, -1)
        return self._draft.notice.id, None


class OrderedSending:
    """A publish of a FIFO topic: numbered, and dropped when it is a duplicate. `queues` when a job works it off."""

    def __init__(
        self, room: Room, topic: Topic, draft: Draft, targets: list[Target], outside: list[Subscriber],
        queues: jobs.Queues | None,
    ) -> None:  # fmt: skip
        self._room = room
        self._topic = topic
        self._draft = draft
        self._targets = targets
        self._outside = outside
        self._queues = queues
        self._fanout: Fanout | None = None
        self._matched = len(targets) + len(outside) if queues is None else -1

    def commit(self) -> Pending[Delivered]:
        notice = self._draft.notice
        group = notice.group or ""
        key = deduplication_key(notice.deduplication or "", group, by_group=self._topic.group_scope)
        once = Once(self._topic.document.once, group, self._draft.raw_id, key)
        return self._room.store.deliver(self._post, once=once)

    def _post(self, number: int) -> Post:
        room, topic, notice = self._room, self._topic, self._draft.notice
        notice.sequence = sequence_text(number)
        records = archive.records(room, topic, notice)
        now_ms = room.clock.now_ms()
        if self._queues is not None:
            job = jobs.first(room, topic, notice, now_ms)
            return Post((jobs.delivery(self._queues.ordered, job),), records)
        count = len(self._targets) + len(self._outside)
        self._fanout = fanout = Fanout(room, topic, notice, now_ms, many=count > 1)
        fanout.place_at_hand(self._outside)
        fanout.place_now(self._targets)
        return Post(fanout.deliveries, records)

    def done(self, delivered: Delivered) -> tuple[str, str | None]:
        room, topic, notice = self._room, self._topic, self._draft.notice
        room.counters["NumberOfMessagesPublished", topic.arn] += 1
        if not delivered.duplicate:
            room.witness.published(topic, notice, self._matched)
            if self._fanout is not None:
                self._fanout.tell(delivered.gone)
            archive.trim_soon(room, topic)
        return uuid_text(delivered.id), sequence_text(delivered.sequence)


AnySending = Sending | JobSending | OrderedSending


async def prepare(room: Room, topic: Topic, draft: Draft) -> AnySending:
    """Everything but the transaction."""
    if topic.fifo:
        return await _prepare_ordered(room, topic, draft)
    notice = draft.notice
    matched = await room.matching.match(topic.plan, notice)
    if topic.plan.enveloped:
        await sign(room, notice, matched)
    if len(matched) > ROWS_MAX:
        return JobSending(room, topic, draft, await jobs.queues(room))
    fanout = Fanout(room, topic, notice, room.clock.now_ms(), many=len(matched) > 1)
    rest = fanout.place_at_hand(matched)
    if rest:
        await fanout.place(await fanout.look_up(rest))
    return Sending(room, topic, draft, fanout, len(matched))


async def sign(room: Room, notice: Notice, matched: list[Subscriber]) -> None:
    """Sign what some of them see signed. On FIFO topics SNS signs nothing."""
    protocols = {each.protocol for each in matched if each.envelope}
    if protocols:
        await room.signer.sign(notice, protocols)


async def _prepare_ordered(room: Room, topic: Topic, draft: Draft) -> OrderedSending:
    matched = await room.matching.match(topic.plan, draft.notice)
    if topic.document.expands or len(matched) > ROWS_MAX:
        return await _prepare_expanding(room, topic, draft)
    outside = [each for each in matched if each.queue]
    fanout = Fanout(room, topic, draft.notice, room.clock.now_ms(), many=True)
    targets = await fanout.look_up(each for each in matched if not each.queue)
    if any(_waits(each) for each in targets):
        return await _prepare_expanding(room, topic, draft)
    return OrderedSending(room, topic, draft, targets, outside, None)


def _waits(target: Target) -> bool:
    """Whether drafting for it waits for a key, which it cannot once the number is drawn."""
    return any(each is not None and each.kms for each in (target.recipient, target.dead))


async def _prepare_expanding(room: Room, topic: Topic, draft: Draft) -> OrderedSending:
    if not topic.document.expands:
        await jobs.mark_expanding(room, topic)
    return OrderedSending(room, topic, draft, [], [], await jobs.queues(room))
