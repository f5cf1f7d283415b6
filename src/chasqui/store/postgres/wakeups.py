"""Waking claims that wait on other nodes: by NOTIFY, and by a look of its own once a second.

A node says on the channel which queues it waits on; whoever commits something there says so in turn, gathered, on a
connection of its own and never within a transaction of data (a NOTIFY holds a lock of the whole database until its
commit). Nothing depends on any of it: the look is complete by itself, as behind PgBouncer or on an engine without
NOTIFY. It asks for all queues that are waited on at once, and nothing when nobody waits.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from time import monotonic

import asyncpg

from chasqui.base.pending import Pending
from chasqui.store.postgres.claims import Claims
from chasqui.store.postgres.connection import LOST, Connection, connect
from chasqui.store.postgres.engine import Answer, Command, Engine, Lane, Verb

CHANNEL = "chasqui"
LOOK_SECONDS = 1.0
INTEREST_SECONDS = 30.0
"""How long others remember that a node waits on a queue. It says so again after a third of that."""

SETTLE_SECONDS = 0.05
"""After a node has said that it waits, it looks again: what was committed before the others heard is not told."""

RECONNECT_SECONDS = 1.0
PAYLOAD_QUEUES = 300
"""Queues in one message: its size is limited to 8000 bytes."""

HELLO, WAITS, STIRRED, RESOURCES = "h", "w", "s", "r"

_log = logging.getLogger("chasqui.store")

# What is visible now, and what queues there are at all.
_VISIBLE = """
select q.id, case when q.ordered
  then (select true from grp g where g.incarnation + 1 = q.incarnation + 1 and g.ready_at <= $1 limit 1)
  else (select true from message m where m.incarnation + 1 = q.incarnation + 1 and m.visible_at <= $1
    and m.visible_at >= w.low and m.expires + 0 > $1 limit 1) end as visible
from unnest($2::bigint[], $3::bigint[]) w(queue, low) join queue q on q.id = any(array[w.queue])
"""


class Wakeups:
    """What this node waits on, what others wait on, and the connection on which they tell each other."""

    def __init__(self, engine: Engine, claims: Sequence[Claims], dsn: str, *, notify: bool) -> None:
        self._engine = engine
        self._claims = claims
        self._dsn = dsn
        self._notify = notify
        self._node = secrets.token_hex(6)
        self._announced: dict[int, float] = {}
        """When this node last said that it waits on a queue."""
        self._others: dict[int, dict[str, float]] = {}
        """Which nodes wait on a queue, and until when that is believed."""
        self._outgoing: dict[str, set[int]] = {}
        self._wanted = asyncio.Event()
        self._connection: Connection = None
        self._tasks: list[asyncio.Task[None]] = []
        self._look = Verb(engine, self._look_for, lanes_max=1)
        self._looking: asyncio.TimerHandle | None = None
        self.resources_changed: Callable[[], object] = lambda: None
        self.deleted: Callable[[int], object] = lambda queue: None
        """Told of queues that are waited on and gone."""
        self.sent = self.received = self.looks = 0
        for each in claims:
            each.parked = self.parked

    async def start(self) -> None:
        if self._notify:
            await self._connect()
            self._tasks = [self._engine.loop.create_task(each) for each in (self._send(), self._forget_others())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._looking is not None:
            self._looking.cancel()
        self._cut()

    # ------------------------------------------------------------------------------------------- this node waits

    def parked(self, queue: int) -> None:
        """A claim waits on a queue now."""
        if self._looking is None:
            self._looking = self._engine.loop.call_later(LOOK_SECONDS, self._look_again)
        self._announce(queue)

    def _announce(self, queue: int) -> None:
        if self._notify and monotonic() - self._announced.get(queue, -INTEREST_SECONDS) > INTEREST_SECONDS / 3:
            self._say(WAITS, queue)

    def _look_again(self) -> None:
        """The look that needs no telling."""
        self._looking = None
        queues = [state.id for each in self._claims for state in each.waiting_states()]
        for queue in [each for each in self._announced if each not in queues]:
            if monotonic() - self._announced[queue] > INTEREST_SECONDS:
                del self._announced[queue]
        if not queues or self._engine.fatal is not None:
            return
        for queue in queues:
            self._announce(queue)
        self._look.put(Command(Pending(), 0, queues))
        self._looking = self._engine.loop.call_later(LOOK_SECONDS, self._look_again)

    async def _look_for(self, lane: Lane, commands: list[Command]) -> list[Answer]:
        queues = commands[-1].argument
        now = self._engine.clock.now_ms()
        states = {state.id: state for each in self._claims for state in each.waiting_states()}
        lows = [states[queue].look_from() if queue in states else 0 for queue in queues]
        rows = await lane.fetch(_VISIBLE, now, queues, lows)
        self.looks += 1
        there = set()
        for queue, visible in rows:
            there.add(queue)
            if visible:
                self._stir(queue)
        for queue in queues:
            if queue not in there:
                self.deleted(queue)
        return []

    def _stir(self, queue: int) -> None:
        """Something came from elsewhere."""
        for each in self._claims:
            each.stir_from_elsewhere(queue)

    # ------------------------------------------------------------------------------------------- others wait

    def stirred(self, queue: int) -> None:
        """Something may have become visible here: tell those who wait elsewhere."""
        if queue in self._others:
            self._say(STIRRED, queue)

    def announce_resources(self) -> None:
        """Documents changed: let every node look for them."""
        self._say(RESOURCES, 0)

    async def _forget_others(self) -> None:
        while True:
            await asyncio.sleep(INTEREST_SECONDS / 3)
            now = monotonic()
            for queue, nodes in list(self._others.items()):
                self._others[queue] = {node: until for node, until in nodes.items() if until > now}
                if not self._others[queue]:
                    del self._others[queue]

    # ------------------------------------------------------------------------------------------- the channel

    def _say(self, what: str, queue: int) -> None:
        if self._notify:
            self._outgoing.setdefault(what, set()).add(queue)
            if what == WAITS:
                self._announced[queue] = monotonic()
            self._wanted.set()

    async def _send(self) -> None:
        """One message at a time: while it is under way, the next gather."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            outgoing, self._outgoing = self._outgoing, {}
            try:
                if self._connection is None or self._connection.is_closed():
                    await self._connect()
                for what, queues in outgoing.items():
                    await self._tell(what, queues)
            except (asyncpg.PostgresError, *LOST):
                # Whoever waits looks by itself; what this node waits on is said again after the reconnection.
                self._cut()
                await asyncio.sleep(RECONNECT_SECONDS)
                self._wanted.set()

    async def _tell(self, what: str, queues: Iterable[int]) -> None:
        listed = sorted(queues)
        for start in range(0, len(listed), PAYLOAD_QUEUES):
            words = [what, self._node, *map(str, listed[start : start + PAYLOAD_QUEUES])]
            await self._connection.execute("select pg_notify($1, $2)", CHANNEL, " ".join(words))
            self.sent += 1
        if what == WAITS:
            self._engine.loop.call_later(SETTLE_SECONDS, self._stir_all, listed)

    def _stir_all(self, queues: Iterable[int]) -> None:
        for queue in queues:
            self._stir(queue)

    async def _connect(self) -> None:
        connection = await connect(self._dsn)
        try:
            await connection.add_listener(CHANNEL, self._heard)
        except BaseException:
            connection.terminate()
            raise
        connection.add_termination_listener(lambda _: self._wanted.set())
        self._connection = connection
        self._outgoing.setdefault(HELLO, set()).add(0)
        self._outgoing.setdefault(WAITS, set()).update(self._announced)
        self._wanted.set()

    def _cut(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(asyncpg.InterfaceError):
                connection.terminate()

    def _heard(self, connection: object, pid: int, channel: str, payload: str) -> None:
        what, _, rest = payload.partition(" ")
        node, *words = rest.split(" ")
        if node == self._node:
            return
        self.received += 1
        queues = [int(word) for word in words if word.isdecimal()]
        if what == WAITS:
            until = monotonic() + INTEREST_SECONDS
            for queue in queues:
                self._others.setdefault(queue, {})[node] = until
        elif what == STIRRED:
            self._stir_all(queues)
        elif what == RESOURCES:
            self.resources_changed()
        elif what == HELLO:
            # A new node does not know yet who waits on what.
            self._outgoing.setdefault(WAITS, set()).update(self._announced)
            self._wanted.set()
