"""Users, groups and roles: what IAM calls them and their operations."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.console.language import N_
from chasqui.console.looks import Asked, all_of
from chasqui.console.page import Page


class Kind(msgspec.Struct, frozen=True):
    """A kind of entity. `path` is its segment of the address, `noun` is how IAM's operations call it."""

    path: str
    noun: str
    title: str
    create: str
    empty: str
    bounded: bool = True
    """Whether there are permissions boundaries and tags."""

    @property
    def member(self) -> str:
        """The parameter that names one."""
        return f"{self.noun}Name"

    def named(self, name: str, **more: Any) -> dict[str, Any]:
        """The parameters of an operation on one."""
        return {self.member: name, **more}


USERS: Final = Kind(
    "users",
    "User",
    N_("Users"),
    N_("Create user"),
    N_("There is no user yet. A user has access keys, with which programs sign their requests."),
)
GROUPS: Final = Kind(
    "groups",
    "Group",
    N_("User groups"),
    N_("Create group"),
    N_("There is no group yet. What a group may, all its users may."),
    bounded=False,
)
ROLES: Final = Kind(
    "roles",
    "Role",
    N_("Roles"),
    N_("Create role"),
    N_("There is no role yet. Functions, services and users of other accounts take a role on for a while."),
)
KINDS: Final = (USERS, GROUPS, ROLES)


class Permissions(msgspec.Struct, frozen=True):
    """What an entity's policies are: attached ones by ARN and name, inline ones by name, each asked for by itself."""

    attached: Asked
    inline: Asked


async def permissions(page: Page, kind: Kind, name: str) -> Permissions:
    """An entity's policies."""
    return Permissions(
        await all_of(page, "iam", f"ListAttached{kind.noun}Policies", "AttachedPolicies", **kind.named(name)),
        await all_of(page, "iam", f"List{kind.noun}Policies", "PolicyNames", **kind.named(name)),
    )
