#!/usr/bin/env python3
"""Ten minutes of churn on PostgreSQL: does a message cost at the end what it cost at the beginning?

    .venv/bin/python benchmarks/load/churn.py [--minutes 10] [--backlog 2000000]

Every message sent is received and deleted again, as fast as it goes, on one queue, beside a backlog in another: what
dead rows and depth may cost shows in the rate and, where other programs blur that, in the processor time of a message.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass

from loadbench import servers, wrk
from loadbench.client import LoadError, create_queue
from loadbench.fill import Backlog, fill
from loadbench.private_postgres import private_postgres
from rich.console import Console
from rich.table import Table

CONNECTIONS = 32
console = Console(width=120)


@dataclass(frozen=True)
class Part:
    """One part of the run: messages a second that were deleted, processor µs a message, dead rows at its end."""

    minute: float
    rate: float
    node_us: float
    database_us: float
    dead_rows: int
    table_mb: float


def churn(minutes: float, backlog: int, part_seconds: int) -> list[Part]:
    parts: list[Part] = []
    with ExitStack() as stack:
        folder = stack.enter_context(servers.fresh_directory())
        postgres = stack.enter_context(private_postgres(folder))
        dsn = postgres.fresh_database()
        database = dsn.partition("@/")[2].partition("?")[0]
        home = folder / "node"
        home.mkdir()
        node = stack.enter_context(servers.started(servers.chasqui("--database", dsn), home))
        server = postgres._process
        assert node.pid is not None
        assert server is not None
        if backlog:
            deep = create_queue(node.url, "backlog")
            console.print(f"putting {backlog} messages into another queue")
            fill(node.url, deep, Backlog(backlog), 900)
        queue = create_queue(node.url, "churn")
        number = 0
        while number * part_seconds < minutes * 60:
            before = servers.cpu_seconds(node.pid), servers.cpu_seconds(server.pid)
            result = wrk.run(node.url, "cycle", queue, CONNECTIONS, part_seconds)
            figure = wrk.rate(result, "deleted")
            after = servers.cpu_seconds(node.pid), servers.cpu_seconds(server.pid)
            number += 1
            messages = max(1.0, figure.value * part_seconds)
            dead, size = postgres.sql(
                "select n_dead_tup, pg_table_size(relid) + pg_indexes_size(relid) from pg_stat_user_tables"
                " where relname='message'", database,
            ).split("|")  # fmt: skip
            part = Part(
                number * part_seconds / 60, figure.value, (after[0] - before[0]) / messages * 1e6,
                (after[1] - before[1]) / messages * 1e6, int(dead), int(size) / 1e6,
            )  # fmt: skip
            parts.append(part)
            console.print(
                f"minute {part.minute:.1f}: {part.rate:,.0f}/s, node {part.node_us:.0f} µs, database"
                f" {part.database_us:.0f} µs, {part.dead_rows} dead rows, {part.table_mb:.0f} MB,"
                f" {figure.errors} errors",
                highlight=False,
            )
    return parts


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--backlog", type=int, default=2_000_000)
    parser.add_argument("--part", type=int, default=30, help="seconds of each part")
    options = parser.parse_args(argv)
    try:
        parts = churn(options.minutes, options.backlog, options.part)
    except (LoadError, OSError) as error:
        console.print(f"[red]{error}[/]")
        return 2
    third = max(1, len(parts) // 3)
    table = Table(title="churn: the first third of the run and the last")
    for heading in ("", "messages/s", "node µs", "database µs"):
        table.add_column(heading, justify="right")
    for name, of in (("first", parts[:third]), ("last", parts[-third:])):
        means = [sum(getattr(part, field) for part in of) / len(of) for field in ("rate", "node_us", "database_us")]
        table.add_row(name, *(f"{mean:,.0f}" for mean in means))
    console.print(table)
    console.print_json(json.dumps([asdict(part) for part in parts]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
