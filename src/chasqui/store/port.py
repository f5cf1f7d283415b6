"""The store's port: the verbs that services speak, and what each of them means. Read this file first.

Everything durable is one of four shapes (resources, queues, logs, blobs). What must be atomic is the meaning of one
verb; what is validation, default, quota or rendering is the service's. A verb called on the `Store` joins the
commands of the running tick: they are committed together, synced once, and each `Pending` is resolved only when its
effect is on disk. A failing command never fails its neighbours. `memory.py` is the plainest implementation and defines
the meanings; `sqlite/` is held to it by property tests. Only types and protocols live here.

Times are milliseconds since the epoch, durations milliseconds. Ids of queues and logs are never used twice, so an id
says which life of a queue is meant: a verb on an id that has been deleted fails with `QueueGone`, it never vanishes.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from chasqui.base.errors import ChasquiError
from chasqui.base.pending import Pending

T = TypeVar("T")


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
    """Bytes that several messages have in common, stored once and kept for as long as one of those messages is.

    With `number` 0 they are new: messages of one command that hold this very object share them. A claimed message tells
    the number, and the messages of a command that settles it may refer to it by the same `Shared`.
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
    others with it are duplicates and do nothing. Deliveries of one (queue, group) are numbered in the order in which
    they are committed, and that is the order in which their messages appear in FIFO queues, on whichever nodes they
    were made. `id` (16 bytes) is what a duplicate is told of the original.
    """

    queue: int
    group: str
    id: bytes
    key: bytes | None = None


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """What became of `deliver`. `sequence` and `id` are a `Once`'s, of a duplicate the original's; `gone` are the
    queues that were not there."""

    sequence: int = 0
    id: bytes = b""
    duplicate: bool = False
    gone: frozenset[int] = frozenset()


DEDUPLICATION_MS = 5 * 60 * 1000
BLOB_ROW_BYTES_MAX = 64 * 1024


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


# ----------------------------------------------------------------------------------------------------------- leases


class Lease(Protocol):
    """The right to a job that one node at a time may do. It ends when the store's clock says so, whatever its holder
    thinks: what matters is written in transactions that begin with `Transaction.check_lease`."""

    @property
    def name(self) -> str: ...

    @property
    def held(self) -> bool:
        """Whether it is worth going on, as far as this node can tell. Never true for longer than it was given."""
        ...

    async def renew(self, ttl_ms: int) -> bool:
        """Hold it for so long from now, also when it was over and nobody has taken it. False: it is another's."""
        ...

    async def release(self) -> None:
        """Let others have it at once."""
        ...


# ----------------------------------------------------------------------------------------------------- transactions


# `Transaction.list` hides the built-in name inside that class.
Resources = list[Resource]


class Transaction(Protocol):
    """What a function given to `Store.transaction` may await; and it may await nothing else."""

    async def get(self, type: str, owner: str, name: str) -> Resource | None: ...

    async def list(self, type: str, owner: str, *, prefix: str = "", after: str = "", limit: int = 1000) -> Resources:
        """Resources of an owner by name, those after `after`."""
        ...

    async def children(self, type: str, parent: str, *, after: str = "", limit: int = 1000) -> Resources:
        """Resources of a type with this parent, by "owner name", those after `after` ("owner name")."""
        ...

    async def create(self, resource: Resource) -> Resource:
        """Give it version 1 and a new generation. Raises `VersionConflict` when the name is taken."""
        ...

    async def replace(self, resource: Resource) -> Resource:
        """Write document and parent; `version` is the one that was read. Raises `VersionConflict` otherwise."""
        ...

    async def delete(self, resource: Resource) -> None:
        """Delete what was read. Raises `VersionConflict` when it changed since, or is gone."""
        ...

    async def create_queue(self, *, ordered: bool) -> int:
        """A new, empty queue; `ordered` makes it FIFO. Returns its id."""
        ...

    async def delete_queue(self, queue: int) -> None:
        """The queue is gone with the commit (waiting claims fail with `QueueGone`); its rows go in slices."""
        ...

    async def purge_queue(self, queue: int) -> None:
        """All its messages are gone with the commit, those in flight included; the rows go in slices. Deduplication
        keys remain."""
        ...

    async def set_retention(self, queue: int, retention_ms: int) -> None:
        """Messages already there get `sent_at_ms + retention_ms` as their expiry, in slices."""
        ...

    async def create_log(self) -> int: ...

    async def delete_log(self, log: int) -> None: ...

    async def check_lease(self, lease: Lease) -> None:
        """First thing in a transaction of its job: nobody gets the lease until this one ends. Raises `LeaseLost`."""
        ...

    async def put_blob(self, key: str, blob: StagedBlob) -> None:
        """Give staged bytes a key, replacing what it held."""
        ...

    async def delete_blob(self, key: str) -> None: ...


# ------------------------------------------------------------------------------------------------------------ store


class Store(Protocol):
    """The verbs. Every `Pending` resolves once the effect is as durable as the store's setting says."""

    # resources
    def transaction(self, fn: Callable[[Transaction], Awaitable[T]]) -> Pending[T]:
        """Run `fn` in a transaction of its own (a savepoint of the tick's). What it raises undoes it and is raised."""
        ...

    def resource(self, type: str, owner: str, name: str) -> Pending[Resource | None]: ...

    def resources(
        self,
        type: str,
        owner: str | None = None,
        *,
        prefix: str = "",
        after: tuple[str, str] = ("", ""),
        limit: int = 1000,
    ) -> Pending[list[Resource]]:
        """By (owner, name), those after `after`; of every owner when `owner` is None."""
        ...

    def watch_resources(self, type: str, changed: Callable[[str, str], object]) -> None:
        """Call `changed(owner, name)` for each created, replaced or deleted resource of a type, after the commit
        and before its `Pending` resolves, so that a cache is never staler than an answer."""
        ...

    async def lease(self, name: str, ttl_ms: int) -> Lease | None:
        """Take a lease that is free or over, for so long (real time); None while anyone holds it, this node included.
        A node that dies holds its leases until they are over."""
        ...

    def fresh(self) -> bool:
        """Whether documents that were read before, of whose change no watcher was told, may still decide something. Not
        while a node is out of touch with its database; reading one then waits for it, and fails when it stays away."""
        ...

    # queues
    def append_messages(self, queue: int, messages: Sequence[NewMessage]) -> Pending[list[Appended]]: ...

    def deliver(
        self,
        post: Post | Callable[[int], Post],
        *,
        once: Once | None = None,
        settle: tuple[int, Sequence[Receipt]] | None = None,
    ) -> Pending[Delivered]:
        """Messages to many queues, records to logs and the end of what they came from: all of it or nothing.

        With `once`, `post` may be a function of the number that the delivery was given; it is called when the place in
        the order is certain (again, when the transaction has to be), and must be quick, pure and await nothing. A
        duplicate does nothing but is answered, also when `settle` is given, which is done then all the same. Of what
        `settle` names each must be held by its receipt's claim still (the same receive count), on standard queues
        too: else `ClaimLost` is raised and nothing is done. `QueueGone` is raised for `once`'s and `settle`'s queue
        only."""
        ...

    def claim_messages(self, queue: int, claim: Claim) -> Pending[list[Claimed]]:
        """Cancelling the `Pending` of a waiting claim takes it out of the line. One that is cancelled after it was
        executed is undone: the messages are visible again and their receive counts are as before."""
        ...

    def release_waiting(self) -> None:
        """Answer every waiting claim with nothing, now, and let none wait from now on: the server is about to stop."""
        ...

    def settle_messages(self, queue: int, receipts: Sequence[Receipt]) -> Pending[list[Settled]]:
        """Delete. On standard queues any receipt of the message will do; FIFO queues want the claim that holds it."""
        ...

    def extend_messages(self, queue: int, changes: Sequence[tuple[Receipt, int]]) -> Pending[list[Settled]]:
        """Hide each for so many ms from now; 0 makes it visible. On standard queues any receipt of the
        message will do, also after its time; FIFO queues want the claim that holds it."""
        ...

    def move_messages(
        self, queue: int, limit: int, origins: Mapping[str, Destination], default: Destination | None
    ) -> Pending[int]:
        """Move up to `limit` visible messages, oldest first, each to its origin's destination or the default; one that
        has neither stays. They arrive as new: another id, sent now, never received, no origin. Returns how many."""
        ...

    def counts(self, queue: int) -> Pending[Counts]: ...

    def oldest_sent_at_ms(self, queue: int) -> Pending[int | None]:
        """When the oldest message that is visible or in flight was sent (near enough: the one first due)."""
        ...

    def peek_messages(self, queue: int, *, after: int = 0, limit: int = 100) -> Pending[list[Peeked]]:
        """Messages by sequence number, invisible and delayed ones included."""
        ...

    # logs
    def append_records(self, log: int, records: Sequence[NewRecord]) -> Pending[list[int]]: ...

    def read_records(self, log: int, *, after: int, limit: int, bytes_max: int = 1 << 20) -> Pending[list[Record]]:
        """At least one record when there is one, however large."""
        ...

    def trim_records(self, log: int, before: int) -> Pending[None]:
        """Records before this sequence number are no longer read; their space is given back in slices."""
        ...

    def log_state(self, log: int) -> Pending[LogState]: ...

    # blobs
    async def stage_blob(self, data: bytes | AsyncIterable[bytes]) -> StagedBlob:
        """Write bytes where no transaction waits for them: up to `BLOB_ROW_BYTES_MAX` stay in memory, more go to a
        synced file."""
        ...

    def read_blob(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes [start, end) in pieces. Raises `KeyError` when there is no such blob."""
        ...

    def blob_size(self, key: str) -> Pending[int | None]: ...

    # the whole
    async def backup(self, target: Path) -> None:
        """Write a consistent copy into an empty folder while serving, in slices."""
        ...

    def watch_failure(self, failed: Callable[[StoreError], object]) -> None:
        """Call `failed` when nothing more can be made durable; from then on every command fails."""
        ...

    def statistics(self) -> Mapping[str, Any]:
        """Figures for metrics and health: commits, syncs, rows waiting to be swept, bytes."""
        ...

    async def reset(self) -> None:
        """Empty everything, durably."""
        ...

    async def close(self) -> None:
        """Commit and sync what is queued, answer it, and close."""
        ...
