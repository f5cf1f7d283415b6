"""How a function is kept apart: in namespaces of its own (bubblewrap), or as a plain process where that can not be.

In namespaces a function sees the system's programs, its code, its layers, its runtime and a /tmp of its own, none of
it but /tmp to write in; no other process, nothing of the server's data. The network is the machine's, for the server's
address and the Runtime API are on loopback. Whatever started it dies: so does it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

_SYSTEM: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC: Final = (
    "alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "group", "host.conf", "hosts",
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "passwd", "pki",
    "protocols", "resolv.conf", "services", "ssl",
)  # fmt: skip
_ETC_OF_RUNTIMES: Final = "java-*"
# Whom AWS runs functions as.
_UID: Final = "993"
_GID: Final = "990"
_PROBE_SECONDS: Final = 10
_OPEN_FILES_MAX: Final = 1024
_PROCESSES_MAX: Final = 1024
_BLOCK_BYTES: Final = 512
# Beyond what is measured and ended for: a backstop against what grows between two looks.
_DATA_HEADROOM_MB: Final = 512


class Limits(msgspec.Struct, frozen=True):
    """What a function may use. `control` are folders of control groups that it is put in; without them, memory is
    bounded by its data segment, unless its runtime reserves more than it uses."""

    memory_mb: int
    ephemeral_mb: int
    control: Sequence[str] = ()
    reserves_address_space: bool = False


class View(msgspec.Struct, frozen=True):
    """What an isolated function sees: folders of this machine at their own places, others by where they are seen.
    `links` are links by their places: a mount would follow them out of what the function may see."""

    folders: Sequence[str]
    mounts: Mapping[str, Path]
    ephemeral_mb: int
    links: Mapping[str, str] = {}


def bubblewrap() -> str | None:
    """The program, if there is one and it works here: namespaces may be forbidden."""
    program = shutil.which("bwrap")
    return program if program is not None and _works(program) else None


def _works(program: str) -> bool:
    view = View((), {}, 16)
    try:
        done = subprocess.run(
            [*isolated(program, view, "/"), "/bin/sh", "-c", "exit 0"],
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def isolated(program: str, view: View, folder: str) -> list[str]:
    """The words before a command that isolate it."""
    argv = [program, "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    # A function that could make namespaces of its own would meet more of the kernel than it needs.
    argv += [
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
        "--uid",
        _UID,
        "--gid",
        _GID,
        "--hostname",
        "chasqui",
    ]
    argv += ["--ro-bind", "/usr", "/usr", "--perms", "0755", "--dir", "/etc"]
    for each in _SYSTEM:
        if os.path.islink(each):
            argv += ["--symlink", os.readlink(each), each]
        else:
            argv += ["--ro-bind-try", each, each]
    etc = Path("/etc")
    for path in (*(etc / name for name in _ETC), *sorted(etc.glob(_ETC_OF_RUNTIMES))):
        argv += ["--ro-bind-try", str(path), str(path)]
    argv += ["--proc", "/proc", "--dev", "/dev", "--size", str(view.ephemeral_mb * 1024 * 1024), "--tmpfs", "/tmp"]
    # Nothing but /tmp may take memory by being written to; as on AWS there is no /dev/shm.
    argv += ["--remount-ro", "/dev", "--perms", "0755", "--dir", "/var", "--symlink", "../tmp", "/var/tmp"]
    for place, source in view.mounts.items():
        argv += ["--ro-bind", str(source), place]
    for each in view.folders:
        if not each.startswith("/usr/") and each != "/usr":
            argv += ["--ro-bind", each, each]
    for place, target in view.links.items():
        argv += ["--symlink", target, place]
    return [*argv, "--remount-ro", "/", "--chdir", folder, "--"]


def limited(argv: Sequence[str], limits: Limits) -> list[str]:
    """A command under limits. They are set by the very process that becomes it, before it does."""
    script = [f"ulimit -n {_OPEN_FILES_MAX}", "ulimit -c 0"]
    script.append(f"ulimit -f {limits.ephemeral_mb * 1024 * 1024 // _BLOCK_BYTES}")
    if not limits.control and not limits.reserves_address_space:
        script.append(f"ulimit -d {(limits.memory_mb * 2 + _DATA_HEADROOM_MB) * 1024}")
    return ["/bin/sh", "-c", "; ".join(f"{each} 2>/dev/null" for each in script) + '; exec "$@"', "sh", *argv]


def few_processes(argv: Sequence[str]) -> list[str]:
    """A command that may have so many processes and threads, as AWS' may; only in a user namespace, for elsewhere all
    that the user runs is counted."""
    script = f'ulimit -u {_PROCESSES_MAX} 2>/dev/null || ulimit -p {_PROCESSES_MAX} 2>/dev/null; exec "$@"'
    return ["/bin/sh", "-c", script, "sh", *argv]


def controlled(argv: Sequence[str], folders: Sequence[str]) -> list[str]:
    """A command in control groups."""
    if not folders:
        return list(argv)
    script = "; ".join(f"echo 0 > '{each}/cgroup.procs'" for each in folders)
    return ["/bin/sh", "-c", f'{script}; exec "$@"', "sh", *argv]


def mortal(argv: Sequence[str]) -> list[str]:
    """A plain process that dies with whoever started it, where the system's tools can arrange it."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "KILL", "--", *argv] if program else list(argv)
