"""What an operation is in the language of policies: its action, the resource it acts on, the condition keys it sets.

Every service has a table of these beside its operations; the access layer asks it before an operation runs. The facts
are AWS' Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from chasqui.base.call import Call

Values = str | tuple[str, ...]
"""A condition key's value, or its values where the key has many."""

AccessLevel = Literal["read", "list", "write", "permissions", "tagging"]


class Check(msgspec.Struct, frozen=True):
    """One thing to be allowed: an action ("sqs:SendMessage") on a resource (its ARN, or "*")."""

    action: str
    resource: str
    context: Mapping[str, Values] = {}


def any_resource(_call: Call, _request: Any) -> str:
    """The resource of actions that have none."""
    return "*"


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """How a call of an operation is judged and logged.

    `resource` gives the ARN that the call is about from the caller's facts and the decoded request; it must not raise,
    whatever the request holds. `context` gives the request's own condition keys, `also` what else must be allowed.
    `data` marks calls that CloudTrail counts as data events. An `open` operation needs no permission
    (sts:GetCallerIdentity), an `unsigned` one no credentials either (sts:AssumeRoleWithWebIdentity). `new`: its
    resource is what the call makes, whatever has that name already. `told` is the action's spelling in refusals
    where AWS' differs from `name`. `hidden` names members of the request that must not be logged. `decided_by`, for
    what is hot, gives the one fact of a request on which `resource` depends beside the call: what was allowed is
    remembered by it, for less than finding the resource costs. `named` gives the
    action's name where the request decides it (s3:GetObject, s3:GetObjectVersion).
    """

    name: str
    level: AccessLevel
    resource: Callable[[Call, Any], str] = any_resource
    context: Callable[[Call, Any], Mapping[str, Values]] | None = None
    also: Callable[[Call, Any], Iterable[Check]] | None = None
    data: bool = False
    decided_by: Callable[[Any], object] | None = None
    open: bool = False
    unsigned: bool = False
    new: bool = False
    told: str = ""
    hidden: tuple[str, ...] = ()
    named: Callable[[Any], str] | None = None

    @property
    def read_only(self) -> bool:
        return self.level in ("read", "list")
