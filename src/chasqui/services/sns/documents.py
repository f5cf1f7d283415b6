"""Topics and subscriptions as resources: the documents that are stored, and the names by which they are found.

A topic is (`TOPIC`, "account/region", its name); its parent is nothing. A subscription is (`SUBSCRIPTION`, the topic's
owner, "topic-name:uuid"), with the topic's ARN as its parent: so a topic's subscriptions are its children, an account's
are listed by owner, and the subscription's ARN says where it is.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from chasqui.base.arn import Arn, parse_arn, partition_of
from chasqui.store.port import Resource

TOPIC: Final = "sns:topic"
SUBSCRIPTION: Final = "sns:subscription"
DELETING: Final = "sns:deleted-topic"
"""A topic that was deleted, and of which some subscriptions are left (`deletion.py`)."""
CERTIFICATES: Final = "/SimpleNotificationService-"
"""How the path begins at which the certificate of notifications' signatures is served, to anybody; verifiers know it
from AWS."""

Protocol = Literal["sqs", "lambda", "firehose", "http", "https", "email", "email-json", "sms", "application"]

OUTSIDE: Final = frozenset(("http", "https", "email", "email-json", "sms", "application", "lambda", "firehose"))
"""Protocols whose deliveries wait in a queue of the subscription's own for a delivery worker (`delivery/outbox.py`)."""


class TopicDocument(msgspec.Struct):
    """A topic. `attributes` are those that were set, as text; defaults are not stored.

    Of a FIFO topic, `once` is the (empty) FIFO queue of the store by which its messages are deduplicated and ordered.
    `archive` is the log of its archive, 0 when it has none. `expands`: it once had more subscriptions than one
    transaction takes, so its messages go through expansion jobs, and go on to, so that none overtakes another.
    """

    attributes: dict[str, str]
    tags: dict[str, str]
    created_ms: int
    modified_ms: int
    once: int = 0
    archive: int = 0
    archive_since_ms: int = 0
    expands: bool = False
    data_protection: str = ""


class SubscriptionDocument(msgspec.Struct):
    """A subscription. `account` is the subscriber's, `principal` the ARN of who subscribed.

    `attributes` are those that can be set (RawMessageDelivery, FilterPolicy, FilterPolicyScope, RedrivePolicy,
    DeliveryPolicy, SubscriptionRoleArn, ReplayPolicy), as text. While it is not `confirmed`, `token` is the SHA-256 of
    the token (hex) that confirms it until `token_until_ms`; once it is, the same token confirms it again.
    `authenticated`: whether its confirmation was signed; `unsubscribe_signed`: whether it may only be ended by a signed
    call. `ended`: it was unsubscribed, and whoever gets the message that says so may restore it with its token; for
    everybody else it is gone. `queue` is the store's queue in which deliveries to `OUTSIDE` wait, 0 for other
    protocols. `replay` is the ReplayStatus of what `replay_id` names, "" when nothing was ever replayed (`replay.py`).
    """

    protocol: Protocol
    endpoint: str
    account: str
    principal: str
    created_ms: int
    attributes: dict[str, str]
    confirmed: bool = False
    authenticated: bool = False
    unsubscribe_signed: bool = False
    token: str = ""
    token_until_ms: int = 0
    queue: int = 0
    modified_ms: int = 0
    ended: bool = False
    replay: str = ""
    replay_id: str = ""


_encode = msgspec.json.Encoder().encode
_decode_topic = msgspec.json.Decoder(TopicDocument).decode
_decode_subscription = msgspec.json.Decoder(SubscriptionDocument).decode


def read_topic(resource: Resource) -> TopicDocument:
    return _decode_topic(resource.document)


def read_subscription(resource: Resource) -> SubscriptionDocument:
    return _decode_subscription(resource.document)


def topic_resource(owner: str, name: str, document: TopicDocument, read: Resource | None = None) -> Resource:
    """A topic's resource, new or in place of the one that was read."""
    version, generation = (read.version, read.generation) if read else (0, 0)
    return Resource(TOPIC, owner, name, _encode(document), None, version, generation)


def subscription_resource(
    owner: str, name: str, document: SubscriptionDocument, read: Resource | None = None
) -> Resource:
    """A subscription's resource, new or in place of the one that was read; `name` is "topic-name:uuid"."""
    version, generation = (read.version, read.generation) if read else (0, 0)
    topic = name.partition(":")[0]
    parent = sns_arn(owner, topic)
    return Resource(SUBSCRIPTION, owner, name, _encode(document), parent, version, generation)


def sns_arn(owner: str, resource: str) -> str:
    """The ARN of a topic ("name") or a subscription ("name:uuid") of "account/region"."""
    account, _, region = owner.partition("/")
    return str(Arn(partition_of(region), "sns", region, account, resource))


def place_of(arn_text: str) -> tuple[str, str] | None:
    """(owner, name) of a topic's or a subscription's ARN; None when it is no ARN of SNS'."""
    arn = parse_arn(arn_text)
    if arn is None or arn.service != "sns" or arn.partition != partition_of(arn.region):
        return None
    return f"{arn.account}/{arn.region}", arn.resource


_PASSWORD: Final = re.compile(r"(https?://[^/?#:]*:)[^/?#]*(?=@)")


def shown_endpoint(endpoint: str) -> str:
    """An endpoint where others than GetSubscriptionAttributes' callers see it: a URL's password is not told (SNS
    developer guide, "Fanout to HTTP/S endpoints")."""
    return _PASSWORD.sub(r"\1****", endpoint, count=1) if endpoint.startswith("http") else endpoint
