"""A running fleet as a table, once or live: read from the address that it listens on, or from its status file."""

from __future__ import annotations

import http.client
import time
from pathlib import Path

import msgspec
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from chasqui.base.errors import ChasquiError, SettingsError
from chasqui.fleet.settings import FleetSettings, load_fleet
from chasqui.fleet.status import FleetStatus

_SECONDS_MAX = 5
_DECISIONS_SHOWN = 5


class NotRunning(ChasquiError):
    """No fleet tells of itself there."""


def read_status(settings: FleetSettings) -> FleetStatus:
    """Raises `SettingsError` when the file has no place to look at, `NotRunning`."""
    address = settings.address
    if address is None and not settings.status_file:
        raise SettingsError("to be watched, the fleet's file needs listen (host:port) or status_file")
    try:
        if address is None:
            data = Path(settings.status_file).read_bytes()
        else:
            connection = http.client.HTTPConnection(*address, timeout=_SECONDS_MAX)
            connection.request("GET", "/status")
            data = connection.getresponse().read()
            connection.close()
        return msgspec.json.decode(data, type=FleetStatus)
    except (OSError, http.client.HTTPException, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotRunning(f"no fleet {settings.name} tells of itself at {settings.listen or 'its file'}") from error


def build(status: FleetStatus) -> Group:
    """The fleet in a line, its workers, and what was decided lately."""
    waiting = "?" if status.backlog is None else f"{status.backlog:,}"
    each = "?" if status.backlog_per_worker is None else f"{status.backlog_per_worker:,g}"
    line = (
        f"{status.name}: {waiting} waiting, {status.running} of {status.desired} workers run"
        f" ({status.min} to {status.max}), {each} each, target {status.target:g}: {status.reason}"
    )
    workers = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("worker", "state", "pid", "up", "restarts", "last exit"):
        workers.add_column(name, justify="right" if name in ("pid", "up", "restarts") else "left", no_wrap=True)
    for one in status.workers:
        pid = "" if one.pid is None else str(one.pid)
        workers.add_row(one.id, one.state, pid, f"{one.uptime_seconds:,.0f}s", str(one.restarts), one.last_exit)
    made = [
        f"{one.at}  {one.workers_before} → {one.workers}  {one.reason}" for one in status.decisions[-_DECISIONS_SHOWN:]
    ]
    return Group(line, "", workers, *(["", *made] if made else []))


def show_fleet(path: Path, *, once: bool, interval_s: float) -> None:
    """Print the table, once or until interrupted."""
    settings, console = load_fleet(path), Console(markup=False, highlight=False)
    shown = build(read_status(settings))
    if once:
        console.print(shown)
        return
    with Live(shown, console=console, auto_refresh=False, screen=False) as live:
        try:
            while True:
                time.sleep(interval_s)
                live.update(build(read_status(settings)), refresh=True)
        except KeyboardInterrupt:
            return
