"""Running Debian's wrk with one of our Lua scripts, and reading the result line that the script prints."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from loadbench.client import LoadError
from loadbench.servers import LOAD, cpu_seconds

SCRIPTS = LOAD / "wrk"
BODY_BYTES = 256
FIFO_GROUPS = 100


@dataclass(frozen=True)
class Figure:
    """One measurement. `value` is in the workload's unit; latencies are a request's, where wrk took them."""

    value: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    errors: int = 0
    detail: dict[str, float] = field(default_factory=dict)


def need_wrk() -> str:
    path = shutil.which("wrk")
    if path is None:
        raise LoadError("wrk is not installed: apt-get install wrk")
    return path


def run_id() -> str:
    """Eight characters that make a run's message ids unlike any other run's."""
    return uuid.uuid4().hex[:8]


def run(url: str, script: str, queue_url: str, connections: int, seconds: int, **options: object) -> dict[str, float]:
    """The result line of one run of a script.

    One thread: request-only scripts need no more, and the others keep their workers in that thread's Lua state.
    """
    arguments = {
        "queue": queue_url,
        "run": run_id(),
        "size": BODY_BYTES,
        "groups": FIFO_GROUPS,
        **options,
    }
    command = [need_wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    command += ["-s", f"{script}.lua", url, "--", *(f"{key}={value}" for key, value in arguments.items())]
    try:
        done = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, timeout=seconds + 60, check=False)
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"wrk {script} did not end {error.timeout - seconds:.0f} s after its time") from error
    return parse(done.stdout, done.stderr)


def parse(output: str, errors: str = "") -> dict[str, float]:
    """The figures of wrk's output; LoadError when the result line is missing (a script's error goes elsewhere)."""
    lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
    # wrk goes on after an error in a script, with figures that mean nothing.
    if len(lines) != 1 or ".lua:" in errors:
        raise LoadError(f"wrk gave no result:\n{output[-1000:]}\n{errors[-1000:]}")
    return {key: float(value) for key, value in json.loads(lines[0].removeprefix("RESULT ")).items()}


def rate(result: dict[str, float], counted: str | None, per_request: int = 1) -> Figure:
    """Messages a second: of the counter that a script kept, or of answered requests."""
    errors = result["refused"] + result["broken"] + result.get("failed", 0)
    items = result[counted] if counted else (result["requests"] - result["refused"]) * per_request
    return Figure(
        value=items / result["seconds"],
        p50_ms=result.get("p50_ms", 0.0),
        p99_ms=result.get("p99_ms", 0.0),
        errors=int(errors),
        detail=result,
    )


def rate_and_cpu(
    pid: int | None, measure: Callable[[], dict[str, float]], counted: str | None = None, per_request: int = 1
) -> Figure:
    """The rate, and the processor time that the server and its helpers took for each item, where it is our child."""
    before = cpu_seconds(pid) if pid is not None else 0.0
    figure = rate(measure(), counted, per_request)
    if pid is not None and figure.value:
        spent = cpu_seconds(pid) - before
        figure.detail["cpu_us_per_item"] = 1e6 * spent / (figure.value * figure.detail["seconds"])
    return figure
