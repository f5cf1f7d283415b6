"""What a publish counts when it is committed: cheaply, for it is done for every row."""

from __future__ import annotations

import sys
from types import FrameType, SimpleNamespace
from typing import Any

from chasqui.services.sns.publishing.fanout import Fanout
from chasqui.services.sns.publishing.notice import Notice
from chasqui.telemetry.counters import Counters

TOPIC = "arn:aws:sns:us-east-1:000000000000:orders"


def committed(rows: int) -> Fanout:
    """A notice in so many queues."""
    room: Any = SimpleNamespace(counters=Counters(), witness=None)
    topic: Any = SimpleNamespace(arn=TOPIC, logs_queues=False)
    fanout = Fanout(room, topic, Notice("00000000-0000-4000-8000-000000000000", TOPIC, "m", 1), 1, many=True)
    for number in range(rows):
        reached: Any = SimpleNamespace(counted=("NumberOfMessagesSent", f"queue-{number}"), queue=number)
        subscriber: Any = SimpleNamespace(arn=f"{TOPIC}:{number}", dead_letter=None)
        fanout.reached.append(reached)
        fanout.subscribers.append(subscriber)
    return fanout


def calls_of(fanout: Fanout) -> int:
    """How many functions of Python are called to tell."""
    found = 0

    def seen(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal found
        found += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        fanout.tell()
    finally:
        sys.setprofile(before)
    return found


def test_every_row_is_counted() -> None:
    fanout = committed(3)

    fanout.tell()
    fanout.tell()

    counters = fanout.room.counters
    assert counters.flows == {f"{TOPIC}:{number}": 2 for number in range(3)}
    assert [counters["NumberOfMessagesSent", f"queue-{number}"] for number in range(3)] == [2, 2, 2]
    assert counters["NumberOfNotificationsDelivered", TOPIC] == 6


def test_a_row_costs_no_call() -> None:
    few, many = committed(1), committed(100)
    few.tell()  # the counters are there from now on
    many.tell()

    assert calls_of(many) == calls_of(few)
