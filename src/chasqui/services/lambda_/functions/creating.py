"""CreateFunction."""

from __future__ import annotations

from typing import Final

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.ids import new_uuid
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import LATEST
from chasqui.services.lambda_.functions import (
    arns,
    configuring,
    layer_uses,
    packages,
    publishing,
    rendering,
    tagging,
    usage,
)
from chasqui.services.lambda_.functions.documents import FunctionDocument, VersionDocument, new_function, new_version
from chasqui.services.lambda_.functions.inputs import check
from chasqui.services.lambda_.functions.names import FunctionName, read_new_name
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import CreateFunctionRequest, FunctionCode, FunctionConfiguration
from chasqui.store.port import Transaction, VersionConflict

_SOURCES: Final = ("ZipFile", "S3Bucket", "ImageUri")


async def create_function(room: Room, call: Call, request: CreateFunctionRequest) -> FunctionConfiguration:
    configuring.check_runtime(request.Runtime)
    check("CreateFunction", request)
    named = read_new_name(call, request.FunctionName)
    configuring.refuse_unsupported(request)
    configuring.check_limits(request)
    tags = tagging.read_tags(request.Tags or {})
    code = request.Code or FunctionCode()
    package_type = request.PackageType or "Zip"
    _check_code(room, request, code, package_type)
    await configuring.check_role(room, request.Role or "")
    now_ms = room.clock.now_ms()
    empty = VersionDocument(
        build=new_uuid(),
        revision=new_uuid(),
        modified_ms=now_ms,
        role=request.Role or "",
        package_type=package_type,
        architecture=(request.Architectures or ["x86_64"])[0],
        image=code.ImageUri or "",
    )
    document = await configuring.configured(room, call, named, request, empty)
    staged = None
    if package_type == "Zip":
        staged = await packages.stage(room, call, source_of(code))
        document = msgspec.structs.replace(document, code=staged.package, unzipped=staged.unzipped)
    writing = _write(room, named, FunctionDocument(now_ms, tags), document, staged, request)
    version, document = await packages.held(room, staged, writing)
    shown = await rendering.configuration(room, call, named.owner, named.name, version, document)
    # A function that was made only now has had no update.
    shown.LastUpdateStatus = None
    return shown


async def _write(
    room: Room,
    named: FunctionName,
    function: FunctionDocument,
    document: VersionDocument,
    staged: packages.Staged | None,
    request: CreateFunctionRequest,
) -> tuple[str, VersionDocument]:
    """Store it. Raises ResourceConflictException when there is one of this name."""
    layer_uses.check_size(room, document)

    async def write(tx: Transaction) -> tuple[str, VersionDocument]:
        await tx.create(new_function(named.owner, named.name, function))
        await tx.create(new_version(named.owner, named.name, LATEST, document))
        await publishing.exchange(room, tx, named.owner, None, document, staged)
        await usage.add(tx, named.owner, functions=1)
        if not request.Publish:
            return LATEST, document
        return await publishing.publish(room, tx, named, publishing.Publish())

    try:
        return await room.store.transaction(write)
    except VersionConflict:
        raise errors.conflict(f"Function already exist: {named.name}") from None


def source_of(code: FunctionCode) -> packages.Source:
    """Where a request has its zip."""
    return packages.Source(code.ZipFile, code.S3Bucket or "", code.S3Key or "", code.S3ObjectVersion)


def refuse_storage(code: object) -> None:
    """Raises InvalidParameterValueException for ways of keeping code that there are not here."""
    if getattr(code, "SourceKMSKeyArn", None):
        raise errors.not_implemented("SourceKMSKeyArn")
    if getattr(code, "S3ObjectStorageMode", None) not in (None, "COPY"):
        raise errors.not_implemented("S3ObjectStorageMode other than COPY")


def _check_code(room: Room, request: CreateFunctionRequest, code: FunctionCode, package_type: str) -> None:
    """Whether code, runtime and handler are what the kind of package asks for. Raises
    InvalidParameterValueException."""
    refuse_storage(code)
    given = [member for member in _SOURCES if getattr(code, member) is not None]
    if len(given) > 1:
        raise errors.invalid_parameter(
            f"Please do not provide other FunctionCode parameters when providing a {given[0]}."
        )
    if package_type == "Image":
        if given != ["ImageUri"]:
            raise errors.invalid_parameter("Please provide ImageUri when creating a function with packageType Image.")
        if request.Runtime or request.Handler or request.Layers:
            raise errors.invalid_parameter(
                "Please don't provide Handler or Runtime or Layer when the intent is to create a function with"
                " packageType Image."
            )
        configuring.check_runs(room, "image")
        return
    if given == ["ImageUri"]:
        raise errors.invalid_parameter("Please don't provide ImageUri when creating a function with packageType Zip.")
    if request.ImageConfig is not None:
        raise errors.invalid_parameter("ImageConfig is not supported for functions with packageType Zip.")
    if not request.Runtime or not request.Handler:
        raise errors.invalid_parameter(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    configuring.check_runs(room, request.Runtime)


OPERATIONS: dict[str, Operation] = {"CreateFunction": create_function}
ACTIONS: dict[str, Action] = {
    "CreateFunction": arns.of(
        "CreateFunction",
        "write",
        resource=arns.function,
        context=arns.created,
        also=arns.creating,
        hidden=("Code", "Environment"),
    ),
}
