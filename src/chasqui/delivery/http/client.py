"""Requests to targets outside: POST and GET, and how an answer to a delivery is judged."""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import Mapping
from typing import Final

from chasqui.base.clock import Clock
from chasqui.delivery.http.addresses import Resolver
from chasqui.delivery.http.connection import Response
from chasqui.delivery.http.failures import HttpFailure, Stale
from chasqui.delivery.http.limits import HttpLimits
from chasqui.delivery.http.pool import Pool
from chasqui.delivery.http.urls import Target, read_url, redirected
from chasqui.delivery.route import Outcome
from chasqui.delivery.sending import SendFailed, shown

USER_AGENT: Final = "Amazon Simple Notification Service Agent"
"""What SNS calls itself; endpoints look for it."""

_REDIRECTS: Final = frozenset((301, 302, 307, 308))
"""After these the same request is made again. 303 asks for another one, which a delivery is not."""

_RETRY_AFTER: Final = frozenset((429, 503))
_TOO_MANY: Final = 429


class HttpClient:
    """A client with a pool of kept connections. Its coroutines may be stepped without a task."""

    def __init__(self, clock: Clock, limits: HttpLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self.pool = Pool(Resolver(limits.targets), limits, None)

    def close(self) -> None:
        self.pool.close()

    async def deliver(self, url: str, fields: Mapping[str, str], body: bytes) -> Outcome:
        """POST a message, and judge the answer as SNS does: 2xx is success; 429, 5xx and no answer are tried again; the
        rest is permanent ("Amazon SNS message delivery retries", "Fanout to HTTP endpoints"). Raises nothing."""
        started = self._loop.time()
        try:
            response = await self.request("POST", url, fields, body)
        except HttpFailure as failure:
            dwell_ms = self._dwell_ms(started)
            retry = not failure.permanent
            return Outcome(False, retry, 0, failure.reason, dwell_ms=dwell_ms, reached=failure.reached or not retry)
        return self._judged(response, self._dwell_ms(started))

    def _dwell_ms(self, started: float) -> int:
        return max(1, round((self._loop.time() - started) * 1000))

    def _judged(self, response: Response, dwell_ms: int) -> Outcome:
        status = response.status
        if 200 <= status < 300:
            return Outcome(True, status=status, dwell_ms=dwell_ms, response=shown(response.body))
        after_ms = self._retry_after_ms(response) if status in _RETRY_AFTER else None
        retry = status >= 500 or status == _TOO_MANY
        return Outcome(False, retry, status, f"the target answered {status}", after_ms, dwell_ms, shown(response.body))

    def _retry_after_ms(self, response: Response) -> int | None:
        """Retry-After, in seconds or as a date (RFC 9110, section 10.2.3)."""
        text = response.fields.get(b"retry-after", b"").decode("latin-1").strip()
        if text.isascii() and text.isdigit():
            return int(text[:9]) * 1000
        try:
            at = email.utils.parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
        return max(0, int(at.timestamp() * 1000) - self._clock.now_ms())

    async def post(self, url: str, fields: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """POST for the clients of other channels: see `sending.HttpPost`. Raises `SendFailed`."""
        try:
            response = await self.request("POST", url, fields, body)
        except HttpFailure as failure:
            raise SendFailed(failure.reason, retry=not failure.permanent) from failure
        found = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.fields.items()}
        return response.status, found, response.body

    # ------------------------------------------------------------------------------------------- requests

    async def request(self, method: str, url: str, fields: Mapping[str, str], body: bytes = b"") -> Response:
        """A request and its answer; redirects are followed as far as the limits say. Raises `HttpFailure`."""
        deadline = self._loop.time() + self._limits.seconds
        first = target = read_url(url)
        met = {url}
        while True:
            response = await self._ask(target, _head(method, target, fields, len(body), first), body, deadline)
            location = response.fields.get(b"location")
            if response.status not in _REDIRECTS or location is None or not self._limits.redirects_max:
                return response
            url = redirected(url, location.decode("latin-1"))
            if url in met or len(met) > self._limits.redirects_max:
                raise HttpFailure("redirected in a loop, or too often", reached=True, permanent=True)
            met.add(url)
            target = read_url(url)

    async def _ask(self, target: Target, head: bytes, body: bytes, deadline: float) -> Response:
        """One exchange. What a kept connection did not even begin to answer is asked again on a new one: deliveries are
        made at least once."""
        try:
            return await self._on_connection(target, head, body, deadline, fresh=False)
        except Stale:
            return await self._on_connection(target, head, body, deadline, fresh=True)

    async def _on_connection(
        self, target: Target, head: bytes, body: bytes, deadline: float, *, fresh: bool
    ) -> Response:
        connection = await self.pool.take(target.origin, deadline, fresh=fresh)
        try:
            return await connection.exchange(head, body, max(0.001, deadline - self._loop.time()))
        finally:
            self.pool.give(target.origin, connection)


def _head(method: str, target: Target, fields: Mapping[str, str], length: int, first: Target) -> bytes:
    """The request's head. Raises `HttpFailure` for a field that would break it."""
    lines = [f"{method} {target.path} HTTP/1.1", f"Host: {target.host}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    if first.authorization and target.origin == first.origin:
        lines.append(f"Authorization: {first.authorization}")
    if length or method != "GET":
        lines.append(f"Content-Length: {length}")
    lines += (f"User-Agent: {USER_AGENT}", "Connection: Keep-Alive", "", "")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1 or "\0" in head:
        raise HttpFailure("a header field contains a line break", permanent=True)
    return head.encode("utf-8")
