"""Instance profiles: a role's wrapping for machines, which hold one role each. A profile's parent is its role."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from chasqui.access.identity.documents import (
    INSTANCE_PROFILE,
    ROLE,
    InstanceProfileDocument,
    RoleDocument,
    decode,
    encode,
    unique_id,
)
from chasqui.base.actions import Action, Check
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, shapes, tags
from chasqui.services.iam.entities import PROFILES, ROLES, key_of
from chasqui.services.iam.paging import page, stored_page, under
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import (
    AddRoleToInstanceProfileRequest,
    CreateInstanceProfileRequest,
    CreateInstanceProfileResponse,
    DeleteInstanceProfileRequest,
    GetInstanceProfileRequest,
    GetInstanceProfileResponse,
    InstanceProfile,
    ListInstanceProfilesForRoleRequest,
    ListInstanceProfilesForRoleResponse,
    ListInstanceProfilesRequest,
    ListInstanceProfilesResponse,
    ListInstanceProfileTagsRequest,
    ListInstanceProfileTagsResponse,
    RemoveRoleFromInstanceProfileRequest,
    TagInstanceProfileRequest,
    UntagInstanceProfileRequest,
)
from chasqui.store.port import Resource, Transaction


async def create_instance_profile(
    room: Room, call: Call, request: CreateInstanceProfileRequest
) -> CreateInstanceProfileResponse:
    name = request.InstanceProfileName or ""
    document = InstanceProfileDocument(
        name=name,
        id=unique_id("AIPA"),
        path=request.Path or "/",
        created_s=room.clock.now_ms() // 1000,
        tags=tags.given_tags(request.Tags),
    )
    await room.store.transaction(lambda tx: PROFILES.create(tx, call.account, name, document))
    return CreateInstanceProfileResponse(InstanceProfile=shapes.full_profile(call.account, document, None))


async def get_instance_profile(
    room: Room, call: Call, request: GetInstanceProfileRequest
) -> GetInstanceProfileResponse:
    document = await PROFILES.find(room.store, call.account, request.InstanceProfileName or "")
    held = await _role_in(room, call.account, document)
    return GetInstanceProfileResponse(InstanceProfile=shapes.full_profile(call.account, document, held))


async def _role_in(room: Room, account: str, document: InstanceProfileDocument) -> RoleDocument | None:
    found = await room.store.resource(ROLE, account, document.role) if document.role else None
    return decode(RoleDocument, found) if found is not None else None


async def list_instance_profiles(
    room: Room, call: Call, request: ListInstanceProfilesRequest
) -> ListInstanceProfilesResponse:
    found, marker = await stored_page(room.store, INSTANCE_PROFILE, call.account, request, under(request.PathPrefix))
    profiles = [await _shown(room, call.account, each) for each in found]
    return ListInstanceProfilesResponse(InstanceProfiles=profiles, IsTruncated=marker is not None, Marker=marker)


async def _shown(room: Room, account: str, resource: Resource) -> InstanceProfile:
    document = decode(InstanceProfileDocument, resource)
    return shapes.profile(account, document, await _role_in(room, account, document))


async def list_instance_profiles_for_role(
    room: Room, call: Call, request: ListInstanceProfilesForRoleRequest
) -> ListInstanceProfilesForRoleResponse:
    role = await ROLES.find(room.store, call.account, request.RoleName or "")
    profiles = await profiles_of(room, call.account, role)
    found, marker = page(profiles, request, lambda profile: profile.InstanceProfileName)
    return ListInstanceProfilesForRoleResponse(InstanceProfiles=found, IsTruncated=marker is not None, Marker=marker)


async def profiles_of(room: Room, account: str, role: RoleDocument) -> list[InstanceProfile]:
    """The instance profiles that a role is in."""
    parent = f"{account}/{key_of(role.name)}"
    found = await room.store.transaction(lambda tx: tx.children(INSTANCE_PROFILE, parent))
    return [shapes.profile(account, decode(InstanceProfileDocument, each), role) for each in found]


async def add_role_to_instance_profile(room: Room, call: Call, request: AddRoleToInstanceProfileRequest) -> None:
    async def add(tx: Transaction) -> None:
        resource, document = await PROFILES.read(tx, call.account, request.InstanceProfileName or "")
        role, _ = await ROLES.read(tx, call.account, request.RoleName or "")
        if document.role is not None:
            raise errors.limit_exceeded("InstanceSessionsPerInstanceProfile", 1)
        document.role = role.name
        await _write(tx, resource, document)

    await room.store.transaction(add)


async def _write(tx: Transaction, resource: Resource, document: InstanceProfileDocument) -> None:
    parent = f"{resource.owner}/{document.role}" if document.role else None
    await tx.replace(msgspec.structs.replace(resource, document=encode(document), parent=parent))


async def remove_role_from_instance_profile(
    room: Room, call: Call, request: RemoveRoleFromInstanceProfileRequest
) -> None:
    async def remove(tx: Transaction) -> None:
        resource, document = await PROFILES.read(tx, call.account, request.InstanceProfileName or "")
        if document.role != key_of(request.RoleName or ""):
            raise errors.no_such_entity(ROLES.missing.format(request.RoleName))
        document.role = None
        await _write(tx, resource, document)

    await room.store.transaction(remove)


async def delete_instance_profile(room: Room, call: Call, request: DeleteInstanceProfileRequest) -> None:
    async def delete(tx: Transaction) -> None:
        resource, document = await PROFILES.read(tx, call.account, request.InstanceProfileName or "")
        if document.role is not None:
            raise errors.delete_conflict("remove roles from instance profile")
        await PROFILES.delete(tx, resource)

    await room.store.transaction(delete)


async def tag_instance_profile(room: Room, call: Call, request: TagInstanceProfileRequest) -> None:
    await tags.add(room, PROFILES, call.account, request.InstanceProfileName, request.Tags)


async def untag_instance_profile(room: Room, call: Call, request: UntagInstanceProfileRequest) -> None:
    await tags.remove(room, PROFILES, call.account, request.InstanceProfileName, request.TagKeys)


async def list_instance_profile_tags(
    room: Room, call: Call, request: ListInstanceProfileTagsRequest
) -> ListInstanceProfileTagsResponse:
    found, marker = await tags.page_of(room, PROFILES, call.account, request.InstanceProfileName, request)
    return ListInstanceProfileTagsResponse(Tags=found, IsTruncated=marker is not None, Marker=marker)


_profile = actions.named(PROFILES, "InstanceProfileName")
_role = actions.named(ROLES, "RoleName")


def _passing(call: Call, request: AddRoleToInstanceProfileRequest) -> Iterable[Check]:
    """Whoever puts a role into a profile gives it to machines."""
    yield Check("iam:PassRole", _role(call, request), {"iam:PassedToService": "ec2.amazonaws.com"})


OPERATIONS: dict[str, Operation] = {
    "AddRoleToInstanceProfile": add_role_to_instance_profile,
    "CreateInstanceProfile": create_instance_profile,
    "DeleteInstanceProfile": delete_instance_profile,
    "GetInstanceProfile": get_instance_profile,
    "ListInstanceProfileTags": list_instance_profile_tags,
    "ListInstanceProfiles": list_instance_profiles,
    "ListInstanceProfilesForRole": list_instance_profiles_for_role,
    "RemoveRoleFromInstanceProfile": remove_role_from_instance_profile,
    "TagInstanceProfile": tag_instance_profile,
    "UntagInstanceProfile": untag_instance_profile,
}

ACTIONS: dict[str, Action] = {
    "AddRoleToInstanceProfile": actions.of("AddRoleToInstanceProfile", "write", resource=_profile, also=_passing),
    "CreateInstanceProfile": actions.of(
        "CreateInstanceProfile",
        "write",
        resource=_profile,
        context=actions.new_entity,
        also=actions.tagging("TagInstanceProfile", _profile),
    ),
    "DeleteInstanceProfile": actions.of("DeleteInstanceProfile", "write", resource=_profile),
    "GetInstanceProfile": actions.of("GetInstanceProfile", "read", resource=_profile),
    "ListInstanceProfileTags": actions.of("ListInstanceProfileTags", "list", resource=_profile),
    "ListInstanceProfiles": actions.of("ListInstanceProfiles", "list", resource=actions.all_of(PROFILES)),
    "ListInstanceProfilesForRole": actions.of("ListInstanceProfilesForRole", "list", resource=_role),
    "RemoveRoleFromInstanceProfile": actions.of("RemoveRoleFromInstanceProfile", "write", resource=_profile),
    "TagInstanceProfile": actions.of("TagInstanceProfile", "tagging", resource=_profile, context=actions.new_entity),
    "UntagInstanceProfile": actions.of("UntagInstanceProfile", "tagging", resource=_profile, context=actions.untagged),
}
