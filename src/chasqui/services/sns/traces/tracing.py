"""Writes down what becomes of messages, for `trace.py` to read: a record a publish, rows for attempts and failures.

Who matched is not written: it is worked out anew from the message and from subscriptions as they were. So each change
of a subscription is written too. Everything goes into the server's one bounded log of traces (`telemetry/traces.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from chasqui.base.ids import uuid_text
from chasqui.delivery.route import Attempted
from chasqui.fabric.recipients import Undeliverable
from chasqui.services.sns.documents import SUBSCRIPTION
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.notice import Notice, pack_notice
from chasqui.services.sns.publishing.plan import Subscriber
from chasqui.services.sns.traces.feedback import Feedback
from chasqui.store.port import Store, StoreError
from chasqui.store.rolling import Detached
from chasqui.telemetry.traces import Traces

PUBLISHED: Final = "p"
MATCHED_LATER: Final = "l"
DROPPED: Final = "d"
ATTEMPTED: Final = "a"
VERSION: Final = "v"

TEXT_BYTES_MAX: Final = 16_384
"""A longer message is not kept in the trace: filters on its body cannot be worked out again."""

_pack = msgspec.msgpack.Encoder().encode


class Drop(msgspec.Struct, array_like=True):
    """A message that did not reach a subscriber's queue; `dead`: it is in the dead-letter queue."""

    subscription: str
    code: str
    reason: str
    dead: bool


class Attempt(msgspec.Struct, array_like=True):
    """One attempt to deliver outside."""

    subscription: str
    number: int
    ok: bool
    status: int
    reason: str
    response: str
    dwell_ms: int
    next_at_ms: int | None
    dead: bool


read_drop = msgspec.msgpack.Decoder(Drop).decode
read_attempt = msgspec.msgpack.Decoder(Attempt).decode


class Tracing:
    """The `Witness` of a server that keeps traces and delivery-status logs."""

    def __init__(self, store: Store, traces: Traces, feedback: Feedback) -> None:
        self._store = store
        self._traces = traces
        self._feedback = feedback
        if traces.on:
            store.watch_resources(SUBSCRIPTION, self._changed)

    def published(self, topic: Topic, notice: Notice, matched: int) -> None:
        """It is committed; `matched` is -1 when who gets it is worked out later."""
        if self._traces.on:
            kept = notice if len(notice.message) <= TEXT_BYTES_MAX else _without_text(notice)
            kind = PUBLISHED if matched >= 0 else MATCHED_LATER
            self._traces.note(kind, notice.id, pack_notice(kept))

    def delivered(self, topic: Topic, notice: Notice, subscribers: Sequence[Subscriber]) -> None:
        """It is in these subscribers' queues."""
        self._feedback.delivered(topic, notice, subscribers)

    def dropped(
        self, topic: Topic, subscriber: Subscriber, notice: Notice, reason: Undeliverable, *, dead: bool
    ) -> None:
        """It did not reach the subscriber's queue; `dead`: it is in the dead-letter queue."""
        self._feedback.dropped(topic, subscriber, notice, reason)
        if self._traces.on:
            self._traces.note(DROPPED, notice.id, _pack(Drop(subscriber.arn, reason.code, str(reason), dead)))

    def attempted(self, topic: Topic | None, subscriber: Subscriber, attempted: Attempted) -> None:
        """An attempt to deliver outside has ended; the attempted message has the notice's id."""
        if topic is not None:
            self._feedback.attempted(topic, subscriber, attempted)
        if self._traces.on:
            outcome = attempted.outcome
            attempt = Attempt(
                subscriber.arn,
                attempted.attempt,
                outcome.ok,
                outcome.status,
                outcome.reason[:500],
                outcome.response[:500],
                outcome.dwell_ms,
                attempted.next_at_ms,
                attempted.dead,
            )
            self._traces.note(ATTEMPTED, uuid_text(attempted.id), _pack(attempt))

    def _changed(self, owner: str, name: str) -> None:
        Detached("tracing a subscription", self._note_version(owner, name))

    async def _note_version(self, owner: str, name: str) -> None:
        """Keep the version of a subscription that stands from now on; "" once it is deleted."""
        try:
            resource = await self._store.resource(SUBSCRIPTION, owner, name)
        except StoreError:
            return
        document = b"" if resource is None else resource.document
        self._traces.note(VERSION, f"{owner} {name}", document)


def _without_text(notice: Notice) -> Notice:
    return msgspec.structs.replace(notice, message="", messages=None, signatures={})
