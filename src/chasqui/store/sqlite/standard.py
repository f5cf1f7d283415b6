"""Standard queues in SQL: append, claim, settle, extend, move out. The meanings are the port's.

A claim reads the index (incarnation, visible_at, seq, tenant) from the oldest row that can still be alive: whatever was
due longer ago than any message is kept has expired. So neither the backlog nor expired rows cost a claim anything. What
is done for each message is done by calls into C for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from operator import attrgetter, sub
from typing import Any

from msgspec.structs import astuple as fields_of

from chasqui.store.fairness import Tenants, tenant_of
from chasqui.store.port import (
    Appended,
    Claim,
    Claimed,
    Destination,
    InFlightLimit,
    NewMessage,
    Peeked,
    Receipt,
    Settled,
)
from chasqui.store.sqlite.engine import AGAIN, Engine
from chasqui.store.sqlite.fair import FAR, FairDelivery
from chasqui.store.sqlite.rows import COLUMNS, Row, marks, peeked
from chasqui.store.sqlite.state import NEVER, SLOT_MS, QueueState

_ID = attrgetter("id")

VISITS_MAX = 200
"""Rows that one claim may drop or redrive before it gives way to others."""

TOGETHER = 16
"""Rows that one statement inserts, as far as there are so many: a fifth less than one by one."""

_ROW = f"(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 2, {NEVER})"
_INSERT = f"""insert into message (seq, incarnation, tenant, id, payload, sent_at, visible_at, expires, group_name,
  shared, receives, first_received_at) values {_ROW}"""
_INSERT_TOGETHER = ", ".join([_INSERT, *[_ROW] * (TOGETHER - 1)])
_INSERT_MOVED = """insert into message (seq, incarnation, visible_at, receives, expires, sent_at, first_received_at,
  tenant, id, group_name, origin, payload, shared) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_DUE = f"""select {COLUMNS} from message m where incarnation=? and visible_at>? and visible_at<=?
  order by visible_at, seq limit ?"""
_CLAIM = """update message set visible_at=?, receives=receives+1, first_received_at=min(first_received_at, ?)
  where seq=?"""
_DELETE = "delete from message where seq=?"
_DELETE_HELD = """delete from message where seq=? and incarnation=? and visible_at=? and substr(id, 1, 8)=?
  and expires>?"""
_DELETE_HELD_TOLD = f"{_DELETE_HELD} returning tenant, shared"
_FOUND = "select seq, incarnation, id, visible_at, receives, expires, tenant, null from message where seq in (%s)"
_FOUND_SHARING = _FOUND.replace("null", "shared")

Deliver = Callable[[QueueState, list[Row]], None]
"""Puts (id, payload, group, stored receives, sent at, expires, origin, first received at, shared) into another queue,
before they are deleted from where they were."""


class Standard:
    """The verbs on a standard queue whose state is loaded."""

    def __init__(self, engine: Engine, expires: Callable[[int], None]) -> None:
        self._engine = engine
        self._execute = engine.cursor.execute
        self._executemany = engine.cursor.executemany
        self._expires = expires
        self.deliver: Deliver = lambda state, rows: None
        engine.insert_rows = self._insert_rows
        self.fair = FairDelivery(engine)

    # ------------------------------------------------------------------------------------------- append

    def append(self, state: QueueState, messages: Sequence[NewMessage]) -> list[Appended]:
        first = self.add(state, messages)
        return list(map(Appended, range(first, first + len(messages)), map(_ID, messages)))

    def add(self, state: QueueState, messages: Sequence[NewMessage]) -> int:
        """The rows are left in `engine.rows`. All that is done for each message is done by calls into C. Returns the
        first sequence number."""
        if not messages:
            return 0
        engine = self._engine
        engine.states.changed(state)
        count = len(messages)
        first = engine.sequences(count)
        state.total += count
        ids, payloads, sent_at, visible_at, expires, groups, _, shared = zip(*map(fields_of, messages), strict=True)
        numbers: Iterable[int | None] = repeat(None)
        if shared.count(None) != count:
            state.sharing = True
            numbers = [each and engine.sharing.refer(each) for each in shared]
        tenants: Iterable[int] = repeat(0)
        if groups.count(None) != count:
            tenants = list(map(tenant_of, groups))
            if state.tenants is not None:
                state.tenants.sent(tenants, engine.now)
        if max(visible_at) > engine.now:
            for each in visible_at:
                state.hide(each, False)
        kept_ms = max(map(sub, expires, visible_at))
        if kept_ms > state.retention_ms:
            state.retention_ms, state.retention_changed = kept_ms, True
        engine.rows.extend(
            zip(
                range(first, first + count), repeat(state.incarnation), tenants, ids, payloads, sent_at, visible_at,
                expires, groups, numbers, strict=False,
            )
        )  # fmt: skip
        self._expires(min(expires))
        if state.fair_floor[0]:
            self.fair.lower_floor(state, min(visible_at))
        engine.stir(state.id)
        return first

    def arrive(self, state: QueueState, rows: list[Row]) -> None:
        """Rows moved here from another queue; visible at once."""
        engine = self._engine
        engine.states.changed(state)
        seq, now = engine.sequences(len(rows)), engine.now
        state.sharing |= engine.sharing.moved(rows)
        state.total += len(rows)
        arrived = []
        for id, payload, group, receives, sent_at, expires, origin, first, shared in rows:
            if expires - now > state.retention_ms:
                state.retention_ms, state.retention_changed = expires - now, True
            arrived.append(
                (
                    seq, state.incarnation, now, receives, expires, sent_at, first, tenant_of(group), id, group,
                    origin, payload, shared,
                )
            )  # fmt: skip
            seq += 1
        self._executemany(_INSERT_MOVED, arrived)
        self._expires(min([each[4] for each in arrived]))
        engine.stir(state.id)

    def _insert_rows(self) -> None:
        rows = self._engine.rows
        alone = len(rows) % TOGETHER
        if alone < len(rows):
            together = [tuple(chain(*rows[at : at + TOGETHER])) for at in range(alone, len(rows), TOGETHER)]
            self._executemany(_INSERT, rows[:alone])
            self._executemany(_INSERT_TOGETHER, together)
        else:
            self._executemany(_INSERT, rows)
        rows.clear()

    # ------------------------------------------------------------------------------------------- claim

    def claim(self, state: QueueState, claim: Claim) -> Any:
        """(messages, undo), None for nothing, AGAIN when it only got rid of what it met."""
        room = claim.in_flight_max - state.in_flight
        if room <= 0:
            raise InFlightLimit(f"{state.in_flight} messages are in flight")
        claimed, taken, seen_all = self.claim_rows(state, claim, min(claim.limit, room))
        if claimed:
            return claimed, self.undoing(state, claim, taken)
        return None if seen_all else AGAIN

    def claim_rows(self, state: QueueState, claim: Claim, wanted: int) -> tuple[list[Claimed], list[Row], bool]:
        """Up to so many messages, the rows they were, and whether there are no more (else what was met was got rid
        of, and there was no time for the rest)."""
        claimed: list[Claimed] = []
        taken: list[Row] = []
        if not state.maybe_visible():
            return claimed, taken, True
        now, visits = self._engine.now, VISITS_MAX
        while wanted > 0 and visits > 0:
            # What was taken without being hidden is met again.
            met = {row[0] for row in taken} if claim.visibility_ms <= 0 else ()
            if state.tenants is not None and state.tenants.noisy:
                rows = self.fair.due(state, state.tenants, wanted + len(met))
            else:
                span = state.incarnation, now - state.retention_ms, now, wanted + len(met)
                rows = self._execute(_DUE, span).fetchall()
            if met:
                rows = [row for row in rows if row[0] not in met][:wanted]
            if not rows:
                break
            kept = self._sift(state, claim, rows)
            if kept:
                self._take(state, claim, kept, claimed)
                taken += kept
            if len(kept) == len(rows):
                break
            visits -= len(rows)
            wanted -= len(kept)
        return claimed, taken, visits > 0

    def undoing(self, state: QueueState, claim: Claim, taken: list[Row]) -> Callable[[], object]:
        """What to call to take back a claim of these rows."""
        engine, until = self._engine, self._engine.now + claim.visibility_ms
        return lambda: engine.submit(self.undo, state.id, (until, taken))

    def _take(self, state: QueueState, claim: Claim, rows: list[Row], claimed: list[Claimed]) -> None:
        engine = self._engine
        engine.states.changed(state)
        now = engine.now
        until = now + claim.visibility_ms
        seqs, receives, ids, sent_at, first, payloads, groups, origins, _, _, tenants, numbers = zip(*rows, strict=True)
        self._executemany(_CLAIM, zip(repeat(until), repeat(now), seqs, strict=False))
        first = tuple(map(min, first, repeat(now)))
        counted = map(sub, receives, repeat(1))  # stored plus 2, and this claim
        fields = seqs, ids, counted, sent_at, first, payloads, groups, origins, repeat(until)
        if numbers.count(None) == len(rows):
            claimed += map(Claimed, *fields)
        else:
            claimed += map(Claimed, *fields, map(engine.sharing.read(numbers).get, numbers))
        state.hide(until, True, len(rows))
        if state.tenants is not None or any(tenants):
            if state.tenants is None:
                state.tenants = Tenants(now)
            if until // SLOT_MS > state.passed:
                state.tenants.claimed(tenants, until // SLOT_MS, now)

    def _sift(self, state: QueueState, claim: Claim, rows: list[Row]) -> list[Row]:
        """Drop what has expired and move what was received too often; what is left may be given out."""
        now, redrive = self._engine.now, claim.redrive
        limit = FAR if redrive is None else redrive.receives_max + 2
        kept = [row for row in rows if row[8] > now and row[1] < limit]
        if len(kept) == len(rows):
            return rows
        if redrive is not None:
            target = self._engine.states.find(redrive.queue, now)
            if target is None:
                kept = [row for row in rows if row[8] > now]
            else:
                late = [row for row in rows if row[8] > now and row[1] >= limit]
                retention, origin = redrive.retention_ms, redrive.origin
                moved = [(r[2], r[5], r[6], r[1], r[3], r[3] + retention, origin, r[4], r[11]) for r in late]
                self.deliver(target, moved)
                redrive.tell(len(moved))
        kept_seqs = {row[0] for row in kept}
        self._drop(state, [(row[0], row[11]) for row in rows if row[0] not in kept_seqs])
        return kept

    def _drop(self, state: QueueState, gone: list[tuple[int, int | None]]) -> None:
        """Delete rows, given their sequence numbers and what they share."""
        if gone:
            self._engine.states.changed(state)
            seqs, shared = zip(*gone, strict=True)
            self._executemany(_DELETE, zip(seqs))
            if state.sharing:
                self._engine.sharing.release(shared)
            state.total -= len(gone)

    def undo(self, pending: object, queue: int, argument: tuple[int, list[Row]]) -> None:
        """Take back a claim that nobody wants any more, of the messages that it still holds."""
        engine = self._engine
        until, rows = argument
        state = engine.states.find(queue, engine.now)
        if state is None:
            return
        engine.states.changed(state)
        for row in rows:
            self._execute(
                "update message set visible_at=?, receives=?, first_received_at=?"
                " where seq=? and receives=? and visible_at=? and incarnation=?",
                (row[9], row[1], row[4], row[0], row[1] + 1, until, state.incarnation),
            )
            if engine.db.changes():
                self._unhide(state, until, row[1] + 1, row[10])
        state.fair_floor = (0, 0)
        engine.stir(queue)

    def _unhide(self, state: QueueState, visible_at: int, receives: int, tenant: int, count: int = 1) -> None:
        state.hide(visible_at, receives > 2, -count)
        if state.tenants is not None:
            state.tenants.released(tenant, visible_at // SLOT_MS, self._engine.now, count)

    # ------------------------------------------------------------------------------------------- settle, extend

    def _find(self, state: QueueState, receipts: Sequence[Receipt]) -> dict[int, Row]:
        found: dict[int, Row] = {}
        statement = _FOUND_SHARING if state.sharing else _FOUND
        for start in range(0, len(receipts), 50):
            part = [each.sequence for each in receipts[start : start + 50]]
            for row in self._execute(statement % marks(len(part)), part).fetchall():
                found[row[0]] = row
        return found

    def settle(self, state: QueueState, receipts: Sequence[Receipt]) -> list[Settled]:
        self._engine.states.changed(state)
        if receipts and self._settle_held(state, receipts):
            return [Settled.DONE] * len(receipts)
        return self._settle_found(state, receipts)

    def _settle_held(self, state: QueueState, receipts: Sequence[Receipt]) -> bool:
        """Delete messages that are all where their claims put them: they need not be read first. False, and nothing is
        done, when one is not."""
        seqs, tokens, _, untils = zip(*map(fields_of, receipts), strict=True)
        if 0 in untils:
            return False
        db, now = self._engine.db, self._engine.now
        several = len(receipts) > 1
        if several:
            self._execute("savepoint held")
        before = db.total_changes()
        held = zip(seqs, repeat(state.incarnation), untils, tokens, repeat(now), strict=False)
        tenants: Iterable[int] = repeat(0)
        shared: Iterable[int | None] = ()
        if state.tenants is None and not state.sharing:
            self._executemany(_DELETE_HELD, held)
        else:
            told = self._executemany(_DELETE_HELD_TOLD, held).fetchall()
            tenants, shared = [row[0] for row in told], [row[1] for row in told]
        done = db.total_changes() - before == len(receipts)
        if several:
            if not done:
                self._execute("rollback to held")
            self._execute("release held")
        if not done:
            return False
        state.total -= len(receipts)
        self._engine.sharing.release(shared)
        shown = list(zip(untils, tenants, strict=False))
        # Messages of one claim come back at the same time: counted together.
        for until, tenant in set(shown):
            if until > now:
                self._unhide(state, until, 3, tenant, shown.count((until, tenant)))
        return True

    def _settle_found(self, state: QueueState, receipts: Sequence[Receipt]) -> list[Settled]:
        incarnation, now = state.incarnation, self._engine.now
        found = self._find(state, receipts)
        settled, gone = [], []
        shown: dict[tuple[int, int], int] = {}  # messages of one claim come back at the same time: counted together
        for receipt in receipts:
            row = found.get(receipt.sequence)
            if row is None or row[1] != incarnation or row[2][:8] != receipt.token or row[5] <= now:
                settled.append(Settled.MISSING)
                continue
            del found[receipt.sequence]
            settled.append(Settled.DONE)
            gone.append((receipt.sequence, row[7]))
            if row[3] > now:
                key = row[3], row[6]
                shown[key] = shown.get(key, 0) + 1
                if row[4] <= 2:  # never received: a forged receipt of a delayed message, which the port lets through
                    state.hide(row[3], True, 1)
                    state.hide(row[3], False, -1)
        for (visible_at, tenant), count in shown.items():
            self._unhide(state, visible_at, 3, tenant, count)
        self._drop(state, gone)
        return settled

    def held(self, state: QueueState, receipts: Sequence[Receipt]) -> bool:
        """Whether no claim has followed that of any of these."""
        found, now = self._find(state, receipts), self._engine.now
        rows = [(found.get(each.sequence), each) for each in receipts]
        return all(
            row is not None
            and (row[1], row[2][:8], row[4]) == (state.incarnation, each.token, each.receives + 2)
            and row[5] > now
            for row, each in rows
        )

    def extend(self, state: QueueState, changes: Sequence[tuple[Receipt, int]]) -> list[Settled]:
        engine = self._engine
        now = engine.now
        found = self._find(state, [receipt for receipt, _ in changes])
        settled, updates = [], []
        engine.states.changed(state)
        for receipt, duration in changes:
            row = found.get(receipt.sequence)
            if row is None or row[1] != state.incarnation or row[2][:8] != receipt.token or row[5] <= now:
                settled.append(Settled.MISSING)
                continue
            settled.append(Settled.DONE)
            until = now + duration
            if row[3] > now:
                self._unhide(state, row[3], row[4], row[6])
            state.hide(until, True)
            if state.tenants is not None and until // SLOT_MS > state.passed:
                state.tenants.claimed([row[6]], until // SLOT_MS, now)
            found[receipt.sequence] = (*row[:3], until, *row[4:])
            updates.append((until, receipt.sequence))
        if updates:
            self._executemany("update message set visible_at=? where seq=?", updates)
            if state.rewriting is not None:
                self._executemany(
                    "update message set expires=sent_at+? where seq=?", [(state.rewriting, each[1]) for each in updates]
                )
            self.fair.lower_floor(state, min(each[0] for each in updates))
        engine.stir(state.id)
        return settled

    # ------------------------------------------------------------------------------------------- move, look

    def move(
        self, state: QueueState, limit: int, origins: Mapping[str, Destination], default: Destination | None
    ) -> int:
        engine = self._engine
        now = engine.now
        where, names = "", list(origins)
        if default is None:
            where = f" and origin in ({marks(len(names))})"
        else:
            names = []
        rows = self._execute(
            f"select {COLUMNS} from message m where incarnation=? and visible_at>? and visible_at<=? and expires>?"
            f"{where} order by visible_at, seq limit ?",
            (state.incarnation, now - state.retention_ms, now, now, *names, limit),
        ).fetchall()
        moved = self.move_rows(rows, origins, default)
        self._drop(state, moved)
        return len(moved)

    def move_rows(
        self, rows: list[Row], origins: Mapping[str, Destination], default: Destination | None
    ) -> list[tuple[int, int | None]]:
        """Deliver claimed-shaped rows to their destinations. Returns the sequence numbers of those that had one, and
        what they share."""
        now = self._engine.now
        moved = []
        for row in rows:
            destination = origins.get(row[7], default) if row[7] is not None else default
            target = None if destination is None else self._engine.states.find(destination.queue, now)
            if destination is None or target is None:
                continue
            arrival = (os.urandom(16), row[5], row[6], 2, now, now + destination.retention_ms, None, NEVER, row[11])
            self.deliver(target, [arrival])
            moved.append((row[0], row[11]))
        return moved

    def next_due(self, state: QueueState) -> int | None:
        row = self._execute(
            "select visible_at from message where incarnation=? and visible_at>? order by visible_at limit 1",
            (state.incarnation, self._engine.now),
        ).fetchone()
        return None if row is None else row[0]

    def oldest(self, state: QueueState) -> int | None:
        """Looks at a thousand rows at most: more than that in front are delayed or expired."""
        now = self._engine.now
        rows = self._execute(
            "select sent_at, receives, visible_at, expires from message where incarnation=? and visible_at>?"
            " order by visible_at, seq limit 1000",
            (state.incarnation, now - state.retention_ms),
        )
        found = None
        for sent_at, receives, visible_at, expires in rows.fetchall():
            if expires > now and (visible_at <= now or receives > 2):
                found = sent_at
                break
        return found

    def peek(self, state: QueueState, after: int, limit: int) -> list[Peeked]:
        """A short queue is read by its own index and sorted, a long one is found by walking the table."""
        source = "message m indexed by message_due" if state.total <= 5000 else "message m not indexed"
        rows = self._execute(
            f"select {COLUMNS} from {source} where incarnation=? and m.seq>? and expires>? order by m.seq limit ?",
            (state.incarnation, after, self._engine.now, limit),
        ).fetchall()
        shared = self._engine.sharing.read(row[11] for row in rows)
        return [peeked(row, shared[row[11]]) for row in rows]
