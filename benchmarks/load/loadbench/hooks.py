"""HTTP subscriptions: how many notifications a second reach endpoints and are settled, and what a dead one costs."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from loadbench import servers
from loadbench.client import LoadError
from loadbench.report import Check
from loadbench.servers import LOAD, Contestant
from loadbench.topics import create_topic, publish, sns, subscribe, text_of

ENDPOINTS = 10
SECONDS = 5
_WAIT_SECONDS = 60


@contextmanager
def hooks(count: int) -> Iterator[list[str]]:
    """The URLs of endpoints that take what they are sent."""
    process = subprocess.Popen(
        [sys.executable, str(LOAD / "hook_server.py"), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=servers.end_with_parent,  # noqa: PLW1509 - no thread runs meanwhile
    )
    try:
        assert process.stdout is not None
        yield [f"http://127.0.0.1:{port}/hook" for port in process.stdout.readline().split()]
    finally:
        servers.end(process)  # type: ignore[arg-type]


def taken(hook: str) -> int:
    """How many notifications the endpoints have taken."""
    with urllib.request.urlopen(hook.replace("/hook", "/count"), timeout=10) as answer:
        return int(answer.read())


def confirmed(url: str, topic: str, count: int) -> None:
    """Return when so many subscriptions are confirmed."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        xml = sns(url, "GetTopicAttributes", TopicArn=topic)
        if int(text_of(xml.partition("<key>SubscriptionsConfirmed</key>")[2], "value")) >= count:
            return
        time.sleep(0.02)
    raise LoadError(f"{count} subscriptions were not confirmed")


def reached(hook: str, wanted: int) -> float:
    """When the endpoints had taken so much, in seconds of time.perf_counter."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        if taken(hook) >= wanted:
            return time.perf_counter()
        time.sleep(0.01)
    raise LoadError(f"{taken(hook)} of {wanted} notifications arrived")


def rate(server: Contestant, endpoints: int, dead: int = 0, connections: int = 16) -> tuple[float, float]:
    """(notifications, publishes) a second of a topic with so many endpoints and some on which nobody answers."""
    with servers.started(server) as running, hooks(endpoints) as urls:
        topic = create_topic(running.url, "hooks")
        for each in urls:
            subscribe(running.url, topic, "http", each)
        confirmed(running.url, topic, endpoints)
        if dead:
            topic = with_dead(running.url, topic, urls, dead)
        began = time.perf_counter()
        result = publish(running.url, topic, SECONDS, connections=connections)
        accepted = int(result["requests"] - result["refused"])
        ended = reached(urls[0], accepted * endpoints)
        return accepted * endpoints / (ended - began), accepted / result["seconds"]


def with_dead(url: str, topic: str, urls: list[str], dead: int) -> str:
    """Subscribe endpoints that confirm once and are gone then."""
    with hooks(dead) as gone:
        for each in gone:
            subscribe(url, topic, "http", each)
        confirmed(url, topic, len(urls) + dead)
    return topic


def delivered(server: Contestant, rounds: int) -> list[Check]:
    """One publish to ten endpoints, as many as they take."""
    best = sorted(rate(server, ENDPOINTS)[0] for _ in range(rounds))[rounds // 2]
    return [Check("hooks", f"HTTP notifications to {ENDPOINTS} endpoints, settled", best, "/s", 3000, at_least=True)]


def beside_dead(server: Contestant, rounds: int, endpoints: int = 99) -> list[Check]:
    """What one dead endpoint among a hundred costs the others."""
    alone, beside = [], []
    for _ in range(rounds):
        alone.append(rate(server, endpoints)[0])
        beside.append(rate(server, endpoints, dead=1)[0])
    detail: dict[str, Any] = {"alone_per_s": alone, "beside_per_s": beside}
    share = sorted(beside)[rounds // 2] / sorted(alone)[rounds // 2]
    return [
        Check("deadhook", "notifications to 99 endpoints beside a dead one, of alone", share, "", 0.95, True, detail)
    ]
