"""What every batch operation checks of its entries, and how a failed entry is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import attrgetter
from typing import Protocol

from chasqui.base.errors import ServiceError
from chasqui.services.sqs import errors
from chasqui.services.sqs.types import BatchResultErrorEntry

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
_ID = attrgetter("Id")


class Entry(Protocol):
    """Any batch operation's entry."""

    Id: str | None


def check_batch(entries: Sequence[Entry], shape: str, most: int) -> list[str]:
    """The entries' ids. Raises the errors that refuse a whole batch."""
    if not entries:
        raise errors.empty_batch(shape)
    if len(entries) > most:
        raise errors.too_many_entries(len(entries), most)
    identifiers = list(map(_ID, entries))
    if None in identifiers or not all(map(_ENTRY_ID.match, identifiers)):
        raise errors.invalid_batch_id()
    if len(set(identifiers)) != len(identifiers):
        seen: set[str] = set()
        for identifier in identifiers:
            if identifier in seen:
                raise errors.batch_id_repeated(identifier)
            seen.add(identifier)
    return identifiers


def failed_entry(identifier: str, error: ServiceError) -> BatchResultErrorEntry:
    """An entry's own failure inside a batch that was accepted."""
    return BatchResultErrorEntry(
        Id=identifier, SenderFault=error.fault == "Sender", Code=error.code, Message=error.message
    )
