"""The tick: the commands that gathered are run as one transaction, synced once, and only then answered.

Statements run on the loop's thread; while a sync is under way commands gather for the next tick. A command that fails
must not fail its neighbours: the whole tick is rolled back and each of its commands is run in a transaction of its own.
What commands are and mean lives elsewhere; only their gathering, committing, syncing and answering lives here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from time import perf_counter
from typing import Any

import apsw

from chasqui.base.clock import Clock
from chasqui.base.errors import ChasquiError
from chasqui.base.pending import Pending
from chasqui.store.parking import Parking, Waiter
from chasqui.store.port import Claim, QueueGone, StoreError, StoreFull, StoreUnusable
from chasqui.store.sqlite.sharing import Sharing
from chasqui.store.sqlite.state import States
from chasqui.store.sqlite.syncer import Syncer

TICK_SECONDS = 0.003
"""A tick takes no new command after this long, so that the loop is never held for more than 5 ms."""

APPEND, DELIVER, SETTLE, CLAIM = range(4)
"""The hot commands. Those of a tick that follow one another are run by kind in this order, and what one queue has of a
kind as one: none of them was answered yet, so nobody can tell in which order they came."""

TOGETHER_MAX = (64, 16, 16, 16)
"""So many of a kind are run as one; the clock is looked at between such runs."""

WINDOW = 256
"""Hot commands are put in order among so many, so that none waits behind a crowd that came later."""

SEQUENCES_RESERVED = 100_000

ELSEWHERE: Any = object()
"""What a command returns that is answered later, or was answered already."""

AGAIN: Any = object()
"""What a command returns that did a part of its work: it is run again in the next tick."""

Run = Callable[[Any, int, Any], Any]
"""Runs a command alone: (pending, queue, argument) to outcome."""

Command = tuple[Any, Pending[Any], int, Any]
"""(a hot command's kind or a `Run`, who waits, queue, argument)."""

_RUN, _KIND = itemgetter(0), itemgetter(0, 2)

Answer = tuple[Pending[Any], Any, BaseException | None, Callable[[], object] | None]


def refusal(error: Exception) -> Exception:
    """What the caller of a failed command is told."""
    if isinstance(error, apsw.FullError | apsw.IOError):
        full = StoreFull(f"no room: {error}")
        full.__cause__ = error
        return full
    if isinstance(error, apsw.Error):
        failed = StoreError(f"the database refused: {error}")
        failed.__cause__ = error
        return failed
    return error


class Engine:
    """One database, its tick, and what the parts that run commands share."""

    def __init__(self, db: apsw.Connection, clock: Clock, syncer: Syncer | None) -> None:
        self.db = db
        self.clock = clock
        self.loop = asyncio.get_running_loop()
        self.syncer = syncer
        self.cursor: Any = db.cursor()  # rows are as the schema says, which mypy cannot know
        self.states = States(db)
        self.sharing = Sharing(db, lambda: self.sequences(1))
        self.parking = Parking(clock, self.due)
        self.now = clock.now_ms()
        self.commands: list[Command] = []
        self.answers: list[Answer] = []
        self.stirred: set[int] = set()
        """Queues in which something may have become visible."""
        self.rows: list[tuple[Any, ...]] = []
        """Rows of standard messages that the running commands will insert together."""
        self.insert_rows: Callable[[], None] = lambda: None
        self.together: Sequence[Callable[[int, list[Command]], None]] = ()
        """Runs hot commands of one queue as one, by kind. Appends leave their rows in `rows`; before anything else they
        are inserted."""
        self.alone: Sequence[Run] = ()
        """Runs a hot command alone, by kind."""
        self.claim: Callable[[int, Claim], Any] = lambda queue, claim: None
        """Claims what there is: (messages, undo), None for nothing, or AGAIN."""
        self.next_due: Callable[[int], int | None] = lambda queue: None
        self.after_commit: list[Callable[[], object]] = []
        """What the running transaction wants to be called when it is committed, before anything is answered."""
        self._committed: list[Callable[[], object]] = []
        self._served: list[Waiter] = []
        self.fatal: StoreError | None = None
        self.failed: Callable[[StoreError], object] = lambda error: None
        self.deadline = 0.0
        """When the running tick takes no new command any more."""
        self.armed = False
        """True while a tick is scheduled or being synced."""
        self.sync_wanted = False
        self.idle_waiters: list[Pending[None]] = []
        stored: Any = self.cursor.execute("select value from counter where name='message'").fetchone()
        self._next_sequence: int = stored[0]
        self._sequences_reserved = self._next_sequence
        self.commits = self.syncs = self.rollbacks = 0

    # ------------------------------------------------------------------------------------------- gathering

    def submit(self, run: Run | int, queue: int = 0, argument: Any = None) -> Pending[Any]:
        """Put a command into the next tick."""
        pending: Pending[Any] = Pending()
        self.commands.append((run, pending, queue, argument))
        if not self.armed:
            self.arm()
        return pending

    def arm(self) -> None:
        """Schedule a tick."""
        self.armed = True
        self.loop.call_soon(self.refuse_all if self.fatal is not None else self.flush)

    def stir(self, queue: int) -> None:
        """Something may have become visible in a queue: let those who wait for it look before the tick ends."""
        if queue in self.parking:
            self.stirred.add(queue)

    def park(self, queue: int, claim: Claim, pending: Pending[Any]) -> None:
        """Let a claim wait, once this tick is committed. It looks again then: something may have come meanwhile."""

        def wait() -> None:
            if not pending.done():
                self.parking.park(queue, claim, pending)
                self.stirred.add(queue)

        self.after_commit.append(wait)

    def fail_waiting(self, queue: int) -> None:
        """Tell the waiting claims of a deleted queue, with the tick's other answers."""
        while (waiter := self.parking.first(queue)) is not None:
            self.parking.leave(waiter)
            self.answers.append((waiter.pending, None, QueueGone(f"queue {queue} was deleted"), None))

    def due(self, queue: int) -> None:
        """A row that a waiting claim of this queue may want falls due now."""
        self.stirred.add(queue)
        if not self.armed:
            self.arm()

    # ------------------------------------------------------------------------------------------- the tick

    def flush(self) -> None:
        """Run one tick."""
        commands = self.commands
        self.commands = []
        self.now = self.clock.now_ms()
        changes = self.db.total_changes()
        stirred = set(self.stirred)
        try:
            done = self._run_together(commands)
        except Exception:  # noqa: BLE001  whatever it was, it is found again and answered when each is run apart
            self._roll_back()
            self.answers.clear()
            self.commands.clear()  # those that asked to be run again
            self.stirred |= stirred
            done = self._run_apart(commands)
        if done < len(commands):
            self.commands[:0] = commands[done:]
        self.after_tick(self.db.total_changes() != changes)

    def _run_together(self, commands: list[Command]) -> int:
        """Run as many as there is time for in one transaction. Returns how many."""
        rows = self.rows
        self.deadline = deadline = perf_counter() + TICK_SECONDS
        done, all_ = 0, len(commands)
        self.cursor.execute("begin")
        while done < all_:
            end = self._order(commands, done)
            if end > done:
                done = self._run_hot(commands, done, end, deadline)
            else:
                if rows:
                    self.insert_rows()
                self.run_one(*commands[done])
                done += 1
            if perf_counter() > deadline:
                break
        if self.stirred:
            self._serve_waiting(deadline)
        self._commit()
        return done

    def _order(self, commands: list[Command], start: int) -> int:
        """Put the hot commands from here on in order. Returns their end, `start` when there are none."""
        if type(commands[start][0]) is not int:
            return start
        window = commands[start : start + WINDOW]
        kinds = list(map(type, map(_RUN, window)))
        if kinds.count(int) != len(kinds):
            del window[next(at for at, kind in enumerate(kinds) if kind is not int) :]
        end = start + len(window)
        if len(window) > 1:
            window.sort(key=_KIND)
            commands[start:end] = window
        return end

    def _run_hot(self, commands: list[Command], start: int, end: int, deadline: float) -> int:
        """Run hot commands that are in order, as many as there is time for. Returns the first that was not run."""
        for (kind, queue), group in groupby(commands[start:end], _KIND):
            if kind > DELIVER and self.rows:
                self.insert_rows()
            while part := list(islice(group, TOGETHER_MAX[kind])):
                self.together[kind](queue, part)
                start += len(part)
                if perf_counter() > deadline:
                    return start
        return start

    def _runner(self, run: Run | int) -> Run:
        return self.alone[run] if isinstance(run, int) else run

    def run_one(self, run: Run | int, pending: Pending[Any], queue: int, argument: Any) -> None:
        """Run a command that nothing is run together with."""
        try:
            value = self._runner(run)(pending, queue, argument)
        except ChasquiError as error:
            self.answers.append((pending, None, error, None))
            return
        if value is AGAIN:
            self.commands.append((run, pending, queue, argument))
        elif value is not ELSEWHERE:
            self.answers.append((pending, value, None, None))

    def _commit(self) -> None:
        if self.rows:
            self.insert_rows()
        self.states.write()
        if self.sharing.changes:
            self.sharing.write()
        self.cursor.execute("commit")
        self.commits += 1
        self.states.committed()
        self._committed += self.after_commit
        self.after_commit.clear()

    def _serve_waiting(self, deadline: float) -> None:
        """Serve waiting claims from the queues that were stirred, as many as find something."""
        while self.stirred:
            queue = self.stirred.pop()
            while (waiter := self.parking.first(queue)) is not None:
                if perf_counter() > deadline + TICK_SECONDS / 3:
                    self.stirred.add(queue)
                    return
                if self.rows:
                    self.insert_rows()
                try:
                    value = self.claim(queue, waiter.claim)
                except ChasquiError as error:
                    self.answers.append((waiter.pending, None, error, None))
                else:
                    if value is None:
                        self.parking.wake_at(queue, self.next_due(queue))
                        break
                    if value is AGAIN:
                        self.stirred.add(queue)
                        return
                    self.answers.append((waiter.pending, value[0], None, value[1]))
                self.parking.take(waiter)
                self._served.append(waiter)

    def _run_apart(self, commands: list[Command]) -> int:
        """Run each command, and then each waiting claim that finds something, in a transaction of its own, as many as
        there is time for. Returns how many commands."""
        deadline = perf_counter() + TICK_SECONDS
        done = 0
        for run, pending, queue, argument in commands:
            self._alone(run, pending, queue, argument)
            done += 1
            if perf_counter() > deadline:
                break
        while self.stirred and perf_counter() <= deadline:
            queue = self.stirred.pop()
            while (waiter := self.parking.first(queue)) is not None:
                self.parking.take(waiter)
                served = len(self.answers)
                self._alone(self._serve_one, waiter.pending, queue, waiter)
                if len(self.answers) == served:
                    self.parking.put_back(waiter)
                    break
                self.parking.leave(waiter)
        return done

    def _serve_one(self, pending: Pending[Any], queue: int, waiter: Waiter) -> Any:
        value = self.claim(queue, waiter.claim)
        if value is None or value is AGAIN:
            due = self.now if value is AGAIN else self.next_due(queue)
            self.after_commit.append(lambda: self.parking.wake_at(queue, due))
            return ELSEWHERE
        self.answers.append((pending, value[0], None, value[1]))
        return ELSEWHERE

    def _alone(self, run: Run | int, pending: Pending[Any], queue: int, argument: Any) -> None:
        answered = len(self.answers)
        try:
            self.cursor.execute("begin")
            value = self._runner(run)(pending, queue, argument)
            self._commit()
        except Exception as error:  # noqa: BLE001  the edge of a command: its caller is told, its neighbours go on
            self._roll_back()
            del self.answers[answered:]
            self.answers.append((pending, None, refusal(error), None))
        else:
            if value is AGAIN:
                self.commands.append((run, pending, queue, argument))
            elif value is not ELSEWHERE:
                self.answers.append((pending, value, None, None))

    def _roll_back(self) -> None:
        self.rollbacks += 1
        if self.db.in_transaction:
            self.cursor.execute("rollback")
        self.rows.clear()
        self.after_commit.clear()
        for waiter in reversed(self._served):
            self.parking.put_back(waiter)
        self._served.clear()
        self.states.roll_back()
        self.sharing.roll_back()
        self._sequences_reserved = self._next_sequence  # the reservation may have been undone

    # ------------------------------------------------------------------------------------------- answering

    def after_tick(self, wrote: bool) -> None:
        """Sync what was written if anyone waits for it, then answer."""
        for waiter in self._served:
            self.parking.leave(waiter)
        self._served.clear()
        committed, self._committed = self._committed, []
        self.sync_wanted |= wrote
        for each in committed:
            try:
                each()
            except Exception as error:  # noqa: BLE001  what is committed is owed its sync and its answers
                told = {"message": "what a commit wanted called failed", "exception": error}
                self.loop.call_exception_handler(told)
        if self.sync_wanted and self.answers and self.syncer is not None:
            self.sync_wanted = False
            self.syncs += 1
            self.syncer.sync()
        else:
            self._answer()

    def synced(self, error: OSError | None) -> None:
        """The syncer's report."""
        if error is not None:
            self.die(StoreUnusable(f"the write-ahead log could not be synced: {error}"))
            return
        self._answer()

    def _answer(self) -> None:
        answers = self.answers
        self.answers = []
        self.armed = False
        if self.commands or self.stirred:
            self.arm()
        elif self.idle_waiters:
            waiters, self.idle_waiters = self.idle_waiters, []
            answers.extend((each, None, None, None) for each in waiters)
        self._resolve(iter(answers))

    def _resolve(self, answers: Iterator[Answer]) -> None:
        try:
            for pending, value, error, undo in answers:
                if error is not None:
                    pending.fail(error)
                elif undo is not None and pending.cancelled():
                    undo()
                else:
                    pending.resolve(value)
        except BaseException:
            # A waiter's callback failed. The others are owed their answers, and the loop its exception.
            self.loop.call_soon(self._resolve, answers)
            raise

    def die(self, error: StoreError) -> None:
        """Fail everything, now and from here on."""
        self.fatal = error
        answers, self.answers = self.answers, []
        for pending, *_ in answers:
            pending.fail(error)
        self.refuse_all()
        self.failed(error)

    def refuse_all(self) -> None:
        assert self.fatal is not None
        self.armed = False
        commands, self.commands = self.commands, []
        for _, pending, _, _ in commands:
            pending.fail(self.fatal)
        for queue in self.parking.queues():
            while (waiter := self.parking.first(queue)) is not None:
                self.parking.leave(waiter)
                waiter.pending.fail(self.fatal)
        waiters, self.idle_waiters = self.idle_waiters, []
        for each in waiters:
            each.resolve(None)

    def idle(self) -> Pending[None]:
        """Resolves when every command that stands in line now is answered."""
        pending: Pending[None] = Pending()
        self.idle_waiters.append(pending)
        if not self.armed:
            self.arm()
        return pending

    # ------------------------------------------------------------------------------------------- numbers

    def sequences(self, count: int) -> int:
        """The first of so many sequence numbers. They are reserved on disk by the hundred thousand."""
        first = self._next_sequence
        self._next_sequence = last = first + count
        if last > self._sequences_reserved:
            self._sequences_reserved = last + SEQUENCES_RESERVED
            self.cursor.execute("update counter set value=? where name='message'", (self._sequences_reserved,))
        return first

    def number(self, name: str) -> int:
        """The next value of a counter."""
        rows = self.cursor.execute(
            "update counter set value=value+1 where name=? returning value-1", (name,)
        ).fetchall()
        value: int = rows[0][0]
        return value
