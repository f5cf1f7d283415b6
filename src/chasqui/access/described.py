"""What the access layer must know of a resource that a call is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from chasqui.access.policy.document import PolicyType
from chasqui.base.actions import Check, Values
from chasqui.base.arn import parse_arn
from chasqui.base.principal import Principal

Granted = Callable[[Principal, str, Mapping[str, Values]], Awaitable[bool]]
"""(principal, action, condition keys): whether something beside policies lets it in."""


class Described(msgspec.Struct, frozen=True):
    """A resource: the account that owns it, its resource policy's text (None when it has none), its tags.

    `exclusive`: nothing but the resource's own policy can let anyone in; identity policies count only as far as it
    delegates to them (KMS keys, roles' trust policies). `kind` is the policy's grammar; a role's trust policy (TRUST)
    speaks of who may assume the role, and of nothing else that may be done with it. `arn` is what policies know it by,
    where a call may name it otherwise (a key by its alias); "": as the call did. `context` are the condition keys that
    the resource sets. `granted` is asked when no policy says yes or no (grants of KMS keys).
    """

    owner: str
    policy: str | None = None
    tags: Mapping[str, str] = {}
    exclusive: bool = False
    kind: PolicyType = PolicyType.RESOURCE
    arn: str = ""
    context: Mapping[str, Values] = {}
    granted: Granted | None = None


class NewCheck(Check, frozen=True):
    """A check of what is only made by the call, under this very ARN: what is found by a part of it (a user that is to
    be moved, by its name) is something else. `beside` is the ARN of what is there, when what is made gets its path."""

    beside: str = ""


def described_new(resource: str) -> Described:
    """What is to be made."""
    arn = parse_arn(resource)
    return Described(arn.account if arn is not None else "")


def placed_beside(resource: str, found: Described | None) -> str:
    """The ARN of what is to be made with the path of what was found."""
    if found is None or not found.arn:
        return resource
    return f"{found.arn.rpartition('/')[0]}/{resource.rpartition('/')[2]}"
