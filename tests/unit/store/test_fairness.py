"""The rules of fair delivery, by themselves."""

from __future__ import annotations

from chasqui.store.fairness import QUIET_AFTER_MS, Load, Tenants, is_noisy, tenant_of

NOISY, QUIET = tenant_of("noisy"), tenant_of("quiet")


def test_thirty_in_flight_that_are_more_than_a_tenth_are_noisy() -> None:
    tenants = Tenants(0)
    assert not tenants.claimed([NOISY] * 29, 100, 0)
    assert tenants.claimed([NOISY], 100, 0)


def test_a_tenth_or_less_is_not_noisy() -> None:
    tenants = Tenants(0)
    tenants.claimed([0] * 360, 100, 0)
    tenants.claimed([NOISY] * 40, 100, 0)
    assert not tenants.noisy


def test_messages_without_a_group_are_never_noisy() -> None:
    tenants = Tenants(0)
    tenants.claimed([0] * 1000, 100, 0)
    assert not tenants.noisy


def test_long_processing_beside_others_is_noisy_and_alone_is_not() -> None:
    def worked(others: int) -> bool:
        queue, tenant = Load(0), Load(0)
        queue.change(5 + others, 0)
        tenant.change(5, 0)
        for each in (queue, tenant):
            each.pass_time(60_000)
        return is_noisy(tenant, queue)

    assert worked(others=5)
    assert not worked(others=0)
    assert not worked(others=100)


def test_a_noisy_tenant_is_quiet_again_when_drained_or_after_five_minutes_without_sends() -> None:
    tenants = Tenants(0)
    tenants.claimed([NOISY] * 30, 100, 0)
    tenants.drained(NOISY)
    assert not tenants.noisy
    tenants.claimed([NOISY], 100, 0)
    tenants.sent([NOISY], 1000)
    assert not tenants.pass_time(1, QUIET_AFTER_MS)
    assert tenants.pass_time(1, QUIET_AFTER_MS + 1000)


def test_time_ends_what_was_in_flight() -> None:
    tenants = Tenants(0)
    tenants.claimed([NOISY] * 10, 100, 0)
    tenants.released(NOISY, 100, 0)
    assert tenants.in_flight(NOISY) == 9
    tenants.pass_time(100, 25_000)
    assert tenants.in_flight(NOISY) == 0


def test_of_two_noisy_tenants_the_one_with_fewer_in_flight_comes_first() -> None:
    tenants = Tenants(0)
    tenants.claimed([NOISY] * 50 + [QUIET] * 30, 100, 0)
    assert tenants.noisy_by_load() == [QUIET, NOISY]
