"""Logs: records packed into one row an append, so that a batch costs one insert and a read few rows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from chasqui.store.port import LogState, NewRecord, QueueGone, Record
from chasqui.store.sqlite.engine import Engine
from chasqui.store.sqlite.sweeper import Sweeper

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[tuple[str, bytes, int]]).decode


class Logs:
    """Each verb is a command: (pending, log, argument) to outcome."""

    def __init__(self, engine: Engine, sweeper: Sweeper) -> None:
        self._engine = engine
        self._sweeper = sweeper
        self._execute = engine.cursor.execute

    def create(self) -> int:
        log = self._engine.number("log")
        self._execute("insert into log values (?, 1, 0)", (log,))
        return log

    def delete(self, log: int) -> None:
        """The chunks are the sweeper's."""
        self._state(log)
        self._execute("delete from log where id=?", (log,))

    def _state(self, log: int) -> LogState:
        rows = self._execute("select first, last from log where id=?", (log,)).fetchall()
        if not rows:
            raise QueueGone(f"log {log} does not exist")
        return LogState(*rows[0])

    def append(self, pending: object, log: int, records: Sequence[NewRecord]) -> list[int]:
        first = self._state(log).last + 1
        if not records:
            return []
        last = first + len(records) - 1
        self._execute("update log set last=? where id=?", (last, log))
        self._execute(
            "insert into chunk (log, last, first, data) values (?, ?, ?, ?)",
            (log, last, first, _pack([(each.key, each.data, each.at_ms) for each in records])),
        )
        return list(range(first, last + 1))

    def read(self, pending: object, log: int, argument: tuple[int, int, int]) -> list[Record]:
        after, limit, bytes_max = argument
        after = max(after, self._state(log).first - 1)
        records: list[Record] = []
        size = 0
        cursor = self._engine.db.cursor()
        for first, data in cursor.execute(
            "select first, data from chunk where log=? and last>? order by last", (log, after)
        ):
            for sequence, (key, each, at_ms) in enumerate(_unpack(data), start=first):
                if sequence <= after:
                    continue
                size += len(each)
                if records and (len(records) >= limit or size > bytes_max):
                    cursor.close()
                    return records
                records.append(Record(sequence, key, each, at_ms))
        return records

    def trim(self, pending: object, log: int, before: int) -> None:
        state = self._state(log)
        before = min(before, state.last + 1)
        if before > state.first:
            self._execute("update log set first=? where id=?", (before, log))
            self._sweeper.add("trim", log, before)

    def state(self, pending: object, log: int, argument: object) -> LogState:
        return self._state(log)
