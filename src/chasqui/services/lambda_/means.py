"""What Lambda stands on, before anything of Lambda itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from chasqui.base.actions import Values
from chasqui.base.background import Background
from chasqui.base.call import Call
from chasqui.base.clock import Clock
from chasqui.base.principal import Principal
from chasqui.base.sections import LambdaLimits
from chasqui.crypto.keyring import KeyRing
from chasqui.crypto.kms.data_keys import DataKeys
from chasqui.delivery.outbox import Outbox
from chasqui.fabric.objects import Objects
from chasqui.fabric.publishing import Publishers
from chasqui.fabric.recipients import Ask, Recipients
from chasqui.fabric.sources import Sources
from chasqui.store.port import Store
from chasqui.telemetry.counters import Counters
from chasqui.telemetry.log_groups import LogGroups
from chasqui.telemetry.steps import Steps

Demand = Callable[[Call, str, str, Mapping[str, Values]], Awaitable[None]]
"""(call, action, resource's ARN, condition keys): returns when the caller may, else raises a `ServiceError`."""

RoleKeys = Callable[[str, str], Awaitable[dict[str, str]]]
"""(role's ARN, session name): new credentials of the role, as environment variables name them (AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN). Raises `ServiceError` when Lambda may not assume it."""

RoleCall = Callable[[str, str, str], Awaitable[Call]]
"""(role's ARN, session name, region): the role as a caller, for what Lambda does with it itself. Raises
`ServiceError`."""


async def _no_role(_role: str, _session: str, _region: str) -> Call:
    raise NotImplementedError


async def _refuse(_who: Principal, _action: str, _resource: str, _context: dict[str, Values]) -> tuple[bool, bool]:
    return False, True


class Means:
    """Dependencies. `scratch` is a folder that functions' files may
    be unpacked in."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ring: KeyRing,
        limits: LambdaLimits,
        counters: Counters,
        default_region: str,
        recipients: Recipients,
        publishers: Publishers,
        sources: Sources,
        objects: Objects,
        data_keys: DataKeys,
        demand: Demand,
        role_keys: RoleKeys,
        log_groups: LogGroups,
        outbox: Outbox,
        scratch: Path,
    ) -> None:
        self.store = store
        self.clock = clock
        self.ring = ring
        self.limits = limits
        self.counters = counters
        self.default_region = default_region
        self.recipients = recipients
        self.publishers = publishers
        self.sources = sources
        self.objects = objects
        self.data_keys = data_keys
        self.demand = demand
        self.role_keys = role_keys
        self.log_groups = log_groups
        self.outbox = outbox
        self.scratch = scratch
        self._endpoint = ""
        self.listening = asyncio.Event()
        """Set once `endpoint` is known."""
        self.role_call: RoleCall = _no_role
        self.policy_lets: Ask = _refuse
        """Whether a resource's own policy lets somebody in, in every mode."""
        self.steps: Steps | None = None
        """Who is told of steps on messages' ways, for traces."""
        self.background = Background()

    @property
    def endpoint(self) -> str:
        """The server's address for functions, known once it listens; "" before."""
        return self._endpoint

    @endpoint.setter
    def endpoint(self, address: str) -> None:
        self._endpoint = address
        self.listening.set()
