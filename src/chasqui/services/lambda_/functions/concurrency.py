"""Reserved concurrency of functions, and what an account has: PutFunctionConcurrency and its relatives,
GetAccountSettings.

Source: API reference; developer guide, "Configuring reserved concurrency"; errors as AWS words them.
"""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.call import Call, owner_of
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import PROVISIONED
from chasqui.services.lambda_.functions import arns, finding, usage
from chasqui.services.lambda_.functions.documents import ProvisionedDocument, changed, read
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.names import FunctionName, read_name
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    AccountLimit,
    AccountUsage,
    Concurrency,
    DeleteFunctionConcurrencyRequest,
    GetAccountSettingsRequest,
    GetAccountSettingsResponse,
    GetFunctionConcurrencyRequest,
    GetFunctionConcurrencyResponse,
    PutFunctionConcurrencyRequest,
)
from chasqui.store.port import Transaction


def _whole(call: Call, name: str | None) -> FunctionName:
    """A function as a whole. Raises InvalidParameterValueException."""
    named = read_name(call, name)
    if named.qualifier:
        raise errors.invalid_parameter(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation."
            " Please specify either a function name or an unqualified function ARN."
        )
    return named


async def put_function_concurrency(room: Room, call: Call, request: PutFunctionConcurrencyRequest) -> Concurrency:
    named, reserved = _whole(call, request.FunctionName), request.ReservedConcurrentExecutions or 0

    async def write(tx: Transaction) -> None:
        provisioned = await provisioned_of(tx, named)
        if provisioned > reserved:
            raise errors.invalid_parameter(
                f" ReservedConcurrentExecutions  {reserved} should not be lower than function's total provisioned"
                f" concurrency [{provisioned}]."
            )
        await _reserve(room, tx, named, reserved)

    await room.store.transaction(write)
    return Concurrency(ReservedConcurrentExecutions=reserved)


async def provisioned_of(tx: Transaction, named: FunctionName, but: str = "") -> int:
    """The provisioned concurrency of a function's qualifiers but one."""
    found = await tx.list(PROVISIONED, named.owner, prefix=f"{named.name}:")
    return sum(read(ProvisionedDocument, each).requested for each in found if each.name != f"{named.name}:{but}")


async def _reserve(room: Room, tx: Transaction, named: FunctionName, reserved: int | None) -> None:
    """Reserve so much for a function, None: nothing. Raises InvalidParameterValueException where too little is left for
    the others."""
    found, function = await finding.function_in(tx, named)
    more = (reserved or 0) - (function.reserved or 0)
    taken = (await usage.reserve(tx, named.owner, more)).reserved if more else 0
    limits = room.limits
    if more > 0 and limits.concurrency - taken < limits.unreserved_min:
        raise errors.invalid_parameter(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution"
            f" below its minimum value of [{limits.unreserved_min}]."
        )
    function.reserved = reserved
    await tx.replace(changed(found, function))


async def get_function_concurrency(
    room: Room, call: Call, request: GetFunctionConcurrencyRequest
) -> GetFunctionConcurrencyResponse:
    function = await finding.function(room, _whole(call, request.FunctionName))
    return GetFunctionConcurrencyResponse(ReservedConcurrentExecutions=function.reserved)


async def delete_function_concurrency(room: Room, call: Call, request: DeleteFunctionConcurrencyRequest) -> None:
    named = _whole(call, request.FunctionName)
    await room.store.transaction(lambda tx: _reserve(room, tx, named, None))


async def get_account_settings(
    room: Room, call: Call, _request: GetAccountSettingsRequest
) -> GetAccountSettingsResponse:
    used, limits = await usage.usage_of(room.store, owner_of(call)), room.limits
    return GetAccountSettingsResponse(
        AccountLimit=AccountLimit(
            TotalCodeSize=limits.code_bytes_max,
            CodeSizeUnzipped=limits.unzipped_bytes_max,
            CodeSizeZipped=limits.zip_bytes_max,
            ConcurrentExecutions=limits.concurrency,
            UnreservedConcurrentExecutions=limits.concurrency - used.reserved,
        ),
        AccountUsage=AccountUsage(TotalCodeSize=used.code_bytes, FunctionCount=used.functions),
    )


OPERATIONS: dict[str, Operation] = {
    "DeleteFunctionConcurrency": checked("DeleteFunctionConcurrency", delete_function_concurrency),
    "GetAccountSettings": get_account_settings,
    "GetFunctionConcurrency": checked("GetFunctionConcurrency", get_function_concurrency),
    "PutFunctionConcurrency": checked("PutFunctionConcurrency", put_function_concurrency),
}
ACTIONS: dict[str, Action] = {
    "DeleteFunctionConcurrency": arns.of("DeleteFunctionConcurrency", "write", resource=arns.function),
    "GetAccountSettings": arns.of("GetAccountSettings", "read"),
    "GetFunctionConcurrency": arns.of("GetFunctionConcurrency", "read", resource=arns.function),
    "PutFunctionConcurrency": arns.of("PutFunctionConcurrency", "write", resource=arns.function),
}
