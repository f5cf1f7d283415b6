"""Users: made, found, renamed, tagged, deleted. Their keys, groups and policies are other modules'."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chasqui.access.described import NewCheck
from chasqui.access.identity.documents import ACCESS_KEY, AccessKeyDocument, UserDocument, decode, encode, unique_id
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, shapes, tags
from chasqui.services.iam.entities import GROUPS, USERS, key_of, write
from chasqui.services.iam.links import BOUNDARY, check_boundary, holder_of, link, move_links, unlink
from chasqui.services.iam.paging import stored_page, under
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import (
    CreateUserRequest,
    CreateUserResponse,
    DeleteUserRequest,
    GetUserRequest,
    ListUsersRequest,
    ListUsersResponse,
    ListUserTagsRequest,
    ListUserTagsResponse,
    TagUserRequest,
    UntagUserRequest,
    UpdateUserRequest,
)
from chasqui.store.port import Resource, Transaction


async def create_user(room: Room, call: Call, request: CreateUserRequest) -> CreateUserResponse:
    name = request.UserName or ""
    document = UserDocument(
        name=name,
        id=unique_id("AIDA"),
        path=request.Path or "/",
        created_s=room.clock.now_ms() // 1000,
        tags=tags.given_tags(request.Tags),
        boundary=request.PermissionsBoundary,
    )

    async def create(tx: Transaction) -> None:
        if document.boundary:
            await check_boundary(tx, call.account, document.boundary)
        await USERS.create(tx, call.account, name, document)
        if document.boundary:
            await link(tx, BOUNDARY, call.account, holder_of("user", name), document.boundary)

    await room.store.transaction(create)
    return CreateUserResponse(User=shapes.full_user(call.account, document))


async def get_user(room: Room, call: Call, request: GetUserRequest) -> dict[str, Any]:
    """The user, or the caller. Of the root user AWS shows no name and no path."""
    principal = call.principal
    if request.UserName is None and principal.kind == "root":
        return {"User": {"UserId": principal.account, "Arn": principal.arn, "CreateDate": 0}}
    document = await USERS.find(room.store, call.account, name_or_caller(call, request.UserName))
    return {"User": shapes.full_user(call.account, document)}


def name_or_caller(call: Call, name: str | None) -> str:
    """The user that is named, else the one that calls. Raises `ValidationError` when no user calls."""
    if name is not None:
        return name
    if call.principal.kind != "user":
        raise errors.validation_error(errors.NOT_A_USER)
    return call.principal.name


async def list_users(room: Room, call: Call, request: ListUsersRequest) -> ListUsersResponse:
    found, marker = await stored_page(room.store, USERS.stored_as, call.account, request, under(request.PathPrefix))
    users = [shapes.user(call.account, decode(UserDocument, each)) for each in found]
    return ListUsersResponse(Users=users, IsTruncated=marker is not None, Marker=marker)


async def update_user(room: Room, call: Call, request: UpdateUserRequest) -> None:
    async def change(tx: Transaction) -> None:
        resource, document = await USERS.read(tx, call.account, request.UserName or "")
        document.name = request.NewUserName or document.name
        document.path = request.NewPath or document.path
        await USERS.rename(tx, resource, document.name, document)
        if key_of(document.name) != resource.name:
            await _follow(tx, call.account, resource.name, document)

    await room.store.transaction(change)


async def _follow(tx: Transaction, account: str, old: str, document: UserDocument) -> None:
    """What names a user by its name goes with it: its keys, its groups, the links of its policies."""
    new = key_of(document.name)
    for each in await tx.children(ACCESS_KEY, f"{account}/{old}"):
        key = decode(AccessKeyDocument, each)
        key.user = new
        await tx.replace(msgspec.structs.replace(each, document=encode(key), parent=f"{account}/{new}"))
    for name in document.groups:
        resource, group = await GROUPS.read(tx, account, name)
        group.members = [new if member == old else member for member in group.members]
        await write(tx, resource, group)
    await move_links(tx, account, holder_of("user", old), holder_of("user", new), document.attached, document.boundary)


async def delete_user(room: Room, call: Call, request: DeleteUserRequest) -> None:
    async def delete(tx: Transaction) -> None:
        resource, document = await USERS.read(tx, call.account, request.UserName or "")
        await _refuse_in_use(tx, resource, document)
        if document.boundary:
            await unlink(tx, BOUNDARY, call.account, holder_of("user", document.name), document.boundary)
        await USERS.delete(tx, resource)

    await room.store.transaction(delete)


async def _refuse_in_use(tx: Transaction, resource: Resource, document: UserDocument) -> None:
    if document.inline:
        raise errors.delete_conflict("delete policies")
    if document.attached:
        raise errors.delete_conflict("detach all policies")
    if document.groups:
        raise errors.delete_conflict("remove users from group")
    if await tx.children(ACCESS_KEY, f"{resource.owner}/{resource.name}", limit=1):
        raise errors.delete_conflict("delete access keys")


async def tag_user(room: Room, call: Call, request: TagUserRequest) -> None:
    await tags.add(room, USERS, call.account, request.UserName, request.Tags)


async def untag_user(room: Room, call: Call, request: UntagUserRequest) -> None:
    await tags.remove(room, USERS, call.account, request.UserName, request.TagKeys)


async def list_user_tags(room: Room, call: Call, request: ListUserTagsRequest) -> ListUserTagsResponse:
    found, marker = await tags.page_of(room, USERS, call.account, request.UserName, request)
    return ListUserTagsResponse(Tags=found, IsTruncated=marker is not None, Marker=marker)


_user = actions.named(USERS, "UserName")


def _renaming(call: Call, request: UpdateUserRequest) -> Iterable[NewCheck]:
    """Who renames needs leave on what it becomes, too."""
    if request.NewUserName or request.NewPath:
        name = request.NewUserName or request.UserName or ""
        beside = _user(call, request) if not request.NewPath else ""
        yield NewCheck("iam:UpdateUser", USERS.arn(call.account, request.NewPath, name), beside=beside)


OPERATIONS: dict[str, Operation] = {
    "CreateUser": create_user,
    "DeleteUser": delete_user,
    "GetUser": get_user,
    "ListUserTags": list_user_tags,
    "ListUsers": list_users,
    "TagUser": tag_user,
    "UntagUser": untag_user,
    "UpdateUser": update_user,
}

ACTIONS: dict[str, Action] = {
    "CreateUser": actions.of(
        "CreateUser", "write", resource=_user, context=actions.new_entity, also=actions.tagging("TagUser", _user)
    ),
    "DeleteUser": actions.of("DeleteUser", "write", resource=_user),
    "GetUser": actions.of("GetUser", "read", resource=actions.user_or_caller),
    "ListUserTags": actions.of("ListUserTags", "list", resource=_user),
    "ListUsers": actions.of("ListUsers", "list", resource=actions.all_of(USERS)),
    "TagUser": actions.of("TagUser", "tagging", resource=_user, context=actions.new_entity),
    "UntagUser": actions.of("UntagUser", "tagging", resource=_user, context=actions.untagged),
    "UpdateUser": actions.of("UpdateUser", "write", resource=_user, also=_renaming),
}
