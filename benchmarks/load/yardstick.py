#!/usr/bin/env python3
"""A bare queue server of Chasqui's shape: the speed that shape allows on this machine, with no product in it.

One event loop reads requests, one SQLite transaction holds everything that arrived while the disk was busy, one
fdatasync in a helper process makes it durable, and only then are the answers written. There is one queue, no
validation, no attributes, no encryption, no long polling; CreateQueue and whatever else answers a fixed queue URL.
A benchmark runs it beside the real server, so that a figure can be quoted as a ratio that the machine drops out of.

    yardstick.py PORT [full|off] [FILE]      full (default): answered after the sync; off: without waiting for the disk
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import md5
from typing import Any

import httptools
import msgspec
import uvloop

# Speaks through two pipes: a byte in asks for a sync of the log, a byte out says that the disk has it. A process and
# not a thread, because a busy loop hands the interpreter lock back late. Ends when the server's end of the pipe closes.
SYNC_HELPER = """
import os, sys
requests, answers, log = (int(a) for a in sys.argv[1:])
while os.read(requests, 1):
    os.fdatasync(log)
    os.write(answers, b".")
"""

INSERT = "insert into message (visible_at_ms, id, receives, body) values (?, ?, 0, ?)"
CLAIM = """
    update message set visible_at_ms = ?, receives = receives + 1
    where seq in (select seq from message where visible_at_ms <= ? order by visible_at_ms limit ?)
    returning seq, id, body"""
DELETE = "delete from message where seq = ?"


class Entry(msgspec.Struct):
    """A message to send, alone or in a batch."""

    MessageBody: str
    Id: str = ""


class Handle(msgspec.Struct):
    """A message to delete, alone or in a batch."""

    ReceiptHandle: str
    Id: str = ""


class Entries(msgspec.Struct):
    Entries: list[Entry]


class Handles(msgspec.Struct):
    Entries: list[Handle]


class Claim(msgspec.Struct):
    MaxNumberOfMessages: int = 1
    VisibilityTimeout: int = 30


to_json = msgspec.json.encode
read_entry = msgspec.json.Decoder(Entry).decode
read_entries = msgspec.json.Decoder(Entries).decode
read_handle = msgspec.json.Decoder(Handle).decode
read_handles = msgspec.json.Decoder(Handles).decode
read_claim = msgspec.json.Decoder(Claim).decode


def uuid() -> str:
    digits = os.urandom(16).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def digest(text: str) -> str:
    return md5(text.encode()).hexdigest()


class Tick:
    """What arrived since the last commit: rows to write, and who waits for which answer."""

    def __init__(self) -> None:
        self.inserts: list[tuple[int, str, str]] = []
        self.deletes: list[tuple[int]] = []
        self.claims: list[tuple[Claim, Http]] = []
        self.claimed: list[list[tuple[int, str, str]]] = []
        self.answers: list[tuple[Http, bytes]] = []

    def __bool__(self) -> bool:
        return bool(self.answers or self.claims)


class Queue:
    """The table and its group commit; statements run on the loop's thread, only the wait for the disk is elsewhere."""

    def __init__(self, loop: asyncio.AbstractEventLoop, path: str, durable: bool) -> None:
        self.loop, self.durable = loop, durable
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("pragma journal_mode = wal")
        self.db.execute(f"pragma synchronous = {'normal' if durable else 'off'}")
        self.db.execute(
            "create table message (seq integer primary key, visible_at_ms int, id text, receives int, body text)"
        )
        self.db.execute("create index message_due on message (visible_at_ms)")
        self.tick, self.syncing, self.scheduled = Tick(), Tick(), False
        if durable:
            self.start_helper(path + "-wal")

    def start_helper(self, log_path: str) -> None:
        log = os.open(log_path, os.O_RDWR)
        requests, self.ask = os.pipe()
        self.answered, answers = os.pipe()
        inherited = (requests, answers, log)
        subprocess.Popen([sys.executable, "-c", SYNC_HELPER, *map(str, inherited)], pass_fds=inherited)
        for descriptor in inherited:
            os.close(descriptor)
        self.loop.add_reader(self.answered, self.synced)

    def wake(self) -> None:
        if not self.scheduled and not self.syncing:
            self.scheduled = True
            self.loop.call_soon(self.commit)

    def commit(self) -> None:
        self.scheduled = False
        tick, self.tick = self.tick, Tick()
        now = int(time.time() * 1000)
        run = self.db.execute
        run("begin immediate")
        if tick.inserts:
            self.db.executemany(INSERT, tick.inserts)
        for claim, _ in tick.claims:
            until = now + claim.VisibilityTimeout * 1000
            tick.claimed.append(run(CLAIM, (until, now, claim.MaxNumberOfMessages)).fetchall())
        if tick.deletes:
            self.db.executemany(DELETE, tick.deletes)
        run("commit")
        if self.durable:
            self.syncing = tick
            os.write(self.ask, b".")
        else:
            self.answer(tick)

    def synced(self) -> None:
        os.read(self.answered, 1)
        tick, self.syncing = self.syncing, Tick()
        self.answer(tick)

    def answer(self, tick: Tick) -> None:
        for connection, body in tick.answers:
            connection.respond(body)
        for (_, connection), rows in zip(tick.claims, tick.claimed, strict=True):
            connection.respond(received(rows))
        if self.tick:
            self.wake()


def received(rows: list[tuple[int, str, str]]) -> bytes:
    return to_json(
        {
            "Messages": [
                {"MessageId": i, "ReceiptHandle": str(seq), "MD5OfBody": digest(body), "Body": body}
                for seq, i, body in rows
            ]
        }
    )


class Http(asyncio.Protocol):
    """One connection: HTTP in, one row or more for the tick, HTTP out."""

    def __init__(self, queue: Queue, port: int) -> None:
        self.queue = queue
        self.fixed = to_json({"QueueUrl": f"http://127.0.0.1:{port}/000000000000/q", "QueueUrls": []})
        self.parser = httptools.HttpRequestParser(self)
        self.body, self.target = b"", b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-amz-target":
            self.target = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        body, self.body = self.body, b""
        operation = OPERATIONS.get(self.target)
        if operation is None:
            self.respond(self.fixed)
        else:
            operation(self, self.queue.tick, body)
            self.queue.wake()

    def respond(self, body: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: %s\r\nContent-Type: application/x-amz-json-1.0\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (uuid().encode(), len(body), body)
            )


def insert(tick: Tick, entry: Entry) -> dict[str, str]:
    identity = uuid()
    tick.inserts.append((int(time.time() * 1000), identity, entry.MessageBody))
    return {"MessageId": identity, "MD5OfMessageBody": digest(entry.MessageBody)}


def send(connection: Http, tick: Tick, body: bytes) -> None:
    tick.answers.append((connection, to_json(insert(tick, read_entry(body)))))


def send_batch(connection: Http, tick: Tick, body: bytes) -> None:
    done = [{"Id": entry.Id, **insert(tick, entry)} for entry in read_entries(body).Entries]
    tick.answers.append((connection, to_json({"Successful": done, "Failed": []})))


def receive(connection: Http, tick: Tick, body: bytes) -> None:
    tick.claims.append((read_claim(body), connection))


def delete(connection: Http, tick: Tick, body: bytes) -> None:
    tick.deletes.append((int(read_handle(body).ReceiptHandle),))
    tick.answers.append((connection, b"{}"))


def delete_batch(connection: Http, tick: Tick, body: bytes) -> None:
    handles = read_handles(body).Entries
    tick.deletes.extend((int(handle.ReceiptHandle),) for handle in handles)
    done = [{"Id": handle.Id} for handle in handles]
    tick.answers.append((connection, to_json({"Successful": done, "Failed": []})))


OPERATIONS: dict[bytes, Callable[[Http, Tick, bytes], None]] = {
    b"AmazonSQS.SendMessage": send,
    b"AmazonSQS.SendMessageBatch": send_batch,
    b"AmazonSQS.ReceiveMessage": receive,
    b"AmazonSQS.DeleteMessage": delete,
    b"AmazonSQS.DeleteMessageBatch": delete_batch,
}


async def serve(port: int, durable: bool, path: str) -> None:
    loop = asyncio.get_running_loop()
    queue = Queue(loop, path, durable)
    server = await loop.create_server(lambda: Http(queue, port), "127.0.0.1", port)
    print("Ready.", flush=True)
    await server.serve_forever()


def main(arguments: list[str]) -> None:
    port = int(arguments[0])
    durable = "off" not in arguments[1:2]
    path = arguments[2] if len(arguments) > 2 else os.path.join(tempfile.mkdtemp(), "yardstick.db")
    uvloop.run(serve(port, durable, path))


if __name__ == "__main__":
    main(sys.argv[1:])
