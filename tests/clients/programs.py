"""Other people's clients as programs: built once, run case by case."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.support import ROOT

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "clients"

Program = Callable[..., Any]


def run_case(command: list[str], environ: dict[str, str], case: str, options: dict[str, Any]) -> Any:
    """Run one case of a client program, which is given its options as JSON and prints what it saw as JSON."""
    done = subprocess.run(
        [*command, case, json.dumps(options)],
        env=environ,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{case} failed:\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout.splitlines()[-1])


def install(command: list[str], cwd: Path, environ: dict[str, str] | None = None) -> None:
    """Run an installer or compiler; its output is shown when it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """One process of the test run at a time makes what is called so."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def installed(folder: Path, lock: Path, installer: Callable[[Path], None]) -> Path:
    """`folder`, filled by `installer` unless it already holds what the lock file says."""
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = folder / ".installed"
    with alone(folder.name):
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            installer(folder)
            stamp.write_text(wanted, encoding="utf-8")
    return folder


def older_botocore() -> Path:
    """The folder of a botocore that still speaks SQS' query protocol."""
    wanted = HERE / "botocore-query.txt"

    def fill(folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile", "--require-hashes"]
        install([*pip, "--disable-pip-version-check", "--target", str(folder), "-r", str(wanted)], HERE)

    return installed(BUILD / "botocore-query", wanted, fill)


class QueryError(Exception):
    """What the older botocore raised: its class, code, message, fault and status."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told["Code"], told["Message"])
        self.name: str = told["Class"]
        self.code: str = told["Code"]
        self.message: str = told["Message"]
        self.fault: str = told.get("Type", "")
        self.status: int = told["Status"]


class QueryClient:
    """`query_client.py` in a process: its attributes are operations, as a boto3 client's are."""

    def __init__(self, environ: dict[str, str], url: str) -> None:
        command = [sys.executable, str(HERE / "query_client.py"), url]
        self._process = subprocess.Popen(
            command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**options: Any) -> Any:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            line = json.dumps({"operation": operation, "options": options}, default=_encode_bytes)
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline(), object_hook=_decode_bytes)
            if "error" in answer:
                raise QueryError(answer["error"])
            return answer["result"]

        return call

    def close(self) -> None:
        self._process.communicate(timeout=10)


def _encode_bytes(value: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(value).decode()}


def _decode_bytes(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["base64"]) if value.keys() == {"base64"} else value
