"""Work that goes on after its publish was acknowledged, as messages in two queues of the store's: what they are.

A job is a topic, a position and, of an expansion, the notice. The standard queue has the jobs of standard topics; the
FIFO queue those of FIFO topics, in the groups that keep their order. `expansion.py` and `replay.py` do them.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

import msgspec

from chasqui.base.ids import new_id
from chasqui.services.sns.documents import TOPIC, read_topic, topic_resource
from chasqui.services.sns.errors import topic_not_found
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.notice import SHARED_BYTES_MIN, WAITS_MS, Notice, open_notice, seal_notice
from chasqui.services.sns.room import Room
from chasqui.store.port import Claimed, Delivery, NewMessage, Resource, Shared, Transaction

INTERNAL: Final = ("sns:internal", "", "jobs")


class Queues(msgspec.Struct, frozen=True):
    """The store's queues of jobs."""

    standard: int
    ordered: int


class Job(msgspec.Struct, array_like=True, omit_defaults=True):
    """`place` is the topic's. Of an expansion: the notice (sealed; "" when it is in `Shared`), the name of the last
    subscription done on standard topics, the number of the next slice on FIFO topics. Of a replay: the subscription,
    the replay's id, the archive's last record done, the time up to which it goes, and whether live delivery has
    begun.
    """

    kind: Literal["expand", "replay"]
    place: tuple[str, str]
    notice: bytes = b""
    after: str = ""
    slice: int = 0
    subscription: str = ""
    replay: str = ""
    position: int = 0
    until_ms: int = 0
    live: bool = False


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Queues).decode
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Job).decode


async def found(room: Room) -> Queues | None:
    """The queues, if any job was ever made."""
    resource = await room.store.resource(*INTERNAL)
    return None if resource is None else _decode(resource.document)


async def queues(room: Room) -> Queues:
    """The queues; they are made when they are first needed."""
    there = await found(room)
    return there if there is not None else await room.store.transaction(_make)


async def _make(tx: Transaction) -> Queues:
    resource = await tx.get(*INTERNAL)
    if resource is not None:
        return _decode(resource.document)
    made = Queues(await tx.create_queue(ordered=False), await tx.create_queue(ordered=True))
    await tx.create(Resource(*INTERNAL, _encode(made)))
    return made


async def mark_expanding(room: Room, topic: Topic) -> None:
    """From now on, on every node, this FIFO topic's messages go through jobs."""
    await room.store.transaction(partial(_mark, topic))
    await room.topics.named(topic.place)


async def _mark(topic: Topic, tx: Transaction) -> None:
    resource = await tx.get(TOPIC, *topic.place)
    if resource is None or resource.generation != topic.generation:
        raise topic_not_found()
    document = read_topic(resource)
    document.expands = True
    await tx.replace(topic_resource(*topic.place, document, resource))


def first(room: Room, topic: Topic, notice: Notice, now_ms: int) -> NewMessage:
    """The job that begins to bring a notice to a topic's subscribers."""
    sealed = seal_notice(room.ring, notice)
    shared = Shared(sealed) if len(sealed) >= SHARED_BYTES_MIN else None
    job = Job("expand", topic.place, b"" if shared is not None else sealed)
    return message(job, now_ms, shared, f"{topic.arn}/{notice.group}" if topic.fifo else None)


def message(job: Job, now_ms: int, shared: Shared | None, group: str | None, delay_ms: int = 0) -> NewMessage:
    """A job as a message. `group` is for the FIFO queue."""
    return NewMessage(new_id()[0], _pack(job), now_ms, now_ms + delay_ms, now_ms + WAITS_MS, group, None, shared)


def delivery(queue: int, job: NewMessage) -> Delivery:
    return Delivery(queue, (job,))


def read_job(claimed: Claimed) -> Job:
    return _unpack(claimed.payload)


def read_notice(room: Room, job: Job, claimed: Claimed) -> Notice:
    """An expansion's notice. Raises `UnreadableEnvelope`."""
    return open_notice(room.ring, claimed.shared.data if claimed.shared is not None else job.notice)
