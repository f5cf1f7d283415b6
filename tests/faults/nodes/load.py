"""Clients that use a standard and a FIFO queue through several nodes, and note all they ask and are told.

Each is one thread that talks to one node until that one fails it, then to the next, as behind a load balancer. A FIFO
send whose answer was lost is sent again with its deduplication id until it is acknowledged, before anything else of its
group, and so is now and then one that was acknowledged; a standard send is not. Deletes are tried again with their
receipt. Some messages are left in flight on purpose.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from tests.faults.client import RawClient
from tests.faults.nodes.history import Delete, Got, History, Outcome, Receive, Send, violations

ANSWER_SECONDS_MAX = 2.5
"""So long a client waits for an answer, beyond what it asked the server to wait."""

BACK_SECONDS_MAX = 20.0
"""So long after the load has ended the last retried send may take."""

PAUSE_SECONDS = 0.003
FAILED_PAUSE_SECONDS = 0.05
DELETE_TRIES = 3


class Told:
    """The answer to one request: an outcome, a code when it failed, the result when it did not."""

    def __init__(self, began: float, outcome: Outcome, code: str, result: Any) -> None:
        self.began = began
        self.ended = time.monotonic()
        self.outcome = outcome
        self.code = code
        self.result = result

    def entry(self, number: int) -> tuple[Outcome, str, dict[str, Any]]:
        """What became of one entry of a batch."""
        if self.outcome is not Outcome.OK:
            return self.outcome, self.code, {}
        for each in self.result.get("Successful", ()):
            if each["Id"] == str(number):
                return Outcome.OK, "", each
        for each in self.result.get("Failed", ()):
            if each["Id"] == str(number):
                return Outcome.REFUSED if each["SenderFault"] else Outcome.UNKNOWN, each["Code"], {}
        return Outcome.UNKNOWN, "an answer without this entry", {}


class Client:
    """Speaks to one of the nodes at a time."""

    def __init__(self, urls: Sequence[str], first: int) -> None:
        self._nodes = [RawClient(url, timeout=ANSWER_SECONDS_MAX) for url in urls]
        self._at = first % len(urls)

    def close(self) -> None:
        for each in self._nodes:
            each.close()

    def turn(self) -> None:
        """Speak to the next node from now on."""
        self._at = (self._at + 1) % len(self._nodes)

    def ask(self, operation: str, **parameters: Any) -> Told:
        began = time.monotonic()
        try:
            answer = self._nodes[self._at].try_call(operation, **parameters)
            if answer.status == 200:
                return Told(began, Outcome.OK, "", answer.json)
            code = answer.json.get("__type", "").rpartition("#")[2] or f"a {answer.status} without a code"
            told = Told(began, Outcome.REFUSED if answer.status < 500 else Outcome.UNKNOWN, code, None)
        except OSError:
            told = Told(began, Outcome.UNKNOWN, "cut", None)
        if told.outcome is Outcome.UNKNOWN:
            self.turn()
            time.sleep(FAILED_PAUSE_SECONDS)
        return told


class Load:
    """A standard and a FIFO queue of their own and the threads that use them; `visibility` in whole seconds."""

    def __init__(self, urls: Sequence[str], name: str, *, visibility: int = 2, seed: str = "") -> None:
        self.visibility = visibility
        self._urls = urls
        self._name = name
        self._seed = f"{seed}-{name}"
        self._stop = threading.Event()
        self._give_up_at = float("inf")
        self._histories: list[History] = []
        self.errors: list[BaseException] = []
        with RawClient(urls[0]) as client:
            attributes = {"VisibilityTimeout": str(visibility)}
            created = client.call("CreateQueue", QueueName=name, Attributes=attributes)
            self.standard = str(created["QueueUrl"])
            fifo = {**attributes, "FifoQueue": "true"}
            created = client.call("CreateQueue", QueueName=f"{name}.fifo", Attributes=fifo)
            self.fifo = str(created["QueueUrl"])
        work = [self._produce, self._produce_fifo] * 2 + [self._consume_standard, self._consume_fifo] * 2
        self._threads = [
            threading.Thread(target=self._run, args=(each, index), daemon=True) for index, each in enumerate(work)
        ]

    # ------------------------------------------------------------------------------------------- beginning, ending

    def __enter__(self) -> Load:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let every client finish: FIFO senders until their last message is acknowledged."""
        if not self._stop.is_set():
            self._give_up_at = time.monotonic() + BACK_SECONDS_MAX
            self._stop.set()
        for each in self._threads:
            each.join(BACK_SECONDS_MAX + 10)
            assert not each.is_alive(), "a client hangs"
        assert not self.errors, self.errors

    def _run(self, work: Callable[[Client, History, random.Random, int], object], index: int) -> None:
        client, history = Client(self._urls, index // 2), History()
        self._histories.append(history)
        try:
            work(client, history, random.Random(f"{self._seed}-{index}"), index)
        except BaseException as error:  # noqa: BLE001  raised by `stop`
            self.errors.append(error)
        finally:
            client.close()

    def answered_since(self, began: float) -> int:
        """How many requests that were sent after that time have succeeded so far."""
        recent: list[Send | Receive] = []
        for history in list(self._histories):
            recent += history.sends[-200:]
            recent += history.receives[-50:]
        return sum(each.outcome is Outcome.OK and each.began >= began for each in recent)

    # ------------------------------------------------------------------------------------------- producers

    def _produce(self, client: Client, history: History, chance: random.Random, index: int) -> None:
        """One message or a batch, and so on; nothing is sent twice."""
        number = itertools.count()
        while not self._stop.is_set():
            bodies = [f"{self._name}-{index}-{next(number)}" for _ in range(chance.choice((1, 1, 4)))]
            self._send(client, history, [Send(self.standard, each, None, 0, 0, Outcome.UNKNOWN) for each in bodies])
            time.sleep(PAUSE_SECONDS)

    def _produce_fifo(self, client: Client, history: History, chance: random.Random, index: int) -> None:
        """The same with three groups that are this producer's alone."""
        number = itertools.count()
        while not self._stop.is_set():
            left = [
                Send(self.fifo, f"{index}-{next(number):06}", f"{index}-{chance.randrange(3)}", 0, 0, Outcome.UNKNOWN)
                for _ in range(chance.choice((1, 1, 4)))
            ]
            if chance.random() < 0.05:
                self._send(client, history, left)
                client.turn()
            while left:
                sent = self._send(client, history, left)
                left = [each for each in sent if each.outcome is Outcome.UNKNOWN]
                if left and time.monotonic() > self._give_up_at:
                    raise AssertionError(f"no send was acknowledged for {BACK_SECONDS_MAX} s: {left[0].code}")
            time.sleep(PAUSE_SECONDS)

    def _send(self, client: Client, history: History, messages: Sequence[Send]) -> list[Send]:
        """One by itself, several as a batch: as they were acknowledged."""
        told_by_entry: list[tuple[Outcome, str, dict[str, Any]]]
        if len(messages) == 1:
            told = client.ask("SendMessage", QueueUrl=messages[0].queue, **_parameters(messages[0]))
            told_by_entry = [(told.outcome, told.code, told.result or {})]
        else:
            entries = [{"Id": str(at), **_parameters(each)} for at, each in enumerate(messages)]
            told = client.ask("SendMessageBatch", QueueUrl=messages[0].queue, Entries=entries)
            told_by_entry = [told.entry(at) for at in range(len(messages))]
        sent = [
            replace(
                each, began=told.began, ended=told.ended, outcome=outcome, code=code, id=result.get("MessageId"),
                sequence=int(result["SequenceNumber"]) if "SequenceNumber" in result else None,
            )
            for each, (outcome, code, result) in zip(messages, told_by_entry, strict=True)
        ]  # fmt: skip
        history.sends += sent
        return sent

    # ------------------------------------------------------------------------------------------- consumers

    def _consume_standard(self, client: Client, history: History, chance: random.Random, index: int) -> None:
        self._consume(self.standard, client, history, chance)

    def _consume_fifo(self, client: Client, history: History, chance: random.Random, index: int) -> None:
        self._consume(self.fifo, client, history, chance)

    def _consume(self, queue: str, client: Client, history: History, chance: random.Random) -> None:
        """Receive up to ten and delete them, one by one or together, but now and then some or all."""
        while not self._stop.is_set():
            got = list(self._receive(client, history, queue, wait=chance.choice((0, 1)), limit=chance.choice((1, 10))))
            if chance.random() < 0.05:
                got = got[: chance.randrange(len(got) + 1)]
            self._delete(client, history, queue, got, together=chance.random() < 0.7)
            time.sleep(PAUSE_SECONDS)

    def _receive(
        self, client: Client, history: History, queue: str, *, wait: int = 0, limit: int = 10
    ) -> tuple[Got, ...]:
        told = client.ask(
            "ReceiveMessage", QueueUrl=queue, MaxNumberOfMessages=limit, WaitTimeSeconds=wait, AttributeNames=["All"]
        )
        messages = tuple(map(_got, (told.result or {}).get("Messages", ())))
        history.receives.append(
            Receive(queue, told.began, told.ended, told.outcome, told.code, self.visibility, messages)
        )
        return messages

    def _delete(self, client: Client, history: History, queue: str, got: Iterable[Got], *, together: bool) -> None:
        portions = [list(got)] if together else [[each] for each in got]
        for portion in portions:
            left = portion
            for _ in range(DELETE_TRIES):
                if not left:
                    break
                entries = [{"Id": str(at), "ReceiptHandle": each.receipt} for at, each in enumerate(left)]
                if together:
                    told = client.ask("DeleteMessageBatch", QueueUrl=queue, Entries=entries)
                    outcomes = [told.entry(at)[:2] for at in range(len(left))]
                else:
                    told = client.ask("DeleteMessage", QueueUrl=queue, ReceiptHandle=left[0].receipt)
                    outcomes = [(told.outcome, told.code)]
                done = [
                    Delete(queue, each, told.began, told.ended, *outcome)
                    for each, outcome in zip(left, outcomes, strict=True)
                ]
                history.deletes += done
                left = [each.got for each in done if each.outcome is Outcome.UNKNOWN]

    # ------------------------------------------------------------------------------------------- the end

    def drain(self) -> History:
        """Stop, then receive and delete all there is until the queues are empty and say so, or nothing has come for
        longer than anything may be hidden. The whole history."""
        self.stop()
        history = History()
        for each in self._histories:
            history += each
        client = Client(self._urls, 0)
        for queue in (self.standard, self.fifo):
            quiet_since = time.monotonic()
            while time.monotonic() - quiet_since < self.visibility + 1.5:
                client.turn()
                got = self._receive(client, history, queue)
                self._delete(client, history, queue, got, together=True)
                if got:
                    quiet_since = time.monotonic()
                elif not any(depths := self._depths(client, queue)):
                    history.depths[queue] = depths
                    break
                else:
                    time.sleep(0.05)
            else:
                history.depths[queue] = self._depths(client, queue)
        client.close()
        return history

    def _depths(self, client: Client, queue: str) -> tuple[int, int, int]:
        told = client.ask("GetQueueAttributes", QueueUrl=queue, AttributeNames=["All"])
        shown = (told.result or {}).get("Attributes", {})
        name = "ApproximateNumberOfMessages"
        visible, hidden, delayed = (int(shown.get(name + each, -1)) for each in ("", "NotVisible", "Delayed"))
        return visible, hidden, delayed


def _parameters(send: Send) -> dict[str, str]:
    if send.group is None:
        return {"MessageBody": send.body}
    return {"MessageBody": send.body, "MessageGroupId": send.group, "MessageDeduplicationId": send.body}


def _got(message: dict[str, Any]) -> Got:
    attributes = message["Attributes"]
    sequence = attributes.get("SequenceNumber")
    return Got(
        message["Body"], message["MessageId"], message["ReceiptHandle"], int(attributes["ApproximateReceiveCount"]),
        attributes.get("MessageGroupId"), None if sequence is None else int(sequence),
    )  # fmt: skip


def checked(load: Load, *, skew: float = 0.0) -> Counter[str]:
    """Drain, hold the history to the rules, and count what was in it."""
    history = load.drain()
    said = violations(history, skew=skew)
    assert not said, f"{len(said)} violations: {said[:10]}"
    counted: Counter[str] = Counter()
    kinds = {"sends": history.sends, "receives": history.receives, "deletes": history.deletes}
    for name, told in kinds.items():
        for each in told:  # type: ignore[attr-defined]
            counted[name if each.outcome is Outcome.OK else f"{name} {each.outcome.value}"] += 1
    attempts = Counter(send.body for send in history.sends if send.group is not None)
    given = Counter(got.id for receive in history.receives for got in receive.messages)
    counted["fifo sent again"] = sum(attempts.values()) - len(attempts)
    counted["received again"] = sum(given.values()) - len(given)
    assert counted["sends"], "the load did nothing"
    assert counted["deletes"], "the load did nothing"
    return counted
