"""New versions of a function, made within a transaction; and the exchange of what versions have of packages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from chasqui.base.ids import new_uuid
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import FUNCTION, FUNCTION_VERSION, LATEST
from chasqui.services.lambda_.functions import packages, usage
from chasqui.services.lambda_.functions.documents import (
    FunctionDocument,
    LayerUse,
    VersionDocument,
    changed,
    new_version,
    read,
)
from chasqui.services.lambda_.functions.names import FunctionName
from chasqui.services.lambda_.room import Room
from chasqui.store.port import Transaction


class Publish(msgspec.Struct, frozen=True):
    """What is asked of a new version: its description (None: $LATEST's), and what $LATEST must be."""

    description: str | None = None
    code_sha256: str = ""
    revision: str = ""


async def publish(room: Room, tx: Transaction, named: FunctionName, asked: Publish) -> tuple[str, VersionDocument]:
    """A new version of what $LATEST is, or the last one where nothing has changed since. Raises
    ResourceNotFoundException, PreconditionFailedException, InvalidParameterValueException."""
    owner, name = named.owner, named.name
    found = await tx.get(FUNCTION, owner, name)
    latest = await tx.get(FUNCTION_VERSION, owner, f"{name}:{LATEST}")
    if found is None or latest is None:
        raise errors.function_not_found(named.arn)
    function, current = read(FunctionDocument, found), read(VersionDocument, latest)
    _check(current, asked)
    last = await tx.get(FUNCTION_VERSION, owner, f"{name}:{function.published}") if function.published else None
    if last is not None and _content(read(VersionDocument, last)) == _content(current):
        return str(function.published), read(VersionDocument, last)
    function.published += 1
    document = msgspec.structs.replace(
        current,
        build=new_uuid(),
        revision=new_uuid(),
        description=current.description if asked.description is None else asked.description,
    )
    version = str(function.published)
    for package in (document.code, *(layer.code for layer in document.layers)):
        await packages.share(tx, package)
    await usage.add(tx, owner, code_bytes=_size(document), code_bytes_max=room.limits.code_bytes_max)
    await tx.replace(changed(found, function))
    # Publishing is a change that callers may have to know of.
    await tx.replace(changed(latest, msgspec.structs.replace(current, revision=new_uuid())))
    await tx.create(new_version(owner, name, version, document))
    return version, document


def _check(current: VersionDocument, asked: Publish) -> None:
    if asked.revision and asked.revision != current.revision:
        raise errors.precondition_failed()
    digest = current.code.sha256 if current.code is not None else ""
    if asked.code_sha256 and asked.code_sha256 != digest:
        raise errors.invalid_parameter(
            f"CodeSHA256 ({asked.code_sha256}) is different from current CodeSHA256 in $LATEST ({digest}). Please try"
            " again with the CodeSHA256 in $LATEST."
        )


def _content(document: VersionDocument) -> tuple[VersionDocument, str, list[str]]:
    """What makes a version another one."""
    bare = msgspec.structs.replace(
        document, build="", revision="", modified_ms=0, description="", code=None, layers=[], state="", state_reason=""
    )
    digest = document.code.sha256 if document.code is not None else ""
    return bare, digest, [layer.arn for layer in document.layers]


def _size(document: VersionDocument | None) -> int:
    return document.code.size if document is not None and document.code is not None else 0


async def exchange(
    room: Room,
    tx: Transaction,
    owner: str,
    old: VersionDocument | None,
    new: VersionDocument | None,
    staged: packages.Staged | None = None,
) -> None:
    """A version has other packages from now on: count them, store the one that was `staged`, and let go what nobody has
    any more. Raises InvalidParameterValueException for a layer that went meanwhile, CodeStorageExceededException."""
    coming, going = _layers(new), _layers(old)
    for layer in (coming - going).elements():
        if not await packages.share(tx, layer.code):
            raise errors.invalid_parameter(f"Layer version {layer.arn} does not exist.")
    if staged is not None:
        await packages.keep(tx, staged)
    if old is not None and (new is None or new.code != old.code):
        await packages.drop(tx, old.code)
    for layer in (going - coming).elements():
        await packages.drop(tx, layer.code)
    more = _size(new) - _size(old)
    if more:
        await usage.add(tx, owner, code_bytes=more, code_bytes_max=room.limits.code_bytes_max)


def _layers(document: VersionDocument | None) -> Counter[LayerUse]:
    uses: Sequence[LayerUse] = document.layers if document is not None else ()
    return Counter(uses)
