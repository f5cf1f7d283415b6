"""Receipt handles: opaque to clients, one for each time a message was received.

A handle is base64 of: queue id, sequence number, receive count, the time of the claim and the first 8 bytes of the
message's random id, so that a handle can't be guessed and belongs to one queue.
"""

from __future__ import annotations

import binascii
import struct
from typing import NamedTuple

from chasqui.store.port import Receipt

_LAYOUT = struct.Struct(">BQQIQ8s")
_VERSION = 1
_TEXT_LENGTH = (_LAYOUT.size + 2) // 3 * 4


class Handle(NamedTuple):
    """What a receipt handle says."""

    queue: int
    receipt: Receipt
    claimed_at_ms: int


def encode_handle(queue: int, sequence: int, receives: int, claimed_at_ms: int, message_id: bytes) -> str:
    """The handle's text."""
    raw = _LAYOUT.pack(_VERSION, queue, sequence, receives, claimed_at_ms, message_id[:8])
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def decode_handle(text: str) -> Handle | None:
    """What the text says, or None when it is no handle of ours."""
    if len(text) != _TEXT_LENGTH:
        return None
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
        version, queue, sequence, receives, claimed_at_ms, token = _LAYOUT.unpack(raw)
    except (binascii.Error, struct.error, ValueError):
        return None
    if version != _VERSION or queue >= 1 << 63 or sequence >= 1 << 63:
        return None
    return Handle(queue, Receipt(sequence, token, receives), claimed_at_ms)
