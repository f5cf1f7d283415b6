"""Functions as other services see them: what a letter becomes in a function's queue of events
(`fabric/recipients.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chasqui.base.arn import Arn
from chasqui.base.ids import new_uuid
from chasqui.fabric.letters import Letter
from chasqui.fabric.recipients import Recipient, Source, Undeliverable
from chasqui.services.lambda_.documents import ALIAS, FUNCTION, FUNCTION_VERSION
from chasqui.services.lambda_.functions.directory import Directory, Target
from chasqui.services.lambda_.functions.names import function_arn
from chasqui.services.lambda_.invoking.events import Event, pack
from chasqui.store.port import NewMessage, QueueGone

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means

_KEPT_MAX: Final = 20_000


class EventInbox:
    """One function under one ARN, until anything about it changes: the `Recipient` that it is for others. Its policy
    must let the sender in, also where a queue's need not (`has_policy`): AWS never infers that."""

    __slots__ = (
        "_means", "_qualifier", "account", "admitted", "arn", "counted", "fifo", "has_policy", "kms", "queue",
    )  # fmt: skip

    def __init__(self, means: Means, target: Target, queue: int) -> None:
        self._means = means
        self._qualifier = target.qualifier
        self.arn = target.invoked_arn
        self.account = target.account
        self.fifo = self.kms = False
        self.queue = queue
        self.has_policy = True
        self.counted = ("AsyncEventsReceived", target.arn)
        self.admitted: dict[str, bool] = {}

    def draft(self, letter: Letter, now_ms: int) -> NewMessage:
        """What to append to the queue. Raises `Undeliverable`."""
        around = letter.around
        body = letter.body if around is None else f"{around.before}{letter.body}{around.after}"
        payload = body.encode("utf-8", "surrogatepass")
        limit = self._means.limits.event_bytes_max
        if len(payload) > limit:
            raise Undeliverable("InvalidParameterValue", f"events of {self.arn} are {limit} bytes at most")
        event = Event(new_uuid(), payload, self._qualifier, now_ms, letter.sender, trace=letter.trace_header or "")
        return pack(self._means.ring, event, now_ms)

    async def draft_sealed(self, letter: Letter, now_ms: int, _source: Source) -> NewMessage:
        """The same: events are under no key of KMS."""
        return self.draft(letter, now_ms)


class FindFunction:
    """Finds the inbox of a function's ARN, qualified or not."""

    def __init__(self, means: Means, functions: Directory) -> None:
        self._means = means
        self._functions = functions
        self._known: dict[str, set[str]] = {}
        """The ARNs under which a function is at hand, by its own."""
        for type_ in (FUNCTION, FUNCTION_VERSION, ALIAS):
            means.store.watch_resources(type_, self._changed)

    def _changed(self, owner: str, name: str) -> None:
        """What is sent to it is to be looked at anew."""
        if self._known:
            for arn in self._known.pop(function_arn(owner, name.partition(":")[0]), ()):
                self._means.recipients.forget(arn)

    async def __call__(self, arn: Arn) -> Recipient | None:
        kind, _, rest = arn.resource.partition(":")
        name, _, qualifier = rest.partition(":")
        if kind != "function" or not name or ":" in qualifier:
            return None
        if len(self._known) >= _KEPT_MAX:
            for known in self._known.pop(next(iter(self._known))):
                self._means.recipients.forget(known)
        self._known.setdefault(function_arn(f"{arn.account}/{arn.region}", name), set()).add(str(arn))
        target = await self._functions.target(arn.account, arn.region, name, qualifier)
        if target is None:
            return None
        try:
            return EventInbox(self._means, target, await self._functions.event_queue(target))
        except QueueGone:
            return None
