"""Confirmations: tokens, and the messages that bring them to whoever is to confirm or may restore a subscription.

A token names its subscription and is otherwise random; the store has only its digest. The message waits in the
subscription's own queue, or goes into the queue of another account, as an envelope. Source: SNS developer guide,
"HTTP/HTTPS subscription confirmation JSON format" and "… unsubscribe confirmation JSON format".
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
from typing import Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.ids import new_uuid, uuid_text
from chasqui.base.principal import Principal, service_principal
from chasqui.fabric.letters import Letter
from chasqui.fabric.recipients import Undeliverable
from chasqui.services.sns.documents import SubscriptionDocument, sns_arn
from chasqui.services.sns.publishing.envelope import confirmation
from chasqui.services.sns.publishing.fanout import SENDER
from chasqui.services.sns.publishing.notice import Kind as Kind  # noqa: PLC0414  its callers', too
from chasqui.services.sns.publishing.notice import Notice, waiting_message
from chasqui.services.sns.room import Room
from chasqui.store.port import QueueGone

_TOKEN_BYTES: Final = 128
_TOKEN = re.compile(r"[0-9a-f]{256}\Z")

_TEXTS: Final[dict[Kind, str]] = {
    "SubscriptionConfirmation": (
        "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the SubscribeURL included in"
        " this message."
    ),
    "UnsubscribeConfirmation": (
        "You have chosen to deactivate subscription {}.\nTo cancel this operation and restore the subscription, visit"
        " the SubscribeURL included in this message."
    ),
}


class Asked(msgspec.Struct, frozen=True):
    """A subscription whose subscriber is to be told its token."""

    kind: Kind
    owner: str
    name: str
    document: SubscriptionDocument
    token: str
    signature_version: str


def new_token(id_: str) -> str:
    """A token for the subscription with this UUID: 256 hexadecimal digits."""
    own = bytes.fromhex(id_.replace("-", ""))
    return (own + os.urandom(_TOKEN_BYTES - len(own))).hex()


def retokened(token: str, name: str) -> str:
    """A new token, for the subscription of this name instead of the one that it was made for."""
    return name.partition(":")[2].replace("-", "") + token[32:]


def subscription_of(token: str) -> str | None:
    """The UUID of the subscription that a token is for; None when it is no token."""
    return uuid_text(bytes.fromhex(token[:32])) if _TOKEN.match(token) else None


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def confirms(token: str, document: SubscriptionDocument, now_ms: int) -> bool:
    """Whether this is a subscription's token, and in time."""
    return document.token_until_ms > now_ms and hmac.compare_digest(digest(token), document.token)


def asking(room: Room, document: SubscriptionDocument, token: str) -> SubscriptionDocument:
    """A subscription that waits for this token from now on."""
    until_ms = room.clock.now_ms() + room.limits.token_s * 1000
    return msgspec.structs.replace(document, confirmed=False, token=digest(token), token_until_ms=until_ms)


async def send(room: Room, call: Call, asked: Asked) -> None:
    """Tell the subscriber: the message is on disk when this returns."""
    now_ms = room.clock.now_ms()
    subject = asked.name.partition(":")[0] if asked.kind == "SubscriptionConfirmation" else asked.name
    notice = Notice(
        id=new_uuid(),
        topic=sns_arn(asked.owner, asked.name.partition(":")[0]),
        message=_TEXTS[asked.kind].format(sns_arn(asked.owner, subject)),
        at_ms=now_ms,
        kind=asked.kind,
        signature_version=asked.signature_version,
        base_url=room.public_url or call.base_url,
        token=asked.token,
    )
    if asked.document.protocol == "sqs":
        await _send_to_queue(room, notice, asked)
        return
    # Where the subscription has been taken away meanwhile, there is nothing to confirm.
    with contextlib.suppress(QueueGone):
        await room.store.append_messages(asked.document.queue, [waiting_message(room.ring, notice, now_ms)])


class _Sender(msgspec.Struct, frozen=True):
    """The `Source` of a confirmation."""

    arn: str
    account: str
    service: Principal = service_principal("sns.amazonaws.com")


async def _send_to_queue(room: Room, notice: Notice, asked: Asked) -> None:
    """A queue of another account gets the envelope as a message, if its policy lets SNS in. Where it does not, nobody
    can confirm, as on AWS."""
    sender = _Sender(notice.topic, asked.owner.partition("/")[0])
    recipient = await room.recipients.find(asked.document.endpoint)
    if recipient is None or not await room.recipients.admits(recipient, sender):
        return
    await room.signer.sign(notice, ("sqs",))
    group = notice.topic if recipient.fifo else None
    body = confirmation(notice, "sqs", room.signer.url(notice.base_url))
    letter = Letter(body, SENDER, None, group, notice.id if group else None)
    try:
        message = await recipient.draft_sealed(letter, notice.at_ms, sender)
        await room.store.append_messages(recipient.queue, [message])
    except (Undeliverable, QueueGone):
        return
    room.counters[recipient.counted] += 1
