"""CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases.

Source: API reference, CreateAlias; developer guide, "Implement Lambda canary deployments using a weighted alias"
(weights); errors as AWS words them.
"""

from __future__ import annotations

from typing import Final

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.ids import new_uuid
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import ALIAS, FUNCTION_VERSION, LATEST
from chasqui.services.lambda_.functions import arns, finding, qualified
from chasqui.services.lambda_.functions.documents import AliasDocument, changed, new_alias, read
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.listing import page_of
from chasqui.services.lambda_.functions.names import FunctionName, function_arn, unqualified
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    AliasConfiguration,
    AliasRoutingConfiguration,
    CreateAliasRequest,
    DeleteAliasRequest,
    GetAliasRequest,
    ListAliasesRequest,
    ListAliasesResponse,
    UpdateAliasRequest,
)
from chasqui.store.port import Transaction

_PAGE: Final = 500


def _shown(named: FunctionName, name: str, alias: AliasDocument) -> AliasConfiguration:
    return AliasConfiguration(
        AliasArn=function_arn(named.owner, named.name, name),
        Name=name,
        FunctionVersion=alias.version,
        Description=alias.description,
        RoutingConfig=AliasRoutingConfiguration(AdditionalVersionWeights=alias.weights) if alias.weights else None,
        RevisionId=alias.revision,
    )


async def create_alias(room: Room, call: Call, request: CreateAliasRequest) -> AliasConfiguration:
    named, name = unqualified(call, request.FunctionName), request.Name or ""
    alias = AliasDocument(request.FunctionVersion or "", new_uuid(), request.Description or "")
    alias.weights = _weights(request.RoutingConfig)

    async def write(tx: Transaction) -> None:
        await finding.function_in(tx, named)
        await _check_versions(tx, named, alias)
        if await tx.get(ALIAS, named.owner, f"{named.name}:{name}") is not None:
            raise errors.conflict(f"Alias already exists: {function_arn(named.owner, named.name, name)}")
        await tx.create(new_alias(named.owner, named.name, name, alias))

    await room.store.transaction(write)
    return _shown(named, name, alias)


def _weights(routing: AliasRoutingConfiguration | None) -> dict[str, float]:
    """The weights of a request. Raises InvalidParameterValueException."""
    weights = dict((routing.AdditionalVersionWeights if routing is not None else None) or {})
    if len(weights) > 1:
        raise errors.invalid_parameter("Number of items in AdditionalVersionWeights cannot be greater than 1")
    return weights


async def _check_versions(tx: Transaction, named: FunctionName, alias: AliasDocument) -> None:
    """Whether an alias may lead where it does. Raises ResourceNotFoundException, InvalidParameterValueException."""
    if alias.version in alias.weights:
        raise errors.invalid_parameter(
            f"Invalid function version {alias.version}. Function version {alias.version} is already included in routing"
            " configuration."
        )
    if alias.weights and alias.version == LATEST:
        raise errors.invalid_parameter("$LATEST is not supported for an alias pointing to more than 1 version")
    for version in (alias.version, *alias.weights):
        if await tx.get(FUNCTION_VERSION, named.owner, f"{named.name}:{version}") is None:
            raise errors.function_not_found(function_arn(named.owner, named.name, version))


async def get_alias(room: Room, call: Call, request: GetAliasRequest) -> AliasConfiguration:
    named, name = unqualified(call, request.FunctionName), request.Name or ""
    alias = await room.functions.alias(named.owner, named.name, name)
    if alias is None:
        raise errors.not_found(f"Cannot find alias arn: {function_arn(named.owner, named.name, name)}")
    return _shown(named, name, alias)


async def update_alias(room: Room, call: Call, request: UpdateAliasRequest) -> AliasConfiguration:
    named, name = unqualified(call, request.FunctionName), request.Name or ""

    async def write(tx: Transaction) -> AliasDocument:
        found = await tx.get(ALIAS, named.owner, f"{named.name}:{name}")
        if found is None:
            raise errors.not_found(f"Alias not found: {function_arn(named.owner, named.name, name)}")
        alias = read(AliasDocument, found)
        if request.RevisionId and request.RevisionId != alias.revision:
            raise errors.precondition_failed()
        alias.version = request.FunctionVersion or alias.version
        alias.description = alias.description if request.Description is None else request.Description
        if request.RoutingConfig is not None:
            alias.weights = _weights(request.RoutingConfig)
        await _check_versions(tx, named, alias)
        alias.revision = new_uuid()
        await tx.replace(changed(found, alias))
        return alias

    return _shown(named, name, await room.store.transaction(write))


async def delete_alias(room: Room, call: Call, request: DeleteAliasRequest) -> None:
    """Deleting what is not there is no error, as on AWS."""
    named, name = unqualified(call, request.FunctionName), request.Name or ""

    async def write(tx: Transaction) -> None:
        found = await tx.get(ALIAS, named.owner, f"{named.name}:{name}")
        if found is not None:
            await tx.delete(found)
            await qualified.forget(tx, named, name)

    await room.store.transaction(write)


async def list_aliases(room: Room, call: Call, request: ListAliasesRequest) -> ListAliasesResponse:
    named = unqualified(call, request.FunctionName)
    await finding.function(room, named)
    prefix = f"{named.name}:"
    found: list[tuple[str, AliasDocument]] = []
    after = ("", "")
    while batch := await room.store.resources(ALIAS, named.owner, prefix=prefix, after=after, limit=_PAGE):
        for each in batch:
            alias = read(AliasDocument, each)
            if request.FunctionVersion in (None, alias.version, *alias.weights):
                found.append((each.name[len(prefix) :], alias))
        after = (batch[-1].owner, batch[-1].name)
    page, marker = page_of(found, request.Marker, request.MaxItems, lambda each: each[0])
    return ListAliasesResponse(NextMarker=marker, Aliases=[_shown(named, name, alias) for name, alias in page])


OPERATIONS: dict[str, Operation] = {
    "CreateAlias": checked("CreateAlias", create_alias),
    "DeleteAlias": checked("DeleteAlias", delete_alias),
    "GetAlias": checked("GetAlias", get_alias),
    "ListAliases": checked("ListAliases", list_aliases),
    "UpdateAlias": checked("UpdateAlias", update_alias),
}
ACTIONS: dict[str, Action] = {
    "CreateAlias": arns.of("CreateAlias", "write", resource=arns.alias),
    "DeleteAlias": arns.of("DeleteAlias", "write", resource=arns.alias),
    "GetAlias": arns.of("GetAlias", "read", resource=arns.alias),
    "ListAliases": arns.of("ListAliases", "list", resource=arns.alias),
    "UpdateAlias": arns.of("UpdateAlias", "write", resource=arns.alias),
}
