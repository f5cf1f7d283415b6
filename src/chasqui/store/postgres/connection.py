"""Opening a PostgreSQL database: the pool and its settings, the migrations, refusing what is newer, naming errors.

What a lost connection, a full disk and a conflict look like to asyncpg is known here and nowhere else. The adapter
relies on no session state, so that a transaction pooler (PgBouncer) may stand in between: `?pgbouncer=1` in the DSN.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from chasqui.base.errors import ChasquiError
from chasqui.store.migrations import migrations
from chasqui.store.port import StoreError, StoreFull, StoreUnusable

Durability = Literal["full", "relaxed"]
Connection = Any  # asyncpg's, plain or from a pool: the library is not typed

VERSION_MIN = 130000
CONNECT_SECONDS_MAX = 3.0
"""How long a connection may take to open."""

COMMAND_SECONDS_MAX = 7.0
"""How long a statement may take: more than the server's own limits below, so that this one means a cut line."""

SETTINGS = {
    "application_name": "chasqui",
    # A node that is paused in the middle of a transaction loses its locks sooner than others give up waiting for them.
    "idle_in_transaction_session_timeout": "3000",
    "lock_timeout": "4000",
    "statement_timeout": "6000",
    # A node that vanished without a word is noticed.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    # Statements here are short and many; compiling one costs more than running it.
    "jit": "off",
    "timezone": "UTC",
}

MIGRATE_TRIES = 50
"""So often a migration that collides with the nodes that serve is tried."""

RETRYABLE: tuple[type[Exception], ...] = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""The transaction collided with another one and is rolled back: run it again."""

LOST: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,  # what was the primary is a standby now
    asyncpg.InternalClientError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
"""The connection is gone or no use any more. Whether a commit under way was done is not known."""


class Target(NamedTuple):
    """A DSN as asyncpg takes it, and what was ours in it."""

    dsn: str
    pgbouncer: bool


def target(dsn: str) -> Target:
    """Take what is not asyncpg's out of a DSN. Raises `StoreUnusable`."""
    parts = urlsplit(dsn)
    if parts.scheme not in ("postgresql", "postgres"):
        raise StoreUnusable(f"{parts.scheme or dsn!r} is no postgresql:// address")
    query = parse_qsl(parts.query, keep_blank_values=True)
    pgbouncer = any(name == "pgbouncer" and value not in ("", "0", "false", "no", "off") for name, value in query)
    kept = [(name, value) for name, value in query if name != "pgbouncer"]
    if all(name != "target_session_attrs" for name, _ in kept):
        kept.append(("target_session_attrs", "read-write"))
    netloc, path, fragment = parts.netloc, parts.path, parts.fragment
    # Not urlunsplit alone: it drops the slashes of an address without a host.
    rest = urlunsplit(("", "", path, urlencode(kept), fragment))
    return Target(f"{parts.scheme}://{netloc}{rest}", pgbouncer)


def settings(to: Target, durability: Durability) -> dict[str, Any]:
    """asyncpg's arguments for a connection of this store."""
    arguments: dict[str, Any] = {
        "dsn": to.dsn, "timeout": CONNECT_SECONDS_MAX, "command_timeout": COMMAND_SECONDS_MAX,
    }  # fmt: skip
    if to.pgbouncer:
        # A pooler hands the server connection to others between transactions: it has neither our prepared statements
        # nor our settings, which are the database's then (see `_check`).
        return {**arguments, "statement_cache_size": 0}
    commit = "on" if durability == "full" else "off"
    return {**arguments, "server_settings": {**SETTINGS, "synchronous_commit": commit}}


class Pool:
    """Connections that are opened when they are needed, and opened again when they were lost."""

    def __init__(self, arguments: dict[str, Any], size: int, pgbouncer: bool) -> None:
        self.pgbouncer = pgbouncer
        # Nothing is left in a session that would have to be reset, and a reset costs a round trip each time.
        self._pool = asyncpg.create_pool(
            **arguments, min_size=0, max_size=size, max_inactive_connection_lifetime=0, reset=_no_reset
        )

    async def open(self) -> Pool:
        await self._pool
        return self

    async def acquire(self, *, timeout: float = CONNECT_SECONDS_MAX) -> Connection:
        """Raises `TimeoutError` when none is free in time, and as `LOST` says when none can be opened."""
        return await self._pool.acquire(timeout=timeout)

    async def release(self, connection: Connection) -> None:
        await self._pool.release(connection, timeout=CONNECT_SECONDS_MAX)

    async def expire(self) -> None:
        """Use none of the connections again that are open now: the line may have been cut without a word to them."""
        await self._pool.expire_connections()

    async def close(self) -> None:
        """Wait until all are given back, and close them."""
        await self._pool.close()

    def terminate(self) -> None:
        """Cut them all, now."""
        self._pool.terminate()


async def _no_reset(connection: Connection) -> None:
    """Nothing to do."""


async def single_pool(dsn: str) -> Pool:
    """A pool of one connection, for what must not wait for others. It is not opened yet, so nothing is raised."""
    to = target(dsn)
    return await Pool(settings(to, "full"), 1, to.pgbouncer).open()


async def connect(dsn: str, *, durability: Durability = "full") -> Connection:
    """One connection of its own, as for LISTEN. Raises as asyncpg does: see `refusal`."""
    return await asyncpg.connect(**settings(target(dsn), durability))


async def open_pool(dsn: str, *, size: int, durability: Durability = "full", moving: bool = False) -> Pool:
    """Connect, migrate, and return a pool of `size` connections that reconnects by itself. Raises `StoreUnusable`, also
    for a database that is being moved into (see `store/moving`), unless that is what it is opened for."""
    to = target(dsn)
    arguments = settings(to, durability)
    try:
        connection = await asyncpg.connect(**arguments)
        try:
            async with connection.transaction():  # see `statements`
                await _check(connection, to, durability)
            await migrate(connection)
            if not moving:
                await _refuse_unfinished(connection)
        finally:
            await _close(connection)
        return await Pool(arguments, size, to.pgbouncer).open()
    except (asyncpg.PostgresError, ValueError, *LOST) as error:
        raise StoreUnusable(f"the database cannot be used: {_words(error)}") from error


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=1)
    except (asyncpg.PostgresError, *LOST):
        with suppress(asyncpg.InterfaceError):
            connection.terminate()


async def _check(connection: Connection, to: Target, durability: Durability) -> None:
    version = int(await connection.fetchval("select current_setting('server_version_num')"))
    if version < VERSION_MIN:
        raise StoreUnusable(f"PostgreSQL {version // 10000} is too old: {VERSION_MIN // 10000} or later is needed")
    encoding = await connection.fetchval("select current_setting('server_encoding')")
    if encoding != "UTF8":
        raise StoreUnusable(f"the database's encoding is {encoding}: create one with encoding UTF8")
    if to.pgbouncer and durability == "full":
        commit = await connection.fetchval("select current_setting('synchronous_commit')")
        if commit in ("off", "local"):
            raise StoreUnusable(
                f"behind PgBouncer the database's own settings rule, and its synchronous_commit is {commit}: "
                "turn it on, or choose durability relaxed"
            )


async def _refuse_unfinished(connection: Connection) -> None:
    async with connection.transaction():
        if await connection.fetchval("select to_regclass('chasqui_move')") is not None:
            raise StoreUnusable(
                "a move into this database is not finished: run the same `chasqui migrate` again, which goes on with it"
            )


# ----------------------------------------------------------------------------------------------------- migrations


async def migrate(connection: Connection) -> None:
    """Bring the schema to this program's version, one transaction a step; nodes that start together take turns on the
    version's row. Raises `StoreUnusable` for a schema that is newer than this program."""
    known = migrations("postgres")
    await _create_version_table(connection)
    tried = 0
    while True:
        try:
            if await _step(connection, known):
                return
        except RETRYABLE:
            # Nodes that serve meanwhile lock the same tables in another order.
            tried += 1
            if tried == MIGRATE_TRIES:
                raise
            await asyncio.sleep(random.random() * 0.1)


async def _step(connection: Connection, known: list[str]) -> bool:
    """One migration. True when there is none left."""
    async with connection.transaction():
        version: int = await connection.fetchval("select version from chasqui_schema where one=1 for update")
        if version > len(known):
            raise StoreUnusable(
                f"the database was written by a newer version (schema {version}, this program knows {len(known)})"
            )
        if version == len(known):
            return True
        # A step may take longer than a statement of the day: an index over all rows is built in it.
        await connection.execute("set local statement_timeout=0; set local lock_timeout=0")
        await connection.execute(known[version], timeout=3600)
        await connection.execute("update chasqui_schema set version=$1 where one=1", version + 1)
    return False


async def _create_version_table(connection: Connection) -> None:
    """`if not exists` does not keep two nodes that create at once from colliding; whoever loses finds it there."""
    try:
        if await connection.fetchval("select to_regclass('chasqui_schema')") is None:
            await connection.execute(
                "create table if not exists chasqui_schema(one integer primary key, version integer)"
            )
    except (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError):
        pass
    await connection.execute("insert into chasqui_schema values (1, 0) on conflict do nothing")


# --------------------------------------------------------------------------------------------------------- errors


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def refusal(error: Exception) -> Exception:
    """What the caller of a failed command is told: the store's own errors and bugs as they are, a full disk as
    `StoreFull`, whatever else came from the database or the line as a `StoreError`."""
    if isinstance(error, ChasquiError):
        return error
    if isinstance(error, asyncpg.DiskFullError):
        told: StoreError = StoreFull(f"no room: {_words(error)}")
    elif isinstance(error, LOST):
        told = StoreError(f"the database cannot be reached: {_words(error)}")
    elif isinstance(error, asyncpg.PostgresError):
        told = StoreError(f"the database refused: {_words(error)}")
    else:
        return error
    told.__cause__ = error
    return told


@contextmanager
def refusals() -> Iterator[None]:
    """What is raised within is raised as `refusal` tells it."""
    try:
        yield
    except Exception as error:
        told = refusal(error)
        if told is error:
            raise
        raise told from error


@asynccontextmanager
async def borrowed(pool: Pool, *, timeout: float = CONNECT_SECONDS_MAX) -> AsyncIterator[Connection]:
    """A connection of the pool. It is put back only when the block ended well or with an error that the server gave;
    after a time-out, a cancellation or a bug in between it is cut, since what it is still doing is not known.
    Raises `TimeoutError` when none is free in time."""
    connection = await pool.acquire(timeout=timeout)
    try:
        yield connection
    except BaseException as error:
        if isinstance(error, (*LOST, asyncio.CancelledError)) or not isinstance(error, Exception):
            with suppress(asyncpg.InterfaceError):  # the pool may have let go of it already
                connection.terminate()
        raise
    finally:
        await pool.release(connection)


@asynccontextmanager
async def statements(pool: Pool) -> AsyncIterator[Connection]:
    """A connection for statements that are each a transaction. Behind a pooler they are one together, since asyncpg
    prepares a statement and runs it in two exchanges, between which the pooler may change the server's connection."""
    async with borrowed(pool) as connection:
        if pool.pgbouncer:
            async with connection.transaction():
                yield connection
        else:
            yield connection
