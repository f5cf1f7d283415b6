"""Who gets a message: a topic's subscriptions, compiled so that a publish costs what matches.

A `Subscriber` is a subscription in the form that publishing decides on. A `Plan` holds a topic's: those without a
filter in a list, those with one in two automata, by what they look at (attributes or body). No store and no clock.
"""

from __future__ import annotations

import asyncio
import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Final, Literal

import msgspec

from chasqui.fabric.letters import Attribute
from chasqui.patterns.automaton import Automaton
from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.events import attributes_event, body_event
from chasqui.patterns.explaining import explain
from chasqui.patterns.matchers import AnythingBut, Matcher, Pattern, Wildcard
from chasqui.patterns.reading import read_filter_policy
from chasqui.services.sns.documents import OUTSIDE, SubscriptionDocument, read_subscription, sns_arn
from chasqui.services.sns.publishing.notice import Notice
from chasqui.store.port import Resource

Scope = Literal["MessageAttributes", "MessageBody"]
BODY: Final = "MessageBody"
_name = attrgetter("name")
_SIGNED: Final = frozenset(("sqs", "http", "https", "email-json", "lambda"))
"""Protocols that show an envelope, unless delivery is raw."""


class Subscriber:
    """A subscription. `queue` is the store's, in which deliveries to outside wait; 0 for others. `live`: it
    gets what is published now, and not only what is replayed to it."""

    __slots__ = (
        "arn", "created_ms", "dead_letter", "delivery_policy", "endpoint", "envelope", "live", "name", "owner",
        "pattern", "protocol", "queue", "raw", "scope", "tried", "version",
    )  # fmt: skip

    def __init__(self, resource: Resource, *, filtered: bool = True) -> None:
        """`filtered` False: its filter is of no interest, and not read."""
        document = read_subscription(resource)
        attributes = document.attributes
        self.owner = resource.owner
        self.name = resource.name
        self.version = resource.version
        self.arn = sns_arn(resource.owner, resource.name)
        self.protocol: str = document.protocol
        self.endpoint = document.endpoint
        self.created_ms = document.created_ms
        self.queue = document.queue if document.protocol in OUTSIDE else 0
        self.live = document.confirmed and _is_live(document)
        self.raw = attributes.get("RawMessageDelivery") == "true"
        self.envelope = not self.raw and self.protocol in _SIGNED
        self.dead_letter = _dead_letter(attributes.get("RedrivePolicy"))
        self.delivery_policy = attributes.get("DeliveryPolicy", "")
        self.scope: Scope = BODY if attributes.get("FilterPolicyScope") == BODY else "MessageAttributes"
        self.pattern = _pattern(attributes.get("FilterPolicy"), self.scope) if filtered else None
        self.tried = _tried(self.pattern) if self.pattern is not None else 0
        """So many of the filter's operators are tried one by one on each value of a message."""


def _is_live(document: SubscriptionDocument) -> bool:
    """With a ReplayPolicy only after the replay, and not when that has an end (API reference, `ReplayStatus`)."""
    policy = document.attributes.get("ReplayPolicy")
    return not policy or (document.replay == "Completed" and '"EndingPoint"' not in policy)


_NOTHING: Final = Pattern(())
"""Stands for a filter policy that this version cannot read: it lets nothing through."""


def _pattern(policy: str | None, scope: Scope) -> Pattern | None:
    """The filter; None when there is none."""
    if not policy or policy == "{}":
        return None
    try:
        return read_filter_policy(policy, scope)
    except InvalidPattern:
        return _NOTHING


def _tried(pattern: Pattern) -> int:
    return sum(_is_tried(each) for rule in pattern.rules for condition in rule for each in condition.matchers)


def _is_tried(matcher: Matcher) -> bool:
    """What no index finds."""
    return isinstance(matcher, Wildcard | AnythingBut)


def _dead_letter(policy: str | None) -> str | None:
    """The ARN of the dead-letter queue in a RedrivePolicy."""
    if not policy:
        return None
    found = msgspec.json.decode(policy)
    arn = found.get("deadLetterTargetArn") if isinstance(found, dict) else None
    return arn if isinstance(arn, str) else None


class Plan:
    """A topic's confirmed subscriptions by name ("topic:uuid"). Of `enveloped` the receivers see a signed envelope."""

    def __init__(self) -> None:
        self._all: dict[str, Subscriber] = {}
        self._plain: list[Subscriber] | None = None
        self._by_attributes: Automaton[Subscriber] = Automaton()
        self._by_body: Automaton[Subscriber] = Automaton()
        self._tried = 0
        self._holds = 0
        self._waiting: list[asyncio.Future[None]] = []
        self.enveloped = 0

    def __len__(self) -> int:
        return len(self._all)

    def get(self, name: str) -> Subscriber | None:
        return self._all.get(name)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._all.values())

    def put(self, subscriber: Subscriber) -> None:
        """Add a subscription, or replace it."""
        assert not self._holds, "a thread looks at it: `free` comes first"
        self.remove(subscriber.name)
        self._all[subscriber.name] = subscriber
        self.enveloped += subscriber.envelope
        self._tried += subscriber.tried
        if subscriber.pattern is None:
            self._plain = None
        else:
            self._automaton(subscriber).add(subscriber, subscriber.pattern)

    def remove(self, name: str) -> None:
        """Forget a subscription, if it is here."""
        assert not self._holds, "a thread looks at it: `free` comes first"
        subscriber = self._all.pop(name, None)
        if subscriber is None:
            return
        self.enveloped -= subscriber.envelope
        self._tried -= subscriber.tried
        if subscriber.pattern is None:
            self._plain = None
        else:
            self._automaton(subscriber).remove(subscriber)

    def _automaton(self, subscriber: Subscriber) -> Automaton[Subscriber]:
        return self._by_body if subscriber.scope == BODY else self._by_attributes

    def hold(self) -> None:
        """A thread looks at it from now on: it must not change."""
        self._holds += 1

    def release(self) -> None:
        """The thread is done."""
        self._holds -= 1
        if not self._holds:
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                if not each.done():
                    each.set_result(None)

    async def free(self) -> None:
        """Returns when it may be changed, and nothing else runs before the caller goes on."""
        while self._holds:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    def effort(self, notice: Notice) -> int:
        """About how many microseconds `match` takes at most: a body of many small values costs 0.13 a byte to read, and
        0.008 for each operator that is tried on them."""
        if len(self._by_body):
            size = size_of(notice)
        elif len(self._by_attributes) and notice.attributes is not None:
            size = _attributes_size(notice)
        else:
            return 0
        return size * (130 + 8 * self._tried) // 1000

    def match(self, notice: Notice) -> list[Subscriber]:
        """Who gets this message. The list is not the caller's to change."""
        plain = self._unfiltered()
        if len(plain) == len(self._all):
            return plain
        found = self._filtered(notice)
        return plain + found if found else plain

    def _unfiltered(self) -> list[Subscriber]:
        """Those without a filter, by name."""
        if self._plain is None:
            self._plain = sorted((each for each in self if each.pattern is None), key=_name)
        return self._plain

    def _filtered(self, notice: Notice) -> list[Subscriber]:
        """Whose filter lets it through."""
        found: list[Subscriber] = []
        if len(self._by_attributes):
            found += self._by_attributes.match(attributes_event(_shown(notice.attributes)))
        if len(self._by_body):
            found += self._match_bodies(notice)
        return found

    def _match_bodies(self, notice: Notice) -> Iterable[Subscriber]:
        """Body filters look at the text that the subscription's protocol gets."""
        automaton = self._by_body
        if notice.messages is None:
            return automaton.match(body_event(notice.message, automaton.interest))
        texts = {notice.message, *notice.messages.values()}
        return [
            each
            for text in texts
            for each in automaton.match(body_event(text, automaton.interest))
            if notice.text(each.protocol) == text
        ]

    def match_between(self, notice: Notice, after: str, until: str, most: int) -> list[Subscriber]:
        """Up to so many of those that get this message, by name: after `after` and before `until` ("": any)."""
        plain = self._unfiltered()
        start = bisect_right(plain, after, key=_name)
        end = bisect_left(plain, until, key=_name) if until else len(plain)
        found = [each for each in self._filtered(notice) if after < each.name and (not until or each.name < until)]
        return list(heapq.merge(plain[start : min(start + most, end)], sorted(found, key=_name), key=_name))[:most]


def size_of(notice: Notice) -> int:
    """The characters that filters may look at."""
    texts = sum(map(len, notice.messages.values())) if notice.messages is not None else 0
    return len(notice.message) + texts + _attributes_size(notice)


def _attributes_size(notice: Notice) -> int:
    return sum(len(each.text) for each in (notice.attributes or {}).values() if each.text is not None)


def unmatched(subscriber: Subscriber, notice: Notice) -> str | None:
    """Why one subscription's filter does not let a message through; None where it does."""
    if subscriber.pattern is None:
        return None
    body = subscriber.scope == BODY
    event = body_event(notice.text(subscriber.protocol)) if body else attributes_event(_shown(notice.attributes))
    reason = explain(subscriber.pattern, event)
    return None if reason is None else str(reason)


def lets_through(subscriber: Subscriber, notice: Notice) -> bool:
    """Whether one subscription's filter lets a message through."""
    if subscriber.pattern is None:
        return True
    automaton: Automaton[str] = Automaton()
    automaton.add("", subscriber.pattern)
    if subscriber.scope == BODY:
        return bool(automaton.match(body_event(notice.text(subscriber.protocol))))
    return bool(automaton.match(attributes_event(_shown(notice.attributes))))


def _shown(attributes: dict[str, Attribute] | None) -> Iterable[tuple[str, str, str]]:
    """Attributes as filters see them: (name, type, text)."""
    return [(name, each.data_type, each.text) for name, each in (attributes or {}).items() if each.text is not None]
