"""Functions: what a warm invocation costs and how long it takes, a cold one, and how fast a queue is worked off by one.

Every figure is checked: an invocation's answer must be its event, and a queue must be empty.
"""

from __future__ import annotations

import base64
import io
import time
import zipfile
from functools import partial
from statistics import median
from typing import Any

from loadbench import wrk
from loadbench.client import LoadError, call, create_queue
from loadbench.fill import Backlog, fill
from loadbench.rest import Rest, until
from loadbench.servers import Running, cpu_seconds
from loadbench.topics import queue_arn
from loadbench.wrk import Figure

CONNECTIONS = 16
RUNTIME = "python3.11"
FUNCTIONS = "/2015-03-31/functions"
MAPPINGS = "/2015-03-31/event-source-mappings"
ROLE = "arn:aws:iam::000000000000:role/bench"
ECHO = "def handler(event, context):\n    return event\n"
MESSAGES, FILL_SECONDS_MAX, DRAIN_SECONDS_MAX = 30_000, 60.0, 60.0
#: The measurement begins when this share is gone: by then every environment has started.
BEGUN = 0.1
COLD_STARTS = 7


def package(source: str) -> str:
    """A function's zip in base64."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.py", source)
    return base64.b64encode(data.getvalue()).decode()


def create_function(client: Rest, name: str, source: str = ECHO, **more: Any) -> str:
    """An active function's ARN."""
    parameters = {
        "FunctionName": name,
        "Runtime": RUNTIME,
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": package(source)},
        "Timeout": 30,
        **more,
    }
    arn = str(client.json("POST", FUNCTIONS, parameters)["FunctionArn"])
    until(lambda: state_of(client, name) == "Active", 30, f"{name} active")
    return arn


def state_of(client: Rest, name: str) -> str:
    return str(client.json("GET", f"{FUNCTIONS}/{name}/configuration").get("State", "Active"))


def check_echo(client: Rest, name: str) -> None:
    event = {"checked": name}
    answer = client.json("POST", f"{FUNCTIONS}/{name}/invocations", event)
    if answer != event:
        raise LoadError(f"the function answered {str(answer)[:200]}, not its event")


def invoke(connections: int, running: Running, name: str, timing: Any) -> Figure:
    """Warm synchronous invocations, as fast as they go."""
    client = Rest(running.url, "lambda")
    create_function(client, name)
    check_echo(client, name)
    run = partial(wrk.run, running.url, "invoke", "-", connections, name=name)
    run(seconds=max(2, timing.warm))
    figure = wrk.rate_and_cpu(running.pid, lambda: run(seconds=timing.seconds))
    check_echo(client, name)
    client.close()
    return figure


def added_latency(running: Running, name: str, timing: Any) -> Figure:
    """The median of one caller's warm invocations, in ms."""
    figure = invoke(1, running, name, timing)
    return Figure(figure.p50_ms, figure.p50_ms, figure.p99_ms, figure.errors, figure.detail)


def cold_start(running: Running, name: str, timing: Any) -> Figure:
    """The median of the first invocations of functions, each its own, in ms."""
    client = Rest(running.url, "lambda")
    times = []
    for number in range(COLD_STARTS):
        each = f"{name}-{number}"
        create_function(client, each)
        began = time.perf_counter()
        check_echo(client, each)
        times.append(1000 * (time.perf_counter() - began))
    client.close()
    return Figure(median(times), median(times), max(times), 0, {"first_ms": times[0], "best_ms": min(times)})


def sqs_lambda(running: Running, name: str, timing: Any) -> Figure:
    """Messages a second that a function works off a backlog, ten at a time: counted when deleted."""
    client = Rest(running.url, "lambda")
    queue_url = create_queue(running.url, name)
    create_function(client, name, "def handler(event, context):\n    assert len(event['Records']) <= 10\n")
    messages = fill(running.url, queue_url, Backlog(MESSAGES), FILL_SECONDS_MAX)
    source = {"EventSourceArn": queue_arn(running.url, queue_url), "FunctionName": name, "BatchSize": 10}
    client.json("POST", MAPPINGS, source)
    taken = partial(left, running.url, queue_url)
    until(lambda: taken() < messages * (1 - BEGUN), DRAIN_SECONDS_MAX, "the mapping's first messages")
    cpu, began, at_first = cpu_of(running), time.perf_counter(), taken()
    deadline = began + DRAIN_SECONDS_MAX
    while (now := taken()) and time.perf_counter() < deadline:
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    done = at_first - now
    detail = {"seconds": seconds, "left": float(now), "cpu_us_per_item": 1e6 * (cpu_of(running) - cpu) / max(done, 1)}
    client.close()
    return Figure(done / seconds, errors=now, detail=detail)


def cpu_of(running: Running) -> float:
    return cpu_seconds(running.pid) if running.pid is not None else 0.0


def left(url: str, queue_url: str) -> int:
    """Messages that are not deleted."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = call(url, "GetQueueAttributes", {"QueueUrl": queue_url, "AttributeNames": names})
    return sum(int(answer["Attributes"][name]) for name in names)
