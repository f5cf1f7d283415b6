"""Scale workloads: that cost does not grow with what is stored, and that an idle server costs nothing.

They concern one server alone and have absolute limits, so the yardstick takes no part. Processor time and memory are
read from /proc: Linux only. `messages` scales the backlogs down for a trial; the limits are meant for 2 million.
"""

from __future__ import annotations

import asyncio
import json
import resource
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from loadbench import servers, wrk
from loadbench.client import Connection, LoadError, call, create_queue, post
from loadbench.fill import Backlog, fill
from loadbench.report import Check
from loadbench.servers import Contestant, Running
from loadbench.workloads import Timing, Workload

DRAINED = 10_000
PAIRS = 10
STARTS = 5
# A backlog that takes longer than this a message is not a backlog but a fault.
FILL_RATE_MIN = 2_000


@dataclass(frozen=True)
class Bench:
    """What the scale workloads are run with."""

    server: Contestant
    relaxed: Contestant
    messages: int
    timing: Timing
    say: Callable[[str], None]

    def fill(self, running: Running, queue_url: str, backlog: Backlog) -> None:
        accepted = fill(running.url, queue_url, backlog, 60 + backlog.messages / FILL_RATE_MIN)
        if accepted < backlog.messages:
            raise LoadError(f"only {accepted} of {backlog.messages} messages were put in, the time was up")


def pair_of_drains(bench: Bench, quiet: tuple[Running, str], loaded: tuple[Running, str], backlog: Backlog) -> Check:
    """Ten thousand messages in and out, in turn on a queue that holds nothing else and on one that does.

    Only the way out is measured. The value is the loaded queue's rate as a share of the quiet queue's.
    """
    rates: list[list[float]] = [[], []]
    marked = 0.0
    for _ in range(PAIRS):
        for (running, queue_url), found in zip((quiet, loaded), rates, strict=True):
            bench.fill(running, queue_url, backlog)
            result = wrk.run(running.url, "drain", queue_url, 16, 60, limit=backlog.messages, mark=backlog.mark)
            if result["deleted"] < backlog.messages:
                raise LoadError(f"only {result['deleted']:.0f} of {backlog.messages} messages came out")
            found.append(result["deleted"] / result["seconds"])
        marked += result["marked"] / PAIRS / backlog.messages
    alone, beside = (median(found) for found in rates)
    detail = {"alone_per_s": alone, "beside_per_s": beside, "share_of_new_messages": marked}
    return Check("", "", beside / alone, "", 0.8, at_least=True, detail=detail)


def named(check: Check, name: str, title: str) -> Check:
    return Check(name, title, check.value, check.unit, check.limit, check.at_least, check.detail)


def deep(bench: Bench, wanted: set[str]) -> list[Check]:
    """All that concerns one queue of 2 million messages of 1 KB, which is put in once."""
    checks = []
    with servers.fresh_directory() as directory:
        with servers.started(bench.server, directory) as running:
            queue_url = create_queue(running.url, "deep")
            bench.say(f"putting {bench.messages} messages of 1 KB into a queue")
            bench.fill(running, queue_url, Backlog(bench.messages, body_bytes=1024))
            if "memory" in wanted:
                checks.append(memory(running))
        if "start" in wanted:
            checks += start(bench, directory)
        with servers.started(bench.server, directory) as running:
            queue_url = str(call(running.url, "GetQueueUrl", {"QueueName": "deep"})["QueueUrl"])
            if "attributes" in wanted:
                checks.append(attributes(running, queue_url))
            if "backlog" in wanted:
                checks.append(backlog_pair(bench, running, queue_url))
            if "purge" in wanted:
                checks.append(purge(bench, running, queue_url))
    return checks


def memory(running: Running) -> Check:
    assert running.pid is not None
    return Check("memory", "resident, a backlog of 1 KB messages stored", servers.resident_mb(running.pid), "MB", 150)


def start(bench: Bench, directory: Path) -> list[Check]:
    """From the process' start to its first answer, on nothing and on the stored backlog in turn."""
    empty, stored = [], []
    for _ in range(STARTS):
        with servers.started(bench.server) as running:
            empty.append(running.start_seconds)
        with servers.started(bench.server, directory) as running:
            stored.append(running.start_seconds)
    return [
        Check("start", "start to first answer, empty", median(empty), "s", 0.5, detail={"all": empty}),
        Check("start", "start to first answer, on the backlog", median(stored), "s", 2, detail={"all": stored}),
    ]


def attributes(running: Running, queue_url: str) -> Check:
    """500 calls of GetQueueAttributes one after the other; the value is their p99."""

    async def times() -> list[float]:
        connection = await Connection.open(running.url)
        body = json.dumps({"QueueUrl": queue_url, "AttributeNames": ["All"]}).encode()
        request = post(running.url, "GetQueueAttributes", body)
        found = []
        for _ in range(500):
            began = time.perf_counter()
            answer = await connection.exchange(request)
            if answer.status != 200:
                raise LoadError(f"GetQueueAttributes answered {answer.status}: {answer.body[:300]!r}")
            found.append((answer.at - began) * 1000)
        connection.close()
        return found

    found = asyncio.run(times())
    p99 = quantiles(found, n=100)[98]
    detail = {"p50_ms": median(found), "max_ms": max(found)}
    return Check("attributes", "GetQueueAttributes on the backlog, p99", p99, "ms", 5, detail=detail)


def backlog_pair(bench: Bench, running: Running, queue_url: str) -> Check:
    with servers.started(bench.server) as small:
        alone = (small, create_queue(small.url, "small"))
        check = pair_of_drains(bench, alone, (running, queue_url), Backlog(DRAINED, body_bytes=1024))
    return named(check, "backlog", "receive + delete on the backlog, of the rate at 10 000")


def purge(bench: Bench, running: Running, queue_url: str) -> Check:
    """Sends to another queue, without a purge and then with one that begins a second after them."""
    seconds = max(bench.timing.seconds, 10)
    other = create_queue(running.url, "beside")
    calm = wrk.run(running.url, "send", other, 16, seconds)
    with ThreadPoolExecutor(1) as load:
        sends = load.submit(wrk.run, running.url, "send", other, 16, seconds)
        time.sleep(1)
        began = time.perf_counter()
        call(running.url, "PurgeQueue", {"QueueUrl": queue_url}, seconds + 30)
        answered_ms = (time.perf_counter() - began) * 1000
        during = sends.result()
    detail = {"calm": calm, "during": during, "purge_answered_ms": answered_ms}
    title = "SendMessage p99 while the backlog is purged"
    return Check("purge", title, during["p99_ms"], "ms", 50, detail=detail)


def noisy(bench: Bench) -> list[Check]:
    """A tenant with 2 million messages and a hundred in flight, beside a hundred quiet tenants."""
    with servers.started(bench.server) as plain, servers.started(bench.server) as shared:
        alone, beside = create_queue(plain.url, "tenants"), create_queue(shared.url, "tenants")
        bench.say(f"putting {bench.messages} messages of one tenant into a queue")
        bench.fill(shared, beside, Backlog(bench.messages, mark="n", groups=1))
        hold(shared, beside, 10)
        quiet = Backlog(DRAINED, mark="q", groups=100)
        check = pair_of_drains(bench, (plain, alone), (shared, beside), quiet)
    return [named(check, "noisy", "quiet tenants beside a noisy one, of the rate without")]


def locked(bench: Bench) -> list[Check]:
    """2 million messages of one FIFO group, which is locked: a claim must visit groups, not messages."""
    with servers.started(bench.server) as plain, servers.started(bench.server) as shared:
        alone = create_queue(plain.url, "groups", fifo=True)
        beside = create_queue(shared.url, "groups", fifo=True)
        bench.say(f"putting {bench.messages} messages of one group into a FIFO queue")
        bench.fill(shared, beside, Backlog(bench.messages, mark="n", groups=1, fifo=True))
        hold(shared, beside, 1)
        others = Backlog(DRAINED, mark="q", groups=100, fifo=True)
        check = pair_of_drains(bench, (plain, alone), (shared, beside), others)
    return [named(check, "locked", "FIFO receive + delete beside a locked group, of the rate without")]


def hold(running: Running, queue_url: str, receives: int) -> None:
    """Take ten messages so many times, and keep them hidden for as long as this run may last."""
    request = {"QueueUrl": queue_url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 43_000}
    for _ in range(receives):
        if not call(running.url, "ReceiveMessage", request).get("Messages"):
            raise LoadError("a receive on a backlog brought nothing")


def idle(bench: Bench) -> list[Check]:
    """An empty server's memory; then 10 000 queues and 2 000 waiting long polls, watched for ten seconds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 8192), hard), hard))
    with servers.started(bench.server) as running:
        assert running.pid is not None
        empty = servers.resident_mb(running.pid)
        bench.say("creating 10 000 queues")
        queue_urls = run_on_one(running, create_many(10_000))
        share, resident = asyncio.run(watch(running, queue_urls[:2_000]))
    return [
        Check("idle", "resident, empty and idle", empty, "MB", 60),
        # 10 ms of processor time, the kernel's unit, in ten seconds are 0.1 %.
        Check(
            "idle",
            "processor, 10 000 queues and 2 000 long polls",
            share * 100,
            "%",
            0.5,
            detail={"resident_mb": resident},
        ),
    ]


def create_many(count: int) -> Callable[[Connection], Coroutine[Any, Any, list[str]]]:
    async def create(connection: Connection) -> list[str]:
        names = ({"QueueName": f"idle-{number}"} for number in range(count))
        return [str((await connection.call("CreateQueue", name))["QueueUrl"]) for name in names]

    return create


def run_on_one(running: Running, task: Callable[[Connection], Coroutine[Any, Any, list[str]]]) -> list[str]:
    async def on_one() -> list[str]:
        connection = await Connection.open(running.url)
        try:
            return await task(connection)
        finally:
            connection.close()

    return asyncio.run(on_one())


async def watch(running: Running, queue_urls: list[str]) -> tuple[float, float]:
    """The share of a core that the server uses with a long poll waiting on each queue, and its memory in MB."""
    assert running.pid is not None
    connections = [await Connection.open(running.url) for _ in queue_urls]
    polls = []
    for connection, queue_url in zip(connections, queue_urls, strict=True):
        body = json.dumps({"QueueUrl": queue_url, "WaitTimeSeconds": 20}).encode()
        polls.append(asyncio.ensure_future(connection.exchange(post(running.url, "ReceiveMessage", body))))
    await asyncio.sleep(4)
    before = servers.cpu_seconds(running.pid)
    await asyncio.sleep(10)
    used = servers.cpu_seconds(running.pid) - before
    resident = servers.resident_mb(running.pid)
    answered = sum(poll.done() for poll in polls)
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    for connection in connections:
        connection.close()
    if answered:
        raise LoadError(f"{answered} long polls were answered within 14 of their 20 seconds")
    return used / 10, resident


def relaxed(bench: Bench, send: Workload, rounds: int) -> list[Check]:
    """Sends without waiting for the disk, against sends with: interleaved, medians."""
    rates: list[list[float]] = [[], []]
    for _ in range(rounds):
        for contestant, found in zip((bench.server, bench.relaxed), rates, strict=True):
            with servers.started(contestant) as running:
                found.append(send.measure(running, "relaxed", bench.timing).value)
    full, fast = (median(found) for found in rates)
    detail = {"full_per_s": full, "relaxed_per_s": fast}
    return [
        Check(
            "relaxed",
            "sends with --durability relaxed, of those without",
            fast / full,
            "",
            1.4,
            True,
            detail,
        )
    ]


DEEP = ("memory", "start", "attributes", "backlog", "purge")
NAMES = ("idle", "relaxed", *DEEP, "noisy", "locked")
