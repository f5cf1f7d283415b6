"""The memory model's transactions: whatever they change is copied first and put back if they fail."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from copy import copy
from typing import Any, cast

from chasqui.store.memory_held import Held, Log, Queue
from chasqui.store.port import Lease, Post, QueueGone, Resource, StagedBlob, VersionConflict
from chasqui.store.posts import gone_of

Keys = list[tuple[str, str, str]]
Resources = list[Resource]  # inside the class, `list` is a method


class MemoryTransaction:
    """See `port.Transaction`."""

    def __init__(self, store: Held) -> None:
        self._store = store
        self.changed: Keys = []
        self.posts: list[Post] = []

    def snapshot(self) -> Any:
        s = self._store
        messages = {
            id: ({key: copy(m) for key, m in queue.messages.items()}, dict(queue.groups))
            for id, queue in s.queues.items()
        }
        return dict(s.resources_held), dict(s.queues), messages, dict(s.logs), dict(s.blobs)

    def restore(self, before: Any) -> None:
        s = self._store
        s.resources_held, s.queues, messages, s.logs, s.blobs = before
        for id, held in messages.items():
            s.queues[id].messages, s.queues[id].groups = held

    def drive(self, awaitable: Awaitable[Any]) -> Any:
        try:
            cast("Coroutine[Any, Any, Any]", awaitable).send(None)
        except StopIteration as stop:
            return stop.value
        raise RuntimeError("a transaction's function may await nothing but its transaction")

    async def get(self, type: str, owner: str, name: str) -> Resource | None:
        return self._store.resources_held.get((type, owner, name))

    async def list(self, type: str, owner: str, *, prefix: str = "", after: str = "", limit: int = 1000) -> Resources:
        return self._store.listed(type, owner, prefix, (owner, after))[:limit]

    async def children(self, type: str, parent: str, *, after: str = "", limit: int = 1000) -> Resources:
        found = [
            each
            for _, each in sorted(self._store.resources_held.items())
            if each.type == type and each.parent == parent and f"{each.owner} {each.name}" > after
        ]
        return found[:limit]

    async def create(self, resource: Resource) -> Resource:
        key = resource.type, resource.owner, resource.name
        if key in self._store.resources_held:
            raise VersionConflict(self._store.resources_held[key])
        return self._hold(resource, 1, self._store.number("generation"))

    async def replace(self, resource: Resource) -> Resource:
        self._check(resource)
        return self._hold(resource, resource.version + 1, resource.generation)

    async def delete(self, resource: Resource) -> None:
        self._check(resource)
        key = resource.type, resource.owner, resource.name
        del self._store.resources_held[key]
        self.changed.append(key)

    def _check(self, resource: Resource) -> None:
        existing = self._store.resources_held.get((resource.type, resource.owner, resource.name))
        if existing is None or (existing.version, existing.generation) != (resource.version, resource.generation):
            raise VersionConflict(existing)

    def _hold(self, r: Resource, version: int, generation: int) -> Resource:
        held = Resource(r.type, r.owner, r.name, r.document, r.parent, version, generation)
        self._store.resources_held[r.type, r.owner, r.name] = held
        self.changed.append((r.type, r.owner, r.name))
        return held

    async def create_queue(self, *, ordered: bool) -> int:
        queue = self._store.number("queue")
        self._store.queues[queue] = Queue(ordered)
        return queue

    def _exists(self, queue: int) -> None:
        if queue not in self._store.queues:
            raise QueueGone(f"queue {queue} does not exist")

    async def delete_queue(self, queue: int) -> None:
        self._exists(queue)
        del self._store.queues[queue]

    async def purge_queue(self, queue: int) -> None:
        self._exists(queue)
        self._store.queues[queue].messages = {}
        self._store.queues[queue].groups = {}

    async def set_retention(self, queue: int, retention_ms: int) -> None:
        self._exists(queue)
        for message in self._store.queues[queue].messages.values():
            message.expires = message.sent_at + retention_ms

    async def deliver(self, post: Post) -> frozenset[int]:
        self.posts.append(post)
        return gone_of(post, self._store.queues.__contains__)

    async def create_log(self) -> int:
        log = self._store.number("log")
        self._store.logs[log] = Log()
        return log

    async def delete_log(self, log: int) -> None:
        if log not in self._store.logs:
            raise QueueGone(f"log {log} does not exist")
        del self._store.logs[log]

    async def check_lease(self, lease: Lease) -> None:
        self._store.leases.check(lease)

    async def put_blob(self, key: str, blob: StagedBlob) -> None:
        self._store.blobs[key] = blob.data or b""

    async def delete_blob(self, key: str) -> None:
        self._store.blobs.pop(key, None)
