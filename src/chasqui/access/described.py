"""What the access layer must know of a resource that a call is about."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chasqui.access.policy.document import PolicyType


class Described(msgspec.Struct, frozen=True):
    """A resource: the account that owns it, its resource policy's text (None when it has none), its tags.

    `exclusive`: nothing but the resource's own policy can let anyone in; identity policies count only as far as it
    delegates to them (KMS keys, roles' trust policies). `kind` is the policy's grammar; a role's trust policy (TRUST)
    speaks of who may assume the role, and of nothing else that may be done with it.
    """

    owner: str
    policy: str | None = None
    tags: Mapping[str, str] = {}
    exclusive: bool = False
    kind: PolicyType = PolicyType.RESOURCE
