"""Delivery policies as topics and subscriptions have them: checked, as they are kept, and what is in effect.

They are kept as AWS shows them. What they mean is `delivery/policy.py`'s, which also says in whose words.
"""

from __future__ import annotations

from chasqui.delivery.policy import (
    DeliveryPolicy,
    DeliveryPolicyError,
    Level,
    read_delivery_policy,
    shown_effective,
    shown_policy,
)
from chasqui.services.sns.errors import Unacceptable


def of_topic(text: str) -> str:
    """A topic's policy as it is kept. Raises `Unacceptable`."""
    return _accepted(text, "topic", raw=False)


def of_subscription(text: str, *, raw: bool) -> str:
    """A subscription's policy as it is kept; `raw`: it has raw message delivery. Raises `Unacceptable`."""
    return _accepted(text, "subscription", raw=raw)


def _accepted(text: str, level: Level, *, raw: bool) -> str:
    try:
        return shown_policy(read_delivery_policy(text, level, raw=raw), level)
    except DeliveryPolicyError as error:
        raise Unacceptable(error.reason) from None


def _kept(text: str, level: Level) -> DeliveryPolicy | None:
    return read_delivery_policy(text, level, raw=True) if text else None


def effective_of_topic(topic: str) -> str:
    """What is in effect for subscriptions that have no policy of their own."""
    return shown_effective(_kept(topic, "topic"), None, "topic")


def effective_of_subscription(topic: str, subscription: str) -> str:
    """What is in effect for a subscription."""
    return shown_effective(_kept(topic, "topic"), _kept(subscription, "subscription"), "subscription")
