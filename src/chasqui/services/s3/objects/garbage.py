"""Blobs that nobody has any more. Those of an object of few parts are deleted in the transaction that ends it; an
object of many leaves a row that lists them, worked off in slices, so that no transaction takes long."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.services.s3.chores import Chore
from chasqui.services.s3.documents import GARBAGE
from chasqui.services.s3.objects.document import Piece
from chasqui.store.port import Resource, Transaction

if TYPE_CHECKING:
    from chasqui.services.s3.means import Means

_AT_ONCE: Final = 32

_decode = msgspec.json.Decoder(list[str]).decode


async def free(tx: Transaction, pieces: Sequence[Piece]) -> None:
    """Within a transaction: these blobs are nobody's."""
    await free_blobs(tx, [piece.blob for piece in pieces])


async def free_blobs(tx: Transaction, blobs: list[str]) -> None:
    """The same, by the blobs' keys."""
    if len(blobs) <= _AT_ONCE:
        for blob in blobs:
            await tx.delete_blob(blob)
    else:
        await tx.create(Resource(GARBAGE, "", os.urandom(16).hex(), msgspec.json.encode(blobs)))


def begin(means: Means) -> Callable[[], object]:
    """The function that stirs the chore (`service.py`)."""
    return Chore(means, GARBAGE, _slice).look


async def _slice(tx: Transaction, name: str) -> None:
    row = await tx.get(GARBAGE, "", name)
    if row is None:
        return  # another node was faster
    blobs = _decode(row.document)
    for blob in blobs[:_AT_ONCE]:
        await tx.delete_blob(blob)
    if len(blobs) > _AT_ONCE:
        await tx.replace(msgspec.structs.replace(row, document=msgspec.json.encode(blobs[_AT_ONCE:])))
    else:
        await tx.delete(row)
