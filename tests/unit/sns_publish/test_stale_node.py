"""What a node that is out of touch with its database may not rely on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from chasqui.crypto.keyring import memory_ring
from chasqui.services.sns.publishing.fanout import Fanout
from chasqui.services.sns.publishing.notice import Notice


def at_hand(arn: str) -> Any:
    raise AssertionError(f"{arn} at hand may be out of date")


def test_queues_at_hand_are_not_trusted_but_looked_up() -> None:
    recipients = SimpleNamespace(fresh=lambda: False, get=at_hand)
    room = cast("Any", SimpleNamespace(recipients=recipients, ring=memory_ring()))
    topic = cast("Any", SimpleNamespace(arn="arn:aws:sns:us-east-1:000000000000:t"))
    inside = cast("Any", SimpleNamespace(queue=0, endpoint="arn:aws:sqs:us-east-1:000000000000:q", raw=True))
    outside = cast("Any", SimpleNamespace(queue=7))
    fanout = Fanout(room, topic, Notice("00000000-0000-4000-8000-000000000000", topic.arn, "m", 1), 1, many=True)

    assert fanout.place_at_hand([inside, outside]) == [inside]
    assert [each.queue for each in fanout.deliveries] == [7]
