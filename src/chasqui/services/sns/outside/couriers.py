"""Deliveries to outside: a route of the outbox for each subscription that has a queue of its own, and what an attempt
is for each protocol.

Routes are opened when the server starts, and as subscriptions come, change and go, on whichever node. What is in a
queue is a notice; a courier renders it for its subscriber and hands it to the protocol's client. What is given up goes
to the subscription's dead-letter queue. Sources: SNS developer guide, "Fanout to HTTP/HTTPS endpoints", "Amazon SNS
message delivery retries".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from chasqui.delivery.http.client import HttpClient
from chasqui.delivery.outbox import Outbox
from chasqui.delivery.policy import EffectivePolicy, effective_policy, read_delivery_policy
from chasqui.delivery.retries import AWS_MANAGED, CUSTOMER_MANAGED, RetryPolicy
from chasqui.delivery.route import Attempted, Outcome, Route
from chasqui.services.sns.documents import SUBSCRIPTION, TOPIC, read_topic
from chasqui.services.sns.outside import functions, parcels
from chasqui.services.sns.publishing.fanout import Fanout
from chasqui.services.sns.publishing.notice import Notice, waiting_notice
from chasqui.services.sns.publishing.plan import Subscriber
from chasqui.services.sns.push.push_sending import push_to
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.sms_sending import send_text, topic_text
from chasqui.store.port import Claimed, Delivery, Resource, StoreError

Key = tuple[str, str]
"""(owner, name) of a subscription."""

_PAGE: Final = 200
_LONGEST_MS: Final = {"sms": 120_000, "application": 60_000, "email": 120_000, "email-json": 120_000}
_HTTP_LONGEST_MS: Final = 16_000
_HTTP: Final = ("http", "https")
PAUSE_SECONDS: Final = 1.0
"""After a store that does not answer."""

_log = logging.getLogger("chasqui.sns")


class Courier:
    """What is done for one subscription."""

    __slots__ = ("_content_type", "_http", "_room", "_subscriber", "route")

    def __init__(
        self, room: Room, http: HttpClient, subscriber: Subscriber, policy: EffectivePolicy, concurrency: int
    ) -> None:
        self._room = room
        self._http = http
        self._subscriber = subscriber
        self._content_type = policy.content_type
        protocol = subscriber.protocol
        posts = protocol in _HTTP
        self.route = Route(
            queue=subscriber.queue,
            name=subscriber.arn,
            attempt=self._attempt,
            policy=policy.retry.retries() if posts else _retries(protocol),
            exhausted=self._exhausted,
            told=self._told,
            per_second=policy.per_second if posts else None,
            concurrency=concurrency,
            longest_ms=_HTTP_LONGEST_MS if posts else _LONGEST_MS.get(protocol, 15_000),
        )

    @property
    def _place(self) -> Key:
        """The topic's."""
        return self._subscriber.owner, self._subscriber.name.partition(":")[0]

    async def _attempt(self, claimed: Claimed) -> Outcome:
        notice = waiting_notice(self._room.ring, claimed)
        await self._room.topics.named(self._place)  # at hand when the attempt is told
        if self._subscriber.protocol == "lambda":
            return await self._invoke(notice, claimed)
        return await _WAYS[self._subscriber.protocol](self, notice)

    async def _invoke(self, notice: Notice, claimed: Claimed) -> Outcome:
        """An event for a function of this server, in whose queue it is tried from then on."""
        subscriber, topic = self._subscriber, await self._room.topics.named(self._place)
        body = functions.event(notice, subscriber.arn, await self._sign(notice))
        return await functions.invoke(self._room, subscriber, topic, body, claimed)

    async def _exhausted(self, claimed: Claimed, _outcome: Outcome) -> Sequence[Delivery]:
        """The dead-letter queue's, if there is one; a confirmation is no use there."""
        subscriber, room = self._subscriber, self._room
        notice = waiting_notice(room.ring, claimed)
        topic = await room.topics.named(self._place)
        if subscriber.dead_letter is None or topic is None or notice.kind != "Notification":
            return ()
        await self._sign(notice)
        fanout = Fanout(room, topic, notice, room.clock.now_ms(), many=False)
        return await fanout.dead_letters(subscriber)

    def _told(self, attempted: Attempted) -> None:
        room, topic = self._room, self._subscriber.arn.rpartition(":")[0]
        if attempted.outcome.ok:
            room.counters["NumberOfNotificationsDelivered", topic] += 1
            room.counters.flows[self._subscriber.arn] += 1
        elif attempted.dead:
            room.counters["NumberOfNotificationsFailed", topic] += 1
            if self._subscriber.dead_letter is not None:
                room.counters["NumberOfNotificationsRedrivenToDlq", topic] += 1
                room.counters.flows[f"{self._subscriber.arn} {self._subscriber.dead_letter}"] += 1
        room.witness.attempted(room.topics.at_hand(topic), self._subscriber, attempted)

    async def _sign(self, notice: Notice) -> str:
        """Sign what the subscriber gets, if that is not done; returns the certificate's URL."""
        signer = self._room.signer
        if self._subscriber.envelope or notice.kind != "Notification":
            await signer.sign(notice, (self._subscriber.protocol,))
        return signer.url(notice.base_url)

    # ------------------------------------------------------------------------------------------- the protocols

    async def over_http(self, notice: Notice) -> Outcome:
        """A POST."""
        url = await self._sign(notice)
        fields, body = parcels.http(notice, self._subscriber, url, self._content_type)
        return await self._http.deliver(self._subscriber.endpoint, fields, body)

    async def by_mail(self, notice: Notice) -> Outcome:
        """A mail, as text or with SNS' JSON."""
        url = await self._sign(notice)
        return await parcels.mailed(self._room, parcels.mail(notice, self._subscriber, url))

    async def by_text(self, notice: Notice) -> Outcome:
        """A text message; the topic's owner pays."""
        subscriber, room = self._subscriber, self._room
        resource = await room.store.resource(TOPIC, *self._place)
        name = read_topic(resource).attributes.get("DisplayName", "") if resource is not None else ""
        text = topic_text(subscriber.endpoint, notice.text("sms"), notice.attributes, name)
        return await send_text(
            room, subscriber.owner, text, notice.id, topic_arn=notice.topic, subject=notice.subject or ""
        )

    async def by_push(self, notice: Notice) -> Outcome:
        """A push notification."""
        return await push_to(self._room, self._subscriber.endpoint, notice)

    async def nowhere(self, _notice: Notice) -> Outcome:
        """No service of this server has such resources."""
        service = self._subscriber.protocol
        return Outcome(False, reason=f"this version of Chasqui has no {service} to deliver to")


_WAYS: Final[dict[str, Callable[[Courier, Notice], Awaitable[Outcome]]]] = {
    "http": Courier.over_http,
    "https": Courier.over_http,
    "email": Courier.by_mail,
    "email-json": Courier.by_mail,
    "sms": Courier.by_text,
    "application": Courier.by_push,
    "firehose": Courier.nowhere,
}


def _retries(protocol: str) -> RetryPolicy:
    return AWS_MANAGED if protocol in ("lambda", "firehose") else CUSTOMER_MANAGED


class Couriers:
    """The routes of one node."""

    def __init__(self, room: Room, outbox: Outbox, http: HttpClient, concurrency: int) -> None:
        """`concurrency`: so many attempts at one subscriber are under way at a time."""
        self._room = room
        self._outbox = outbox
        self._http = http
        self._concurrency = concurrency
        self._queues: dict[Key, int] = {}
        """The queues that are worked off."""
        self._policies: dict[Key, str] = {}
        """The delivery policies of the topics that have one, as text."""
        self._changed: dict[Key, None] = {}
        """What is to be looked at again: subscriptions, and topics (names without a colon)."""
        self._looking = False

    async def start(self) -> None:
        """Work off what waits, and what comes."""
        self._room.store.watch_resources(SUBSCRIPTION, self._note)
        self._room.store.watch_resources(TOPIC, self._note)
        async for topic in _all(self._room, TOPIC):
            self._take_policy(topic)
        async for subscription in _all(self._room, SUBSCRIPTION):
            try:
                self._open(subscription)
            except Exception:  # noqa: BLE001  what one is made of must not keep the others from their deliveries
                _not_begun(subscription.name)

    # ------------------------------------------------------------------------------------------- what changes

    def _note(self, owner: str, name: str) -> None:
        self._changed[owner, name] = None
        if not self._looking:
            self._looking = True
            self._room.background.start("couriers", self._look())

    async def _look(self) -> None:
        """Take over what changed."""
        try:
            while self._changed:
                key = next(iter(self._changed))
                del self._changed[key]
                await self._look_in_spite(key)
        finally:
            self._looking = False

    async def _look_in_spite(self, key: Key) -> None:
        """Take one over; its trouble is not the others'."""
        try:
            await self._look_at(key)
        except StoreError as error:
            self._changed[key] = None
            _log.warning("the store does not answer a worker", extra={"error": str(error)})
            await asyncio.sleep(PAUSE_SECONDS)
        except Exception:  # noqa: BLE001  the outermost edge of a background loop
            _not_begun(key[1])

    async def _look_at(self, key: Key) -> None:
        type_ = SUBSCRIPTION if ":" in key[1] else TOPIC
        resource = await self._room.store.resource(type_, *key)
        if type_ == TOPIC:
            if self._take_policy(resource) if resource is not None else self._policies.pop(key, None) is not None:
                self._look_at_subscriptions(key)
        elif resource is not None:
            self._open(resource)
        else:
            self._close(key)

    def _look_at_subscriptions(self, topic: Key) -> None:
        """A topic's delivery policy changed."""
        prefix = f"{topic[1]}:"
        for owner, name in self._queues:
            if owner == topic[0] and name.startswith(prefix):
                self._changed[owner, name] = None

    def _take_policy(self, topic: Resource) -> bool:
        """Whether the topic's delivery policy is another one than before."""
        key = topic.owner, topic.name
        text = read_topic(topic).attributes.get("DeliveryPolicy", "")
        before = self._policies.pop(key, "")
        if text:
            self._policies[key] = text
        return text != before

    def _close(self, key: Key) -> None:
        queue = self._queues.pop(key, None)
        if queue is not None:
            self._outbox.close(queue)

    def _open(self, resource: Resource) -> None:
        key = resource.owner, resource.name
        subscriber = Subscriber(resource, filtered=False)
        if self._queues.get(key, subscriber.queue) != subscriber.queue:
            self._close(key)
        if subscriber.queue:
            self._queues[key] = subscriber.queue
            policy = self._policy(subscriber)
            self._outbox.open(Courier(self._room, self._http, subscriber, policy, self._concurrency).route)

    def _policy(self, subscriber: Subscriber) -> EffectivePolicy:
        topic = self._policies.get((subscriber.owner, subscriber.name.partition(":")[0]), "")
        own = subscriber.delivery_policy
        return effective_policy(
            read_delivery_policy(topic, "topic") if topic else None,
            read_delivery_policy(own, "subscription", raw=subscriber.raw) if own else None,
        )


def _not_begun(name: str) -> None:
    _log.exception("a subscription's deliveries were not begun", extra={"subscription": name})


async def _all(room: Room, type_: str) -> AsyncIterator[Resource]:
    """Every resource of a type, page by page."""
    after = ("", "")
    while page := await room.store.resources(type_, after=after, limit=_PAGE):
        for each in page:
            yield each
        after = (page[-1].owner, page[-1].name)
        await asyncio.sleep(0)  # others' requests come first
