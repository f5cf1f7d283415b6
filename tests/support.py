"""What tests share: servers started the README's way, and the vectors when they are there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parent.parent
COMMAND = Path(sys.executable).with_name("chasqui")
VECTORS = ROOT.parent / "shared" / "vectors"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


class Server:
    """A `chasqui serve` process on a free port; its log is gathered as it comes."""

    launch: tuple[str, ...] = (str(COMMAND),)

    def __init__(self, data: Path, *options: str, environ: dict[str, str] | None = None) -> None:
        self.data = data
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CHASQUI_", "AWS_"))}
        command = [*self.launch, "serve", "--data", str(data), "--port", "0", "--log-format", "json", *options]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, env={**environment, **(environ or {})})
        self.log: list[dict[str, Any]] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(30) or all(entry["message"] != "Ready." for entry in self.log):
            self.stop()
            raise RuntimeError(f"the server did not start: {self.log}")
        self.url = next(entry["url"] for entry in self.log if entry["message"] == "Ready.")

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            text = line.decode()
            self.log.append(json.loads(text) if text.startswith("{") else {"message": text.strip()})
            if self.log[-1]["message"] == "Ready.":
                self._ready.set()
        self._ready.set()

    def client(self, service: str = "sqs", **options: Any) -> Any:
        """A boto3 client without retries, so that each answer is seen."""
        config = Config(retries={"max_attempts": 0}, read_timeout=60, max_pool_connections=50)
        return boto3.client(service, endpoint_url=self.url, config=config, **{**CREDENTIALS, **options})

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.stop()

    def stop(self) -> int:
        """End it as an operator would; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self._reader.join(5)
        if self.process.stderr is not None:
            self.process.stderr.close()
        return status

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def eventually(check: Any, seconds: float = 10) -> Any:
    """The first true value of `check()`; fails when none comes in time."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("it did not come true in time")
        time.sleep(0.02)


def receive_all(sqs: Any, url: str, **options: Any) -> list[dict[str, Any]]:
    """Receive until a receive is empty."""
    found: list[dict[str, Any]] = []
    while True:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options).get("Messages", [])
        if not got:
            return found
        found += got


def vectors(name: str) -> Iterator[dict[str, Any]]:
    """The recorded cases of one file, none when the folder is absent."""
    path = VECTORS / name
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
