"""Resources and transactions: documents by (type, owner, name), written by functions that await nothing but these.

A transaction is SERIALIZABLE: whatever its function reads and then decides holds when it commits, on every node, or it
is run again. The engine detects collisions; nothing is locked before it is written, so a node that is paused within a
transaction stops nobody. Its changes are noted for the feed with the same commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator, Iterable, Sequence
from functools import partial
from time import monotonic
from typing import Any, Protocol, TypeVar, cast

from chasqui.base.errors import ChasquiError
from chasqui.base.pending import Pending
from chasqui.store.port import Lease, Post, Resource, StagedBlob, VersionConflict
from chasqui.store.postgres.blobs import Blobs
from chasqui.store.postgres.connection import LOST, RETRYABLE, Connection, Pool, borrowed, statements
from chasqui.store.postgres.feed import Feed, Key
from chasqui.store.postgres.gather import Gather, Tasks, pause
from chasqui.store.postgres.leases import Lease as HeldLease
from chasqui.store.postgres.leases import Leases
from chasqui.store.postgres.logs import Logs
from chasqui.store.posts import gone_of, queues_of
from chasqui.store.prefixes import end_of

T = TypeVar("T")
Effects = list[Callable[[], object]]
Resources_ = list[Resource]  # inside Transaction, `list` is a method

TRY_SECONDS = 8.0

_COLUMNS = "type, owner, name, document, parent, version, generation"
_GET = f"select {_COLUMNS} from resource where type=$1 and owner=$2 and name=$3"
_GET_MANY = f"""
select {_COLUMNS} from resource
where (type, owner, name) in (select * from unnest($1::text[], $2::text[], $3::text[]))
"""
_LIST = f"""
select {_COLUMNS} from resource where type=$1 and owner=$2 and name>$3 and name>=$4 and name<$5 order by name limit $6
"""
_LIST_ALL = f"""
select {_COLUMNS} from resource where type=$1 and (owner, name)>($2, $3) and name>=$4 and name<$5
order by owner, name limit $6
"""
_CHILDREN = f"""
select {_COLUMNS} from resource where type=$1 and parent=$2 and (owner, name)>($3, $4) order by owner, name limit $5
"""
_CREATE = f"""
insert into resource ({_COLUMNS}) values ($1, $2, $3, $4, $5, 1, nextval('generation'))
on conflict do nothing returning generation
"""
_THIS = "type=$1 and owner=$2 and name=$3 and version=$4 and generation=$5"
_REPLACE = f"update resource set document=$6, parent=$7, version=version+1 where {_THIS} returning version"
_DELETE = f"delete from resource where {_THIS} returning version"

Watcher = Callable[[str, str], object]


class QueueVerbs(Protocol):
    """What transactions do to queues. `effects` are called once it is committed, before it is answered."""

    async def create_queue(self, connection: Connection, ordered: bool, effects: Effects) -> int: ...
    async def delete_queue(self, connection: Connection, queue: int, effects: Effects) -> None: ...
    async def purge_queue(self, connection: Connection, queue: int, effects: Effects) -> None: ...
    async def set_retention(self, connection: Connection, queue: int, retention_ms: int, effects: Effects) -> None: ...
    async def standing(self, connection: Connection, queues: Collection[int]) -> set[int]: ...
    async def deliver_within(
        self, connection: Connection, number: int, posts: Sequence[Post], effects: Effects
    ) -> None: ...


def _resource(row: Any) -> Resource:
    return Resource(*row)


class _Read:
    """A document on its way; `overtaken` when it changed since it was asked for."""

    __slots__ = ("answer", "key", "overtaken")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.answer: Pending[Resource | None] = Pending()
        self.overtaken = False


class Resources:
    """The verbs, and who wants to know of changes."""

    def __init__(
        self, pool: Pool, feed: Feed, queues: QueueVerbs, logs: Logs, blobs: Blobs, leases: Leases, numbers: list[int]
    ) -> None:
        """`numbers` are those by which transactions count messages; as many run at a time."""
        self._pool = pool
        self._feed = feed
        self.queues = queues
        self.logs = logs
        self.blobs = blobs
        self.leases = leases
        self._watchers: dict[str, list[Watcher]] = {}
        self._reads: Gather[Key, Resource | None] = Gather(pool, self._fetch)
        self._reading: dict[Key, list[_Read]] = {}
        self._tasks = Tasks()
        self._numbers = numbers
        self._gate = asyncio.Semaphore(len(numbers))
        self.transactions = self.collisions = 0
        feed.tell = self.tell
        feed.lost = pool.expire

    # ------------------------------------------------------------------------------------------- reading

    def get(self, type: str, owner: str, name: str) -> Pending[Resource | None]:
        key = type, owner, name
        return self._get(key) if self._feed.fresh() else self._tasks.start(self._get_fresh(key))

    async def _get_fresh(self, key: Key) -> Resource | None:
        """Sooner told that the database is away than by a statement that nobody answers."""
        await self._feed.freshen()
        return await self._get(key)

    def _get(self, key: Key) -> Pending[Resource | None]:
        read = _Read(key)
        self._reading.setdefault(read.key, []).append(read)
        self._read(read)
        return read.answer

    def _read(self, read: _Read) -> None:
        read.overtaken = False
        self._reads.submit(read.key).add_done_callback(lambda found: self._found(read, found))

    def _found(self, read: _Read, found: Pending[Resource | None]) -> None:
        """What is answered may be kept in a cache, and the watchers were told already of what changed while it was on
        its way: read that again."""
        error = found.exception()
        if error is None and read.overtaken:
            self._read(read)
            return
        reading = self._reading[read.key]
        reading.remove(read)
        if not reading:
            del self._reading[read.key]
        if error is None:
            read.answer.resolve(found.result())
        else:
            read.answer.fail(error)

    async def _fetch(self, connection: Connection, keys: list[Key]) -> list[Resource | None]:
        rows = await connection.fetch(_GET_MANY, *zip(*keys, strict=True))
        found = {(row[0], row[1], row[2]): _resource(row) for row in rows}
        return [found.get(key) for key in keys]

    def listed(
        self, type: str, owner: str | None, prefix: str, after: tuple[str, str], limit: int
    ) -> Pending[list[Resource]]:
        async def read() -> list[Resource]:
            async with statements(self._pool) as connection:
                return await list_resources(connection, type, owner, prefix, after, limit)

        return self._tasks.start(read())

    # ------------------------------------------------------------------------------------------- watching

    def watch(self, type: str, changed: Watcher) -> None:
        self._watchers.setdefault(type, []).append(changed)

    def tell(self, keys: Iterable[Key]) -> None:
        """These changed, here or elsewhere."""
        for key in keys:
            for read in self._reading.get(key, ()):
                read.overtaken = True
            for watcher in self._watchers.get(key[0], ()):
                watcher(key[1], key[2])

    # ------------------------------------------------------------------------------------------- transactions

    def transaction(self, fn: Callable[[Any], Awaitable[T]]) -> Pending[T]:
        return self._tasks.start(self._transact(fn), self._committed)

    def _committed(self, done: tuple[T, Transaction]) -> T:
        """What follows a commit, before it is answered."""
        value, transaction = done
        self.transactions += 1
        for effect in transaction.effects:
            effect()
        if transaction.changed:
            self.tell(transaction.changed)
            self._feed.committed()
        return value

    async def _transact(self, fn: Callable[[Any], Awaitable[T]]) -> tuple[T, Transaction]:
        deadline = monotonic() + TRY_SECONDS
        async with self._gate:
            number = self._numbers.pop()
            try:
                return await self._try(fn, number, deadline)
            finally:
                self._numbers.append(number)

    async def _try(self, fn: Callable[[Any], Awaitable[T]], number: int, deadline: float) -> tuple[T, Transaction]:
        """Until it is committed, fails, or has collided with others for too long."""
        tried = 0
        while True:
            await self._feed.freshen()
            try:
                async with borrowed(self._pool) as connection:
                    return await self._once(connection, fn, number)
            except RETRYABLE:
                self.collisions += 1
                if monotonic() > deadline:
                    raise
            await pause(tried)
            tried += 1

    async def _once(
        self, connection: Connection, fn: Callable[[Any], Awaitable[T]], number: int
    ) -> tuple[T, Transaction]:
        transaction = Transaction(self, connection)
        await connection.execute("begin isolation level serializable")
        try:
            value = await _drive(fn(transaction))
            if transaction.posts:
                await self.queues.deliver_within(connection, number, transaction.posts, transaction.effects)
            if transaction.changed:
                await self._feed.note(connection, transaction.changed)
            if not self._feed.fresh():  # the node was paused on the way: whether its caller may do this is not known
                raise self._feed.why()
        except LOST:
            raise
        except BaseException:
            await connection.execute("rollback")
            raise
        await self._commit(connection)
        return value, transaction

    async def _commit(self, connection: Connection) -> None:
        try:
            await connection.execute("commit")
        except RETRYABLE:
            raise  # it is rolled back
        except BaseException:
            # It may have been committed, or still be: then the feed will say so, to this node too.
            self._feed.disown()
            raise

    # ------------------------------------------------------------------------------------------- the whole

    async def reset(self, connection: Connection, effects: Effects) -> None:
        """Within a transaction: empty the tables of resources, logs and blobs. Every node's watchers hear of it."""
        keys = [(row[0], row[1], row[2]) for row in await connection.fetch("select type, owner, name from resource")]
        if keys:
            await self._feed.note(connection, keys)
        await connection.execute("insert into blob_garbage select file, 0 from blob where file is not null")
        await connection.execute("truncate resource, log, chunk, log_garbage, blob")
        effects += [partial(self.tell, keys), self._feed.committed, self.blobs.sweep_wanted]

    def statistics(self) -> dict[str, int]:
        return {
            "transactions": self.transactions,
            "transactions_run_again": self.collisions,
            "transactions_waiting": len(self._tasks),
            "feed_looks": self._feed.looks,
            "clock_skew_ms": self._feed.skew_ms,
        }

    async def close(self) -> None:
        """Wait until what was given is answered."""
        await self._tasks.close()
        await self._reads.close()


async def list_resources(
    connection: Connection, type: str, owner: str | None, prefix: str, after: tuple[str, str], limit: int
) -> list[Resource]:
    if owner is None:
        rows = await connection.fetch(_LIST_ALL, type, *after, prefix, end_of(prefix), limit)
    elif owner < after[0]:
        return []
    else:
        name = after[1] if after[0] == owner else ""
        rows = await connection.fetch(_LIST, type, owner, name, prefix, end_of(prefix), limit)
    return list(map(_resource, rows))


# ----------------------------------------------------------------------------------------------- inside of one


class _Step:
    """What a transaction's method awaits: `_drive` does the work and sends the outcome back. So whatever else the
    function awaits is noticed."""

    __slots__ = ("work",)

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        self.work = work

    def __await__(self) -> Generator[_Step, Any, Any]:
        return (yield self)


async def _drive(awaitable: Awaitable[T]) -> T:
    """Run a transaction's function to its end. It is told the store's own errors, which it may catch; what the
    database says ends it."""
    coroutine = cast("Coroutine[Any, Any, T]", awaitable)
    value: Any = None
    error: ChasquiError | None = None
    while True:
        try:
            step = coroutine.send(value) if error is None else coroutine.throw(error)
        except StopIteration as stop:
            return cast("T", stop.value)
        if type(step) is not _Step:
            coroutine.close()
            raise RuntimeError("a transaction's function may await nothing but its transaction")
        value = error = None
        try:
            value = await step.work
        except ChasquiError as told:
            error = told
        except BaseException:
            coroutine.close()
            raise


class Transaction:
    """What the function works with. `effects` are called once it is committed."""

    def __init__(self, resources: Resources, connection: Connection) -> None:
        self._resources = resources
        self._connection = connection
        self._fetch = connection.fetch
        self._value = connection.fetchval
        self.effects: Effects = []
        self.changed: list[Key] = []
        self.posts: list[Post] = []

    # ------------------------------------------------------------------------------------------- resources

    async def get(self, type: str, owner: str, name: str) -> Resource | None:
        return cast("Resource | None", await _Step(self._get(type, owner, name)))

    async def _get(self, type: str, owner: str, name: str) -> Resource | None:
        row = await self._connection.fetchrow(_GET, type, owner, name)
        return None if row is None else _resource(row)

    async def list(self, type: str, owner: str, *, prefix: str = "", after: str = "", limit: int = 1000) -> Resources_:
        work = list_resources(self._connection, type, owner, prefix, (owner, after), limit)
        return cast("Resources_", await _Step(work))

    async def children(self, type: str, parent: str, *, after: str = "", limit: int = 1000) -> Resources_:
        owner, _, name = after.partition(" ")
        rows = await _Step(self._fetch(_CHILDREN, type, parent, owner, name, limit))
        return [_resource(row) for row in rows]

    async def create(self, resource: Resource) -> Resource:
        r = resource
        generation = await _Step(self._value(_CREATE, r.type, r.owner, r.name, r.document, r.parent))
        if generation is None:
            raise VersionConflict(await self.get(r.type, r.owner, r.name))
        self.changed.append((r.type, r.owner, r.name))
        return Resource(r.type, r.owner, r.name, r.document, r.parent, 1, generation)

    async def replace(self, resource: Resource) -> Resource:
        r = resource
        version = await self._write(_REPLACE, r, r.document, r.parent)
        return Resource(r.type, r.owner, r.name, r.document, r.parent, version, r.generation)

    async def delete(self, resource: Resource) -> None:
        await self._write(_DELETE, resource)

    async def _write(self, statement: str, r: Resource, *more: Any) -> int:
        version = await _Step(self._value(statement, r.type, r.owner, r.name, r.version, r.generation, *more))
        if version is None:
            raise VersionConflict(await self.get(r.type, r.owner, r.name))
        self.changed.append((r.type, r.owner, r.name))
        return cast("int", version)

    # ------------------------------------------------------------------------------------------- queues

    async def create_queue(self, *, ordered: bool) -> int:
        return cast("int", await _Step(self._resources.queues.create_queue(self._connection, ordered, self.effects)))

    async def delete_queue(self, queue: int) -> None:
        await _Step(self._resources.queues.delete_queue(self._connection, queue, self.effects))

    async def purge_queue(self, queue: int) -> None:
        await _Step(self._resources.queues.purge_queue(self._connection, queue, self.effects))

    async def set_retention(self, queue: int, retention_ms: int) -> None:
        await _Step(self._resources.queues.set_retention(self._connection, queue, retention_ms, self.effects))

    async def deliver(self, post: Post) -> frozenset[int]:
        there: set[int] = await _Step(self._resources.queues.standing(self._connection, queues_of(post)))
        self.posts.append(post)
        return gone_of(post, there.__contains__)

    # ------------------------------------------------------------------------------------------- logs, blobs

    async def create_log(self) -> int:
        return cast("int", await _Step(self._resources.logs.create(self._connection)))

    async def delete_log(self, log: int) -> None:
        await _Step(self._resources.logs.delete(self._connection, log, self.effects))

    async def check_lease(self, lease: Lease) -> None:
        assert isinstance(lease, HeldLease), "a lease of another store"
        await _Step(self._resources.leases.check(self._connection, lease))

    async def put_blob(self, key: str, blob: StagedBlob) -> None:
        await _Step(self._resources.blobs.put(self._connection, key, blob, self.effects))

    async def delete_blob(self, key: str) -> None:
        await _Step(self._resources.blobs.delete(self._connection, key, self.effects))
