"""Settings that only stand there: how a version's runtime is updated, what happens to a function that calls itself.

Source: API reference, PutRuntimeManagementConfig, PutFunctionRecursionConfig. This machine's interpreters are updated
by whoever runs it, so that a function cannot hold on to a runtime's version: `Manual` is refused. Invocations that go
round in circles are not found yet; the setting is kept for clients that set it.
"""

from __future__ import annotations

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import LATEST
from chasqui.services.lambda_.functions import arns, finding
from chasqui.services.lambda_.functions.documents import RuntimeManagement, changed
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.names import FunctionName, is_version, read_name
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    GetFunctionRecursionConfigRequest,
    GetFunctionRecursionConfigResponse,
    GetRuntimeManagementConfigRequest,
    GetRuntimeManagementConfigResponse,
    PutFunctionRecursionConfigRequest,
    PutFunctionRecursionConfigResponse,
    PutRuntimeManagementConfigRequest,
    PutRuntimeManagementConfigResponse,
)
from chasqui.store.port import Transaction


def _version(call: Call, name: str | None, qualifier: str | None) -> FunctionName:
    """A version: aliases have no runtime of their own. Raises InvalidParameterValueException."""
    named = read_name(call, name, qualifier)
    if named.qualifier and named.qualifier != LATEST and not is_version(named.qualifier):
        raise errors.broken(
            named.qualifier, "qualifier", r"Member must satisfy regular expression pattern: (\$LATEST|[0-9]+)"
        )
    return msgspec.structs.replace(named, qualifier=named.qualifier or LATEST)


async def put_runtime_management_config(
    room: Room, call: Call, request: PutRuntimeManagementConfigRequest
) -> PutRuntimeManagementConfigResponse:
    named = _version(call, request.FunctionName, request.Qualifier)
    if request.UpdateRuntimeOn == "Manual" or request.RuntimeVersionArn:
        raise errors.not_implemented("UpdateRuntimeOn Manual")
    setting = RuntimeManagement(request.UpdateRuntimeOn or "Auto")

    async def write(tx: Transaction) -> None:
        found, function = await finding.function_in(tx, named)
        await finding.require_qualifier(tx, named)
        function.runtime_management[named.qualifier] = setting
        await tx.replace(changed(found, function))

    await room.store.transaction(write)
    return PutRuntimeManagementConfigResponse(UpdateRuntimeOn=setting.update, FunctionArn=named.qualified)


async def get_runtime_management_config(
    room: Room, call: Call, request: GetRuntimeManagementConfigRequest
) -> GetRuntimeManagementConfigResponse:
    named = _version(call, request.FunctionName, request.Qualifier)
    await finding.version(room, named)
    setting = (await finding.function(room, named)).runtime_management.get(named.qualifier)
    return GetRuntimeManagementConfigResponse(
        UpdateRuntimeOn=setting.update if setting is not None else "Auto", FunctionArn=named.qualified
    )


async def put_function_recursion_config(
    room: Room, call: Call, request: PutFunctionRecursionConfigRequest
) -> PutFunctionRecursionConfigResponse:
    named = read_name(call, request.FunctionName)

    async def write(tx: Transaction) -> None:
        found, function = await finding.function_in(tx, named)
        function.recursive_loop = request.RecursiveLoop or "Terminate"
        await tx.replace(changed(found, function))

    await room.store.transaction(write)
    return PutFunctionRecursionConfigResponse(RecursiveLoop=request.RecursiveLoop)


async def get_function_recursion_config(
    room: Room, call: Call, request: GetFunctionRecursionConfigRequest
) -> GetFunctionRecursionConfigResponse:
    function = await finding.function(room, read_name(call, request.FunctionName))
    return GetFunctionRecursionConfigResponse(RecursiveLoop=function.recursive_loop)


OPERATIONS: dict[str, Operation] = {
    "GetFunctionRecursionConfig": checked("GetFunctionRecursionConfig", get_function_recursion_config),
    "GetRuntimeManagementConfig": checked("GetRuntimeManagementConfig", get_runtime_management_config),
    "PutFunctionRecursionConfig": checked("PutFunctionRecursionConfig", put_function_recursion_config),
    "PutRuntimeManagementConfig": checked("PutRuntimeManagementConfig", put_runtime_management_config),
}
ACTIONS: dict[str, Action] = {
    "GetFunctionRecursionConfig": arns.of("GetFunctionRecursionConfig", "read", resource=arns.function),
    "GetRuntimeManagementConfig": arns.of("GetRuntimeManagementConfig", "read", resource=arns.function),
    "PutFunctionRecursionConfig": arns.of("PutFunctionRecursionConfig", "write", resource=arns.function),
    "PutRuntimeManagementConfig": arns.of("PutRuntimeManagementConfig", "write", resource=arns.function),
}
