"""What S3 stands on, before anything of S3 itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from chasqui.base.actions import Values
from chasqui.base.background import Background
from chasqui.base.call import Call
from chasqui.base.clock import Clock
from chasqui.base.sections import S3Quotas
from chasqui.crypto.keyring import KeyRing
from chasqui.crypto.kms.data_keys import DataKeys
from chasqui.fabric.publishing import Publishers
from chasqui.fabric.recipients import Recipients
from chasqui.store.port import Store
from chasqui.telemetry.counters import Counters
from chasqui.telemetry.steps import Steps


class Flow:
    """How many bodies are coming in and going out; `begun` tells whether there ever was one."""

    __slots__ = ("begun", "bodies")

    def __init__(self) -> None:
        self.bodies = 0
        self.begun = False


Demand = Callable[[Call, str, str, Mapping[str, Values]], Awaitable[None]]
"""(call, action, resource's ARN, condition keys): returns when the caller may, else raises a `ServiceError`."""


class Means:
    """Dependencies."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ring: KeyRing,
        limits: S3Quotas,
        counters: Counters,
        default_region: str,
        recipients: Recipients,
        publishers: Publishers,
        data_keys: DataKeys,
        demand: Demand,
    ) -> None:
        self.store = store
        self.clock = clock
        self.ring = ring
        self.limits = limits
        self.counters = counters
        self.default_region = default_region
        self.recipients = recipients
        self.publishers = publishers
        self.data_keys = data_keys
        self.demand = demand
        self.steps: Steps | None = None
        """Who is told of steps on messages' ways, for traces."""
        self.background = Background()
        self.flow = Flow()
