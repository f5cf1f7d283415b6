"""What the access layer must know of a resource that a call is about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from chasqui.access.policy.document import PolicyType
from chasqui.base.actions import Values
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
