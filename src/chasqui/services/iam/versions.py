"""A managed policy's versions: up to five, one of which is the default, the one that counts."""

from __future__ import annotations

from chasqui.access.identity.documents import PolicyDocument, PolicyVersion
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, managed, quotas, types
from chasqui.services.iam.entities import write
from chasqui.services.iam.managed import of_request
from chasqui.services.iam.paging import page
from chasqui.services.iam.policies import check_document
from chasqui.services.iam.service import Room
from chasqui.services.iam.shapes import policy_text
from chasqui.store.port import Transaction


def _no_such_version(arn: str, version: str) -> ServiceError:
    return errors.no_such_entity(f"Policy {arn} version {version} does not exist or is not attachable.")


def _shape(document: PolicyDocument, version: PolicyVersion) -> types.PolicyVersion:
    """A version in a list: without its text."""
    return types.PolicyVersion(
        VersionId=version.id, IsDefaultVersion=version.id == document.default, CreateDate=version.created_s
    )


async def _find(room: Room, account: str, arn: str) -> PolicyDocument:
    document = await room.store.transaction(lambda tx: managed.find(tx, account, arn))
    if document is None:
        raise managed.not_found(arn)
    return document


async def create_policy_version(
    room: Room, call: Call, request: types.CreatePolicyVersionRequest
) -> types.CreatePolicyVersionResponse:
    text = request.PolicyDocument or ""
    check_document(text)
    now_s = room.clock.now_ms() // 1000

    async def change(tx: Transaction) -> types.PolicyVersion:
        resource, document = await managed.read(tx, call.account, request.PolicyArn or "")
        if len(document.versions) >= quotas.POLICY_VERSIONS:
            raise ServiceError(
                "LimitExceeded",
                f"A managed policy can have up to {quotas.POLICY_VERSIONS} versions. Before you create a new version,"
                " you must delete an existing version.",
            )
        version = PolicyVersion(id=f"v{document.next_version}", text=text, created_s=now_s)
        document.versions.append(version)
        document.next_version += 1
        document.updated_s = now_s
        if request.SetAsDefault:
            document.default = version.id
        await write(tx, resource, document)
        return _shape(document, version)

    return types.CreatePolicyVersionResponse(PolicyVersion=await room.store.transaction(change))


async def get_policy_version(
    room: Room, call: Call, request: types.GetPolicyVersionRequest
) -> types.GetPolicyVersionResponse:
    arn, wanted = request.PolicyArn or "", request.VersionId or ""
    document = await _find(room, call.account, arn)
    version = next((each for each in document.versions if each.id == wanted), None)
    if version is None:
        raise _no_such_version(arn, wanted)
    shape = _shape(document, version)
    shape.Document = policy_text(version.text)
    return types.GetPolicyVersionResponse(PolicyVersion=shape)


async def list_policy_versions(
    room: Room, call: Call, request: types.ListPolicyVersionsRequest
) -> types.ListPolicyVersionsResponse:
    document = await _find(room, call.account, request.PolicyArn or "")
    # The newest comes first; a page's place is counted from the end of version numbers.
    items, marker = page(document.versions, request, lambda each: f"{10**9 - int(each.id[1:]):010}")
    return types.ListPolicyVersionsResponse(
        Versions=[_shape(document, each) for each in items], IsTruncated=marker is not None, Marker=marker
    )


async def set_default_policy_version(room: Room, call: Call, request: types.SetDefaultPolicyVersionRequest) -> None:
    arn, wanted = request.PolicyArn or "", request.VersionId or ""

    async def change(tx: Transaction) -> None:
        resource, document = await managed.read(tx, call.account, arn)
        if all(each.id != wanted for each in document.versions):
            raise _no_such_version(arn, wanted)
        document.default = wanted
        document.updated_s = room.clock.now_ms() // 1000
        await write(tx, resource, document)

    await room.store.transaction(change)


async def delete_policy_version(room: Room, call: Call, request: types.DeletePolicyVersionRequest) -> None:
    arn, gone = request.PolicyArn or "", request.VersionId or ""

    async def change(tx: Transaction) -> None:
        resource, document = await managed.read(tx, call.account, arn)
        if all(each.id != gone for each in document.versions):
            raise _no_such_version(arn, gone)
        if gone == document.default:
            raise ServiceError("DeleteConflict", "Cannot delete the default version of a policy.")
        document.versions = [each for each in document.versions if each.id != gone]
        await write(tx, resource, document)

    await room.store.transaction(change)


OPERATIONS: dict[str, Operation] = {
    "CreatePolicyVersion": create_policy_version,
    "GetPolicyVersion": get_policy_version,
    "ListPolicyVersions": list_policy_versions,
    "SetDefaultPolicyVersion": set_default_policy_version,
    "DeletePolicyVersion": delete_policy_version,
}

ACTIONS: dict[str, Action] = {
    "CreatePolicyVersion": actions.of("CreatePolicyVersion", "permissions", resource=of_request),
    "GetPolicyVersion": actions.of("GetPolicyVersion", "read", resource=of_request),
    "ListPolicyVersions": actions.of("ListPolicyVersions", "list", resource=of_request),
    "SetDefaultPolicyVersion": actions.of("SetDefaultPolicyVersion", "permissions", resource=of_request),
    "DeletePolicyVersion": actions.of("DeletePolicyVersion", "permissions", resource=of_request),
}
