"""Whether a worker is well: a command that ends with 0, an HTTP answer below 400, or a file that it keeps fresh."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import msgspec

from chasqui.fleet.launching import mortal
from chasqui.fleet.settings import Health

_STATUS_LINE_BYTES_MAX = 4096


class Checked(msgspec.Struct, frozen=True):
    """What is checked: a worker's variables, the folder it runs in, and its heartbeat's file."""

    variables: Mapping[str, str]
    folder: str
    heartbeat: Path


class Unwell(Exception):
    """A worker has failed its health check too often."""


async def watch(rules: Health, checked: Checked, grace_seconds: float, well: Callable[[], object]) -> NoReturn:
    """Check a worker from its start on, again and again; `well` is called when it first is. Raises `Unwell`. Until it
    has been well once, failures within the grace do not count."""
    ends = time.monotonic() + grace_seconds
    failures, was_well = 0, False
    while True:
        try:
            async with asyncio.timeout(rules.timeout_seconds):
                passed = await _check(rules, checked)
        except (OSError, TimeoutError, ValueError):
            passed = False
        if passed:
            failures = 0
            if not was_well:
                was_well = True
                well()
        elif was_well or time.monotonic() >= ends:
            failures += 1
            if failures >= rules.failures_max:
                raise Unwell
        await asyncio.sleep(rules.interval_seconds)


def is_checked(rules: Health) -> bool:
    """Whether there is anything to check but that the process is there."""
    return bool(rules.command or rules.http or rules.heartbeat_seconds)


async def _check(rules: Health, checked: Checked) -> bool:
    if rules.heartbeat_seconds:
        # Files have the machine's time.
        return time.time() - checked.heartbeat.stat().st_mtime <= rules.heartbeat_seconds
    if rules.command:
        return await _command(rules.command, checked)
    return await _http(rules.http.replace("{port}", checked.variables.get("WORKER_PORT", "")))


async def _command(command: tuple[str, ...], checked: Checked) -> bool:
    process = await asyncio.create_subprocess_exec(
        *mortal(command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=checked.variables,
        cwd=checked.folder,
    )
    try:
        return await process.wait() == 0
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)


async def _http(address: str) -> bool:
    url = urlsplit(address)
    reader, writer = await asyncio.open_connection(url.hostname, url.port or 80, limit=_STATUS_LINE_BYTES_MAX)
    try:
        path = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n\r\n".encode())
        words = (await reader.readline()).split()
        return len(words) > 1 and words[0].startswith(b"HTTP/1.") and b"200" <= words[1] < b"400"
    finally:
        writer.close()
