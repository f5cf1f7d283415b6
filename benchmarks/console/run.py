#!/usr/bin/env python3
"""The console's benchmark: how soon pages are there, what they weigh, what they cost the server.

    .venv/bin/python benchmarks/console/run.py                     # what `make bench-console` does: some ten minutes
    … --only first,pages --rounds 5                                # a quick look
    … --queues 1000                                                # a shorter list
    … --beside /path/to/another/checkout                           # start and idle memory of that one, too

What is measured, and how to read it: docs/internals/console.md.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, median

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "benchmarks" / "load")]

from consolebench import browser, floor, holding, pages, seeding, streams  # noqa: E402
from consolebench.report import Figure, table, write  # noqa: E402
from loadbench import machine, servers  # noqa: E402

from tests.console.places import furnish, places  # noqa: E402
from tests.support import Server  # noqa: E402

LIVE = ("home/live", "queues/live", "queues/orders/monitoring/live", "map/live")
SORTED = "queues?sort=visible&order=desc"


class Ours(Server):
    """This checkout's server."""

    launch = (sys.executable, "-m", "chasqui")


@contextmanager
def serving(make: Callable[[Path], Server] = Ours) -> Iterator[Server]:
    """A fresh server, with data on the repository's own disk."""
    with servers.fresh_directory() as data, make(data) as server:
        yield server


def first(options: argparse.Namespace) -> Iterator[Figure]:
    """The first page of a server that has shown none, and how long the browser needs for it by itself."""
    plain, used, shown, idle, bare = [], [], [], [], []
    for _ in range(options.fresh):
        with serving() as server:
            before = servers.cpu_seconds(server.process.pid)
            plain.append(pages.Client(server.url).get("home")[0])
            used.append(1000 * (servers.cpu_seconds(server.process.pid) - before))
    with browser.chromium() as chromium:
        chromium.new_context().new_page().goto("about:blank")
        for _ in range(options.fresh):  # in turns, so that whatever else the machine does is the same for all
            with serving() as server:
                shown.append(browser.opened(chromium, server.url, "home"))
                with floor.serving(server.url, "home") as url:
                    idle.append(browser.opened(chromium, url, "home"))
                with floor.serving(server.url, "home", scripts=False) as url:
                    bare.append(browser.opened(chromium, url, "home"))
    lowest = median(x for _, x in idle)
    yield Figure("first", "First page of a fresh server, to its `load` event", median(x for _, x in shown), "ms", 300)
    yield Figure("first-use", "… until it can be used", median(x for x, _ in shown), "ms")
    yield Figure("first-server", "… the server's part", median(plain), "ms", 300)
    yield Figure("first-cpu", "… the server's processor time", fmean(used), "ms")
    yield Figure("floor", "The same answers from a server that does nothing, to `load`", lowest, "ms")
    yield Figure("floor-use", "… until it can be used", median(x for x, _ in idle), "ms")
    yield Figure("floor-bare", "… without scripts, to `load`", median(x for _, x in bare), "ms")


def every(options: argparse.Namespace) -> Iterator[Figure]:
    """Every page: time and weight."""
    with serving() as server:
        found = [each for each in places(server, furnish(server)) if each.kind == "page"]
        times = {each.path: pages.asked(server.url, each.path, options.rounds) for each in found}
        weights = pages.weights(server.url, ((each.path, each.text, each.bytes) for each in found))
        resident = servers.resident_mb(server.process.pid)
    slowest = max(times, key=lambda path: times[path].median_ms)
    heaviest = max(weights, key=lambda path: weights[path][0])
    middle = median(each.median_ms for each in times.values())
    detail = {path: [each.median_ms, each.p95_ms, *weights[path]] for path, each in times.items()}
    yield Figure("pages", f"{len(times)} pages: median of their times", middle, "ms", detail=detail)
    yield Figure("slowest", f"… the slowest (`{slowest}`), median", times[slowest].median_ms, "ms", 300)
    yield Figure("slowest-p95", "… the longest p95", max(each.p95_ms for each in times.values()), "ms", 300)
    yield Figure("heaviest", f"Heaviest page (`{heaviest}`) with all it loads", weights[heaviest][0] / 1000, "KB", 200)
    yield Figure("home-weight", "First page with all it loads", weights["home"][0] / 1000, "KB", 100)
    yield Figure("home-again", "… when scripts and styles are kept already", weights["home"][1] / 1000, "KB")
    yield Figure("after-pages", "Memory of the server after every page", resident, "MB")


def many(options: argparse.Namespace) -> Iterator[Figure]:
    """The list of very many queues."""
    asked = {
        "by name": "queues",
        "sorted by messages": SORTED,
        "sorted by age": "queues?sort=age",
        "searched": "queues?search=99",
        "the last page": f"queues?after={options.queues - 100}",
    }
    with serving() as server:
        seeding.many_queues(server, options.queues)
        for name, path in asked.items():
            took = pages.asked(server.url, path, options.rounds)
            yield Figure(f"queues {name}", f"{options.queues} queues {name}: p95", took.p95_ms, "ms", 500)
        with browser.chromium() as chromium:
            shown = [browser.opened(chromium, server.url, SORTED) for _ in range(options.fresh)]
            yield Figure(
                "queues shown", "… sorted, in the browser until `load`", median(x for _, x in shown), "ms", 500
            )
            heap = browser.heap_after_updates(chromium, server.url)
        title = f"Heap of the list after {browser.UPDATES} updates of {browser.CELLS} cells"
        yield Figure("heap", title, heap["after_mb"], "MB", 50, detail=heap)


def wide(options: argparse.Namespace) -> Iterator[Figure]:
    """A map of five hundred nodes, and a message of a megabyte."""
    with serving() as server:
        seeding.wide_map(server)
        yield Figure("map", "Map of 500 nodes: p95", pages.asked(server.url, "map", options.rounds).p95_ms, "ms", 1000)
        name = seeding.large_message(server)
        peeked = pages.Client(server.url).get(f"queues/{name}/messages/peek")[1]
        found = re.search(r"messages/one\?[^\"]+", _text(peeked))
        assert found is not None, "the large message is not listed"
        one = f"queues/{name}/{found[0].replace('&amp;', '&')}"
        took = pages.asked(server.url, one, options.rounds)
        yield Figure("large", "A message of 1 MiB: p95", took.p95_ms, "ms", 300)
        with browser.chromium() as chromium:
            yield Figure(
                "large shown", "… in the browser until `load`", browser.opened(chromium, server.url, one)[1], "ms", 500
            )


def live(options: argparse.Namespace) -> Iterator[Figure]:
    """What open pages with live data cost."""
    with serving() as server:
        pid = server.process.pid
        idle = servers.resident_mb(pid)
        furnish(server)
        furnished = servers.resident_mb(pid)
        pages.Client(server.url).get("home")
        shown = servers.resident_mb(pid)
        yield Figure("idle", "Memory of an idle server that has shown no page", idle, "MB")
        yield Figure("first-memory", "… what the first page adds", shown - furnished, "MB")
        with streams.open_streams(server.url, [LIVE[at % len(LIVE)] for at in range(20)]) as connections:
            streams.read_for(connections, 3)
            before = servers.cpu_seconds(pid)
            streams.read_for(connections, options.seconds)
            used = servers.cpu_seconds(pid) - before
        yield Figure(
            "live-cpu", "Processor time of 20 open live pages", 100 * used / options.seconds, "% of a core", 10
        )
        before = servers.resident_mb(pid)
        with streams.open_streams(server.url, [LIVE[at % len(LIVE)] for at in range(200)]) as connections:
            streams.read_for(connections, options.seconds)
            yield Figure("streams", "Memory that 200 open live pages add", servers.resident_mb(pid) - before, "MB", 50)


def held(options: argparse.Namespace) -> Iterator[Figure]:
    """How long the loop was held by the console's own work, on a server with much to show."""
    with servers.fresh_directory() as data:
        holds = data / "holds.jsonl"
        with serving(lambda folder: holding.watched(folder, holds)) as server:
            examples = furnish(server)
            seeding.wide_map(server)
            seeding.many_queues(server, options.queues)
            paths = [each.path for each in places(server, examples) if each.kind == "page"]
            found = holding.longest(server.url, holds, [*paths, SORTED, "queues?sort=age", "home?figures=1"], 3)
    found.sort(key=lambda each: max(each.first_ms, each.again_ms), reverse=True)
    worst = max(found, key=lambda each: each.again_ms)
    detail = {each.path: [each.first_ms, each.again_ms, each.where] for each in found[:20]}
    title = f"Longest hold of the loop by any page (`{worst.path}`), processor time"
    yield Figure("held", title, worst.again_ms, "ms", holding.LIMIT_MS, detail=detail)


def start(options: argparse.Namespace) -> Iterator[Figure]:
    """Start and idle memory, here and in another checkout."""
    trees = {"here": REPOSITORY, **({"beside": options.beside} if options.beside else {})}
    times: dict[str, list[float]] = {name: [] for name in trees}
    memory: dict[str, list[float]] = {name: [] for name in trees}
    for _ in range(options.starts):
        for name, tree in trees.items():
            environment = (("PYTHONPATH", str(tree / "src")),)
            command = (*Ours.launch, "serve", "--data", "{data}", "--port", "{port}")
            with servers.started(servers.Contestant(name, command, environment=environment)) as one:
                assert one.pid is not None
                time.sleep(1)
                times[name].append(one.start_seconds)
                memory[name].append(servers.resident_mb(one.pid))
    for name in trees:
        where = "" if name == "here" else f" ({name})"
        yield Figure(f"start {name}", f"Start to the first answer{where}", 1000 * median(times[name]), "ms")
        yield Figure(f"memory {name}", f"Memory a second later{where}", median(memory[name]), "MB")


def _text(body: bytes) -> str:
    import gzip

    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Figure]]] = {
    "start": start, "first": first, "pages": every, "queues": many, "wide": wide, "live": live, "held": held,
}  # fmt: skip


def names(text: str) -> list[str]:
    """Parts, separated by commas."""
    chosen = [name for name in text.split(",") if name]
    if not chosen or set(chosen) - PARTS.keys():
        raise argparse.ArgumentTypeError(f"there are {', '.join(PARTS)}")
    return chosen


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--only", type=names, default=list(PARTS), help=f"parts, separated by commas: {', '.join(PARTS)}")
    add("--rounds", type=int, default=20, help="how often each page is asked for (20)")
    add("--fresh", type=int, default=5, help="fresh servers for the first page (5)")
    add("--starts", type=int, default=7, help="starts of each checkout (7)")
    add("--seconds", type=int, default=20, help="of live pages (20)")
    add("--queues", type=int, default=10_000, help="in the long list (10 000)")
    add("--beside", type=Path, help="another checkout, to compare start and idle memory with")
    add("--results", type=Path, default=REPOSITORY / "benchmarks" / "results", help="the JSON's folder")
    options = parser.parse_args(argv)
    if options.rounds < 2 or min(options.fresh, options.starts, options.seconds) < 1 or options.queues < 100:
        parser.error("rounds are 2 at least, queues 100, the others 1")
    return options


def main(argv: list[str]) -> int:
    """Measure, print, keep. 1 where a limit was missed."""
    options = arguments(argv)
    os.environ["PYTHONPATH"] = str(REPOSITORY / "src")
    # Servers are as those of users, whose Python keeps what it compiles: one has shown its page before it counts.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with serving() as server:
        pages.Client(server.url).get("home")
    servers.sweep()
    facts, figures = machine.facts(), list[Figure]()
    for name in options.only:
        busy = machine.busy_share(0.4)
        if busy > 0.12:
            print(f"other programs use {busy:.0%} of the machine", file=sys.stderr)
        for figure in PARTS[name](options):
            figures.append(figure)
            print(f"  {figure.title}: {figure.value:.3g} {figure.unit}", file=sys.stderr)
    print(table(figures))
    print(f"figures: {write(options.results, facts, figures)}", file=sys.stderr)
    return 1 if any(each.kept is False for each in figures) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
