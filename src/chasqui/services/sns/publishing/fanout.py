"""One notice on its way into the queues of a topic's subscribers: which messages lie where in the end.

Everything that a publish writes is one `Post`. What subscribers have in common is made once: the raw letter, the
envelope's text around a subscription's ARN, the sealed notice for what is delivered outside. A queue that cannot be
had (missing, denied, its key refused) never fails a publish: the message goes to the subscription's dead-letter queue
in the same transaction, if it has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from chasqui.fabric.letters import Around, Attribute, Letter
from chasqui.fabric.recipients import Recipient, Undeliverable
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.envelope import envelope_around
from chasqui.services.sns.publishing.notice import SHARED_BYTES_MIN, Notice, waiting_message
from chasqui.services.sns.publishing.plan import Subscriber
from chasqui.services.sns.room import Room
from chasqui.store.port import Delivery, NewMessage, Shared

SENDER: Final = "AIDAIT2UOQQY3AUEKVGXU"
"""The SenderId that receivers see of what SNS sends."""

REPLAYED: Final = Attribute("String", "true")
"""The attribute by which messages from the archive are told."""

GONE: Final = Undeliverable("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
DENIED: Final = Undeliverable("AccessDenied", "The queue's policy does not let Amazon SNS send to it.")
_UNGROUPED: Final = Undeliverable("InvalidParameterValue", "A FIFO queue takes messages with a MessageGroupId only.")


class Target(msgspec.Struct):
    """A subscriber that is looked at more closely: its queue, or why it has none; its dead-letter queue."""

    subscriber: Subscriber
    recipient: Recipient | None
    reason: Undeliverable | None
    dead: Recipient | None


class Drop(msgspec.Struct):
    """A message that did not reach a subscriber's queue. `dead`: it is in the dead-letter queue."""

    subscriber: Subscriber
    reason: Undeliverable
    dead: bool


class Letters:
    """A notice as letters. `many`: several will get it, so that what is large is stored once."""

    def __init__(self, room: Room, notice: Notice, *, many: bool) -> None:
        self._room = room
        self._notice = notice
        self._many = many
        self._raw: dict[str, Letter] = {}
        self._around: dict[str, tuple[str, str, Around | None, int]] = {}

    def of(self, subscriber: Subscriber) -> Letter:
        """What this subscriber's queue, or its dead-letter queue, gets."""
        return self.raw(subscriber.protocol) if subscriber.raw else self.enveloped(subscriber)

    def raw(self, protocol: str) -> Letter:
        """The message as it was published."""
        key = self._notice.signed_as(protocol)
        return self._raw.get(key) or self._make_raw(key, protocol)

    def _make_raw(self, key: str, protocol: str) -> Letter:
        notice = self._notice
        text, attributes = notice.text(protocol), notice.attributes
        letter = self._raw[key] = Letter(text, SENDER, attributes, notice.group, notice.deduplication)
        if notice.replayed:
            letter.attributes = {**(attributes or {}), "Replayed": REPLAYED}
        if self._many and len(text) >= SHARED_BYTES_MIN:
            letter.around = Around(text, "", letter.attributes)
            letter.body, letter.attributes = "", None
        return letter

    def enveloped(self, subscriber: Subscriber) -> Letter:
        """The message in SNS' JSON."""
        notice, protocol = self._notice, subscriber.protocol
        key = notice.signed_as(protocol)
        before, after, around, size = self._around.get(key) or self._make_around(key, protocol)
        arn = subscriber.arn
        if around is not None:
            letter = Letter(arn, SENDER, None, notice.group, notice.deduplication, around)
        else:
            letter = Letter(f"{before}{arn}{after}", SENDER, None, notice.group, notice.deduplication)
        letter.size = size + len(arn)
        return letter

    def _make_around(self, key: str, protocol: str) -> tuple[str, str, Around | None, int]:
        before, after = envelope_around(self._notice, protocol, self._room.signer.url(self._notice.base_url))
        size = len(before.encode()) + len(after.encode())
        around = Around(before, after) if self._many and size >= SHARED_BYTES_MIN else None
        made = self._around[key] = (before, after, around, size)
        return made


class Fanout:
    """The deliveries of one notice, as they are gathered."""

    def __init__(
        self, room: Room, topic: Topic, notice: Notice, now_ms: int, *, many: bool, stored: Shared | None = None
    ) -> None:
        """`stored`: the sealed notice, if the store has it already."""
        self._stored = stored
        self.room = room
        self.topic = topic
        self.notice = notice
        self.now_ms = now_ms
        self.letters = Letters(room, notice, many=many)
        self.deliveries: list[Delivery] = []
        self.reached: list[Recipient] = []
        self.subscribers: list[Subscriber] = []
        """Whose those are that were reached, in the same order."""
        self.drops: list[Drop] = []

    def place_at_hand(self, matched: Iterable[Subscriber]) -> list[Subscriber]:
        """Draft what can be drafted at once; returns those that must be looked at more closely."""
        recipients, topic_arn, now_ms = self.room.recipients, self.topic.arn, self.now_ms
        if not recipients.fresh():
            # What is at hand may be another node's past: each is asked about anew.
            matched = list(matched)
            self._place_outside([each for each in matched if each.queue])
            return [each for each in matched if not each.queue]
        get = recipients.get
        raw, enveloped, place = self.letters.raw("sqs"), self.letters.enveloped, self.deliveries.append
        reach, own = self.reached.append, self.subscribers.append
        outside: list[Subscriber] = []
        rest: list[Subscriber] = []
        for subscriber in matched:
            if subscriber.queue:
                outside.append(subscriber)
                continue
            recipient = get(subscriber.endpoint)
            if (
                recipient is None
                or recipient.kms
                or recipient.fifo
                or subscriber.dead_letter is not None
                or not recipient.admitted.get(topic_arn)
            ):
                rest.append(subscriber)
                continue
            try:
                message = recipient.draft(raw if subscriber.raw else enveloped(subscriber), now_ms)
            except Undeliverable:
                rest.append(subscriber)
                continue
            place(Delivery(recipient.queue, (message,)))
            reach(recipient)
            own(subscriber)
        self._place_outside(outside)
        return rest

    def _place_outside(self, subscribers: Sequence[Subscriber]) -> None:
        """The notice in each one's own queue, for a delivery worker; sealed once, and stored once when it is large."""
        if not subscribers:
            return
        many = len(subscribers) > 1
        messages = (waiting_message(self.room.ring, self.notice, self.now_ms, many=many, stored=self._stored),)
        self.deliveries += [Delivery(each.queue, messages) for each in subscribers]

    async def look_up(self, subscribers: Iterable[Subscriber]) -> list[Target]:
        """Find each one's queue and dead-letter queue, and whether they may be sent to."""
        return [await self._look_up(each) for each in subscribers]

    async def _look_up(self, subscriber: Subscriber) -> Target:
        recipient, reason = await self._admitted(subscriber.endpoint)
        dead = None
        if subscriber.dead_letter is not None:
            dead, _ = await self._admitted(subscriber.dead_letter)
        return Target(subscriber, recipient, reason, dead)

    async def _admitted(self, arn: str) -> tuple[Recipient | None, Undeliverable | None]:
        recipients = self.room.recipients
        recipient = await recipients.find(arn)
        if recipient is None:
            return None, GONE
        if recipient.fifo and self.notice.group is None:
            return None, _UNGROUPED
        if not await recipients.admits(recipient, self.topic):
            return None, DENIED
        return recipient, None

    async def place(self, targets: Iterable[Target]) -> None:
        """Draft for those that were looked up, under their queues' KMS keys where they have some."""
        for target in targets:
            letter = self.letters.of(target.subscriber)
            dead = await self._draft_dead(target, letter)
            if target.recipient is not None:
                try:
                    message = await self._draft(target.recipient, letter)
                except Undeliverable as error:
                    target.reason = error
                else:
                    self._put(target, target.recipient, message, dead)
                    continue
            self._drop(target, dead)

    async def _draft(self, recipient: Recipient, letter: Letter) -> NewMessage:
        if recipient.kms:
            return await recipient.draft_sealed(letter, self.now_ms, self.topic)
        return recipient.draft(letter, self.now_ms)

    async def _draft_dead(self, target: Target, letter: Letter) -> Delivery | None:
        """The dead-letter queue's delivery; None when there is none, or it takes the message no more than the queue."""
        if target.dead is None:
            return None
        try:
            return Delivery(target.dead.queue, (await self._draft(target.dead, letter),))
        except Undeliverable:
            return None

    async def dead_letters(self, subscriber: Subscriber) -> list[Delivery]:
        """What the subscription's dead-letter queue gets of a delivery that is given up; nothing when it takes none."""
        dead, _ = await self._admitted(subscriber.dead_letter or "")
        delivery = await self._draft_dead(Target(subscriber, None, None, dead), self.letters.of(subscriber))
        return [] if delivery is None else [delivery]

    def place_now(self, targets: Iterable[Target]) -> None:
        """The same, without KMS: for what must not wait."""
        for target in targets:
            letter = self.letters.of(target.subscriber)
            dead = self._draft_dead_now(target, letter)
            if target.recipient is not None:
                try:
                    message = target.recipient.draft(letter, self.now_ms)
                except Undeliverable as error:
                    target.reason = error
                else:
                    self._put(target, target.recipient, message, dead)
                    continue
            self._drop(target, dead)

    def _draft_dead_now(self, target: Target, letter: Letter) -> Delivery | None:
        if target.dead is None:
            return None
        try:
            return Delivery(target.dead.queue, (target.dead.draft(letter, self.now_ms),))
        except Undeliverable:
            return None

    def _put(self, target: Target, recipient: Recipient, message: NewMessage, dead: Delivery | None) -> None:
        self.deliveries.append(Delivery(recipient.queue, (message,), dead))
        self.reached.append(recipient)
        self.subscribers.append(target.subscriber)

    def _drop(self, target: Target, dead: Delivery | None) -> None:
        assert target.reason is not None, "what has a queue is put there"
        if dead is not None:
            self.deliveries.append(dead)
        self.drops.append(Drop(target.subscriber, target.reason, dead is not None))

    def tell(self, gone: frozenset[int] = frozenset()) -> None:
        """It is committed: count, and say what was dropped. `gone` are queues that were deleted in between."""
        counters, arn, witness = self.room.counters, self.topic.arn, self.room.witness
        if gone:
            self._miss(gone)
        flows = counters.flows
        # Once for each row: additions to dictionaries, and no calls.
        for recipient in self.reached:
            counters[recipient.counted] += 1
        for subscriber in self.subscribers:
            flows[subscriber.arn] += 1
        if self.reached:
            counters["NumberOfNotificationsDelivered", arn] += len(self.reached)
            if self.topic.logs_queues:
                witness.delivered(self.topic, self.notice, self.subscribers)
        for drop in self.drops:
            counters["NumberOfNotificationsFailed", arn] += 1
            if drop.dead:
                counters["NumberOfNotificationsRedrivenToDlq", arn] += 1
                flows[f"{drop.subscriber.arn} {drop.subscriber.dead_letter}"] += 1
            witness.dropped(self.topic, drop.subscriber, self.notice, drop.reason, dead=drop.dead)

    def _miss(self, gone: frozenset[int]) -> None:
        """These were not reached after all."""
        pairs = list(zip(self.reached, self.subscribers, strict=True))
        self.reached = [each for each, _ in pairs if each.queue not in gone]
        self.subscribers = [subscriber for each, subscriber in pairs if each.queue not in gone]
        missed = (subscriber for each, subscriber in pairs if each.queue in gone)
        self.drops += [Drop(each, GONE, each.dead_letter is not None) for each in missed]
