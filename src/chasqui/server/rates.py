"""How often somebody may call: one bucket of requests a second for each principal, each address, each guessed key.

A bucket is one number, the time at which it is full again (the generic cell rate algorithm, ITU-T I.371, annex A): it
costs one look-up and one store, and nothing while nobody calls. Time is given in, in seconds of any steady clock. Only
what needs no request and no socket may live here.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Hashable
from functools import lru_cache
from typing import Final

from chasqui.access.sigv4.refusals import Family
from chasqui.base.errors import ServiceError

#: A bucket holds what comes in so many seconds.
_BURST_SECONDS: Final = 2.0
#: Buckets in a generation of a table; a table has two.
_BUCKETS_MAX: Final = 16_384
#: Who has an IPv6 address has a network of this size, as a rule (RFC 6177).
_IPV6_PREFIX: Final = 64


class Buckets:
    """A bounded table of buckets of `rate` requests a second each; a rate of 0 lets everybody through.

    Buckets that are not used while as many others as the table holds are begun are forgotten, which fills them.
    """

    def __init__(self, rate: float, buckets_max: int = _BUCKETS_MAX) -> None:
        self.rate = rate
        self._interval = 1 / rate if rate > 0 else 0.0
        self.burst = max(_BURST_SECONDS, self._interval)
        self._max = buckets_max
        self._full_at: dict[Hashable, float] = {}
        self._older: dict[Hashable, float] = {}

    def __len__(self) -> int:
        return len(self._full_at) + len(self._older)

    def clear(self) -> None:
        """Fill them all."""
        self._full_at.clear()
        self._older.clear()

    def wait(self, key: Hashable, now: float) -> float | None:
        """Seconds until the next request is let through; None when one is now. Takes nothing."""
        ahead = self._ahead(key, now) + self._interval - self.burst
        # A hair's breadth: sums of intervals are not exact.
        return ahead if ahead > 1e-9 else None

    def take(self, key: Hashable, now: float) -> None:
        """Take one request out of the bucket, even if it is empty; debts do not grow beyond the empty bucket."""
        if self._interval:
            ahead = min(self._ahead(key, now) + self._interval, self.burst)
            self._keep(key, now + ahead)

    def admit(self, key: Hashable, now: float) -> float | None:
        """Take one request if there is one: None. Else the seconds until there is."""
        if not self._interval:
            return None
        wait = self.wait(key, now)
        if wait is None:
            self.take(key, now)
        return wait

    def _ahead(self, key: Hashable, now: float) -> float:
        full_at = self._full_at.get(key)
        if full_at is None:
            full_at = self._older.get(key, now)
        return max(0.0, full_at - now)

    def _keep(self, key: Hashable, full_at: float) -> None:
        if key not in self._full_at and len(self._full_at) >= self._max:
            self._older, self._full_at = self._full_at, {}
        self._full_at[key] = full_at


class Limiter:
    """The limits of one server: requests a second for each principal and each address, and failed signatures a second
    for each access key from one address. 0 is no limit.

    Failures count against the access key that was named, so nobody uses up the failures of others who share an address.
    Requests that name the guessed key are still looked at as often as the limit says, its owner's among them.
    """

    def __init__(self, per_principal: float = 0, per_address: float = 0, failed_signatures: float = 0) -> None:
        self._principals = Buckets(per_principal)
        self._addresses = Buckets(per_address)
        self._failures = Buckets(failed_signatures)
        #: When nobody has failed of late any more.
        self._forgiven_at = 0.0
        #: Whether there is a limit to ask about before and after a caller is known.
        self.limits_addresses = per_address > 0
        self.limits_principals = per_principal > 0

    @property
    def suspects(self) -> bool:
        """Whether wrong signatures came of late: only then is it worth asking `admit_key`."""
        return bool(self._failures)

    def admit_address(self, address: str, now: float) -> float | None:
        """None, or the seconds after which the address may ask again."""
        return self._addresses.admit(network(address), now) if self.limits_addresses else None

    def admit_principal(self, id_: str, now: float) -> float | None:
        """None, or the seconds after which the principal with this unique id may ask again."""
        return self._principals.admit(id_, now) if self.limits_principals else None

    def admit_key(self, address: str, access_key: str, now: float) -> float | None:
        """None, or the seconds for which signatures of this key from this address are not looked at."""
        if now >= self._forgiven_at:
            self._failures.clear()
            return None
        return self._failures.wait((network(address), access_key), now)

    def failed(self, address: str, access_key: str, now: float) -> None:
        """A signature was wrong."""
        self._failures.take((network(address), access_key), now)
        self._forgiven_at = now + self._failures.burst


@lru_cache(maxsize=4096)
def network(address: str) -> str:
    """Whose address this is: an IPv4 address itself, of an IPv6 address its network."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))


def throttled(family: Family) -> ServiceError:
    """What somebody is told who asks too often, in the words and with the status of each family of services (common
    errors of the API references; S3 API reference, "Error responses"). SDKs retry each of them later."""
    if family == "s3":
        return ServiceError("SlowDown", "Please reduce your request rate.", status=503)
    return ServiceError("ThrottlingException", "Rate exceeded", status=429 if family == "rest-json" else 400)


def retry_after(wait: float) -> tuple[tuple[bytes, bytes], ...]:
    """The header field that says when to try again, in whole seconds (RFC 9110, 10.2.3)."""
    return ((b"retry-after", b"%d" % max(1, math.ceil(wait))),)
