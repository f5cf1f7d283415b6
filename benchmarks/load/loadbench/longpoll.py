"""Long-poll wake-up: from the last byte of a send's answer to the last byte of the waiting receive's answer.

wrk cannot measure between two connections. As the referee does, each round lets the receive wait 60 to 150 ms, a
different time each, so that a server that looks at its queues on a fixed beat shows its mean. A server that answers
the receive before the send has a wake-up below zero.
"""

from __future__ import annotations

import asyncio
import json
from statistics import median, quantiles

from loadbench.client import Answer, Connection, LoadError, create_queue, post
from loadbench.wrk import BODY_BYTES, Figure, run_id

ROUNDS = 50


def handles(answer: Answer) -> list[str]:
    if answer.status != 200:
        raise LoadError(f"ReceiveMessage answered {answer.status}: {answer.body[:300]!r}")
    return [message["ReceiptHandle"] for message in json.loads(answer.body).get("Messages") or []]


async def wake_up(receiver: Connection, sender: Connection, queue_url: str, wait_seconds: float, body: str) -> float:
    """One round's wake-up in ms."""
    receive = {"QueueUrl": queue_url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20}
    request = post(receiver.url, "ReceiveMessage", json.dumps(receive).encode())
    polling = asyncio.ensure_future(receiver.exchange(request))
    try:
        await asyncio.sleep(wait_seconds)
        if polling.done():
            raise LoadError("an empty receive was answered at once: this server has no long polls")
        send = json.dumps({"QueueUrl": queue_url, "MessageBody": body}).encode()
        sent = await sender.exchange(post(sender.url, "SendMessage", send))
        received = await polling
    finally:
        polling.cancel()
    got = handles(received)
    if sent.status != 200 or len(got) != 1:
        raise LoadError(f"the long poll brought {len(got)} messages after a send answered {sent.status}")
    entries = [{"Id": "0", "ReceiptHandle": got[0]}]
    await receiver.call("DeleteMessageBatch", {"QueueUrl": queue_url, "Entries": entries})
    return (received.at - sent.at) * 1000


async def rounds(url: str, queue_url: str, count: int) -> list[float]:
    receiver, sender = await Connection.open(url), await Connection.open(url)
    run = run_id()
    try:
        waits = ((60 + number * 37 % 90) / 1000 for number in range(count))
        bodies = (f"m{run}-{number:010d}.".ljust(BODY_BYTES, "x") for number in range(count))
        return [
            await wake_up(receiver, sender, queue_url, wait, body) for wait, body in zip(waits, bodies, strict=True)
        ]
    finally:
        receiver.close()
        sender.close()


def measure(url: str, queue_name: str, count: int = ROUNDS) -> Figure:
    times = asyncio.run(rounds(url, create_queue(url, queue_name), count))
    p99 = quantiles(times, n=100)[98] if len(times) > 1 else times[0]
    return Figure(value=median(times), p50_ms=median(times), p99_ms=p99, detail={"max_ms": max(times)})
