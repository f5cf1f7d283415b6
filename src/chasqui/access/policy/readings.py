"""How the values of typed condition operators are read: numbers, dates, truth values, addresses, bytes, ARNs. Pure.

Each reader gives None for what is not of its type. Dates: W3C's profile of ISO 8601 in whichever precision, or seconds
since the epoch, within the range of 64 bits (IAM user guide, "Date condition operators").
"""

from __future__ import annotations

import base64
import binascii
import re
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?\Z", re.ASCII)
_DATE = re.compile(
    r"(?P<year>-?\d{1,9})(?:-(?P<month>\d\d?)(?:-(?P<day>\d\d?))?)?"
    r"(?:[Tt](?:(?P<hour>\d\d?)(?::(?P<minute>\d\d?)(?::(?P<second>\d\d?)(?:\.(?P<fraction>\d{1,9}))?)?)?)?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<zone_hour>\d\d)(?::?(?P<zone_minute>\d\d))?)?)?\Z",
    re.ASCII,
)
_TRUTH = {"true": True, "false": False}
_EPOCH_MAX = 2**63 - 1
_YEAR_MIN, _YEAR_MAX = -292_275_054, 292_278_993
_NANOS = 1_000_000_000


def number(text: str) -> Decimal | None:
    """An integer or decimal number."""
    return Decimal(text) if _NUMBER.match(text) else None


def boolean(text: str) -> bool | None:
    """`true` or `false`, whatever their case."""
    return _TRUTH.get(text.lower())


def data(text: str) -> bytes | None:
    """Bytes from their Base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def date(text: str) -> int | None:
    """Nanoseconds since the epoch."""
    if text.isascii() and text.isdigit():
        return int(text) * _NANOS if len(text) < 20 and int(text) <= _EPOCH_MAX else None
    found = _DATE.match(text)
    return _nanos(found) if found else None


def _nanos(found: re.Match[str]) -> int | None:
    def part(name: str, default: int) -> int:
        return int(found[name] or default)

    year, month, day = part("year", 0), part("month", 1), part("day", 1)
    hour, minute, second = part("hour", 0), part("minute", 0), part("second", 0)
    zone_hour, zone_minute = part("zone_hour", 0), part("zone_minute", 0)
    if not (_YEAR_MIN <= year <= _YEAR_MAX and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    if hour > 23 or minute > 59 or second > 59 or zone_hour > 23 or zone_minute > 59:
        return None
    zone = (zone_hour * 3600 + zone_minute * 60) * (-1 if found["sign"] == "-" else 1)
    seconds = _days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zone
    return seconds * _NANOS + int((found["fraction"] or "0").ljust(9, "0"))


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 in the Gregorian calendar, of years that `datetime` does not know too: years are counted
    from March, so that the leap day is their last."""
    year -= month < 3
    within = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + within - 719_468


@lru_cache(maxsize=4096)
def address(text: str) -> Address | None:
    """An address; an IPv4 address in an IPv6 one is the IPv4 address."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def network(text: str) -> Network | None:
    """A range in CIDR notation; an address alone is the range of that one."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def segments(text: str) -> list[str] | None:
    """An ARN's six parts, the last with its own colons."""
    parts = text.split(":", 5)
    return parts if len(parts) == 6 else None
