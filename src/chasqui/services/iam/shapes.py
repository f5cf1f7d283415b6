"""Documents as answers show them: nothing here reads the store.

AWS shows less of an entity in a list (or within another entity) than when it is asked for by name: no tags, no
boundary, no last use.
"""

from __future__ import annotations

from urllib.parse import quote

from chasqui.access.identity.documents import GroupDocument, InstanceProfileDocument, RoleDocument, UserDocument
from chasqui.services.iam import tags
from chasqui.services.iam.entities import GROUPS, PROFILES, ROLES, USERS
from chasqui.services.iam.types import (
    AttachedPermissionsBoundary,
    Group,
    InstanceProfile,
    Role,
    RoleLastUsed,
    Tag,
    User,
)


def policy_text(text: str) -> str:
    """A policy document in an answer: URL-encoded as RFC 3986 says."""
    return quote(text, safe="")


def boundary(arn: str | None) -> AttachedPermissionsBoundary | None:
    """A permissions boundary, or None. AWS says "Policy" for its type, whatever its reference says."""
    if arn is None:
        return None
    return AttachedPermissionsBoundary(PermissionsBoundaryType="Policy", PermissionsBoundaryArn=arn)


def _some_tags(found: dict[str, str]) -> list[Tag] | None:
    return tags.shown(found) or None


def user(account: str, document: UserDocument) -> User:
    """A user in a list."""
    return User(
        Path=document.path,
        UserName=document.name,
        UserId=document.id,
        Arn=USERS.arn(account, document.path, document.name),
        CreateDate=document.created_s,
    )


def full_user(account: str, document: UserDocument) -> User:
    """A user asked for by name."""
    shape = user(account, document)
    shape.PermissionsBoundary = boundary(document.boundary)
    shape.Tags = _some_tags(document.tags)
    return shape


def group(account: str, document: GroupDocument) -> Group:
    return Group(
        Path=document.path,
        GroupName=document.name,
        GroupId=document.id,
        Arn=GROUPS.arn(account, document.path, document.name),
        CreateDate=document.created_s,
    )


def new_role(account: str, document: RoleDocument) -> Role:
    """A role just made."""
    return Role(
        Path=document.path,
        RoleName=document.name,
        RoleId=document.id,
        Arn=ROLES.arn(account, document.path, document.name),
        CreateDate=document.created_s,
        AssumeRolePolicyDocument=policy_text(document.trust),
        Description=document.description,
        PermissionsBoundary=boundary(document.boundary),
        Tags=_some_tags(document.tags),
    )


def role(account: str, document: RoleDocument) -> Role:
    """A role in a list."""
    shape = new_role(account, document)
    shape.MaxSessionDuration = document.session_seconds_max
    shape.PermissionsBoundary = shape.Tags = None
    return shape


def full_role(account: str, document: RoleDocument) -> Role:
    """A role asked for by name. When it was last used is not known, which AWS shows as an empty element."""
    shape = new_role(account, document)
    shape.MaxSessionDuration = document.session_seconds_max
    shape.RoleLastUsed = RoleLastUsed()
    return shape


def profile(account: str, document: InstanceProfileDocument, held: RoleDocument | None) -> InstanceProfile:
    """An instance profile, with its role, in a list."""
    return InstanceProfile(
        Path=document.path,
        InstanceProfileName=document.name,
        InstanceProfileId=document.id,
        Arn=PROFILES.arn(account, document.path, document.name),
        CreateDate=document.created_s,
        Roles=[_held_role(account, held)] if held is not None else [],
    )


def _held_role(account: str, document: RoleDocument) -> Role:
    shape = role(account, document)
    shape.Description = shape.MaxSessionDuration = None
    return shape


def full_profile(account: str, document: InstanceProfileDocument, held: RoleDocument | None) -> InstanceProfile:
    """An instance profile asked for by name."""
    shape = profile(account, document, held)
    shape.Tags = _some_tags(document.tags)
    return shape
