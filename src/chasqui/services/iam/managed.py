"""Managed policies, AWS' own and the account's, found by their ARNs, and what both kinds look like in answers.

AWS' come out of the program as documents like the account's, so that only changing one tells them apart.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import msgspec

from chasqui.access.identity.documents import (
    ATTACHMENT,
    POLICY,
    PolicyDocument,
    PolicyVersion,
    decode,
    iam_arn,
)
from chasqui.access.identity.managed import ManagedPolicy, managed_policies, managed_policy
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.iam import errors, tags
from chasqui.services.iam.entities import POLICIES, key_of
from chasqui.services.iam.links import BOUNDARY, holders
from chasqui.services.iam.types import Policy
from chasqui.store.port import Resource, Store, Transaction

AWS: Final = "aws"
"""What stands in the place of an account in the ARNs of AWS' policies."""


def not_found(arn: str) -> ServiceError:
    """There is no such policy, or the entity does not have it."""
    return errors.no_such_entity(f"Policy {arn} was not found.")


def not_attachable(arn: str) -> ServiceError:
    """There is no such policy to be used."""
    return errors.no_such_entity(f"Policy {arn} does not exist or is not attachable.")


def of_request(_call: Call, request: Any) -> str:
    """The policy that a request is about, for tables of actions."""
    arn: str = request.PolicyArn or ""
    return arn if arn.startswith("arn:") else "*"


def account_of(arn: str) -> str:
    """Whose policy an ARN names: an account's, or "aws". Raises `ValidationError` and `InvalidInput`."""
    parsed = parse_arn(arn)
    if parsed is None:
        raise errors.validation_error("Invalid ARN:  Could not be parsed!")
    if parsed.service != "iam" or not parsed.resource.startswith("policy/"):
        raise errors.invalid_input(f"ARN {arn} is not valid.")
    return parsed.account


def path_and_name(arn: str) -> tuple[str, str]:
    """ "/team/" and "name" of a policy's ARN."""
    path, _, name = arn.partition(":policy")[2].rpartition("/")
    return f"{path}/", name


def of_aws(policy: ManagedPolicy) -> PolicyDocument:
    """One of AWS' as a document."""
    return PolicyDocument(
        name=policy.name,
        id=policy.id,
        path=policy.path,
        created_s=policy.created_s,
        updated_s=policy.updated_s,
        description=policy.description,
        versions=[PolicyVersion(id=policy.version, text=policy.text, created_s=policy.updated_s)],
        default=policy.version,
    )


class Listed(msgspec.Struct, kw_only=True):
    """What lists show of a policy: its document less the versions, whose texts would be read for nothing."""

    name: str
    id: str
    path: str = "/"
    created_s: int
    updated_s: int
    default: str


def all_of_aws() -> list[Listed]:
    """Every one of AWS'."""
    return [
        Listed(
            name=policy.name,
            id=policy.id,
            path=policy.path,
            created_s=policy.created_s,
            updated_s=policy.updated_s,
            default=policy.version,
        )
        for policy in managed_policies().values()
    ]


async def find(tx: Transaction, account: str, arn: str) -> PolicyDocument | None:
    """The policy with this ARN, if this account may know of it. Raises as `account_of`."""
    owner = account_of(arn)
    aws = managed_policy(arn)
    if aws is not None:
        return of_aws(aws)
    found = await _own(tx, account, arn) if owner == account else None
    return found[1] if found else None


async def read(tx: Transaction, account: str, arn: str) -> tuple[Resource, PolicyDocument]:
    """The account's own policy with this ARN, to be changed. Raises `AccessDenied`, `NoSuchEntity` and as
    `account_of`."""
    if account_of(arn) != account:
        raise ServiceError("AccessDenied", "Policy is outside your own account.", status=403)
    found = await _own(tx, account, arn)
    if found is None:
        raise not_found(arn)
    return found


async def _own(tx: Transaction, account: str, arn: str) -> tuple[Resource, PolicyDocument] | None:
    resource = await tx.get(POLICY, account, key_of(path_and_name(arn)[1]))
    if resource is None:
        return None
    document = decode(PolicyDocument, resource)
    # The name alone finds it; the ARN must have its path, too.
    return (resource, document) if POLICIES.arn(account, document.path, document.name) == arn else None


# ----------------------------------------------------------------------------------------------------------- shapes


def shape(account: str, document: PolicyDocument | Listed, attached: int, bounding: int) -> Policy:
    """A policy in a list; `attached` and `bounding` are how many have it attached and as their boundary."""
    return Policy(
        PolicyName=document.name,
        PolicyId=document.id,
        Arn=iam_arn(account, "policy", document.path, document.name),
        Path=document.path,
        DefaultVersionId=document.default,
        AttachmentCount=attached,
        PermissionsBoundaryUsageCount=bounding,
        IsAttachable=True,
        CreateDate=document.created_s,
        UpdateDate=document.updated_s,
    )


async def full_shape(tx: Transaction, account: str, arn: str, document: PolicyDocument) -> Policy:
    """A policy asked for by its ARN."""
    attached = await holders(tx, ATTACHMENT, account, arn)
    bounding = await holders(tx, BOUNDARY, account, arn)
    full = shape(account_of(arn), document, len(attached), len(bounding))
    full.Description = document.description
    full.Tags = tags.shown(document.tags)
    return full


async def uses(store: Store, type_: str, account: str) -> Counter[str]:
    """How many have each policy attached (ATTACHMENT) or as their boundary (BOUNDARY), by the policy's ARN."""
    found: Counter[str] = Counter()
    after = ""
    while True:
        batch = await store.resources(type_, account, after=(account, after))
        found.update(each.name.partition(" ")[2] for each in batch)
        if len(batch) < 1000:
            return found
        after = batch[-1].name
