#!/usr/bin/env python3
"""A queue server in memory, just enough of SQS to try the benchmark itself: never a figure, never a product.

It has what the yardstick lacks and the benchmark asks for: long polls, message groups that lock, purges, counts.

    fake_sqs.py PORT
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Message = dict[str, str]
numbers = count()


@dataclass
class Queue:
    """Messages by group; a standard queue has the one group that is never locked."""

    fifo: bool
    groups: dict[str, deque[Message]] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, entry: dict[str, str]) -> dict[str, str]:
        identity = str(next(numbers))
        group = entry.get("MessageGroupId", "") if self.fifo else ""
        message = {"MessageId": identity, "ReceiptHandle": identity, "Body": entry["MessageBody"]}
        self.groups.setdefault(group, deque()).append(message)
        self.arrival.set()
        return {"MessageId": identity, "MD5OfMessageBody": ""}

    def take(self, limit: int) -> list[Message]:
        locked = set(self.hidden.values()) if self.fifo else set()
        for name in [name for name, waiting in self.groups.items() if waiting and name not in locked]:
            waiting = self.groups[name]
            taken = [waiting.popleft() for _ in range(min(limit, len(waiting)))]
            self.hidden.update({message["ReceiptHandle"]: name for message in taken})
            return taken
        return []


queues: dict[str, Queue] = {}


def queue_of(request: dict[str, Any]) -> Queue:
    name = request.get("QueueName") or request["QueueUrl"].rpartition("/")[2]
    return queues.setdefault(name, Queue(name.endswith(".fifo")))


def create(request: dict[str, Any]) -> dict[str, Any]:
    queue_of(request)
    return {"QueueUrl": f"http://127.0.0.1:{sys.argv[1]}/000000000000/{request['QueueName']}"}


def send_batch(request: dict[str, Any]) -> dict[str, Any]:
    queue = queue_of(request)
    return {"Successful": [{"Id": e["Id"], **queue.put(e)} for e in request["Entries"]], "Failed": []}


def delete_batch(request: dict[str, Any]) -> dict[str, Any]:
    hidden = queue_of(request).hidden
    done = [{"Id": e["Id"]} for e in request["Entries"] if hidden.pop(e["ReceiptHandle"], None) is not None]
    return {"Successful": done, "Failed": []}


def forget(request: dict[str, Any]) -> dict[str, Any]:
    queue_of(request).groups.clear()
    return {}


def attributes(request: dict[str, Any]) -> dict[str, Any]:
    stored = sum(len(waiting) for waiting in queue_of(request).groups.values())
    return {"Attributes": {"ApproximateNumberOfMessages": str(stored)}}


async def receive(request: dict[str, Any]) -> dict[str, Any]:
    queue, limit = queue_of(request), request.get("MaxNumberOfMessages", 1)
    taken = queue.take(limit)
    if not taken and (seconds := request.get("WaitTimeSeconds", 0)):
        queue.arrival.clear()
        try:
            await asyncio.wait_for(queue.arrival.wait(), seconds)
        except TimeoutError:
            return {}
        taken = queue.take(limit)
    return {"Messages": taken} if taken else {}


OPERATIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "CreateQueue": create,
    "GetQueueUrl": create,
    "DeleteQueue": forget,
    "PurgeQueue": forget,
    "ListQueues": lambda request: {"QueueUrls": []},
    "SendMessage": lambda request: queue_of(request).put(request),
    "SendMessageBatch": send_batch,
    "DeleteMessageBatch": delete_batch,
    "GetQueueAttributes": attributes,
}


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            headers = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
            request = json.loads(await reader.readexactly(int(headers["content-length"])))
            asked = headers["x-amz-target"].partition(".")[2]
            operation = next((run for name, run in OPERATIONS.items() if name.lower() == asked), None)
            answer = json.dumps(operation(request) if operation else await receive(request)).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(converse, "127.0.0.1", int(sys.argv[1]), limit=2**24)
    print("Ready.", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
