"""Leases: which node does what only one may do at a time, for how long, and as which of its successive holders.

A lease is over when the database's clock says so, whatever the holder's clock thinks; a holder that was paused and
comes back does no harm, because each transaction of its job checks the fencing number and keeps the row locked until it
is committed (see Kleppmann, "How to do distributed locking", 2016, and Burrows, "The Chubby lock service", 2006).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from time import monotonic

from chasqui.store.port import LeaseLost
from chasqui.store.postgres.connection import Connection, Pool, refusals, statements

NOW_MS = "(extract(epoch from clock_timestamp()) * 1000)::bigint"
"""The database's clock in SQL."""

KEPT_MS = 24 * 3600 * 1000
SWEEP_ROWS = 500

# A row that the job of the last holder keeps locked is not free yet, so it is passed over instead of waited for.
_TAKE = f"""
with free as (select name from lease where name=$1 and until_ms<={NOW_MS} for update skip locked)
update lease set holder=$2, fence=fence+1, until_ms={NOW_MS}+$3 from free where lease.name=free.name returning fence
"""
_CREATE = f"""
insert into lease (name, holder, fence, until_ms) values ($1, $2, 1, {NOW_MS}+$3) on conflict do nothing returning fence
"""
_RENEW = f"update lease set until_ms={NOW_MS}+$4 where name=$1 and holder=$2 and fence=$3 returning 1"
_RELEASE = f"update lease set until_ms={NOW_MS} where name=$1 and holder=$2 and fence=$3"
_SWEEP = f"""
delete from lease where name in (
  select name from lease where until_ms<{NOW_MS}-$1 order by name limit $2 for update skip locked)
"""
# A share lock: nobody can take the lease over while a transaction that has checked it is open.
_CHECK = "select 1 from lease where name=$1 and holder=$2 and fence=$3 for share"


@dataclass
class Lease:
    """What was acquired: a `port.Lease`. `fence` is one more than that of the holder before."""

    name: str
    holder: int
    fence: int
    leases: Leases = field(repr=False)
    until: float
    """On this process' monotonic clock, counted from before the database was asked: it never ends later than there."""

    @property
    def held(self) -> bool:
        """Whether it is worth going on; `Leases.check` is what decides."""
        return monotonic() < self.until

    async def renew(self, ttl_ms: int) -> bool:
        with refusals():
            return await self.leases.renew(self, ttl_ms)

    async def release(self) -> None:
        with refusals():
            await self.leases.release(self)


class Leases:
    """The leases of one node."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.holder = secrets.randbits(62)

    async def acquire(self, name: str, ttl_ms: int) -> Lease | None:
        """Take a lease that is free or over; None while another one, or this node itself, holds it."""
        asked = monotonic()
        async with statements(self._pool) as connection:
            arguments = name, self.holder, ttl_ms
            fence = await connection.fetchval(_TAKE, *arguments)
            if fence is None:
                fence = await connection.fetchval(_CREATE, *arguments)
        return None if fence is None else Lease(name, self.holder, fence, self, asked + ttl_ms / 1000)

    async def renew(self, lease: Lease, ttl_ms: int) -> bool:
        """Hold it for so long from now, also when it was over and nobody else has taken it. False: it is another's."""
        asked = monotonic()
        async with statements(self._pool) as connection:
            kept = await connection.fetchval(_RENEW, lease.name, lease.holder, lease.fence, ttl_ms)
        lease.until = asked + ttl_ms / 1000 if kept else 0.0
        return bool(kept)

    async def release(self, lease: Lease) -> None:
        """Let others have it at once."""
        lease.until = 0.0
        async with statements(self._pool) as connection:
            await connection.execute(_RELEASE, lease.name, lease.holder, lease.fence)

    async def check(self, connection: Connection, lease: Lease) -> None:
        """First thing in a transaction of the job: nobody else gets the lease until it ends. Raises `LeaseLost`."""
        if await connection.fetchval(_CHECK, lease.name, lease.holder, lease.fence) is None:
            lease.until = 0.0
            raise LeaseLost(f"the lease {lease.name} is another node's by now")

    async def sweep(self, connection: Connection) -> bool:
        """Within a transaction of the sweeper: forget leases of jobs that are long done. A name that is used again
        begins with fence 1, which tells nobody apart any more."""
        done: str = await connection.execute(_SWEEP, KEPT_MS, SWEEP_ROWS)
        return int(done.rpartition(" ")[2]) == SWEEP_ROWS
