"""Replays: messages of a FIFO topic's archive, brought to one subscription once more, page by page.

While a replay goes on, the subscription gets nothing else. Without an ending point it then goes on with what is newly
published: when the archive has been read to its end the subscription is made live, and a moment later what was
published around that moment is looked up again, so that nothing is left out; FIFO queues know what they have already
got by its deduplication id. Sources: SNS developer guide, "Message replay for FIFO topic subscribers"; API reference,
GetSubscriptionAttributes (`ReplayStatus`).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import partial
from typing import Final

import msgspec

from chasqui.base.ids import new_uuid
from chasqui.services.sns.documents import SUBSCRIPTION, read_subscription, subscription_resource
from chasqui.services.sns.publishing import archive, jobs
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.fanout import Fanout
from chasqui.services.sns.publishing.jobs import Job, Queues
from chasqui.services.sns.publishing.notice import open_notice
from chasqui.services.sns.publishing.plan import Subscriber
from chasqui.services.sns.room import Room
from chasqui.store.port import Delivery, Post, Record, Resource, Transaction

PENDING: Final = "Pending"
IN_PROGRESS: Final = "In progress"
COMPLETED: Final = "Completed"
FAILED: Final = "Failed"

_PAGE: Final = 50
_PAGE_BYTES: Final = 1 << 20
_SETTLING_MS: Final = 2000
"""Longer than any node takes to hear that a subscription is live."""


class _Policy(msgspec.Struct):
    """A ReplayPolicy."""

    StartingPoint: str
    EndingPoint: str | None = None


async def start(room: Room, owner: str, name: str) -> None:
    """Begin the replay that the subscription's ReplayPolicy says, in place of one that is under way. Called after the
    policy was stored; `name` is "topic:uuid"."""
    replay = new_uuid()
    if await room.store.transaction(partial(_note, owner, name, None, PENDING, replay)):
        queues = await jobs.queues(room)
        job = Job("replay", (owner, name.partition(":")[0]), subscription=name, replay=replay)
        await room.store.deliver(Post((_again(room, queues, job),)))


def _again(room: Room, queues: Queues, job: Job, delay_ms: int = 0) -> Delivery:
    message = jobs.message(job, room.clock.now_ms(), None, f"replay/{job.replay}", delay_ms)
    return jobs.delivery(queues.ordered, message)


async def _note(owner: str, name: str, replay: str | None, status: str, new: str, tx: Transaction) -> bool:
    """Note a replay's status, unless another one has taken its place."""
    resource = await tx.get(SUBSCRIPTION, owner, name)
    if resource is None:
        return False
    document = read_subscription(resource)
    if replay is not None and document.replay_id != replay:
        return False
    if (document.replay, document.replay_id) != (status, new):
        document.replay, document.replay_id = status, new
        await tx.replace(subscription_resource(owner, name, document, resource))
    return True


async def step(room: Room, queues: Queues, job: Job) -> tuple[Post, list[Fanout]]:
    """The next page of a replay: what it delivers, and the job for the rest."""
    owner = job.place[0]
    resource = await room.store.resource(SUBSCRIPTION, owner, job.subscription)
    topic = await room.topics.named(job.place)
    if resource is None or topic is None or read_subscription(resource).replay_id != job.replay:
        return Post(()), []
    note = partial(_status, room, job)
    window = _window(resource)
    if not topic.document.archive or window is None:
        await note(FAILED)
        return Post(()), []
    if job.position == 0:
        await note(IN_PROGRESS)
    since_ms, until_ms = window
    since_ms = max(since_ms, room.clock.now_ms() - archive.retention_ms(topic))
    if job.live:
        until_ms = job.until_ms
    page = await room.store.read_records(topic.document.archive, after=job.position, limit=_PAGE, bytes_max=_PAGE_BYTES)
    wanted = [each for each in page if since_ms <= each.at_ms and (until_ms is None or each.at_ms <= until_ms)]
    fanouts = await _deliveries(room, topic, await room.matching.subscriber(resource), job, wanted)
    deliveries = [each for fanout in fanouts for each in fanout.deliveries]
    past = bool(page) and until_ms is not None and page[-1].at_ms > until_ms
    if page and not past:
        rest = msgspec.structs.replace(job, position=page[-1].sequence)
        deliveries.append(_again(room, queues, rest))
    else:
        deliveries += await _end(room, queues, job, until_ms)
    return Post(deliveries), fanouts


async def _end(room: Room, queues: Queues, job: Job, until_ms: int | None) -> list[Delivery]:
    """The archive was read to its end, or to the replay's. Returns the job that goes on, if any does."""
    now_ms = room.clock.now_ms()
    if job.live:
        return []
    if until_ms is not None:
        if until_ms > now_ms:
            return [_again(room, queues, job, until_ms - now_ms + 1)]
        await _status(room, job, COMPLETED)
        return []
    if not await _status(room, job, COMPLETED):
        return []
    rest = msgspec.structs.replace(job, live=True, until_ms=room.clock.now_ms())
    return [_again(room, queues, rest, _SETTLING_MS)]


async def _status(room: Room, job: Job, status: str) -> bool:
    noted = partial(_note, job.place[0], job.subscription, job.replay, status, job.replay)
    return await room.store.transaction(noted)


def _window(resource: Resource) -> tuple[int, int | None] | None:
    """From when to when the ReplayPolicy says, in ms; None when it says nothing that can be read."""
    policy = read_subscription(resource).attributes.get("ReplayPolicy")
    try:
        found = msgspec.json.decode(policy or "", type=_Policy)
        return _ms(found.StartingPoint), None if found.EndingPoint is None else _ms(found.EndingPoint)
    except (msgspec.MsgspecError, ValueError):
        return None


def _ms(text: str) -> int:
    """ISO 8601 as milliseconds since the epoch; UTC when it names no zone. Raises `ValueError`."""
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


async def _deliveries(
    room: Room, topic: Topic, subscriber: Subscriber, job: Job, records: list[Record]
) -> list[Fanout]:
    """Each message that the subscription's filter lets through, as it was, and marked."""
    fanouts = []
    now_ms = room.clock.now_ms()
    for record in records:
        notice = open_notice(room.ring, record.data)
        if not await room.matching.lets_through(subscriber, notice):
            continue
        notice.replayed = True
        if not job.live:
            # Another id than the first time, for the queue may still remember that.
            notice.deduplication = hashlib.sha256(f"{job.replay}/{notice.id}".encode()).hexdigest()
        fanout = Fanout(room, topic, notice, now_ms, many=False)
        waiting = fanout.place_at_hand([subscriber])
        await fanout.place(await fanout.look_up(waiting))
        fanouts.append(fanout)
    return fanouts
