"""The embedded mailbox, in use where no relay is configured: mails are kept here and go nowhere, which each of them
says.

It is read by control endpoints, and by tests that wait for a confirmation's link.
"""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.base.clock import Clock
from chasqui.base.control import Answer, ControlRequest, Endpoint, Refusal
from chasqui.base.settings import Settings
from chasqui.base.times import iso_time
from chasqui.crypto.keyring import KeyRing
from chasqui.delivery.journal import Journal, Kept, Page
from chasqui.delivery.mail.message import BadMail, Mail, check, rendered
from chasqui.delivery.sending import SendFailed, Sent
from chasqui.store.port import Store

TYPE: Final = "delivery:mailbox"
NOT_SENT: Final = ("X-Chasqui-Not-Sent", "kept in the server's own mailbox, because no SMTP relay is configured")
"""The header field that mails in the mailbox have."""
_PAGE: Final = 100
_PAGE_MAX: Final = 1000


class Mailbox:
    """Keeps the newest mails of everybody."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, ring: KeyRing) -> None:
        self._sender = settings.smtp_from
        self._journal = Journal(store, clock, ring, TYPE, Mail, settings.captured_max)

    async def send(self, mail: Mail) -> Sent:
        """What the relay's `send` is, without sending. Raises `SendFailed` where no relay could be given this mail,
        and `StoreError`."""
        try:
            check(mail, self._sender)
        except BadMail as error:
            raise SendFailed(str(error), retry=False) from error
        await self.add(mail)
        return Sent(answer="kept in the embedded mailbox, not sent")

    async def add(self, mail: Mail) -> None:
        """Keep a mail, durably when this returns. Raises `StoreError`."""
        kept = msgspec.structs.replace(mail, sender=mail.sender or self._sender, headers=(NOT_SENT, *mail.headers))
        await self._journal.add((mail.to.lower(),), kept)

    async def list(self, address: str | None = None, after: str = "", limit: int = _PAGE) -> Page[Mail]:
        """Mails, of one recipient or of all, newest first. Raises `StoreError`."""
        return await self._journal.page(((address or "").lower(),), after=after, limit=limit)

    async def find(self, id: str) -> Kept[Mail] | None:
        """The mail of this id. Raises `StoreError`."""
        return await self._journal.find(id)

    async def empty(self) -> None:
        """Throw everything away. Raises `StoreError`."""
        await self._journal.empty()

    async def close(self) -> None:
        """Nothing is open."""


def mail_endpoints(mailbox: Mailbox) -> dict[tuple[str, str], Endpoint]:
    """(method, path) to endpoint."""

    async def read(request: ControlRequest) -> Answer:
        return await _read(mailbox, request)

    async def empty(_request: ControlRequest) -> Answer:
        await mailbox.empty()
        return Answer({})

    return {
        ("GET", "/_chasqui/mailbox"): Endpoint(read, "chasqui:ReadMailbox"),
        ("DELETE", "/_chasqui/mailbox"): Endpoint(empty, "chasqui:EmptyMailbox"),
    }


async def _read(mailbox: Mailbox, request: ControlRequest) -> Answer:
    """GET ?address=&limit=&after=: the mails as JSON; ?id=: one as it would have been sent."""
    if id := request.parameter("id"):
        return await _raw(mailbox, id)
    limit = request.number("limit", _PAGE, _PAGE_MAX)
    page = await mailbox.list(request.parameter("address") or None, request.parameter("after"), limit)
    return Answer({"mails": [_shown(each) for each in page.entries], "after": page.after or None})


def _shown(kept: Kept[Mail]) -> dict[str, object]:
    mail = kept.entry
    return {
        "id": kept.id,
        "time": iso_time(kept.at_ms),
        "from": mail.sender,
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.text,
        "messageId": mail.message_id,
        "headers": dict(mail.headers),
        "sent": False,
    }


async def _raw(mailbox: Mailbox, id: str) -> Answer:
    kept = await mailbox.find(id)
    if kept is None:
        raise Refusal(404, f"there is no mail {id[:40]} in the mailbox (any more)")
    written = await rendered(kept.entry, kept.entry.sender, kept.at_ms)
    return Answer(written.data, content_type="message/rfc822")
