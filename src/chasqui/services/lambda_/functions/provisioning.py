"""PutProvisionedConcurrencyConfig and its relatives: what is asked for. `provisioner.py` sees that it is there.

Source: API reference; developer guide, "Configuring provisioned concurrency"; errors as AWS words them.
"""

from __future__ import annotations

from typing import Any

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import ALIAS, LATEST, PROVISIONED
from chasqui.services.lambda_.functions import arns, finding, usage
from chasqui.services.lambda_.functions.concurrency import provisioned_of
from chasqui.services.lambda_.functions.documents import (
    AliasDocument,
    ProvisionedDocument,
    UsageDocument,
    changed,
    new_provisioned,
    read,
)
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.listing import owned_page
from chasqui.services.lambda_.functions.names import FunctionName, function_arn, is_version, read_name
from chasqui.services.lambda_.functions.rendering import lambda_time
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    DeleteProvisionedConcurrencyConfigRequest,
    GetProvisionedConcurrencyConfigRequest,
    GetProvisionedConcurrencyConfigResponse,
    ListProvisionedConcurrencyConfigsRequest,
    ListProvisionedConcurrencyConfigsResponse,
    ProvisionedConcurrencyConfigListItem,
    PutProvisionedConcurrencyConfigRequest,
    PutProvisionedConcurrencyConfigResponse,
)
from chasqui.store.port import Transaction

_NEEDS_VERSION = "The function resource provided must be an alias or a published version."


async def put_provisioned_concurrency_config(
    room: Room, call: Call, request: PutProvisionedConcurrencyConfigRequest
) -> PutProvisionedConcurrencyConfigResponse:
    if request.Qualifier == LATEST:
        raise errors.invalid_parameter(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        )
    named = read_name(call, request.FunctionName, request.Qualifier)
    wanted, now_ms = request.ProvisionedConcurrentExecutions or 0, room.clock.now_ms()
    document = ProvisionedDocument(wanted, now_ms)
    used = await usage.usage_of(room.store, named.owner)

    async def write(tx: Transaction) -> None:
        await _check(room, tx, named, wanted, used)
        name = f"{named.name}:{named.qualifier}"
        found = await tx.get(PROVISIONED, named.owner, name)
        if found is None:
            await tx.create(new_provisioned(named.owner, named.name, named.qualifier, document))
        else:
            await tx.replace(changed(found, document))

    await room.store.transaction(write)
    return PutProvisionedConcurrencyConfigResponse(
        RequestedProvisionedConcurrentExecutions=wanted,
        AllocatedProvisionedConcurrentExecutions=0,
        AvailableProvisionedConcurrentExecutions=0,
        Status="IN_PROGRESS",
        LastModified=lambda_time(now_ms),
    )


async def _check(room: Room, tx: Transaction, named: FunctionName, wanted: int, used: UsageDocument) -> None:
    """Raises ResourceNotFoundException, ResourceConflictException, InvalidParameterValueException."""
    _, function = await finding.function_in(tx, named)
    await _require(tx, named)
    await _refuse_twice(tx, named)
    others = await provisioned_of(tx, named, but=named.qualifier)
    if function.reserved is not None and function.reserved < others + wanted:
        raise errors.invalid_parameter(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
        )
    limits = room.limits
    unreserved = limits.concurrency - used.reserved
    if function.reserved is None and wanted > unreserved:
        raise errors.invalid_parameter(
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency"
            f" [{unreserved}]."
        )
    if function.reserved is None and unreserved - others - wanted < limits.unreserved_min:
        raise errors.invalid_parameter(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its"
            f" minimum value of [{limits.unreserved_min}]."
        )


async def _require(tx: Transaction, named: FunctionName) -> None:
    """That the alias or the version is there. Raises ResourceNotFoundException."""
    try:
        await finding.require_qualifier(tx, named)
    except ServiceError:
        if is_version(named.qualifier):
            raise
        raise errors.not_found(f"Cannot find alias arn: {named.qualified}") from None


async def _refuse_twice(tx: Transaction, named: FunctionName) -> None:
    """A version is not provisioned for itself and for an alias at once. Raises ResourceConflictException."""
    prefix = f"{named.name}:"
    if not is_version(named.qualifier):
        alias = await tx.get(ALIAS, named.owner, prefix + named.qualifier)
        version = read(AliasDocument, alias).version if alias is not None else ""
        if await tx.get(PROVISIONED, named.owner, prefix + version) is not None:
            raise errors.conflict(
                "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
            )
        return
    for each in await tx.list(PROVISIONED, named.owner, prefix=prefix):
        alias = await tx.get(ALIAS, named.owner, each.name)
        if alias is not None and read(AliasDocument, alias).version == named.qualifier:
            raise errors.conflict("Version is pointed by a Provisioned Concurrency alias")


def _published(call: Call, name: str | None, qualifier: str | None) -> FunctionName:
    """A version or an alias. Raises InvalidParameterValueException."""
    if qualifier == LATEST:
        raise errors.invalid_parameter(_NEEDS_VERSION)
    return read_name(call, name, qualifier)


def _members(room: Room, owner: str, name: str, document: ProvisionedDocument) -> dict[str, Any]:
    """What is told of a configuration, and of how far this node has come with it."""
    kept = room.provisioner.kept((owner, name), document.requested)
    return {
        "RequestedProvisionedConcurrentExecutions": document.requested,
        "AvailableProvisionedConcurrentExecutions": kept.available,
        "AllocatedProvisionedConcurrentExecutions": kept.available,
        "Status": kept.status,
        "StatusReason": kept.reason or None,
        "LastModified": lambda_time(document.modified_ms),
    }


async def get_provisioned_concurrency_config(
    room: Room, call: Call, request: GetProvisionedConcurrencyConfigRequest
) -> GetProvisionedConcurrencyConfigResponse:
    named = _published(call, request.FunctionName, request.Qualifier)

    async def look(tx: Transaction) -> ProvisionedDocument:
        await finding.function_in(tx, named)
        await _require(tx, named)
        found = await tx.get(PROVISIONED, named.owner, f"{named.name}:{named.qualifier}")
        if found is None:
            raise errors.no_provisioned_concurrency()
        return read(ProvisionedDocument, found)

    document = await room.store.transaction(look)
    members = _members(room, named.owner, f"{named.name}:{named.qualifier}", document)
    return GetProvisionedConcurrencyConfigResponse(**members)


async def list_provisioned_concurrency_configs(
    room: Room, call: Call, request: ListProvisionedConcurrencyConfigsRequest
) -> ListProvisionedConcurrencyConfigsResponse:
    named = read_name(call, request.FunctionName)
    await finding.function(room, named)
    prefix = f"{named.name}:"
    found, marker = await owned_page(
        room.store, PROVISIONED, named.owner, request.Marker, request.MaxItems, prefix=prefix
    )
    shown = []
    for each in found:
        document = read(ProvisionedDocument, each)
        arn = function_arn(named.owner, named.name, each.name[len(prefix) :])
        members = _members(room, each.owner, each.name, document)
        shown.append(ProvisionedConcurrencyConfigListItem(FunctionArn=arn, **members))
    return ListProvisionedConcurrencyConfigsResponse(ProvisionedConcurrencyConfigs=shown, NextMarker=marker)


async def delete_provisioned_concurrency_config(
    room: Room, call: Call, request: DeleteProvisionedConcurrencyConfigRequest
) -> None:
    """Deleting what is not configured is no error, as on AWS."""
    named = _published(call, request.FunctionName, request.Qualifier)

    async def write(tx: Transaction) -> None:
        await finding.function_in(tx, named)
        await _require(tx, named)
        found = await tx.get(PROVISIONED, named.owner, f"{named.name}:{named.qualifier}")
        if found is not None:
            await tx.delete(found)

    await room.store.transaction(write)


OPERATIONS: dict[str, Operation] = {
    "DeleteProvisionedConcurrencyConfig": checked(
        "DeleteProvisionedConcurrencyConfig", delete_provisioned_concurrency_config
    ),
    "GetProvisionedConcurrencyConfig": checked("GetProvisionedConcurrencyConfig", get_provisioned_concurrency_config),
    "ListProvisionedConcurrencyConfigs": checked(
        "ListProvisionedConcurrencyConfigs", list_provisioned_concurrency_configs
    ),
    "PutProvisionedConcurrencyConfig": checked("PutProvisionedConcurrencyConfig", put_provisioned_concurrency_config),
}
ACTIONS: dict[str, Action] = {
    "DeleteProvisionedConcurrencyConfig": arns.of(
        "DeleteProvisionedConcurrencyConfig", "write", resource=arns.function
    ),
    "GetProvisionedConcurrencyConfig": arns.of("GetProvisionedConcurrencyConfig", "read", resource=arns.function),
    "ListProvisionedConcurrencyConfigs": arns.of("ListProvisionedConcurrencyConfigs", "list", resource=arns.function),
    "PutProvisionedConcurrencyConfig": arns.of("PutProvisionedConcurrencyConfig", "write", resource=arns.function),
}
