"""Delivery policies: what is read, refused, shown and in force."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.delivery.policy import (
    CONTENT_TYPE,
    DeliveryPolicyError,
    HealthyRetry,
    effective_policy,
    read_delivery_policy,
    shown_effective,
    shown_policy,
)
from chasqui.delivery.retries import HTTP_DEFAULT
from tests.support import vectors

RETRY = {"minDelayTarget": 1, "maxDelayTarget": 60, "numRetries": 50}


def subscription(**parts: Any) -> str:
    return json.dumps(parts)


def topic(**parts: Any) -> str:
    return json.dumps({"http": parts})


def refusal(text: str, level: Any = "subscription") -> str:
    with pytest.raises(DeliveryPolicyError) as caught:
        read_delivery_policy(text, level)
    return caught.value.reason


def test_without_any_policy_the_documented_defaults_hold() -> None:
    holds = effective_policy(None, None)

    assert holds.retry.retries() == HTTP_DEFAULT
    assert (holds.per_second, holds.content_type) == (None, CONTENT_TYPE)


def test_the_guides_example_is_read() -> None:
    text = subscription(
        healthyRetryPolicy={
            **RETRY, "numNoDelayRetries": 3, "numMinDelayRetries": 2, "numMaxDelayRetries": 35,
            "backoffFunction": "exponential",
        },
        throttlePolicy={"maxReceivesPerSecond": 10},
        requestPolicy={"headerContentType": "application/json"},
    )  # fmt: skip

    read = read_delivery_policy(text, "subscription")

    assert read.retry == HealthyRetry(1, 60, 50, 35, 3, 2, "exponential")
    assert (read.per_second, read.content_type) == (10, "application/json")


def test_a_subscription_overrides_its_topic_part_by_part() -> None:
    above = read_delivery_policy(
        topic(
            defaultThrottlePolicy={"maxReceivesPerSecond": 5}, defaultRequestPolicy={"headerContentType": "text/plain"}
        ),
        "topic",
    )
    own = read_delivery_policy(subscription(throttlePolicy={"maxReceivesPerSecond": 9}), "subscription")

    holds = effective_policy(above, own)

    assert (holds.per_second, holds.content_type) == (9, "text/plain")


def test_a_topic_may_disable_its_subscriptions_policies() -> None:
    above = read_delivery_policy(topic(disableSubscriptionOverrides=True), "topic")
    own = read_delivery_policy(subscription(throttlePolicy={"maxReceivesPerSecond": 9}), "subscription")

    assert effective_policy(above, own).per_second is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"minDelayTarget": 0}, "healthyRetryPolicy.minDelayTarget must be greater than or equal to 1"),
        ({"maxDelayTarget": 3601}, "healthyRetryPolicy.maxDelayTarget must be less than or equal to 3600"),
        ({"numRetries": 101}, "healthyRetryPolicy.numRetries must be less than or equal to 100"),
        ({"numRetries": None}, "healthyRetryPolicy.numRetries must be specified"),
        ({"numRetries": 1.5}, "healthyRetryPolicy.numRetries must be an integer"),
        (
            {"minDelayTarget": 61},
            "healthyRetryPolicy.maxDelayTarget must be greater than or equal to minDelayTarget",
        ),
        (
            {"numNoDelayRetries": 51},
            "healthyRetryPolicy.numRetries must be greater than or equal to total of numMinDelayRetries,"
            " numNoDelayRetries and numMaxDelayRetries",
        ),
        ({"numMaxDelayRetries": -1}, "healthyRetryPolicy.numMaxDelayRetries must be greater than or equal to 0"),
    ],
)
def test_a_retry_policy_out_of_bounds_is_refused(changes: dict[str, Any], message: str) -> None:
    assert refusal(subscription(healthyRetryPolicy={**RETRY, **changes})) == f"DeliveryPolicy: {message}"


def test_a_topics_refusal_names_its_path() -> None:
    message = "DeliveryPolicy: http.defaultHealthyRetryPolicy.numRetries must be less than or equal to 100"

    assert refusal(topic(defaultHealthyRetryPolicy={**RETRY, "numRetries": 500}), "topic") == message


def test_retrying_for_more_than_an_hour_is_refused() -> None:
    assert "3600 seconds" in refusal(
        subscription(healthyRetryPolicy={"minDelayTarget": 60, "maxDelayTarget": 60, "numRetries": 61})
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "[]", "3", '{"http": 3}', subscription(unknown=1), subscription(healthyRetryPolicy=[]),
        subscription(healthyRetryPolicy={**RETRY, "backoffFunction": "quadratic"}),
        subscription(throttlePolicy={"maxReceivesPerSecond": 0}),
        subscription(requestPolicy={"headerContentType": "image/png"}),
        subscription(requestPolicy={"headerContentType": "text/plain; a=\r\nX: y"}),
        subscription(requestPolicy={"headerContentType": 7}), "[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_not_a_policy_is_refused(text: str) -> None:
    assert refusal(text).startswith("DeliveryPolicy: ")


def test_raw_delivery_allows_more_content_types() -> None:
    text = subscription(requestPolicy={"headerContentType": "text/csv"})

    assert refusal(text) != ""
    assert read_delivery_policy(text, "subscription", raw=True).content_type == "text/csv"


def attributes_with_policies(recorded: Any) -> list[dict[str, Any]]:
    """Everything named Attributes in a recorded case."""
    found = []
    if isinstance(recorded, dict):
        found = [recorded] if "EffectiveDeliveryPolicy" in recorded else []
        for value in recorded.values():
            found += attributes_with_policies(value)
    return found


def test_policies_are_shown_as_aws_showed_them() -> None:
    cases = [each for case in vectors("sns-responses.jsonl") for each in attributes_with_policies(case["recorded"])]
    if not cases:
        pytest.skip("the vectors are not here")
    for attributes in cases:
        effective = attributes["EffectiveDeliveryPolicy"]
        level: Any = "topic" if "http" in effective else "subscription"
        own = attributes.get("DeliveryPolicy")
        read = None if own is None else read_delivery_policy(json.dumps(own), level, raw=True)
        above = read if level == "topic" else None
        if read is not None:
            assert json.loads(shown_policy(read, level)) == own
        if level == "topic" or read is None or read.content_type:
            below = read if level == "subscription" else None
            assert json.loads(shown_effective(above, below, level)) == effective
