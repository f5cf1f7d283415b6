"""Backlogs: putting a given number of messages into a queue, as fast as the server takes them, and no more."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass

from loadbench.client import Connection, LoadError, post

BATCH = 10


@dataclass(frozen=True)
class Backlog:
    """What to put in: how many, how large, how marked.

    Each body begins with `mark` and a unique id. With `groups`, messages go to that many message groups in turn,
    named by the mark and a number; `fifo` adds a deduplication id to each.
    """

    messages: int
    body_bytes: int = 256
    mark: str = "m"
    groups: int = 0
    fifo: bool = False


def batch_body(queue_url: str, backlog: Backlog, run: str, first: int) -> bytes:
    """A SendMessageBatch of the ten messages (fewer at the end) from number `first` on."""
    entries = []
    for number in range(first, min(first + BATCH, backlog.messages)):
        identity = f"{backlog.mark}{run}-{number:010d}."
        group = f'"MessageGroupId":"{backlog.mark}{number % backlog.groups}",' if backlog.groups else ""
        deduplication = f'"MessageDeduplicationId":"{identity}",' if backlog.fifo else ""
        body = identity.ljust(backlog.body_bytes, "x")
        entries.append(f'{{"Id":"{number - first}",{group}{deduplication}"MessageBody":"{body}"}}')
    return f'{{"QueueUrl":"{queue_url}","Entries":[{",".join(entries)}]}}'.encode()


class Filler:
    """Sixteen connections that take turns at the next batch until all are in or the time is up."""

    def __init__(self, url: str, queue_url: str, backlog: Backlog, seconds_max: float) -> None:
        self.url, self.queue_url, self.backlog = url, queue_url, backlog
        self.run = uuid.uuid4().hex[:8]
        self.next, self.accepted = 0, 0
        self.deadline = time.monotonic() + seconds_max

    async def work(self) -> None:
        connection = await Connection.open(self.url)
        try:
            while self.next < self.backlog.messages and time.monotonic() < self.deadline:
                first, self.next = self.next, self.next + BATCH
                body = batch_body(self.queue_url, self.backlog, self.run, first)
                answer = await connection.exchange(post(self.url, "SendMessageBatch", body), 60)
                if answer.status != 200 or b'"Code"' in answer.body:
                    raise LoadError(f"the backlog was refused: {answer.status} {answer.body[:300]!r}")
                self.accepted += min(BATCH, self.backlog.messages - first)
        finally:
            connection.close()


def fill(url: str, queue_url: str, backlog: Backlog, seconds_max: float = 60) -> int:
    """Put a backlog into a queue; how many messages were accepted, fewer when `seconds_max` was too short."""

    async def all_of_them() -> int:
        filler = Filler(url, queue_url, backlog, seconds_max)
        await asyncio.gather(*(filler.work() for _ in range(16)))
        return filler.accepted

    return asyncio.run(all_of_them())
