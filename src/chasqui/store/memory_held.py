"""What the memory model holds: messages, groups, queues, logs, resources, blobs, in dictionaries and lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from chasqui.base.pending import Pending
from chasqui.store.alone import LocalLeases
from chasqui.store.port import Record, Resource, Shared

T = TypeVar("T")


def done_now(compute: Callable[[], T]) -> Pending[T]:
    """What a verb answers: the value, or what is raised on the way to it."""
    pending: Pending[T] = Pending()
    try:
        pending.resolve(compute())
    except Exception as error:  # noqa: BLE001  what a verb raises is its caller's to see
        pending.fail(error)
    return pending


@dataclass
class Message:
    """A message, wherever it is."""

    sequence: int
    id: bytes
    payload: bytes
    group: str | None
    sent_at: int
    visible_at: int
    expires: int
    receives: int = 0
    first_received_at: int = 0
    origin: str | None = None
    shared: Shared | None = None


@dataclass
class Group:
    """A group of a FIFO queue: claimable from `ready_at` on."""

    number: int
    ready_at: int


@dataclass
class Queue:
    """A queue's messages by sequence number, and its groups by name."""

    ordered: bool
    messages: dict[int, Message] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)

    def members(self, group: str) -> list[Message]:
        return [each for each in self.messages.values() if (each.group or "") == group]


@dataclass
class Log:
    records: list[Record] = field(default_factory=list)
    first: int = 1
    last: int = 0


class Held:
    """All of it, and the counters."""

    def __init__(self) -> None:
        self.resources_held: dict[tuple[str, str, str], Resource] = {}
        self.queues: dict[int, Queue] = {}
        self.logs: dict[int, Log] = {}
        self.blobs: dict[str, bytes] = {}
        self.leases = LocalLeases()
        self._numbers: dict[str, int] = {}

    def number(self, what: str) -> int:
        self._numbers[what] = self._numbers.get(what, 0) + 1
        return self._numbers[what]

    def listed(self, type: str, owner: str | None, prefix: str, after: tuple[str, str]) -> list[Resource]:
        """Resources by (owner, name)."""
        return [
            each
            for _, each in sorted(self.resources_held.items())
            if each.type == type
            and owner in (None, each.owner)
            and each.name.startswith(prefix)
            and (each.owner, each.name) > after
        ]
