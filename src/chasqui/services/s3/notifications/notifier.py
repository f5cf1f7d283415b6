"""Who tells others of what happens to objects. An operation that changes one asks for a `Plan` before its transaction
and, where there is one, has it written within.

Messages for queues and events for functions are written in the object's own transaction. What cannot be (a topic is
published to, a queue's KMS key must be asked) lies in the bucket's own queue with the same commit, and is brought on by
`couriers.py`. A destination that is gone, or no longer lets the bucket in, gets nothing; the log says so.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Protocol

from chasqui.base.bounded import keep
from chasqui.base.call import Call
from chasqui.base.ids import uuid_text
from chasqui.fabric.letters import Letter
from chasqui.fabric.recipients import Recipient, Undeliverable
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.notifications.matching import Matcher
from chasqui.services.s3.notifications.records import SENDER, Happening, ObjectEvent, body
from chasqui.services.s3.notifications.rules import Rule, rules_of
from chasqui.services.s3.notifications.sources import BucketSource
from chasqui.services.s3.notifications.waiting import Waiting, waiting_message
from chasqui.store.port import Delivery, NewMessage, Post, Transaction
from chasqui.telemetry.steps import Step

if TYPE_CHECKING:
    from chasqui.services.s3.means import Means

__all__ = ["Notifier", "ObjectEvent", "Plan"]

_KEPT_MAX: Final = 10_000

_log = logging.getLogger("chasqui.s3")


class Plan(Protocol):
    """Who is to be told of one event."""

    async def write(self, tx: Transaction, event: ObjectEvent) -> None:
        """Write it in the transaction that makes it true. Awaits nothing but the transaction; may be called again when
        the transaction is tried again."""
        ...


class Notifier:
    """Finds who is to be told."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._matchers: dict[str, tuple[Bucket, Matcher]] = {}
        """By bucket's name, what its configuration was made into, and of which bucket's."""

    async def plan(self, call: Call, bucket: Bucket, event: str, key: str) -> Plan | None:
        """Who is to be told that `event` ("ObjectCreated:Put") happened to `key`; None when nobody is, which is decided
        without waiting."""
        if bucket.document.notifications is None:
            return None
        rules = self._matcher(bucket).of(event, key)
        if not rules:
            return None
        plan = EventPlan(self._means, Happening(call, bucket, event, key, self._means.clock.now_ms()))
        for rule in rules:
            await self._place(plan, bucket, rule)
        return plan if plan.reaches else None

    def _matcher(self, bucket: Bucket) -> Matcher:
        known = self._matchers.get(bucket.name)
        if known is not None and known[0] is bucket:
            return known[1]
        assert bucket.document.notifications is not None, "it was asked"
        matcher = Matcher(rules_of(bucket.document.notifications))
        keep(self._matchers, bucket.name, (bucket, matcher), _KEPT_MAX)
        return matcher

    async def _place(self, plan: EventPlan, bucket: Bucket, rule: Rule) -> None:
        if rule.kind == "Topic":
            plan.waiting.append(rule)
            return
        recipients = self._means.recipients
        recipient = await recipients.find(rule.arn)
        if recipient is None:
            lost(bucket.arn, rule.arn, "it does not exist")
        elif not await recipients.admits(recipient, BucketSource(bucket), strictly=True):
            lost(bucket.arn, rule.arn, "its policy does not let S3 in")
        elif recipient.kms:
            plan.waiting.append(rule)
        else:
            plan.direct.append((rule, recipient))


class EventPlan:
    """Who is to be told of one event: who in the transaction itself, and what goes through the bucket's queue."""

    def __init__(self, means: Means, happening: Happening) -> None:
        self._means = means
        self._happening = happening
        self.direct: list[tuple[Rule, Recipient]] = []
        self.waiting: list[Rule] = []
        self._counted = False

    @property
    def reaches(self) -> bool:
        """Whether it is anybody's at all."""
        return bool(self.direct or self.waiting)

    async def write(self, tx: Transaction, event: ObjectEvent) -> None:
        """See `Plan`."""
        now_ms, counters = self._means.clock.now_ms(), self._means.counters
        deliveries: list[Delivery] = []
        for rule, recipient in self.direct:
            try:
                message = recipient.draft(Letter(body(self._happening, rule.id, event), SENDER), now_ms)
            except Undeliverable as error:
                lost(self._happening.bucket.arn, rule.arn, str(error))
                continue
            deliveries.append(Delivery(recipient.queue, (message,)))
            self._trace(rule, message)
            if not self._counted:
                counters[recipient.counted] += 1
                counters.flows[f"{self._happening.bucket.arn} {rule.arn}"] += 1
        self._counted = True
        queue = self._happening.bucket.document.events_queue
        if self.waiting and queue:
            waiting = [self._wait(rule, event, now_ms) for rule in self.waiting]
            deliveries.append(Delivery(queue, waiting))
        if deliveries:
            await tx.deliver(Post(deliveries))

    def _trace(self, rule: Rule, message: NewMessage) -> None:
        """A queue's message can be followed from the object on; a function's event has an id of its own."""
        steps, happening = self._means.steps, self._happening
        if steps is not None and rule.kind == "Queue":
            source = f"{happening.bucket.arn}/{happening.key}"
            steps.note(uuid_text(message.id), Step("event", source, rule.arn, reason=happening.event))

    def _wait(self, rule: Rule, event: ObjectEvent, now_ms: int) -> NewMessage:
        happening = self._happening
        waiting = Waiting(rule.kind, rule.arn, body(happening, rule.id, event), happening.call.base_url)
        return waiting_message(self._means.ring, waiting, now_ms)


def lost(bucket: str, destination: str, reason: str) -> None:
    """A destination does not get an event, as on AWS."""
    _log.warning("an event reached nobody", extra={"bucket": bucket, "destination": destination, "reason": reason})
