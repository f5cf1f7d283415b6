"""Managed policies: made, found, listed, deleted, tagged, and who has one. Their versions are in `versions.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chasqui.access.identity.documents import (
    ATTACHMENT,
    POLICY,
    PolicyDocument,
    PolicyVersion,
    decode,
    unique_id,
)
from chasqui.access.policy.document import MalformedPolicy, PolicyType, parse_policy
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, managed, quotas, tags
from chasqui.services.iam.entities import GROUPS, POLICIES, ROLES, USERS, Kind, write
from chasqui.services.iam.links import BOUNDARY, holders
from chasqui.services.iam.managed import of_request
from chasqui.services.iam.paging import items_max, marked, marker_after, page
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import (
    CreatePolicyRequest,
    CreatePolicyResponse,
    DeletePolicyRequest,
    GetPolicyRequest,
    GetPolicyResponse,
    ListEntitiesForPolicyRequest,
    ListEntitiesForPolicyResponse,
    ListPoliciesRequest,
    ListPoliciesResponse,
    ListPolicyTagsRequest,
    ListPolicyTagsResponse,
    Policy,
    PolicyGroup,
    PolicyRole,
    PolicyUser,
    Tag,
    TagPolicyRequest,
    UntagPolicyRequest,
)
from chasqui.store.port import Transaction

_BATCH = 100


def check_document(text: str) -> None:
    """Whether a text can be a managed policy. Raises `MalformedPolicyDocument` and `LimitExceeded`."""
    check_grammar(text)
    if quotas.policy_size(text) > quotas.MANAGED_POLICY_SIZE:
        raise errors.limit_exceeded("PolicySize", quotas.MANAGED_POLICY_SIZE)


def check_grammar(text: str) -> None:
    """Whether a text is an identity policy. Raises `MalformedPolicyDocument`."""
    try:
        parse_policy(text, PolicyType.IDENTITY)
    except MalformedPolicy as error:
        raise errors.malformed_policy(str(error)) from error


async def create_policy(room: Room, call: Call, request: CreatePolicyRequest) -> CreatePolicyResponse:
    name, text = request.PolicyName or "", request.PolicyDocument or ""
    check_document(text)
    now_s = room.clock.now_ms() // 1000
    document = PolicyDocument(
        name=name,
        id=unique_id("ANPA"),
        path=request.Path or "/",
        created_s=now_s,
        updated_s=now_s,
        description=request.Description,
        tags=tags.merged({}, tags.given_tags(request.Tags)),
        versions=[PolicyVersion(id="v1", text=text, created_s=now_s)],
    )
    await room.store.transaction(lambda tx: POLICIES.create(tx, call.account, name, document))
    made = managed.shape(call.account, document, 0, 0)
    made.Tags = tags.shown(document.tags) or None
    return CreatePolicyResponse(Policy=made)


async def get_policy(room: Room, call: Call, request: GetPolicyRequest) -> GetPolicyResponse:
    arn = request.PolicyArn or ""

    async def look(tx: Transaction) -> Policy:
        document = await managed.find(tx, call.account, arn)
        if document is None:
            raise managed.not_found(arn)
        return await managed.full_shape(tx, call.account, arn, document)

    return GetPolicyResponse(Policy=await room.store.transaction(look))


async def list_policies(room: Room, call: Call, request: ListPoliciesRequest) -> ListPoliciesResponse:
    attached = await managed.uses(room.store, ATTACHMENT, call.account)
    bounding = await managed.uses(room.store, BOUNDARY, call.account)

    def shapes(account: str, documents: Iterable[managed.Listed]) -> list[Policy]:
        found = []
        for document in documents:
            arn = POLICIES.arn(account, document.path, document.name)
            found.append(managed.shape(account, document, attached[arn], bounding[arn]))
        return found

    found = [] if request.Scope == "Local" else shapes(managed.AWS, managed.all_of_aws())
    if request.Scope != "AWS":
        found += shapes(call.account, await _own(room, call.account))
    wanted = [each for each in found if _is_wanted(each, request)]
    items, marker = page(wanted, request, lambda each: each.Arn or "")
    return ListPoliciesResponse(Policies=items, IsTruncated=marker is not None, Marker=marker)


async def _own(room: Room, account: str) -> list[managed.Listed]:
    found: list[managed.Listed] = []
    after = ""
    while True:
        batch = await room.store.resources(POLICY, account, after=(account, after), limit=_BATCH)
        found += (decode(managed.Listed, each) for each in batch)
        if len(batch) < _BATCH:
            return found
        after = batch[-1].name


def _is_wanted(policy: Policy, request: ListPoliciesRequest) -> bool:
    if not (policy.Path or "").startswith(request.PathPrefix or "/"):
        return False
    if request.PolicyUsageFilter == "PermissionsBoundary":
        return bool(policy.PermissionsBoundaryUsageCount)
    if request.OnlyAttached or request.PolicyUsageFilter == "PermissionsPolicy":
        return bool(policy.AttachmentCount)
    return True


async def delete_policy(room: Room, call: Call, request: DeletePolicyRequest) -> None:
    arn = request.PolicyArn or ""

    async def delete(tx: Transaction) -> None:
        resource, document = await managed.read(tx, call.account, arn)
        for type_ in (ATTACHMENT, BOUNDARY):
            if await tx.children(type_, f"{call.account} {arn}", limit=1):
                raise ServiceError("DeleteConflict", "Cannot delete a policy attached to entities.")
        if len(document.versions) > 1:
            raise ServiceError(
                "DeleteConflict",
                "This policy has more than one version. Before you delete a policy, you must delete the policy's"
                " versions. The default version is deleted with the policy.",
            )
        await POLICIES.delete(tx, resource)

    await room.store.transaction(delete)


# ------------------------------------------------------------------------------------------------------------- tags


async def tag_policy(room: Room, call: Call, request: TagPolicyRequest) -> None:
    added = tags.given_tags(request.Tags)

    async def change(tx: Transaction) -> None:
        resource, document = await managed.read(tx, call.account, request.PolicyArn or "")
        document.tags = tags.merged(document.tags, added)
        await write(tx, resource, document)

    await room.store.transaction(change)


async def untag_policy(room: Room, call: Call, request: UntagPolicyRequest) -> None:
    async def change(tx: Transaction) -> None:
        resource, document = await managed.read(tx, call.account, request.PolicyArn or "")
        document.tags = tags.without(document.tags, request.TagKeys or ())
        await write(tx, resource, document)

    await room.store.transaction(change)


async def list_policy_tags(room: Room, call: Call, request: ListPolicyTagsRequest) -> ListPolicyTagsResponse:
    async def look(tx: Transaction) -> list[Tag]:
        document = await managed.find(tx, call.account, request.PolicyArn or "")
        if document is None:
            raise managed.not_found(request.PolicyArn or "")
        return tags.shown(document.tags)

    items, marker = page(await room.store.transaction(look), request, lambda tag: tag.Key or "")
    return ListPolicyTagsResponse(Tags=items, IsTruncated=marker is not None, Marker=marker)


# ---------------------------------------------------------------------------------------------------------- holders

_KINDS: dict[str, Kind[Any]] = {"user": USERS, "group": GROUPS, "role": ROLES}
_LINKS = {"PermissionsPolicy": (ATTACHMENT,), "PermissionsBoundary": (BOUNDARY,), None: (ATTACHMENT, BOUNDARY)}


async def list_entities_for_policy(
    room: Room, call: Call, request: ListEntitiesForPolicyRequest
) -> ListEntitiesForPolicyResponse:
    arn = request.PolicyArn or ""
    after, most = marked(request), items_max(request)
    word = (request.EntityFilter or "").lower()

    async def look(tx: Transaction) -> list[tuple[str, _Holder]]:
        if await managed.find(tx, call.account, arn) is None:
            raise managed.not_attachable(arn)
        names = {
            name for type_ in _LINKS[request.PolicyUsageFilter] for name in await holders(tx, type_, call.account, arn)
        }
        found: list[tuple[str, _Holder]] = []
        for name in sorted(each for each in names if each > after and (not word or each.startswith(f"{word}/"))):
            holder = await _holder(tx, call.account, name, request.PathPrefix or "/")
            if holder is not None:
                found.append((name, holder))
            if len(found) > most:
                break
        return found

    found = await room.store.transaction(look)
    shown = [holder for _, holder in found[:most]]
    return ListEntitiesForPolicyResponse(
        PolicyGroups=[each for each in shown if isinstance(each, PolicyGroup)],
        PolicyUsers=[each for each in shown if isinstance(each, PolicyUser)],
        PolicyRoles=[each for each in shown if isinstance(each, PolicyRole)],
        IsTruncated=len(found) > most,
        Marker=marker_after(found[most - 1][0]) if len(found) > most else None,
    )


_Holder = PolicyGroup | PolicyUser | PolicyRole


async def _holder(tx: Transaction, account: str, holder: str, prefix: str) -> _Holder | None:
    """Who has a policy, if its path begins so."""
    word, _, name = holder.partition("/")
    document = (await _KINDS[word].read(tx, account, name))[1]
    if not document.path.startswith(prefix):
        return None
    if word == "user":
        return PolicyUser(UserName=document.name, UserId=document.id)
    if word == "group":
        return PolicyGroup(GroupName=document.name, GroupId=document.id)
    return PolicyRole(RoleName=document.name, RoleId=document.id)


OPERATIONS: dict[str, Operation] = {
    "CreatePolicy": create_policy,
    "GetPolicy": get_policy,
    "ListPolicies": list_policies,
    "DeletePolicy": delete_policy,
    "TagPolicy": tag_policy,
    "UntagPolicy": untag_policy,
    "ListPolicyTags": list_policy_tags,
    "ListEntitiesForPolicy": list_entities_for_policy,
}

_new = actions.named(POLICIES, "PolicyName")

ACTIONS: dict[str, Action] = {
    "CreatePolicy": actions.of(
        "CreatePolicy",
        "permissions",
        resource=_new,
        context=actions.new_entity,
        also=actions.tagging("TagPolicy", _new),
    ),
    "GetPolicy": actions.of("GetPolicy", "read", resource=of_request),
    "ListPolicies": actions.of("ListPolicies", "list"),
    "DeletePolicy": actions.of("DeletePolicy", "permissions", resource=of_request),
    "TagPolicy": actions.of("TagPolicy", "tagging", resource=of_request, context=actions.new_entity),
    "UntagPolicy": actions.of("UntagPolicy", "tagging", resource=of_request, context=actions.untagged),
    "ListPolicyTags": actions.of("ListPolicyTags", "list", resource=of_request),
    "ListEntitiesForPolicy": actions.of("ListEntitiesForPolicy", "list", resource=of_request),
}
