"""`find(arn)`: what can be sent to inside of this server, whichever service has it.

A service that keeps what is sent to it (queues; later streams, buses, functions) registers one function. Who sends asks
for the recipient, lets it draft what it would store, and puts the drafts into a transaction of its own: so what is
published and what is received are committed together.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from chasqui.base.actions import Values
from chasqui.base.arn import Arn, parse_arn
from chasqui.base.bounded import keep
from chasqui.base.errors import ChasquiError
from chasqui.base.principal import Principal
from chasqui.fabric.letters import Letter
from chasqui.store.port import NewMessage
from chasqui.telemetry.counters import Key

_KEPT_MAX = 20_000

_log = logging.getLogger("chasqui.access")

Mode = Literal["permissive", "strict", "audit"]


class Undeliverable(ChasquiError):
    """A letter that a recipient does not take. `code` is as AWS' logs would call it ("AccessDenied",
    "KMS.DisabledException", "InvalidParameterValue"); the text says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Source(Protocol):
    """On whose behalf something is sent: a service, for a resource of an account."""

    @property
    def service(self) -> Principal: ...

    @property
    def arn(self) -> str: ...

    @property
    def account(self) -> str: ...


class Recipient(Protocol):
    """A queue, as others see it. It is thrown away when the resource behind it changes in any way.

    `queue` is the store's. `kms`: drafting needs a key that somebody may refuse, so it takes `draft_sealed`. `admitted`
    are decisions that hold for as long as this object does, by the source's ARN. `counted` is the counter of what was
    sent here, which whoever sends adds to (`Counters`).
    """

    arn: str
    account: str
    fifo: bool
    kms: bool
    queue: int
    has_policy: bool
    admitted: dict[str, bool]
    counted: Key

    def draft(self, letter: Letter, now_ms: int) -> NewMessage:
        """What to append to `queue`. Raises `Undeliverable`."""
        ...

    async def draft_sealed(self, letter: Letter, now_ms: int, source: Source) -> NewMessage:
        """The same, encrypted under the recipient's KMS key, which its policy must let the source's service use. Raises
        `Undeliverable`."""
        ...


Find = Callable[[Arn], Awaitable[Recipient | None]]
Ask = Callable[[Principal, str, str, dict[str, Values]], Awaitable[tuple[bool, bool]]]
"""(principal, action, resource, condition keys): whether its policy lets it in, and whether that holds for good."""


class Recipients:
    """The services' functions by the service in the ARN, and the recipients at hand."""

    def __init__(self, ask: Ask, fresh: Callable[[], bool], mode: Mode) -> None:
        """On servers that are not strict, what has no policy at all lets in its own account's sources (decision 20)."""
        self._find: dict[str, Find] = {}
        self._actions: dict[str, str] = {}
        self._ask = ask
        self._fresh = fresh
        self._mode = mode
        self._changes = 0
        self._at_hand: dict[str, Recipient] = {}
        self.get = self._at_hand.get
        """The recipient with this ARN if it is at hand and `fresh()`: for the hot path."""

    @property
    def fresh(self) -> Callable[[], bool]:
        """Whether what is at hand may still be used (`Store.fresh`)."""
        return self._fresh

    def add(self, service: str, action: str, find: Find) -> None:
        """`action` is what a sender must be allowed ("sqs:SendMessage")."""
        assert service not in self._find, f"{service}'s recipients are found by one function"
        self._find[service] = find
        self._actions[service] = action

    def forget(self, arn_text: str) -> None:
        """The resource changed."""
        self._changes += 1
        self._at_hand.pop(arn_text, None)

    async def find(self, arn_text: str) -> Recipient | None:
        """The recipient; None when it does not exist or no service has such."""
        found = self._at_hand.get(arn_text)
        if found is not None and self._fresh():
            return found
        arn = parse_arn(arn_text)
        find = self._find.get(arn.service) if arn is not None else None
        if arn is None or find is None:
            return None
        changes = self._changes
        found = await find(arn)
        if found is not None and changes == self._changes:
            keep(self._at_hand, arn_text, found, _KEPT_MAX)
        return found

    async def admits(self, recipient: Recipient, source: Source, *, strictly: bool = False) -> bool:
        """Whether the recipient's policy lets the source's service send to it. Ask `recipient.admitted` first, where
        it is hot. `strictly`: it needs a policy on every server (decision 22); a source asks always so, or never."""
        known = recipient.admitted.get(source.arn)
        if known is not None and self._fresh():
            return known
        own = recipient.account == source.account
        if self._mode != "strict" and not strictly and not recipient.has_policy and own:
            allowed, lasting = True, True
            if self._mode == "audit":
                _log.warning(
                    "strict mode would refuse: a queue without a policy lets no service in",
                    extra={"resource": recipient.arn, "source": source.arn, "service": source.service.arn},
                )
        else:
            service = recipient.arn.split(":", 3)[2]
            context: dict[str, Values] = {"aws:SourceArn": source.arn, "aws:SourceAccount": source.account}
            allowed, lasting = await self._ask(source.service, self._actions[service], recipient.arn, context)
        if lasting:
            keep(recipient.admitted, source.arn, allowed, 1000)
        return allowed
