"""Fixtures of the tests that drive other people's clients, in processes of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs import (
    BUILD,
    HERE,
    Program,
    QueryClient,
    alone,
    install,
    installed,
    older_botocore,
    run_case,
)
from tests.strict import StrictServer
from tests.support import Server


def need_version(command: list[str], least: tuple[int, int]) -> None:
    """Skip where a tool is too old for the pinned SDK: an old distribution's is no defect of ours."""
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)\.(\d+)", printed)
    if found is None or (int(found[1]), int(found[2])) < least:
        pytest.skip(f"{' '.join(command)} is older than {least[0]}.{least[1]}")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with credentials and nothing else of AWS'."""
    folder = tmp_path_factory.mktemp("home")
    (folder / ".aws").mkdir()
    (folder / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id = test\naws_secret_access_key = test\n", encoding="utf-8"
    )
    (folder / ".aws" / "config").write_text("[default]\nregion = us-east-1\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def environ(home: Path, server: Server) -> dict[str, str]:
    """The environment of a client: that home, and the endpoint in the variable every SDK reads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CHASQUI_", "PYTHON"))}
    return {
        **kept,
        "HOME": str(home),
        "PYTHONIOENCODING": "utf-8",
        "AWS_ENDPOINT_URL": server.url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture(scope="session")
def scripts() -> tuple[str, Path]:
    """Node, and the scripts of `javascript/` beside the locked packages."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm is not installed")
    need_version([node, "--version"], (20, 0))

    def fill(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "javascript" / name, folder)
        install([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], folder)

    folder = installed(BUILD / "javascript", HERE / "javascript" / "package-lock.json", fill)
    for script in (HERE / "javascript").glob("*.mjs"):
        shutil.copy(script, folder)
    return node, folder


@pytest.fixture(scope="session")
def javascript(environ: dict[str, str], scripts: tuple[str, Path]) -> Program:
    """Run a case of a script in `javascript/`: javascript(script, case, **options)."""
    node, folder = scripts

    def run(script: str, case: str, **options: Any) -> Any:
        return run_case([node, str(folder / script)], environ, case, options)

    return run


@pytest.fixture(scope="session")
def golang(environ: dict[str, str]) -> Program:
    """Run a case of the program in `go/`: golang(case, **options)."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed")
    need_version([go, "version"], (1, 21))
    program = BUILD / "go" / "consumer"
    program.parent.mkdir(parents=True, exist_ok=True)
    command = [go, "build", "-mod=readonly", "-buildvcs=false", "-o", str(program), "."]
    with alone("go"):
        install(command, HERE / "go", {"GOFLAGS": "", "CGO_ENABLED": "0"})

    def run(case: str, **options: Any) -> Any:
        return run_case([str(program)], environ, case, options)

    return run


@pytest.fixture(scope="session")
def query_client(environ: dict[str, str], server: Server) -> Iterator[QueryClient]:
    """A botocore that still speaks the query protocol."""
    client = QueryClient({**environ, "PYTHONPATH": str(older_botocore())}, server.url)
    yield client
    client.close()


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    """A server that checks signatures, for the clients of S3."""
    with StrictServer(tmp_path_factory.mktemp("strict")) as running:
        yield running


@pytest.fixture(scope="session")
def s3(strict: StrictServer) -> Any:
    """A boto3 client of it."""
    return strict.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """A bucket of the test's own."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name
