"""What is left of an upload that has ended: the rows of its parts, and the blobs that no object took over. Few go in
the transaction that ends it; many are noted and worked off in slices, so that no transaction takes long."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.services.s3.chores import Chore
from chasqui.services.s3.documents import ENDED, PART
from chasqui.services.s3.multipart.documents import decode_part
from chasqui.store.port import Resource, Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.means import Means

_AT_ONCE: Final = 32

Ranges = list[tuple[int, int]]
"""Numbers of parts, from and to."""


class _Left(msgspec.Struct, array_like=True, frozen=True):
    """The owner of the parts' rows, and which of the parts an object has taken over."""

    owner: str
    taken: Ranges


async def end(tx: Transaction, owner: str, taken: Ranges) -> None:
    """Within a transaction: the parts of this upload are rows no more, and but for those `taken` over they are
    nobody's."""
    left = _Left(owner, taken)
    if await _slice(tx, left):
        await tx.create(Resource(ENDED, "", os.urandom(16).hex(), msgspec.json.encode(left)))


async def _slice(tx: Transaction, left: _Left) -> bool:
    """Delete some; True when there are more."""
    rows = await tx.list(PART, left.owner, limit=_AT_ONCE + 1)
    for row in rows[:_AT_ONCE]:
        part = decode_part(row.document)
        if not any(first <= part.number <= last for first, last in left.taken):
            for piece in part.pieces:
                await tx.delete_blob(piece.blob)
        await tx.delete(row)
    return len(rows) > _AT_ONCE


def begin(means: Means) -> Callable[[], object]:
    """The function that stirs the chore (`service.py`)."""
    return Chore(means, ENDED, _work_off).look


async def _work_off(tx: Transaction, name: str) -> None:
    row = await tx.get(ENDED, "", name)
    # None: another node was faster.
    if row is not None and not await _slice(tx, msgspec.json.decode(row.document, type=_Left)):
        await tx.delete(row)


def ranges_of(numbers: list[int]) -> Ranges:
    """Ascending numbers as ranges."""
    found: Ranges = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
