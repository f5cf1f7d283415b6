"""`chasqui` with a machine's clock that is wrong, or with a migration that this version does not have.

    python launcher.py serve …

NODE_CLOCK names a file with the milliseconds that the clock is ahead; SIGUSR1 has it read again. NODE_MIGRATION is SQL:
a step that a later version of the program would bring to the database. Started by the tests, in place of the command.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from chasqui import app
from chasqui.base.clock import SystemClock
from chasqui.cli.main import main
from chasqui.store.migrations import migrations
from chasqui.store.postgres import connection


class WrongClock(SystemClock):
    """So many milliseconds ahead of the machine's."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read()
        signal.signal(signal.SIGUSR1, lambda *_: self._read())

    def _read(self) -> None:
        self._ahead_ms = int(self._file.read_text())

    def now_ms(self) -> int:
        return super().now_ms() + self._ahead_ms


if file := os.environ.get("NODE_CLOCK"):
    setattr(app, "SystemClock", lambda: WrongClock(Path(file)))  # noqa: B010  the name is a class to mypy
if later := os.environ.get("NODE_MIGRATION"):
    known = migrations("postgres")
    setattr(connection, "migrations", lambda engine: [*known, later])  # noqa: B010

main()
