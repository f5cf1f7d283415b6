"""Nothing that a fleet starts outlives it; a container gets its secrets unseen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chasqui.fleet.launching import Guard, argv, mortal
from chasqui.fleet.settings import FleetSettings
from tests.support import eventually

_PARENT = """
import subprocess, sys, time
from chasqui.fleet.launching import mortal
print(subprocess.Popen(mortal(["sleep", "60"])).pid, flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is Linux' own")
def test_a_worker_is_killed_by_the_kernel_when_its_fleet_dies() -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        # It is the command by then, and no more the program that became it.
        eventually(lambda: b"sleep" in Path(f"/proc/{child}/cmdline").read_bytes()[:5])

        parent.kill()

        eventually(lambda: not alive(child))


def test_a_worker_begins_with_no_signal_ignored() -> None:
    told = subprocess.run(mortal(["sh", "-c", "grep SigIgn /proc/self/status"]), capture_output=True, check=True).stdout

    assert int(told.split()[1], 16) & (1 << (signal.SIGPIPE - 1)) == 0


def test_the_guard_kills_the_groups_that_it_knows_when_its_pipe_ends() -> None:
    guard = Guard()
    known, forgotten = (subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2))
    guard.watch(known.pid)
    guard.watch(forgotten.pid)
    guard.forget(forgotten.pid)

    guard.close()

    assert known.wait(10) == -signal.SIGKILL
    assert forgotten.poll() is None
    os.killpg(forgotten.pid, signal.SIGKILL)
    forgotten.wait(10)


def test_a_containers_variables_are_named_and_their_values_not_shown() -> None:
    settings = FleetSettings(queue="q", name="crew", image="consumer:1", command=("--fast",))

    words = argv(settings, "crew-0", {"AWS_SECRET_ACCESS_KEY": "hidden", "QUEUE_URL": "http://x/q"})

    assert words[-6:] == ["--env", "AWS_SECRET_ACCESS_KEY", "--env", "QUEUE_URL", "consumer:1", "--fast"]
    assert "hidden" not in " ".join(words)
    assert {"chasqui-crew-0", "chasqui.fleet=crew"} <= set(words)
