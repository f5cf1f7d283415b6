"""UpdateFunctionCode and UpdateFunctionConfiguration: $LATEST changes, at once and as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.ids import new_uuid
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import FUNCTION_VERSION, LATEST
from chasqui.services.lambda_.functions import (
    arns,
    configuring,
    layer_uses,
    packages,
    publishing,
    rendering,
)
from chasqui.services.lambda_.functions.creating import refuse_storage
from chasqui.services.lambda_.functions.documents import VersionDocument, changed, read
from chasqui.services.lambda_.functions.inputs import check, checked
from chasqui.services.lambda_.functions.names import FunctionName, unqualified
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    FunctionConfiguration,
    UpdateFunctionCodeRequest,
    UpdateFunctionConfigurationRequest,
)
from chasqui.store.port import Resource, Transaction

Change = Callable[[VersionDocument], Awaitable[VersionDocument]]


async def update_function_code(room: Room, call: Call, request: UpdateFunctionCodeRequest) -> FunctionConfiguration:
    named = unqualified(call, request.FunctionName)
    configuring.refuse_unsupported(request)
    refuse_storage(request)
    _, current = await _latest(room, named, request.RevisionId)
    _check_source(request, current)
    staged = None
    if not request.ImageUri:
        source = packages.Source(request.ZipFile, request.S3Bucket or "", request.S3Key or "", request.S3ObjectVersion)
        staged = await packages.stage(room, call, source, dry=bool(request.DryRun))

    async def change(old: VersionDocument) -> VersionDocument:
        new = msgspec.structs.replace(old, architecture=(request.Architectures or [old.architecture])[0])
        if staged is None:
            return msgspec.structs.replace(new, image=request.ImageUri or "")
        new = msgspec.structs.replace(new, code=staged.package, unzipped=staged.unzipped)
        layer_uses.check_size(room, new)
        return new

    if request.DryRun:
        document = await change(current)
        return await rendering.configuration(room, call, named.owner, named.name, LATEST, document)
    publish = publishing.Publish() if request.Publish else None
    editing = _edit(room, named, request.RevisionId, change, staged, publish)
    version, document = await packages.held(room, staged, editing)
    return await rendering.configuration(
        room, call, named.owner, named.name, version, document, qualifier=version if request.Publish else ""
    )


def _check_source(request: UpdateFunctionCodeRequest, current: VersionDocument) -> None:
    zipped = request.ZipFile is not None or bool(request.S3Bucket)
    if current.package_type == "Image" and (zipped or not request.ImageUri):
        raise errors.invalid_parameter("Please provide ImageUri when updating a function with packageType Image.")
    if current.package_type == "Zip" and request.ImageUri:
        raise errors.invalid_parameter("Please don't provide ImageUri when updating a function with packageType Zip.")
    if request.ZipFile is not None and request.S3Bucket:
        raise errors.invalid_parameter("Please do not provide other FunctionCode parameters when providing a ZipFile.")


async def update_function_configuration(
    room: Room, call: Call, request: UpdateFunctionConfigurationRequest
) -> FunctionConfiguration:
    configuring.check_runtime(request.Runtime)
    check("UpdateFunctionConfiguration", request)
    named = unqualified(call, request.FunctionName)
    configuring.refuse_unsupported(request)
    configuring.check_limits(request)
    _, current = await _latest(room, named, request.RevisionId)
    if current.package_type == "Image" and (request.Runtime or request.Handler or request.Layers):
        raise errors.invalid_parameter(
            "Please don't provide Handler or Runtime or Layer when the intent is to update a function with packageType"
            " Image."
        )
    if current.package_type == "Zip" and request.ImageConfig is not None:
        raise errors.invalid_parameter("ImageConfig is not supported for functions with packageType Zip.")
    if request.Runtime:
        configuring.check_runs(room, request.Runtime)
    if request.Role:
        await configuring.check_role(room, request.Role)

    async def change(old: VersionDocument) -> VersionDocument:
        new = await configuring.configured(room, call, named, request, old)
        layer_uses.check_size(room, new)
        return new

    version, document = await _edit(room, named, request.RevisionId, change)
    return await rendering.configuration(room, call, named.owner, named.name, version, document)


async def _latest(room: Room, named: FunctionName, revision: str | None) -> tuple[Resource, VersionDocument]:
    """$LATEST as it stands. Raises ResourceNotFoundException, PreconditionFailedException."""
    if named.qualifier:
        raise errors.invalid_parameter("This operation is permitted on Lambda functions of $LATEST only.")
    found = await room.store.resource(FUNCTION_VERSION, named.owner, f"{named.name}:{LATEST}")
    if found is None:
        raise errors.function_not_found(named.arn)
    document = read(VersionDocument, found)
    if revision and revision != document.revision:
        raise errors.precondition_failed()
    return found, document


async def _edit(
    room: Room,
    named: FunctionName,
    revision: str | None,
    change: Change,
    staged: packages.Staged | None = None,
    publish: publishing.Publish | None = None,
) -> tuple[str, VersionDocument]:
    """Change $LATEST, and publish it if that was asked for. What else changes it meanwhile is not lost: the change is
    made anew then. Returns the version that is to be shown."""
    while True:
        found, old = await _latest(room, named, revision)
        new = msgspec.structs.replace(
            await change(old), build=new_uuid(), revision=new_uuid(), modified_ms=room.clock.now_ms()
        )

        async def write(
            tx: Transaction, found: Resource = found, old: VersionDocument = old, new: VersionDocument = new
        ) -> tuple[str, VersionDocument] | None:
            current = await tx.get(FUNCTION_VERSION, found.owner, found.name)
            if current is None or (current.version, current.generation) != (found.version, found.generation):
                return None
            await publishing.exchange(room, tx, named.owner, old, new, staged)
            await tx.replace(changed(current, new))
            return (LATEST, new) if publish is None else await publishing.publish(room, tx, named, publish)

        written = await room.store.transaction(write)
        if written is not None:
            return written


OPERATIONS: dict[str, Operation] = {
    "UpdateFunctionCode": checked("UpdateFunctionCode", update_function_code),
    "UpdateFunctionConfiguration": update_function_configuration,
}
ACTIONS: dict[str, Action] = {
    "UpdateFunctionCode": arns.of("UpdateFunctionCode", "write", resource=arns.function, hidden=("ZipFile",)),
    "UpdateFunctionConfiguration": arns.of(
        "UpdateFunctionConfiguration",
        "write",
        resource=arns.function,
        context=arns.configured,
        also=arns.passed_role,
        hidden=("Environment",),
    ),
}
