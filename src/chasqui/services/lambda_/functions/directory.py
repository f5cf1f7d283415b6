"""The functions at hand, and what of them an invocation needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chasqui.services.lambda_.running.contract import Deployment

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What an ARN or name with a qualifier leads to, at this moment (an alias with weights may lead elsewhere the next
    time). `arn` is the function's without a qualifier, `invoked_arn` with the one that was asked for, `qualifier` that
    ("" for none). `reserved` is the function's reserved concurrency, `provisioned` the qualifier's. `queue` is the
    store's queue of the function's asynchronous events (0: none yet, see `Directory.event_queue`). `state` and
    `state_reason` are the version's ("Active", "Failed", …)."""

    deployment: Deployment
    arn: str
    invoked_arn: str
    qualifier: str
    account: str
    region: str
    name: str
    reserved: int | None = None
    provisioned: int = 0
    queue: int = 0
    state: str = "Active"
    state_reason: str = ""


class EventInvoke(msgspec.Struct, frozen=True):
    """What is configured for asynchronous events of a qualifier (PutFunctionEventInvokeConfig), and the function's
    DeadLetterConfig."""

    retries_max: int = 2
    age_max_s: int = 21_600
    on_success: str = ""
    on_failure: str = ""
    dead_letter: str = ""


class Directory:
    """Finds functions."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def target(self, account: str, region: str, name: str, qualifier: str = "") -> Target | None:
        """What is invoked under a function's name and qualifier (a version, an alias, "$LATEST" or "" for that); None
        when there is no such. Cached; quick when warm."""
        raise NotImplementedError

    async def event_invoke(self, target: Target) -> EventInvoke:
        """What is configured for the target's asynchronous events."""
        raise NotImplementedError

    async def event_queue(self, target: Target) -> int:
        """The queue of the function's asynchronous events; made if there is none."""
        raise NotImplementedError
