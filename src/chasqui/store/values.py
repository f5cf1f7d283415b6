"""What the verbs of the store's port take and answer: errors, resources, messages, records. Only such
values live here.

Read `port.py` first; it has all of these names too. Times are milliseconds since the epoch, durations milliseconds.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence

import msgspec

from chasqui.base.errors import ChasquiError

# ---------------------------------------------------------------------------------------------------------- errors


class StoreError(ChasquiError):
    """The root of what the store can answer instead of a result."""


class QueueGone(StoreError):
    """The queue (or log) with this id has been deleted."""


class InFlightLimit(StoreError):
    """A standard queue has as many messages in flight as the claim allows."""


class VersionConflict(StoreError):
    """A resource changed between being read and being written, or a created one exists. `existing` is what stands."""

    def __init__(self, existing: Resource | None) -> None:
        super().__init__("the resource was changed by another transaction")
        self.existing = existing


class ClaimLost(StoreError):
    """A message that was to be settled together with other work is no longer there, or another claim holds it."""


class LeaseLost(StoreError):
    """Another node holds the lease by now: what its job did in this transaction must not be committed."""


class StoreFull(StoreError):
    """There is no room on the disk. Nothing of the command was kept; later commands may succeed."""


class StoreUnusable(StoreError):
    """The store cannot be opened: corrupt, foreign, newer than this program, or in use. The message says which."""


# ------------------------------------------------------------------------------------------------------- resources


class Resource(msgspec.Struct, frozen=True, gc=False):
    """A document: what it is, whose it is, what it is called.

    `version` counts its changes from 1. `generation` is unique to this life of the name: deleting and creating the
    same name gives another. `owner` is "account/region" (or "account"); `parent` names the resource it belongs to.
    """

    type: str
    owner: str
    name: str
    document: bytes
    parent: str | None = None
    version: int = 0
    generation: int = 0


# ---------------------------------------------------------------------------------------------------------- queues


class Shared(msgspec.Struct, frozen=True, gc=False):
    """Bytes that several messages have in common, stored once and kept for as long as one of those messages is, also
    when it was moved to another queue.

    With `number` 0 they are new: messages of one command that hold this very object share them. A claimed message tells
    the number, and messages of later commands may refer to it by the same `Shared`; when no message holds it any more
    by then, its data are new again. A number is never given twice.
    """

    data: bytes
    number: int = 0


class NewMessage(msgspec.Struct, frozen=True, gc=False):
    """A message to append.

    `id` is 16 bytes. `group` orders (FIFO queues) or names the tenant (standard queues, fair delivery).
    `deduplication`, on FIFO queues, is the key that makes a second append within `DEDUPLICATION_MS` a duplicate;
    its scope (queue or group) is already in it. `shared` is what it has in common with others.
    """

    id: bytes
    payload: bytes
    sent_at_ms: int
    visible_at_ms: int
    expires_at_ms: int
    group: str | None = None
    deduplication: bytes | None = None
    shared: Shared | None = None


class Appended(msgspec.Struct, frozen=True, gc=False):
    """What became of an append. For a duplicate, the id and sequence number of the original."""

    sequence: int
    id: bytes
    duplicate: bool = False


class Redrive(msgspec.Struct, frozen=True, gc=False):
    """Where a claim puts messages that have been received `receives_max` times already, instead of giving them out.

    A moved message keeps its id, payload, group, receive count and `sent_at_ms`; `origin` (the source's ARN) is noted
    on it. It expires at `sent_at_ms + retention_ms` on standard queues, `now + retention_ms` on FIFO queues, and is
    visible at once. When the target queue is gone, nothing is moved and the message is given out as usual.
    """

    receives_max: int
    queue: int
    origin: str
    retention_ms: int
    told: Callable[[str, int], object] | None = None
    """Is told the origin, and how many were moved; once more for some when a transaction is run again."""

    def tell(self, moved: int) -> None:
        """So many were moved."""
        if self.told is not None and moved:
            self.told(self.origin, moved)


class Claim(msgspec.Struct, frozen=True, gc=False):
    """How to claim: up to `limit` messages, hidden for `visibility_ms`; waits up to `wait_ms` (real time) for the
    first.

    Standard queues: by `visible_at_ms`, quiet tenants before noisy ones (see `fairness.py`); `InFlightLimit` is raised
    when `in_flight_max` messages are in flight. FIFO queues: in sequence within a group, and no message of a group
    that has one in flight; many of one group may come in one claim; at the limit nothing is given. Expired messages
    are never given.
    `attempt`, on FIFO queues: a claim that repeats the attempt id of an earlier one, less than `DEDUPLICATION_MS` ago
    and while those messages are all still in flight under that claim, gets the same messages with the same receive
    counts, hidden anew.
    """

    limit: int
    visibility_ms: int
    wait_ms: int = 0
    in_flight_max: int = 120_000
    redrive: Redrive | None = None
    attempt: str | None = None


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """A message given out. `receives` counts this claim in; it is hidden until `hidden_until_ms`."""

    sequence: int
    id: bytes
    receives: int
    sent_at_ms: int
    first_received_at_ms: int
    payload: bytes
    group: str | None = None
    origin: str | None = None
    hidden_until_ms: int = 0
    shared: Shared | None = None


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """Names one claim of one message: its sequence number, the first 8 bytes of its id, the receive count.

    `hidden_until_ms`, as the claim gave it, is a hint: a message that still is where that claim put it is settled with
    one statement. It decides nothing.
    """

    sequence: int
    token: bytes
    receives: int
    hidden_until_ms: int = 0


class Settled(enum.IntEnum):
    """What became of a settle or an extend.

    DONE: it was done. MISSING: there is no such message in this queue (deleted before, moved, purged, expired).
    EXPIRED: the claim no longer holds: another claim has followed, or, on a FIFO queue, its time is up.
    """

    DONE = 0
    MISSING = 1
    EXPIRED = 2


class Counts(msgspec.Struct, frozen=True, gc=False):
    """How many messages of a queue are where. They are maintained, not counted: exact to the second."""

    visible: int
    in_flight: int
    delayed: int


class Peeked(msgspec.Struct, frozen=True, gc=False):
    """A message looked at without receiving it; `receives` is 0 when it never was."""

    sequence: int
    id: bytes
    receives: int
    sent_at_ms: int
    first_received_at_ms: int
    visible_at_ms: int
    payload: bytes
    group: str | None = None
    origin: str | None = None
    shared: Shared | None = None


class Destination(msgspec.Struct, frozen=True, gc=False):
    """Where a move puts messages, and how long they are kept there."""

    queue: int
    retention_ms: int


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """Messages for one queue. When the queue is gone, `otherwise` is done in its place (a dead-letter queue, and so
    on); without one they are dropped."""

    queue: int
    messages: Sequence[NewMessage]
    otherwise: Delivery | None = None


class Once(msgspec.Struct, frozen=True, gc=False):
    """What makes deliveries happen once and in order.

    `queue` is a FIFO queue, which need not hold any message: within `DEDUPLICATION_MS` of one delivery with `key`,
    others with it are duplicates and do nothing. The keys are of one kind with those of the messages appended to that
    queue. Deliveries of one (queue, group) are numbered in the order in which they are committed, and that is the order
    in which their messages appear in FIFO queues, on whichever nodes they were made. `id` (16 bytes) is what a
    duplicate is told of the original.
    """

    queue: int
    group: str
    id: bytes
    key: bytes | None = None


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """What became of `deliver`. `sequence` and `id` are a `Once`'s, of a duplicate the original's; `gone` are the
    queues that were not there, those of an `otherwise` that was tried included."""

    sequence: int = 0
    id: bytes = b""
    duplicate: bool = False
    gone: frozenset[int] = frozenset()


DEDUPLICATION_MS = 5 * 60 * 1000
BLOB_ROW_BYTES_MAX = 64 * 1024 + 16
"""64 KiB, sealed."""


# ------------------------------------------------------------------------------------------------- logs and blobs


class NewRecord(msgspec.Struct, frozen=True, gc=False):
    """A record to append to a log."""

    key: str
    data: bytes
    at_ms: int


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record read. Sequence numbers of a log start at 1 and have no holes."""

    sequence: int
    key: str
    data: bytes
    at_ms: int


class Post(msgspec.Struct, frozen=True):
    """What `deliver` does: messages for queues and records for logs. Records for a log that is gone are dropped."""

    deliveries: Sequence[Delivery]
    records: Sequence[tuple[int, Sequence[NewRecord]]] = ()


class LogState(msgspec.Struct, frozen=True, gc=False):
    """The first sequence number still held (`last + 1` when none is) and the last one given."""

    first: int
    last: int


class StagedBlob(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are safe on disk but not yet anyone's: give them a key in a transaction, or they are swept away."""

    size: int
    data: bytes | None
    file: str | None
