"""The account itself: its alias and its summary."""

from __future__ import annotations

from typing import Final

from chasqui.access.identity.counts import counted
from chasqui.access.identity.documents import (
    ACCOUNT_ALIAS,
    GROUP,
    INSTANCE_PROFILE,
    OIDC_PROVIDER,
    POLICY,
    ROLE,
    USER,
    PolicyDocument,
    decode,
)
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.service import Operation
from chasqui.services.iam import actions, errors, quotas
from chasqui.services.iam.service import Room
from chasqui.services.iam.types import (
    CreateAccountAliasRequest,
    DeleteAccountAliasRequest,
    GetAccountSummaryResponse,
    ListAccountAliasesRequest,
    ListAccountAliasesResponse,
)
from chasqui.store.port import Resource, Transaction

_PAGE = 100

COUNTED: Final = {
    "Users": USER,
    "Groups": GROUP,
    "Roles": ROLE,
    "InstanceProfiles": INSTANCE_PROFILE,
    "Policies": POLICY,
    "Providers": OIDC_PROVIDER,
}

QUOTAS: Final = {
    "AccessKeysPerUserQuota": quotas.ACCESS_KEYS_PER_USER,
    "AssumeRolePolicySizeQuota": quotas.TRUST_POLICY_SIZE,
    "AttachedPoliciesPerGroupQuota": quotas.ATTACHED_POLICIES,
    "AttachedPoliciesPerRoleQuota": quotas.ATTACHED_POLICIES,
    "AttachedPoliciesPerUserQuota": quotas.ATTACHED_POLICIES,
    "GroupPolicySizeQuota": quotas.GROUP_POLICY_SIZE,
    "GroupsPerUserQuota": quotas.GROUPS_PER_USER,
    "GroupsQuota": quotas.GROUPS,
    "InstanceProfilesQuota": quotas.INSTANCE_PROFILES,
    "PoliciesQuota": quotas.POLICIES,
    "PolicySizeQuota": quotas.MANAGED_POLICY_SIZE,
    "PolicyVersionsInUseQuota": 10_000,
    "RolePolicySizeQuota": quotas.ROLE_POLICY_SIZE,
    "RolesQuota": quotas.ROLES,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
    "UserPolicySizeQuota": quotas.USER_POLICY_SIZE,
    "UsersQuota": quotas.USERS,
    "VersionsPerPolicyQuota": quotas.POLICY_VERSIONS,
}

# What this server has none of, and AWS' default version of the tokens that its global STS endpoint gives out.
FIXED: Final = {
    "AccountAccessKeysPresent": 0,
    "AccountMFAEnabled": 0,
    "AccountPasswordPresent": 0,
    "AccountSigningCertificatesPresent": 0,
    "GlobalEndpointTokenVersion": 1,
    "MFADevices": 0,
    "MFADevicesInUse": 0,
    "ServerCertificates": 0,
}


async def create_account_alias(room: Room, call: Call, request: CreateAccountAliasRequest) -> None:
    """An account has one alias: another takes its place."""
    alias = request.AccountAlias or ""

    async def create(tx: Transaction) -> None:
        if await tx.get(ACCOUNT_ALIAS, "", alias) is not None:
            raise errors.entity_already_exists(f"The account alias {alias} already exists.")
        for old in await tx.children(ACCOUNT_ALIAS, call.account):
            await tx.delete(old)
        await tx.create(Resource(ACCOUNT_ALIAS, "", alias, call.account.encode(), call.account))

    await room.store.transaction(create)


async def delete_account_alias(room: Room, call: Call, request: DeleteAccountAliasRequest) -> None:
    alias = request.AccountAlias or ""

    async def delete(tx: Transaction) -> None:
        resource = await tx.get(ACCOUNT_ALIAS, "", alias)
        if resource is None or resource.parent != call.account:
            raise errors.no_such_entity(f"The account alias {alias} cannot be found.")
        await tx.delete(resource)

    await room.store.transaction(delete)


async def list_account_aliases(
    room: Room, call: Call, request: ListAccountAliasesRequest
) -> ListAccountAliasesResponse:
    found = await room.store.transaction(lambda tx: tx.children(ACCOUNT_ALIAS, call.account))
    return ListAccountAliasesResponse(AccountAliases=[each.name for each in found], IsTruncated=False)


async def get_account_summary(room: Room, call: Call, _request: object) -> GetAccountSummaryResponse:
    summary = {name: await counted(room.store, type_, call.account) for name, type_ in COUNTED.items()}
    summary["PolicyVersionsInUse"] = await _policy_versions(room, call.account)
    return GetAccountSummaryResponse(SummaryMap={**summary, **QUOTAS, **FIXED})


async def _policy_versions(room: Room, account: str) -> int:
    total, after = 0, ""
    while True:
        batch = await room.store.resources(POLICY, account, after=(account, after), limit=_PAGE)
        total += sum(len(decode(PolicyDocument, each).versions) for each in batch)
        if len(batch) < _PAGE:
            return total
        after = batch[-1].name


OPERATIONS: dict[str, Operation] = {
    "CreateAccountAlias": create_account_alias,
    "DeleteAccountAlias": delete_account_alias,
    "GetAccountSummary": get_account_summary,
    "ListAccountAliases": list_account_aliases,
}

ACTIONS: dict[str, Action] = {
    "CreateAccountAlias": actions.of("CreateAccountAlias", "write"),
    "DeleteAccountAlias": actions.of("DeleteAccountAlias", "write"),
    "GetAccountSummary": actions.of("GetAccountSummary", "list"),
    "ListAccountAliases": actions.of("ListAccountAliases", "list"),
}
