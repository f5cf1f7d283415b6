"""What the clients of all channels have in common: how a message was taken over, how that failed, and how they ask
HTTP.

A client makes one attempt. Whether there is another one, and when, is for whoever asked it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from chasqui.base.errors import ChasquiError
from chasqui.delivery.route import Outcome

ANSWER_CHARS_MAX: Final = 1000
SEND_SECONDS: Final = 60.0
"""The longest that an attempt takes, waiting for a connection and logging in included."""

HttpPost = Callable[[str, Mapping[str, str], bytes], Awaitable[tuple[int, Mapping[str, str], bytes]]]
"""POST to (URL, header fields, body); gives (status, header fields with names in lower case, body). Redirects are not
followed, time and the answer's size are bounded. Raises `OSError` (timeouts included) or `SendFailed`."""


class Sent(msgspec.Struct, frozen=True):
    """The other side has taken the message over. `provider_id` is its own name for it ("" where it gave none),
    `status` its code (0 where there is none), `answer` what it said, cut to `ANSWER_CHARS_MAX` characters."""

    provider_id: str = ""
    status: int = 0
    answer: str = ""


class SendFailed(ChasquiError):
    """The other side has not taken the message over, as far as is known.

    `retry`: another attempt may succeed, after `retry_after_ms` where the other side said so. `dead`: the address
    itself is no longer good for anything (a device that has unregistered), whatever is sent to it. `credentials`: the
    other side does not accept who sends; the message is not to blame. `status` and `answer` are as in `Sent`.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry: bool,
        status: int = 0,
        answer: str = "",
        retry_after_ms: int | None = None,
        dead: bool = False,
        credentials: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
        self.status = status
        self.answer = answer[:ANSWER_CHARS_MAX]
        self.retry_after_ms = retry_after_ms
        self.dead = dead
        self.credentials = credentials


def outcome(ended: Sent | SendFailed, dwell_ms: int) -> Outcome:
    """How an attempt ended, as the outbox wants to know it. The breaker counts what got no answer at all."""
    if isinstance(ended, Sent):
        return Outcome(True, status=ended.status, dwell_ms=dwell_ms, response=ended.answer)
    return Outcome(
        False,
        ended.retry,
        ended.status,
        ended.reason,
        ended.retry_after_ms,
        dwell_ms,
        ended.answer,
        reached=bool(ended.status) or not ended.retry,
    )


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """What an attempt does, `SEND_SECONDS` at most. Raises `SendFailed` then, worth another attempt."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            yield
    except TimeoutError as error:
        raise SendFailed(f"it took longer than {SEND_SECONDS:g} seconds", retry=True) from error


def shown(body: bytes) -> str:
    """An answer's body as text to keep."""
    return body[: 4 * ANSWER_CHARS_MAX].decode("utf-8", "replace")[:ANSWER_CHARS_MAX]


def retry_after_ms(headers: Mapping[str, str], most_ms: int = 3_600_000) -> int | None:
    """What a Retry-After field says in seconds (RFC 9110, 10.2.3), `most_ms` at most; None where it says a date or
    nothing."""
    text = headers.get("retry-after", "").strip()
    return min(int(text[:9]) * 1000, most_ms) if text.isascii() and text.isdigit() else None


async def post(
    http_post: HttpPost, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, Mapping[str, str], bytes]:
    """Ask; what the network does is a `SendFailed` worth another attempt."""
    try:
        return await http_post(url, headers, body)
    except OSError as error:
        raise SendFailed(f"{type(error).__name__}: {error}", retry=True) from error
