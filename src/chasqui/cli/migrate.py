"""`chasqui migrate`: from a data directory to PostgreSQL, with a progress bar and a table of what was moved."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from chasqui.app import migrate
from chasqui.base.addresses import check_address, without_password
from chasqui.base.errors import SettingsError

if TYPE_CHECKING:
    from chasqui.app import Moved

_POSTGRES = ("postgresql://", "postgres://")
_SQLITE = "sqlite://"
_DOING = {"move": "moving", "verify": "verifying"}


def find_place(address: str) -> Path:
    """The path in `sqlite:///home/me/data` (always an absolute one), or the path that was given as it is. Raises
    `SettingsError`."""
    if address.startswith(_POSTGRES):
        raise SettingsError(
            "only the way from SQLite to PostgreSQL is offered: a database that many servers share does not go back"
            " into one machine's data directory. To copy a PostgreSQL database, use pg_dump"
        )
    if address.startswith(_SQLITE):
        path = address.removeprefix(_SQLITE).lstrip("/")
        return Path(path).expanduser() if path.startswith("~") else Path("/", path)
    if "://" in address:
        raise SettingsError(f"{without_password(address)}: move from sqlite:///data/directory")
    return Path(address)


def check_target(address: str) -> str:
    """Raises `SettingsError`."""
    if not address.startswith(_POSTGRES):
        raise SettingsError(
            f"{without_password(address)}: move to postgresql://user@host/database (to copy SQLite, use backup and"
            " restore)"
        )
    check_address("--to", address)
    return address


class _Bars:
    """A bar for each table that has rows, first to move them, then to verify them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[tuple[str, str], TaskID] = {}

    def told(self, doing: str, table: str, done: int, total: int) -> None:
        if not total:
            return
        bar = self._bars.get((doing, table))
        if bar is None:
            self._bars[doing, table] = self._progress.add_task(f"{_DOING[doing]} {table}", total=total, completed=done)
        else:
            self._progress.update(bar, completed=done)


def run_migration(source: str, target: str, blobs: str | None) -> None:
    """Move, showing how far it is, and say what is left to be done by hand. Raises `ChasquiError`."""
    place, dsn = find_place(source), check_target(target)
    console = Console()
    columns = TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    try:
        with Progress(*columns, console=console) as progress:
            moved = asyncio.run(migrate(place, dsn, blobs, _Bars(progress).told))
    except KeyboardInterrupt:
        console.print("Not finished. The data directory is as it was; the same command again goes on from here.")
        raise
    if moved.already:
        console.print("This data directory has been moved there before, completely. Nothing was done.")
        return
    console.print(_summary(moved))
    messages, queues = _counted(moved.messages, "message"), _counted(moved.queues, "queue")
    console.print(f"Verified: every row of {len(moved.tables)} tables, {messages} in {queues}.")
    _tell_what_is_left(console, place, blobs)


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"


def _summary(moved: Moved) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    table.add_column("checksum, the same on both sides")
    for each in filter(lambda each: each.rows, moved.tables):
        table.add_row(each.name, f"{each.rows:,}", each.checksum)
    return table


def _tell_what_is_left(console: Console, place: Path, blobs: str | None) -> None:
    directory = place.parent if place.is_file() else place
    keys = directory / "keys"
    where = str(keys) if keys.is_dir() else "that this server used (its --keys)"
    more = f" and --blobs {blobs}" if blobs else ""
    console.print(
        f"The keys were not moved, and without them no message can be read: give every new server a copy of the folder"
        f" {where}, with --keys, and --database with the address above{more}.\n"
        f"Start no server on {directory} any more: it knows nothing of what the new ones do.",
        soft_wrap=True,
    )
