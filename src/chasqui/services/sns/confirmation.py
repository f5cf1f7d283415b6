"""Confirmations: tokens, and the messages that bring them to whoever is to confirm or may restore a subscription.

A token names its subscription and is otherwise random; the store has only its digest. The message waits in the
subscription's own queue, or goes into the queue of another account, as an envelope. Source: SNS developer guide,
"HTTP/HTTPS subscription confirmation JSON format" and "… unsubscribe confirmation JSON format".
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from typing import Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.ids import new_uuid, uuid_text
from chasqui.services.sns.documents import SubscriptionDocument, sns_arn
from chasqui.services.sns.notice import Kind, Notice, waiting_message
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
        "You have chosen to deactivate subscription {}.\nTo cancel this operation and restore the subscription, visit the"
        " SubscribeURL included in this message."
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
    try:
        await room.store.append_messages(asked.document.queue, [waiting_message(room.ring, notice, now_ms)])
    except QueueGone:
        # The subscription has been taken away meanwhile: there is nothing to confirm.
        pass
