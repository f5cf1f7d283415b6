"""What SQS' operations stand on: store, clock, codec, quotas, the queues at hand, counters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from chasqui.base.actions import Values
from chasqui.base.background import Background
from chasqui.base.call import Call
from chasqui.base.clock import Clock
from chasqui.base.sections import SqsQuotas
from chasqui.crypto.keyring import KeyRing
from chasqui.crypto.kms.data_keys import DataKeys
from chasqui.services.sqs.movers import Movers
from chasqui.services.sqs.payload import PayloadCodec
from chasqui.services.sqs.queues import Directory
from chasqui.store.port import Store
from chasqui.telemetry.counters import Counters

Demand = Callable[[Call, str, str, Mapping[str, Values]], Awaitable[None]]
"""(call, action, resource's ARN, condition keys): returns when the caller may, else raises a `ServiceError`."""


async def ask_nobody(_call: Call, _action: str, _resource: str, _context: Mapping[str, Values]) -> None:
    """The demand of who asks no policies."""


class Room:
    """The dependencies of every operation, given as its first argument. `demand` is for what a call turns out to need
    beside its own action."""

    __slots__ = (
        "clock", "codec", "counters", "data_keys", "default_region", "demand", "limits", "movers", "queues", "store",
    )  # fmt: skip

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ring: KeyRing,
        limits: SqsQuotas,
        counters: Counters,
        default_region: str,
        data_keys: DataKeys,
        demand: Demand = ask_nobody,
    ) -> None:
        self.store = store
        self.clock = clock
        self.limits = limits
        self.codec = PayloadCodec(ring)
        self.data_keys = data_keys
        self.queues = Directory(store, limits)
        self.counters = counters
        self.demand = demand
        self.default_region = default_region
        self.movers = Movers(store, self.queues, Background())
