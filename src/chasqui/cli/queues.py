"""`chasqui queues`: a live table of a running server's queues."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.live import Live
from rich.table import Table

from chasqui.cli.client import call

_COUNTS = ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted")
_ROWS_MAX = 200


def fetch(url: str, prefix: str) -> list[dict[str, Any]]:
    """The queues' figures, all pages."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        page = call(url, f"/_chasqui/queues?limit=1000&after={quote(after)}")
        rows += [row for row in page["queues"] if row["name"].startswith(prefix)]
        after = page["after"]
        if not after:
            return rows


def rates(now: dict[str, Any], before: dict[str, Any] | None, seconds: float) -> list[str]:
    """Messages a second sent, received and deleted between two looks."""
    if before is None or seconds <= 0:
        return ["–"] * len(_COUNTS)
    return [f"{max(0, now[name] - before[name]) / seconds:,.1f}" for name in _COUNTS]


def age(seconds: int | None) -> str:
    """An age as people read it: 5s, 3m 20s, 2h 5m, 4d 1h."""
    if seconds is None:
        return "–"
    for unit, size, smaller, small in (("d", 86_400, "h", 3600), ("h", 3600, "m", 60), ("m", 60, "s", 1)):
        if seconds >= size:
            return f"{seconds // size}{unit} {seconds % size // small}{smaller}"
    return f"{seconds}s"


def build_table(rows: list[dict[str, Any]], before: dict[str, dict[str, Any]], seconds: float) -> Table:
    """The deepest queues first."""
    count = "1 queue" if len(rows) == 1 else f"{len(rows)} queues"
    title = count + (f", the {_ROWS_MAX} deepest" if len(rows) > _ROWS_MAX else "")
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    worlds = {(row["account"], row["region"]) for row in rows}
    # Where all are of one account and region, saying so in each line would only push the figures off the screen.
    table.add_column("queue", overflow="fold", min_width=16)
    if len(worlds) > 1:
        table.add_column("world", overflow="fold")
    for name in ("visible", "in flight", "delayed", "oldest", "sent/s", "recv/s", "del/s"):
        table.add_column(name, justify="right", no_wrap=True)
    deepest = sorted(rows, key=lambda row: (-(row["visible"] + row["inFlight"] + row["delayed"]), row["arn"]))
    for row in deepest[:_ROWS_MAX]:
        table.add_row(
            row["name"],
            *([f"{row['account']} {row['region']}"] if len(worlds) > 1 else []),
            *(f"{row[name]:,}" for name in ("visible", "inFlight", "delayed")),
            age(row["oldestAgeSeconds"]),
            *rates(row, before.get(row["arn"]), seconds),
        )
    return table


def show_queues(url: str, prefix: str, *, once: bool, interval_s: float) -> None:
    """Print the table, once or until interrupted."""
    console = Console()
    rows, looked = fetch(url, prefix), time.monotonic()
    if once:
        console.print(build_table(rows, {}, 0))
        return
    with Live(build_table(rows, {}, 0), console=console, auto_refresh=False, screen=False) as live:
        try:
            while True:
                time.sleep(interval_s)
                before, then = {row["arn"]: row for row in rows}, looked
                rows, looked = fetch(url, prefix), time.monotonic()
                live.update(build_table(rows, before, looked - then), refresh=True)
        except KeyboardInterrupt:
            return
