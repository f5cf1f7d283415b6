"""How many batches run at a time."""

from __future__ import annotations

import os

import pytest

from chasqui.services.lambda_.mappings.growth import FIRST, STEP, Growth


class Machine:
    """A clock, and processors that are idle for a part of the time."""

    def __init__(self) -> None:
        self.time = 100.0
        self.idle = 0.0
        self.total = 0.0

    def passes(self, seconds: float, idle: float) -> None:
        self.time += seconds
        self.idle += seconds * idle
        self.total += seconds

    def growth(self) -> Growth:
        return Growth(lambda: self.time, lambda: (self.idle, self.total))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    return Machine()


def test_a_few_run_at_first(machine: Machine) -> None:
    growth = machine.growth()

    assert growth.may_add(FIRST - 1, 100)
    assert not growth.may_add(FIRST, 100)


def test_there_are_never_more_than_the_mapping_may_have(machine: Machine) -> None:
    assert not machine.growth().may_add(2, 2)


def test_more_are_added_while_processors_are_idle(machine: Machine) -> None:
    growth = machine.growth()

    machine.passes(1.5, idle=0.5)

    assert growth.may_add(FIRST, 100)
    assert not growth.may_add(FIRST + STEP, 100)


def test_none_are_added_to_a_machine_that_is_busy(machine: Machine) -> None:
    growth = machine.growth()

    machine.passes(5, idle=0.05)

    assert not growth.may_add(FIRST, 100)


def test_a_throttled_function_gets_half(machine: Machine) -> None:
    growth = machine.growth()

    growth.throttled()

    assert growth.may_add(FIRST // 2 - 1, 100)
    assert not growth.may_add(FIRST // 2, 100)
