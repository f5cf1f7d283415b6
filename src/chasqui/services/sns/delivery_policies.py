"""Delivery policies as topics and subscriptions have them: read, normalised, and what is in effect.

What they mean is `delivery/policy.py`'s.
"""

from __future__ import annotations

from chasqui.services.sns.errors import Unacceptable

_RETRIES = (
    '{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,'
    '"numMinDelayRetries":0,"backoffFunction":"linear"}'
)


def of_topic(_text: str) -> str:
    """A topic's policy as it is kept. Raises `Unacceptable`."""
    raise Unacceptable("DeliveryPolicy: not implemented yet")


def of_subscription(_text: str) -> str:
    """A subscription's policy as it is kept. Raises `Unacceptable`."""
    raise Unacceptable("DeliveryPolicy: not implemented yet")


def effective_of_topic(_topic: str) -> str:
    """What is in effect for subscriptions that have none of their own."""
    return (
        f'{{"http":{{"defaultHealthyRetryPolicy":{_RETRIES},"disableSubscriptionOverrides":false,'
        '"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}'
    )


def effective_of_subscription(_topic: str, _subscription: str) -> str:
    """What is in effect for a subscription."""
    return (
        f'{{"healthyRetryPolicy":{_RETRIES},"sicklyRetryPolicy":null,"throttlePolicy":null,'
        '"requestPolicy":{"headerContentType":"text/plain; charset=UTF-8"},"guaranteed":false}'
    )
