"""Server processes under measurement: started fresh on a free port and a directory of their own, ended by their id.

A server must not outlive its benchmark: it is ended when its `with` block ends, however it ends, and on Linux the
kernel ends it when the benchmark itself is killed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadbench.client import LoadError, Refused, call

REPOSITORY = Path(__file__).resolve().parents[3]
LOAD = REPOSITORY / "benchmarks" / "load"
# On the repository's own disk: /tmp is memory on many machines, and a sync of memory costs nothing.
DATA = LOAD / ".data"

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 20.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Contestant:
    """Who takes part: a command that is started fresh each time, or (no command) a peer that already runs."""

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    # A server that checks callers is there when it refuses an unsigned call.
    strict: bool = False


@dataclass(frozen=True)
class Running:
    """A server that answers, and how long it took from its start to its first answer (0 for a peer)."""

    url: str
    pid: int | None
    start_seconds: float


def chasqui(*options: str, name: str = "chasqui") -> Contestant:
    command = (str(REPOSITORY / ".venv" / "bin" / "chasqui"), "serve", "--data", "{data}", "--port", "{port}")
    return Contestant(name, (*command, *options))


def on_postgres(*options: str) -> Contestant:
    """A node and a PostgreSQL of its own."""
    script = str(LOAD / "on_postgres.py")
    return Contestant("postgresql", (sys.executable, script, "{data}", "{port}", *options))


def yardstick() -> Contestant:
    """The bare server; the one that CHASQUI_YARDSTICK names instead of ours, when it is set."""
    script = os.environ.get("CHASQUI_YARDSTICK") or str(LOAD / "yardstick.py")
    return Contestant("yardstick", (sys.executable, script, "{port}", "full", "{data}/yardstick.db"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end_with_parent() -> None:
    """Runs in the child before the server does: the kernel ends it when the benchmark dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def sweep() -> None:
    """Remove what benchmarks that were killed left behind; names begin with the id of who made them."""
    for left in DATA.glob("*-*"):
        try:
            os.kill(int(left.name.partition("-")[0]), 0)
        except ProcessLookupError:
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()


@contextmanager
def fresh_directory() -> Iterator[Path]:
    DATA.mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=DATA))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@contextmanager
def started(contestant: Contestant, directory: Path | None = None) -> Iterator[Running]:
    """A contestant that answers. Given a directory, its data is that directory's, and stays."""
    if not contestant.command:
        call(contestant.url, "ListQueues", {})
        yield Running(contestant.url, None, 0.0)
    elif directory is None:
        with fresh_directory() as temporary, started(contestant, temporary) as running:
            yield running
    else:
        with process(contestant, directory) as running:
            yield running


@contextmanager
def process(contestant: Contestant, directory: Path) -> Iterator[Running]:
    port = free_port()
    command = [part.format(data=directory, port=port) for part in contestant.command]
    log_path = directory.parent / f"{directory.name}.log"
    with log_path.open("wb") as log:
        began = time.perf_counter()
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **dict(contestant.environment)},
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread runs while a server is started
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_it_answers(contestant, server, url, log_path)
            yield Running(url, server.pid, time.perf_counter() - began)
        finally:
            end(server)
            log_path.unlink()


def wait_until_it_answers(contestant: Contestant, server: subprocess.Popen[bytes], url: str, log_path: Path) -> None:
    name = contestant.name
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise LoadError(f"{name} ended with {server.returncode}:\n{log_path.read_text()[-2000:]}")
        try:
            call(url, "ListQueues", {}, START_SECONDS_MAX)
        except (OSError, LoadError) as error:
            if contestant.strict and isinstance(error, Refused):
                return
            time.sleep(0.002)
        else:
            return
    raise LoadError(f"{name} did not answer in {START_SECONDS_MAX:.0f} s:\n{log_path.read_text()[-2000:]}")


def end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def tree(pid: int) -> list[int]:
    """A process and its descendants, less those that end meanwhile (Linux)."""
    try:
        children = [c for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()]
    except FileNotFoundError:
        return []
    return [pid, *(descendant for child in children for descendant in tree(int(child)))]


def resident_mb(pid: int) -> float:
    """Resident memory of a server and its helpers, in MB of 10^6 bytes (Linux)."""
    pages = sum(int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in tree(pid))
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def cpu_seconds(pid: int) -> float:
    """Processor time that a server and its helpers have used, those that ended included, in steps of 10 ms (Linux)."""
    ticks = 0
    for p in tree(pid):
        try:
            after_name = Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        ticks += sum(map(int, after_name[11:15]))  # its own, and that of children it has waited for
    return ticks / os.sysconf("SC_CLK_TCK")
