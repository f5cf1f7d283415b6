"""The facts of the machine that a figure belongs to, the disk's time for a small durable write among them."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

from loadbench.servers import REPOSITORY, fresh_directory

SYNCS = 300


def cpu_model() -> str:
    if sys.platform == "linux":
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            models = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
        if models:
            return models[0]
    return platform.processor() or platform.machine()


def apsw_sqlite() -> str:
    """The SQLite that the server is built on; its wheel carries its own."""
    try:
        import apsw
    except ImportError:
        return ""
    return str(apsw.sqlite_lib_version())


def sync_p50_ms() -> float:
    """The median time to make 4 KB durable on the disk that the servers under measurement use."""
    sync = getattr(os, "fdatasync", os.fsync)
    times = []
    with fresh_directory() as directory:
        descriptor = os.open(directory / "log", os.O_RDWR | os.O_CREAT)
        try:
            for number in range(SYNCS):
                os.pwrite(descriptor, b"x" * 4096, 4096 * (number % 64))
                began = time.perf_counter()
                sync(descriptor)
                times.append(time.perf_counter() - began)
        finally:
            os.close(descriptor)
    return median(times) * 1000


def commit() -> str:
    """The commit that was measured; empty outside a git checkout."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    return done.stdout.strip()


def busy_share(seconds: float) -> float:
    """The share of all cores that is in use while the benchmark does nothing: what its figures will lack (Linux)."""
    if sys.platform != "linux":
        return 0.0
    idle, everything = cpu_ticks()
    time.sleep(seconds)
    later_idle, later_everything = cpu_ticks()
    return 1 - (later_idle - idle) / max(1, later_everything - everything)


def cpu_ticks() -> tuple[int, int]:
    """Ticks spent idle (waiting for the disk included) and in all, by all cores together, since the start."""
    with open("/proc/stat", encoding="utf-8") as stat:
        ticks = [int(field) for field in stat.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def facts() -> dict[str, Any]:
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "cores": os.cpu_count(),
        "cpu": cpu_model(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite3": sqlite3.sqlite_version,
        "apsw_sqlite": apsw_sqlite(),
        "fdatasync_p50_ms": round(sync_p50_ms(), 3),
    }
