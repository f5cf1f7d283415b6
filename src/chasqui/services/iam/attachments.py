"""Managed policies attached to users, groups and roles: the same three operations for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chasqui.access.identity.documents import ATTACHMENT
from chasqui.base.actions import Action, Values
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, managed, quotas, types
from chasqui.services.iam.entities import GROUPS, ROLES, USERS, Kind, write
from chasqui.services.iam.links import holder_of, link, unlink
from chasqui.services.iam.paging import page
from chasqui.services.iam.service import Room
from chasqui.store.port import Transaction

_OF_SERVICES = "arn:aws:iam::aws:policy/aws-service-role/"


async def _refuse_unattachable(tx: Transaction, account: str, arn: str) -> None:
    if arn.startswith(_OF_SERVICES):
        raise ServiceError("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")
    if await managed.find(tx, account, arn) is None:
        raise managed.not_attachable(arn)


def _attach(kind: Kind[Any], member: str, quota: str) -> Operation:
    async def attach(room: Room, call: Call, request: Any) -> None:
        name, arn = getattr(request, member), request.PolicyArn

        async def change(tx: Transaction) -> None:
            managed.account_of(arn)
            resource, document = await kind.read(tx, call.account, name)
            await _refuse_unattachable(tx, call.account, arn)
            if arn in document.attached:
                return
            if len(document.attached) >= quotas.ATTACHED_POLICIES:
                raise errors.limit_exceeded(quota, quotas.ATTACHED_POLICIES)
            document.attached.append(arn)
            await write(tx, resource, document)
            await link(tx, ATTACHMENT, call.account, holder_of(kind.word, name), arn)

        await room.store.transaction(change)

    return attach


def _detach(kind: Kind[Any], member: str) -> Operation:
    async def detach(room: Room, call: Call, request: Any) -> None:
        name, arn = getattr(request, member), request.PolicyArn

        async def change(tx: Transaction) -> None:
            managed.account_of(arn)
            resource, document = await kind.read(tx, call.account, name)
            if arn not in document.attached:
                raise managed.not_found(arn)
            document.attached.remove(arn)
            await write(tx, resource, document)
            await unlink(tx, ATTACHMENT, call.account, holder_of(kind.word, name), arn)

        await room.store.transaction(change)

    return detach


def _list(kind: Kind[Any], member: str, answer: Any) -> Operation:
    async def list_attached(room: Room, call: Call, request: Any) -> Any:
        document = await kind.find(room.store, call.account, getattr(request, member))
        prefix = request.PathPrefix or "/"
        wanted = [arn for arn in document.attached if managed.path_and_name(arn)[0].startswith(prefix)]
        items, marker = page(wanted, request, str)
        shown = [types.AttachedPolicy(PolicyName=managed.path_and_name(arn)[1], PolicyArn=arn) for arn in items]
        return answer(AttachedPolicies=shown, IsTruncated=marker is not None, Marker=marker)

    return list_attached


OPERATIONS: dict[str, Operation] = {
    "AttachUserPolicy": _attach(USERS, "UserName", "PoliciesPerUser"),
    "AttachGroupPolicy": _attach(GROUPS, "GroupName", "PoliciesPerGroup"),
    "AttachRolePolicy": _attach(ROLES, "RoleName", "PoliciesPerRole"),
    "DetachUserPolicy": _detach(USERS, "UserName"),
    "DetachGroupPolicy": _detach(GROUPS, "GroupName"),
    "DetachRolePolicy": _detach(ROLES, "RoleName"),
    "ListAttachedUserPolicies": _list(USERS, "UserName", types.ListAttachedUserPoliciesResponse),
    "ListAttachedGroupPolicies": _list(GROUPS, "GroupName", types.ListAttachedGroupPoliciesResponse),
    "ListAttachedRolePolicies": _list(ROLES, "RoleName", types.ListAttachedRolePoliciesResponse),
}


def _which(_call: Call, request: Any) -> Mapping[str, Values]:
    return {"iam:PolicyARN": request.PolicyArn or ""}


def _actions(kind: Kind[Any], member: str, word: str) -> dict[str, Action]:
    holder = actions.named(kind, member)
    changes = [f"{verb}{word}Policy" for verb in ("Attach", "Detach")]
    found = {name: actions.of(name, "permissions", resource=holder, context=_which) for name in changes}
    listing = f"ListAttached{word}Policies"
    return found | {listing: actions.of(listing, "list", resource=holder)}


ACTIONS: dict[str, Action] = {
    **_actions(USERS, "UserName", "User"),
    **_actions(GROUPS, "GroupName", "Group"),
    **_actions(ROLES, "RoleName", "Role"),
}
