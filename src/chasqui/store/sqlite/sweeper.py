"""Work nobody waits for, in slices of at most 2 ms: purged and deleted rows, retention, old buckets, free pages.

Slices are commands of the tick like any other. They follow each other at once while nothing else is going on and pause
between when there is traffic. What is to be done stands in the job table, so a restart goes on where it was; what is
due by time is found by a timer set from the next due row, so an idle server does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any

from chasqui.base.clock import Timer
from chasqui.base.pending import Pending
from chasqui.store.port import DEDUPLICATION_MS
from chasqui.store.sqlite.engine import ELSEWHERE, Engine
from chasqui.store.sqlite.state import SLOT_MS, QueueState

SLICE_SECONDS = 0.002
ROWS = 50
FILES = 16
PAUSE_BUSY_SECONDS = 0.008
RETRY_SECONDS = 1.0
FREE_PAGES_KEPT = 256
VACUUM_PAGES = 16


class Sweeper:
    """One line of work for the whole store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._execute = engine.cursor.execute
        self._executemany = engine.cursor.executemany
        self.expire_fifo: Callable[[QueueState, list[Any]], None] = lambda state, rows: None
        self.unlink: Callable[[list[str]], None] = lambda names: None
        self._next_ms: int | None = None
        self._timer: Timer | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._running = self._unlinking = self._closed = False
        self._commits_seen = 0
        self.slices = 0
        self.backups = 0
        """While one runs no file is unlinked."""

    # ------------------------------------------------------------------------------------------- when

    def add(self, kind: str, target: int, argument: int = 0) -> None:
        """Note a job, in the running transaction."""
        self._execute("insert into job (kind, target, argument) values (?, ?, ?)", (kind, target, argument))
        self.soon()

    def soon(self) -> None:
        """Start once the running transaction is committed."""
        self._engine.after_commit.append(self.start)

    def start(self) -> None:
        """Begin with a slice in the next tick, unless slices are running."""
        if not self._running and not self._closed:
            self._running = True
            self._submit()

    def due_at(self, when_ms: int) -> None:
        """Something falls due then."""
        if self._next_ms is None or when_ms < self._next_ms:
            self._next_ms = when_ms
            if self._timer is not None:
                self._timer.cancel()
            if not self._closed:
                self._timer = self._engine.clock.call_at(when_ms, self._due)

    def remembered(self, bucket: int) -> None:
        """A bucket of deduplication was written to: it goes when nothing in it can matter any more."""
        self.due_at((bucket + 2) * DEDUPLICATION_MS)

    def _due(self) -> None:
        self._next_ms = self._timer = None
        self.start()

    def _submit(self) -> None:
        self._handle = None
        self._engine.submit(self._slice).add_done_callback(self._failed)

    def _failed(self, pending: Pending[Any]) -> None:
        """A slice answers only when it failed (a full disk): try again later."""
        if not self._closed:
            self._handle = self._engine.loop.call_later(RETRY_SECONDS, self._submit)

    def _slice(self, pending: object, queue: int, argument: object) -> Any:
        """A command: work for a slice's time."""
        deadline = perf_counter() + SLICE_SECONDS
        more = True
        while more and perf_counter() < deadline:
            more = self._step()
        self._engine.after_commit.append(self._go_on if more else self._finish)
        return ELSEWHERE

    def _go_on(self) -> None:
        self.slices += 1
        busy = self._engine.commits > self._commits_seen + 1
        self._commits_seen = self._engine.commits
        if not self._closed:
            self._handle = self._engine.loop.call_later(PAUSE_BUSY_SECONDS if busy else 0, self._submit)

    def _finish(self) -> None:
        self._running = False
        self._next_ms = None
        execute = self._execute
        for table in ("message", "fifo"):
            when = execute(f"select min(expires) from {table}").fetchall()[0][0]
            if when is not None:
                self.due_at(when)
        for table in ("dedup", "attempt"):
            bucket = execute(f"select min(bucket) from {table}").fetchall()[0][0]
            if bucket is not None:
                self.remembered(bucket)

    def close(self) -> None:
        self._closed = True
        for each in (self._timer, self._handle):
            if each is not None:
                each.cancel()

    # ------------------------------------------------------------------------------------------- what

    def _step(self) -> bool:
        """Do a little of what comes first. False when there is nothing left to do."""
        steps = self._expire, self._expire_fifo, self._job, self._buckets, self._garbage, self._vacuum
        return any(step() for step in steps)

    def _expire(self) -> bool:
        engine = self._engine
        rows = self._execute(
            "select seq, incarnation, visible_at, receives, tenant, shared from message where expires<=?"
            " order by expires limit ?",
            (engine.now, ROWS),
        ).fetchall()
        for _, incarnation, visible_at, receives, tenant, _ in rows:
            state = engine.states.of_incarnation(incarnation, engine.now)
            if state is not None:
                engine.states.changed(state)
                state.total -= 1
                if visible_at > engine.now:
                    state.hide(visible_at, receives > 2, -1)
                    if state.tenants is not None:
                        state.tenants.released(tenant, visible_at // SLOT_MS, engine.now)
        return self._delete("message", [(row[0], row[5]) for row in rows])

    def _delete(self, table: str, rows: list[tuple[int, int | None]]) -> bool:
        """Delete messages, given their sequence numbers and what they share. False when there are none."""
        self._executemany(f"delete from {table} where seq=?", [row[:1] for row in rows])
        self._engine.sharing.release(row[1] for row in rows)
        return bool(rows)

    def _expire_fifo(self) -> bool:
        engine = self._engine
        rows = self._execute(
            "select f.seq, f.receives, 0, 0, 0, 0, 0, 0, f.expires, f.visible_at, f.gid, f.shared, g.incarnation"
            " from fifo f left join grp g on g.gid=f.gid where f.expires<=? order by f.expires limit ?",
            (engine.now, ROWS),
        ).fetchall()
        by_incarnation: dict[int, list[Any]] = {}
        for row in rows:
            by_incarnation.setdefault(row[12], []).append(row)
        for incarnation, expired in by_incarnation.items():
            state = engine.states.of_incarnation(incarnation, engine.now)
            if state is not None:
                self.expire_fifo(state, expired)
            else:
                self._delete("fifo", [(row[0], row[11]) for row in expired])
        return bool(rows)

    def _job(self) -> bool:
        rows = self._execute(
            "select id, kind, target, argument, cursor, cursor_more from job order by id limit 1"
        ).fetchall()
        if not rows:
            return False
        id, kind, *rest = rows[0]
        if not getattr(self, f"_job_{kind}")(id, *rest):
            self._execute("delete from job where id=?", (id,))
        return True

    def _job_standard(self, id: int, incarnation: int, *_: int) -> bool:
        rows = self._execute(
            "select seq, shared from message indexed by message_due where incarnation=? limit ?", (incarnation, ROWS)
        ).fetchall()
        return self._delete("message", rows)

    def _job_ordered(self, id: int, incarnation: int, *_: int) -> bool:
        groups = self._execute("select gid from grp where incarnation=? limit 1", (incarnation,)).fetchall()
        if not groups:
            return False
        rows = self._execute("select seq, shared from fifo where gid=? limit ?", (groups[0][0], ROWS)).fetchall()
        self._delete("fifo", rows)
        if len(rows) < ROWS:
            self._execute("delete from grp where gid=?", groups[0])
        return True

    def _job_log(self, id: int, log: int, *_: int) -> bool:
        self._execute("delete from chunk where id in (select id from chunk where log=? limit 8)", (log,))
        return bool(self._engine.db.changes())

    def _job_trim(self, id: int, log: int, before: int, *_: int) -> bool:
        self._execute(
            "delete from chunk where id in (select id from chunk where log=? and last<? limit 8)", (log, before)
        )
        return bool(self._engine.db.changes())

    def _job_retention(self, id: int, queue: int, retention_ms: int, cursor: int, cursor_more: int) -> bool:
        """Give rows their new expiry: those of a standard queue in the order of visible_at (extend, which can move one
        back past the cursor, does it itself), those of a FIFO queue by walking the table."""
        engine = self._engine
        state = engine.states.find(queue, engine.now)
        if state is None:
            return False
        if state.ordered:
            rows = self._execute(
                "select f.seq, f.seq, 0, g.incarnation from fifo f join grp g on g.gid=f.gid where f.seq>?"
                " order by f.seq limit ?",
                (cursor, ROWS),
            ).fetchall()
            table, wanted = "fifo", [row for row in rows if row[3] == state.incarnation]
        else:
            rows = self._execute(
                "select seq, visible_at, seq from message indexed by message_due where incarnation=?"
                " and (visible_at, seq)>(?, ?) order by visible_at, seq limit ?",
                (state.incarnation, cursor, cursor_more, ROWS),
            ).fetchall()
            table, wanted = "message", rows
        self._executemany(
            f"update {table} set expires=sent_at+? where seq=?", [(retention_ms, row[0]) for row in wanted]
        )
        if rows:
            self._execute("update job set cursor=?, cursor_more=? where id=?", (rows[-1][1], rows[-1][2], id))
            return True
        engine.states.changed(state)
        state.rewriting = None
        state.retention_ms, state.retention_changed = retention_ms, True
        return False

    def _buckets(self) -> bool:
        """Deduplication keys and attempts that are too old to matter go by whole buckets."""
        before = self._engine.now // DEDUPLICATION_MS - 1
        for table in ("dedup", "attempt"):
            self._execute(
                f"delete from {table} where (bucket, queue, key) in"
                f" (select bucket, queue, key from {table} where bucket<? limit ?)",
                (before, ROWS),
            )
            if self._engine.db.changes():
                return True
        return False

    def _garbage(self) -> bool:
        """Have files unlinked that nothing refers to. Nothing to do here for another slice."""
        if not (self.backups or self._unlinking) and self._execute("select 1 from blob_garbage limit 1").fetchall():
            self._engine.after_commit.append(self._list)
        return False

    def _list(self) -> None:
        if not self._unlinking:
            self._unlinking = True
            self._engine.submit(self._listed).add_done_callback(self._unlink)

    def _listed(self, pending: object, queue: int, argument: object) -> list[str]:
        """A command of its own, because its answer comes after the sync: what a lost commit would bring back needs its
        file."""
        return [name for (name,) in self._execute("select file from blob_garbage limit ?", (FILES,)).fetchall()]

    def _unlink(self, listed: Pending[list[str]]) -> None:
        if listed.exception() is not None:
            self._unlinked([], True)
            return
        names = listed.result()
        # Large files take long.
        work = self._engine.loop.run_in_executor(None, self.unlink, names)
        work.add_done_callback(lambda ended: self._unlinked(names, ended.cancelled() or ended.exception() is not None))

    def _unlinked(self, names: list[str], failed: bool) -> None:
        self._unlinking = False
        if self._closed:
            return
        if failed:
            self._engine.loop.call_later(RETRY_SECONDS, self.start)
        else:
            self._engine.submit(self._forget, 0, names)

    def _forget(self, pending: object, queue: int, names: list[str]) -> None:
        self._executemany("delete from blob_garbage where file=?", [(name,) for name in names])
        self.soon()

    def _vacuum(self) -> bool:
        free = self._execute("pragma freelist_count").fetchall()[0][0]
        if free <= FREE_PAGES_KEPT:
            return False
        self._execute(f"pragma incremental_vacuum({VACUUM_PAGES})").fetchall()
        return True
