"""How often somebody may call, on a clock that the tests move."""

from __future__ import annotations

import pytest

from chasqui.server.rates import Buckets, Limiter, network, retry_after, throttled
from chasqui.wire.errors import resolve
from chasqui.wire.model import load_service


def admitted(buckets: Buckets, key: str, now: float, tries: int = 1000) -> int:
    return sum(buckets.admit(key, now) is None for _ in range(tries))


def test_a_full_bucket_holds_two_seconds_worth() -> None:
    assert admitted(Buckets(10), "a", 5.0) == 20


def test_a_bucket_fills_at_its_rate() -> None:
    buckets = Buckets(10)
    admitted(buckets, "a", 5.0)

    assert admitted(buckets, "a", 5.5) == 5


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    buckets = Buckets(10)
    admitted(buckets, "a", 5.0)

    assert admitted(buckets, "a", 5000.0) == 20


def test_the_wait_that_is_told_is_long_enough_and_no_longer() -> None:
    buckets = Buckets(4)
    admitted(buckets, "a", 0.0)

    wait = buckets.admit("a", 0.0)

    assert wait == pytest.approx(0.25)
    assert buckets.admit("a", wait - 0.01) is not None
    assert buckets.admit("a", wait) is None


def test_refused_requests_take_nothing() -> None:
    buckets = Buckets(10)
    admitted(buckets, "a", 0.0, 100_000)

    assert admitted(buckets, "a", 1.0) == 10


def test_a_rate_below_one_a_second_lets_single_requests_through() -> None:
    buckets = Buckets(0.1)

    assert [buckets.admit("a", now) is None for now in (0.0, 1.0, 9.0, 10.0, 11.0)] == [True, False, False, True, False]


def test_buckets_are_of_one_key() -> None:
    buckets = Buckets(1)
    admitted(buckets, "a", 0.0)

    assert buckets.admit("b", 0.0) is None


def test_no_rate_is_no_limit() -> None:
    assert admitted(Buckets(0), "a", 0.0) == 1000


def test_a_table_does_not_grow_beyond_its_bound() -> None:
    buckets = Buckets(1, buckets_max=100)
    for key in range(10_000):
        buckets.admit(key, 0.0)

    assert len(buckets) <= 200


def test_an_empty_bucket_in_use_is_not_forgotten_for_new_ones() -> None:
    buckets = Buckets(1, buckets_max=100)
    for key in range(1000):
        buckets.admit("mine", key / 1000)
        buckets.admit(key, key / 1000)

    assert buckets.admit("mine", 1.0) is not None


def test_addresses_and_principals_have_limits_of_their_own() -> None:
    limiter = Limiter(per_principal=1, per_address=2)
    by_address = sum(limiter.admit_address("10.0.0.1", 0.0) is None for _ in range(9))
    by_principal = sum(limiter.admit_principal("AIDA1", 0.0) is None for _ in range(9))

    assert (by_address, by_principal) == (4, 2)
    assert limiter.admit_address("10.0.0.2", 0.0) is None
    assert limiter.admit_principal("AIDA2", 0.0) is None


def test_a_limiter_without_settings_limits_nobody() -> None:
    limiter = Limiter()

    limiter.failed("10.0.0.1", "AKIA1", 0.0)

    assert not limiter.limits_addresses
    assert not limiter.limits_principals
    assert limiter.admit_address("10.0.0.1", 0.0) is None
    assert limiter.admit_principal("AIDA1", 0.0) is None
    assert limiter.admit_key("10.0.0.1", "AKIA1", 0.0) is None


def guesses(limiter: Limiter, seconds: float, address: str = "10.0.0.1", access_key: str = "AKIA1") -> int:
    """How many of a thousand guesses a second are looked at."""
    looked_at = 0
    for number in range(int(seconds * 1000)):
        if limiter.admit_key(address, access_key, number / 1000) is None:
            limiter.failed(address, access_key, number / 1000)
            looked_at += 1
    return looked_at


def test_guesses_are_looked_at_no_faster_than_the_limit() -> None:
    assert guesses(Limiter(failed_signatures=20), 60) == pytest.approx(60 * 20 + 40, abs=2)


def test_guessing_does_not_lock_out_others_behind_the_same_address() -> None:
    limiter = Limiter(failed_signatures=20)
    guesses(limiter, 10)

    assert limiter.admit_key("10.0.0.1", "AKIA2", 10.0) is None


def test_guessing_does_not_lock_out_the_key_elsewhere() -> None:
    limiter = Limiter(failed_signatures=20)
    guesses(limiter, 10)

    assert limiter.admit_key("10.0.0.2", "AKIA1", 10.0) is None


def test_a_guessed_key_is_free_again_as_soon_as_the_guessing_ends() -> None:
    limiter = Limiter(failed_signatures=20)
    guesses(limiter, 10)

    assert limiter.admit_key("10.0.0.1", "AKIA1", 10.1) is None


def test_nobody_is_suspected_when_the_guessing_has_ended() -> None:
    limiter = Limiter(failed_signatures=20)
    guesses(limiter, 10)
    assert limiter.suspects

    limiter.admit_key("10.0.0.3", "AKIA3", 20.0)

    assert not limiter.suspects


def test_good_signatures_do_not_count_as_guesses() -> None:
    limiter = Limiter(failed_signatures=1)

    assert all(limiter.admit_key("10.0.0.1", "AKIA1", 0.0) is None for _ in range(1000))


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_whose_an_address_is(address: str, whose: str) -> None:
    assert network(address) == whose


@pytest.mark.parametrize(
    ("service", "family", "names", "status"),
    [
        ("sqs", "query", ("com.amazon.coral.service#ThrottlingException", "Throttling"), 400),
        ("sts", "query", ("ThrottlingException", "Throttling"), 400),
        ("kms", "json", ("ThrottlingException", "Throttling"), 400),
        ("lambda", "rest-json", ("ThrottlingException", "Throttling"), 429),
        ("s3", "s3", ("SlowDown", "SlowDown"), 503),
    ],
)
def test_each_family_tells_of_its_limit_in_its_own_words(
    service: str, family: str, names: tuple[str, str], status: int
) -> None:
    form = resolve(load_service(service), throttled(family))  # type: ignore[arg-type]

    assert ((form.type, form.query), form.status) == (names, status)


@pytest.mark.parametrize(("wait", "said"), [(0.01, b"1"), (1.0, b"1"), (1.2, b"2")])
def test_the_wait_is_said_in_whole_seconds(wait: float, said: bytes) -> None:
    assert retry_after(wait) == ((b"retry-after", said),)
