"""A private PostgreSQL for the tests: its own data in a temporary folder, its own socket and port, gone at the end.

It is started from the machine's packages; the server refuses to run as root, so root runs it as `postgres` or `nobody`.
`CHASQUI_POSTGRES_BIN` names the folder with its programs when it is none of the usual ones.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import glob
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
PROGRAMS = ("initdb", "postgres", "pg_isready", "psql")
START_SECONDS_MAX = 30
ON_DISK = "/var/tmp" if os.path.isdir("/var/tmp") else None
"""Where temporary files outlive a restart of the machine, so not memory; the usual folder where there is none."""


@functools.cache
def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, of the newest version that is installed; None when there is none."""
    named, on_path = os.environ.get("CHASQUI_POSTGRES_BIN"), shutil.which("initdb")
    folders = [named] if named else []
    for place in PLACES:
        folders += sorted(glob.glob(place), key=_version, reverse=True)
    folders += [os.path.dirname(os.path.realpath(on_path))] if on_path else []
    return next((Path(each) for each in folders if all(Path(each, name).exists() for name in PROGRAMS)), None)


def _version(folder: str) -> int:
    numbers = re.findall(r"\d+", folder)
    return int(numbers[-1]) if numbers else 0


def unprivileged() -> dict[str, Any]:
    """How a process is started that must not be root's."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")


def _die_with_parent() -> None:
    """On Linux, a test run that is killed takes its server along (SIGQUIT: at once)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT, 0, 0, 0)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postgres:
    """A running server. `fsync` is off unless a test is about losing power; `settings` go to its command line.

    `dsn` speaks over the Unix socket, `tcp_dsn` over 127.0.0.1, where a test can put a proxy in between.
    """

    def __init__(self, *, fsync: bool = False, settings: dict[str, str] | None = None) -> None:
        found = binaries()
        if found is None:
            raise RuntimeError("PostgreSQL is not installed")
        self._bin = found
        self._as = unprivileged()
        # A socket's path may have 107 bytes, so pytest's deep folders are no place for it.
        self.folder = Path(tempfile.mkdtemp(prefix="chasqui-pg-", dir=ON_DISK if fsync else None))
        self.data = self.folder / "data"
        self.port = free_port()
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if fsync else "off",
            "full_page_writes": "on" if fsync else "off",
            "max_connections": "100",
            "shared_buffers": "32MB",
            "max_wal_size": "256MB",
            "log_line_prefix": "%m [%p] ",
            **(settings or {}),
        }
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        if self._as:
            os.chown(self.folder, self._as["user"], self._as["group"])
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    # ------------------------------------------------------------------------------------------- the server

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), *options],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  one system call, before exec
                start_new_session=True, **self._as,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {self.log()}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        ready = [str(self._bin / "pg_isready"), "-q", "-h", str(self.folder), "-p", str(self.port), "-t", "5"]
        return subprocess.run(ready, cwd=self.folder, check=False).returncode == 0

    def stop(self) -> None:
        """Cut every connection, write everything down and stop (SIGINT: a fast shutdown)."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As when the machine's kernel kills it: no shutdown, its children gone with it; the next start recovers."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGSTOP)  # so that it starts nothing new while its children go
        children = self._children()
        self._end(signal.SIGKILL)
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(_alive(child) for child in children) and time.monotonic() < deadline:
            time.sleep(0.01)

    def _children(self) -> list[int]:
        assert self._process is not None
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, encoding="ascii", check=True)
        pairs = [line.split() for line in listed.stdout.splitlines()]
        return [int(pid) for pid, parent in pairs if int(parent) == self._process.pid]

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.wait(START_SECONDS_MAX)

    def remove(self) -> None:
        """Stop it for good and delete its data."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    # ------------------------------------------------------------------------------------------- databases

    def fresh_database(self) -> str:
        """Create an empty database and return its DSN (over the Unix socket)."""
        name = f"chasqui_{os.getpid()}_{next(self._numbers)}"
        self.sql(f"create database {name}")
        return self.dsn(name)

    def dsn(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}&port={self.port}"

    def tcp_dsn(self, dsn: str, port: int | None = None) -> str:
        """The same database over TCP on 127.0.0.1, at this server's port or at a proxy's."""
        database = dsn.partition("@/")[2].partition("?")[0]
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement with psql; returns what it prints, unaligned and without headings."""
        return self._run(
            "psql", "-h", self.folder, "-p", self.port, "-U", "postgres", "-X", "-q", "-t", "-A",
            "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement,
        ).strip()  # fmt: skip

    def _run(self, program: str, *arguments: object) -> str:
        command = [str(self._bin / program), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, encoding="utf-8", check=False, **self._as)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")
        return done.stdout


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A killed child of a killed parent may stay as a zombie until it is reaped; it holds nothing any more.
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
