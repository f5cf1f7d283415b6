"""What the tests of S3's clients share: files to move, and commands of Debian's packages that are run in a home of
their own."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

MIB = 1024 * 1024


def noise(size: int, seed: int = 7) -> bytes:
    """Bytes that nothing can compress, the same for the same seed."""
    return random.Random(seed).randbytes(size)


def sha256(path: Path) -> str:
    """A file's digest."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tree(folder: Path) -> dict[str, str]:
    """The files below a folder, with their digests."""
    return {each.relative_to(folder).as_posix(): sha256(each) for each in folder.rglob("*") if each.is_file()}


def planted(folder: Path) -> Path:
    """A folder with files whose names and sizes are not all easy."""
    files = {
        "plain.txt": b"hello",
        "empty": b"",
        "a folder/with space & more+.txt": b"spaces",
        "olá/ñandú 🌎.bin": noise(70_000),
        "deep/er/and/deeper.txt": b"deep",
        "large.bin": noise(11 * MIB),
    }
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        # Buckets tell times in whole seconds: what was made in this one would seem newer than its copy.
        os.utime(path, (time.time() - 60,) * 2)
    return folder


def debian(program: str) -> str:
    """A program of Debian's package of the same name; where it is not installed the test is skipped, but not in CI,
    which installs it."""
    found = shutil.which(program)
    if found is None:
        assert "CHASQUI_NEED_CLIENTS" not in os.environ, f"{program} should have been installed, and is not"
        pytest.skip(f"{program} is not installed (apt-get install {program})")
    return found


class Command:
    """A program with its first arguments and its environment."""

    def __init__(self, environ: dict[str, str], *command: str) -> None:
        self.environ, self.command = environ, command

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it; returns the finished process, whatever its status."""
        return subprocess.run(
            [*self.command, *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def __call__(self, *arguments: str) -> str:
        """Run it; returns what it printed, and fails when it did."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout
