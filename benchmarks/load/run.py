#!/usr/bin/env python3
"""The load benchmark: Chasqui beside a bare server of its shape and beside any peer, in one run.

    .venv/bin/python benchmarks/load/run.py                        # what `make bench` does
    … --only send16,cycle64 --rounds 3 --seconds 2                 # a quick look
    … --peer elasticmq=http://127.0.0.1:9324                       # the same load on a server that runs already
    … --scale                                                      # also the scale workloads (about a quarter hour)
    … --referee /path/to/peerload                                  # the Go referee beside wrk, in the same run

What each workload is and how to read the result: docs/internals/benchmarks.md.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from loadbench import hooks, machine, plot, referee, report, scale, servers, signed, topic_checks, wrk
from loadbench.client import LoadError, endpoint
from loadbench.report import CHASQUI, POSTGRES, YARDSTICK, Check, Run
from loadbench.servers import REPOSITORY, Contestant
from loadbench.workloads import DEFAULT, ON_POSTGRES, WORKLOADS, Timing, Workload
from rich.console import Console

# More than this in use by others is said: the figures are then theirs as much as ours.
BUSY, BUSY_SAMPLE_SECONDS = 0.12, 0.4

SIGNED = "signed"
TOPICS = ("envelopes", "filters", "hooks", "deadhook")

console = Console()
if not console.is_terminal:
    console = Console(width=140)


@dataclass
class Session:
    """One run of the benchmark: who takes part, for how long, and what went wrong."""

    contestants: list[Contestant]
    timing: Timing
    rounds: int
    referee: Path | None
    run: Run
    quiet_seconds: float = 0
    failures: list[str] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def fail(self, what: str, error: Exception) -> None:
        message = f"{what}: {error or type(error).__name__}"
        self.failures.append(message)
        console.print(f"[red]{message}[/]", highlight=False)


def names(text: str) -> list[str]:
    chosen = [name for name in text.split(",") if name]
    there_are = (*WORKLOADS, *scale.NAMES, SIGNED, *TOPICS)
    unknown = [name for name in chosen if name not in there_are]
    if unknown or not chosen:
        known = ", ".join(there_are)
        raise argparse.ArgumentTypeError(f"no such workload: {', '.join(unknown)}; there are {known}")
    return chosen


def peer(text: str) -> Contestant:
    name, equals, url = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError("a peer is NAME=URL")
    try:
        endpoint(url)
    except LoadError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return Contestant(name, url=url)


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="interleaved rounds; figures are medians (5)")
    add("--seconds", type=int, default=4, help="measured seconds of each steady workload (4)")
    add("--warm", type=int, default=1, help="seconds of the same load before that (1; more for JVMs)")
    add("--only", type=names, help="workloads, separated by commas")
    add("--peer", type=peer, action="append", default=[], metavar="NAME=URL", help="a running server")
    add("--without", choices=(YARDSTICK, CHASQUI), action="append", default=[], help="leave one out")
    add("--postgres", action="store_true", help="add a node on a PostgreSQL of its own, where it has an aim")
    add("--scale", action="store_true", help="add the scale workloads")
    add("--scale-messages", type=int, default=2_000_000, help="their backlog; less is a trial only")
    add("--referee", type=Path, help="the Go referee's binary, to compare wrk with")
    add("--quiet", type=float, default=0, help="wait so many seconds at most for others to leave the machine")
    add("--command", help="instead of chasqui's: a server's command, with {port} and {data}")
    add("--results", type=Path, default=REPOSITORY / "benchmarks" / "results", help="the JSON's folder")
    add("--plot", type=Path, default=REPOSITORY / "docs" / "benchmarks.svg", help="the picture")
    options = parser.parse_args(argv)
    if min(options.rounds, options.seconds) < 1 or options.warm < 0:
        parser.error("rounds and seconds are at least 1")
    return options


def measure(session: Session, contestant: Contestant, workload: Workload) -> None:
    """One round of one workload on one contestant, on a fresh file; with the referee, once more on another."""
    as_done = workload
    if contestant.name == POSTGRES and workload.name not in ON_POSTGRES:
        return
    if contestant.name == YARDSTICK:
        if workload.on_yardstick is None:
            return
        as_done = WORKLOADS[workload.on_yardstick]
    label = f"{workload.name} on {contestant.name}"
    settle(session)
    try:
        with servers.started(contestant) as running:
            queue = f"bench-{uuid.uuid4().hex[:12]}"
            figure = as_done.measure(running, queue, session.timing)
        session.run.add(workload.name, contestant.name, figure)
        console.print(f"  {label}: {report.cell([figure])}", highlight=False)
        if session.referee and as_done.referee:
            settle(session)
            with servers.started(contestant) as running:
                queue = f"bench-{uuid.uuid4().hex[:12]}"
                theirs = referee.measure(session.referee, as_done, running.url, queue, session.timing)
            session.run.add_referee(workload.name, contestant.name, theirs)
            console.print(f"  {label}, referee: {report.cell([theirs])}", highlight=False)
    except (LoadError, OSError) as error:
        session.fail(label, error)


def settle(session: Session) -> None:
    """Note how busy others keep the machine; with --quiet, wait for them first."""
    deadline = time.monotonic() + session.quiet_seconds
    while (busy := machine.busy_share(BUSY_SAMPLE_SECONDS)) > BUSY and time.monotonic() < deadline:
        continue
    session.busy.append(busy)
    if busy > BUSY:
        console.print(f"  [yellow]other programs use {busy:.0%} of the machine[/]", highlight=False)


def measure_ratios(session: Session, chosen: list[str]) -> None:
    for number in range(session.rounds if chosen else 0):
        console.print(f"round {number + 1} of {session.rounds}", highlight=False)
        for name in chosen:
            for contestant in session.contestants:
                measure(session, contestant, WORKLOADS[name])


def measure_scale(session: Session, bench: scale.Bench, chosen: list[str]) -> list[Check]:
    tasks: dict[str, Callable[[], list[Check]]] = {
        "idle": lambda: scale.idle(bench),
        "relaxed": lambda: scale.relaxed(bench, WORKLOADS["send16"], session.rounds),
        "deep": lambda: scale.deep(bench, set(chosen)),
        "noisy": lambda: scale.noisy(bench),
        "locked": lambda: scale.locked(bench),
        SIGNED: lambda: signed.signed(bench.server, session.timing, session.rounds),
        "envelopes": lambda: topic_checks.envelopes(bench.server, session.timing, session.rounds),
        "filters": lambda: topic_checks.filtered(bench.server, session.timing, session.rounds),
        "hooks": lambda: hooks.delivered(bench.server, session.rounds),
        "deadhook": lambda: hooks.beside_dead(bench.server, session.rounds),
    }
    if set(chosen) & set(scale.DEEP):
        chosen = [*chosen, "deep"]
    checks: list[Check] = []
    for name, task in tasks.items():
        if name in chosen:
            console.print(f"scale: {name}")
            try:
                checks += task()
            except (LoadError, OSError) as error:
                session.fail(name, error)
    return checks


def contestants(options: argparse.Namespace) -> list[Contestant]:
    ours = [who for who in (servers.yardstick(), server(options)) if who.name not in options.without]
    return [*ours, *([servers.on_postgres()] if options.postgres else []), *options.peer]


def server(options: argparse.Namespace, *more: str) -> Contestant:
    if options.command:
        return Contestant(CHASQUI, (*shlex.split(options.command), *more))
    return servers.chasqui(*more)


def conclude(session: Session, options: argparse.Namespace, facts: dict[str, object], checks: list[Check]) -> None:
    settings = {
        "rounds": session.rounds,
        "seconds": session.timing.seconds,
        "warm": session.timing.warm,
        "body_bytes": wrk.BODY_BYTES,
        "commands": {who.name: " ".join(who.command) or who.url for who in session.contestants},
        "scale_messages": options.scale_messages,
        "busy_before_measurements": session.busy,
        "failures": session.failures,
    }
    if session.run.figures:
        console.print(report.table(session.run))
    if session.run.referee:
        console.print(report.referee_table(session.run))
    if checks:
        console.print(report.checks_table(checks, options.scale_messages))
    written = report.write(options.results, report.document(facts, settings, session.run, checks))
    console.print(f"figures: {written}")
    if session.run.figures and not options.only:
        plot.draw(session.run, facts, session.rounds, options.plot)
        console.print(f"picture: {options.plot}")


def stop(signal_number: int, frame: object) -> NoReturn:
    """A signal unwinds like an exception, so that servers are ended and their data removed."""
    sys.exit(128 + signal_number)


def main(argv: list[str]) -> int:
    options = arguments(argv)
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, stop)
    servers.sweep()
    chosen = options.only or [*DEFAULT, SIGNED, *TOPICS, *(scale.NAMES if options.scale else ())]
    timing = Timing(options.seconds, options.warm)
    session = Session(contestants(options), timing, options.rounds, options.referee, Run(), options.quiet)
    try:
        wrk.need_wrk()
        facts = machine.facts()
        measure_ratios(session, [name for name in chosen if name in WORKLOADS])
        bench = scale.Bench(
            server(options),
            server(options, "--durability", "relaxed"),
            options.scale_messages,
            timing,
            lambda text: console.print(f"  {text}", highlight=False),
        )
        checks = measure_scale(session, bench, [name for name in chosen if name not in WORKLOADS])
    except LoadError as error:
        console.print(f"[red]{error}[/]")
        return 2
    conclude(session, options, facts, checks)
    return 1 if session.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
