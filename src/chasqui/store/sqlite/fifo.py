"""FIFO queues in SQL: order within a group, the group's lock, deduplication, repeated attempts.

The lock is grp.ready_at: while a message of the group is in flight it holds the latest time at which one of them comes
back, else the time from which the group's head may be given. A claim visits groups by ready_at up to now, so locked
groups and what is queued in them cost it nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from chasqui.store.port import (
    DEDUPLICATION_MS,
    Appended,
    Claim,
    Claimed,
    Destination,
    NewMessage,
    Peeked,
    Receipt,
    Settled,
)
from chasqui.store.sqlite.engine import AGAIN, Engine
from chasqui.store.sqlite.rows import Row, marks, peeked
from chasqui.store.sqlite.standard import VISITS_MAX, Standard
from chasqui.store.sqlite.state import NEVER, QueueState

_COLUMNS = """f.seq, f.receives, f.id, f.sent_at, f.first_received_at, f.payload, g.name, f.origin, f.expires,
  f.visible_at, f.gid, f.shared"""
_FROM = f"select {_COLUMNS} from fifo f join grp g on g.gid=f.gid"
_INSERT = """insert into fifo (seq, gid, visible_at, receives, expires, sent_at, first_received_at, id, origin, payload,
  shared) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_READY = "select gid from grp where incarnation=? and ready_at<=? order by ready_at, gid limit ?"
_HEADS = f"{_FROM} where f.gid=? order by f.seq limit ?"
_HOLDS = """select f.seq, g.incarnation, f.id, f.visible_at, f.receives, f.expires, f.gid, f.shared
  from fifo f join grp g on g.gid=f.gid where f.seq in (%s)"""
_STANDING = """select gid, (select max(visible_at) from fifo where fifo.gid=g.gid and receives>2),
  (select visible_at from fifo where fifo.gid=g.gid order by seq limit 1) from grp g where gid in (%s)"""
_CLAIM = "update fifo set visible_at=?, receives=?, first_received_at=? where seq=?"
_DELETE = "delete from fifo where seq=?"


class Fifo:
    """The verbs on a FIFO queue whose state is loaded."""

    def __init__(self, engine: Engine, standard: Standard) -> None:
        self._engine = engine
        self._standard = standard
        self._execute = engine.cursor.execute
        self._executemany = engine.cursor.executemany
        self.expires = standard._expires
        self.remembered: Callable[[int], None] = lambda bucket: None

    # ------------------------------------------------------------------------------------------- append

    def append(self, state: QueueState, messages: Sequence[NewMessage]) -> list[Appended]:
        engine = self._engine
        now = engine.now
        engine.states.changed(state)
        appended, rows = [], []
        groups: dict[str, list[Any]] = {}
        for m in messages:
            if m.deduplication is not None:
                original = self.original(state.id, m.deduplication)
                if original is not None:
                    appended.append(original)
                    continue
            seq = engine.sequences(1)
            if m.deduplication is not None:
                self.remember(state.id, m.deduplication, seq, m.id)
            if m.visible_at_ms > now:
                state.hide(m.visible_at_ms, False)
            groups.setdefault(m.group or "", [m.visible_at_ms]).append(
                (
                    seq, m.visible_at_ms, 2, m.expires_at_ms, m.sent_at_ms, NEVER, m.id, None, m.payload,
                    None if m.shared is None else engine.sharing.refer(m.shared),
                )
            )  # fmt: skip
            appended.append(Appended(seq, m.id))
        for name, (ready_at, *members) in groups.items():
            gid = self._group(state, name, ready_at)
            rows += [(member[0], gid, *member[1:]) for member in members]
        self._insert(state, rows)
        return appended

    def _group(self, state: QueueState, name: str, ready_at: int) -> int:
        """The group with this name, made if it is not there."""
        found = self._execute(
            "select gid from grp where incarnation=? and name=?", (state.incarnation, name)
        ).fetchall()
        if found:
            gid: int = found[0][0]
            return gid
        self._execute(
            "insert into grp (incarnation, name, ready_at) values (?, ?, ?)", (state.incarnation, name, ready_at)
        )
        return self._engine.db.last_insert_rowid()

    def _insert(self, state: QueueState, rows: list[Row]) -> None:
        if rows:
            self._executemany(_INSERT, rows)
            state.total += len(rows)
            self.expires(min([each[4] for each in rows]))
            self._engine.stir(state.id)

    def original(self, queue: int, key: bytes) -> Appended | None:
        now = self._engine.now
        bucket = now // DEDUPLICATION_MS
        rows = self._execute(
            "select seq, id from dedup where bucket in (?, ?) and queue=? and key=? and until>?",
            (bucket, bucket - 1, queue, key, now),
        ).fetchall()
        return Appended(rows[0][0], rows[0][1], True) if rows else None

    def remember(self, queue: int, key: bytes, seq: int, id: bytes) -> None:
        now = self._engine.now
        bucket = now // DEDUPLICATION_MS
        self._execute(
            "insert or replace into dedup values (?, ?, ?, ?, ?, ?)",
            (bucket, queue, key, now + DEDUPLICATION_MS, seq, id),
        )
        self.remembered(bucket)

    def arrive(self, state: QueueState, rows: list[Row]) -> None:
        """Rows moved here from another queue, at the end of their groups; visible at once."""
        engine = self._engine
        now = engine.now
        engine.states.changed(state)
        inserts = []
        engine.sharing.moved(rows)
        for id, payload, group, receives, sent_at, expires, origin, first, shared in rows:
            gid = self._group(state, group or "", now)
            seq = engine.sequences(1)
            inserts.append((seq, gid, now, receives, expires, sent_at, first, id, origin, payload, shared))
        self._insert(state, inserts)

    # ------------------------------------------------------------------------------------------- claim

    def claim(self, state: QueueState, claim: Claim) -> Any:
        """(messages, undo), None for nothing, AGAIN when it only got rid of what it met."""
        engine = self._engine
        now = engine.now
        if claim.attempt is not None:
            rows = self._repeated(state, claim.attempt)
            if rows:
                return self._give(state, claim, rows, repeated=True)
        wanted = min(claim.limit, claim.in_flight_max - state.in_flight)
        if wanted <= 0 or not state.maybe_visible():
            return None
        taken: list[Row] = []
        visits = VISITS_MAX
        met: set[int] = set()  # groups that gave and are not locked by it
        while len(taken) < wanted and visits > 0:
            ready = self._execute(_READY, (state.incarnation, now, wanted + len(met))).fetchall()
            groups = [row for row in ready if row[0] not in met] if met else ready
            locked, stale = [], []
            heads: list[Row] = []
            for (gid,) in groups:
                if len(taken) >= wanted or visits <= 0:
                    break
                dropped = 1
                while dropped and visits > 0:  # what was dropped or moved stood in front of others
                    rows = self._execute(_HEADS, (gid, wanted - len(taken))).fetchall()
                    heads, dropped = self._heads(state, claim, rows)
                    visits -= dropped + 1
                taken += heads
                if not heads or claim.visibility_ms <= 0:
                    stale.append(gid)
                    met.update((gid,) if heads else ())
                else:
                    locked.append((now + claim.visibility_ms, gid))
            self._executemany("update grp set ready_at=? where gid=?", locked)
            self._recompute(stale)
            if not groups:
                break
        if taken:
            return self._give(state, claim, taken)
        return AGAIN if visits <= 0 else None

    def _heads(self, state: QueueState, claim: Claim, rows: list[Row]) -> tuple[list[Row], int]:
        """Of a group's first rows, those to give out; and how many were dropped or moved on the way to them."""
        now, redrive = self._engine.now, claim.redrive
        target = None if redrive is None else self._engine.states.find(redrive.queue, now)
        heads, gone, moved = [], [], []
        for row in rows:
            if row[8] <= now:
                gone.append(row)
            elif row[9] > now:
                break
            elif redrive is not None and target is not None and row[1] - 2 >= redrive.receives_max:
                gone.append(row)
                moved.append(
                    (
                        row[2], row[5], row[6], row[1], row[3], now + redrive.retention_ms, redrive.origin, row[4],
                        row[11],
                    )
                )  # fmt: skip
            else:
                heads.append(row)
        if moved:
            assert target is not None
            assert redrive is not None
            self._standard.deliver(target, moved)
            redrive.tell(len(moved))
        self._drop(state, gone)
        return heads, len(gone)

    def _drop(self, state: QueueState, rows: list[Row]) -> None:
        if rows:
            self._engine.states.changed(state)
            self._executemany(_DELETE, [(row[0],) for row in rows])
            self._engine.sharing.release(row[11] for row in rows)
            state.total -= len(rows)
            for row in rows:
                if row[9] > self._engine.now:
                    state.hide(row[9], row[1] > 2, -1)

    def _give(self, state: QueueState, claim: Claim, rows: list[Row], repeated: bool = False) -> Any:
        engine = self._engine
        engine.states.changed(state)
        now = engine.now
        until = now + claim.visibility_ms
        claimed, changes = [], []
        shared = engine.sharing.read(row[11] for row in rows)
        for seq, receives, id, sent_at, first, payload, group, origin, _, visible_at, _, number in rows:
            if not repeated:
                receives += 1
            elif visible_at > now:
                state.hide(visible_at, True, -1)
            if first == NEVER:
                first = now
            changes.append((until, receives, first, seq))
            claimed.append(
                Claimed(seq, id, receives - 2, sent_at, first, payload, group, origin, until, shared[number])
            )
        self._executemany(_CLAIM, changes)
        state.hide(until, True, len(rows))
        if repeated:
            self._recompute({row[10] for row in rows})
        if claim.attempt is not None:
            self._remember_attempt(state.id, claim.attempt, changes)
        return claimed, lambda: engine.submit(self.undo, state.id, (changes, rows))

    def undo(self, pending: object, queue: int, argument: tuple[list[Row], list[Row]]) -> None:
        """Take back a claim that nobody wants any more, of the messages that it still holds."""
        engine = self._engine
        state = engine.states.find(queue, engine.now)
        if state is None:
            return
        engine.states.changed(state)
        groups = set()
        for (until, receives, _, seq), row in zip(*argument, strict=True):
            self._execute(
                "update fifo set visible_at=?, receives=?, first_received_at=?"
                " where seq=? and receives=? and visible_at=? and gid=?",
                (row[9], row[1], row[4], seq, receives, until, row[10]),
            )
            if engine.db.changes():
                state.hide(until, True, -1)
                if row[9] > engine.now:
                    state.hide(row[9], row[1] > 2)
                groups.add(row[10])
        self._recompute(groups)
        engine.stir(queue)

    # ------------------------------------------------------------------------------------------- attempts

    def _repeated(self, state: QueueState, attempt: str) -> list[Row]:
        """The messages of an earlier claim with this attempt, if that still holds them all."""
        now = self._engine.now
        bucket = now // DEDUPLICATION_MS
        held = self._execute(
            "select claimed from attempt where bucket in (?, ?) and queue=? and key=? and until>? order by until desc",
            (bucket, bucket - 1, state.id, attempt, now),
        ).fetchall()
        if not held:
            return []
        rows = []
        for seq, receives in msgspec.msgpack.decode(held[0][0], type=list[tuple[int, int]]):
            found = self._execute(f"{_FROM} where f.seq=? and g.incarnation=?", (seq, state.incarnation)).fetchall()
            if not found or found[0][1] != receives or found[0][9] <= now or found[0][8] <= now:
                return []
            rows.append(found[0])
        return rows

    def _remember_attempt(self, queue: int, attempt: str, changes: list[Row]) -> None:
        now = self._engine.now
        bucket = now // DEDUPLICATION_MS
        packed = msgspec.msgpack.encode([(seq, receives) for _, receives, _, seq in changes])
        self._execute("delete from attempt where bucket=? and queue=? and key=?", (bucket - 1, queue, attempt))
        self._execute(
            "insert or replace into attempt values (?, ?, ?, ?, ?)",
            (bucket, queue, attempt, now + DEDUPLICATION_MS, packed),
        )
        self.remembered(bucket)

    # ------------------------------------------------------------------------------------------- settle, extend

    def _recompute(self, gids: Collection[int]) -> None:
        """Set the locks of groups from what is in them; those that are empty go."""
        if not gids:
            return
        now = self._engine.now
        locks, empty = [], []
        for gid, flight, head in self._execute(_STANDING % marks(len(gids)), tuple(gids)).fetchall():
            if head is None:
                empty.append((gid,))
            elif flight is not None and flight > now:
                locks.append((flight, gid))
            else:
                locks.append((max(head, now), gid))
        self._executemany("update grp set ready_at=? where gid=?", locks)
        self._executemany("delete from grp where gid=?", empty)

    def _holds(self, receipts: Sequence[Receipt]) -> dict[int, Row]:
        sequences = [each.sequence for each in receipts]
        rows = self._execute(_HOLDS % marks(len(sequences)), sequences).fetchall()
        return {row[0]: row for row in rows}

    def _outcome(self, state: QueueState, receipt: Receipt, row: Row | None) -> Settled:
        """Whether a receipt's claim still holds its message."""
        now = self._engine.now
        if row is None or row[1] != state.incarnation or row[2][:8] != receipt.token or row[5] <= now:
            return Settled.MISSING
        if row[4] != receipt.receives + 2 or row[3] <= now:
            return Settled.EXPIRED
        return Settled.DONE

    def held(self, state: QueueState, receipts: Sequence[Receipt]) -> bool:
        """Whether all of these claims hold their messages."""
        found = self._holds(receipts)
        return all(self._outcome(state, each, found.get(each.sequence)) is Settled.DONE for each in receipts)

    def settle(self, state: QueueState, receipts: Sequence[Receipt]) -> list[Settled]:
        engine = self._engine
        found, settled, gone = self._holds(receipts), [], []
        for receipt in receipts:
            outcome = self._outcome(state, receipt, found.get(receipt.sequence))
            settled.append(outcome)
            if outcome is Settled.DONE:
                gone.append(found.pop(receipt.sequence))
        if gone:
            engine.states.changed(state)
            self._executemany(_DELETE, [(row[0],) for row in gone])
            engine.sharing.release(row[7] for row in gone)
            state.total -= len(gone)
            for row in gone:
                state.hide(row[3], True, -1)
            self._recompute({row[6] for row in gone})
            engine.stir(state.id)
        return settled

    def extend(self, state: QueueState, changes: Sequence[tuple[Receipt, int]]) -> list[Settled]:
        engine = self._engine
        found = self._holds([receipt for receipt, _ in changes])
        settled, updates, groups = [], [], set()
        for receipt, duration in changes:
            row = found.get(receipt.sequence)
            outcome = self._outcome(state, receipt, row)
            settled.append(outcome)
            if outcome is Settled.DONE and row is not None:
                engine.states.changed(state)
                until = engine.now + duration
                updates.append((until, receipt.sequence))
                state.hide(row[3], True, -1)
                state.hide(until, True)
                found[receipt.sequence] = (*row[:3], until, *row[4:])
                groups.add(row[6])
        self._executemany("update fifo set visible_at=? where seq=?", updates)
        self._recompute(groups)
        engine.stir(state.id)
        return settled

    # ------------------------------------------------------------------------------------------- move, look

    def move(
        self, state: QueueState, limit: int, origins: Mapping[str, Destination], default: Destination | None
    ) -> int:
        """Heads of groups that are not locked, the oldest group first. A head that has no destination stays, and
        what stands behind it stays with it: a group is never overtaken."""
        now = self._engine.now
        moved_in_all = 0
        for (gid,) in self._execute(_READY, (state.incarnation, now, limit)).fetchall():
            rows = []
            for row in self._execute(_HEADS, (gid, limit - moved_in_all)).fetchall():
                destination = origins.get(row[7], default) if row[7] is not None else default
                if row[9] > now or row[8] <= now or destination is None:
                    break
                rows.append(row)
            moved = {each[0] for each in self._standard.move_rows(rows, origins, default)}
            if moved:
                self._drop(state, [row for row in rows if row[0] in moved])
                self._recompute([gid])
                moved_in_all += len(moved)
            if moved_in_all >= limit:
                break
        return moved_in_all

    def expire(self, state: QueueState, rows: list[Row]) -> None:
        """Rows that have expired go, and what they blocked is freed."""
        self._drop(state, rows)
        self._recompute({row[10] for row in rows})
        self._engine.stir(state.id)

    def next_due(self, state: QueueState) -> int | None:
        row = self._execute(
            "select ready_at from grp where incarnation=? and ready_at>? order by ready_at limit 1",
            (state.incarnation, self._engine.now),
        ).fetchall()
        return row[0][0] if row else None

    def oldest(self, state: QueueState) -> int | None:
        """The head of the group that is first due."""
        rows = self._execute(
            "select gid from grp where incarnation=? order by ready_at limit 1", (state.incarnation,)
        ).fetchall()
        if not rows:
            return None
        heads = self._execute(_HEADS, (rows[0][0], 1)).fetchall()
        head = heads[0] if heads else None
        if head is None or head[8] <= self._engine.now or (head[9] > self._engine.now and head[1] <= 2):
            return None
        sent_at: int = head[3]
        return sent_at

    def peek(self, state: QueueState, after: int, limit: int) -> list[Peeked]:
        rows = self._execute(
            f"{_FROM} where g.incarnation=? and f.seq>? and f.expires>? order by f.seq limit ?",
            (state.incarnation, after, self._engine.now, limit),
        ).fetchall()
        shared = self._engine.sharing.read(row[11] for row in rows)
        return [peeked(row, shared[row[11]]) for row in rows]
