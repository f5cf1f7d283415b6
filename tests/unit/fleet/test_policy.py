"""How many workers a backlog gets, and when one that ended is started again."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from chasqui.fleet.policy import Decision, Policy, Restarts
from chasqui.fleet.settings import Restart, Scaling

RULES = Scaling(
    min=1,
    max=10,
    backlog_per_worker=100,
    scale_out_periods=1,
    scale_in_periods=3,
    scale_out_cooldown_seconds=100,
    scale_in_cooldown_seconds=200,
)


def changed(**given: object) -> Policy:
    return Policy(msgspec.structs.replace(RULES, **given))


def desired(policy: Policy, samples: list[tuple[float, int | None]], capacity: int) -> list[int]:
    """What was decided after each sample."""
    found = []
    for now, backlog in samples:
        capacity = policy.decide(now, backlog, capacity).desired
        found.append(capacity)
    return found


def test_a_fleet_grows_to_as_many_as_the_backlog_asks_for_at_once() -> None:
    assert Policy(RULES).decide(0, 450, 1) == Decision("out", 5, "above the target")


def test_a_fleet_at_its_target_stays() -> None:
    assert Policy(RULES).decide(0, 500, 5) == Decision("hold", 5, "near the target")


def test_a_fleet_grows_from_nothing() -> None:
    assert desired(changed(min=0), [(0, 0), (1, 1)], 0) == [0, 1]


def test_a_fleet_grows_only_after_so_many_samples_in_a_row() -> None:
    policy = changed(scale_out_periods=3)

    assert desired(policy, [(0, 300), (1, 300), (2, 100), (3, 300), (4, 300), (5, 300)], 1) == [1, 1, 1, 1, 1, 3]


def test_in_the_scale_out_cooldown_a_fleet_does_not_grow() -> None:
    assert desired(Policy(RULES), [(0, 200), (50, 900), (99, 900), (100, 900)], 1) == [2, 2, 2, 9]


def test_a_fleet_shrinks_to_the_most_that_any_of_the_samples_asked_for() -> None:
    assert desired(Policy(RULES), [(0, 0), (1, 350), (2, 0)], 9) == [9, 9, 4]


def test_a_sample_near_the_target_begins_the_count_for_shrinking_anew() -> None:
    assert desired(Policy(RULES), [(0, 0), (1, 0), (2, 460), (3, 0), (4, 0), (5, 0)], 5) == [5, 5, 5, 5, 5, 1]


def test_in_the_scale_in_cooldown_a_fleet_does_not_shrink_further() -> None:
    policy = changed(scale_in_periods=1)

    assert desired(policy, [(0, 500), (199, 0), (200, 0)], 9) == [5, 5, 1]


def test_in_the_scale_in_cooldown_a_fleet_may_grow() -> None:
    policy = changed(scale_in_periods=1)

    assert desired(policy, [(0, 500), (1, 800)], 9) == [5, 8]


def test_a_fleet_that_has_just_grown_does_not_shrink() -> None:
    policy = changed(scale_in_periods=1)

    assert desired(policy, [(0, 500), (99, 0), (100, 0)], 1) == [5, 5, 1]


def test_a_queue_that_cannot_be_asked_changes_nothing_and_begins_the_counts_anew() -> None:
    assert desired(Policy(RULES), [(0, 0), (1, 0), (2, None), (3, 0)], 5) == [5, 5, 5, 5]


def test_new_bounds_hold_at_once_even_in_a_cooldown() -> None:
    policy = Policy(RULES)
    policy.decide(0, 1000, 1)
    policy.rules = msgspec.structs.replace(RULES, max=4)

    assert policy.decide(1, 1000, 10).desired == 4


_samples = st.lists(st.tuples(st.integers(1, 120), st.one_of(st.none(), st.integers(0, 3000))), min_size=1, max_size=60)
_rules = st.builds(
    lambda least, more, target, outs, ins, out, in_: Scaling(
        min=least,
        max=max(1, least + more),
        backlog_per_worker=target,
        scale_out_periods=outs,
        scale_in_periods=ins,
        scale_out_cooldown_seconds=out,
        scale_in_cooldown_seconds=in_,
    ),
    st.integers(0, 5),
    st.integers(0, 20),
    st.floats(0.5, 500),
    st.integers(1, 4),
    st.integers(1, 6),
    st.integers(0, 400),
    st.integers(0, 400),
)


@settings(max_examples=150, deadline=None)
@given(_rules, _samples)
def test_whatever_comes_bounds_and_cooldowns_hold(rules: Scaling, samples: list[tuple[int, int | None]]) -> None:
    policy, capacity, now = Policy(rules), rules.min, 0
    grown, shrunk = -10_000, -10_000
    for seconds, backlog in samples:
        now += seconds
        decision = policy.decide(now, backlog, capacity)
        assert rules.min <= decision.desired <= rules.max
        assert (decision.action == "hold") == (decision.desired == capacity)
        if decision.desired > capacity:
            assert backlog is not None
            assert backlog > rules.backlog_per_worker * capacity
            assert now - grown >= rules.scale_out_cooldown_seconds
            grown = now
        if decision.desired < capacity:
            assert backlog is not None
            assert decision.desired >= policy.wanted(backlog)
            assert now - shrunk >= rules.scale_in_cooldown_seconds
            assert now - grown >= rules.scale_out_cooldown_seconds
            shrunk = now
        capacity = decision.desired


@settings(max_examples=100, deadline=None)
@given(_rules, st.integers(0, 3000))
def test_under_a_backlog_that_stays_a_fleet_comes_to_rest(rules: Scaling, backlog: int) -> None:
    policy, now = Policy(rules), 0
    capacity = rules.max
    seen = []
    for _ in range(60):
        now += 100
        capacity = policy.decide(now, backlog, capacity).desired
        seen.append(capacity)

    assert len(set(seen[-20:])) == 1
    assert seen[-1] >= policy.wanted(backlog)


RESTART = Restart(delay_seconds=1, delay_max_seconds=5, crashes_max=5, crash_window_seconds=100, start_grace_seconds=10)


def test_each_crash_makes_the_wait_longer_up_to_its_most_and_then_the_worker_is_given_up() -> None:
    restarts = Restarts(RESTART, lambda: 1.0)

    assert [restarts.delay(now, 1, well=False) for now in range(5)] == [1, 2, 4, 5, None]


def test_half_of_the_wait_is_chance() -> None:
    assert Restarts(RESTART, lambda: 0.0).delay(0, 1, well=False) == 0.5


def test_crashes_of_long_ago_do_not_count() -> None:
    restarts = Restarts(RESTART, lambda: 1.0)

    assert [restarts.delay(now, 90, well=False) for now in range(0, 1000, 101)] == [1] * 10


def test_who_ended_well_after_work_is_started_again_at_once() -> None:
    assert Restarts(RESTART, lambda: 1.0).delay(0, 10, well=True) == 0


def test_who_ends_well_at_once_counts_as_crashed() -> None:
    assert Restarts(RESTART, lambda: 1.0).delay(0, 0.1, well=True) == 1
