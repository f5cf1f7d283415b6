"""Receipt handles: opaque to clients, one for each time a message was received.

A handle is base64 of: queue id, sequence number, receive count, the time of the claim, until when it hid the message,
and the first 8 bytes of the message's random id, so that a handle can't be guessed and belongs to one queue.
"""

from __future__ import annotations

import binascii
import struct
from typing import NamedTuple

from chasqui.store.port import Claimed, Receipt

_LAYOUT = struct.Struct(">BQQIQQ8s")
_VERSION = 1
_TEXT_LENGTH = (_LAYOUT.size + 2) // 3 * 4


class Handle(NamedTuple):
    """What a receipt handle says."""

    queue: int
    receipt: Receipt
    claimed_at_ms: int


def encode_handle(queue: int, claimed: Claimed, claimed_at_ms: int) -> str:
    """The text of a handle for one claim of one message."""
    raw = _LAYOUT.pack(
        _VERSION,
        queue,
        claimed.sequence,
        claimed.receives,
        claimed_at_ms,
        claimed.hidden_until_ms,
        claimed.id[:8],
    )
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def decode_handle(text: str) -> Handle | None:
    """What the text says, or None when it is no handle of ours."""
    if len(text) != _TEXT_LENGTH:
        return None
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
        version, queue, sequence, receives, claimed_at_ms, hidden_until_ms, token = _LAYOUT.unpack(raw)
    except (binascii.Error, struct.error, ValueError):
        return None
    # Numbers that no handle of ours has and no database takes.
    if version != _VERSION or (queue | sequence | hidden_until_ms) >= 1 << 63:
        return None
    return Handle(queue, Receipt(sequence, token, receives, hidden_until_ms), claimed_at_ms)
