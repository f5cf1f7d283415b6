"""AddPermission, RemovePermission, GetPolicy: resource policies of functions, of their versions and of their aliases.

A permission of a function lets in who names it without a qualifier; versions and aliases have permissions of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chasqui.base.actions import Action, Values
from chasqui.base.call import Call
from chasqui.base.ids import new_uuid
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import ALIAS, LATEST
from chasqui.services.lambda_.functions import arns, finding, statements
from chasqui.services.lambda_.functions.documents import (
    AliasDocument,
    FunctionDocument,
    PolicyDocument,
    VersionDocument,
    changed,
    read,
)
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.names import FunctionName, read_name
from chasqui.services.lambda_.functions.statements import Statement
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    AddPermissionRequest,
    AddPermissionResponse,
    GetPolicyRequest,
    GetPolicyResponse,
    RemovePermissionRequest,
)
from chasqui.store.port import Resource, Transaction


async def add_permission(room: Room, call: Call, request: AddPermissionRequest) -> AddPermissionResponse:
    named = read_name(call, request.FunctionName, request.Qualifier)
    if named.qualifier == LATEST:
        raise errors.invalid_parameter("We currently do not support adding policies for $LATEST.")
    statement = statements.function_statement(request, named.qualified)

    async def write(tx: Transaction) -> None:
        found, function = await finding.function_in(tx, named)
        holder = await finding.require_qualifier(tx, named)
        if request.RevisionId and request.RevisionId != finding.revision_of(holder):
            raise errors.precondition_failed()
        before = function.policies.get(named.qualifier)
        after = statements.with_statement(before.statements if before is not None else [], statement)
        await _keep(tx, named, found, function, holder, after)

    await room.store.transaction(write)
    return AddPermissionResponse(Statement=statements.text_of(statement))


async def remove_permission(room: Room, call: Call, request: RemovePermissionRequest) -> None:
    named = _policy_name(call, request.FunctionName, request.Qualifier)

    async def write(tx: Transaction) -> None:
        found, function = await finding.function_in(tx, named)
        holder = await finding.require_qualifier(tx, named)
        before = function.policies.get(named.qualifier)
        if before is None:
            raise errors.not_found("No policy is associated with the given resource.")
        after = statements.without_statement(before.statements, request.StatementId or "")
        if request.RevisionId and request.RevisionId != finding.revision_of(holder):
            raise errors.precondition_failed()
        await _keep(tx, named, found, function, holder, after)

    await room.store.transaction(write)


def _policy_name(call: Call, name: str | None, qualifier: str | None) -> FunctionName:
    """$LATEST has the function's own policy."""
    named = read_name(call, name, qualifier)
    return msgspec.structs.replace(named, qualifier="") if named.qualifier == LATEST else named


async def _keep(
    tx: Transaction,
    named: FunctionName,
    found: Resource,
    function: FunctionDocument,
    holder: Resource,
    after: list[Statement],
) -> None:
    """Write the policy; who has it gets another revision."""
    if after:
        function.policies[named.qualifier] = PolicyDocument(after, new_uuid())
    else:
        function.policies.pop(named.qualifier, None)
    await tx.replace(changed(found, function))
    document: AliasDocument | VersionDocument
    document = read(AliasDocument, holder) if holder.type == ALIAS else read(VersionDocument, holder)
    document.revision = new_uuid()
    await tx.replace(changed(holder, document))


async def get_policy(room: Room, call: Call, request: GetPolicyRequest) -> GetPolicyResponse:
    named = _policy_name(call, request.FunctionName, request.Qualifier)

    async def look(tx: Transaction) -> tuple[FunctionDocument, Resource]:
        _, function = await finding.function_in(tx, named)
        return function, await finding.require_qualifier(tx, named)

    function, holder = await room.store.transaction(look)
    policy = function.policies.get(named.qualifier)
    if policy is None:
        raise errors.resource_not_found()
    return GetPolicyResponse(Policy=statements.policy_text(policy.statements), RevisionId=finding.revision_of(holder))


def _granted(_call: Call, request: AddPermissionRequest) -> Mapping[str, Values]:
    """The condition keys of AddPermission."""
    given = {"lambda:Principal": request.Principal, "lambda:FunctionUrlAuthType": request.FunctionUrlAuthType}
    return {name: value for name, value in given.items() if value}


OPERATIONS: dict[str, Operation] = {
    "AddPermission": checked("AddPermission", add_permission),
    "GetPolicy": checked("GetPolicy", get_policy),
    "RemovePermission": checked("RemovePermission", remove_permission),
}
ACTIONS: dict[str, Action] = {
    "AddPermission": arns.of("AddPermission", "permissions", resource=arns.function, context=_granted),
    "GetPolicy": arns.of("GetPolicy", "read", resource=arns.function),
    "RemovePermission": arns.of("RemovePermission", "permissions", resource=arns.function),
}
