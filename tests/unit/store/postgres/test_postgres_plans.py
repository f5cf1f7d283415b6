"""Every statement on queues finds its rows by the index that its spelling names, whatever the planner believes.

The statistics of a queue's tables are always of another moment. A plan that was made while a table was nearly empty is
kept and used when it is full, so it must be the right one then.
"""

from __future__ import annotations

import asyncio
import importlib
import re
from typing import Any

import pytest

from chasqui.store.postgres.connection import connect, open_pool
from chasqui.store.postgres.engine import PLANS
from tests.postgres import Postgres

MODULES = (
    "standard", "fair", "fifo", "fifo_claims", "fifo_moves", "moves", "looking", "sweeper", "wakeups", "deliveries",
    "settlement", "shared",
)  # fmt: skip
PARTS = {"_RECEIPTS", "_STORING", "_OUTCOMES", "_SLICE", "PREFIX", "IN_FLIGHT"}
"""Pieces of statements."""

LARGE = ("message", "fifo", "grp", "dedup", "attempt", "shared", "shared_garbage")


def statements() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in MODULES:
        for constant, value in vars(importlib.import_module(f"chasqui.store.postgres.{name}")).items():
            if not isinstance(value, str) or constant in PARTS or not re.match(r"_?[A-Z][A-Z_]*$", constant):
                continue
            if re.match(r"\s*(with|select|insert|update|delete)\b", value):
                tables = ("dedup", "attempt") if "KEYS" in constant else ("message", "fifo")
                for table in tables if "{table}" in value else ("",):
                    found[f"{name}.{constant}{table}"] = value.replace("{table}", table)
    return found


async def plan(connection: Any, statement: str) -> str:
    await connection.execute(f"prepare looked_at as {statement}")
    count = await connection.fetchval("select cardinality(parameter_types) from pg_prepared_statements")
    arguments = f"({','.join(['null'] * count)})" if count else ""
    lines = await connection.fetch(f"explain (costs off) execute looked_at{arguments}")
    await connection.execute("deallocate looked_at")
    return "\n".join(line[0] for line in lines)


def complaints(plan: str) -> list[str]:
    """What is wrong with a plan: rows of a large table that are not found by an index's own first columns."""
    found = []
    lines = plan.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if any(re.search(rf"Seq Scan on {table}\b", line) for table in LARGE):
            found.append(line)
        if (index := re.search(r"Index (?:Only )?Scan using (\w+) on (\w+)", line)) and index[2] in LARGE:
            key = following.partition("Index Cond:")[2]
            first = r"shared|id" if "shared" in index[1] else r"incarnation|queue"
            leads = re.match(rf" \(+({first})\b", key) is not None
            if index[1] == "shared_garbage_pkey" and "Index Cond" not in following:
                continue  # the first of it are read in their order
            whole = index[2] not in ("message", "fifo") or not index[1].endswith("_pkey") or "seq" in key
            if not leads or not whole:
                found.append(f"{line.strip()}: {key}")
    return found


@pytest.fixture(scope="module")
def settled(postgres: Postgres) -> dict[str, dict[str, str]]:
    """The plan of every statement while the tables are fresh, full but not analysed, and all but drained."""

    async def look() -> dict[str, dict[str, str]]:
        dsn = postgres.fresh_database()
        (await open_pool(dsn, size=1)).terminate()
        connection = await connect(dsn + "&pgbouncer=1")  # no prepared statements of the client's own
        await connection.execute(PLANS)
        for table in LARGE:
            await connection.execute(f"alter table {table} set (autovacuum_enabled = off)")
        seen = {"fresh": {name: await plan(connection, each) for name, each in statements().items()}}
        await connection.execute(
            "insert into queue select n, n, n % 2 = 0 from generate_series(1, 100) n;"
            " insert into message (incarnation, seq, visible_at, expires, sent_at, tenant, id, payload)"
            " select 1, n, n, n, n, n % 2, '', '' from generate_series(1, 10000) n;"
            " insert into fifo (incarnation, seq, visible_at, expires, sent_at, name, id, payload)"
            " select 2, n, n, n, n, n % 10, '', '' from generate_series(1, 10000) n;"
            " insert into grp (incarnation, name, ready_at, number) select 2, n, n, n from generate_series(1, 5000) n;"
            " insert into dedup select 2, n::text::bytea, n, n, '' from generate_series(1, 5000) n;"
            " insert into shared select n, '' from generate_series(1, 5000) n;"
            " insert into shared_garbage select n, n, n from generate_series(1, 5000) n;"
            " update message set shared = seq where seq % 2 = 0;"
            " update fifo set shared = seq where seq % 2 = 0"
        )
        seen["full"] = {name: await plan(connection, each) for name, each in statements().items()}
        for table, column in (("message", "seq"), ("fifo", "seq"), ("grp", "number"), ("dedup", "seq"),
                              ("shared", "id"), ("shared_garbage", "seq")):  # fmt: skip
            await connection.execute(f"delete from {table} where {column} > 3")
            await connection.execute(f"vacuum (truncate off, analyze) {table}")
        seen["drained"] = {name: await plan(connection, each) for name, each in statements().items()}
        connection.terminate()
        return seen

    return asyncio.run(look())


@pytest.mark.parametrize("state", ["fresh", "full", "drained"])
@pytest.mark.parametrize("name", statements())
def test_a_statement_finds_its_rows_by_the_index_it_names(settled: Any, name: str, state: str) -> None:
    assert not complaints(settled[state][name]), settled[state][name]


@pytest.mark.parametrize("name", ["standard._CLAIM", "fair._QUIET", "fair._OF_TENANT", "fifo_claims._READY"])
def test_a_claim_reads_rows_in_the_order_of_their_index(settled: Any, name: str) -> None:
    for state, plans in settled.items():
        before_the_lock = plans[name].partition("LockRows")[2]
        assert not re.search(r"Sort Key: (message|grp)\.", before_the_lock), (state, plans[name])


def test_there_are_statements() -> None:
    assert len(statements()) > 40
