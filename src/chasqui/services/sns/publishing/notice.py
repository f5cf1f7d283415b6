"""What was published once: a notice, and how it lies in the queues in which deliveries to outside wait.

A notice has everything that any protocol shows of a message, save what is a subscription's own (its ARN in the link
that ends it). It is packed and sealed once, however many queues get it; large ones are stored once (`Shared`). Topics'
archives and expansion jobs keep it in the same form.
"""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import quote

import msgspec

from chasqui.base.times import iso_ms
from chasqui.crypto.keyring import KeyRing
from chasqui.fabric.letters import Attribute
from chasqui.store.port import Claimed, NewMessage, Shared

Kind = Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]

SHARED_BYTES_MIN: Final = 4096
"""From so many bytes on, what goes to several queues is stored once."""

WAITS_MS: Final = 30 * 24 * 3600 * 1000
"""How long a delivery may wait: longer than the longest retry policy (23 days)."""


class Notice(msgspec.Struct, array_like=True, gc=False, omit_defaults=True):
    """A message as it was published, or a confirmation that a topic asks for.

    `id` is the MessageId's text, `topic` an ARN, `at_ms` the Timestamp. `message` is the text for every protocol that
    is not in `messages` (MessageStructure `json`). `sequence` is a FIFO topic's SequenceNumber as text. `signatures`
    are in base64, by the protocol whose text was signed, "" for `message`; what is not there is signed when it is
    rendered. `base_url` is scheme and host of links ("http://localhost:4566"). `token` is a confirmation's.
    `publisher` is the ARN of who published. `replayed`: it comes from the topic's archive.
    """

    id: str
    topic: str
    message: str
    at_ms: int
    kind: Kind = "Notification"
    subject: str | None = None
    messages: dict[str, str] | None = None
    attributes: dict[str, Attribute] | None = None
    group: str | None = None
    deduplication: str | None = None
    sequence: str = ""
    signature_version: str = "1"
    signatures: dict[str, str] = {}
    base_url: str = ""
    token: str = ""
    publisher: str = ""
    replayed: bool = False

    def text(self, protocol: str) -> str:
        """The message for a protocol."""
        return self.message if self.messages is None else self.messages.get(protocol, self.message)

    def signed_as(self, protocol: str) -> str:
        """Under which key of `signatures` the signature of a protocol's text is."""
        return protocol if self.messages is not None and protocol in self.messages else ""

    @property
    def timestamp(self) -> str:
        """As SNS writes it: "2026-01-31T12:00:00.123Z"."""
        return iso_ms(self.at_ms)

    @property
    def subscribe_url(self) -> str:
        """The link that confirms the subscription, or restores it."""
        topic, token = quote(self.topic, safe=":"), quote(self.token, safe="")
        return f"{self.base_url}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}"

    def unsubscribe_url(self, subscription: str) -> str:
        """The link that ends a subscription; `subscription` is its ARN."""
        return f"{self.unsubscribe_prefix}{subscription}"

    @property
    def unsubscribe_prefix(self) -> str:
        """The same link up to the subscription's ARN."""
        return f"{self.base_url}/?Action=Unsubscribe&SubscriptionArn="


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Notice).decode


pack_notice = _pack
unpack_notice = _unpack


def seal_notice(ring: KeyRing, notice: Notice) -> bytes:
    """The notice as it lies in the store."""
    return ring.seal(_pack(notice))


def open_notice(ring: KeyRing, sealed: bytes) -> Notice:
    """What `seal_notice` sealed. Raises `UnreadableEnvelope`."""
    return _unpack(ring.open(sealed))


def waiting_message(
    ring: KeyRing, notice: Notice, now_ms: int, *, many: bool = False, stored: Shared | None = None
) -> NewMessage:
    """A notice as a message for a subscription's queue, due now; with `many` the same one is for several. Its id is the
    notice's. `stored`: it is in the store already."""
    sealed = b"" if stored is not None else seal_notice(ring, notice)
    shared = Shared(sealed) if many and len(sealed) >= SHARED_BYTES_MIN else stored
    payload = b"" if shared is not None else sealed
    raw_id = bytes.fromhex(notice.id.replace("-", ""))
    return NewMessage(raw_id, payload, now_ms, now_ms, now_ms + WAITS_MS, None, None, shared)


def waiting_notice(ring: KeyRing, claimed: Claimed) -> Notice:
    """The notice of a message that a delivery worker has claimed. Raises `UnreadableEnvelope`."""
    return open_notice(ring, claimed.shared.data if claimed.shared is not None else claimed.payload)
