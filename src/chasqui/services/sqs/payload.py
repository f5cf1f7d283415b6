"""How a message lies in the store: one envelope with everything a receive must give back.

Packed as a MessagePack array and sealed by the key ring (or marked as clear when the queue's encryption is off). The
digests are kept with the body: they are wanted at each receive and were computed at the send.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chasqui.base.digests import md5
from chasqui.crypto.keyring import CLEAR, KeyRing
from chasqui.fabric.letters import Attribute as StoredAttribute
from chasqui.services.sqs.message_attributes import attributes_md5

__all__ = ["Payload", "PayloadCodec", "StoredAttribute"]


class Payload(msgspec.Struct, array_like=True, gc=False, omit_defaults=True):
    """What was sent. `sender` is the sender's id; digests are lower-case hex MD5.

    Of a message that shares its text with others (`Claimed.shared`), this is the part of its own: see `whole`.
    """

    body: str
    body_md5: str
    sender: str
    attributes: dict[str, StoredAttribute] | None = None
    attributes_md5: str | None = None
    trace_header: str | None = None
    deduplication_id: str | None = None


class Common(msgspec.Struct, array_like=True, gc=False):
    """What many messages share: the text before and after each one's own, and their attributes."""

    before: str
    after: str
    attributes: dict[str, StoredAttribute] | None = None


class PayloadCodec:
    """Packs and seals, opens and unpacks."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._seal = ring.seal
        self._open = ring.open
        self._pack = msgspec.msgpack.Encoder().encode
        self._unpack = msgspec.msgpack.Decoder(Payload).decode
        self._unpack_common = msgspec.msgpack.Decoder(Common).decode

    def encode(self, payload: Payload, encrypted: bool) -> bytes:
        return self._seal(self._pack(payload)) if encrypted else CLEAR + self._pack(payload)

    def encode_all(self, payloads: Iterable[Payload], encrypted: bool) -> list[bytes]:
        """The same of many, by a few calls for all of them."""
        packed = map(self._pack, payloads)
        return self._ring.seal_all(list(packed)) if encrypted else [CLEAR + each for each in packed]

    def encode_common(self, common: Common, encrypted: bool) -> bytes:
        """What many messages share."""
        packed = self._pack(common)
        return self._seal(packed) if encrypted else CLEAR + packed

    def whole(self, own: Payload, stored: bytes) -> Payload:
        """A message of its own part and what it shares; the digests are made now, as most are never asked for."""
        common = self._unpack_common(self._open(stored))
        body = f"{common.before}{own.body}{common.after}"
        return msgspec.structs.replace(
            own,
            body=body,
            body_md5=md5(body.encode()).hexdigest(),
            attributes=common.attributes,
            attributes_md5=attributes_md5(common.attributes) if common.attributes else None,
        )

    def decode_all(self, stored: list[bytes]) -> list[Payload]:
        return list(map(self._unpack, self._ring.open_all(stored)))

    def decode(self, stored: bytes) -> Payload:
        return self._unpack(self._open(stored))
