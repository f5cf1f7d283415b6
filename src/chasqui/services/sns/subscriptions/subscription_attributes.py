"""A subscription's attributes: which there are, what values they take, how they are shown. Pure.

Source: the API reference of Subscribe, SetSubscriptionAttributes and GetSubscriptionAttributes; SNS developer guide,
"Amazon SNS dead-letter queues"; the wording as AWS answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from chasqui.base.arn import parse_arn
from chasqui.services.sns import errors
from chasqui.services.sns.documents import Protocol, SubscriptionDocument, sns_arn
from chasqui.services.sns.errors import Unacceptable
from chasqui.services.sns.subscriptions import delivery_policies, filter_policies, replays

_RAW = frozenset(("sqs", "http", "https", "firehose"))
_BY_URL = frozenset(("http", "https"))
_SCOPES = ("MessageAttributes", "MessageBody")
_COMPARED_DEFAULTS = {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes"}


class Subject(msgspec.Struct, frozen=True):
    """What attributes are judged against: the subscription's protocol, its topic's kind, who owns it, where it is."""

    protocol: Protocol
    fifo: bool
    account: str
    region: str


def accept(kept: Mapping[str, str], given: Mapping[str, str], subject: Subject) -> dict[str, str]:
    """A subscription's attributes with those given in place of its own; an empty value takes one away. Raises
    `Unacceptable` and `InvalidParameter`."""
    found = dict(kept)
    for name, value in given.items():
        accepted = _accept(name, value, subject)
        if accepted:
            found[name] = accepted
        else:
            found.pop(name, None)
    if found.get("DeliveryPolicy") and given.keys() & {"DeliveryPolicy", "RawMessageDelivery"}:
        # Which content types it may name depends on raw delivery.
        raw = found.get("RawMessageDelivery") == "true"
        found["DeliveryPolicy"] = delivery_policies.of_subscription(found["DeliveryPolicy"], raw=raw)
    if found.get("FilterPolicy") and given.keys() & {"FilterPolicy", "FilterPolicyScope"}:
        filter_policies.check(found["FilterPolicy"], found.get("FilterPolicyScope") or _SCOPES[0])
    if subject.protocol == "firehose" and not found.get("SubscriptionRoleArn"):
        raise Unacceptable("SubscriptionRoleArn: no value for required parameter")
    return found


def _accept(name: str, value: str, subject: Subject) -> str:
    """A value as it is kept, "" for none."""
    if name in _POLICIES and _is_empty(value):
        return ""
    return _CHECKS[name](value, subject)


def _filter(value: str, _subject: Subject) -> str:
    # It is read together with its scope, when all is there.
    return value


def _scope(value: str, _subject: Subject) -> str:
    if value and value not in _SCOPES:
        raise Unacceptable(
            f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
        )
    return value


def _replay(value: str, subject: Subject) -> str:
    return replays.accept(value, fifo=subject.fifo)


def _is_empty(text: str) -> bool:
    return text.strip() in ("", "{}") or text.translate({ord(each): None for each in " \t\r\n"}) == "{}"


def _raw(value: str, subject: Subject) -> str:
    lowered = value.lower()
    if lowered not in ("true", "false"):
        raise Unacceptable(f"RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
    if lowered == "true" and subject.protocol not in _RAW:
        raise errors.invalid_parameter(f"Delivery protocol [{subject.protocol}] does not support raw message delivery.")
    return lowered


def _redrive(value: str, subject: Subject) -> str:
    try:
        policy = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise Unacceptable("RedrivePolicy: failed to parse JSON.") from None
    if not isinstance(policy, dict):
        raise Unacceptable("RedrivePolicy: failed to parse JSON.")
    for name in policy:
        if name != "deadLetterTargetArn":
            raise Unacceptable(f"RedrivePolicy: invalid JSON. Attribute {name} is unknown.")
    target = policy.get("deadLetterTargetArn")
    arn = parse_arn(target) if isinstance(target, str) else None
    if target is None:
        raise Unacceptable("RedrivePolicy: Missing deadLetterTargetArn attribute")
    if arn is None or arn.service != "sqs":
        raise Unacceptable("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if (arn.account, arn.region) != (subject.account, subject.region):
        raise Unacceptable("RedrivePolicy: deadLetterTargetArn must be in the subscription's account and region")
    if arn.resource.endswith(".fifo") != subject.fifo:
        kind = "FIFO" if subject.fifo else "standard"
        raise Unacceptable(f"RedrivePolicy: must use a {kind} queue as DLQ for a {kind} topic")
    return value


def _delivery(value: str, subject: Subject) -> str:
    if subject.protocol not in _BY_URL:
        raise Unacceptable(f"DeliveryPolicy: Delivery protocol [{subject.protocol}] does not support delivery policies")
    return value


def _role(value: str, _subject: Subject) -> str:
    arn = parse_arn(value) if value else None
    if value and (arn is None or arn.service != "iam" or not arn.resource.startswith("role/")):
        raise Unacceptable("SubscriptionRoleArn: Must be the ARN of a role")
    return value


_POLICIES: Final = frozenset(("FilterPolicy", "RedrivePolicy", "DeliveryPolicy", "ReplayPolicy"))
_CHECKS: Final[dict[str, Callable[[str, Subject], str]]] = {
    "DeliveryPolicy": _delivery,
    "FilterPolicy": _filter,
    "FilterPolicyScope": _scope,
    "RawMessageDelivery": _raw,
    "RedrivePolicy": _redrive,
    "ReplayPolicy": _replay,
    "SubscriptionRoleArn": _role,
}
SETTABLE: Final = frozenset(_CHECKS)


def same(existing: Mapping[str, str], kept: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Whether a subscription that exists has what another Subscribe asks for (`kept`: as it would be kept). Only what
    is given is looked at."""
    return all(
        (existing.get(name) or _COMPARED_DEFAULTS.get(name, "")) == (kept.get(name) or _COMPARED_DEFAULTS.get(name, ""))
        for name in given
    )


def shown(owner: str, name: str, document: SubscriptionDocument, topic_delivery_policy: str) -> dict[str, str]:
    """Every attribute that GetSubscriptionAttributes answers."""
    topic = name.partition(":")[0]
    own = document.attributes
    attributes = {
        "SubscriptionPrincipal": document.principal,
        "Owner": document.account,
        "RawMessageDelivery": own.get("RawMessageDelivery", "false"),
        "TopicArn": sns_arn(owner, topic),
        "Endpoint": document.endpoint,
        "Protocol": document.protocol,
        "PendingConfirmation": "false" if document.confirmed else "true",
        "ConfirmationWasAuthenticated": "true" if document.authenticated else "false",
        "SubscriptionArn": sns_arn(owner, name),
    }
    attributes.update(own)
    if document.replay:
        attributes["ReplayStatus"] = document.replay
    if own.get("FilterPolicy"):
        attributes.setdefault("FilterPolicyScope", _SCOPES[0])
    if document.protocol in _BY_URL:
        effective = delivery_policies.effective_of_subscription(topic_delivery_policy, own.get("DeliveryPolicy", ""))
        attributes["EffectiveDeliveryPolicy"] = effective
    return attributes
