"""What FIFO queues and topics have in common: SequenceNumbers as clients see them, and by what duplicates are known.

SequenceNumbers are 20 digits on AWS; clients compare them as text or as numbers, and both must agree.
"""

from __future__ import annotations

from typing import Final

_BASE: Final = 10_000_000_000_000_000_000


def sequence_text(sequence: int) -> str:
    """A SequenceNumber's text, for example "10000000000000000017"."""
    return str(_BASE + sequence)


def deduplication_key(identifier: str, group: str, *, by_group: bool) -> bytes:
    """What the store compares: a deduplication id, `by_group` within its message group only."""
    # The group's length keeps (group, id) pairs apart from one another and from keys without a group.
    return (f"{len(group)}:{group}:{identifier}" if by_group else identifier).encode()
