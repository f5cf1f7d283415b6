"""Lanes and work: commands that gathered are run by a free connection as one statement or transaction, and only then
answered.

A `Work` is a kind of command and knows how many of them are run together; a lane is a connection. Several lanes are
under way at once, while one is, commands gather for the next. A command that fails must not fail its neighbours: what
was run together is run again in halves. Whoever's commit is not known to have happened is told an error. When the
database is away, commands wait for a few seconds and then fail. What commands are and mean lives elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import asyncpg

from chasqui.base.clock import Clock
from chasqui.base.pending import Drive, Pending
from chasqui.store.port import StoreError, StoreUnusable
from chasqui.store.postgres.connection import LOST, RETRYABLE, Connection, Pool, refusal
from chasqui.store.postgres.gather import pause
from chasqui.store.postgres.state import States

C = TypeVar("C")

WAITING_MAX = 20_000
"""So many commands may wait for a lane."""

STALLED_SECONDS = 5.0
"""When nothing was achieved for so long, those who wait are told."""

TRIES = 8
RECONNECT_SECONDS_MAX = 1.0
TALLY_EPOCH_MS = 10_000
"""How long a lane counts in one row: see the table."""

LANE_NUMBERS = 1 << 20

TRANSACTIONS_MAX = 4
"""So many transactions of documents of a node at a time: more would mostly collide."""

# Every statement looks rows up by an index, and by which one its spelling says: see the schema.
PLANS = """
set enable_seqscan=off; set enable_bitmapscan=off; set enable_hashjoin=off; set enable_mergejoin=off;
set plan_cache_mode=force_generic_plan
"""
PLANS_WITHIN = PLANS.replace("set ", "set local ")
"""The same for the transaction that is running, on a connection that is no lane's."""

_log = logging.getLogger("chasqui.store")


class Answer(NamedTuple):
    """What a command's caller is told: an error, or a value; `undo` takes it back when nobody wants it any more."""

    pending: Pending[Any]
    value: Any = None
    error: BaseException | None = None
    undo: Callable[[Lane], Awaitable[object]] | None = None


class _Flight(Drive[None]):
    """A batch under way. It is no task: answers run their waiters at once, which a task's steps may not do."""

    __slots__ = ("_landed",)

    def __init__(self, coroutine: Coroutine[Any, Any, None], landed: Callable[[BaseException | None], object]) -> None:
        super().__init__(coroutine)
        self._landed = landed

    def finish(self, value: None, error: BaseException | None) -> None:
        self._landed(error)


class Lane:
    """A connection that runs one batch at a time; or one of others, with a transaction that has begun."""

    def __init__(self, engine: Engine, number: int, within: Connection | None = None) -> None:
        self._engine = engine
        self._number = number
        self.connection = within
        self._begun = within is not None

    @property
    def usable(self) -> bool:
        """Whether it has a connection that is not known to be lost."""
        try:
            return self.connection is not None and not self.connection.is_closed()
        except asyncpg.InterfaceError:  # the pool has taken it back
            return False

    @property
    def slot(self) -> int:
        """The row of the tally that this lane counts in now. Row 0 is the sweeper's."""
        return self._engine.clock.now_ms() // TALLY_EPOCH_MS * LANE_NUMBERS + self._number

    def _connected(self) -> Connection:
        if self.connection is None:
            raise ConnectionResetError("the connection was lost")
        return self.connection

    async def fetch(self, statement: str, *arguments: Any) -> list[Any]:
        """Run a statement that is a transaction of its own, unless one has begun."""
        connection = self._connected()
        if self._begun or self._engine.session:
            rows: list[Any] = await connection.fetch(statement, *arguments)
            return rows
        # Behind a pooler: asyncpg prepares and runs it in two exchanges, which must come to the same session.
        async with self.transaction():
            rows = await connection.fetch(statement, *arguments)
        return rows

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction; not committed when this node has lost touch with the documents it decided on."""
        connection = self._connected()
        await connection.execute("begin")
        self._begun = True
        try:
            yield connection
            self._engine.refuse_stale()
        except LOST:
            raise
        except Exception:
            await connection.execute("rollback")
            raise
        finally:
            self._begun = False
        await connection.execute("commit")

    def lose(self) -> None:
        """Let go of a connection that is of no use any more; another one is opened when it is needed."""
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
            self._engine.give_back(connection)


class Work(Generic[C]):
    """A kind of command. Subclasses say what may be run together, and how."""

    lanes_max = 2
    """So many lanes may run it at once: with more, there would be less to be run together."""

    together_max = 500

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.running = 0
        self.gathered: list[C] = []
        engine.works.append(self)

    def put(self, command: C) -> None:
        self.gathered.append(command)
        self.engine.arm()

    def ready(self) -> bool:
        """Whether a lane may find something to do."""
        return bool(self.gathered) and self.running < self.lanes_max

    def take(self) -> list[C]:
        """What a lane may run now, taken out of what has gathered."""
        taken, self.gathered = self.gathered[: self.together_max], self.gathered[self.together_max :]
        return taken

    async def run(self, lane: Lane, commands: list[C]) -> list[Answer]:
        """Run them. Either it raises and nothing was done, or all of it is committed."""
        raise NotImplementedError

    def fail(self, command: C, error: BaseException) -> list[Answer]:
        """Give up on one."""
        raise NotImplementedError

    def end(self, commands: list[C]) -> None:
        """Called when they were answered, however."""

    def refuse(self, error: StoreError) -> list[Answer]:
        """Give up on what has gathered."""
        gathered, self.gathered = self.gathered, []
        return [each for command in gathered for each in self.fail(command, error)]


class Command(NamedTuple):
    """A verb's argument and who waits for it."""

    pending: Pending[Any]
    queue: int
    argument: Any


class Verb(Work[Command]):
    """Work whose commands are `Command`s, and which a function runs."""

    def __init__(
        self, engine: Engine, run: Callable[[Lane, list[Command]], Awaitable[list[Answer]]], *, lanes_max: int = 2
    ) -> None:
        super().__init__(engine)
        self._run = run
        self.lanes_max = lanes_max

    async def run(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        return await self._run(lane, commands)

    def fail(self, command: Command, error: BaseException) -> list[Answer]:
        return [Answer(command.pending, error=error)]


class Engine:
    """The lanes of one node, and what the parts that run commands share."""

    def __init__(self, pool: Pool, clock: Clock, lanes: int, *, session: bool) -> None:
        """`session`: whether a connection keeps its settings, which behind PgBouncer it does not."""
        self.clock = clock
        self.loop = asyncio.get_running_loop()
        self.states = States()
        self.works: list[Work[Any]] = []
        self.fresh: Callable[[], bool] = lambda: True
        self.why: Callable[[], StoreError] = lambda: StoreError("this node has lost touch with the database")
        self.fatal: StoreError | None = None
        self._pool = pool
        self.session = session
        numbers = lanes + TRANSACTIONS_MAX
        first = random.randrange(LANE_NUMBERS // numbers) * numbers
        self.spare_numbers = list(range(first + lanes, first + numbers))
        """For transactions on other connections, by which they count as lanes do."""
        self._lanes = [Lane(self, first + number) for number in range(lanes)]
        self._idle: list[Lane] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._armed = False
        self._turn = 0
        self._progress_at = self.loop.time()
        self._watch: asyncio.TimerHandle | None = None
        self._next_sequence = self._sequences_end = 0
        self.batches = self.commands = self.retries = self.failures = 0

    async def start(self) -> None:
        """Open the lanes. Raises as asyncpg does."""
        for lane in self._lanes:
            await self._connect(lane)
        self._idle = list(self._lanes)

    async def close(self) -> None:
        """Finish what was given, then close the lanes."""
        while (self.busy or self._armed) and self.fatal is None:
            await asyncio.sleep(0.002)
        self.die(StoreUnusable("the store is closed"))
        while any(work.running for work in self.works):
            await asyncio.sleep(0.002)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._watch is not None:
            self._watch.cancel()
        for lane in self._lanes:
            if lane.connection is not None:
                with suppress(asyncpg.InterfaceError, OSError):
                    await self._pool.release(lane.connection)

    @property
    def busy(self) -> bool:
        return any(work.running or work.gathered for work in self.works)

    # ------------------------------------------------------------------------------------------- gathering

    def refused(self, pending: Pending[Any]) -> bool:
        """Whether a verb cannot be taken on now; then it has been answered."""
        if self.fatal is not None:
            pending.fail(self.fatal)
        elif not self.fresh():
            pending.fail(self.why())
        elif self.waiting >= WAITING_MAX:
            pending.fail(StoreError("the database does not keep up: too many commands are waiting"))
        else:
            return False
        return True

    @property
    def waiting(self) -> int:
        return sum([len(work.gathered) for work in self.works])

    def arm(self) -> None:
        """Something has gathered: look for a lane when this turn of the loop is over."""
        if not self._armed:
            self._armed = True
            self.loop.call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._armed = False
        if self.fatal is not None:
            self._refuse_gathered(self.fatal)
            return
        if self._watch is None and any(work.ready() for work in self.works):
            self._progress_at = self.loop.time()
            self._watch = self.loop.call_later(STALLED_SECONDS / 5, self._look_after)
        while self._idle:
            lane = self._idle.pop()
            if not lane.usable:
                self._reopen(lane)
                continue
            work, commands = self._next()
            if work is None:
                self._idle.append(lane)
                break
            _Flight(self._flight(lane, work, commands), partial(self._landed, lane, work, commands)).step()

    def _look_after(self) -> None:
        """Fail those who wait when nothing moves."""
        self._watch = None
        if not any(work.gathered or work.running for work in self.works):
            return
        if self.loop.time() - self._progress_at > STALLED_SECONDS:
            self._refuse_gathered(StoreError("the database cannot be reached"))
        self._watch = self.loop.call_later(STALLED_SECONDS / 5, self._look_after)

    def _refuse_gathered(self, error: StoreError) -> None:
        for work in self.works:
            self.answer(work.refuse(error))

    def die(self, error: StoreError) -> None:
        """Fail everything from here on, and what has gathered as soon as the loop turns."""
        if self.fatal is None:
            self.fatal = error
            self.arm()

    def refuse_stale(self) -> None:
        """Raise when what this node knows of documents is too old to decide anything."""
        if not self.fresh():
            raise self.why()

    # ------------------------------------------------------------------------------------------- lanes

    async def _connect(self, lane: Lane) -> None:
        connection = await self._pool.acquire(timeout=5)
        try:
            if self.session:
                await connection.execute(PLANS)
        except BaseException:
            connection.terminate()
            self.give_back(connection)
            raise
        lane.connection = connection

    def give_back(self, connection: Connection) -> None:
        """To the pool, which forgets it when it is closed."""
        self._task(self._pool.release(connection))

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    def _reopen(self, lane: Lane) -> None:
        lane.lose()
        self._task(self._reconnect(lane))

    async def _reconnect(self, lane: Lane) -> None:
        """Until it is there, however long that takes."""
        tried = 0
        while self.fatal is None:
            try:
                await self._connect(lane)
            except (asyncpg.PostgresError, *LOST):
                tried = min(tried + 1, 10)
                await asyncio.sleep(random.random() * min(RECONNECT_SECONDS_MAX, 0.05 * 2**tried))
            else:
                self._idle.append(lane)
                self.arm()
                return

    def _next(self) -> tuple[Work[Any] | None, list[Any]]:
        """The next kind of work in turn that has something to do, and what."""
        works = self.works
        for offset in range(len(works)):
            at = (self._turn + offset) % len(works)
            work = works[at]
            if work.ready() and (commands := work.take()):
                self._turn = at + 1
                work.running += 1
                return work, commands
        return None, []

    async def _flight(self, lane: Lane, work: Work[Any], commands: list[Any]) -> None:
        self.batches += 1
        self.commands += len(commands)
        answers = await self._attempt(lane, work, commands)
        for undo in self.answer(answers):
            await self._undo(lane, undo)

    def _landed(self, lane: Lane, work: Work[Any], commands: list[Any], error: BaseException | None) -> None:
        work.running -= 1
        if error is not None:
            # A bug, or the end of the process: nobody may be left waiting.
            _log.error("a batch broke", exc_info=error)
            lane.lose()
            broken = StoreError("the store failed, see its log")
            self.answer([each for command in commands for each in work.fail(command, broken)])
        work.end(commands)
        if lane.connection is None:
            self._reopen(lane)
        else:
            self._idle.append(lane)
        self.arm()

    async def _attempt(self, lane: Lane, work: Work[Any], commands: list[Any]) -> list[Answer]:
        tried = 0
        while True:
            if not self.fresh():
                return self._failed(work, commands, self.why())
            try:
                answers = await work.run(lane, commands)
            except RETRYABLE as error:
                self.retries += 1
                tried += 1
                failed: Exception = error
                if tried < TRIES:
                    await pause(tried)
                    continue
            except LOST as error:
                lane.lose()
                return self._failed(work, commands, error)
            except Exception as error:  # noqa: BLE001  the edge of a command: its caller is told, its neighbours go on
                failed = error
            else:
                self._progress_at = self.loop.time()
                return answers
            if len(commands) == 1 or lane.connection is None:
                return self._failed(work, commands, failed)
            middle = len(commands) // 2
            first = await self._attempt(lane, work, commands[:middle])
            if lane.connection is None:
                return first + self._failed(work, commands[middle:], failed)
            return first + await self._attempt(lane, work, commands[middle:])

    def _failed(self, work: Work[Any], commands: Sequence[Any], error: Exception) -> list[Answer]:
        self.failures += len(commands)
        told = refusal(error)
        return [each for command in commands for each in work.fail(command, told)]

    async def _undo(self, lane: Lane, undo: Callable[[Lane], Awaitable[object]]) -> None:
        """Take back what nobody wants. When that fails, the messages come back by themselves when their time is up."""
        if lane.connection is None:
            return
        try:
            await undo(lane)
        except LOST:
            lane.lose()
        except Exception:  # noqa: BLE001  nobody waits for it
            _log.warning("a claim that nobody waited for was not undone", exc_info=True)

    # ------------------------------------------------------------------------------------------- answering

    def answer(self, answers: Sequence[Answer]) -> list[Callable[[Lane], Awaitable[object]]]:
        """Tell callers. Returns what is to be undone: results whose callers are gone."""
        undone: list[Callable[[Lane], Awaitable[object]]] = []
        self._answer(iter(answers), undone)
        return undone

    def _answer(self, answers: Iterator[Answer], undone: list[Callable[[Lane], Awaitable[object]]]) -> None:
        for pending, value, error, undo in answers:
            if undo is not None and pending.done():
                undone.append(undo)
                continue
            try:
                if error is not None:
                    pending.fail(error)
                else:
                    pending.resolve(value)
            except Exception:  # noqa: BLE001  a waiter's own affair: the others are owed their answers
                _log.exception("what waited for the store failed")

    # ------------------------------------------------------------------------------------------- numbers

    async def sequences(self, lane: Lane, count: int) -> int:
        """The first of so many numbers for standard messages, which no node ever gives again."""
        while self._sequences_end - self._next_sequence < count:
            ((block,),) = await lane.fetch("select nextval('message_block')")
            self._next_sequence = block * SEQUENCES_BLOCK
            self._sequences_end = self._next_sequence + SEQUENCES_BLOCK
        first = self._next_sequence
        self._next_sequence += count
        return first


SEQUENCES_BLOCK = 1 << 17
