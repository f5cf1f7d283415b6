"""The Go load generator that referees the project's figures: the same workloads, to show that wrk agrees with it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from loadbench.client import LoadError, create_queue
from loadbench.fill import Backlog, fill
from loadbench.workloads import DRAIN_MESSAGES, FILL_SECONDS_MAX, Timing, Workload
from loadbench.wrk import BODY_BYTES, FIFO_GROUPS, Figure

AGREEMENT = 0.15


def measure(binary: Path, workload: Workload, url: str, name: str, timing: Timing) -> Figure:
    """One figure of the referee's for a workload."""
    if workload.name == "drain":
        # Filled by our own code in both cases, so that both drain the same table.
        fill(url, create_queue(url, name), Backlog(DRAIN_MESSAGES), FILL_SECONDS_MAX)
    flags = ["-url", url, "-size", str(BODY_BYTES), "-groups", str(FIFO_GROUPS), "-json", "-queue", name]
    flags += ["-seconds", str(timing.seconds), "-warm", str(timing.warm), *workload.referee]
    command = [str(binary), *flags]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"the referee did not end in {error.timeout:.0f} s") from error
    if done.returncode != 0:
        raise LoadError(f"the referee ended with {done.returncode}: {done.stderr[-1000:]}")
    return figure(json.loads(done.stdout), workload)


def figure(stats: dict[str, Any], workload: Workload) -> Figure:
    p50, p99 = stats["p50_us"] / 1000, stats["p99_us"] / 1000
    value = p50 if workload.lower_is_better else stats["items_per_s"]
    return Figure(value=float(value), p50_ms=p50, p99_ms=p99, errors=int(stats["errors"]))


def difference(ours: float, referees: float) -> float:
    """How far our figure lies from the referee's, as a share of the referee's."""
    return ours / referees - 1 if referees else float("inf")
