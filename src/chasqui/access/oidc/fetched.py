"""Issuers' keys, asked of the issuers: OpenID Connect Discovery 1.0, section 4, and the JWKS that it points to.

Only issuers that an account has registered are asked, over HTTPS; plain HTTP is for issuers on this machine. Redirects
are not followed, and time and size are bounded. What was found is kept as long as the issuer says, within bounds, and
looked up anew, every ten seconds at most, when a token was signed with a key that is not in it: keys rotate.
"""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import re
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic
from typing import Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from chasqui.access.oidc.keys import IssuerUnreachable, Jwk, NoKeys, read_key_set
from chasqui.base.clock import Clock
from chasqui.base.errors import ChasquiError

DOCUMENT_BYTES_MAX: Final = 1024 * 1024
KEPT_SECONDS_MIN: Final = 60
KEPT_SECONDS_MAX: Final = 3600
_KEPT_SECONDS: Final = 600
_AGAIN_MS: Final = 10_000
_WAIT_SECONDS: Final = 5.0
_FETCH_SECONDS: Final = 10.0
_ISSUERS_MAX: Final = 1000
_THREADS: Final = 4
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,;])")


class Fetched(msgspec.Struct, frozen=True):
    """A document, and for how many seconds its origin says it holds (None: it does not say)."""

    document: bytes
    holds_seconds: int | None = None


Fetch = Callable[[str], Fetched]
"""Gets a URL, blocking. Raises `IssuerUnreachable` and `NoKeys`."""


class _Kept(msgspec.Struct, frozen=True):
    """What asking an issuer gave: its keys, or why there are none."""

    keys: tuple[Jwk, ...]
    failure: ChasquiError | None
    at_ms: int
    until_ms: int


class _Discovery(msgspec.Struct):
    issuer: str
    jwks_uri: str


class FetchedKeys:
    """A `KeySource` that asks the issuers. Whoever wants the same issuer's keys at once waits for one fetch."""

    def __init__(self, clock: Clock, fetch: Fetch | None = None) -> None:
        self._clock = clock
        self._fetch = fetch or get
        self._kept: dict[str, _Kept] = {}
        self._under_way: dict[str, asyncio.Future[_Kept]] = {}
        # Of their own: issuers that do not answer must not keep others waiting who need a thread.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="oidc")

    async def keys(self, issuer: str, kid: str) -> tuple[Jwk, ...]:
        kept = self._kept.get(issuer)
        if kept is None or not self._serves(kept, kid):
            kept = await self._look(issuer)
        if kept.failure is not None:
            # Another one: an exception that is raised again and again gathers tracebacks.
            raise type(kept.failure)(*kept.failure.args)
        return kept.keys

    def _serves(self, kept: _Kept, kid: str) -> bool:
        now_ms = self._clock.now_ms()
        if now_ms < kept.at_ms + _AGAIN_MS:
            return True
        return now_ms < kept.until_ms and (not kid or any(key.get("kid") == kid for key in kept.keys))

    async def _look(self, issuer: str) -> _Kept:
        future = self._under_way.get(issuer)
        if future is None:
            future = asyncio.get_running_loop().run_in_executor(self._threads, self._ask, issuer)
            self._under_way[issuer] = future
            future.add_done_callback(partial(self._keep, issuer))
        # Who gives up waiting must not end it for the others.
        found = await asyncio.shield(future)
        return self._kept.get(issuer, found)

    def _keep(self, issuer: str, future: asyncio.Future[_Kept]) -> None:
        del self._under_way[issuer]
        if future.cancelled() or future.exception() is not None:
            return
        found, known = future.result(), self._kept.get(issuer)
        if len(self._kept) >= _ISSUERS_MAX:
            self._kept.clear()
        if found.failure is not None and known is not None and found.at_ms < known.until_ms:
            # What holds still serves, however often somebody asks for a key that there is not.
            found = msgspec.structs.replace(known, at_ms=found.at_ms)
        self._kept[issuer] = found

    def _ask(self, issuer: str) -> _Kept:
        try:
            found = self._key_set(issuer)
            keys = read_key_set(found.document)
        except (IssuerUnreachable, NoKeys) as error:
            now_ms = self._clock.now_ms()
            return _Kept((), error, now_ms, now_ms)
        now_ms = self._clock.now_ms()
        wanted = _KEPT_SECONDS if found.holds_seconds is None else found.holds_seconds
        return _Kept(keys, None, now_ms, now_ms + 1000 * min(max(wanted, KEPT_SECONDS_MIN), KEPT_SECONDS_MAX))

    def _key_set(self, issuer: str) -> Fetched:
        plain = _checked(issuer, plain=True).scheme == "http"
        document = self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration").document
        try:
            discovery = msgspec.json.decode(document, type=_Discovery)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NoKeys(f"{issuer}: not an OpenID configuration: {error}") from error
        if discovery.issuer != issuer:
            raise NoKeys(f"{issuer}: its configuration is {discovery.issuer}'s")
        _checked(discovery.jwks_uri, plain=plain)
        return self._fetch(discovery.jwks_uri)


def _checked(url: str, *, plain: bool) -> SplitResult:
    """A URL that may be asked; `plain`: over HTTP too, if it is this machine's. Raises `NoKeys`."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise NoKeys(f"{url!r}: {error}") from error
    allowed = parts.scheme == "https" or (plain and parts.scheme == "http" and _loopback(host))
    if not allowed or not host or "@" in parts.netloc or parts.fragment:
        raise NoKeys(f"{url!r} is not an https URL")
    return parts


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def get(url: str) -> Fetched:
    """Get a URL that has been checked: 200 or nothing, no redirects, ten seconds and a mebibyte at most."""
    parts = urlsplit(url)
    until = monotonic() + _FETCH_SECONDS
    try:
        connection = _connection(parts)
        try:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request("GET", target, headers={"Accept": "application/json", "User-Agent": "chasqui"})
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise IssuerUnreachable(f"{url} answers {response.status}")
            return Fetched(_body(url, response, until), _holds(response.headers.get("Cache-Control", "")))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise IssuerUnreachable(f"{url}: {error}") from error


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=_WAIT_SECONDS)
    return http.client.HTTPSConnection(host, parts.port, timeout=_WAIT_SECONDS, context=ssl.create_default_context())


def _body(url: str, response: http.client.HTTPResponse, until: float) -> bytes:
    body = bytearray()
    while piece := response.read1(65_536):
        body += piece
        if len(body) > DOCUMENT_BYTES_MAX:
            raise NoKeys(f"{url} is larger than {DOCUMENT_BYTES_MAX} bytes")
        if monotonic() > until:
            raise IssuerUnreachable(f"{url} takes longer than {_FETCH_SECONDS:.0f} s")
    return bytes(body)


def _holds(cache_control: str) -> int | None:
    found = _MAX_AGE.search(cache_control.lower())
    return int(found[1]) if found is not None else None
