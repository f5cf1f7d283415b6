"""What a driver says of a runtime: how it is started, and what it needs to see. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec


class Interpreter(msgspec.Struct, frozen=True):
    """A program that runs functions: its path, its version, and the folders that it needs beside the system's."""

    path: str
    version: str
    folders: tuple[str, ...] = ()


class Places(msgspec.Struct, frozen=True):
    """Where a function finds its code, its layers, what the runtime brings and its own space: /var/task, /opt,
    /var/runtime and /tmp where it is isolated, folders of this machine otherwise."""

    task: str
    opt: str
    runtime: str
    tmp: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to start. `parts` are the files and folders of the runtime's folder, by name; `framed`: the runtime writes
    framed messages to the descriptor it is told."""

    argv: Sequence[str]
    variables: Mapping[str, str] = {}
    parts: Mapping[str, Path] = {}
    folders: Sequence[str] = ()
    framed: bool = False
    reserves_address_space: bool = False
