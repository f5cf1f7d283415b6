"""The SMTP relay that sends mail: RFC 5321 by aiosmtplib, which is imported when the first mail is sent.

A few connections are kept for bursts and closed when they have been idle for a while. Retrying is the outbox's
business: each `send` is one attempt, but for a connection that the relay had closed in the meantime, which is
replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.base.clock import Clock
from chasqui.base.errors import SettingsError
from chasqui.base.settings import Settings
from chasqui.delivery.mail.message import BadMail, Mail, Rendered, check, rendered
from chasqui.delivery.sending import SendFailed, Sent, in_time

if TYPE_CHECKING:
    import aiosmtplib

CONNECTIONS_MAX: Final = 4
IDLE_SECONDS: Final = 10.0
TIMEOUT_SECONDS: Final = 30.0
_MAILS_PER_CONNECTION: Final = 100
_PERMANENT: Final = 500


class _Line(msgspec.Struct, eq=False):
    """A connection to the relay, how many mails it has carried, and the timer that ends it when it stays idle."""

    smtp: aiosmtplib.SMTP
    mails: int = 0
    timer: asyncio.TimerHandle | None = None


class MailRelay:
    """The relay that the settings `smtp_*` name. Raises `SettingsError` where nobody can be written to from
    `smtp_from`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        try:
            check(Mail(to="somebody@example.com", subject="", text=""), settings.smtp_from)
        except BadMail as error:
            raise SettingsError(f"smtp_from: {error}") from error
        self._settings = settings
        self._clock = clock
        self._idle: list[_Line] = []
        self._places = asyncio.Semaphore(CONNECTIONS_MAX)
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    async def send(self, mail: Mail) -> Sent:
        """Hand a mail over to the relay; a bounce that comes later is not known here. Raises `SendFailed`: final
        where the relay refuses with 5xx, worth another attempt after 4xx, and where relay or network are in
        trouble."""
        try:
            written = await rendered(mail, self._settings.smtp_from, self._clock.now_ms())
        except BadMail as error:
            raise SendFailed(str(error), retry=False) from error
        async with in_time(), self._places:
            while self._idle:
                line = self._idle.pop()
                with contextlib.suppress(_ClosedMeanwhile):
                    return await self._carry(line, written, kept=True)
            return await self._carry(_Line(await self._connect()), written, kept=False)

    async def close(self) -> None:
        """Say goodbye on the connections that nobody uses."""
        self._closed = True
        while self._idle:
            await _end(self._idle.pop())

    async def _connect(self) -> aiosmtplib.SMTP:
        import aiosmtplib  # noqa: PLC0415  servers without a relay start without it

        settings = self._settings
        smtp = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port or None,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            use_tls=settings.smtp_tls == "tls",
            start_tls=settings.smtp_tls == "starttls",
            tls_context=await self._trusted() if settings.smtp_tls != "none" else None,
            # Asking the resolver for our own full name can take seconds.
            local_hostname=socket.gethostname() if _plain(socket.gethostname()) else "localhost",
            timeout=TIMEOUT_SECONDS,
        )
        try:
            await smtp.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            smtp.close()
            code = getattr(error, "code", 0)
            refused = isinstance(error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPNotSupported)
            reason = f"the relay {settings.smtp_host} cannot be used: {_told(error)}"
            raise SendFailed(reason, retry=True, status=code, answer=_told(error), credentials=refused) from error
        return smtp

    async def _trusted(self) -> ssl.SSLContext:
        """What the relay's certificate is held against; reading the system's authorities takes a while."""
        if self._tls is None:
            make = partial(ssl.create_default_context, cafile=self._settings.smtp_ca or None)
            try:
                self._tls = await asyncio.get_running_loop().run_in_executor(None, make)
            except OSError as error:
                raise SendFailed(f"smtp_ca {self._settings.smtp_ca}: {error}", retry=True) from error
        return self._tls

    async def _carry(self, line: _Line, mail: Rendered, *, kept: bool) -> Sent:
        import aiosmtplib  # noqa: PLC0415

        if line.timer is not None:
            line.timer.cancel()
        options = ["SMTPUTF8", "BODY=8BITMIME"] if mail.utf8 else []
        try:
            _, answer = await line.smtp.sendmail(mail.sender, mail.to, mail.data, mail_options=options)
        except BaseException as error:
            lost = isinstance(error, aiosmtplib.SMTPServerDisconnected)
            if lost or not isinstance(error, aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused):
                line.smtp.close()
            else:
                self._put_back(line)
            if kept and lost:
                raise _ClosedMeanwhile from error
            if isinstance(error, aiosmtplib.SMTPException | OSError | ValueError):
                raise _failure(error) from error
            raise
        self._put_back(line)
        return Sent(status=250, answer=answer)

    def _put_back(self, line: _Line) -> None:
        line.mails += 1
        if line.mails >= _MAILS_PER_CONNECTION or self._closed or not line.smtp.is_connected:
            line.smtp.close()
            return
        self._idle.append(line)
        line.timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire, line)

    def _expire(self, line: _Line) -> None:
        if line in self._idle:
            self._idle.remove(line)
            line.smtp.close()


class _ClosedMeanwhile(Exception):
    """A connection that was kept is no more."""


async def _end(line: _Line) -> None:
    if line.timer is not None:
        line.timer.cancel()
    with contextlib.suppress(Exception):
        await line.smtp.quit(timeout=1)
    line.smtp.close()


def _failure(error: Exception) -> SendFailed:
    """What a mail's failure means. A refusal has the relay's code; 5xx is final (RFC 5321, section 4.2.1)."""
    import aiosmtplib  # noqa: PLC0415

    refusal = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    if isinstance(refusal, aiosmtplib.SMTPResponseException):
        told = f"{refusal.code} {refusal.message}"
        return SendFailed(told, retry=refusal.code < _PERMANENT, status=refusal.code, answer=refusal.message)
    final = isinstance(error, aiosmtplib.SMTPNotSupported | ValueError)
    return SendFailed(_told(error), retry=not final)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _plain(name: str) -> bool:
    return name.isascii() and name.replace("-", "").replace(".", "").isalnum()
