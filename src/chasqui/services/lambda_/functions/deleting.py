"""DeleteFunction: a whole function, or one of its versions.

A function's mappings stay, as on AWS: they find nothing to invoke. Versions go in slices, so that no transaction is
long: the function itself goes first, which ends it for everybody.
"""

from __future__ import annotations

from typing import Final

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import ALIAS, FUNCTION_URL, FUNCTION_VERSION, LATEST, PROVISIONED
from chasqui.services.lambda_.functions import arns, finding, publishing, qualified, usage
from chasqui.services.lambda_.functions.documents import AliasDocument, VersionDocument, read
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.names import FunctionName, is_version, read_name
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import DeleteFunctionRequest, DeleteFunctionResponse
from chasqui.store.port import Resource, Transaction

_SLICE: Final = 100


async def delete_function(room: Room, call: Call, request: DeleteFunctionRequest) -> DeleteFunctionResponse:
    named = read_name(call, request.FunctionName, request.Qualifier)
    if named.qualifier == LATEST:
        raise errors.invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
    if not named.qualifier:
        await _delete_function(room, named)
    elif is_version(named.qualifier):
        await _delete_version(room, named)
    else:
        raise errors.invalid_parameter(
            "Deletion of aliases is not currently supported by this operation. Please use DeleteAlias."
        )
    return DeleteFunctionResponse(StatusCode=204)


async def _delete_function(room: Room, named: FunctionName) -> None:
    while not await room.store.transaction(lambda tx: _delete_slice(room, tx, named)):
        pass


async def _delete_slice(room: Room, tx: Transaction, named: FunctionName) -> bool:
    """Delete up to a slice of versions, $LATEST and the function with the last of them: until then it is there. True
    when it is gone."""
    found, function = await finding.function_in(tx, named)
    owner, prefix = named.owner, f"{named.name}:"
    versions = await tx.list(FUNCTION_VERSION, owner, prefix=prefix, limit=_SLICE + 2)
    published = [each for each in versions if each.name != prefix + LATEST]
    for each in published[:_SLICE]:
        await _forget(room, tx, each)
    if len(published) > _SLICE:
        return False
    for type_ in (ALIAS, PROVISIONED):
        while page := await tx.list(type_, owner, prefix=prefix, limit=_SLICE):
            for each in page:
                await tx.delete(each)
    for url in function.urls.values():
        at = await tx.get(FUNCTION_URL, "", url.id)
        if at is not None:
            await tx.delete(at)
    latest = await tx.get(FUNCTION_VERSION, owner, prefix + LATEST)
    if latest is not None:
        await _forget(room, tx, latest)
    if function.queue:
        await tx.delete_queue(function.queue)
    if function.reserved:
        await usage.reserve(tx, owner, -function.reserved)
    await usage.add(tx, owner, functions=-1)
    await tx.delete(found)
    return True


async def _forget(room: Room, tx: Transaction, version: Resource) -> None:
    """A version goes, with what nobody else has of its packages."""
    await publishing.exchange(room, tx, version.owner, read(VersionDocument, version), None)
    await tx.delete(version)


async def _delete_version(room: Room, named: FunctionName) -> None:
    async def delete(tx: Transaction) -> None:
        await finding.function_in(tx, named)
        version = await tx.get(FUNCTION_VERSION, named.owner, f"{named.name}:{named.qualifier}")
        if version is None:
            # Deleting what is gone is no error, as long as the function is there.
            return
        await _refuse_used(tx, named)
        await qualified.forget(tx, named, named.qualifier)
        await _forget(room, tx, version)

    await room.store.transaction(delete)


async def _refuse_used(tx: Transaction, named: FunctionName) -> None:
    """Raises ResourceConflictException for a version that aliases lead to."""
    after, using = "", []
    while page := await tx.list(ALIAS, named.owner, prefix=f"{named.name}:", after=after, limit=_SLICE):
        for each in page:
            alias = read(AliasDocument, each)
            if named.qualifier == alias.version or named.qualifier in alias.weights:
                using.append(each.name.partition(":")[2])
        after = page[-1].name
    if using:
        raise errors.conflict(f"Version {named.qualifier} is currently referenced by the following aliases: {using}")


OPERATIONS: dict[str, Operation] = {"DeleteFunction": checked("DeleteFunction", delete_function)}
ACTIONS: dict[str, Action] = {"DeleteFunction": arns.of("DeleteFunction", "write", resource=arns.function)}
