"""SequenceNumbers of FIFO queues and topics, as clients see them.

They are 20 digits on AWS; clients compare them as text or as numbers, and both must agree.
"""

from __future__ import annotations

from typing import Final

_BASE: Final = 10_000_000_000_000_000_000


def sequence_text(sequence: int) -> str:
    """A SequenceNumber's text, for example "10000000000000000017"."""
    return str(_BASE + sequence)
