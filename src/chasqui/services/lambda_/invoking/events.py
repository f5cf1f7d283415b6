"""An asynchronous event as it waits in its function's queue, and how it gets there.

It is a message of the store, sealed by the key ring. A retry is another message, with one failure more, that becomes
visible later and takes the place of the first in one transaction.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from chasqui.base.ids import new_id
from chasqui.store.port import NewMessage

KEPT_MS: Final = 14 * 24 * 3600 * 1000
"""So long the store keeps an event that nobody works off. How long it may wait is decided when it is tried (6 hours at
most): what is too old by then goes where failed events go, and does not vanish while the server is down."""


class Sealer(Protocol):
    """What of a key ring is needed."""

    def seal(self, plaintext: bytes) -> bytes: ...
    def open(self, envelope: bytes) -> bytes: ...


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`id` is the request's, the same in every attempt. `qualifier` is the version or alias that was invoked ("" for
    none): an alias leads where it leads when the event is tried. `failures` is how often the function has failed."""

    id: str
    payload: bytes
    qualifier: str
    at_ms: int
    source: str = ""
    failures: int = 0
    trace: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Event).decode


def pack(ring: Sealer, event: Event, now_ms: int, delay_ms: int = 0) -> NewMessage:
    """The message that an event is, visible after `delay_ms`."""
    return NewMessage(new_id()[0], ring.seal(_encode(event)), now_ms, now_ms + delay_ms, event.at_ms + KEPT_MS)


def unpack(ring: Sealer, payload: bytes) -> Event:
    """The event that a message is."""
    return _decode(ring.open(payload))
