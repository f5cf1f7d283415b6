"""Finds topics by ARN, with their subscriptions compiled; keeps those in use, and hears of each change.

A change of one subscription re-reads that one. What a watcher tells of a topic at hand is noted on it (`stale`) and
read again before the topic is next used, so that it is never staler than an answer. Topics are loaded in pages, on a
task of their own that all who wait for the same topic share.
"""

from __future__ import annotations

import asyncio
from typing import Final

from chasqui.base.background import Background
from chasqui.base.bounded import keep
from chasqui.base.principal import Principal, service_principal
from chasqui.base.sections import SnsQuotas
from chasqui.services.sns.documents import (
    SUBSCRIPTION,
    TOPIC,
    TopicDocument,
    place_of,
    read_topic,
    sns_arn,
)
from chasqui.services.sns.publishing.matching import Matching
from chasqui.services.sns.publishing.plan import Plan, Subscriber
from chasqui.services.sns.topics.data_protection import Protection, protection
from chasqui.store.port import Resource, Store

Place = tuple[str, str]
"""(owner, name) of a topic."""

PRINCIPAL: Final = service_principal("sns.amazonaws.com")

_TOPICS_MAX: Final = 4096
_SUBSCRIBERS_MAX: Final = 200_000
_STALE_MAX: Final = 2000
"""With more changes than this, a topic is loaded anew."""

_PAGE: Final = 200


class Topic:
    """A topic with who gets its messages. It is the `Source` of what is sent on its behalf."""

    __slots__ = (
        "account", "arn", "bytes_max", "changed", "content_deduplication", "document", "fifo", "generation",
        "group_scope", "kms_key", "limits", "logs_queues", "name", "owner", "place", "plan", "protection", "region",
        "signature_version", "stale", "trim_at_ms", "version",
    )  # fmt: skip

    def __init__(self, resource: Resource, limits: SnsQuotas) -> None:
        self.place: Place = (resource.owner, resource.name)
        self.owner = resource.owner
        self.name = resource.name
        self.account, _, self.region = resource.owner.partition("/")
        self.arn = sns_arn(resource.owner, resource.name)
        self.fifo = resource.name.endswith(".fifo")
        self.generation = resource.generation
        self.limits = limits
        self.plan = Plan()
        self.stale: dict[str, int] = {}
        """Names of subscriptions that changed, with the number of the change."""
        self.changed = 0
        """The number of the last change of the topic's own document; 0 when it was read since."""
        self.trim_at_ms = 0
        """When its archive is next to be trimmed."""
        self.take(resource)

    def take(self, resource: Resource) -> None:
        """Go on with another version of the document."""
        self.version = resource.version
        self.document: TopicDocument = read_topic(resource)
        get = self.document.attributes.get
        self.bytes_max = int(get("MaximumMessageSize") or self.limits.message_bytes_max)
        self.content_deduplication = self.fifo and get("ContentBasedDeduplication") == "true"
        self.group_scope = self.fifo and get("FifoThroughputScope") == "MessageGroup"
        self.signature_version = get("SignatureVersion") or "1"
        self.kms_key = get("KmsMasterKeyId") or ""
        self.logs_queues = bool(get("SQSSuccessFeedbackRoleArn"))
        policy = self.document.data_protection
        self.protection: Protection | None = protection(policy) if policy else None

    @property
    def service(self) -> Principal:
        """As whom queues' policies see the sender."""
        return PRINCIPAL


class Directory:
    """The topics at hand."""

    def __init__(self, store: Store, limits: SnsQuotas, background: Background, matching: Matching) -> None:
        self._store = store
        self._matching = matching
        self._limits = limits
        self._background = background
        self._topics: dict[Place, Topic] = {}
        self._loading: dict[Place, tuple[Topic, list[asyncio.Future[Topic]]]] = {}
        self._at_hand: dict[str, Topic] = {}
        self._number = 0
        store.watch_resources(TOPIC, self._topic_changed)
        store.watch_resources(SUBSCRIPTION, self._subscription_changed)

    # ------------------------------------------------------------------------------------------- what changes

    def _topic_changed(self, owner: str, name: str) -> None:
        for topic in self._known((owner, name)):
            self._number += 1
            topic.changed = self._number

    def _subscription_changed(self, owner: str, name: str) -> None:
        place = owner, name.partition(":")[0]
        for topic in self._known(place):
            self._number += 1
            topic.stale[name] = self._number
            if len(topic.stale) > _STALE_MAX and place not in self._loading:
                self._forget(place)

    def _known(self, place: Place) -> list[Topic]:
        topic, loading = self._topics.get(place), self._loading.get(place)
        return [each for each in (topic, loading[0] if loading else None) if each is not None]

    def _forget(self, place: Place) -> None:
        topic = self._topics.pop(place, None)
        if topic is not None:
            self._at_hand.pop(topic.arn, None)

    # ------------------------------------------------------------------------------------------- who is found

    def at_hand(self, arn: str | None) -> Topic | None:
        """The topic with this ARN if it can be used at once: where publishing looks first."""
        topic = self._at_hand.get(arn)  # type: ignore[arg-type]
        if topic is None or topic.changed or topic.stale or not self._store.fresh():
            return None
        return topic

    async def find(self, arn: str) -> Topic | None:
        """The topic with this ARN as it stands; None when there is none."""
        place = place_of(arn)
        return await self.named(place) if place is not None and ":" not in place[1] else None

    async def named(self, place: Place) -> Topic | None:
        """The topic of an owner with this name, as it stands."""
        topic = self._topics.get(place)
        if topic is None or topic.changed or not self._store.fresh():
            topic = await self._read(place)
        if topic is not None and topic.stale:
            await self._refresh(topic)
        return topic

    async def _read(self, place: Place) -> Topic | None:
        """The topic, by its document's version."""
        while True:
            known = self._topics.get(place)
            mark = known.changed if known is not None else 0
            resource = await self._store.resource(TOPIC, *place)
            if resource is None:
                self._forget(place)
                return None
            topic = self._topics.get(place)
            if topic is None or topic.generation != resource.generation:
                await self._load(place, resource)
                continue  # the document may have changed before the change could be noted
            if topic is not known or topic.changed != mark:
                continue
            if topic.version != resource.version:
                topic.take(resource)
            topic.changed = 0
            return topic

    async def _refresh(self, topic: Topic) -> None:
        """Read the subscriptions that changed."""
        while topic.stale:
            marks = dict(list(topic.stale.items())[:_PAGE])
            reads = [(name, self._store.resource(SUBSCRIPTION, topic.owner, name)) for name in marks]
            for name, read in reads:
                subscriber = await self._compiled(await read)
                await topic.plan.free()
                if topic.stale.get(name) == marks[name]:
                    del topic.stale[name]
                    _put(topic.plan, name, subscriber)

    async def _compiled(self, resource: Resource | None) -> Subscriber | None:
        return None if resource is None else await self._matching.subscriber(resource)

    # ------------------------------------------------------------------------------------------- loading

    async def _load(self, place: Place, resource: Resource) -> Topic:
        """The topic with all its subscriptions, read by one task for everybody who waits."""
        loading = self._loading.get(place)
        if loading is None or loading[0].generation != resource.generation:
            self._number += 1
            loading = self._loading[place] = (Topic(resource, self._limits), [])
            loading[0].changed = self._number  # until it is read once more
            self._background.start(f"load {'/'.join(place)}", self._fill(place, *loading))
        waiting: asyncio.Future[Topic] = asyncio.get_running_loop().create_future()
        loading[1].append(waiting)
        return await waiting

    async def _fill(self, place: Place, topic: Topic, waiting: list[asyncio.Future[Topic]]) -> None:
        try:
            after = ("", "")
            prefix = f"{topic.name}:"
            while page := await self._store.resources(
                SUBSCRIPTION, topic.owner, prefix=prefix, after=after, limit=_PAGE
            ):
                for resource in page:
                    _put(topic.plan, resource.name, await self._compiled(resource))
                after = (page[-1].owner, page[-1].name)
                await asyncio.sleep(0)  # others' requests come first
            self._keep(place, topic)
            for each in waiting:
                if not each.done():
                    each.set_result(topic)
        except Exception as error:  # noqa: BLE001  told to all who wait, whose requests it fails
            for each in waiting:
                if not each.done():
                    each.set_exception(error)
        finally:
            if self._loading.get(place, (None,))[0] is topic:
                del self._loading[place]
            for each in waiting:
                each.cancel()

    def _keep(self, place: Place, topic: Topic) -> None:
        self._forget(place)
        # Counted anew, for plans grow and shrink while they are at hand.
        if sum(len(each.plan) for each in self._topics.values()) + len(topic.plan) > _SUBSCRIBERS_MAX:
            self._topics.clear()
            self._at_hand.clear()
        keep(self._topics, place, topic, _TOPICS_MAX)
        keep(self._at_hand, topic.arn, topic, _TOPICS_MAX)


def _put(plan: Plan, name: str, subscriber: Subscriber | None) -> None:
    """Take over what stands in the store. What is not confirmed, or waits for its replay to end, gets nothing."""
    if subscriber is None or not subscriber.live:
        plan.remove(name)
    else:
        plan.put(subscriber)
