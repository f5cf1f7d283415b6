"""The rules of one HTTP/1.1 request head, and the small tables that make repeated targets and hosts cheap.

Pure functions over bytes (RFC 9110, RFC 9112): no connection, no clock. Field syntax, obs-fold, bare CR and LF,
repeated or conflicting lengths are refused by the parser already. The tables are bounded.
"""

from __future__ import annotations

import ipaddress

from chasqui.server.inflow import HELD_BYTES_MAX
from chasqui.server.limits import Limits

_TABLE_MAX = 1024
_KEY_BYTES_MAX = 256

#: Methods whose requests may take the short way: HEAD's answer has no body, CONNECT has no path.
METHODS = {name.encode(): name for name in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")}
#: Request targets by their bytes: (target, path, query).
TARGETS: dict[bytes, tuple[str, str, str]] = {}
#: Host headers that were found valid.
HOSTS: set[bytes | None] = set()

_HOST_CHARACTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()*+,;=")


class _Lengths(dict[int, bytes]):
    """The end of an answer's head, by the length of its body."""

    def __missing__(self, length: int) -> bytes:
        end = b"\r\nContent-Length: %d\r\n\r\n" % length
        if len(self) < _TABLE_MAX:
            self[length] = end
        return end


LENGTHS = _Lengths()


class Refusal(Exception):
    """A request that is answered with an error and ends its connection."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def split_target(raw: bytes) -> tuple[str, str, str]:
    """(target, path, query) of a request target in origin form, or `*`."""
    if not raw.startswith(b"/") and raw != b"*":
        raise Refusal(400, "Bad request target")
    try:
        target = raw.decode("ascii")
    except UnicodeDecodeError:
        raise Refusal(400, "Bad request target") from None
    if not target.isprintable() or " " in target or "#" in target:  # a fragment is the client's own
        raise Refusal(400, "Bad request target")
    path, _, query = target.partition("?")
    if len(raw) <= _KEY_BYTES_MAX:
        if len(TARGETS) >= _TABLE_MAX:
            TARGETS.clear()
        TARGETS[raw] = target, path, query
    return target, path, query


def new_target(raw: bytes) -> tuple[str, str, str] | None:
    """The same for a short target that was not seen lately; None for what needs a closer look."""
    if len(raw) > _KEY_BYTES_MAX:
        return None
    try:
        return split_target(raw)
    except Refusal:
        return None


def split_absolute(raw: bytes) -> tuple[bytes, bytes] | None:
    """(authority, target in origin form) of a target in absolute form, as proxies get it; None for other forms."""
    scheme, colon, rest = raw.partition(b"://")
    if not colon or scheme.lower() not in (b"http", b"https"):
        return None
    end = min((at for at in (rest.find(b"/"), rest.find(b"?")) if at >= 0), default=len(rest))
    target = rest[end:]
    return rest[:end], target if target.startswith(b"/") else b"/" + target


def by_name(fields: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The fields by name, the last of repeated ones; refuses those by which messages are told apart when they are
    repeated (RFC 9112, 3.2 and 6.3)."""
    table: dict[bytes, bytes] = {}
    for name, value in fields:
        if name in table and name in (b"host", b"content-length", b"transfer-encoding"):
            raise Refusal(400, f"Repeated {name.decode()} header")
        table[name] = value
    return table


def check_host(host: bytes | None, *, old: bool) -> None:
    """Refuse a Host that is missing (RFC 9112, 3.2; HTTP/1.0 may) or no host."""
    if host is None:
        if old:
            return
        raise Refusal(400, "Missing Host header")
    if host in HOSTS:
        return
    if not valid_host(host.rstrip()):
        raise Refusal(400, "Invalid Host header")
    if len(host) <= _KEY_BYTES_MAX:
        if len(HOSTS) >= _TABLE_MAX:
            HOSTS.clear()
        HOSTS.add(host)


def valid_host(host: bytes) -> bool:
    """Whether this is `uri-host [":" port]` (RFC 9110, 7.2); an empty one is."""
    if host.startswith(b"["):
        address, bracket, rest = host[1:].partition(b"]")
        if not bracket or rest[:1] not in (b"", b":"):
            return False
        try:
            ipaddress.IPv6Address(address.decode("ascii"))
        except ValueError:
            return False
        port = rest[1:]
    else:
        name, _, port = host.partition(b":")
        if not _HOST_CHARACTERS.issuperset(name):
            return False
    return not port or (port.isdigit() and len(port) <= 5 and int(port) < 65536)


def check_sizes(url: bytes, fields: list[tuple[bytes, bytes]], limits: Limits) -> None:
    """Refuse what is longer than the limits allow."""
    if len(url) > limits.target_bytes_max:
        raise Refusal(414, "Request target too long")
    if len(fields) > limits.headers_max:
        raise Refusal(431, "Too many header fields")
    if len(url) + sum(len(name) + len(value) + 4 for name, value in fields) > limits.head_bytes_max:
        raise Refusal(431, "Request head too large")


def body_length(table: dict[bytes, bytes], body_bytes_max: int, *, old: bool) -> int | None:
    """The body's length from a head, refused beyond a bound; None when it comes in chunks."""
    coding = table.get(b"transfer-encoding")
    length = table.get(b"content-length")
    if coding is not None:
        if length is not None or old:
            raise Refusal(400, "Transfer-Encoding not allowed here")
        if coding.strip().lower() != b"chunked":
            raise Refusal(501, "Transfer-Encoding not implemented")
        return None
    if length is None:
        return 0
    length = length.strip()
    if not length.isdigit():
        raise Refusal(400, "Invalid Content-Length header")
    if len(length) > 20 or int(length) > body_bytes_max:
        raise Refusal(413, "Request body too large")
    return int(length)


def expects_continue(table: dict[bytes, bytes], *, old: bool) -> bool:
    """Whether the client waits for "100 Continue" before it sends the body (RFC 9110, 10.1.1)."""
    expectation = table.get(b"expect")
    if expectation is None or old:
        return False
    if expectation.strip().lower() != b"100-continue":
        raise Refusal(417, "Expectation not supported")
    return True


def is_old(version: str) -> bool:
    """Whether this is HTTP/1.0; refuses versions that are neither 1.0 nor 1.1."""
    if version not in ("1.0", "1.1"):
        raise Refusal(505, "HTTP version not supported")
    return version == "1.0"


def comes_late(length: int | None, *, wants_continue: bool) -> bool:
    """Whether the application is to be asked about a body that has not come: it is large, it does not say how large it
    is, or its client waits for our word."""
    return length is None or length > HELD_BYTES_MAX or (wants_continue and length > 0)


def framing_excess(received: int, body: int, limits: Limits) -> bool:
    """Whether chunks and trailers cost so much more than the body they carry that they are an attack."""
    return received > 2 * limits.head_bytes_max + 16 * body


LIVE = b"text/event-stream; charset=utf-8"
"""The type of answers that end when their client leaves."""


def has_field(headers: tuple[tuple[bytes, bytes], ...], name: bytes) -> bool:
    """Whether an answer's headers have this field."""
    return any(each.lower() == name for each, _ in headers)
