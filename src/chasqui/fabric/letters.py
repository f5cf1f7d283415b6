"""What one service hands to another to be kept for somebody: a message, as neither of the two has it inside.

The sender writes a `Letter`; the service whose queue, stream or function it is for makes of it what it stores
(`recipients.py`). One letter is often for many: what was made of it once is kept on it.
"""

from __future__ import annotations

import msgspec

from chasqui.store.port import Shared


class Attribute(msgspec.Struct, array_like=True, gc=False):
    """A message attribute: its type ("String", "Number", "Binary", also with a label), and either text or bytes."""

    data_type: str
    text: str | None = None
    binary: bytes | None = None


class Around(msgspec.Struct):
    """What letters have in common, large enough to be stored once for all of them: the text before and the text after
    what each has of its own. `stored` is what it became, by whether it is encrypted."""

    before: str
    after: str
    attributes: dict[str, Attribute] | None = None
    stored: dict[bool, Shared] = {}


class Letter(msgspec.Struct):
    """A message.

    With `around`, the whole body is `around.before + body + around.after`, and the attributes are `around`'s. `sender`
    is the id that receivers see. `group` and `deduplication` are ids as FIFO queues take them; a group alone names a
    tenant. `sealed` and `clear` are what was stored of it, encrypted and not, and `size` its bytes, for the next one
    who stores it.
    """

    body: str
    sender: str
    attributes: dict[str, Attribute] | None = None
    group: str | None = None
    deduplication: str | None = None
    around: Around | None = None
    trace_header: str | None = None
    sealed: bytes | None = None
    clear: bytes | None = None
    size: int = -1
