"""What changed in resources, on whichever node: read in order, soon after each commit, so that no cache stays stale.

Every node looks several times a second, and at once when it is told (`heard`). A look shows every change committed
before it began, so what a node knows is as old as its last look. When that is more than a second ago (the node was
paused, the database cannot be reached, the two are cut off) its cached documents decide nothing more: `fresh` says no
until a look has succeeded. Each look also compares the clocks.

Changes are numbered after their commit (see 0002_resources.sql). A look therefore also shows those without a number;
they are told at once and remembered, so that they are not told again under their number.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import Any

from chasqui.base.clock import Clock, TestClock
from chasqui.store.port import StoreError, StoreUnusable
from chasqui.store.postgres.connection import Connection, Pool, refusal, refusals, single_pool, statements
from chasqui.store.postgres.leases import NOW_MS

Key = tuple[str, str, str]  # type, owner, name

LOOK_SECONDS = 0.35
FRESH_SECONDS = 1.0
LOOK_SECONDS_MAX = 2.0
PAUSE_SECONDS = 0.01
SKEW_MS_MAX = 2000
PAGE = 500
KEPT_MS = 3_600_000
KEPT_REVISIONS = 10_000
SWEEP_ROWS = 500

_LOOK = f"""
select head.value, head.swept, {NOW_MS}, c.revision, c.id, c.source, c.type, c.owner, c.name from head left join (
  (select * from change where (revision, id) > ($1, $2) order by revision, id limit $3)
  union all (select * from change where revision is null order by id limit $3)
) c on true where head.one=1 order by c.revision nulls last, c.id
"""
_HEAD = f"select value, swept, {NOW_MS} from head where one=1"
# Whoever numbers holds the head until its commit, and only numbers what is committed. When somebody does, nobody waits.
_NUMBER = f"""
with free as (select one from head where one=1 for update skip locked),
next as (update head set value=value+1 from free where head.one=free.one returning value)
update change set revision=next.value, at_ms={NOW_MS} from next where revision is null
"""
_NOTE = """
insert into change (source, type, owner, name) select $1, * from unnest($2::text[], $3::text[], $4::text[])
"""
_SWEPT = f"""
update head set swept=s.revision from (
  select max(revision) as revision from (
    select revision, at_ms from change where revision <= (select value from head where one=1) - $1
    order by revision, id limit $3
  ) c where at_ms < {NOW_MS} - $2
) s where one=1 and s.revision > swept
"""
_SWEEP = """
delete from change where id in (
  select id from change where revision <= (select swept from head where one=1) order by revision, id limit $1)
"""

_log = logging.getLogger("chasqui.store")


async def _nothing() -> None: ...


class Feed:
    """One node's view of the changes. `tell` gets the keys that changed; `announce` is called after this node
    committed changes, to tell the others; `lost` when a look has failed after one that had not; `failed` when the node
    must be started again."""

    def __init__(self, dsn: str, clock: Clock) -> None:
        self._dsn = dsn
        self._clock = clock
        self._pool: Pool | None = None
        self._task: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._looked = asyncio.Event()
        self._looked_at = float("-inf")
        self._cursor = (0, 0)
        self._unnumbered: set[int] = set()
        """Changes told before they had a number."""
        self._unfit: StoreError | None = None
        """Why this node may not decide anything, however fresh it is."""
        self._trouble: Exception | None = None
        self.source = secrets.randbits(62)
        """Marks this node's changes, which its watchers hear of with the commit."""
        self.tell: Callable[[Iterable[Key]], object] = lambda keys: None
        self.announce: Callable[[], object] = lambda: None
        self.lost: Callable[[], Awaitable[None]] = _nothing
        self.failed: Callable[[StoreError], object] = lambda error: None
        self.looks = 0
        self.skew_ms = 0

    # ------------------------------------------------------------------------------------------- how fresh

    def fresh(self) -> bool:
        """Whether a document in a cache may still decide something."""
        return monotonic() - self._looked_at <= FRESH_SECONDS and self._unfit is None

    def why(self) -> StoreError:
        """What to tell callers while it is not."""
        if self._unfit is not None:
            return self._unfit
        error = StoreError("this node has not heard from the database for more than a second")
        error.__cause__ = self._trouble
        return error

    async def freshen(self, seconds: float = LOOK_SECONDS_MAX) -> None:
        """Wait until it is. Raises `why()` when that takes longer."""
        deadline = monotonic() + seconds
        while not self.fresh():
            self._looked.clear()
            self.heard()
            try:
                await asyncio.wait_for(self._looked.wait(), max(0.0, deadline - monotonic()))
            except TimeoutError:
                raise self.why() from self._trouble

    # ------------------------------------------------------------------------------------------- looking

    async def start(self) -> None:
        """Begin with what is there now: no cache holds anything yet. Raises `StoreUnusable` when the clocks differ."""
        self._pool = await single_pool(self._dsn)
        with refusals():
            async with statements(self._pool) as connection:
                began, before = monotonic(), self._clock.now_ms()
                value, _, database_ms = await connection.fetchrow(_HEAD, timeout=LOOK_SECONDS_MAX)
        self._compare(before, self._clock.now_ms(), database_ms)
        if self._unfit is not None:
            await self.close()
            raise StoreUnusable(str(self._unfit))
        self._cursor = (value, 2**62)
        self._looked_at = began
        self._task = asyncio.get_running_loop().create_task(self._watch())

    def heard(self) -> None:
        """Something changed somewhere: look now."""
        self._wanted.set()

    def committed(self) -> None:
        """This node committed changes: number them, and tell the others."""
        self._wanted.set()
        self.announce()

    def disown(self) -> None:
        """Whether this node's last changes were committed is not known: if they were, they are news for it too."""
        self.source = secrets.randbits(62)
        self._wanted.set()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            self._wanted.clear()
            try:
                await self._look()
                self._recovered()
            except Exception as error:  # noqa: BLE001  a background loop: it goes on, and `fresh` tells what follows
                await self._failed_to_look(error)
                await asyncio.sleep(LOOK_SECONDS / 2)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(began + LOOK_SECONDS):
                    await self._wanted.wait()
            # However often it is told, it looks at most so often.
            await asyncio.sleep(began + PAUSE_SECONDS - loop.time())

    def _recovered(self) -> None:
        if self._trouble is not None:
            _log.warning("the database answers again")
            self._trouble = None
        self._looked.set()

    async def _failed_to_look(self, error: Exception) -> None:
        if self._trouble is None:
            _log.warning("the database does not answer", extra={"error": str(refusal(error))})
            await self.lost()
        self._trouble = error

    async def _look(self) -> None:
        assert self._pool is not None
        async with statements(self._pool) as connection:
            await self._read(connection)
        self.looks += 1

    async def _read(self, connection: Connection) -> None:
        more = True
        while more:
            began, before = monotonic(), self._clock.now_ms()
            rows = await connection.fetch(_LOOK, *self._cursor, PAGE, timeout=LOOK_SECONDS_MAX)
            self._compare(before, self._clock.now_ms(), rows[0][2])
            # A head that went back is that of a database restored from a copy.
            if rows[0][1] > self._cursor[0] or rows[0][0] < self._cursor[0]:
                self._missed(rows[0][0])
            changes = [row for row in rows if row[4] is not None]
            unnumbered = sum(row[3] is None for row in changes)
            more = unnumbered == PAGE or len(changes) - unnumbered == PAGE
            number = self._take(changes)
            if not more:
                self._looked_at = began
            if number or unnumbered == PAGE:
                await connection.execute(_NUMBER, timeout=LOOK_SECONDS_MAX)

    def _take(self, changes: list[Any]) -> bool:
        """Tell what is new and go on behind it. True when there are changes that this node should number: its own, and
        those that whoever made them has left behind."""
        news: list[Key] = []
        number = False
        for _, _, _, revision, id, source, type, owner, name in changes:
            told = id in self._unnumbered
            if not told and source != self.source:
                news.append((type, owner, name))
            if revision is None:
                number |= told or source == self.source
                self._unnumbered.add(id)
            else:
                self._unnumbered.discard(id)
                self._cursor = (revision, id)
        if news:
            self.tell(news)
        return number

    def _missed(self, value: int) -> None:
        """Changes are gone that this node never saw, and no cache can be told which documents they were of."""
        error = StoreUnusable("this node was cut off from the database for too long and must be started again")
        self._unfit = error
        self._cursor = (value, 2**62)
        _log.error(str(error))
        self.failed(error)

    # ------------------------------------------------------------------------------------------- clocks

    def _compare(self, before_ms: int, after_ms: int, database_ms: int) -> None:
        """The node's clock, before and after asking, with the database's. A test clock is a test's own affair."""
        if isinstance(self._clock, TestClock) or isinstance(self._unfit, StoreUnusable):
            return
        ahead = before_ms - database_ms if before_ms > database_ms else min(0, after_ms - database_ms)
        self.skew_ms = ahead
        if abs(ahead) <= SKEW_MS_MAX:
            if self._unfit is not None:
                _log.warning("this machine's clock agrees with the database's again")
            self._unfit = None
        elif self._unfit is None:
            way = "ahead of" if ahead > 0 else "behind"
            error = StoreError(f"this machine's clock is {abs(ahead) / 1000:.1f} s {way} the database's: set it right")
            self._unfit = error
            _log.error(str(error))

    # ------------------------------------------------------------------------------------------- writing

    async def note(self, connection: Connection, keys: Iterable[Key]) -> None:
        """Within the transaction that changes them."""
        types, owners, names = zip(*keys, strict=True)
        await connection.execute(_NOTE, self.source, types, owners, names)

    async def sweep(self, connection: Connection) -> bool:
        """Within a transaction of the sweeper: forget changes that every node has seen long ago."""
        await connection.execute(_SWEPT, KEPT_REVISIONS, KEPT_MS, SWEEP_ROWS)
        done: str = await connection.execute(_SWEEP, SWEEP_ROWS)
        return int(done.rpartition(" ")[2]) == SWEEP_ROWS

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._pool is not None:
            self._pool.terminate()
