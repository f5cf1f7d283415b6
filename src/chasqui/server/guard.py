"""Which requests a browser, or a name that somebody else controls, must not make. Pure functions over header fields.

A page of any site can make a developer's browser send requests to a server on loopback. Browsers say so in Origin and
Sec-Fetch-Site; a page whose own name resolves to loopback (DNS rebinding) is of the same origin, but shows a foreign
Host. API requests may have any Host (containers, proxies and virtual-hosted names need that): a foreign page cannot
sign them. Control endpoints may not.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Set

from chasqui.wire.routing import CONTROL_PREFIXES

#: Names of loopback, as users of AWS emulators write them; `.localhost` is reserved (RFC 6761, 6.3), the other resolves
#: to 127.0.0.1 for everybody.
_LOOPBACK_NAMES = frozenset(("localhost", "localhost.localstack.cloud"))
_LOOPBACK_ENDINGS = (".localhost", ".localhost.localstack.cloud")

#: Values of Sec-Fetch-Site that a page of the same origin, or the address bar, has (Fetch Metadata, 2.4).
_OWN_SITES = (b"same-origin", b"none")


def is_control(path: str) -> bool:
    """Whether a request path is one of the control endpoints."""
    return path.startswith(CONTROL_PREFIXES)


def host_name(host: bytes) -> str:
    """The name or address of a Host header, without its port, brackets and final dot, in lower case."""
    text = host.strip().decode("latin-1").lower()
    name = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0]
    return name.rstrip(".")


def is_loopback(name: str) -> bool:
    """Whether a host name means this machine, whoever looks it up."""
    if name in _LOOPBACK_NAMES or name.endswith(_LOOPBACK_ENDINGS):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def is_cross_site(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser made this request for a page of another origin. Other clients send neither header."""
    site = headers.get(b"sec-fetch-site")
    if site is not None and site.strip().lower() not in _OWN_SITES:
        return True
    origin = headers.get(b"origin")
    if origin is None:
        return False
    _, separator, authority = origin.strip().lower().partition(b"://")
    # "null" is the origin of sandboxed frames and of files: nobody's.
    return not separator or authority != headers.get(b"host", b"").strip().lower()


def foreign_host(headers: Mapping[bytes, bytes], allowed_hosts: Set[str]) -> bool:
    """Whether the Host is neither a name of loopback nor one of `allowed_hosts` (names without port, lower case)."""
    host = headers.get(b"host")
    if host is None or not host.strip():
        return False  # HTTP/1.0, by hand: no browser is without
    name = host_name(host)
    return not is_loopback(name) and name not in allowed_hosts


def refusal(headers: Mapping[bytes, bytes], allowed_hosts: Set[str]) -> str | None:
    """Why a request to a control endpoint is refused with 403; None if it is not.

    `allowed_hosts` are the names and addresses that the server listens on and those configured, in lower case.
    """
    if is_cross_site(headers):
        return "Cross-site browser requests may not use the control endpoints."
    if foreign_host(headers, allowed_hosts):
        return "This Host may not use the control endpoints; see the setting control_hosts."
    return None
