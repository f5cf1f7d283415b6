#!/usr/bin/env python3
"""What a node more brings: one, two and three nodes on one PostgreSQL, each node held to a share of a core.

    .venv/bin/python benchmarks/load/scaling.py [--share 0.2] [--nodes 1,2,3] [--rounds 3] [--workload send|batch]

On a machine of few cores nodes, database and load would fight for the same ones, and a second node would bring nothing.
So each node gets a fixed share of a core by a control group of its own (Linux, as root), small enough that the database
and the load never lack any. Printed are the rates, what a message costs the nodes and the database, and the model of
docs/internals/scaling.md beside the measured points.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from loadbench import servers, wrk
from loadbench.client import LoadError, create_queue
from loadbench.private_postgres import private_postgres
from loadbench.servers import Contestant, Running
from rich.console import Console
from rich.table import Table

PERIOD_US = 20_000
CONNECTIONS = 32
WORKLOADS = {"send": ("send", 1), "batch": ("send_batch", 10)}

console = Console(width=120)


@dataclass(frozen=True)
class Point:
    """One measurement: messages a second of all nodes, processor µs a message."""

    nodes: int
    rate: float
    node_us: float
    database_us: float
    errors: int


@contextmanager
def held_to(share: float, pid: int, name: str) -> Iterator[None]:
    """A control group with this share of a core, for a process and its children to come. Version 1 or 2."""
    one = Path("/sys/fs/cgroup/cpu")
    group = (one if one.exists() else Path("/sys/fs/cgroup")) / f"chasqui-{os.getpid()}-{name}"
    group.mkdir()
    try:
        quota = round(share * PERIOD_US)
        if one.exists():
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        for each in servers.tree(pid):
            (group / "cgroup.procs").write_text(str(each))
        yield
    finally:
        home = group.parent / "cgroup.procs"
        for each in (group / "cgroup.procs").read_text().split():
            try:
                home.write_text(each)
            except ProcessLookupError:
                continue
        group.rmdir()


def measure(nodes: int, share: float, workload: str, seconds: int) -> Point:
    """All nodes under load at once, each by a load of its own on a queue of its own."""
    script, per_request = WORKLOADS[workload]
    with ExitStack() as stack:
        folder = stack.enter_context(servers.fresh_directory())
        postgres = stack.enter_context(private_postgres(folder))
        dsn = postgres.fresh_database()
        running: list[Running] = []
        for number in range(nodes):
            command = servers.chasqui("--keys", str(folder / "keys"), "--database", dsn).command
            home = folder / f"node{number}"
            home.mkdir()
            running.append(stack.enter_context(servers.started(Contestant(f"node {number}", command), home)))
        queues = [create_queue(node.url, f"bench-{number}") for number, node in enumerate(running)]
        for number, node in enumerate(running):
            assert node.pid is not None
            stack.enter_context(held_to(share, node.pid, str(number)))
        database = postgres._process
        assert database is not None

        def load(number: int, seconds: int) -> wrk.Figure:
            result = wrk.run(running[number].url, script, queues[number], CONNECTIONS, seconds)
            return wrk.rate(result, None, per_request)

        with ThreadPoolExecutor(nodes) as loads:
            list(loads.map(lambda number: load(number, 1), range(nodes)))
            before = cpu(running), servers.cpu_seconds(database.pid)
            figures = list(loads.map(lambda number: load(number, seconds), range(nodes)))
            after = cpu(running), servers.cpu_seconds(database.pid)
    rate = sum(figure.value for figure in figures)
    sent = rate * seconds
    return Point(
        nodes, rate, (after[0] - before[0]) / sent * 1e6, (after[1] - before[1]) / sent * 1e6,
        sum(figure.errors for figure in figures),
    )  # fmt: skip


def cpu(running: list[Running]) -> float:
    return sum(servers.cpu_seconds(node.pid) for node in running if node.pid is not None)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--share", type=float, default=0.2, help="of a core, for each node")
    parser.add_argument("--nodes", default="1,2,3")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--workload", choices=sorted(WORKLOADS), default="send")
    options = parser.parse_args(argv)
    numbers = [int(each) for each in options.nodes.split(",")]
    points: list[Point] = []
    try:
        for number in range(options.rounds):
            for nodes in numbers:
                point = measure(nodes, options.share, options.workload, options.seconds)
                points.append(point)
                console.print(
                    f"round {number + 1}, {nodes} nodes: {point.rate:,.0f}/s, a message costs the nodes"
                    f" {point.node_us:.0f} µs and the database {point.database_us:.0f} µs, {point.errors} errors",
                    highlight=False,
                )
    except (LoadError, OSError, subprocess.SubprocessError) as error:
        console.print(f"[red]{error}[/]")
        return 2
    table = Table(title=f"{options.workload}, nodes held to {options.share:g} of a core")
    for heading in ("nodes", "messages/s", "of one node", "node µs", "database µs"):
        table.add_column(heading, justify="right")
    one = median(point.rate for point in points if point.nodes == numbers[0]) / numbers[0]
    for nodes in numbers:
        of = [point for point in points if point.nodes == nodes]
        rate = median(point.rate for point in of)
        table.add_row(
            str(nodes), f"{rate:,.0f}", f"{rate / one:.2f}", f"{median(point.node_us for point in of):.0f}",
            f"{median(point.database_us for point in of):.0f}",
        )  # fmt: skip
    console.print(table)
    console.print_json(json.dumps([asdict(point) for point in points]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
