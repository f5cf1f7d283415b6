"""How a message lies in the store: one envelope with everything a receive must give back.

Packed as a MessagePack array and sealed by the key ring (or marked as clear when the queue's encryption is off). The
digests are kept with the body: they are wanted at each receive and were computed at the send.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chasqui.crypto.keyring import CLEAR, KeyRing


class StoredAttribute(msgspec.Struct, array_like=True, gc=False):
    """A message attribute: its type, and either text or bytes."""

    data_type: str
    text: str | None = None
    binary: bytes | None = None


class Payload(msgspec.Struct, array_like=True, gc=False, omit_defaults=True):
    """What was sent. `sender` is the sender's id; digests are lower-case hex MD5."""

    body: str
    body_md5: str
    sender: str
    attributes: dict[str, StoredAttribute] | None = None
    attributes_md5: str | None = None
    trace_header: str | None = None
    deduplication_id: str | None = None


class PayloadCodec:
    """Packs and seals, opens and unpacks."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._seal = ring.seal
        self._open = ring.open
        self._pack = msgspec.msgpack.Encoder().encode
        self._unpack = msgspec.msgpack.Decoder(Payload).decode

    def encode(self, payload: Payload, encrypted: bool) -> bytes:
        return self._seal(self._pack(payload)) if encrypted else CLEAR + self._pack(payload)

    def encode_all(self, payloads: Iterable[Payload], encrypted: bool) -> list[bytes]:
        """The same of many, by a few calls for all of them."""
        packed = map(self._pack, payloads)
        return self._ring.seal_all(list(packed)) if encrypted else [CLEAR + each for each in packed]

    def decode_all(self, stored: list[bytes]) -> list[Payload]:
        return list(map(self._unpack, self._ring.open_all(stored)))

    def decode(self, stored: bytes) -> Payload:
        return self._unpack(self._open(stored))
