#!/usr/bin/env python3
"""What a small GetObject, PutObject and a listing cost in process, from the request's bytes to those of the answer.

No socket, a store in memory that is not synced. The best of many short rounds: what else the machine does never makes
one faster. Run: `.venv/bin/python benchmarks/micro/objects.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import itertools
import json
import os
import time
import zlib
from collections.abc import Callable

import uvloop

from chasqui.app import App, build, settle_garbage_collector
from chasqui.base.settings import Settings
from chasqui.server.http1 import Http1Connection
from chasqui.server.hub import Hub

CONNECTIONS, KEYS = 16, 1000
BODY = os.urandom(4096)
EMPTY = hashlib.sha256(b"").hexdigest()


class Transport(asyncio.Transport):
    """Remembers the last answer."""

    def __init__(self) -> None:
        self.answers = 0
        self.last = b""

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.answers += 1
        self.last = data

    def is_closing(self) -> bool:
        return False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 40_000) if name == "peername" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


def request(method: str, path: str, body: bytes = b"", sha256: str = EMPTY, more: str = "") -> bytes:
    """A request as boto3 makes it."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:4566\r\n"
        "User-Agent: Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux lang/python#3.11\r\n"
        "X-Amz-Date: 20260101T000000Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, "
        f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={'0' * 64}\r\n"
        f"X-Amz-Content-SHA256: {sha256}\r\n{more}"
    )
    if body or method == "PUT":
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class Driver:
    """Connections that have one request under way each."""

    def __init__(self, app: App) -> None:
        hub = Hub(app.gateway.handle, bad_request=app.gateway.bad_request, streams=app.gateway.streams)
        self.transports = [Transport() for _ in range(CONNECTIONS)]
        self.connections = [Http1Connection(hub) for _ in range(CONNECTIONS)]
        for connection, transport in zip(self.connections, self.transports, strict=True):
            connection.connection_made(transport)

    async def answered(self, requests: list[bytes]) -> bytes:
        """Send these, one on each connection, and wait for all answers. The first one's bytes."""
        before = [transport.answers for transport in self.transports]
        for connection, each in zip(self.connections, requests, strict=False):
            connection.data_received(each)
        count = len(requests)
        while any(t.answers == n for t, n in zip(self.transports[:count], before[:count], strict=True)):
            await asyncio.sleep(0)
        return self.transports[0].last

    async def microseconds(self, make: Callable[[], bytes], rounds: int, repeat: int) -> float:
        """Processor time of one request, in the best of so many repetitions."""
        best = float("inf")
        for _ in range(repeat):
            batches = [[make() for _ in range(CONNECTIONS)] for _ in range(rounds)]
            began = time.process_time()
            for batch in batches:
                await self.answered(batch)
            best = min(best, (time.process_time() - began) / rounds / CONNECTIONS * 1e6)
        assert self.transports[0].last.startswith(b"HTTP/1.1 200"), self.transports[0].last[:500]
        return best


async def measure(rounds: int, repeat: int) -> dict[str, float]:
    app = await build(Settings(database="memory", port=0))
    await app.start()
    settle_garbage_collector()
    driver = Driver(app)
    await driver.answered([request("PUT", "/bucket")])
    sha256 = hashlib.sha256(BODY).hexdigest()
    crc32 = base64.b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()
    promised = f"x-amz-sdk-checksum-algorithm: CRC32\r\nx-amz-checksum-crc32: {crc32}\r\n"
    new, old = itertools.count(), itertools.cycle(range(KEYS))

    def put() -> bytes:
        return request("PUT", f"/bucket/key-{next(new):010d}", BODY, sha256, promised)

    def get() -> bytes:
        return request("GET", f"/bucket/key-{next(old):010d}", more="x-amz-checksum-mode: ENABLED\r\n")

    found = {"put4k_us": await driver.microseconds(put, max(rounds, -(-KEYS // CONNECTIONS)), repeat)}
    found["get4k_us"] = await driver.microseconds(get, rounds, repeat)
    times = []
    for _ in range(repeat):
        began = time.process_time()
        await driver.answered([request("GET", "/bucket?list-type=2&max-keys=1000")])
        times.append(time.process_time() - began)
    found["list1000_us"] = min(times) * 1e6
    await app.close()
    return {name: round(value, 1) for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=60)
    arguments = parser.parse_args()
    print(json.dumps(uvloop.run(measure(arguments.rounds, arguments.repeat))))


if __name__ == "__main__":
    main()
