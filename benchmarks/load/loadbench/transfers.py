"""A gigabyte, up and down, with boto3's transfer manager.

How fast, compared with the same client on a server that keeps nothing (`bare_s3.py`), in the same minute; and how much
memory the server needs for it.
"""

from __future__ import annotations

import filecmp
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from loadbench import servers
from loadbench.client import LoadError
from loadbench.servers import Running
from loadbench.wrk import Figure

BYTES = int(os.environ.get("CHASQUI_BENCH_OBJECT_BYTES", str(1 << 30)))
RESIDENT_MB_MAX = 150


def s3(url: str) -> Any:
    options = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=url, config=options, **keys)


def generate(path: Path) -> None:
    with path.open("wb") as file:
        for _ in range(BYTES // (1 << 20)):
            file.write(os.urandom(1 << 20))


def rates(url: str, bucket: str, source: Path, target: Path) -> tuple[float, float]:
    """MB a second up, and down."""
    client = s3(url)
    began = time.perf_counter()
    client.upload_file(str(source), bucket, "large")
    middle = time.perf_counter()
    client.download_file(bucket, "large", str(target))
    end = time.perf_counter()
    client.close()
    return BYTES / 1e6 / (middle - began), BYTES / 1e6 / (end - middle)


@contextmanager
def bare() -> Iterator[str]:
    """The server that keeps nothing."""
    port = servers.free_port()
    command = [sys.executable, str(servers.LOAD / "bare_s3.py"), str(port), str(BYTES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=servers.end_with_parent) as process:  # noqa: PLW1509
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise LoadError("the bare server did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            servers.end(process)


@contextmanager
def watched(pid: int | None, found: list[float]) -> Iterator[None]:
    """Sample a server's resident memory, twenty times a second."""
    over = threading.Event()

    def look() -> None:
        while pid is not None and not over.wait(0.05):
            found.append(servers.resident_mb(pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def multipart(running: Running, name: str, timing: Any) -> Figure:
    """The smaller of the two shares of the client's own rate."""
    resident: list[float] = [0.0]
    with servers.fresh_directory() as directory:
        source, target = directory / "source", directory / "target"
        generate(source)
        with bare() as url:
            alone = rates(url, name, source, target)
        s3(running.url).create_bucket(Bucket=name)
        with watched(running.pid, resident):
            ours = rates(running.url, name, source, target)
        same = filecmp.cmp(source, target, shallow=False)
    if not same:
        raise LoadError("the object came back as another")
    detail = {
        "up_mb_s": ours[0],
        "down_mb_s": ours[1],
        "up_alone_mb_s": alone[0],
        "down_alone_mb_s": alone[1],
        "resident_mb": max(resident),
    }
    return Figure(
        min(ours[0] / alone[0], ours[1] / alone[1]), errors=int(max(resident) > RESIDENT_MB_MAX), detail=detail
    )
