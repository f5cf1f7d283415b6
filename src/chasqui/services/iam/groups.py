"""Groups and who is in them. A membership is in both documents: the user's decides, the group's is for listing."""

from __future__ import annotations

from collections.abc import Iterable

from chasqui.access.described import NewCheck
from chasqui.access.identity.documents import GROUP, USER, GroupDocument, UserDocument, decode, unique_id
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, quotas, shapes
from chasqui.services.iam.entities import GROUPS, USERS, key_of, write
from chasqui.services.iam.links import holder_of, move_links
from chasqui.services.iam.paging import page, stored_page, under
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import (
    AddUserToGroupRequest,
    CreateGroupRequest,
    CreateGroupResponse,
    DeleteGroupRequest,
    GetGroupRequest,
    GetGroupResponse,
    ListGroupsForUserRequest,
    ListGroupsForUserResponse,
    ListGroupsRequest,
    ListGroupsResponse,
    RemoveUserFromGroupRequest,
    UpdateGroupRequest,
)
from chasqui.store.port import Transaction


async def create_group(room: Room, call: Call, request: CreateGroupRequest) -> CreateGroupResponse:
    name = request.GroupName or ""
    document = GroupDocument(
        name=name, id=unique_id("AGPA"), path=request.Path or "/", created_s=room.clock.now_ms() // 1000
    )
    await room.store.transaction(lambda tx: GROUPS.create(tx, call.account, name, document))
    return CreateGroupResponse(Group=shapes.group(call.account, document))


async def get_group(room: Room, call: Call, request: GetGroupRequest) -> GetGroupResponse:
    document = await GROUPS.find(room.store, call.account, request.GroupName or "")
    names, marker = page(document.members, request, lambda name: name)
    found = [await room.store.resource(USER, call.account, name) for name in names]
    return GetGroupResponse(
        Group=shapes.group(call.account, document),
        Users=[shapes.user(call.account, decode(UserDocument, each)) for each in found if each is not None],
        IsTruncated=marker is not None,
        Marker=marker,
    )


async def list_groups(room: Room, call: Call, request: ListGroupsRequest) -> ListGroupsResponse:
    found, marker = await stored_page(room.store, GROUP, call.account, request, under(request.PathPrefix))
    groups = [shapes.group(call.account, decode(GroupDocument, each)) for each in found]
    return ListGroupsResponse(Groups=groups, IsTruncated=marker is not None, Marker=marker)


async def list_groups_for_user(room: Room, call: Call, request: ListGroupsForUserRequest) -> ListGroupsForUserResponse:
    user = await USERS.find(room.store, call.account, request.UserName or "")
    names, marker = page(user.groups, request, lambda name: name)
    found = [await room.store.resource(GROUP, call.account, name) for name in names]
    groups = [shapes.group(call.account, decode(GroupDocument, each)) for each in found if each is not None]
    return ListGroupsForUserResponse(Groups=groups, IsTruncated=marker is not None, Marker=marker)


async def update_group(room: Room, call: Call, request: UpdateGroupRequest) -> None:
    async def change(tx: Transaction) -> None:
        resource, document = await GROUPS.read(tx, call.account, request.GroupName or "")
        document.name = request.NewGroupName or document.name
        document.path = request.NewPath or document.path
        await GROUPS.rename(tx, resource, document.name, document)
        if key_of(document.name) != resource.name:
            await _follow(tx, call.account, resource.name, document)

    await room.store.transaction(change)


async def _follow(tx: Transaction, account: str, old: str, document: GroupDocument) -> None:
    """What names a group by its name goes with it: its members' documents, the links of its policies."""
    new = key_of(document.name)
    for name in document.members:
        resource, user = await USERS.read(tx, account, name)
        user.groups = [new if group == old else group for group in user.groups]
        await write(tx, resource, user)
    await move_links(tx, account, holder_of("group", old), holder_of("group", new), document.attached, None)


async def delete_group(room: Room, call: Call, request: DeleteGroupRequest) -> None:
    async def delete(tx: Transaction) -> None:
        resource, document = await GROUPS.read(tx, call.account, request.GroupName or "")
        if document.members:
            raise errors.delete_conflict("remove users from group")
        if document.inline:
            raise errors.delete_conflict("delete policies")
        if document.attached:
            raise errors.delete_conflict("detach all policies")
        await GROUPS.delete(tx, resource)

    await room.store.transaction(delete)


async def add_user_to_group(room: Room, call: Call, request: AddUserToGroupRequest) -> None:
    """Adding a member again changes nothing."""

    async def add(tx: Transaction) -> None:
        group_resource, group = await GROUPS.read(tx, call.account, request.GroupName or "")
        user_resource, user = await USERS.read(tx, call.account, request.UserName or "")
        if user_resource.name in group.members:
            return
        if len(user.groups) >= quotas.GROUPS_PER_USER:
            raise errors.limit_exceeded("GroupsPerUser", quotas.GROUPS_PER_USER)
        group.members.append(user_resource.name)
        user.groups.append(group_resource.name)
        await write(tx, group_resource, group)
        await write(tx, user_resource, user)

    await room.store.transaction(add)


async def remove_user_from_group(room: Room, call: Call, request: RemoveUserFromGroupRequest) -> None:
    """Removing somebody who is no member changes nothing."""

    async def remove(tx: Transaction) -> None:
        group_resource, group = await GROUPS.read(tx, call.account, request.GroupName or "")
        user_resource, user = await USERS.read(tx, call.account, request.UserName or "")
        if user_resource.name not in group.members:
            return
        group.members.remove(user_resource.name)
        user.groups.remove(group_resource.name)
        await write(tx, group_resource, group)
        await write(tx, user_resource, user)

    await room.store.transaction(remove)


_group = actions.named(GROUPS, "GroupName")


def _renaming(call: Call, request: UpdateGroupRequest) -> Iterable[NewCheck]:
    """Who renames needs leave on what it becomes, too."""
    if request.NewGroupName or request.NewPath:
        name = request.NewGroupName or request.GroupName or ""
        beside = _group(call, request) if not request.NewPath else ""
        yield NewCheck("iam:UpdateGroup", GROUPS.arn(call.account, request.NewPath, name), beside=beside)


OPERATIONS: dict[str, Operation] = {
    "AddUserToGroup": add_user_to_group,
    "CreateGroup": create_group,
    "DeleteGroup": delete_group,
    "GetGroup": get_group,
    "ListGroups": list_groups,
    "ListGroupsForUser": list_groups_for_user,
    "RemoveUserFromGroup": remove_user_from_group,
    "UpdateGroup": update_group,
}

ACTIONS: dict[str, Action] = {
    "AddUserToGroup": actions.of("AddUserToGroup", "write", resource=_group),
    "CreateGroup": actions.of("CreateGroup", "write", resource=_group),
    "DeleteGroup": actions.of("DeleteGroup", "write", resource=_group),
    "GetGroup": actions.of("GetGroup", "read", resource=_group),
    "ListGroups": actions.of("ListGroups", "list", resource=actions.all_of(GROUPS)),
    "ListGroupsForUser": actions.of("ListGroupsForUser", "list", resource=actions.named(USERS, "UserName")),
    "RemoveUserFromGroup": actions.of("RemoveUserFromGroup", "write", resource=_group),
    "UpdateGroup": actions.of("UpdateGroup", "write", resource=_group, also=_renaming),
}
