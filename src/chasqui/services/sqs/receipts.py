"""Receipt handles: opaque to clients, one for each time a message was received.

A handle is base64 of: queue id, sequence number, receive count, the time of the claim, until when it hid the message,
and the first 8 bytes of the message's random id, so that a handle can't be guessed and belongs to one queue.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Sequence
from functools import partial
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import NamedTuple

from chasqui.store.port import Claimed, Receipt

_LAYOUT = struct.Struct(">BQQIQQ8s")
_VERSION = 1
_TEXT_LENGTH = (_LAYOUT.size + 2) // 3 * 4

_CLAIM = attrgetter("sequence", "id", "receives", "hidden_until_ms")
_TOKEN = itemgetter(slice(8))
_to_base64 = partial(binascii.b2a_base64, newline=False)
_from_base64 = partial(binascii.a2b_base64, strict_mode=True)


class Handle(NamedTuple):
    """What a receipt handle says."""

    queue: int
    receipt: Receipt
    claimed_at_ms: int


def encode_handle(queue: int, claimed: Claimed, claimed_at_ms: int) -> str:
    """The text of a handle for one claim of one message."""
    sequence, raw_id, receives, hidden_until_ms = _CLAIM(claimed)
    raw = _LAYOUT.pack(_VERSION, queue, sequence, receives, claimed_at_ms, hidden_until_ms, raw_id[:8])
    return _to_base64(raw).decode()


def encode_handles(queue: int, claimed: Sequence[Claimed], claimed_at_ms: int) -> list[str]:
    """The texts of handles for claims of messages, by a few calls for all of them."""
    sequences, ids, receives, hidden_until_ms = zip(*map(_CLAIM, claimed), strict=True)
    raw = map(
        _LAYOUT.pack,
        repeat(_VERSION),
        repeat(queue),
        sequences,
        receives,
        repeat(claimed_at_ms),
        hidden_until_ms,
        map(_TOKEN, ids),
    )
    return list(map(bytes.decode, map(_to_base64, raw)))


def decode_handle(text: str) -> Handle | None:
    """What the text says, or None when it is no handle of ours."""
    if len(text) != _TEXT_LENGTH:
        return None
    try:
        raw = _from_base64(text)
        version, queue, sequence, receives, claimed_at_ms, hidden_until_ms, token = _LAYOUT.unpack(raw)
    except (binascii.Error, struct.error, ValueError):
        return None
    # Numbers that no handle of ours has and no database takes.
    if version != _VERSION or (queue | sequence | hidden_until_ms) >= 1 << 63:
        return None
    return Handle(queue, Receipt(sequence, token, receives, hidden_until_ms), claimed_at_ms)


def decode_handles(texts: Sequence[str | None], queue: int) -> list[Receipt] | None:
    """The receipts of handles of one queue, by a few calls for all of them; None when one is not such a handle."""
    try:
        versions, queues, sequences, receives, _, hidden_until_ms, tokens = zip(
            *map(_LAYOUT.unpack, map(_from_base64, texts)), strict=True
        )
    except (binascii.Error, struct.error, ValueError, TypeError):
        return None
    if {*versions} != {_VERSION} or {*queues} != {queue} or max(*sequences, *hidden_until_ms) >= 1 << 63:
        return None
    return list(map(Receipt, sequences, tokens, receives, hidden_until_ms))
