"""The server's own control endpoints: health, capabilities, metrics, the test clock, reset."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from chasqui import __version__
from chasqui.base.clock import TestClock
from chasqui.base.control import Answer, ControlRequest, Endpoint, Refusal
from chasqui.store.port import Store, StoreError
from chasqui.telemetry.counters import Counters

_FLOWS_MAX = 10_000
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


_WELCOME = {
    "permissive": "any credentials will do.",
    "audit": "any credentials will do; what strict mode would refuse is logged.",
    "strict": "requests must be signed by a user of this server's (chasqui init makes one).",
}


class Facts(msgspec.Struct):
    """What the endpoints tell and do; filled in by `app.py`."""

    store: Store
    counters: Counters
    services: tuple[str, ...]
    auth: str
    capabilities: Callable[[], Awaitable[Mapping[str, list[str]]]]
    connections: Callable[[], int]
    reset: Callable[[], Awaitable[None]]
    clock: TestClock | None
    save_clock: Callable[[], Awaitable[None]]
    backup: Callable[[str], Awaitable[None]]
    console: str = ""
    """Where the console is, "" where there is none."""
    started_s: float = msgspec.field(default_factory=time.monotonic)


def server_handlers(facts: Facts) -> dict[tuple[str, str], Endpoint]:
    """(method, path) to endpoint. Public ones tell nothing of what users keep here."""

    async def root(request: ControlRequest) -> Answer:
        if facts.console and "text/html" in request.accept:
            return Answer(b"", 303, "text/plain", ((b"location", facts.console.encode()),))
        lines = (
            f"Chasqui {__version__} serves {', '.join(facts.services)} here.",
            f"Point AWS_ENDPOINT_URL at {request.base_url}; {_WELCOME[facts.auth]}",
            f"Health: {request.base_url}/_chasqui/health",
            f"What is implemented: {request.base_url}/_chasqui/capabilities",
            *((f"The console: {request.base_url}{facts.console}",) if facts.console else ()),
        )
        return Answer("".join(f"{line}\n" for line in lines).encode(), content_type="text/plain; charset=utf-8")

    async def health(request: ControlRequest) -> Answer:
        figures = dict(facts.store.statistics())
        # For load balancers: a node that would refuse whatever it was sent is to be sent nothing.
        serving = figures.get("serving", 1)
        status = "ok" if serving else "out of touch with the database"
        return Answer({"status": status, "version": __version__, "store": figures}, 200 if serving else 503)

    async def localstack_health(request: ControlRequest) -> Answer:
        services = dict.fromkeys(facts.services, "available")
        return Answer({"services": services, "version": __version__, "edition": "chasqui"})

    async def localstack_init(request: ControlRequest) -> Answer:
        stages = dict.fromkeys(("BOOT", "START", "READY"), True)
        return Answer({"completed": {**stages, "SHUTDOWN": False}, "scripts": []})

    async def capabilities(request: ControlRequest) -> Answer:
        return Answer({"version": __version__, "services": await facts.capabilities()})

    async def metrics(request: ControlRequest) -> Answer:
        return Answer(render_metrics(facts), content_type=_METRICS_TYPE)

    async def reset(request: ControlRequest) -> Answer:
        await facts.reset()
        return Answer({"status": "reset"})

    async def backup(request: ControlRequest) -> Answer:
        return await _backup(facts, request)

    async def clock(request: ControlRequest) -> Answer:
        return await _clock(facts, request)

    return {
        ("GET", ""): Endpoint(root, None),
        ("GET", "/_chasqui/health"): Endpoint(health, None),
        ("GET", "/_localstack/health"): Endpoint(localstack_health, None),
        ("GET", "/_localstack/init"): Endpoint(localstack_init, None),
        ("POST", "/_localstack/state/reset"): Endpoint(reset, "chasqui:Reset"),
        ("GET", "/_chasqui/capabilities"): Endpoint(capabilities, None),
        ("GET", "/_chasqui/metrics"): Endpoint(metrics, "chasqui:GetMetrics"),
        ("GET", "/_chasqui/flows"): Endpoint(partial(_flows, facts), "chasqui:GetMetrics"),
        ("POST", "/_chasqui/reset"): Endpoint(reset, "chasqui:Reset"),
        ("POST", "/_chasqui/backup"): Endpoint(backup, "chasqui:Backup"),
        ("GET", "/_chasqui/clock"): Endpoint(clock, "chasqui:GetClock"),
        ("POST", "/_chasqui/clock"): Endpoint(clock, "chasqui:SetClock"),
    }


async def _flows(facts: Facts, request: ControlRequest) -> Answer:
    """Messages so far from one resource to another, by what connects them (`telemetry.counters.Flows`): those that the
    parameters `of` name, one a line."""
    flows = facts.counters.flows
    wanted = [each for text in request.query.get("of", ()) for each in text.split("\n")]
    if len(wanted) > _FLOWS_MAX:
        raise Refusal(400, f"of: {_FLOWS_MAX} at most")
    return Answer({"flows": {each: flows[each] for each in wanted if each in flows}})


def _body(request: ControlRequest) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(request.body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(400, "the body must be a JSON object") from error
    if not isinstance(body, dict):
        raise Refusal(400, "the body must be a JSON object")
    return body


async def _backup(facts: Facts, request: ControlRequest) -> Answer:
    """POST {"target": folder}: a copy of what is stored, on the server's machine."""
    target = _body(request).get("target")
    if not isinstance(target, str) or "\0" in target or not Path(target).is_absolute():
        raise Refusal(400, 'give the folder to write as {"target": "/absolute/path"}')
    try:
        await facts.backup(target)
    except (StoreError, OSError) as error:
        raise Refusal(409, f"cannot back up to {target}: {error}") from error
    return Answer({"status": "done", "target": target})


async def _clock(facts: Facts, request: ControlRequest) -> Answer:
    """GET shows the clock; POST {"freeze": true | epoch ms}, {"advance_seconds": n} and {"resume": true} move it."""
    clock = facts.clock
    if clock is None:
        raise Refusal(404, "this server runs on real time; start it with --test-clock to move its clock")
    if request.method == "POST":
        _move(clock, _body(request))
        await facts.save_clock()
    return Answer({"now_ms": clock.now_ms(), "frozen": clock.frozen})


def _move(clock: TestClock, orders: dict[str, Any]) -> None:
    unknown = orders.keys() - {"freeze", "advance_seconds", "resume"}
    if unknown or not orders:
        raise Refusal(400, 'say {"freeze": true}, {"freeze": epoch ms}, {"advance_seconds": n} or {"resume": true}')
    freeze, seconds = orders.get("freeze"), orders.get("advance_seconds")
    if freeze is not None and freeze is not False:
        if not isinstance(freeze, int):
            raise Refusal(400, "freeze takes true or a time in milliseconds since the epoch")
        clock.freeze(None if freeze is True else freeze)
    if seconds is not None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 1e10:
            raise Refusal(400, "advance_seconds takes a number, 0 or more")
        clock.advance(int(seconds * 1000))
    if orders.get("resume"):
        clock.resume()


def render_metrics(facts: Facts) -> bytes:
    """The metrics in Prometheus' text format."""
    # Imported when first asked for: it brings a web server of its own along.
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric  # noqa: PLC0415

    def figures() -> list[Metric]:
        families: dict[str, CounterMetricFamily] = {}
        for (name, resource), count in list(facts.counters.items()):
            if name not in families:
                families[name] = CounterMetricFamily(f"chasqui_{name}", f"{name}, by resource", labels=["arn"])
            families[name].add_metric([resource], count)
        gauges = {"connections": facts.connections(), "uptime_seconds": time.monotonic() - facts.started_s}
        gauges |= {f"store_{name}": value for name, value in facts.store.statistics().items()}
        return [
            *families.values(),
            *(GaugeMetricFamily(f"chasqui_{name}", name, value) for name, value in gauges.items()),
        ]

    class Figures:
        collect = staticmethod(figures)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return generate_latest(registry)
