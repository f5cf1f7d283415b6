"""Which addresses may be connected to: the guard against requests forged by way of this server (SSRF).

A host is resolved here, each address is judged, and the connection is made to an address that was judged, never to the
name again. So a name that resolves to something else a moment later changes nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Final, Literal

import msgspec

from chasqui.base.bounded import keep
from chasqui.delivery.http.failures import HttpFailure
from chasqui.delivery.http.urls import Origin, is_address

Targets = Literal["public", "private", "any"]
"""`public`: what is routed on the internet. `private`: networks of one's own and this machine too, but no link-local
addresses, where clouds keep their metadata. `any`: all."""

ADDRESSES_MAX: Final = 4
_NAMES_MAX: Final = 4096
_KEPT_SECONDS: Final = 30.0
_FAILED_SECONDS: Final = 1.0
_EMBEDDING: Final = tuple(
    # What ends with an IPv4 address: IPv4-compatible (RFC 4291, 2.5.5.1), IPv4-translated (RFC 2765), NAT64 (RFC 6052
    # and 8215).
    ipaddress.IPv6Network(each)
    for each in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)
_ISATAP: Final = (0x00005EFE, 0x02005EFE)
"""The third quarter of an address that ends with an IPv4 address, in any network (RFC 5214, section 6.1)."""
_NOT_ROUTED: Final = (
    # Reserved, but not for `ipaddress`: site-local (RFC 3879), relays of 6to4 (RFC 7526).
    ipaddress.ip_network("fec0::/10"),
    ipaddress.ip_network("192.88.99.0/24"),
)
_METADATA: Final = frozenset(
    # The metadata addresses that are not link-local: AWS and Google over IPv6, Alibaba, Oracle, Azure.
    ipaddress.ip_address(each)
    for each in ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
)

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _meant(address: _Address) -> list[_Address]:
    """The addresses that packets to one may reach: itself, or the IPv4 address that it stands for."""
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback or address.is_unspecified:
        return [address]
    inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address in network for network in _EMBEDDING):
        return [inner]
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return [address, inner]
    teredo = address.teredo
    return [address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo is not None else address)]


def allowed(text: str, targets: Targets) -> bool:
    """Whether an address may be connected to."""
    if targets == "any":
        return True
    return all(_is_allowed(each, targets) for each in _meant(ipaddress.ip_address(text.partition("%")[0])))


def _is_allowed(address: _Address, targets: Targets) -> bool:
    if address.is_multicast or address.is_link_local or address in _METADATA:
        return False
    return targets == "private" or (address.is_global and not any(address in network for network in _NOT_ROUTED))


class _Found(msgspec.Struct, frozen=True):
    addresses: tuple[str, ...]
    failure: str
    until: float


class Resolver:
    """Names to addresses that may be connected to. What was found is kept for half a minute."""

    def __init__(self, targets: Targets) -> None:
        self._targets: Targets = targets
        self._found: dict[tuple[str, int], _Found] = {}
        self._looking: dict[tuple[str, int], asyncio.Future[_Found]] = {}

    async def resolve(self, origin: Origin) -> tuple[str, ...]:
        """The first addresses of an origin that are allowed. Raises `HttpFailure`."""
        key = origin.host, origin.port
        loop = asyncio.get_running_loop()
        if is_address(origin.host):
            return self._judged(origin, (origin.host,))
        found = self._found.get(key)
        if found is None or found.until < loop.time():
            looking = self._looking.get(key)
            if looking is None:
                looking = self._looking[key] = loop.create_task(self._look(key))
                looking.add_done_callback(lambda _: self._looking.pop(key, None))
            found = await asyncio.shield(looking)
        if found.failure:
            raise HttpFailure(f"{origin.host} is not found: {found.failure}")
        return self._judged(origin, found.addresses)

    def _judged(self, origin: Origin, found: tuple[str, ...]) -> tuple[str, ...]:
        addresses = tuple(each for each in found if allowed(each, self._targets))[:ADDRESSES_MAX]
        if not addresses:
            raise HttpFailure(f"{origin.host} has no address that deliveries may go to", permanent=True)
        return addresses

    async def _look(self, key: tuple[str, int]) -> _Found:
        loop = asyncio.get_running_loop()
        try:
            rows = await loop.getaddrinfo(*key, type=socket.SOCK_STREAM)
            addresses = tuple(dict.fromkeys(str(row[4][0]) for row in rows))
            found = _Found(addresses, "", loop.time() + _KEPT_SECONDS)
        except (OSError, UnicodeError) as error:
            found = _Found((), str(error), loop.time() + _FAILED_SECONDS)
        keep(self._found, key, found, _NAMES_MAX)
        return found
