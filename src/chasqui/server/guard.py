"""Which requests a browser, or a name that somebody else controls, must not make. Pure functions over header fields.

A page of any site can make a developer's browser send requests to a server on loopback. What it cannot do is what the
rules rest on:

- It cannot send an Authorization header, or a Content-Type other than a form's and plain text, to another origin before
  the browser has asked us with a preflight, which `browsers.py` refuses outside the configured origins.
- It cannot take away or choose Origin and Sec-Fetch-Site. A browser without Sec-Fetch-Site (Safari before 16.4, and any
  browser that calls a plain HTTP address other than loopback) still sends Accept-Language.
- A page whose own name resolves to loopback (DNS rebinding) is of the same origin and may send any header, but shows a
  name in Host that is neither loopback's nor ours.

A made-up signature in a query string needs no preflight. So a signature says something only where it is verified.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Container, Mapping, Set

from chasqui.wire.routing import CONTROL_PREFIXES

#: Names of loopback, as users of AWS emulators write them; `.localhost` is reserved (RFC 6761, 6.3), the other resolves
#: to 127.0.0.1 for everybody.
_LOOPBACK_NAMES = frozenset(("localhost", "localhost.localstack.cloud"))
_LOOPBACK_ENDINGS = (".localhost", ".localhost.localstack.cloud")
#: A top-level domain that nobody can register names in (ICANN, 2024), as `host.docker.internal`.
_PRIVATE_ENDINGS = (".internal",)

#: Values of Sec-Fetch-Site that a page of the same origin, or the address bar, has (Fetch Metadata, 2.4).
_OWN_SITES = (b"same-origin", b"none")

#: What says by itself which operation is called, whatever the address.
ROUTED_BY_HEADER = frozenset((b"x-amz-target", b"smithy-protocol"))

#: How the links in notifications begin, by which a subscription is confirmed or ended (SNS).
LINKS = ("Action=ConfirmSubscription&TopicArn=", "Action=Unsubscribe&SubscriptionArn=")

#: Every browser sends one of these, and AWS' SDKs none.
BROWSER_FIELDS = (b"accept-language", b"origin", b"sec-fetch-site")

#: Where the console's pages are: control endpoints' neighbours, with rules of their own for browsers.
CONSOLE = "/_chasqui/console"

CROSS_SITE = (
    "Pages of other sites must sign their requests, and their origin must be allowed; see the setting cors_origins."
)
NO_WORKERS = "Nothing here is a service worker."
REBOUND = "Pages may not call this server under this host name; see the setting control_hosts."


def is_control(path: str) -> bool:
    """Whether a request path is one of the control endpoints."""
    return path.startswith(CONTROL_PREFIXES) and not is_console(path)


def is_console(path: str) -> bool:
    """Whether a request path is one of the console's."""
    return path.startswith(CONSOLE) and path[len(CONSOLE) :][:1] in ("", "/")


def host_name(host: bytes) -> str:
    """The name or address of a Host header, without its port, brackets and final dot, in lower case."""
    text = host.strip().decode("latin-1").lower()
    name = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0]
    return name.rstrip(".")


def is_loopback(name: str) -> bool:
    """Whether a host name means this machine, whoever looks it up."""
    if name in _LOOPBACK_NAMES or name.endswith(_LOOPBACK_ENDINGS):
        return True
    address = _address(name)
    mapped = getattr(address, "ipv4_mapped", None)
    return address is not None and bool((mapped or address).is_loopback)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def from_browser(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser made this request, as far as can be told.

    Node's `fetch` sends Accept-Language and Sec-Fetch-Mode, without Sec-Fetch-Site; a page can send no Sec- field.
    """
    if b"origin" in headers or b"sec-fetch-site" in headers:
        return True
    return b"accept-language" in headers and b"sec-fetch-mode" not in headers


def is_cross_site(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser says that it made this request for a page of another origin."""
    site = headers.get(b"sec-fetch-site")
    if site is not None and site.strip().lower() not in _OWN_SITES:
        return True
    origin = headers.get(b"origin")
    # "null" is the origin of sandboxed frames and of files: nobody's.
    return origin is not None and not _is_own(origin, headers)


def _is_own(url: bytes, headers: Mapping[bytes, bytes]) -> bool:
    """Whether an origin, or an address, is at the host that was called."""
    _, separator, rest = url.strip().lower().partition(b"://")
    return bool(separator) and rest.partition(b"/")[0] == headers.get(b"host", b"").strip().lower()


def foreign_host(headers: Mapping[bytes, bytes], allowed_hosts: Set[str]) -> bool:
    """Whether the Host is neither a name of loopback nor one of `allowed_hosts` (names without port, lower case)."""
    host = headers.get(b"host")
    if host is None or not host.strip():
        return False  # HTTP/1.0, by hand: no browser is without
    name = host_name(host)
    return not is_loopback(name) and name not in allowed_hosts


def is_rebound(headers: Mapping[bytes, bytes], allowed_hosts: Set[str]) -> bool:
    """Whether the Host is a name that anybody may have registered, and let resolve to this server. Addresses and names
    of one label (containers have them) are not."""
    if not foreign_host(headers, allowed_hosts):
        return False
    name = host_name(headers[b"host"])
    return "." in name and not name.endswith(_PRIVATE_ENDINGS) and _address(name) is None


def carries_signature(headers: Mapping[bytes, bytes], query: str) -> bool:
    """Whether a request has a signature of AWS' kind, in its header or its query; it may be made up."""
    return _signed_header(headers) or (
        "X-Amz-Signature=" in query and any(each.startswith("X-Amz-Signature=") for each in query.split("&"))
    )


def _signed_header(headers: Mapping[bytes, bytes]) -> bool:
    # Basic credentials are sent by browsers on their own.
    return headers.get(b"authorization", b"").startswith(b"AWS")


def is_link(method: str, path: str, query: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request follows a link of a notification: from whichever page, also a mail reader's, and under
    whichever host name the link was written. Whoever can make it knows a token, or a name that is as good as one, and
    it does this one thing."""
    return method == "GET" and path == "/" and query.startswith(LINKS) and not ROUTED_BY_HEADER & headers.keys()


def api_refusal(
    headers: Mapping[bytes, bytes],
    query: str,
    *,
    verified: bool,
    allowed_origins: Container[bytes],
    allowed_hosts: Set[str] = frozenset(),
) -> str | None:
    """Why an API request is refused with 403, because a browser sends it for a page that has no business here; None if
    it is not.

    `verified`: signatures are verified here, so whoever made one has a secret key (a wrong one is refused later).
    `allowed_origins` have been given access by the configuration, `allowed_hosts` are the server's names.
    """
    if not from_browser(headers) or headers.get(b"origin", b"") in allowed_origins:
        return None
    if verified and carries_signature(headers, query):
        return None
    if is_rebound(headers, allowed_hosts):
        return REBOUND
    if _signed_header(headers):
        return None  # of another origin it had been announced by a preflight
    if is_cross_site(headers) or not _says_whence(headers):
        return CROSS_SITE
    return None


def _says_whence(headers: Mapping[bytes, bytes]) -> bool:
    """Whether an old browser's request says which page it is for; one without Origin may be of any site's image."""
    return b"sec-fetch-site" in headers or b"origin" in headers or _is_own(headers.get(b"referer", b""), headers)


def refusal(
    headers: Mapping[bytes, bytes], allowed_hosts: Set[str], allowed_origins: Container[bytes] = ()
) -> str | None:
    """Why a request to a control endpoint is refused with 403; None if it is not.

    `allowed_hosts` are the names and addresses that the server listens on and those configured, in lower case.
    """
    if is_cross_site(headers) and headers.get(b"origin", b"") not in allowed_origins:
        return "Cross-site browser requests may not use the control endpoints."
    if foreign_host(headers, allowed_hosts):
        return "This Host may not use the control endpoints; see the setting control_hosts."
    return None
