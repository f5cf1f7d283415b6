"""Inline policies of users, groups and roles: the same four operations for each.

What counts against the quota is all of an entity's inline policies together, whitespace apart.
"""

from __future__ import annotations

from typing import Any

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, quotas, types
from chasqui.services.iam.entities import GROUPS, ROLES, USERS, Kind, write
from chasqui.services.iam.paging import page
from chasqui.services.iam.policies import check_grammar
from chasqui.services.iam.service import Room
from chasqui.services.iam.shapes import policy_text
from chasqui.store.port import Transaction


def _missing(kind: Kind[Any], name: str) -> ServiceError:
    return errors.no_such_entity(f"The {kind.word} policy with name {name} cannot be found.")


def _put(kind: Kind[Any], member: str, size_max: int) -> Operation:
    async def put(room: Room, call: Call, request: Any) -> None:
        check_grammar(request.PolicyDocument)

        async def change(tx: Transaction) -> None:
            resource, document = await kind.read(tx, call.account, getattr(request, member))
            document.inline[request.PolicyName] = request.PolicyDocument
            if sum(map(quotas.policy_size, document.inline.values())) > size_max:
                raise ServiceError(
                    "LimitExceeded", f"Maximum policy size of {size_max} bytes exceeded for {kind.word} {document.name}"
                )
            await write(tx, resource, document)

        await room.store.transaction(change)

    return put


def _get(kind: Kind[Any], member: str, answer: Any) -> Operation:
    async def get(room: Room, call: Call, request: Any) -> Any:
        document = await kind.find(room.store, call.account, getattr(request, member))
        text = document.inline.get(request.PolicyName)
        if text is None:
            raise _missing(kind, request.PolicyName)
        holder = {member: document.name}
        return answer(**holder, PolicyName=request.PolicyName, PolicyDocument=policy_text(text))

    return get


def _delete(kind: Kind[Any], member: str) -> Operation:
    async def delete(room: Room, call: Call, request: Any) -> None:
        async def change(tx: Transaction) -> None:
            resource, document = await kind.read(tx, call.account, getattr(request, member))
            if document.inline.pop(request.PolicyName, None) is None:
                raise _missing(kind, request.PolicyName)
            await write(tx, resource, document)

        await room.store.transaction(change)

    return delete


def _list(kind: Kind[Any], member: str, answer: Any) -> Operation:
    async def list_inline(room: Room, call: Call, request: Any) -> Any:
        document = await kind.find(room.store, call.account, getattr(request, member))
        items, marker = page(list(document.inline), request, str)
        return answer(PolicyNames=items, IsTruncated=marker is not None, Marker=marker)

    return list_inline


OPERATIONS: dict[str, Operation] = {
    "PutUserPolicy": _put(USERS, "UserName", quotas.USER_POLICY_SIZE),
    "PutGroupPolicy": _put(GROUPS, "GroupName", quotas.GROUP_POLICY_SIZE),
    "PutRolePolicy": _put(ROLES, "RoleName", quotas.ROLE_POLICY_SIZE),
    "GetUserPolicy": _get(USERS, "UserName", types.GetUserPolicyResponse),
    "GetGroupPolicy": _get(GROUPS, "GroupName", types.GetGroupPolicyResponse),
    "GetRolePolicy": _get(ROLES, "RoleName", types.GetRolePolicyResponse),
    "DeleteUserPolicy": _delete(USERS, "UserName"),
    "DeleteGroupPolicy": _delete(GROUPS, "GroupName"),
    "DeleteRolePolicy": _delete(ROLES, "RoleName"),
    "ListUserPolicies": _list(USERS, "UserName", types.ListUserPoliciesResponse),
    "ListGroupPolicies": _list(GROUPS, "GroupName", types.ListGroupPoliciesResponse),
    "ListRolePolicies": _list(ROLES, "RoleName", types.ListRolePoliciesResponse),
}


def _actions(kind: Kind[Any], member: str, word: str) -> dict[str, Action]:
    holder = actions.named(kind, member)
    return {
        f"Put{word}Policy": actions.of(f"Put{word}Policy", "permissions", resource=holder),
        f"Get{word}Policy": actions.of(f"Get{word}Policy", "read", resource=holder),
        f"Delete{word}Policy": actions.of(f"Delete{word}Policy", "permissions", resource=holder),
        f"List{word}Policies": actions.of(f"List{word}Policies", "list", resource=holder),
    }


ACTIONS: dict[str, Action] = {
    **_actions(USERS, "UserName", "User"),
    **_actions(GROUPS, "GroupName", "Group"),
    **_actions(ROLES, "RoleName", "Role"),
}
