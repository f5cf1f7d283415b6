"""What is moved, table by table: how SQLite's rows are read, in batches by key, and what they are on PostgreSQL.

Rows of queues that were purged or deleted, records that were trimmed and keys that a newer one has replaced stay
behind: they only wait to be swept. Nothing here depends on the time of day, so reading twice gives the same rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from chasqui.store.sqlite.state import NEVER

Row = tuple[Any, ...]

_STANDARD = "select incarnation from queue where not ordered"
_ORDERED = "select incarnation from queue where ordered"


def _same(row: Row) -> Row:
    return row


@dataclass(frozen=True)
class Table:
    """One table of the target.

    `rows` follows `select` (the columns as the target has them) in SQLite's query; the first columns selected are the
    `cursor`, which `start` is before. `{after}` is where the cursor's condition goes, `{buckets}` where all buckets do.
    `key` names the target's primary key. `convert` makes the target's row of the source's, cursor included.
    """

    name: str
    cursor: tuple[str, ...]
    start: Row
    rows: str
    columns: dict[str, str]
    """Name and type, in order."""
    key: tuple[str, ...]
    convert: Callable[[Row], Row] = _same
    rows_max: int = 1000
    """So many go in one transaction."""

    @property
    def insert(self) -> str:
        """Takes a list for each column."""
        return f"insert into {self.name} ({', '.join(self.columns)}) select * from {unnested(self.columns.values())}"

    @property
    def find(self) -> str:
        """The target's rows with these keys; takes a list for each column of the key. `any(array[…])` keeps the planner
        from walking the key in its order (see the schema)."""
        keys = unnested(self.columns[each] for each in self.key)
        first, *others = self.key
        same = [f"t.{first} = any(array[k.{first}])", *(f"t.{each} = k.{each}" for each in others)]
        columns = ", ".join(f"t.{each}" for each in self.columns)
        return f"select {columns} from {keys} k({', '.join(self.key)}) join {self.name} t on {' and '.join(same)}"

    def read(self, buckets: str) -> str:
        """SQLite's query for the rows behind a cursor; takes the cursor's columns and how many rows."""
        columns = ", ".join(self.cursor)
        after = f"({columns})>({', '.join('?' * len(self.cursor))})"
        return f"select {self.rows.format(after=after, buckets=buckets)} order by {columns} limit ?"

    def count(self, buckets: str) -> str:
        """SQLite's query for how many rows there are."""
        return f"select count(*) from (select {self.rows.format(after='true', buckets=buckets)})"


def unnested(types: Any) -> str:
    """`unnest` of a parameter for each type."""
    return f"unnest({', '.join(f'${at}::{type}[]' for at, type in enumerate(types, 1))})"


def _attempt(row: Row) -> Row:
    """SQLite notes receive counts as it stores them, plus 2."""
    _, queue, key, until, claimed = row
    held = msgspec.msgpack.decode(claimed, type=list[tuple[int, int]])
    return queue, key, until, msgspec.msgpack.encode([(seq, receives - 2) for seq, receives in held])


_RESOURCE = Table(
    "resource", ("type", "owner", "name"), ("", "", ""),
    "type, owner, name, parent, version, generation, document from resource where {after}",
    {"type": "text", "owner": "text", "name": "text", "parent": "text", "version": "bigint", "generation": "bigint",
     "document": "bytea"},
    ("owner", "type", "name"),
)  # fmt: skip
# Before the messages that refer to them. Their ids are numbers of messages, on both sides.
_SHARED = Table(
    "shared", ("id",), (-1,), "id, data from shared where {after} and id in (select id from referred)",
    {"id": "bigint", "data": "bytea"}, ("id",),
)  # fmt: skip
REFERRED = f"""
create temp table referred(id integer primary key);
insert or ignore into referred select shared from message where shared is not null and +incarnation in ({_STANDARD});
insert or ignore into referred select shared from fifo cross join grp
  where grp.gid=fifo.gid and shared is not null and +incarnation in ({_ORDERED});
"""
"""Finds, in a table of the connection's own, what messages that are moved have in common."""

_QUEUE = Table(
    "queue", ("id",), (-1,), "id, incarnation, ordered from queue where {after}",
    {"id": "bigint", "incarnation": "bigint", "ordered": "boolean"}, ("id",), lambda row: (*row[:2], bool(row[2])),
)  # fmt: skip
# A plus keeps SQLite from walking an index of the incarnation and sorting what it finds.
_MESSAGE = Table(
    "message", ("seq",), (-1,),
    f"""seq, incarnation, visible_at, expires, sent_at, nullif(first_received_at, {NEVER}), tenant, receives-2, id,
      group_name, origin, payload, shared from message where {{after}} and +incarnation in ({_STANDARD})""",
    {"seq": "bigint", "incarnation": "bigint", "visible_at": "bigint", "expires": "bigint", "sent_at": "bigint",
     "first_received_at": "bigint", "tenant": "bigint", "receives": "integer", "id": "bytea", "group_name": "text",
     "origin": "text", "payload": "bytea", "shared": "bigint"},
    ("incarnation", "seq"),
)  # fmt: skip
# A group is locked by its received messages when their latest time is the group's.
_GRP = Table(
    "grp", ("gid",), (-1,),
    f"""gid, incarnation, name, ready_at, (
      select case when count(*)=0 or max(visible_at)<>ready_at then 0 when min(visible_at)=ready_at then count(*)
        else -1 end from fifo where fifo.gid=grp.gid and receives>2)
      from grp where {{after}} and +incarnation in ({_ORDERED})""",
    {"number": "bigint", "incarnation": "bigint", "name": "text", "ready_at": "bigint", "flying": "integer"},
    ("incarnation", "name"),
)  # fmt: skip
# The first time at which a message was to be visible is known while it was never received, and matters only then.
_FIFO = Table(
    "fifo", ("seq",), (-1,),
    f"""seq, incarnation, name, visible_at, expires, sent_at, nullif(first_received_at, {NEVER}),
      case when receives=2 and visible_at>sent_at then visible_at end, receives-2, id, origin, payload, shared
      from fifo cross join grp where grp.gid=fifo.gid and {{after}} and +incarnation in ({_ORDERED})""",
    {"seq": "bigint", "incarnation": "bigint", "name": "text", "visible_at": "bigint", "expires": "bigint",
     "sent_at": "bigint", "first_received_at": "bigint", "delayed_until": "bigint", "receives": "integer",
     "id": "bytea", "origin": "text", "payload": "bytea", "shared": "bigint"},
    ("incarnation", "seq"),
)  # fmt: skip
# Of keys that stand in two buckets, the one in the later bucket.
_LATEST = """from {table} d where {{after}} and +queue in (select id from queue) and not exists (
  select 1 from {table} n where n.bucket in ({{buckets}}) and n.queue=d.queue and n.key=d.key and n.bucket>d.bucket)"""
_DEDUP = Table(
    "dedup", ("bucket", "queue", "key"), (-1, -1, b""),
    "bucket, queue, key, until, seq, id " + _LATEST.format(table="dedup"),
    {"queue": "bigint", "key": "bytea", "until": "bigint", "seq": "bigint", "id": "bytea"},
    ("queue", "key"), lambda row: row[1:],
)  # fmt: skip
_ATTEMPT = Table(
    "attempt", ("bucket", "queue", "key"), (-1, -1, ""),
    "bucket, queue, key, until, claimed " + _LATEST.format(table="attempt"),
    {"queue": "bigint", "key": "text", "until": "bigint", "claimed": "bytea"}, ("queue", "key"), _attempt,
)  # fmt: skip
_LOG = Table(
    "log", ("id",), (-1,), "id, first, last from log where {after}",
    {"id": "bigint", "first": "bigint", "last": "bigint"}, ("id",),
)  # fmt: skip
_CHUNK = Table(
    "chunk", ("chunk.log", "chunk.last"), (-1, -1),
    """chunk.log, chunk.last, chunk.first, data from chunk cross join log
      where {after} and log.id=chunk.log and chunk.last>=log.first""",
    {"log": "bigint", "last": "bigint", "first": "bigint", "data": "bytea"}, ("log", "last"),
)  # fmt: skip
# A retention that is being given to all rows begins anew: it comes to the same.
_JOB = Table(
    "job", ("id",), (-1,),
    "id, kind, target, argument from job where {after} and kind='retention' and +target in (select id from queue)",
    {"id": "bigint", "kind": "text", "target": "bigint", "argument": "bigint"}, ("id",),
)  # fmt: skip
BLOB = Table(
    "blob", ("key",), ("",), "key, size, data, file from blob where {after}",
    {"key": "text", "size": "bigint", "data": "bytea", "file": "text"}, ("key",), rows_max=50,
)  # fmt: skip

TABLES = (_RESOURCE, _SHARED, _QUEUE, _MESSAGE, _GRP, _FIFO, _DEDUP, _ATTEMPT, _LOG, _CHUNK, _JOB, BLOB)
BUCKETED = (_DEDUP.name, _ATTEMPT.name)
