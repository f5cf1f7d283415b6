"""Roles as those see them who want to assume one: found by their ARN, described by their trust policy."""

from __future__ import annotations

from chasqui.access.described import Described
from chasqui.access.identity.documents import ROLE, RoleDocument, decode, iam_arn
from chasqui.access.policy.document import PolicyType
from chasqui.base.actions import Values
from chasqui.base.arn import Arn
from chasqui.store.port import Store

_KIND = "role/"


async def find_role(store: Store, arn: Arn) -> RoleDocument | None:
    """The role with exactly this ARN: its path and its letters' case count, so that a policy that names the ARN is
    never got around with another spelling of it."""
    if not arn.resource.startswith(_KIND):
        return None
    resource = await store.resource(ROLE, arn.account, arn.resource.rpartition("/")[2].lower())
    if resource is None:
        return None
    role = decode(RoleDocument, resource)
    return role if iam_arn(arn.account, "role", role.path, role.name) == str(arn) else None


async def describe_role(store: Store, arn: Arn) -> Described | None:
    """A role as a resource of `sts:AssumeRole` and its relatives; None when there is no such role."""
    role = await find_role(store, arn)
    return described_role(arn.account, role) if role is not None else None


def described_role(account: str, role: RoleDocument) -> Described:
    """The same of a role that was found."""
    return Described(
        owner=account,
        policy=role.trust,
        tags=role.tags,
        exclusive=True,
        kind=PolicyType.TRUST,
        context=boundary_context(role.boundary),
    )


def boundary_context(boundary: str | None) -> dict[str, Values]:
    """The condition key that a user or a role sets by the boundary it has."""
    return {"iam:PermissionsBoundary": boundary} if boundary else {}
