"""The four phases of a retry policy."""

from __future__ import annotations

import pytest

from chasqui.delivery.retries import AWS_MANAGED, CUSTOMER_MANAGED, HTTP_DEFAULT, SPREAD, RetryPolicy


def delays(policy: RetryPolicy) -> list[float]:
    return [(policy.delay_ms(attempt) or 0) / 1000 for attempt in range(1, policy.retries + 1)]


def test_http_endpoints_are_tried_again_three_times_after_twenty_seconds() -> None:
    assert delays(HTTP_DEFAULT) == [20, 20, 20]
    assert HTTP_DEFAULT.delay_ms(4) is None


def test_targets_of_aws_have_the_documented_phases() -> None:
    assert delays(AWS_MANAGED)[:5] == [0, 0, 0, 1, 1]
    assert delays(AWS_MANAGED)[5] == 1
    assert delays(AWS_MANAGED)[14:17] == [20, 20, 20]
    assert 23 <= AWS_MANAGED.total_ms() / 86_400_000 < 24


def test_targets_of_customers_have_fifty_attempts_over_six_hours() -> None:
    assert delays(CUSTOMER_MANAGED)[:3] == [10, 10, 10]
    assert delays(CUSTOMER_MANAGED)[11:] == [600] * 39
    assert 6 <= CUSTOMER_MANAGED.total_ms() / 3_600_000 < 7.1


@pytest.mark.parametrize("backoff", ["linear", "arithmetic", "geometric", "exponential"])
def test_the_back_off_goes_from_the_least_to_the_most_and_never_down(backoff: str) -> None:
    policy = RetryPolicy(10, 5000, 260_000, backoff=backoff)  # type: ignore[arg-type]

    found = delays(policy)

    assert found[0] == 5
    assert found[-1] == 260
    assert found == sorted(found)


def test_the_functions_grow_ever_later() -> None:
    """At half the way, linear is ahead of arithmetic, that of geometric, that of exponential: the guide's picture."""
    at_half = [
        RetryPolicy(11, 5000, 260_000, backoff=each).delay_ms(6)  # type: ignore[arg-type]
        for each in ("linear", "arithmetic", "geometric", "exponential")
    ]

    assert at_half == sorted(at_half, key=lambda each: -(each or 0))
    assert len(set(at_half)) == 4


def test_one_retry_of_back_off_comes_after_the_least_delay() -> None:
    for each in ("linear", "arithmetic", "geometric", "exponential"):
        assert RetryPolicy(1, 5000, 9000, backoff=each).delay_ms(1) == 5000  # type: ignore[arg-type]


def test_retries_are_spread_and_never_late() -> None:
    assert HTTP_DEFAULT.spread_ms(1, 0.0) == 20_000
    assert HTTP_DEFAULT.spread_ms(1, 0.999) == pytest.approx(20_000 * (1 - SPREAD), rel=0.01)
    assert HTTP_DEFAULT.spread_ms(4, 0.5) is None
