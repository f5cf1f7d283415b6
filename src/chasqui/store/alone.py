"""Leases where there is one node only: what the port says of them, kept in this process' memory."""

from __future__ import annotations

from time import monotonic

from chasqui.store.port import Lease, LeaseLost


class LocalLease:
    """See `port.Lease`."""

    def __init__(self, leases: LocalLeases, name: str, until: float) -> None:
        self._leases = leases
        self.name = name
        self.until = until

    @property
    def held(self) -> bool:
        return monotonic() < self.until

    async def renew(self, ttl_ms: int) -> bool:
        return self._leases.renew(self, ttl_ms)

    async def release(self) -> None:
        self._leases.release(self)


class LocalLeases:
    """The leases of a store that no other node opens."""

    def __init__(self) -> None:
        self._last: dict[str, LocalLease] = {}
        """Who took each last, as long as it was not released."""

    def acquire(self, name: str, ttl_ms: int) -> LocalLease | None:
        last = self._last.get(name)
        if last is not None and last.held:
            return None
        lease = self._last[name] = LocalLease(self, name, monotonic() + ttl_ms / 1000)
        return lease

    def renew(self, lease: LocalLease, ttl_ms: int) -> bool:
        kept = self._last.get(lease.name) is lease
        lease.until = monotonic() + ttl_ms / 1000 if kept else 0.0
        return kept

    def release(self, lease: LocalLease) -> None:
        lease.until = 0.0
        if self._last.get(lease.name) is lease:
            del self._last[lease.name]

    def check(self, lease: Lease) -> None:
        """Raises `LeaseLost`."""
        if self._last.get(lease.name) is not lease:
            raise LeaseLost(f"the lease {lease.name} is another's by now")
