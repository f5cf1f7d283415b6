"""The embedded phone, in use where no provider is configured: text messages are kept here and go nowhere.

Its control endpoints show them in our words, and in the shape that users of LocalStack's `/_aws/sns/sms-messages`
know.
"""

from __future__ import annotations

from typing import Final

from chasqui.access.caller import DEFAULT_ACCOUNT
from chasqui.base.clock import Clock
from chasqui.base.control import Answer, ControlRequest, Endpoint
from chasqui.base.settings import Settings
from chasqui.base.times import iso_time
from chasqui.crypto.keyring import KeyRing
from chasqui.delivery.journal import Journal, Kept, Page
from chasqui.delivery.sending import Sent
from chasqui.delivery.sms.port import Sms
from chasqui.store.port import Store

TYPE: Final = "delivery:phone"
_READ, _EMPTY = "chasqui:ReadPhone", "chasqui:EmptyPhone"
_PAGE: Final = 100
_PAGE_MAX: Final = 1000
_ALL: Final = 1_000_000


class Phone:
    """Keeps the newest text messages of everybody; an `SmsProvider` that sends nothing."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, ring: KeyRing) -> None:
        self.default_region = settings.region
        self._journal = Journal(store, clock, ring, TYPE, Sms, settings.captured_max)

    async def send(self, sms: Sms) -> Sent:
        """Keep a message, durably when this returns. Raises `StoreError`."""
        await self._journal.add((sms.account, sms.region, sms.to), sms)
        return Sent(answer="kept in the embedded phone, not sent")

    async def hear(self, number: str, text: str, account: str, region: str) -> None:
        """Keep what the owner of a number answers, beside what was sent there. Raises `StoreError`."""
        answer = Sms(to=number, text=text, message_id="", account=account, region=region, answer=True)
        await self._journal.add((account, region, number), answer)

    async def close(self) -> None:
        """Nothing is open."""

    async def list(
        self, account: str = "", region: str = "", number: str = "", *, after: str = "", limit: int = _PAGE
    ) -> Page[Sms]:
        """Messages, newest first: of everybody, or of an account, its region, one number there. Raises
        `StoreError`."""
        return await self._journal.page((account, region, number), after=after, limit=limit)

    async def discard(self, account: str, region: str = "", number: str = "") -> None:
        """Throw away an account's messages, or those in a region or to a number. Raises `StoreError`."""
        await self._journal.discard((account, region, number))

    async def empty(self) -> None:
        """Throw everything away. Raises `StoreError`."""
        await self._journal.empty()


def phone_endpoints(phone: Phone) -> dict[tuple[str, str], Endpoint]:
    """(method, path) to endpoint."""

    async def read(request: ControlRequest) -> Answer:
        return await _read(phone, request)

    async def empty(_request: ControlRequest) -> Answer:
        await phone.empty()
        return Answer({})

    async def known(request: ControlRequest) -> Answer:
        return await _known(phone, request)

    async def discard(request: ControlRequest) -> Answer:
        await phone.discard(*_asked(phone, request))
        return Answer(b"", 204, "text/plain")

    return {
        ("GET", "/_chasqui/sms"): Endpoint(read, _READ),
        ("DELETE", "/_chasqui/sms"): Endpoint(empty, _EMPTY),
        ("GET", "/_aws/sns/sms-messages"): Endpoint(known, _READ),
        ("DELETE", "/_aws/sns/sms-messages"): Endpoint(discard, _EMPTY),
    }


async def _read(phone: Phone, request: ControlRequest) -> Answer:
    """GET ?number=&limit=&after=: messages of everybody, newest first, to one number or to all; with ?answers=true also
    what was answered."""
    limit = request.number("limit", _PAGE, _PAGE_MAX)
    number = _number(request.parameter("number"))
    page = await phone.list(number=number, after=request.parameter("after"), limit=limit)
    shown = page.entries if request.flag("answers") else [each for each in page.entries if not each.entry.answer]
    return Answer({"messages": [_shown(each) for each in shown], "after": page.after or None})


def _shown(kept: Kept[Sms]) -> dict[str, object]:
    sms = kept.entry
    return {
        "id": kept.id,
        "time": iso_time(kept.at_ms),
        "to": sms.to,
        "text": sms.text,
        "senderId": sms.sender_id,
        "type": sms.type,
        "messageId": sms.message_id,
        "account": sms.account,
        "region": sms.region,
        "sent": False,
        **({"answer": True} if sms.answer else {}),
    }


async def _known(phone: Phone, request: ControlRequest) -> Answer:
    """GET ?accountId=&region=&phoneNumber=: {"sms_messages": {number: [message, …]}, "region": …}, the oldest
    first."""
    account, region, number = _asked(phone, request)
    page = await phone.list(account, region, number, limit=_ALL)
    by_number: dict[str, list[dict[str, object]]] = {number: []} if number else {}
    for each in reversed(page.entries):
        if each.entry.answer:
            continue
        by_number.setdefault(each.entry.to, []).append(_as_known(each.entry))
    return Answer({"sms_messages": by_number, "region": region})


def _as_known(sms: Sms) -> dict[str, object]:
    sender = {"SenderId": sms.sender_id} if sms.sender_id else {}
    return {
        "PhoneNumber": sms.to,
        "TopicArn": sms.topic_arn or None,
        "SubscriptionArn": None,
        "MessageId": sms.message_id,
        "Message": sms.text,
        "MessageAttributes": {},
        "MessageStructure": None,
        "Subject": sms.subject or None,
        **sender,
    }


def _asked(phone: Phone, request: ControlRequest) -> tuple[str, str, str]:
    return (
        request.parameter("accountId", DEFAULT_ACCOUNT),
        request.parameter("region", phone.default_region),
        _number(request.parameter("phoneNumber")),
    )


def _number(text: str) -> str:
    """A number of a query, in which an unescaped plus sign has become a space."""
    return f"+{text[1:]}" if text.startswith(" ") else text
