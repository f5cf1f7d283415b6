"""Who gets a message: a topic's subscriptions, compiled so that a publish costs what matches.

A `Subscriber` is a subscription in the form that publishing decides on. A `Plan` holds a topic's: those without a filter
in a list, those with one in two automata, by what they look at (attributes or body). No store and no clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

import msgspec

from chasqui.patterns.automaton import Automaton
from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.events import attributes_event, json_event
from chasqui.patterns.pattern import Pattern
from chasqui.patterns.sns import read_filter_policy
from chasqui.services.sns.documents import OUTSIDE, read_subscription, sns_arn
from chasqui.services.sns.notice import Notice
from chasqui.store.port import Resource

BODY: Final = "MessageBody"
_SIGNED: Final = frozenset(("sqs", "http", "https", "email-json", "lambda"))
"""Protocols that show an envelope, unless delivery is raw."""


class Subscriber:
    """A confirmed subscription. `queue` is the store's, in which deliveries to outside wait; 0 for others."""

    __slots__ = (
        "arn", "content_type", "created_ms", "dead_letter", "endpoint", "envelope", "name", "owner", "pattern",
        "protocol", "queue", "raw", "scope", "version",
    )  # fmt: skip

    def __init__(self, resource: Resource) -> None:
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
        self.raw = attributes.get("RawMessageDelivery") == "true"
        self.envelope = not self.raw and self.protocol in _SIGNED
        self.dead_letter = _dead_letter(attributes.get("RedrivePolicy"))
        self.scope = attributes.get("FilterPolicyScope") or "MessageAttributes"
        self.pattern = _pattern(attributes.get("FilterPolicy"), self.scope)


class Nothing(msgspec.Struct, frozen=True):
    """Stands for a filter policy that this version cannot read: it lets nothing through."""


def _pattern(policy: str | None, scope: str) -> Pattern | Nothing | None:
    """The compiled filter; None when there is none."""
    if not policy or policy == "{}":
        return None
    try:
        return read_filter_policy(policy, BODY if scope == BODY else "MessageAttributes")
    except InvalidPattern:
        return Nothing()


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
        self._filtered: set[str] = set()
        self._by_attributes = Automaton()
        self._by_body = Automaton()
        self._attributes = 0
        self._bodies = 0
        self._names: list[str] | None = None
        self.enveloped = 0

    def __len__(self) -> int:
        return len(self._all)

    def get(self, name: str) -> Subscriber | None:
        return self._all.get(name)

    def put(self, subscriber: Subscriber) -> None:
        """Add a subscription, or replace it."""
        self.remove(subscriber.name)
        self._all[subscriber.name] = subscriber
        self._names = None
        self.enveloped += subscriber.envelope
        pattern = subscriber.pattern
        if pattern is None:
            self._plain = None
            return
        self._filtered.add(subscriber.name)
        if isinstance(pattern, Nothing):
            return
        if subscriber.scope == BODY:
            self._by_body.add(subscriber.name, pattern)
            self._bodies += 1
        else:
            self._by_attributes.add(subscriber.name, pattern)
            self._attributes += 1

    def remove(self, name: str) -> None:
        """Forget a subscription, if it is here."""
        subscriber = self._all.pop(name, None)
        if subscriber is None:
            return
        self._names = None
        self.enveloped -= subscriber.envelope
        if name not in self._filtered:
            self._plain = None
            return
        self._filtered.discard(name)
        if isinstance(subscriber.pattern, Nothing):
            return
        if subscriber.scope == BODY:
            self._by_body.remove(name)
            self._bodies -= 1
        else:
            self._by_attributes.remove(name)
            self._attributes -= 1

    def match(self, notice: Notice) -> list[Subscriber]:
        """Who gets this message. The list is not the caller's to change."""
        plain = self._plain
        if plain is None:
            plain = self._plain = [each for name, each in self._all.items() if name not in self._filtered]
        if not self._filtered:
            return plain
        found: list[Subscriber] = []
        if self._attributes:
            found += map(self._all.__getitem__, self._by_attributes.match(attributes_event(notice.attributes or {})))
        if self._bodies:
            found += self._match_bodies(notice)
        return plain + found if found else plain

    def _match_bodies(self, notice: Notice) -> Iterable[Subscriber]:
        """Body filters look at the text that the subscription's protocol gets."""
        texts = {notice.message} if notice.messages is None else {notice.message, *notice.messages.values()}
        for text in texts:
            try:
                event = json_event(msgspec.json.decode(text))
            except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
                continue
            for name in self._by_body.match(event):
                subscriber = self._all[name]
                if notice.text(subscriber.protocol) == text:
                    yield subscriber

    def match_after(self, notice: Notice, after: str, until: str, most: int) -> list[Subscriber]:
        """Up to so many of those that get this message, by name, those after `after` and before `until` ("": any)."""
        matched = sorted(self.match(notice), key=_name)
        start = bisect_right(matched, after, key=_name)
        end = bisect_right(matched, until, key=_name) if until else len(matched)
        return matched[start : min(start + most, end)]


def _name(subscriber: Subscriber) -> str:
    return subscriber.name
