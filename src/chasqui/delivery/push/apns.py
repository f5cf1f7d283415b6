"""Apple's push service: one HTTP/2 POST a notification, let in by provider tokens or by a certificate.

"Sending notification requests to APNs" and "Handling notification responses from APNs", developer.apple.com. There is
one connection for each credential and host, closed when it is idle; Apple wants them kept, and few new tokens.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import msgspec

from chasqui.base.clock import Clock
from chasqui.base.settings import Settings
from chasqui.delivery.push.credentials import (
    ApnsCertificate,
    ApnsCredential,
    ApnsKey,
    BadCredential,
    provider_token,
    tls_context,
    topic_of,
)
from chasqui.delivery.push.payloads import Json, PushOptions, push_type_of
from chasqui.delivery.sending import SendFailed, Sent, in_time, retry_after_ms, shown

if TYPE_CHECKING:
    from chasqui.delivery.push.http2 import Answer, Http2Session

LINES_MAX: Final = 64
IDLE_SECONDS: Final = 300.0
TOKEN_MS: Final = 40 * 60 * 1000
"""A provider token is used for so long: Apple refuses those older than an hour, and new ones within twenty
minutes."""
_DEAD: Final = ("BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken")
_EXPIRED: Final = "ExpiredProviderToken"
_RETRIED: Final = ("IdleTimeout", "TooManyRequests", "TooManyProviderTokenUpdates", _EXPIRED)


class _Line:
    """A connection for one credential to one host, with the token that it shows and the topic it stands for."""

    def __init__(self, url: str, credential: ApnsCredential) -> None:
        self.url = url
        self.credential = credential
        self.session: Http2Session | None = None
        self.opening = asyncio.Lock()
        self.tls: ssl.SSLContext | None = None
        self.topic = credential.bundle_id if isinstance(credential, ApnsKey) else ""
        self.token = ""
        self.signed_at_ms = 0
        self.users = 0
        self.timer: asyncio.TimerHandle | None = None


class ApnsClient:
    """Sends to devices of any platform application, at the hosts that the settings `apns_*` name."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        # The one that was used last is the last.
        self._lines: dict[tuple[str, ApnsCredential], _Line] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def send(
        self,
        credential: ApnsCredential,
        device: str,
        payload: Json,
        options: PushOptions | None = None,
        *,
        sandbox: bool = False,
    ) -> Sent:
        """Send a notification to a device token. Raises `SendFailed`: `dead` where the token is good for nothing any
        more, `credentials` where Apple does not let the application in."""
        line = self._line(self._settings.apns_sandbox_url if sandbox else self._settings.apns_url, credential)
        line.users += 1
        try:
            async with in_time():
                session = await self._session(line)
                headers = await self._headers(line, payload, options or PushOptions())
                path = f"/3/device/{quote(device, safe='')}"
                answer = await session.post(path, headers, msgspec.json.encode(payload))
        except BadCredential as error:
            raise SendFailed(str(error), retry=False, credentials=True) from error
        except OSError as error:
            raise SendFailed(f"{type(error).__name__}: {error}", retry=True) from error
        finally:
            self._left(line)
        if answer.status == 200:
            return Sent(answer.headers.get("apns-id", ""), answer.status)
        raise self._failure(line, answer)

    async def close(self) -> None:
        """Close every connection."""
        lines, self._lines = list(self._lines.values()), {}
        for line in lines:
            self._shut(line)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _line(self, url: str, credential: ApnsCredential) -> _Line:
        line = self._lines.pop((url, credential), None) or _Line(url, credential)
        self._lines[url, credential] = line
        if line.timer is not None:
            line.timer.cancel()
        if len(self._lines) > LINES_MAX:
            idle = next((key for key, each in self._lines.items() if not each.users and each is not line), None)
            if idle is not None:
                self._shut(self._lines.pop(idle))
        return line

    def _left(self, line: _Line) -> None:
        line.users -= 1
        if not line.users:
            line.timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire, line)

    def _expire(self, line: _Line) -> None:
        if not line.users and self._lines.pop((line.url, line.credential), None) is not None:
            self._shut(line)

    def _shut(self, line: _Line) -> None:
        if line.timer is not None:
            line.timer.cancel()
        if line.session is not None:
            task = asyncio.get_running_loop().create_task(line.session.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _session(self, line: _Line) -> Http2Session:
        from chasqui.delivery.push.http2 import connect  # noqa: PLC0415  servers that push nothing start without it

        async with line.opening:
            if line.session is None or line.session.gone:
                at = urlsplit(line.url)
                if at.scheme == "https" and line.tls is None:
                    line.tls = await self._tls(line)
                port = at.port or (443 if at.scheme == "https" else 80)
                line.session = await connect(at.hostname or "", port, line.tls)
            return line.session

    async def _tls(self, line: _Line) -> ssl.SSLContext:
        certificate = line.credential if isinstance(line.credential, ApnsCertificate) else None

        def read() -> ssl.SSLContext:
            if certificate is not None:
                line.topic = topic_of(certificate.certificate)
            return tls_context(self._settings.apns_ca, certificate)

        return await asyncio.get_running_loop().run_in_executor(None, read)

    async def _headers(self, line: _Line, payload: Json, options: PushOptions) -> dict[str, str]:
        kind = options.push_type or push_type_of(payload)
        headers = {
            "apns-push-type": kind,
            "apns-priority": str(options.priority or (5 if kind == "background" else 10)),
            "content-type": "application/json",
        }
        if topic := options.topic or line.topic:
            headers["apns-topic"] = topic
        if options.collapse_id:
            headers["apns-collapse-id"] = options.collapse_id
        if options.ttl_seconds is not None:
            until_s = self._clock.now_ms() // 1000 + options.ttl_seconds if options.ttl_seconds else 0
            headers["apns-expiration"] = str(until_s)
        if isinstance(line.credential, ApnsKey):
            headers["authorization"] = f"bearer {await self._token(line, line.credential)}"
        return headers

    async def _token(self, line: _Line, key: ApnsKey) -> str:
        async with line.opening:
            now_ms = self._clock.now_ms()
            if not line.token or not 0 <= now_ms - line.signed_at_ms < TOKEN_MS:
                loop = asyncio.get_running_loop()
                line.token = await loop.run_in_executor(None, provider_token, key, now_ms // 1000)
                line.signed_at_ms = now_ms
            return line.token

    def _failure(self, line: _Line, answer: Answer) -> SendFailed:
        reason = _reason(answer.body)
        if reason == _EXPIRED:
            line.token = ""
        dead = answer.status == 410 or reason in _DEAD
        retry = not dead and (answer.status >= 500 or answer.status == 429 or reason in _RETRIED)
        return SendFailed(
            f"{answer.status} {reason}".strip(),
            retry=retry,
            status=answer.status,
            answer=shown(answer.body),
            retry_after_ms=retry_after_ms(answer.headers),
            dead=dead,
            credentials=answer.status in (401, 403) and not retry,
        )


def _reason(body: bytes) -> str:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    return str(found.get("reason", "")) if isinstance(found, dict) else ""
