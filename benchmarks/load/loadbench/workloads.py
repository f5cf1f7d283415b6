"""The workloads whose figures are ratios to the yardstick: what each measures, with which script, towards which aim.

The aims are those the project set itself: at least this share of the yardstick's own rate in the same run; of what
the yardstick cannot do, at least so many a second or at most so many milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from loadbench import functions, longpoll, objects, topics, transfers, wrk
from loadbench.client import LoadError, call, create_queue
from loadbench.fill import Backlog, fill
from loadbench.servers import Running
from loadbench.wrk import Figure

DRAIN_MESSAGES = 100_000
# Slow peers get as far as they get; what they took is what they are asked to drain.
FILL_SECONDS_MAX = 30
DRAIN_SECONDS_MAX = 30


@dataclass(frozen=True)
class Timing:
    """Whole seconds (wrk knows no others) measured, and before that unmeasured."""

    seconds: int
    warm: int


@dataclass(frozen=True)
class Workload:
    """`measure(server, name, timing)` gives one figure on a queue, bucket or function of that name. `referee` are the
    Go referee's flags for the same load. An `absolute` aim is in the workload's unit, not a share of the yardstick."""

    name: str
    title: str
    unit: str
    aim: float
    measure: Callable[[Running, str, Timing], Figure]
    referee: tuple[str, ...] = ()
    # What the yardstick does in its place, as the yardstick has no FIFO queues and no long polls.
    on_yardstick: str | None = ""
    fifo: bool = False
    absolute: bool = False

    @property
    def lower_is_better(self) -> bool:
        return self.unit == "ms"


def steady(
    script: str,
    connections: int,
    counted: str | None,
    per_request: int,
    fifo: bool,
    running: Running,
    name: str,
    timing: Timing,
) -> Figure:
    """A script for a fixed time on a queue of its own, warmed by the same script."""
    url = running.url
    queue_url = create_queue(url, name, fifo)
    if timing.warm:
        wrk.run(url, script, queue_url, connections, timing.warm)
    figure = wrk.rate(wrk.run(url, script, queue_url, connections, timing.seconds), counted, per_request)
    remove(url, queue_url)
    return figure


def drain(running: Running, name: str, timing: Timing) -> Figure:
    """A backlog, put in beforehand and not measured, until it is gone; its size sets the time, not `timing`."""
    url = running.url
    queue_url = create_queue(url, name)
    backlog = fill(url, queue_url, Backlog(DRAIN_MESSAGES), FILL_SECONDS_MAX)
    result = wrk.run(url, "drain", queue_url, 16, DRAIN_SECONDS_MAX, limit=backlog)
    remove(url, queue_url)
    if "p50_ms" not in result:
        # The script ended by itself, not by the clock: what is missing then did not come at all.
        result["failed"] += backlog - result["deleted"]
    return wrk.rate(result, "deleted")


def remove(url: str, queue_url: str) -> None:
    """A queue that cannot be deleted only matters to a peer, which keeps it; the figure stands."""
    try:
        call(url, "DeleteQueue", {"QueueUrl": queue_url})
    except LoadError as error:
        print(f"DeleteQueue: {error}")


def load(
    name: str,
    title: str,
    aim: float,
    script: str,
    connections: int,
    referee: str,
    counted: str | None = None,
    per_request: int = 1,
    fifo: bool = False,
    on_yardstick: str = "",
) -> Workload:
    return Workload(
        name=name,
        title=title,
        unit="messages/s",
        aim=aim,
        measure=partial(steady, script, connections, counted, per_request, fifo),
        referee=("-workload", referee, "-conns", str(connections)),
        on_yardstick=on_yardstick or name,
        fifo=fifo,
    )


def topic(name: str, title: str, aim: float, queues: int, on_yardstick: str) -> Workload:
    def measure(running: Running, queue: str, timing: Timing) -> Figure:
        return topics.fan_out(running.url, queue, timing, queues)

    referee = ("-workload", "sns", "-conns", "16", "-subs", str(queues))
    return Workload(name, title, "messages/s", aim, measure, referee, on_yardstick)


def absolute(
    name: str, title: str, unit: str, aim: float, measure: Callable[[Running, str, Timing], Figure]
) -> Workload:
    """What the yardstick cannot do."""
    return Workload(name, title, unit, aim, measure, on_yardstick=None, absolute=True)


WORKLOADS = {
    workload.name: workload
    for workload in (
        load("send16", "SendMessage, 16 connections", 0.6, "send", 16, "send"),
        load("send64", "SendMessage, 64 connections", 0.6, "send", 64, "send"),
        load("batch16", "SendMessageBatch ×10, 16 connections", 0.6, "send_batch", 16, "sendbatch", None, 10),
        load("batch64", "SendMessageBatch ×10, 64 connections", 0.6, "send_batch", 64, "sendbatch", None, 10),
        load("cycle16", "send → receive → delete, 16 connections", 0.6, "cycle", 16, "cycle", "deleted"),
        load("cycle64", "send → receive → delete, 64 connections", 0.6, "cycle", 64, "cycle", "deleted"),
        Workload(
            name="drain",
            title="drain of 100 000, 16 connections",
            unit="messages/s",
            aim=0.6,
            measure=drain,
            referee=("-workload", "drain", "-conns", "16", "-warm", "0", "-seconds", str(DRAIN_SECONDS_MAX)),
            on_yardstick="drain",
        ),
        load(
            "fifo16",
            "FIFO send, 100 groups, 16 connections",
            0.4,
            "fifo_send",
            16,
            "fifo",
            fifo=True,
            on_yardstick="send16",
        ),
        topic("topic1", "Publish to one queue, raw, 16 connections", 0.5, 1, "send16"),
        topic("topic10", "Publish to ten queues, raw, 16 connections, deliveries", 0.6, 10, "batch16"),
        Workload(
            name="longpoll",
            title="long-poll wake-up, median",
            unit="ms",
            aim=1.0,
            measure=lambda running, name, timing: longpoll.measure(running.url, name),
            referee=("-workload", "longpoll", "-n", str(longpoll.ROUNDS)),
            on_yardstick=None,
        ),
        absolute("put4k", "PutObject 4 KB, 16 connections", "objects/s", 2000, objects.put4k),
        absolute("get4k", "GetObject 4 KB, 16 connections", "objects/s", 8000, objects.get4k),
        absolute("multipart1g", "1 GB up and down, boto3", "of the client alone", 0.8, transfers.multipart),
        absolute("invoke", "Invoke, warm, 16 connections", "calls/s", 1500, partial(functions.invoke, 16)),
        absolute("invoke1", "Invoke, warm, one caller, median", "ms", 3, functions.added_latency),
        absolute("coldstart", "Invoke, cold, median", "ms", 250, functions.cold_start),
        absolute("sqs_lambda", "SQS → Lambda, batches of ten", "messages/s", 5000, functions.sqs_lambda),
    )
}

# What a node on PostgreSQL is measured by, and the share of the yardstick's rate that it should reach.
ON_POSTGRES = ("send64", "batch64", "cycle64")
POSTGRES_AIM = 0.25

DEFAULT = tuple(name for name in WORKLOADS if name != "batch64")
