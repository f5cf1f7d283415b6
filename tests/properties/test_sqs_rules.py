"""A server answers as the model of SQS' rules allows, whatever is asked in whatever order and at what time.

The clock is frozen and moved by a rule. Of standard queues no order is asserted: what is given, when, how often and
with what history. Of FIFO queues the order too. CHASQUI_PROPERTY_EXAMPLES (on PostgreSQL half of them are tried) and
CHASQUI_PROPERTY_STEPS ask for more.
"""

from __future__ import annotations

import hashlib
import json
import os
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.engines import Engine
from tests.faults.client import RawClient, control
from tests.properties.sqs_model import Given, Handle, Queue, require
from tests.support import eventually

EXAMPLES = int(os.environ.get("CHASQUI_PROPERTY_EXAMPLES", "40"))
STEPS = int(os.environ.get("CHASQUI_PROPERTY_STEPS", "50"))
START_MS = 1_700_000_000_000
IN_FLIGHT_MAX = 6
RECEIVES_MAX = 2

names = st.sampled_from(["q", "q", "d", "q.fifo", "q.fifo", "d.fifo"])
seconds = st.sampled_from([0, 1, 30, 60])
groups = st.sampled_from(["a", "b"])
parts = st.fixed_dictionaries(
    {"group": groups, "key": st.sampled_from([None, None, "x", "y"]), "delay": st.sampled_from([None, None, 0, 1, 60])},
    optional={"repeated": st.sampled_from(["same", "again"]), "bad": st.just(True)},
)


def arn(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:000000000000:{name}"


class Rules(RuleBasedStateMachine):
    """Queues `q` and `q.fifo` with their dead-letter queues `d` and `d.fifo`."""

    def __init__(self, client: RawClient, late_seconds_max: float) -> None:
        super().__init__()
        self.client = client
        self.late_seconds_max = late_seconds_max
        self.count = 0
        self.handles: list[tuple[Handle, str]] = []
        self.control("/_chasqui/reset", {})
        self.now = self.control("/_chasqui/clock", {"freeze": START_MS})["now_ms"]
        self.queues = {name: Queue(name, IN_FLIGHT_MAX) for name in ("d", "d.fifo", "q", "q.fifo")}
        self.urls: dict[str, str] = {}
        for name, queue in self.queues.items():
            attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if queue.fifo else {}
            if name.startswith("q"):
                queue.dead, queue.receives_max = self.queues["d" + name[1:]], RECEIVES_MAX
                policy = {"deadLetterTargetArn": arn(queue.dead.name), "maxReceiveCount": RECEIVES_MAX}
                attributes["RedrivePolicy"] = json.dumps(policy)
            self.urls[name] = client.call("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"]

    # ---------------------------------------------------------------------------------------------- the server

    def control(self, path: str, body: Any = None) -> Any:
        answer = control(self.client, path, body, Accept="application/json")
        assert answer.status == 200, answer
        return answer.json

    def ask(self, operation: str, name: str, **parameters: Any) -> Any:
        """The result, or None when the server refused."""
        given = {key: value for key, value in parameters.items() if value is not None}
        answer = self.client.try_call(operation, QueueUrl=self.urls[name], **given)
        assert answer.status < 500, answer
        return answer.json if answer.status == 200 else None

    def peek(self, name: str) -> list[dict[str, Any]]:
        """Everything that is in a queue, in the order it came."""
        where = f"/_aws/sqs/messages?ShowInvisible=true&ShowDelayed=true&QueueUrl={quote(self.urls[name])}"
        found = self.control(where)["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]
        return list(found)

    # ---------------------------------------------------------------------------------------------- rules

    def compose(self, name: str, part: dict[str, Any]) -> tuple[dict[str, Any], str, str | None]:
        """(parameters, body, deduplication id) of a send."""
        self.count += 1
        fifo = self.queues[name].fifo
        body = part.get("repeated", f"m{self.count}") if fifo else f"m{self.count}"
        sent: dict[str, Any] = {"MessageBody": body, "MessageGroupId": part["group"]}
        if not fifo:
            return sent | ({} if part["delay"] is None else {"DelaySeconds": part["delay"]}), body, None
        if part["key"] is not None and "repeated" not in part:
            return sent | {"MessageDeduplicationId": part["key"]}, body, part["key"]
        return sent, body, hashlib.sha256(body.encode()).hexdigest()

    def sent(self, name: str, part: dict[str, Any], body: str, key: str | None, id: str) -> None:
        queue = self.queues[name]
        queue.send(self.now, id, body, part["group"], key, None if queue.fifo else part["delay"])

    @rule(name=names, part=parts)
    def send(self, name: str, part: dict[str, Any]) -> None:
        parameters, body, key = self.compose(name, part)

        self.sent(name, part, body, key, self.ask("SendMessage", name, **parameters)["MessageId"])

    @rule(name=names, several=st.lists(parts, min_size=1, max_size=5))
    def send_batch(self, name: str, several: list[dict[str, Any]]) -> None:
        composed = [self.compose(name, part) for part in several]
        entries = [{"Id": str(n), **parameters} for n, (parameters, _, _) in enumerate(composed)]
        for entry, part in zip(entries, several, strict=True):
            if "bad" in part:
                entry["MessageBody"] = "\x00"

        result = self.ask("SendMessageBatch", name, Entries=entries)

        ids = {int(each["Id"]): each["MessageId"] for each in result.get("Successful", [])}
        require(ids.keys() == {n for n, part in enumerate(several) if "bad" not in part}, "entries fail by themselves")
        for n, part in enumerate(several):
            if n in ids:
                self.sent(name, part, composed[n][1], composed[n][2], ids[n])

    @rule(name=names, most=st.integers(1, 10), visibility=st.none() | seconds, attempt=st.sampled_from([None, "t"]))
    def receive(self, name: str, most: int, visibility: int | None, attempt: str | None) -> None:
        queue = self.queues[name]
        attempt = attempt if queue.fifo else None

        result = self.ask(
            "ReceiveMessage",
            name,
            MaxNumberOfMessages=most,
            VisibilityTimeout=visibility,
            ReceiveRequestAttemptId=attempt,
            AttributeNames=["All"],
        )

        if queue.refuses_to_receive(self.now):
            require(result is None, "a standard queue is over its limit")
            return
        messages = result.get("Messages", [])
        handles = queue.receive(self.now, most, visibility, [shown(each) for each in messages], attempt)
        self.handles += zip(handles, (each["ReceiptHandle"] for each in messages), strict=True)
        if queue.dead is not None:
            queue.pass_on(self.now, {each["MessageId"] for each in self.peek(name)})

    def draw_handles(self, data: st.DataObject, most: int) -> tuple[str, list[tuple[Handle, str]]]:
        """A handle, recent ones more often, and others of its queue."""
        start = data.draw(st.sampled_from([0, max(0, len(self.handles) - 6)]))
        first = data.draw(st.sampled_from(self.handles[start:]))
        others = [each for each in self.handles[-8:] if each[0].queue == first[0].queue]
        return first[0].queue, [first, *others][:most]

    @precondition(lambda self: self.handles)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name, ((handle, text),) = self.draw_handles(data, 1)

        result = self.ask("DeleteMessage", name, ReceiptHandle=text)

        require((result is not None) == self.queues[name].delete(self.now, handle), "a delete, as its receipt allows")

    @precondition(lambda self: self.handles)
    @rule(data=st.data(), most=st.integers(1, 5))
    def delete_batch(self, data: st.DataObject, most: int) -> None:
        name, chosen = self.draw_handles(data, most)
        entries = [{"Id": str(n), "ReceiptHandle": text} for n, (_, text) in enumerate(chosen)]

        result = self.ask("DeleteMessageBatch", name, Entries=entries)

        allowed = {str(n) for n, (handle, _) in enumerate(chosen) if self.queues[name].delete(self.now, handle)}
        require({each["Id"] for each in result.get("Successful", [])} == allowed, "deletes, as their receipts allow")

    @precondition(lambda self: self.handles)
    @rule(data=st.data(), timeout=st.sampled_from([0, 0, 1, 30, 400, 43_200]))
    def change_visibility(self, data: st.DataObject, timeout: int) -> None:
        name, ((handle, text),) = self.draw_handles(data, 1)

        result = self.ask("ChangeMessageVisibility", name, ReceiptHandle=text, VisibilityTimeout=timeout)

        allowed = self.queues[name].change_visibility(self.now, handle, timeout)
        require((result is not None) == allowed, "a change of visibility, as its receipt allows")

    @precondition(lambda self: self.handles)
    @rule(data=st.data(), most=st.integers(1, 5), timeout=seconds)
    def change_visibility_batch(self, data: st.DataObject, most: int, timeout: int) -> None:
        name, chosen = self.draw_handles(data, most)
        entries = [
            {"Id": str(n), "ReceiptHandle": text, "VisibilityTimeout": timeout} for n, (_, text) in enumerate(chosen)
        ]

        result = self.ask("ChangeMessageVisibilityBatch", name, Entries=entries)

        queue = self.queues[name]
        allowed = {str(n) for n, (handle, _) in enumerate(chosen) if queue.change_visibility(self.now, handle, timeout)}
        require({each["Id"] for each in result.get("Successful", [])} == allowed, "changes, as their receipts allow")

    @rule(by=st.sampled_from([0.5, 1, 5, 29.5, 30, 60, 300, 43_200]))
    def advance(self, by: float) -> None:
        self.now += int(by * 1000)
        require(self.control("/_chasqui/clock", {"advance_seconds": by})["now_ms"] == self.now, "the clock is frozen")

    @precondition(lambda self: self.count > 10)
    @rule(name=names)
    def purge(self, name: str) -> None:
        assert self.ask("PurgeQueue", name) is not None
        self.queues[name].purge()

    @rule(name=names, delay=st.sampled_from([0, 0, 5]), visibility=st.sampled_from([0, 30, 30, 60]))
    def set_times(self, name: str, delay: int, visibility: int) -> None:
        attributes = {"DelaySeconds": str(delay), "VisibilityTimeout": str(visibility)}
        assert self.ask("SetQueueAttributes", name, Attributes=attributes) is not None
        self.queues[name].delay_s, self.queues[name].visibility_s = delay, visibility

    @rule(name=names, retention=st.sampled_from([60, 120, 345_600]))
    def set_retention(self, name: str, retention: int) -> None:
        attributes = {"MessageRetentionPeriod": str(retention)}
        assert self.ask("SetQueueAttributes", name, Attributes=attributes) is not None
        self.queues[name].set_retention(self.now, retention)

    @rule(name=st.sampled_from(["q.fifo", "d.fifo"]), scope=st.sampled_from(["queue", "messageGroup"]))
    def set_scope(self, name: str, scope: str) -> None:
        assert self.ask("SetQueueAttributes", name, Attributes={"DeduplicationScope": scope}) is not None
        self.queues[name].scope = scope

    @rule(name=st.sampled_from(["d", "d.fifo"]))
    def move_back(self, name: str) -> None:
        source = self.queues["q" + name[1:]]
        # Tasks are listed by their start: each has a millisecond of its own.
        self.now = self.control("/_chasqui/clock", {"advance_seconds": 0.001})["now_ms"]
        known = {each.id for each in source.messages}
        self.client.call("StartMessageMoveTask", SourceArn=arn(name))
        eventually(lambda: self.newest_task(name)["Status"] != "RUNNING")

        moved = self.queues[name].move_back(self.now, [source])

        require(self.newest_task(name)["Status"] == "COMPLETED", "a task that can end is completed")
        require(self.newest_task(name).get("ApproximateNumberOfMessagesMoved", 0) == len(moved), "it counts its moves")
        arrived = [each for each in self.peek(source.name) if each["MessageId"] not in known]
        for message, _ in moved:
            found = next((n for n, each in enumerate(arrived) if each["Body"] == message.body), None)
            require(found is not None, "what was moved is where it came from")
            message.id = arrived.pop(found or 0)["MessageId"]

    def newest_task(self, name: str) -> Any:
        return self.client.call("ListMessageMoveTasks", SourceArn=arn(name))["Results"][0]

    # ---------------------------------------------------------------------------------------------- always

    @invariant()
    def depths_are_exact(self) -> None:
        for name, queue in self.queues.items():
            expected = queue.depths(self.now)
            deadline = monotonic() + self.late_seconds_max
            while (found := tuple(self.client.depths(self.urls[name]).values())) != expected:
                if monotonic() > deadline:
                    break
                sleep(0.05)
            require(found == expected, f"{name}: (visible, in flight, delayed) is {found}, not {expected}")

    @invariant()
    def every_message_is_where_it_belongs(self) -> None:
        for name, queue in self.queues.items():
            queue.expire(self.now)
            found = [each["MessageId"] for each in self.peek(name)]
            expected = [each.id for each in queue.messages]
            require(sorted(found) == sorted(expected), f"{name} holds {found}, not {expected}")


def shown(message: dict[str, Any]) -> Given:
    """A received message in the model's terms."""
    attributes = message["Attributes"]
    origin = attributes.get("DeadLetterQueueSourceArn")
    return Given(
        message["MessageId"],
        message["Body"],
        int(attributes["ApproximateReceiveCount"]),
        int(attributes["SentTimestamp"]),
        int(attributes["ApproximateFirstReceiveTimestamp"]),
        attributes.get("MessageGroupId"),
        origin and origin.rpartition(":")[2],
    )


@pytest.mark.timeout(900)  # a failure is shrunk before it is told
def test_sqs_answers_as_its_rules_say(engine: Engine) -> None:
    on_postgres = engine.name == "postgresql"
    chosen = settings(
        max_examples=(EXAMPLES + 1) // 2 if on_postgres else EXAMPLES,  # it takes five times as long
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    # PostgreSQL's sweeper looks once a second; until then what has expired is not given out, but counted.
    late_seconds_max = 5.0 if on_postgres else 0.0
    quotas = {"in_flight_max": IN_FLIGHT_MAX, "fifo_in_flight_max": IN_FLIGHT_MAX}
    with engine.server(sqs=quotas) as aws, RawClient(aws.url) as client:
        run_state_machine_as_test(lambda: Rules(client, late_seconds_max), settings=chosen)
