"""A FIFO topic's archive: every message, in order, in a log that is trimmed to its retention.

The record is written in the transaction of the publish. Nothing polls for what has become too old: publishing to the
topic, and reading the archive, trim it. Source: SNS developer guide, "Message archiving for FIFO topic owners".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.notice import Notice, seal_notice
from chasqui.services.sns.room import Room
from chasqui.store.port import NewRecord

DAY_MS: Final = 24 * 3600 * 1000
_TRIM_EVERY_MS: Final = 60_000
_PAGE: Final = 100


Records = Sequence[tuple[int, Sequence[NewRecord]]]
"""Records by log."""


def retention_ms(topic: Topic) -> int:
    """How long messages are kept; 0 when none are archived."""
    policy = topic.document.attributes.get("ArchivePolicy")
    found = msgspec.json.decode(policy) if policy else {}
    days = found.get("MessageRetentionPeriod", 0) if isinstance(found, dict) else 0
    return int(days) * DAY_MS


def records(room: Room, topic: Topic, notice: Notice) -> Records:
    """What a publish adds to the topic's archive."""
    log = topic.document.archive
    if not log:
        return ()
    return ((log, (NewRecord(notice.group or "", seal_notice(room.ring, notice), notice.at_ms),)),)


def trim_soon(room: Room, topic: Topic) -> None:
    """Drop what is too old, beside what is going on, if nobody has looked for a minute."""
    now_ms = room.clock.now_ms()
    if topic.document.archive and now_ms >= topic.trim_at_ms:
        topic.trim_at_ms = now_ms + _TRIM_EVERY_MS
        room.background.start(f"trim {topic.arn}", trim(room, topic))


async def trim(room: Room, topic: Topic) -> None:
    """Drop the records that are older than the retention."""
    log, before_ms = topic.document.archive, room.clock.now_ms() - retention_ms(topic)
    after = (await room.store.log_state(log)).first - 1
    start = after
    while page := await room.store.read_records(log, after=after, limit=_PAGE):
        fresh = next((each for each in page if each.at_ms >= before_ms), None)
        if fresh is not None:
            after = fresh.sequence - 1
            break
        after = page[-1].sequence
    if after > start:
        await room.store.trim_records(log, after + 1)
