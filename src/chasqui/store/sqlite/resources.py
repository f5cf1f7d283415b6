"""Resources and transactions: documents by (type, owner, name), written by functions that await nothing but these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

import apsw

from chasqui.store.alone import LocalLeases
from chasqui.store.port import Lease, Post, QueueGone, Resource, StagedBlob, VersionConflict
from chasqui.store.posts import gone_of
from chasqui.store.prefixes import LAST, end_of
from chasqui.store.sqlite.blobs import Blobs
from chasqui.store.sqlite.engine import ELSEWHERE, Engine
from chasqui.store.sqlite.logs import Logs
from chasqui.store.sqlite.sweeper import Sweeper

_COLUMNS = "type, owner, name, document, parent, version, generation"
_CREATE = f"insert or ignore into resource ({_COLUMNS}) values (?, ?, ?, ?, ?, 1, ?)"
_THIS = "type=? and owner=? and name=? and version=? and generation=?"
_REPLACE = f"update resource set document=?, parent=?, version=version+1 where {_THIS}"
_DELETE = f"delete from resource where {_THIS}"
_ONE = f"select {_COLUMNS} from resource where type=? and owner=? and name=?"

Watcher = Callable[[str, str], object]
Keys = list[tuple[str, str, str]]
Effects = list[Callable[[], object]]
Resources_ = list[Resource]  # inside Transaction, `list` is a method


class Resources:
    """The commands, and who wants to know of changes."""

    def __init__(
        self, engine: Engine, sweeper: Sweeper, logs: Logs, blobs: Blobs, posted: Callable[[Post], None]
    ) -> None:
        """`posted` delivers what a transaction wanted to be delivered."""
        self.engine = engine
        self._posted = posted
        self.sweeper = sweeper
        self.logs = logs
        self.blobs = blobs
        self.leases = LocalLeases()
        self.watchers: dict[str, list[Watcher]] = {}

    def get(self, pending: object, queue: int, key: tuple[str, str, str]) -> Resource | None:
        rows = self.engine.cursor.execute(_ONE, key).fetchall()
        return Resource(*rows[0]) if rows else None

    def get_with_blob(
        self, pending: object, queue: int, argument: tuple[tuple[str, str, str], Callable[[Resource], str | None]]
    ) -> tuple[Resource | None, bytes | None]:
        rows = self.engine.cursor.execute(_ONE, argument[0]).fetchall()
        if not rows:
            return (None, None)
        found = Resource(*rows[0])
        key = argument[1](found)
        return (found, self.blobs.row(key) if key is not None else None)

    def listed(
        self, pending: object, queue: int, argument: tuple[str, str | None, str, tuple[str, str], int]
    ) -> list[Resource]:
        type, owner, prefix, after, limit = argument
        values: tuple[str, ...]
        if owner is None:
            where, values = "(owner, name)>(?, ?) and name>=? and name<?", (*after, prefix, end_of(prefix))
        else:
            # `after` is (owner, name): an owner that sorts later than it starts from the beginning.
            from_name = after[1] if after[0] == owner else ("" if owner > after[0] else LAST)
            # One lower bound: of two, SQLite would take the first and walk to the other.
            bound, start = (">", from_name) if from_name >= prefix else (">=", prefix)
            where, values = f"owner=? and name{bound}? and name<?", (owner, start, end_of(prefix))
        rows = self.engine.cursor.execute(
            f"select {_COLUMNS} from resource where type=? and {where} order by owner, name limit ?",
            (type, *values, limit),
        ).fetchall()
        return [Resource(*row) for row in rows]

    def transaction(self, pending: Any, queue: int, fn: Callable[[Transaction], Awaitable[Any]]) -> Any:
        """Run `fn` in a savepoint, to its end, now."""
        cursor, answers = self.engine.cursor, self.engine.answers
        transaction = Transaction(self)
        wanted_before = len(self.engine.after_commit)
        cursor.execute("savepoint fn")
        try:
            value = _run(fn(transaction))
        except apsw.Error:
            raise  # the whole tick may be undone already
        except BaseException as error:  # noqa: BLE001  whatever `fn` raises is its caller's to see
            cursor.execute("rollback to fn")
            cursor.execute("release fn")
            # What it wanted once it is committed (a blob's file in its place) does not happen either.
            del self.engine.after_commit[wanted_before:]
            answers.append((pending, None, error, None))
            return ELSEWHERE
        cursor.execute("release fn")
        for effect in transaction.effects:
            effect()
        # Only now: what this changes in memory is not undone with a savepoint.
        for post in transaction.posts:
            self._posted(post)
        self.notify(transaction.changed)
        return value

    def notify(self, changed: list[tuple[str, str, str]]) -> None:
        """Tell the watchers once the running tick is committed."""
        for type, owner, name in changed:
            for watcher in self.watchers.get(type, ()):
                self.engine.after_commit.append(lambda tell=watcher, owner=owner, name=name: tell(owner, name))  # type: ignore[misc]


def _run(awaitable: Awaitable[Any]) -> Any:
    """Drive a coroutine that waits for nothing."""
    coroutine = cast("Coroutine[Any, Any, Any]", awaitable)
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise RuntimeError("a transaction's function may await nothing but its transaction")


class Transaction:
    """What the function works with. Changes of what is kept in memory are `effects`, made when it has succeeded."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._engine = resources.engine
        self._execute = resources.engine.cursor.execute
        self.effects: Effects = []
        self.changed: Keys = []
        self.posts: list[Post] = []

    # ------------------------------------------------------------------------------------------- resources

    async def get(self, type: str, owner: str, name: str) -> Resource | None:
        return self._resources.get(None, 0, (type, owner, name))

    async def list(self, type: str, owner: str, *, prefix: str = "", after: str = "", limit: int = 1000) -> Resources_:
        return self._resources.listed(None, 0, (type, owner, prefix, (owner, after), limit))

    async def children(self, type: str, parent: str, *, after: str = "", limit: int = 1000) -> Resources_:
        owner, _, name = after.partition(" ")
        rows = self._execute(
            f"select {_COLUMNS} from resource where type=? and parent=? and (owner, name)>(?, ?)"
            " order by owner, name limit ?",
            (type, parent, owner, name, limit),
        ).fetchall()
        return [Resource(*row) for row in rows]

    async def create(self, resource: Resource) -> Resource:
        r = resource
        generation = self._engine.number("generation")
        self._execute(_CREATE, (r.type, r.owner, r.name, r.document, r.parent, generation))
        self._changed(r)
        return Resource(r.type, r.owner, r.name, r.document, r.parent, 1, generation)

    async def replace(self, resource: Resource) -> Resource:
        r = resource
        self._execute(_REPLACE, (r.document, r.parent, r.type, r.owner, r.name, r.version, r.generation))
        self._changed(r)
        return Resource(r.type, r.owner, r.name, r.document, r.parent, r.version + 1, r.generation)

    async def delete(self, resource: Resource) -> None:
        r = resource
        self._execute(_DELETE, (r.type, r.owner, r.name, r.version, r.generation))
        self._changed(r)

    def _changed(self, r: Resource) -> None:
        """What was just written has been. Raises `VersionConflict` when something else stands there."""
        if not self._engine.db.changes():
            raise VersionConflict(self._resources.get(None, 0, (r.type, r.owner, r.name)))
        self.changed.append((r.type, r.owner, r.name))

    # ------------------------------------------------------------------------------------------- queues

    async def create_queue(self, *, ordered: bool) -> int:
        queue, incarnation = self._engine.number("queue"), self._engine.number("incarnation")
        self._execute("insert into queue values (?, ?, ?, 0, 0)", (queue, int(ordered), incarnation))
        return queue

    def _stored(self, queue: int) -> tuple[bool, int]:
        rows = self._execute("select ordered, incarnation from queue where id=?", (queue,)).fetchall()
        if not rows:
            raise QueueGone(f"queue {queue} does not exist")
        return bool(rows[0][0]), rows[0][1]

    async def delete_queue(self, queue: int) -> None:
        self._leave_rows(queue)
        self._execute("delete from queue where id=?", (queue,))
        self.effects.append(lambda: self._engine.after_commit.append(lambda: self._engine.fail_waiting(queue)))

    async def purge_queue(self, queue: int) -> None:
        self._leave_rows(queue)
        incarnation = self._engine.number("incarnation")
        self._execute("update queue set incarnation=?, total=0, retention_ms=0 where id=?", (incarnation, queue))

    def _leave_rows(self, queue: int) -> None:
        """To the sweeper."""
        ordered, incarnation = self._stored(queue)
        self._execute("delete from hidden where queue=?", (queue,))
        self._execute("delete from job where kind='retention' and target=?", (queue,))
        self._resources.sweeper.add("ordered" if ordered else "standard", incarnation)
        self.effects.append(lambda: self._engine.states.forget(queue))

    async def set_retention(self, queue: int, retention_ms: int) -> None:
        self._stored(queue)
        self._execute("delete from job where kind='retention' and target=?", (queue,))
        self._resources.sweeper.add("retention", queue, retention_ms)
        self.effects.append(lambda: self._rewriting(queue, retention_ms))

    def _rewriting(self, queue: int, retention_ms: int) -> None:
        state = self._engine.states.find(queue, self._engine.now)
        if state is not None:
            self._engine.states.changed(state)
            state.rewriting = retention_ms
            state.retention_ms, state.retention_changed = max(state.retention_ms, retention_ms), True

    async def deliver(self, post: Post) -> frozenset[int]:
        self.posts.append(post)
        return gone_of(post, self._stands)

    def _stands(self, queue: int) -> bool:
        return bool(self._execute("select 1 from queue where id=?", (queue,)).fetchall())

    # ------------------------------------------------------------------------------------------- logs, blobs

    async def create_log(self) -> int:
        return self._resources.logs.create()

    async def delete_log(self, log: int) -> None:
        self._resources.logs.delete(log)
        self._resources.sweeper.add("log", log)

    async def check_lease(self, lease: Lease) -> None:
        self._resources.leases.check(lease)

    async def put_blob(self, key: str, blob: StagedBlob) -> None:
        self._resources.blobs.put(key, blob)

    async def delete_blob(self, key: str) -> None:
        self._resources.blobs.delete(key)
