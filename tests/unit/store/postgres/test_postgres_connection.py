"""Opening a database: addresses, versions, nodes that start together, what errors are told as."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from chasqui.store.port import QueueGone, StoreError, StoreFull, StoreUnusable
from chasqui.store.postgres import connection as connections
from chasqui.store.postgres.connection import borrowed, open_pool, refusal, target


def test_what_is_ours_in_an_address_is_taken_out_of_it() -> None:
    plain = target("postgresql://u:p%40w@one:1,two:2/db?sslmode=require&pgbouncer=1")
    assert plain.pgbouncer
    assert plain.dsn == "postgresql://u:p%40w@one:1,two:2/db?sslmode=require&target_session_attrs=read-write"
    assert not target("postgres:///db?pgbouncer=0&target_session_attrs=any").pgbouncer
    with pytest.raises(StoreUnusable):
        target("mysql://host/db")


def test_the_settings_that_durability_and_paused_nodes_need_are_made(postgres: Any) -> None:
    async def shown(durability: Any, name: str) -> str:
        pool = await open_pool(dsn, size=2, durability=durability)
        async with borrowed(pool) as connection:
            value: str = await connection.fetchval("select current_setting($1)", name)
        pool.terminate()
        return value

    dsn = postgres.fresh_database()
    assert asyncio.run(shown("full", "synchronous_commit")) == "on"
    assert asyncio.run(shown("relaxed", "synchronous_commit")) == "off"
    assert asyncio.run(shown("full", "idle_in_transaction_session_timeout")) == "3s"


def test_behind_a_pooler_no_setting_is_sent_and_a_database_that_does_not_sync_is_refused(postgres: Any) -> None:
    async def open_and_ask() -> str:
        pool = await open_pool(dsn + "&pgbouncer=1", size=2)
        async with borrowed(pool) as connection:
            value: str = await connection.fetchval("select current_setting('application_name')")
        pool.terminate()
        return value

    dsn = postgres.fresh_database()
    assert asyncio.run(open_and_ask()) == ""
    name = dsn.partition("@/")[2].partition("?")[0]
    postgres.sql(f"alter database {name} set synchronous_commit=off")
    with pytest.raises(StoreUnusable, match="synchronous_commit is off"):
        asyncio.run(open_and_ask())


def test_nodes_that_start_together_migrate_once(postgres: Any) -> None:
    async def main() -> None:
        pools = await asyncio.gather(*(open_pool(dsn, size=1) for _ in range(6)))
        async with borrowed(pools[0]) as connection:
            version = await connection.fetchval("select version from chasqui_schema")
        assert version == len(connections.migrations("postgres"))
        for pool in pools:
            pool.terminate()

    dsn = postgres.fresh_database()
    asyncio.run(main())


def test_a_schema_newer_than_the_program_is_refused_and_left_alone(postgres: Any) -> None:
    async def main() -> None:
        (await open_pool(dsn, size=1)).terminate()
        connection = await connections.connect(dsn)
        await connection.execute("update chasqui_schema set version=999")
        with pytest.raises(StoreUnusable, match="newer version"):
            await open_pool(dsn, size=1)
        assert await connection.fetchval("select version from chasqui_schema") == 999
        await connection.close()

    dsn = postgres.fresh_database()
    asyncio.run(main())


def test_an_older_schema_is_brought_up_step_by_step(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def version() -> int:
        pool = await open_pool(dsn, size=1)
        async with borrowed(pool) as connection:
            value: int = await connection.fetchval("select version from chasqui_schema")
        pool.terminate()
        return value

    known = connections.migrations("postgres")
    dsn = postgres.fresh_database()
    monkeypatch.setattr(connections, "migrations", lambda engine: known[:1])
    assert asyncio.run(version()) == 1
    monkeypatch.setattr(connections, "migrations", lambda engine: [*known, "create table one_more(a integer)"])
    assert asyncio.run(version()) == len(known) + 1


def test_a_step_that_fails_leaves_nothing_behind(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        with pytest.raises(StoreUnusable):
            await open_pool(dsn, size=1)
        connection = await connections.connect(dsn)
        assert await connection.fetchval("select version from chasqui_schema") == 0
        assert await connection.fetchval("select to_regclass('half')") is None
        await connection.close()

    dsn = postgres.fresh_database()
    monkeypatch.setattr(connections, "migrations", lambda engine: ["create table half(a integer); create table 1"])
    asyncio.run(main())


def test_a_step_that_collides_with_nodes_that_serve_is_tried_again(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        (await open_pool(dsn, size=1)).terminate()
        connection = await connections.connect(dsn)
        await connection.execute("create sequence tries")  # which a rollback does not take back
        monkeypatch.setattr(connections, "migrations", lambda engine: [*known, collides_twice])
        (await open_pool(dsn, size=1)).terminate()
        assert await connection.fetchval("select version from chasqui_schema") == len(known) + 1
        assert await connection.fetchval("select last_value from tries") == 3
        await connection.close()

    collides_twice = """
    create table one_more(a integer);
    do $$ begin if nextval('tries') < 3 then raise exception using errcode = '40P01'; end if; end $$
    """
    known = connections.migrations("postgres")
    dsn = postgres.fresh_database()
    asyncio.run(main())


@pytest.mark.parametrize(
    "wrong", ["postgresql://127.0.0.1:1/db", "postgresql://postgres@/none?host={host}&port={port}"]
)
def test_a_database_that_is_not_there_is_refused_with_its_reason(postgres: Any, wrong: str) -> None:
    dsn = wrong.format(host=postgres.folder, port=postgres.port)
    with pytest.raises(StoreUnusable, match="cannot be used"):
        asyncio.run(open_pool(dsn, size=1))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.DiskFullError("full"), StoreFull),
        (asyncpg.ConnectionDoesNotExistError("gone"), StoreError),
        (asyncpg.DeadlockDetectedError("deadlock"), StoreError),
        (ConnectionRefusedError(), StoreError),
        (TimeoutError(), StoreError),
        (QueueGone("gone"), QueueGone),
        (ValueError("a bug"), ValueError),
    ],
)
def test_errors_are_told_as_the_stores(error: Exception, told: type[Exception]) -> None:
    assert type(refusal(error)) is told


def test_a_connection_that_was_cut_off_in_the_middle_is_not_used_again(postgres: Any) -> None:
    async def main() -> None:
        pool = await open_pool(dsn, size=1)
        with pytest.raises(TimeoutError):
            async with borrowed(pool) as connection:
                await connection.fetchval("select pg_sleep(5)", timeout=0.1)
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with borrowed(pool) as connection:
                await connection.fetchval("select 1/0")
        with pytest.raises(TimeoutError):
            async with borrowed(pool), borrowed(pool, timeout=0.1):
                pass
        async with borrowed(pool) as connection:
            assert await connection.fetchval("select 1") == 1
        pool.terminate()

    dsn = postgres.fresh_database()
    asyncio.run(main())
