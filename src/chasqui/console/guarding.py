"""Which requests the console answers, and what its answers allow a browser. Pure functions.

The console shares its origin with objects and functions' answers. Those are sandboxed (they have an origin of their
own, and no scripts), so what is left to keep out is: pages of other sites, pages under a name that somebody else lets
resolve to this server, frames, and scripts from other addresses of this origin.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Final

from chasqui.base.fronts import Fields
from chasqui.server import guard

STATIC: Final = f"{guard.CONSOLE}/static/"
_SAFE: Final = ("GET", "HEAD")
_PAGES: Final = (b"document",)
# A name or an address with its port, and nothing that would end a directive of a policy or an attribute.
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def refusal(method: str, headers: Mapping[bytes, bytes], hosts: Set[str]) -> str | None:
    """Why a request is refused with 403; None if it is not."""
    host = headers.get(b"host", b"").strip()
    if guard.foreign_host(headers, hosts) or (host and not _HOST.fullmatch(host)):
        return guard.REBOUND
    if is_arrival(method, headers):
        return None
    if guard.is_cross_site(headers):
        return "Pages of other sites may not use the console."
    if method in _SAFE and headers.get(b"sec-fetch-dest", b"").strip() in (b"iframe", b"frame", b"object", b"embed"):
        return "The console is not shown in frames."
    if method not in _SAFE and not (b"origin" in headers or headers.get(b"sec-fetch-site", b"") == b"same-origin"):
        return "This request does not say which page it comes from."
    return None


def is_arrival(method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether somebody follows a link of another site to a page: the session's cookie was not sent along."""
    return (
        method in _SAFE
        and headers.get(b"sec-fetch-site", b"").strip() in (b"cross-site", b"same-site")
        and headers.get(b"sec-fetch-mode", b"").strip() == b"navigate"
        and headers.get(b"sec-fetch-dest", b"").strip() in _PAGES
        and b"origin" not in headers
    )


def page_fields(host: str) -> Fields:
    """The fields of every page. Scripts come from the console's own folder, not from anywhere at this origin, where
    people upload objects. An address in brackets can't stand in a policy (CSP 3, 2.3.1), so there it is the origin."""
    static = "'self'" if host.startswith("[") or not host else f"{host}{STATIC}"
    policy = (
        f"default-src 'none'; script-src {static}; style-src {static}; img-src {static}; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return (
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", policy.encode("latin-1", "replace")),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"cache-control", b"no-store"),
        (b"vary", b"cookie, accept-language"),
    )
