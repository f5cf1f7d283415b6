"""What functions tell traces: whose message it was, and how the function ended."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from chasqui.fabric.sources import Received
from chasqui.services.lambda_.invoking.events import Event
from chasqui.services.lambda_.running.contract import Finished
from chasqui.services.lambda_.tracing import failure, ran, tried
from chasqui.store.port import Receipt
from chasqui.telemetry.steps import Step

FUNCTION: Any = SimpleNamespace(arn="arn:function", invoked_arn="arn:function:live")
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"
BROKEN = Finished(payload=b'{"errorType":"ValueError","errorMessage":"boom"}', error="Unhandled", duration_ms=12.4)
FINE = Finished(payload=b"{}", duration_ms=3.0)


class Kept:
    """Steps that were noted, by message."""

    on = True

    def __init__(self) -> None:
        self.found: dict[str, Step] = {}

    def note(self, message: str, step: Step) -> None:
        self.found[message] = step


def means(kept: Kept) -> Any:
    return SimpleNamespace(steps=kept)


def received(id: str, body: str) -> Received:
    record = {"messageId": id, "body": body, "attributes": {"ApproximateReceiveCount": "2"}}
    return Received(record, Receipt(1, b"", 0, 0))


def test_a_message_of_a_topic_names_its_publish() -> None:
    kept = Kept()
    envelope = json.dumps({"Type": "Notification", "MessageId": "the-publish", "Message": "m"})

    ran(means(kept), QUEUE, FUNCTION, [received("one", envelope)], FINE, "r")

    step = kept.found["one"]
    assert (step.source, step.target, step.cause, step.ok, step.number) == (
        QUEUE,
        "arn:function",
        "the-publish",
        True,
        2,
    )


def test_other_bodies_name_none() -> None:
    bodies = {"text": "hello", "json": '{"MessageId":"x"}', "broken": '{"MessageId"', "list": "[]"}
    kept = Kept()

    ran(means(kept), QUEUE, FUNCTION, [received(id, body) for id, body in bodies.items()], FINE, "r")

    assert [step.cause for step in kept.found.values()] == ["", "", "", ""]


def test_what_the_function_gave_back_has_failed() -> None:
    kept = Kept()
    one, two = received("one", ""), received("two", "")

    ran(means(kept), QUEUE, FUNCTION, [one, two], FINE, "r", [two])

    assert {id: step.ok for id, step in kept.found.items()} == {"one": True, "two": False}


def test_a_failure_is_told_in_a_line() -> None:
    kept = Kept()

    ran(means(kept), QUEUE, FUNCTION, [received("one", "")], BROKEN, "r")

    assert (kept.found["one"].ok, kept.found["one"].reason) == (False, "ValueError: boom")
    assert failure(Finished(payload=b"\xff", error="Unhandled")) == "Unhandled"


def test_an_event_of_a_topic_names_its_publish_too() -> None:
    kept = Kept()
    payload = json.dumps({"Records": [{"Sns": {"MessageId": "the-publish"}}]}).encode()

    tried(means(kept), FUNCTION, Event("request", payload, "live", 0, "sns.amazonaws.com", 1), BROKEN)

    step = kept.found["request"]
    assert (step.cause, step.ok, step.number, step.duration_ms) == ("the-publish", False, 2, 12)


def test_an_event_that_was_not_run_tells_why() -> None:
    kept = Kept()

    tried(means(kept), FUNCTION, Event("request", b"{}", "", 0), None, "Rate Exceeded.")

    assert (kept.found["request"].ok, kept.found["request"].reason) == (False, "Rate Exceeded.")
