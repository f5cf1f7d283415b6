"""The server dies at any moment under load; what it had acknowledged holds when it is back.

Each round loads a standard and a FIFO queue from several threads, kills the server (SIGKILL) at a random moment, starts
it on the same data and compares what is there with what the clients had been told. What was asked but not answered
may have happened or not; clients of FIFO queues send it again, as SDKs do. CHASQUI_FAULT_ROUNDS sets the number of
rounds, CHASQUI_FAULT_SEED the moments.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.client import RawClient, children, control
from tests.support import COMMAND, Server, eventually

ROUNDS = int(os.environ.get("CHASQUI_FAULT_ROUNDS", "3"))
SEED = os.environ.get("CHASQUI_FAULT_SEED") or str(time.time_ns())
VISIBILITY_SECONDS = 60


@dataclass
class Sent:
    """A send with its answer, if there was one: the message's id."""

    body: str
    group: str = ""
    id: str | None = None


@dataclass
class Told:
    """What the clients asked and were told. Each list is written by one thread."""

    standard: list[list[Sent]] = field(default_factory=list)
    fifo: list[list[Sent]] = field(default_factory=list)
    received: list[list[str]] = field(default_factory=list)
    deleting: list[set[str]] = field(default_factory=list)
    deleted: list[set[str]] = field(default_factory=list)
    in_order: list[tuple[str, str]] = field(default_factory=list)


def together(sets: list[set[str]]) -> set[str]:
    return set().union(*sets)


class Load:
    """Threads that use two queues until the server is gone."""

    def __init__(self, server: Server, number: int) -> None:
        self.told = Told()
        self.errors: list[BaseException] = []
        self._url = server.url
        self._stop = threading.Event()
        self._number = number
        with RawClient(server.url) as client:
            timeout = str(VISIBILITY_SECONDS)
            create = client.call("CreateQueue", QueueName=f"q{number}", Attributes={"VisibilityTimeout": timeout})
            self.standard = create["QueueUrl"]
            attributes = {"FifoQueue": "true", "VisibilityTimeout": timeout}
            self.fifo = client.call("CreateQueue", QueueName=f"q{number}.fifo", Attributes=attributes)["QueueUrl"]
        work: list[Callable[[RawClient, int], Iterator[None]]] = [self.produce] * 2 + [self.consume] * 2
        work += [self.produce_fifo] * 2 + [self.consume_fifo]
        self._threads = [
            threading.Thread(target=self._run, args=(each, index), daemon=True) for index, each in enumerate(work)
        ]
        for _ in work:
            for lists in (self.told.standard, self.told.fifo, self.told.received):
                lists.append([])
            for sets in (self.told.deleting, self.told.deleted):
                sets.append(set())

    def start(self) -> None:
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        self._stop.set()
        for each in self._threads:
            each.join(20)
            assert not each.is_alive(), "a client hangs"
        assert not self.errors, self.errors

    def _run(self, work: Callable[[RawClient, int], Iterator[None]], index: int) -> None:
        try:
            with RawClient(self._url, timeout=15) as client:
                for _ in work(client, index):
                    if self._stop.is_set():
                        return
        except OSError:
            pass  # the server was killed: what was under way stays unanswered
        except BaseException as error:  # noqa: BLE001  shown by the test
            self.errors.append(error)

    def produce(self, client: RawClient, index: int) -> Iterator[None]:
        """One message, then a batch of ten, and so on."""
        sent = self.told.standard[index]
        while True:
            one = Sent(f"{self._number}-{index}-{len(sent)}")
            sent.append(one)
            one.id = client.call("SendMessage", QueueUrl=self.standard, MessageBody=one.body)["MessageId"]
            yield
            batch = [Sent(f"{self._number}-{index}-{len(sent) + n}") for n in range(10)]
            sent += batch
            entries = [{"Id": str(n), "MessageBody": each.body} for n, each in enumerate(batch)]
            self._note(batch, client.call("SendMessageBatch", QueueUrl=self.standard, Entries=entries))
            yield

    def produce_fifo(self, client: RawClient, index: int) -> Iterator[None]:
        """The same with three groups of its own; a message's body is its deduplication id."""
        sent = self.told.fifo[index]

        def new() -> Sent:
            sent.append(Sent(f"{self._number}-{index}-{len(sent):06}", f"g{index}-{len(sent) % 3}"))
            return sent[-1]

        while True:
            one = new()
            one.id = client.call("SendMessage", QueueUrl=self.fifo, **fifo_parameters(one))["MessageId"]
            yield
            batch = [new() for _ in range(4)]
            entries = [{"Id": str(n), **fifo_parameters(each)} for n, each in enumerate(batch)]
            self._note(batch, client.call("SendMessageBatch", QueueUrl=self.fifo, Entries=entries))
            yield

    @staticmethod
    def _note(batch: list[Sent], result: Any) -> None:
        assert not result.get("Failed"), result
        for each in result["Successful"]:
            batch[int(each["Id"])].id = each["MessageId"]

    def consume(self, client: RawClient, index: int) -> Iterator[None]:
        """Receive ten, delete every second one by itself or all but one in a batch; the rest stays in flight."""
        deleting, deleted = self.told.deleting[index], self.told.deleted[index]
        while True:
            got = client.call("ReceiveMessage", QueueUrl=self.standard, MaxNumberOfMessages=10).get("Messages", [])
            self.told.received[index] += [each["Body"] for each in got]
            yield
            for each in got[:1]:
                deleting.add(each["Body"])
                client.call("DeleteMessage", QueueUrl=self.standard, ReceiptHandle=each["ReceiptHandle"])
                deleted.add(each["Body"])
                yield
            if batch := got[2:]:
                self._delete(client, self.standard, batch, index)
                yield

    def consume_fifo(self, client: RawClient, index: int) -> Iterator[None]:
        """Receive up to ten and delete them, as the one consumer of the queue."""
        while True:
            got = client.call(
                "ReceiveMessage", QueueUrl=self.fifo, MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
            ).get("Messages", [])
            self.told.in_order += [(each["Attributes"]["MessageGroupId"], each["Body"]) for each in got]
            yield
            if got:
                self._delete(client, self.fifo, got, index)
                yield

    def _delete(self, client: RawClient, url: str, messages: list[dict[str, Any]], index: int) -> None:
        bodies = {each["Body"] for each in messages}
        self.told.deleting[index] |= bodies
        entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
        result = client.call("DeleteMessageBatch", QueueUrl=url, Entries=entries)
        assert not result.get("Failed"), result
        self.told.deleted[index] |= bodies


def fifo_parameters(sent: Sent) -> dict[str, str]:
    return {"MessageBody": sent.body, "MessageGroupId": sent.group, "MessageDeduplicationId": sent.body}


def pass_visibility(client: RawClient) -> None:
    """What was in flight at the kill may be received again."""
    moved = control(client, "/_chasqui/clock", {"advance_seconds": VISIBILITY_SECONDS + 1})
    assert moved.status == 200


def check_standard(client: RawClient, load: Load) -> tuple[int, int]:
    """(acknowledged sends, acknowledged deletes) of the standard queue, all of which must hold."""
    told = load.told
    sent = [each for per_thread in told.standard for each in per_thread]
    acknowledged = {each.body: each.id for each in sent if each.id is not None}
    deleting, deleted = together(told.deleting), together(told.deleted)
    depths = client.depths(load.standard)

    drained = client.drain(load.standard)

    found = {each["Body"]: each["MessageId"] for each in drained}
    assert not acknowledged.keys() - deleting - found.keys(), "an acknowledged send was lost"
    assert not deleted & found.keys(), "an acknowledged delete came back"
    assert found.keys() <= {each.body for each in sent}
    assert all(found[body] == id for body, id in acknowledged.items() if body in found)
    assert len(drained) == len(found), "a message is there twice"
    assert depths == {"": len(found), "NotVisible": 0, "Delayed": 0}
    assert client.depths(load.standard) == {"": 0, "NotVisible": 0, "Delayed": 0}
    return len(acknowledged), len(deleted & {each.body for each in sent})


def send_again(client: RawClient, load: Load) -> None:
    """Nothing acknowledged is accepted twice; what was not answered is sent until it is, in its order."""
    for per_thread in load.told.fifo:
        before = sum(client.depths(load.fifo).values())
        acknowledged = [each for each in per_thread if each.id is not None]
        for each in acknowledged[-40:]:
            again = client.call("SendMessage", QueueUrl=load.fifo, **fifo_parameters(each))
            assert again["MessageId"] == each.id, "a deduplication id was accepted twice"
        assert sum(client.depths(load.fifo).values()) == before
        for each in per_thread:
            if each.id is None:
                each.id = client.call("SendMessage", QueueUrl=load.fifo, **fifo_parameters(each))["MessageId"]


def check_fifo(client: RawClient, load: Load) -> tuple[int, int]:
    """(acknowledged sends, acknowledged deletes) of the FIFO queue: each group whole and in order."""
    told = load.told
    sent: dict[str, list[str]] = defaultdict(list)
    for each in (each for per_thread in told.fifo for each in per_thread):
        sent[each.group].append(each.body)
    deleting, deleted = together(told.deleting), together(told.deleted)
    depths = client.depths(load.fifo)

    drained = client.drain(load.fifo)

    assert depths == {"": len(drained), "NotVisible": 0, "Delayed": 0}
    found: dict[str, list[str]] = defaultdict(list)
    before: dict[str, list[str]] = defaultdict(list)
    for each in drained:
        found[each["Attributes"]["MessageGroupId"]].append(each["Body"])
    for group, body in told.in_order:
        before[group].append(body)
    for group, bodies in sent.items():
        assert before[group] == bodies[: len(before[group])], "a group was out of order before the kill"
        assert not deleted & set(found[group]), "an acknowledged delete came back"
        gone = set(bodies) - set(found[group])
        assert gone <= deleting, "an acknowledged send was lost"
        assert found[group] == [body for body in bodies if body not in gone], "a group is out of order"
    assert found.keys() <= sent.keys()
    everything = {body for bodies in sent.values() for body in bodies}
    return len(everything), len(deleted & everything)


def test_what_was_acknowledged_survives_kill_9_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    for number in range(ROUNDS):
        server = Server(tmp_path, "--test-clock")
        load = Load(server, number)
        load.start()
        seconds = chance.uniform(0.2, 1.5)
        time.sleep(seconds)
        server.kill()
        load.stop()

        with Server(tmp_path, "--test-clock") as again, RawClient(again.url) as client:
            send_again(client, load)
            pass_visibility(client)
            sends, deletes = check_standard(client, load)
            fifo_sends, fifo_deletes = check_fifo(client, load)
        print(
            f"round {number + 1}: killed after {seconds:.2f} s, acked sends {sends} + {fifo_sends} fifo,"
            f" deletes {deletes} + {fifo_deletes} fifo, lost=0 (seed {SEED})"
        )
        assert sends, "the load did nothing"


def test_a_server_killed_while_it_recovers_loses_nothing(tmp_path: Path) -> None:
    """Dying again before, during and after the recovery of a log that was left behind."""
    chance = random.Random(SEED)
    server = Server(tmp_path, "--test-clock")
    load = Load(server, 0)
    load.start()
    time.sleep(0.5)
    server.kill()
    load.stop()

    for _ in range(ROUNDS):
        command = [str(COMMAND), "serve", "--data", str(tmp_path), "--port", "0", "--test-clock"]
        starting = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2, 0.8))
        starting.kill()
        starting.wait()

    with Server(tmp_path, "--test-clock") as again, RawClient(again.url) as client:
        send_again(client, load)
        pass_visibility(client)
        check_standard(client, load)
        check_fifo(client, load)


@pytest.mark.skipif(sys.platform != "linux", reason="the helper process is found by /proc")
def test_without_its_sync_helper_the_server_acknowledges_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path, "--test-clock")
    load = Load(server, 0)
    load.start()
    time.sleep(0.3)
    (helper,) = children(server.process.pid)
    os.kill(helper, signal.SIGKILL)
    eventually(lambda: load.errors or server.process.poll() is not None)

    def refused() -> bool:
        if server.process.poll() is not None:
            return True
        try:
            with RawClient(server.url, timeout=5) as client:
                return client.try_call("SendMessage", QueueUrl=load.standard, MessageBody="late").status == 503
        except OSError:
            return True

    assert all(refused() for _ in range(20)), "a send was acknowledged without a sync"
    assert all("503" in str(each) for each in load.errors), load.errors
    load.errors.clear()
    load.stop()
    server.stop()

    with Server(tmp_path, "--test-clock") as again, RawClient(again.url) as client:
        send_again(client, load)
        pass_visibility(client)
        check_standard(client, load)
        check_fifo(client, load)
