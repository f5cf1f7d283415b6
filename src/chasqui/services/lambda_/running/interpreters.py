"""The programs on this machine that can run functions: found on the PATH, or named by the setting
`functions.interpreters`. Each is asked for its version once."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from chasqui.services.lambda_.running.drivers.plan import Interpreter

_JAVA: Final = re.compile(r"java([0-9]+)(?:\.al2)?\Z")
_JAVA_SAYS: Final = re.compile(r'version "(?:1\.)?([0-9][0-9.]*)')
_PYTHON: Final = re.compile(r"python(3\.[0-9]+)\Z")
_NODE: Final = re.compile(r"nodejs([0-9]+)\.x\Z")
PROVIDED: Final = ("provided", "provided.al2", "provided.al2023")
_ASK_SECONDS: Final = 10
_ASK_PYTHON: Final = (
    "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable); print(sys.base_prefix);"
    " print(sys.base_exec_prefix)"
)


def own_version() -> str:
    """The server's own Python: "3.11"."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def python_version(runtime: str) -> str | None:
    """The version that a runtime of Python names."""
    found = _PYTHON.match(runtime)
    return found[1] if found else None


def node_version(runtime: str) -> str | None:
    """The major version that a runtime of Node.js names."""
    found = _NODE.match(runtime)
    return found[1] if found else None


def java_version(runtime: str) -> str | None:
    """The major version that a runtime of Java names."""
    found = _JAVA.match(runtime)
    return found[1] if found else None


def substitute_of(runtime: str) -> str:
    """The runtime whose program runs functions of one that this machine does not have."""
    return f"python{own_version()}" if python_version(runtime) else runtime


def parse_named(text: str) -> dict[str, str]:
    """The setting: `runtime=path` with spaces between."""
    pairs = (each.partition("=") for each in text.split())
    return {name: path for name, _, path in pairs if path}


class Interpreters:
    """What was found so far."""

    def __init__(self, named: str) -> None:
        self._named: Mapping[str, str] = parse_named(named)
        self._asked: dict[str, Interpreter | None] = {}

    def candidate(self, runtime: str) -> str | None:
        """The path of a program for exactly this runtime, if there seems to be one."""
        named = self._named.get(runtime)
        if named is not None:
            return named
        version = python_version(runtime)
        if version is not None:
            return self._python(version)
        return shutil.which("node" if node_version(runtime) else "java")

    @staticmethod
    def _python(version: str) -> str | None:
        if version == own_version():
            # Not the virtual environment's: the server's packages are not the function's.
            return os.path.realpath(sys.executable)
        found = shutil.which(f"python{version}")
        if found is None or Path(found).parent.name != "shims":
            return found
        # pyenv's shims are there for versions that are not switched on; what they would start is.
        root = Path(found).parent.parent / "versions"
        return next((str(each) for each in sorted(root.glob(f"{version}.*/bin/python{version}"))), None)

    async def ask(self, runtime: str, path: str) -> Interpreter | None:
        """What is at this path; None when it does not run."""
        if path not in self._asked:
            asking = _ask_python if python_version(runtime) else _ask_node if node_version(runtime) else _ask_java
            self._asked[path] = await asyncio.to_thread(asking, path)
        return self._asked[path]

    def fits(self, runtime: str, interpreter: Interpreter) -> bool:
        """Whether it is of the version that the runtime names, or was named for it."""
        java = java_version(runtime)
        if java is not None:
            # Each runs what was made for those before it.
            return int(interpreter.version.partition(".")[0]) >= int(java)
        wanted = python_version(runtime) or node_version(runtime) or ""
        return runtime in self._named or interpreter.version.startswith(f"{wanted}.")


def _ask(*argv: str) -> str | None:
    try:
        done = subprocess.run(argv, capture_output=True, timeout=_ASK_SECONDS, check=True, text=True, env={})
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _ask_python(path: str) -> Interpreter | None:
    said = _ask(path, "-I", "-S", "-c", _ASK_PYTHON)
    if said is None:
        return None
    version, program, *folders = said.split("\n")[:4]
    return Interpreter(program or path, version, tuple(sorted(set(folders))))


def _ask_node(path: str) -> Interpreter | None:
    said = _ask(path, "--version")
    if said is None:
        return None
    real = os.path.realpath(path)
    return Interpreter(real, said.strip().removeprefix("v"), (str(Path(real).parent.parent),))


def _ask_java(path: str) -> Interpreter | None:
    real = os.path.realpath(path)
    try:
        done = subprocess.run([real, "-version"], capture_output=True, timeout=_ASK_SECONDS, check=True, text=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = _JAVA_SAYS.search(done.stderr)
    return Interpreter(real, found[1], (str(Path(real).parent.parent),)) if found else None
