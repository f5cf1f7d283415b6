"""AddLayerVersionPermission, RemoveLayerVersionPermission, GetLayerVersionPolicy: who else may use a layer's version.

Source: API reference; developer guide, "Granting layer access to other accounts"; errors as AWS words them.
"""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.ids import new_uuid
from chasqui.base.service import Operation
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.documents import LAYER_VERSION
from chasqui.services.lambda_.functions import arns, statements
from chasqui.services.lambda_.functions.documents import LayerVersionDocument, PolicyDocument, changed, read
from chasqui.services.lambda_.functions.inputs import checked
from chasqui.services.lambda_.functions.layers import numbered
from chasqui.services.lambda_.functions.names import LayerName
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import (
    AddLayerVersionPermissionRequest,
    AddLayerVersionPermissionResponse,
    GetLayerVersionPolicyRequest,
    GetLayerVersionPolicyResponse,
    RemoveLayerVersionPermissionRequest,
)
from chasqui.store.port import Resource, Transaction

_NO_POLICY = "No policy is associated with the given resource."


async def _version(tx: Transaction, named: LayerName) -> tuple[Resource, LayerVersionDocument]:
    """Raises ResourceNotFoundException."""
    found = await tx.get(LAYER_VERSION, named.owner, f"{named.name}:{named.version}")
    if found is None:
        raise errors.not_found(f"Layer version {named.version_arn} does not exist.")
    return found, read(LayerVersionDocument, found)


def _check_revision(policy: PolicyDocument | None, asked: str | None) -> None:
    if asked and (policy is None or policy.revision != asked):
        raise errors.precondition_failed(
            "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve"
            " the latest Revision Id"
        )


async def add_layer_version_permission(
    room: Room, call: Call, request: AddLayerVersionPermissionRequest
) -> AddLayerVersionPermissionResponse:
    named = numbered(call, request.LayerName, request.VersionNumber)
    statement = statements.layer_statement(request, named.version_arn)
    revision = new_uuid()

    async def write(tx: Transaction) -> None:
        found, version = await _version(tx, named)
        before = version.policy.statements if version.policy is not None else []
        after = statements.with_statement(before, statement)
        _check_revision(version.policy, request.RevisionId)
        version.policy = PolicyDocument(after, revision)
        await tx.replace(changed(found, version))

    await room.store.transaction(write)
    return AddLayerVersionPermissionResponse(Statement=statements.text_of(statement), RevisionId=revision)


async def remove_layer_version_permission(room: Room, call: Call, request: RemoveLayerVersionPermissionRequest) -> None:
    named = numbered(call, request.LayerName, request.VersionNumber)

    async def write(tx: Transaction) -> None:
        found, version = await _version(tx, named)
        if version.policy is None:
            raise errors.not_found(_NO_POLICY)
        _check_revision(version.policy, request.RevisionId)
        after = statements.without_statement(version.policy.statements, request.StatementId or "")
        version.policy = PolicyDocument(after, new_uuid()) if after else None
        await tx.replace(changed(found, version))

    await room.store.transaction(write)


async def get_layer_version_policy(
    room: Room, call: Call, request: GetLayerVersionPolicyRequest
) -> GetLayerVersionPolicyResponse:
    named = numbered(call, request.LayerName, request.VersionNumber)
    _, version = await room.store.transaction(lambda tx: _version(tx, named))
    if version.policy is None:
        raise errors.not_found(_NO_POLICY)
    return GetLayerVersionPolicyResponse(
        Policy=statements.policy_text(version.policy.statements), RevisionId=version.policy.revision
    )


OPERATIONS: dict[str, Operation] = {
    "AddLayerVersionPermission": checked("AddLayerVersionPermission", add_layer_version_permission),
    "GetLayerVersionPolicy": checked("GetLayerVersionPolicy", get_layer_version_policy),
    "RemoveLayerVersionPermission": checked("RemoveLayerVersionPermission", remove_layer_version_permission),
}
ACTIONS: dict[str, Action] = {
    "AddLayerVersionPermission": arns.of("AddLayerVersionPermission", "permissions", resource=arns.layer_version),
    "GetLayerVersionPolicy": arns.of("GetLayerVersionPolicy", "read", resource=arns.layer_version),
    "RemoveLayerVersionPermission": arns.of("RemoveLayerVersionPermission", "permissions", resource=arns.layer_version),
}
