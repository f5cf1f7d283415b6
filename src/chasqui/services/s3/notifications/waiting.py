"""Events that wait in their bucket's queue because they cannot be written in the transaction of what they tell of:
those for topics, and for queues under a KMS key."""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.base.ids import new_id
from chasqui.crypto.keyring import KeyRing
from chasqui.services.s3.notifications.rules import Kind
from chasqui.store.port import Claimed, NewMessage

WAITS_MS: Final = 30 * 24 * 3600 * 1000
"""How long one may wait: longer than the retries go on (23 days)."""


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """A message for a destination. `base_url` is scheme and host of links in what is made of it."""

    kind: Kind
    arn: str
    body: str
    base_url: str = ""


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Waiting).decode


def waiting_message(ring: KeyRing, waiting: Waiting, now_ms: int) -> NewMessage:
    """As a message for the bucket's queue, due now."""
    return NewMessage(new_id()[0], ring.seal(_pack(waiting)), now_ms, now_ms, now_ms + WAITS_MS)


def read_waiting(ring: KeyRing, claimed: Claimed) -> Waiting:
    """What a worker has claimed. Raises `UnreadableEnvelope`."""
    return _unpack(ring.open(claimed.payload))
