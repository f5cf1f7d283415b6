"""Roles: made, found, changed, tagged, deleted. Who may assume one is its trust policy's matter, which STS asks."""

from __future__ import annotations

from chasqui.access.identity.documents import INSTANCE_PROFILE, ROLE, RoleDocument, decode, unique_id
from chasqui.access.policy.document import MalformedPolicy, PolicyType, parse_policy
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, quotas, shapes, tags
from chasqui.services.iam.entities import ROLES, key_of, write
from chasqui.services.iam.links import BOUNDARY, check_boundary, holder_of, link, unlink
from chasqui.services.iam.paging import stored_page, under
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import (
    CreateRoleRequest,
    CreateRoleResponse,
    DeleteRoleRequest,
    GetRoleRequest,
    GetRoleResponse,
    ListRolesRequest,
    ListRolesResponse,
    ListRoleTagsRequest,
    ListRoleTagsResponse,
    TagRoleRequest,
    UntagRoleRequest,
    UpdateAssumeRolePolicyRequest,
    UpdateRoleDescriptionRequest,
    UpdateRoleDescriptionResponse,
    UpdateRoleRequest,
    UpdateRoleResponse,
)
from chasqui.store.port import Transaction

_SESSION_SECONDS_DEFAULT = 3600


def check_trust(text: str) -> str:
    """A trust policy's text. Raises `MalformedPolicyDocument` and `LimitExceeded`."""
    try:
        parse_policy(text, PolicyType.TRUST)
    except MalformedPolicy as error:
        raise errors.malformed_policy(str(error)) from error
    if quotas.policy_size(text) > quotas.TRUST_POLICY_SIZE:
        raise errors.limit_exceeded("ACLSizePerRole", quotas.TRUST_POLICY_SIZE)
    return text


async def create_role(room: Room, call: Call, request: CreateRoleRequest) -> CreateRoleResponse:
    name = request.RoleName or ""
    document = RoleDocument(
        name=name,
        id=unique_id("AROA"),
        path=request.Path or "/",
        created_s=room.clock.now_ms() // 1000,
        trust=check_trust(request.AssumeRolePolicyDocument or ""),
        description=request.Description,
        session_seconds_max=request.MaxSessionDuration or _SESSION_SECONDS_DEFAULT,
        tags=tags.given_tags(request.Tags),
        boundary=request.PermissionsBoundary,
    )

    async def create(tx: Transaction) -> None:
        if document.boundary:
            await check_boundary(tx, call.account, document.boundary)
        await ROLES.create(tx, call.account, name, document)
        if document.boundary:
            await link(tx, BOUNDARY, call.account, holder_of("role", name), document.boundary)

    await room.store.transaction(create)
    return CreateRoleResponse(Role=shapes.new_role(call.account, document))


async def get_role(room: Room, call: Call, request: GetRoleRequest) -> GetRoleResponse:
    document = await ROLES.find(room.store, call.account, request.RoleName or "")
    return GetRoleResponse(Role=shapes.full_role(call.account, document))


async def list_roles(room: Room, call: Call, request: ListRolesRequest) -> ListRolesResponse:
    found, marker = await stored_page(room.store, ROLE, call.account, request, under(request.PathPrefix))
    roles = [shapes.role(call.account, decode(RoleDocument, each)) for each in found]
    return ListRolesResponse(Roles=roles, IsTruncated=marker is not None, Marker=marker)


async def update_role(room: Room, call: Call, request: UpdateRoleRequest) -> UpdateRoleResponse:
    """What the request leaves out stays as it is."""

    async def change(tx: Transaction) -> None:
        resource, document = await ROLES.read(tx, call.account, request.RoleName or "")
        if request.Description is not None:
            document.description = request.Description or None
        document.session_seconds_max = request.MaxSessionDuration or document.session_seconds_max
        await write(tx, resource, document)

    await room.store.transaction(change)
    return UpdateRoleResponse()


async def update_role_description(
    room: Room, call: Call, request: UpdateRoleDescriptionRequest
) -> UpdateRoleDescriptionResponse:
    async def change(tx: Transaction) -> RoleDocument:
        resource, document = await ROLES.read(tx, call.account, request.RoleName or "")
        document.description = request.Description or None
        await write(tx, resource, document)
        return document

    document = await room.store.transaction(change)
    return UpdateRoleDescriptionResponse(Role=shapes.role(call.account, document))


async def update_assume_role_policy(room: Room, call: Call, request: UpdateAssumeRolePolicyRequest) -> None:
    async def change(tx: Transaction) -> None:
        resource, document = await ROLES.read(tx, call.account, request.RoleName or "")
        document.trust = check_trust(request.PolicyDocument or "")
        await write(tx, resource, document)

    await room.store.transaction(change)


async def delete_role(room: Room, call: Call, request: DeleteRoleRequest) -> None:
    async def delete(tx: Transaction) -> None:
        resource, document = await ROLES.read(tx, call.account, request.RoleName or "")
        if await tx.children(INSTANCE_PROFILE, f"{call.account}/{key_of(document.name)}", limit=1):
            raise errors.delete_conflict("remove roles from instance profile")
        if document.attached:
            raise errors.delete_conflict("detach all policies")
        if document.inline:
            raise errors.delete_conflict("delete policies")
        if document.boundary:
            await unlink(tx, BOUNDARY, call.account, holder_of("role", document.name), document.boundary)
        await ROLES.delete(tx, resource)

    await room.store.transaction(delete)


async def tag_role(room: Room, call: Call, request: TagRoleRequest) -> None:
    await tags.add(room, ROLES, call.account, request.RoleName, request.Tags)


async def untag_role(room: Room, call: Call, request: UntagRoleRequest) -> None:
    await tags.remove(room, ROLES, call.account, request.RoleName, request.TagKeys)


async def list_role_tags(room: Room, call: Call, request: ListRoleTagsRequest) -> ListRoleTagsResponse:
    found, marker = await tags.page_of(room, ROLES, call.account, request.RoleName, request)
    return ListRoleTagsResponse(Tags=found, IsTruncated=marker is not None, Marker=marker)


_role = actions.named(ROLES, "RoleName")

OPERATIONS: dict[str, Operation] = {
    "CreateRole": create_role,
    "DeleteRole": delete_role,
    "GetRole": get_role,
    "ListRoleTags": list_role_tags,
    "ListRoles": list_roles,
    "TagRole": tag_role,
    "UntagRole": untag_role,
    "UpdateAssumeRolePolicy": update_assume_role_policy,
    "UpdateRole": update_role,
    "UpdateRoleDescription": update_role_description,
}

ACTIONS: dict[str, Action] = {
    "CreateRole": actions.of(
        "CreateRole", "write", resource=_role, context=actions.new_entity, also=actions.tagging("TagRole", _role)
    ),
    "DeleteRole": actions.of("DeleteRole", "write", resource=_role),
    "GetRole": actions.of("GetRole", "read", resource=_role),
    "ListRoleTags": actions.of("ListRoleTags", "list", resource=_role),
    "ListRoles": actions.of("ListRoles", "list", resource=actions.all_of(ROLES)),
    "TagRole": actions.of("TagRole", "tagging", resource=_role, context=actions.new_entity),
    "UntagRole": actions.of("UntagRole", "tagging", resource=_role, context=actions.untagged),
    "UpdateAssumeRolePolicy": actions.of("UpdateAssumeRolePolicy", "permissions", resource=_role),
    "UpdateRole": actions.of("UpdateRole", "write", resource=_role),
    "UpdateRoleDescription": actions.of("UpdateRoleDescription", "write", resource=_role),
}
