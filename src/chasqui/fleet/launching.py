"""How a worker is started so that it never outlives its fleet, and as what: a process, or a container's client.

Two things see to it, for a fleet that is killed ends nothing itself. On Linux the worker's first process is killed by
the kernel when the fleet dies (prctl(2), PR_SET_PDEATHSIG). And a guard, a small process that the fleet tells of every
worker's process group, reads the end of its input when the fleet dies, and kills the groups: what workers started.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from chasqui.base.errors import SettingsError
from chasqui.fleet.settings import FleetSettings, engine

_LABEL = "chasqui.fleet"
_ENGINE_SECONDS = 20
_GUARD_SECONDS = 5
# Python ignores SIGPIPE, which a program that it becomes would inherit.
_MORTAL = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    os._exit(1)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(f"{sys.argv[2]}: {error.strerror}")
"""
_GUARD = """
import os, signal, sys
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""


def argv(settings: FleetSettings, worker: str, variables: Mapping[str, str]) -> list[str]:
    """The command line of a worker."""
    if settings.image:
        # The values come from the client's own environment: what is secret is not seen in a list of processes.
        names = [word for name in variables for word in ("--env", name)]
        label = f"{_LABEL}={settings.name}"
        run = [engine() or "docker", "run", "--rm", "--init", "--network", "host", "--name", f"chasqui-{worker}"]
        return mortal([*run, "--label", label, *names, settings.image, *settings.command])
    return mortal(settings.command)


def mortal(command: Sequence[str]) -> list[str]:
    """A command that the kernel kills when this process dies, where it can."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _MORTAL, str(os.getpid()), *command]


class Guard:
    """Kills the process groups that it was told of when this process dies."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _GUARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """Kill it, when the fleet dies."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """It has ended: its number may be somebody else's."""
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            os.write(self._process.stdin.fileno(), line.encode())

    def close(self) -> None:
        """Let it end; whatever it still knows of is killed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GUARD_SECONDS)


async def sweep_containers(settings: FleetSettings) -> None:
    """End the containers that a fleet of this name has left behind: they do not die with their clients. Raises
    `SettingsError` where the engine does not answer."""
    program = engine() or "docker"
    try:
        left = await _engine(program, "ps", "--all", "--quiet", "--filter", f"label={_LABEL}={settings.name}")
        if left.split():
            await _engine(program, "rm", "--force", *left.split())
    except (OSError, subprocess.SubprocessError) as error:
        why = str(getattr(error, "stderr", None) or error).strip()
        raise SettingsError(f"image takes a container engine, and {program} does not answer: {why}") from error


async def remove_container(worker: str) -> None:
    """End a worker's container, if there is one."""
    with suppress(OSError, subprocess.SubprocessError):
        await _engine(engine() or "docker", "rm", "--force", f"chasqui-{worker}")


async def _engine(*command: str) -> str:
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, encoding="utf-8", timeout=_ENGINE_SECONDS, check=True
    )
    return str(done.stdout)
