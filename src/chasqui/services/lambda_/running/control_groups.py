"""Control groups for functions: a bound on memory and on processes that no function gets around, where this process
may make groups below its own (version 2 with delegation, or version 1 as root). Elsewhere there are none.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/sys/fs/cgroup")
_PROCESSES_MAX: Final = 1024
_HEADROOM_MB: Final = 32
_SERVER: Final = "chasqui-server"
_TRIES: Final = 20
_TRY_SECONDS: Final = 0.05


class ControlGroups:
    """Makes and removes groups. `bases` are the folders in which they are made; none: it can not be done here."""

    def __init__(self, bases: Sequence[Path]) -> None:
        self.bases = bases
        self._unified = len(bases) == 1

    def make(self, name: str, megabytes: int) -> list[str]:
        """A function's groups. Raises `OSError`."""
        limit = str((megabytes + _HEADROOM_MB) * 1024 * 1024)
        made = []
        for base in self.bases:
            folder = base / name
            folder.mkdir()
            made.append(str(folder))
            if self._unified or "memory" in base.parts:
                file = folder / ("memory.max" if self._unified else "memory.limit_in_bytes")
                file.write_text(limit)
                with suppress(OSError):
                    (folder / ("memory.swap.max" if self._unified else "memory.swappiness")).write_text("0")
            if self._unified or "pids" in base.parts:
                (folder / "pids.max").write_text(str(_PROCESSES_MAX))
        return made

    def close(self) -> None:
        """Remove the folders that groups were made in."""
        for base in self.bases:
            with suppress(OSError):
                os.rmdir(base)

    def remove(self, folders: Sequence[str]) -> None:
        """Remove groups, whose last processes may need a moment to leave. Blocks."""
        for folder in folders:
            for _ in range(_TRIES):
                try:
                    os.rmdir(folder)
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(_TRY_SECONDS)
                else:
                    break


def find_control_groups(folder: str) -> ControlGroups:
    """What can be used here, tried out; `folder` names this server's. Blocks."""
    for bases in (_unified(folder), _separate(folder)):
        groups = ControlGroups(bases)
        if not bases:
            continue
        try:
            probe = groups.make("probe", 16)
        except OSError:
            continue
        groups.remove(probe)
        _remove_stale(bases)
        return groups
    return ControlGroups(())


def _remove_stale(bases: Sequence[Path]) -> None:
    """Remove what servers left that were killed: "chasqui-PID-…", with nobody in it."""
    for base in bases:
        for each in base.parent.glob("chasqui-*-*"):
            pid = each.name.split("-")[1]
            if not pid.isdigit() or Path("/proc", pid).exists():
                continue
            for folder in (*(found for found in each.iterdir() if found.is_dir()), each):
                with suppress(OSError):
                    folder.rmdir()


def _own() -> dict[str, str]:
    """The group that this process is in, by controller ("" in version 2)."""
    found = {}
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, names, path = line.split(":", 2)
            for name in names.split(","):
                found[name] = path
    return found


def _unified(name: str) -> tuple[Path, ...]:
    """Version 2: processes may only be in leaves, so this one moves to one of its own first."""
    own = _own().get("")
    if own is None or not (_ROOT / "cgroup.controllers").exists():
        return ()
    home = _ROOT / own.lstrip("/")
    if home.name == _SERVER:
        home = home.parent
    try:
        if not {"memory", "pids"} <= set((home / "cgroup.controllers").read_text().split()):
            return ()
        leaf = home / _SERVER
        pids = (home / "cgroup.procs").read_text().split()
        if any(os.getsid(int(pid)) != os.getsid(0) for pid in pids):
            # Somebody else's group as well: not to be rearranged.
            return ()
        leaf.mkdir(exist_ok=True)
        for pid in pids:
            (leaf / "cgroup.procs").write_text(pid)
        (home / "cgroup.subtree_control").write_text("+memory +pids")
        base = home / name
        base.mkdir(exist_ok=True)
        (base / "cgroup.subtree_control").write_text("+memory +pids")
    except OSError:
        return ()
    return (base,)


def _separate(name: str) -> tuple[Path, ...]:
    """Version 1: a hierarchy each."""
    own, found = _own(), []
    for controller in ("memory", "pids"):
        for home in (_ROOT / controller / own.get(controller, "/").lstrip("/"), _ROOT / controller):
            try:
                (home / name).mkdir(exist_ok=True)
            except OSError:
                continue
            found.append(home / name)
            break
    return tuple(found) if len(found) == 2 else ()
