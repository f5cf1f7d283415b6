"""How many subscriptions and filter policies there are, kept beside topics and accounts: a topic may have millions, and
nothing walks them to count.

They are changed in the transaction that changes what they count. The topic's own document is left alone, so that a
subscription is no change of the topic.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

import msgspec

from chasqui.base.sections import SnsQuotas
from chasqui.services.sns import errors
from chasqui.services.sns.documents import SubscriptionDocument
from chasqui.store.port import Resource, Transaction

COUNTS: Final = "sns:counts"
_ACCOUNT: Final = "*"
"""The name under which an account's are; no topic can have it."""

FITS_LARGE: Final = frozenset(("sqs", "firehose", "lambda"))
"""Protocols that take messages above 256 KiB (API reference, CreateTopic, MaximumMessageSize)."""


class TopicCounts(msgspec.Struct, omit_defaults=True):
    """A topic's subscriptions: by state, those with a filter policy, those of protocols that take no large message."""

    confirmed: int = 0
    pending: int = 0
    deleted: int = 0
    filters: int = 0
    small_only: int = 0


class AccountCounts(msgspec.Struct, omit_defaults=True):
    """Of an account in a region."""

    topics: int = 0
    fifo_topics: int = 0
    pending: int = 0
    filters: int = 0


C = TypeVar("C", TopicCounts, AccountCounts)
_encode = msgspec.json.Encoder().encode


class _Kept(Generic[C]):
    """Counts as a transaction read them and changes them."""

    def __init__(self, type_: type[C], owner: str, name: str, read: Resource | None) -> None:
        self.now: C = msgspec.json.decode(read.document, type=type_) if read is not None else type_()
        self._read = read
        self._before = _encode(self.now)
        self._owner, self._name = owner, name

    async def write(self, tx: Transaction) -> None:
        document = _encode(self.now)
        if self._read is not None and document != self._before:
            await tx.replace(msgspec.structs.replace(self._read, document=document))
        elif self._read is None and document != b"{}":
            await tx.create(Resource(COUNTS, self._owner, self._name, document))


class Tally:
    """The counts of one topic and of its account within one transaction: `load`, change, `write`."""

    def __init__(self, topic: _Kept[TopicCounts], account: _Kept[AccountCounts]) -> None:
        self._topic, self._account = topic, account
        self.topic = topic.now
        self.account = account.now

    async def write(self, tx: Transaction) -> None:
        await self._topic.write(tx)
        await self._account.write(tx)

    async def beside(self, tx: Transaction, owner: str, topic: str) -> Tally:
        """The counts of another topic of the same account, in the same transaction: `write_topic` writes them."""
        own = await tx.get(COUNTS, owner, topic)
        return Tally(_Kept(TopicCounts, owner, topic, own), self._account)

    async def write_topic(self, tx: Transaction) -> None:
        await self._topic.write(tx)

    def move(self, old: SubscriptionDocument | None, new: SubscriptionDocument | None) -> None:
        """A subscription was one and is another; None: there was or is none."""
        for document, sign in ((old, -1), (new, 1)):
            if document is None or document.ended:
                continue
            self.topic.confirmed += sign * document.confirmed
            self.topic.pending += sign * (not document.confirmed)
            self.account.pending += sign * (not document.confirmed)
            filters = sign * bool(document.attributes.get("FilterPolicy"))
            self.topic.filters += filters
            self.account.filters += filters
            self.topic.small_only += sign * (document.protocol not in FITS_LARGE)

    def check_subscriptions(self, limits: SnsQuotas, *, fifo: bool) -> None:
        """Raise `SubscriptionLimitExceeded` where one was added that is too many."""
        most = limits.fifo_subscriptions_max if fifo else limits.subscriptions_max
        if self.topic.confirmed + self.topic.pending > most:
            raise errors.subscription_limit_exceeded("Subscription limit exceeded for topic.")
        if self.account.pending > limits.pending_max:
            raise errors.subscription_limit_exceeded("Pending subscription limit exceeded for account.")

    def check_filters(self, limits: SnsQuotas) -> None:
        """Raise `FilterPolicyLimitExceeded` where one was added that is too many."""
        if self.topic.filters > limits.filters_per_topic_max:
            raise errors.filter_policy_limit_exceeded("Filter policy limit exceeded for topic.")
        if self.account.filters > limits.filters_max:
            raise errors.filter_policy_limit_exceeded("Filter policy limit exceeded for account.")


async def load(tx: Transaction, owner: str, topic: str) -> Tally:
    """The counts of a topic and its account."""
    own = await tx.get(COUNTS, owner, topic)
    account = await tx.get(COUNTS, owner, _ACCOUNT)
    return Tally(_Kept(TopicCounts, owner, topic, own), _Kept(AccountCounts, owner, _ACCOUNT, account))


async def forget(tx: Transaction, owner: str, topic: str) -> None:
    """A topic is gone with all of its subscriptions."""
    own = await tx.get(COUNTS, owner, topic)
    if own is not None:
        await tx.delete(own)
