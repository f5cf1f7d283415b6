"""What standard and FIFO queues share of how they read rows."""

from __future__ import annotations

from typing import Any

from chasqui.store.port import Peeked, Shared
from chasqui.store.sqlite.state import NEVER

Row = tuple[Any, ...]

COLUMNS = """m.seq, m.receives, m.id, m.sent_at, m.first_received_at, m.payload, m.group_name, m.origin, m.expires,
  m.visible_at, m.tenant, m.shared"""


def peeked(row: Row, shared: Shared | None) -> Peeked:
    first = 0 if row[4] == NEVER else row[4]
    return Peeked(row[0], row[2], row[1] - 2, row[3], first, row[9], row[5], row[6], row[7], shared)


_MARKS = [",".join("?" * count) for count in range(64)]


def marks(count: int) -> str:
    return _MARKS[count] if count < 64 else ",".join("?" * count)
