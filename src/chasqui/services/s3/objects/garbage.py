"""Blobs that nobody has any more. Those of an object of few parts are deleted in the transaction that ends it; an
object of many leaves rows that list them, worked off in slices, so that no transaction takes long."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.services.s3.chores import Chore
from chasqui.services.s3.documents import GARBAGE
from chasqui.services.s3.objects import packing
from chasqui.services.s3.objects.document import ObjectDocument, Piece
from chasqui.store.port import Resource, Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.means import Means

_AT_ONCE: Final = 32

_ROW: Final = 512
"""Blobs that a row lists: it is written anew for each slice."""

_decode = msgspec.json.Decoder(list[str] | bytes).decode


async def free_object(tx: Transaction, document: ObjectDocument) -> None:
    """Within a transaction: the blobs of this version are nobody's."""
    if not document.packed:
        await free(tx, document.pieces)
    for part in packing.split(document.packed, _ROW):
        await tx.create(Resource(GARBAGE, "", os.urandom(16).hex(), msgspec.json.encode(part)))


async def free(tx: Transaction, pieces: Sequence[Piece]) -> None:
    """Within a transaction: these blobs are nobody's."""
    await free_blobs(tx, [piece.blob for piece in pieces])


async def free_blobs(tx: Transaction, blobs: list[str]) -> None:
    """The same, by the blobs' keys."""
    if len(blobs) <= _AT_ONCE:
        for blob in blobs:
            await tx.delete_blob(blob)
    else:
        for at in range(0, len(blobs), _ROW):
            row = msgspec.json.encode(blobs[at : at + _ROW])
            await tx.create(Resource(GARBAGE, "", os.urandom(16).hex(), row))


def begin(means: Means) -> Callable[[], object]:
    """The function that stirs the chore (`service.py`)."""
    return Chore(means, GARBAGE, _slice).look


async def _slice(tx: Transaction, name: str) -> None:
    row = await tx.get(GARBAGE, "", name)
    if row is None:
        return  # another node was faster
    listed = _decode(row.document)
    first: list[str]
    rest: list[str] | bytes
    if isinstance(listed, bytes):
        first, rest = packing.cut(listed, _AT_ONCE)
    else:
        first, rest = listed[:_AT_ONCE], listed[_AT_ONCE:]
    for blob in first:
        await tx.delete_blob(blob)
    if rest:
        await tx.replace(msgspec.structs.replace(row, document=msgspec.json.encode(rest)))
    else:
        await tx.delete(row)
