"""What a fleet tells of itself: its status as JSON and as Prometheus metrics, over HTTP and in a file."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from chasqui.base.errors import SettingsError
from chasqui.fleet.worker import WorkerStatus

_REQUEST_SECONDS_MAX = 5
_REQUEST_BYTES_MAX = 16 * 1024
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_STATES = ("starting", "running", "stopping", "waiting", "failed")
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Made(msgspec.Struct, frozen=True, rename="camel"):
    """A decision that was made, at a time (ISO 8601)."""

    at: str
    action: str
    workers_before: int
    workers: int
    backlog: int | None
    reason: str


class FleetStatus(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """All of it. `backlog` is None while the queue has not been asked successfully; `decisions` are the latest."""

    name: str
    queue: str
    pid: int
    backlog: int | None
    backlog_per_worker: float | None
    target: float
    min: int
    max: int
    desired: int
    running: int
    reason: str
    samples_failed: int
    restarts: int
    scaled: dict[str, int]
    decisions: list[Made]
    workers: list[WorkerStatus]

    @property
    def well(self) -> bool:
        """Whether no worker has been given up."""
        return all(each.state != "failed" for each in self.workers)


class _Figures(Collector):
    """A status as Prometheus' metrics."""

    def __init__(self, status: FleetStatus) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        status = self._status
        gauges = {
            "backlog": ("Messages that wait for a worker.", status.backlog),
            "backlog_per_worker": ("The metric that is tracked.", status.backlog_per_worker),
            "backlog_per_worker_target": ("What the metric is to be.", status.target),
            "workers_desired": ("Workers that the last decision asks for.", status.desired),
            "workers_min": ("Workers at least.", status.min),
            "workers_max": ("Workers at most.", status.max),
        }
        for name, (text, value) in gauges.items():
            if value is not None:
                gauge = GaugeMetricFamily(f"chasqui_fleet_{name}", text, labels=["fleet"])
                gauge.add_metric([status.name], value)
                yield gauge
        states = Counter[str](each.state for each in status.workers)
        workers = GaugeMetricFamily("chasqui_fleet_workers", "Workers by what they do.", labels=["fleet", "state"])
        for state in _STATES:
            workers.add_metric([status.name, state], states[state])
        yield workers
        scaled = CounterMetricFamily("chasqui_fleet_scalings", "Changes of the number.", labels=["fleet", "direction"])
        for direction, count in status.scaled.items():
            scaled.add_metric([status.name, direction], count)
        yield scaled
        for name, text, count in (
            ("restarts", "Workers that ended by themselves.", status.restarts),
            ("samples_failed", "Looks at the queue that failed.", status.samples_failed),
        ):
            counter = CounterMetricFamily(f"chasqui_fleet_{name}", text, labels=["fleet"])
            counter.add_metric([status.name], count)
            yield counter


def prometheus(status: FleetStatus) -> bytes:
    """The metrics' text."""
    registry = CollectorRegistry()
    registry.register(_Figures(status))
    return generate_latest(registry)


def write_file(path: str, status: FleetStatus) -> None:
    """Put the status into a file that is always whole."""
    part = Path(f"{path}.part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(status)) + b"\n")
    part.replace(path)


def answer(target: bytes, status: FleetStatus) -> tuple[str, str, bytes]:
    """Status line, content type and body for a GET of `target`."""
    if target == b"/status":
        return "200 OK", "application/json", msgspec.json.encode(status)
    if target == b"/metrics":
        return "200 OK", _PROMETHEUS, prometheus(status)
    if target == b"/health":
        if status.well:
            return "200 OK", "text/plain", b"ok\n"
        return "503 Service Unavailable", "text/plain", b"a worker was given up\n"
    return "404 Not Found", "text/plain", b"there are /status, /metrics and /health\n"


async def serve_status(address: tuple[str, int], status: Callable[[], FleetStatus]) -> asyncio.Server:
    """Answer GET /status, /metrics and /health. On loopback other host names are refused: a web page whose name was
    pointed here must not read it. Raises `SettingsError` when the address is taken."""
    local = address[0] in ("localhost", "::1") or address[0].startswith("127.")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_REQUEST_SECONDS_MAX):
                head = await reader.readuntil(b"\r\n\r\n")
                first, *fields = head.split(b"\r\n")
                words = first.split(b" ")
                hosts = [each[5:].strip().decode() for each in fields if each[:5].lower() == b"host:"]
                if words[0] != b"GET" or len(words) != 3:
                    told = ("405 Method Not Allowed", "text/plain", b"")
                elif local and [each for each in hosts if each.rpartition(":")[0] not in _LOOPBACK_NAMES]:
                    told = ("403 Forbidden", "text/plain", b"not under this name\n")
                else:
                    told = answer(words[1], status())
                line, kind, body = told
                top = f"HTTP/1.1 {line}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
                writer.write(top.encode() + b"\r\n" + body)
                await writer.drain()
        writer.close()

    try:
        return await asyncio.start_server(serve, *address, limit=_REQUEST_BYTES_MAX)
    except OSError as error:
        raise SettingsError(f"listen = {address[0]}:{address[1]}: {os.strerror(error.errno or 0)}") from error
