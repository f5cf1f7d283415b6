"""GetAccountAuthorizationDetails: everybody and every policy, with all that decides who may do what, by pages.

A page goes through the kinds of entity in one order; its marker is a kind and the name to go on after.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from chasqui.access.identity.documents import (
    ATTACHMENT,
    GROUP,
    POLICY,
    ROLE,
    USER,
    GroupDocument,
    PolicyDocument,
    RoleDocument,
    UserDocument,
    decode,
    iam_arn,
)
from chasqui.access.identity.managed import managed_policies
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, shapes, tags
from chasqui.services.iam.entities import GROUPS, ROLES, USERS
from chasqui.services.iam.links import BOUNDARY, holders
from chasqui.services.iam.managed import of_aws
from chasqui.services.iam.paging import items_max, marked, marker_after, stored_after
from chasqui.services.iam.profiles import profiles_of
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import (
    AttachedPolicy,
    GetAccountAuthorizationDetailsRequest,
    GetAccountAuthorizationDetailsResponse,
    GroupDetail,
    ManagedPolicyDetail,
    PolicyDetail,
    PolicyVersion,
    RoleDetail,
    RoleLastUsed,
    UserDetail,
)
from chasqui.store.port import Resource, Transaction


class _Page(msgspec.Struct):
    """What a page has so far; `most` is how many more it may have."""

    answer: GetAccountAuthorizationDetailsResponse
    most: int


async def get_account_authorization_details(
    room: Room, call: Call, request: GetAccountAuthorizationDetailsRequest
) -> GetAccountAuthorizationDetailsResponse:
    answer = GetAccountAuthorizationDetailsResponse(
        UserDetailList=[], GroupDetailList=[], RoleDetailList=[], Policies=[], IsTruncated=False
    )
    wanted = [kind for kind in SECTIONS if not request.Filter or kind in request.Filter]
    kind, _, after = marked(request).partition(" ")
    if kind and kind not in wanted:
        raise errors.validation_error("Invalid Marker.")
    page = _Page(answer, items_max(request))
    for section in wanted[wanted.index(kind) if kind else 0 :]:
        last = await SECTIONS[section](room, call.account, page, after) if page.most else after
        if last or not page.most:
            answer.IsTruncated, answer.Marker = _rest(wanted, section, last)
            break
        after = ""
    return answer


def _rest(wanted: list[str], section: str, last: str) -> tuple[bool, str | None]:
    """Whether there may be more after this name of this kind ("": all of it has been shown), and the marker."""
    if last:
        return True, marker_after(f"{section} {last}")
    following = wanted[wanted.index(section) + 1 :]
    return bool(following), marker_after(f"{following[0]} ") if following else None


async def _take(room: Room, type_: str, account: str, page: _Page, after: str) -> tuple[list[Resource], str]:
    found, last = await stored_after(room.store, type_, account, after, page.most, lambda _: True)
    page.most -= len(found)
    return found, last


async def _users(room: Room, account: str, page: _Page, after: str) -> str:
    found, last = await _take(room, USER, account, page, after)
    assert page.answer.UserDetailList is not None, "the page was made with its lists"
    for each in found:
        document = decode(UserDocument, each)
        detail = UserDetail(
            Path=document.path,
            UserName=document.name,
            UserId=document.id,
            Arn=USERS.arn(account, document.path, document.name),
            CreateDate=document.created_s,
            UserPolicyList=_inline(document.inline),
            GroupList=await _group_names(room, account, document.groups),
            AttachedManagedPolicies=_attached(document.attached),
            PermissionsBoundary=shapes.boundary(document.boundary),
            Tags=tags.shown(document.tags),
        )
        page.answer.UserDetailList.append(detail)
    return last


async def _group_names(room: Room, account: str, names: list[str]) -> list[str]:
    found = [await room.store.resource(GROUP, account, name) for name in names]
    return [decode(GroupDocument, each).name for each in found if each is not None]


async def _groups(room: Room, account: str, page: _Page, after: str) -> str:
    found, last = await _take(room, GROUP, account, page, after)
    assert page.answer.GroupDetailList is not None, "the page was made with its lists"
    for each in found:
        document = decode(GroupDocument, each)
        detail = GroupDetail(
            Path=document.path,
            GroupName=document.name,
            GroupId=document.id,
            Arn=GROUPS.arn(account, document.path, document.name),
            CreateDate=document.created_s,
            GroupPolicyList=_inline(document.inline),
            AttachedManagedPolicies=_attached(document.attached),
        )
        page.answer.GroupDetailList.append(detail)
    return last


async def _roles(room: Room, account: str, page: _Page, after: str) -> str:
    found, last = await _take(room, ROLE, account, page, after)
    assert page.answer.RoleDetailList is not None, "the page was made with its lists"
    for each in found:
        document = decode(RoleDocument, each)
        detail = RoleDetail(
            Path=document.path,
            RoleName=document.name,
            RoleId=document.id,
            Arn=ROLES.arn(account, document.path, document.name),
            CreateDate=document.created_s,
            AssumeRolePolicyDocument=shapes.policy_text(document.trust),
            InstanceProfileList=await profiles_of(room, account, document),
            RolePolicyList=_inline(document.inline),
            AttachedManagedPolicies=_attached(document.attached),
            PermissionsBoundary=shapes.boundary(document.boundary),
            Tags=tags.shown(document.tags),
            RoleLastUsed=RoleLastUsed(),
        )
        page.answer.RoleDetailList.append(detail)
    return last


def _inline(policies: dict[str, str]) -> list[PolicyDetail]:
    return [PolicyDetail(PolicyName=name, PolicyDocument=shapes.policy_text(text)) for name, text in policies.items()]


def _attached(arns: list[str]) -> list[AttachedPolicy]:
    return [AttachedPolicy(PolicyName=arn.rpartition("/")[2], PolicyArn=arn) for arn in arns]


async def _uses(room: Room, account: str, arn: str) -> tuple[int, int]:
    """How many have a policy attached, and how many as their boundary."""

    async def read(tx: Transaction) -> tuple[int, int]:
        return len(await holders(tx, ATTACHMENT, account, arn)), len(await holders(tx, BOUNDARY, account, arn))

    return await room.store.transaction(read)


async def _local_policies(room: Room, account: str, page: _Page, after: str) -> str:
    found, last = await _take(room, POLICY, account, page, after)
    for each in found:
        document = decode(PolicyDocument, each)
        arn = iam_arn(account, "policy", document.path, document.name)
        _add_policy(page, arn, document, await _uses(room, account, arn))
    return last


async def _aws_policies(room: Room, account: str, page: _Page, after: str) -> str:
    """Those of AWS' policies that the account uses."""
    previous = ""
    for arn, policy in sorted(managed_policies().items()):
        used = await _uses(room, account, arn) if arn > after else (0, 0)
        if used == (0, 0):
            continue
        if not page.most:
            return previous
        _add_policy(page, arn, of_aws(policy), used)
        page.most -= 1
        previous = arn
    return ""


def _add_policy(page: _Page, arn: str, document: PolicyDocument, used: tuple[int, int]) -> None:
    assert page.answer.Policies is not None, "the page was made with its lists"
    attached, bounding = used
    versions = [
        PolicyVersion(
            Document=shapes.policy_text(version.text),
            VersionId=version.id,
            IsDefaultVersion=version.id == document.default,
            CreateDate=version.created_s,
        )
        for version in document.versions
    ]
    detail = ManagedPolicyDetail(
        PolicyName=document.name,
        PolicyId=document.id,
        Arn=arn,
        Path=document.path,
        DefaultVersionId=document.default,
        AttachmentCount=attached,
        PermissionsBoundaryUsageCount=bounding,
        IsAttachable=True,
        Description=document.description,
        CreateDate=document.created_s,
        UpdateDate=document.updated_s,
        PolicyVersionList=versions,
    )
    page.answer.Policies.append(detail)


SECTIONS: Final[dict[str, Callable[[Room, str, _Page, str], Awaitable[str]]]] = {
    "User": _users,
    "Group": _groups,
    "Role": _roles,
    "LocalManagedPolicy": _local_policies,
    "AWSManagedPolicy": _aws_policies,
}
"""Each adds to the page what follows a name, and returns the last name when there is more of its kind, else ""."""

OPERATIONS: dict[str, Operation] = {"GetAccountAuthorizationDetails": get_account_authorization_details}

ACTIONS: dict[str, Action] = {
    "GetAccountAuthorizationDetails": actions.of("GetAccountAuthorizationDetails", "read"),
}
