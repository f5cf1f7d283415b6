"""What SNS' operations stand on: store, clock, key ring, quotas, the topics at hand, who can be sent to, counters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from chasqui.base.actions import Values
from chasqui.base.background import Background
from chasqui.base.call import Call
from chasqui.base.clock import Clock
from chasqui.base.errors import ChasquiError
from chasqui.base.sections import SnsQuotas
from chasqui.crypto.keyring import KeyRing
from chasqui.crypto.kms.data_keys import DataKeys
from chasqui.fabric.recipients import Recipients
from chasqui.services.sns.outside.channels import Channels
from chasqui.store.port import Store
from chasqui.telemetry.counters import Counters
from chasqui.telemetry.log_groups import LogGroups
from chasqui.telemetry.traces import Traces

if TYPE_CHECKING:
    from chasqui.services.sns.publishing.directory import Directory
    from chasqui.services.sns.publishing.matching import Matching
    from chasqui.services.sns.publishing.signing import Signer
    from chasqui.services.sns.traces.witness import Witness

Demand = Callable[[Call, str, str, Mapping[str, Values]], Awaitable[None]]
"""(call, action, resource's ARN, condition keys): returns when the caller may, else raises a `ServiceError`."""

Announce = Callable[[str, str, str, str], Awaitable[None]]
"""(topic's ARN, subject, message, scheme and host of links): publish something of the service's own. Raises
`ChasquiError`."""


async def _not_announced(_topic: str, _subject: str, _message: str, _base_url: str) -> None:
    raise ChasquiError("nothing here publishes events")


class Room:
    """The dependencies of every operation, given as its first argument. `public_url` is under which address links and
    certificates are reached, "" for the one at which the server was called."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ring: KeyRing,
        limits: SnsQuotas,
        counters: Counters,
        default_region: str,
        recipients: Recipients,
        data_keys: DataKeys,
        demand: Demand,
        channels: Channels,
        traces: Traces,
        log_groups: LogGroups,
        public_url: str = "",
    ) -> None:
        self.store = store
        self.clock = clock
        self.ring = ring
        self.limits = limits
        self.counters = counters
        self.default_region = default_region
        self.recipients = recipients
        self.data_keys = data_keys
        self.demand = demand
        self.channels = channels
        self.public_url = public_url
        self.background = Background()
        self.announce: Announce = _not_announced
        self.traces = traces
        self.log_groups = log_groups

    @cached_property
    def topics(self) -> Directory:
        """The topics at hand."""
        # With the patterns it takes a while to import: servers without topics start without it.
        from chasqui.services.sns.publishing.directory import Directory  # noqa: PLC0415

        return Directory(self.store, self.limits, self.background, self.matching)

    @cached_property
    def matching(self) -> Matching:
        """Who works out who gets a message."""
        from chasqui.services.sns.publishing.matching import Matching  # noqa: PLC0415  as above

        return Matching()

    @cached_property
    def witness(self) -> Witness:
        """Who is told what becomes of messages."""
        from chasqui.services.sns.traces.feedback import Feedback  # noqa: PLC0415  as above
        from chasqui.services.sns.traces.tracing import Tracing  # noqa: PLC0415  as above

        return Tracing(self.store, self.traces, Feedback(self.clock, self.log_groups))

    @cached_property
    def signer(self) -> Signer:
        """Who signs notifications."""
        from chasqui.services.sns.publishing.signing import Signer  # noqa: PLC0415  as above

        return Signer(self.store, self.ring)
