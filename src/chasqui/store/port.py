"""The store's port: the verbs that services speak, and what each of them means. Read this file first.

Everything durable is one of four shapes (resources, queues, logs, blobs). What must be atomic is the meaning of one
verb; what is validation, default, quota or rendering is the service's. A verb called on the `Store` joins the
commands of the running tick: they are committed together, synced once, and each `Pending` is resolved only when its
effect is on disk. A failing command never fails its neighbours. `memory.py` is the plainest implementation and defines
the meanings; `sqlite/` is held to it by property tests. Only protocols live here; the values that the
verbs take and answer stand in `values.py`, and are had from here.

Times are milliseconds since the epoch, durations milliseconds. Ids of queues and logs are never used twice, so an id
says which life of a queue is meant: a verb on an id that has been deleted fails with `QueueGone`, it never vanishes.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from chasqui.base.pending import Pending
from chasqui.store.values import (
    BLOB_ROW_BYTES_MAX,
    DEDUPLICATION_MS,
    Appended,
    Claim,
    Claimed,
    ClaimLost,
    Counts,
    Delivered,
    Delivery,
    Destination,
    InFlightLimit,
    LeaseLost,
    LogState,
    NewMessage,
    NewRecord,
    Once,
    Peeked,
    Post,
    QueueGone,
    Receipt,
    Record,
    Redrive,
    Resource,
    Settled,
    Shared,
    StagedBlob,
    StoreError,
    StoreFull,
    StoreUnusable,
    VersionConflict,
)

__all__ = [
    "BLOB_ROW_BYTES_MAX",
    "DEDUPLICATION_MS",
    "Appended",
    "Claim",
    "ClaimLost",
    "Claimed",
    "Counts",
    "Delivered",
    "Delivery",
    "Destination",
    "InFlightLimit",
    "Lease",
    "LeaseLost",
    "LogState",
    "NewMessage",
    "NewRecord",
    "Once",
    "Peeked",
    "Post",
    "QueueGone",
    "Receipt",
    "Record",
    "Redrive",
    "Resource",
    "Resources",
    "Settled",
    "Shared",
    "StagedBlob",
    "Store",
    "StoreError",
    "StoreFull",
    "StoreUnusable",
    "Transaction",
    "VersionConflict",
]

T = TypeVar("T")


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

    async def deliver(self, post: Post) -> frozenset[int]:
        """Messages for queues and records for logs, as `Store.deliver` has them: they are there with the commit, and
        wake who waits for them. They are put where they belong when the function has ended, after all else that it
        does, so a queue that it deletes does not get them. Returns the queues that are gone, now."""
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

    def resource_and_blob(
        self, type: str, owner: str, name: str, named: Callable[[Resource], str | None]
    ) -> Pending[tuple[Resource | None, bytes | None]]:
        """A resource and, of the same moment, the blob that it names: `named` is called with every resource that is
        found, is quick and changes nothing. The bytes are None where it names none, or where `read_blob` must be asked
        for them."""
        ...

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
        the order is certain (again, when the transaction has to be), and must be quick, pure and await nothing; what
        it raises is raised and nothing is done. Messages for FIFO queues that their own `deduplication` makes
        duplicates are left out.

        Of what `settle` names each must be held by its receipt's claim still: else `ClaimLost` is raised and nothing
        is done. That is, no other claim has followed, on standard queues too (there its time may be up); on FIFO queues
        its time is not up. A duplicate does nothing but is answered, and what `settle` names is settled all the same,
        under the same condition. `QueueGone` is raised for `once`'s and `settle`'s queue only."""
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

    def drop_staged(self, key: str, blob: StagedBlob) -> None:
        """Throw away staged bytes that should have got this key, now or when there is time. If they have it by then
        (the transaction was thought to have failed, and had not) they stay."""
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
