"""Fair delivery on standard queues: who is a noisy neighbour, by AWS' published measures. Pure rules, no I/O, no clock.

A message's group names its tenant. A tenant is noisy when it holds more than a tenth of the queue's messages in flight
and at least 30 of its own, or more than a tenth of the recent processing time; it is quiet again once its backlog is
drained, or after five minutes without sends. Messages without a group are each a tenant of their own, so never noisy.

Processing time is the time between a claim and what ends it. Its sum is the integral of the number in flight, so it is
kept as one decaying figure (time constant five minutes) a tenant and needs no record a message. A share of it says
nothing about a tenant that is alone or has hardly worked, so it counts only when others have worked too and the tenant
itself has at least `WORK_MIN_MS` of it (30 messages of one second each).

Source: "Amazon SQS fair queues" in the SQS Developer Guide.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence

SHARE = 0.10
IN_FLIGHT_MIN = 30
DECAY_MS = 5 * 60 * 1000
QUIET_AFTER_MS = 5 * 60 * 1000
WORK_MIN_MS = 30_000


def tenant_of(group: str | None) -> int:
    """A number for a group's name, 0 for none. Two names that share one would share a fate, nothing worse."""
    if group is None:
        return 0
    return int.from_bytes(hashlib.blake2b(group.encode(), digest_size=6).digest(), "big") | 1 << 46


class Load:
    """How many messages are in flight, and the decayed sum of the time they have been."""

    __slots__ = ("at_ms", "in_flight", "work_ms")

    def __init__(self, now_ms: int) -> None:
        self.in_flight = 0
        self.work_ms = 0.0
        self.at_ms = now_ms

    def pass_time(self, now_ms: int) -> None:
        """Bring `work_ms` up to now."""
        passed = now_ms - self.at_ms
        if passed > 0:
            kept = math.exp(-passed / DECAY_MS)
            self.work_ms = self.work_ms * kept + self.in_flight * DECAY_MS * (1 - kept)
            self.at_ms = now_ms

    def change(self, by: int, now_ms: int) -> None:
        self.pass_time(now_ms)
        self.in_flight = max(0, self.in_flight + by)


def is_noisy(tenant: Load, queue: Load) -> bool:
    """Both brought up to the same time; `queue` counts every message, those without a group included."""
    if tenant.in_flight >= IN_FLIGHT_MIN and tenant.in_flight > SHARE * queue.in_flight:
        return True
    others = queue.work_ms - tenant.work_ms
    return tenant.work_ms >= WORK_MIN_MS and others > 1.0 and tenant.work_ms > SHARE * queue.work_ms


class Tenants:
    """The tenants of one queue that have messages in flight or are noisy. Kept in memory: after a restart it is learnt
    anew within the first 30 claimed messages."""

    __slots__ = ("_due", "_loads", "noisy", "queue")

    def __init__(self, now_ms: int) -> None:
        self.queue = Load(now_ms)
        self._loads: dict[int, Load] = {}
        self.noisy: dict[int, int] = {}
        """Each noisy tenant and when it last sent."""
        self._due: dict[int, dict[int, int]] = {}
        """How many of each tenant's messages come back in which slot of time."""

    def claimed(self, tenants: Sequence[int], slot: int, now_ms: int) -> bool:
        """Note messages claimed until `slot`, 0 for one without a group. True when a tenant turned noisy."""
        self.queue.change(len(tenants), now_ms)
        due = self._due.setdefault(slot, {})
        turned = False
        for tenant in tenants:
            due[tenant] = due.get(tenant, 0) + 1
            if tenant:
                load = self._loads.get(tenant)
                if load is None:
                    load = self._loads[tenant] = Load(now_ms)
                load.change(1, now_ms)
                if tenant not in self.noisy and is_noisy(load, self.queue):
                    self.noisy[tenant] = now_ms
                    turned = True
        return turned

    def released(self, tenant: int, slot: int, now_ms: int, count: int = 1) -> None:
        """Note that messages claimed until `slot` were settled or made visible."""
        due = self._due.get(slot, {})
        count = min(count, due.get(tenant, 0))
        if count:
            due[tenant] -= count
            self._leave(tenant, count, now_ms)

    def _leave(self, tenant: int, count: int, now_ms: int) -> None:
        self.queue.change(-count, now_ms)
        load = self._loads.get(tenant)
        if load is not None:
            load.change(-count, now_ms)
            if load.in_flight == 0 and load.work_ms < 1000:
                del self._loads[tenant]

    def pass_time(self, slot_now: int, now_ms: int) -> bool:
        """Let messages come back and noisy tenants turn quiet. True when one turned quiet."""
        for slot in [each for each in self._due if each <= slot_now]:
            for tenant, count in self._due.pop(slot).items():
                self._leave(tenant, count, now_ms)
        quiet = [tenant for tenant, sent in self.noisy.items() if now_ms - sent >= QUIET_AFTER_MS]
        for tenant in quiet:
            del self.noisy[tenant]
        return bool(quiet)

    def sent(self, tenants: Iterable[int], now_ms: int) -> None:
        for tenant in self.noisy.keys() & tenants:
            self.noisy[tenant] = now_ms

    def drained(self, tenant: int) -> None:
        """Its backlog is empty: it is quiet again."""
        self.noisy.pop(tenant, None)

    def noisy_by_load(self) -> list[int]:
        """Noisy tenants, the one with the fewest messages in flight first."""
        return sorted(self.noisy, key=self.in_flight)

    def in_flight(self, tenant: int) -> int:
        load = self._loads.get(tenant)
        return 0 if load is None else load.in_flight
