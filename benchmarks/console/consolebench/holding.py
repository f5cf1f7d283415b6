"""How long the server's own work held its event loop while pages were asked for: `held.py`'s lines, by page."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from consolebench.pages import Client
from tests.support import Server

WATCHED = Path(__file__).resolve().parents[1] / "held.py"
LIMIT_MS = 5.0


def watched(data: Path, holds: Path) -> Server:
    """A server whose loop is watched."""
    kind = type("Watched", (Server,), {"launch": (sys.executable, str(WATCHED), str(holds))})
    server: Server = kind(data)
    return server


@dataclass
class Held:
    """The longest hold of a page, first and again, in milliseconds of processor time, and where."""

    path: str
    first_ms: float = 0.0
    again_ms: float = 0.0
    where: list[str] = field(default_factory=list)


def longest(url: str, holds: Path, paths: Iterable[str], rounds: int) -> list[Held]:
    """Ask for each page, and find its longest holds."""
    client, marks = Client(url), list[tuple[str, int, float, float]]()
    for path in paths:
        for turn in range(rounds):
            began = time.monotonic()
            client.get(path)
            marks.append((path, turn, began, time.monotonic()))
    time.sleep(0.2)
    lines = [json.loads(line) for line in holds.read_text(encoding="utf-8").splitlines()]
    found: dict[str, Held] = {}
    for path, turn, began, ended in marks:
        held = found.setdefault(path, Held(path))
        mine: dict[str, Any] = max(
            (line for line in lines if began <= line["at"] <= ended), key=lambda line: line["cpu_ms"], default={}
        )
        ms = mine.get("cpu_ms", 0.0)
        if ms > max(held.first_ms, held.again_ms) and mine["stacks"]:
            held.where = mine["stacks"][0]
        if turn == 0:
            held.first_ms = ms
        else:
            held.again_ms = max(held.again_ms, ms)
    return list(found.values())
