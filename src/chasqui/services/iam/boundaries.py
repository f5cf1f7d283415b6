"""Permissions boundaries of users and roles: set and taken away. (They are shown with the user or role.)"""

from __future__ import annotations

from typing import Any

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.iam import actions
from chasqui.services.iam.entities import ROLES, USERS, Kind, write
from chasqui.services.iam.links import BOUNDARY, check_boundary, holder_of, link, unlink
from chasqui.services.iam.service import Room
from chasqui.store.port import Transaction


async def _set(tx: Transaction, kind: Kind[Any], account: str, name: str, arn: str | None) -> None:
    resource, document = await kind.read(tx, account, name)
    if arn is not None:
        await check_boundary(tx, account, arn)
    if document.boundary == arn:
        return
    holder = holder_of(kind.word, name)
    if document.boundary is not None:
        await unlink(tx, BOUNDARY, account, holder, document.boundary)
    if arn is not None:
        await link(tx, BOUNDARY, account, holder, arn)
    document.boundary = arn
    await write(tx, resource, document)


def _put(kind: Kind[Any], member: str) -> Operation:
    async def put(room: Room, call: Call, request: Any) -> None:
        name, arn = getattr(request, member), request.PermissionsBoundary
        await room.store.transaction(lambda tx: _set(tx, kind, call.account, name, arn))

    return put


def _delete(kind: Kind[Any], member: str) -> Operation:
    async def delete(room: Room, call: Call, request: Any) -> None:
        await room.store.transaction(lambda tx: _set(tx, kind, call.account, getattr(request, member), None))

    return delete


OPERATIONS: dict[str, Operation] = {
    "PutUserPermissionsBoundary": _put(USERS, "UserName"),
    "PutRolePermissionsBoundary": _put(ROLES, "RoleName"),
    "DeleteUserPermissionsBoundary": _delete(USERS, "UserName"),
    "DeleteRolePermissionsBoundary": _delete(ROLES, "RoleName"),
}


def _actions(kind: Kind[Any], member: str, word: str) -> dict[str, Action]:
    holder = actions.named(kind, member)
    put, delete = f"Put{word}PermissionsBoundary", f"Delete{word}PermissionsBoundary"
    return {
        put: actions.of(put, "permissions", resource=holder, context=actions.new_entity),
        delete: actions.of(delete, "permissions", resource=holder),
    }


ACTIONS: dict[str, Action] = {**_actions(USERS, "UserName", "User"), **_actions(ROLES, "RoleName", "Role")}
