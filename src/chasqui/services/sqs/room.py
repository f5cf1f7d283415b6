"""What SQS' operations stand on: store, clock, codec, quotas, the queues at hand, counters."""

from __future__ import annotations

from chasqui.base.background import Background
from chasqui.base.clock import Clock
from chasqui.base.settings import SqsQuotas
from chasqui.crypto.keyring import KeyRing
from chasqui.crypto.kms.data_keys import DataKeys
from chasqui.services.sqs.movers import Movers
from chasqui.services.sqs.payload import PayloadCodec
from chasqui.services.sqs.queues import Directory
from chasqui.store.port import Store
from chasqui.telemetry.counters import Counters


class Room:
    """The dependencies of every operation, given as its first argument."""

    __slots__ = ("clock", "codec", "counters", "data_keys", "default_region", "limits", "movers", "queues", "store")

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ring: KeyRing,
        limits: SqsQuotas,
        counters: Counters,
        default_region: str,
        data_keys: DataKeys,
    ) -> None:
        self.store = store
        self.clock = clock
        self.limits = limits
        self.codec = PayloadCodec(ring)
        self.data_keys = data_keys
        self.queues = Directory(store, limits)
        self.counters = counters
        self.default_region = default_region
        self.movers = Movers(store, self.queues, Background())
