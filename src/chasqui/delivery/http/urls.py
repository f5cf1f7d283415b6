"""URLs of targets, taken apart once (RFC 3986; RFC 9110, section 4)."""

from __future__ import annotations

import base64
import ipaddress
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

import msgspec

from chasqui.delivery.http.failures import HttpFailure

_PORTS: Final = {"http": 80, "https": 443}
_SAFE: Final = "/?:@!$&'()*+,;=-._~%"


class Origin(msgspec.Struct, frozen=True):
    """Where connections go. `host` is a name in A-labels, or an address without brackets."""

    tls: bool
    host: str
    port: int


class Target(msgspec.Struct, frozen=True):
    """A URL as requests need it: the origin, the request target, the Host field, the Authorization field or nothing."""

    origin: Origin
    path: str
    host: str
    authorization: str


@lru_cache(4096)
def read_url(url: str) -> Target:
    """Take a URL apart. User and password go into Authorization (Basic). Raises `HttpFailure`, permanent."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
        address = is_address(host)
        name = host if address else host.encode("idna").decode("ascii").lower() if not host.isascii() else host
    except ValueError as error:
        raise HttpFailure(f"the endpoint is not a URL: {error}", permanent=True) from error
    if parts.scheme not in _PORTS or not name or any(each <= " " or each == "\x7f" for each in url):
        raise HttpFailure("the endpoint is not an http or https URL", permanent=True)
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    shown = f"[{name}]" if ":" in name else name
    default = _PORTS[parts.scheme]
    origin = Origin(parts.scheme == "https", name, port if port is not None else default)
    field = shown if origin.port == default else f"{shown}:{origin.port}"
    return Target(origin, path, field, _basic(parts.username, parts.password))


def is_address(host: str) -> bool:
    """Whether a host is an IPv4 or IPv6 address, as these are usually written."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _basic(user: str | None, password: str | None) -> str:
    if user is None:
        return ""
    pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def redirected(url: str, location: str) -> str:
    """Where an answer's Location points. Raises `HttpFailure` for one that leads from https to http."""
    try:
        goal = urljoin(url, location)
    except ValueError as error:
        raise HttpFailure(f"redirected to {location!r}: {error}", reached=True, permanent=True) from error
    if url.startswith("https:") and not goal.startswith("https:"):
        raise HttpFailure("redirected from https to http", reached=True, permanent=True)
    return goal
