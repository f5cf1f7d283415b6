"""What tests of the audit log share: callers, calls, and a log on a store in memory."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec

from chasqui.access.audit.events import AuditEvent
from chasqui.access.audit.log import AuditLog
from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.principal import Principal, root_of
from chasqui.base.settings import Settings
from chasqui.services.cloudtrail.lookup import lookup_events
from chasqui.services.cloudtrail.service import Room
from chasqui.services.cloudtrail.types import LookupAttribute, LookupEventsRequest, LookupEventsResponse
from chasqui.store.memory import MemoryStore

T = TypeVar("T")

NOON_MS = 1_767_268_800_000
"""2026-01-01T12:00:00Z."""
DAY_MS = 24 * 3600 * 1000
ACCOUNT = "123456789012"
QUEUE_ARN = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"

ROOT = root_of(ACCOUNT, "AKIAROOT")
BOB = Principal(
    kind="user", account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:user/bob", id="AIDABOB", name="bob", access_key="AKIABOB"
)


class CreateQueueRequest(msgspec.Struct):
    QueueName: str | None = None
    Attributes: dict[str, str] | None = None


class CreateQueueResult(msgspec.Struct):
    QueueUrl: str | None = None


class Facts(msgspec.Struct):
    source_address: str = "192.0.2.7"
    user_agent: str = "aws-cli/2"
    secure: bool = False


def queue_arn(call: Call, request: Any) -> str:
    return f"arn:aws:sqs:{call.region}:{call.account or ACCOUNT}:{request.QueueName}"


CREATE = Action(name="sqs:CreateQueue", level="write", resource=queue_arn)
LIST = Action(name="sqs:ListQueues", level="list")
SEND = Action(name="sqs:SendMessage", level="write", data=True)


def call_of(principal: Principal = BOB, region: str = "eu-west-1") -> Call:
    return Call(principal.account, region, principal, principal.id, "https://chasqui.example:4566")


def event(principal: Principal = BOB, region: str = "eu-west-1", **given: Any) -> AuditEvent:
    """bob's CreateQueue, but for what is given."""
    facts = {
        "call": call_of(principal, region),
        "service": "sqs",
        "operation": "CreateQueue",
        "action": CREATE,
        "params": CreateQueueRequest("orders"),
        "result": CreateQueueResult("http://x/orders"),
        "request_id": "request-1",
        "facts": Facts(),
    }
    return AuditEvent(**(facts | given))


class Scene:
    """An audit log on a store in memory, on a frozen clock."""

    def __init__(self, **settings: Any) -> None:
        self.clock = TestClock()
        self.clock.freeze(NOON_MS)
        self.store = MemoryStore(self.clock)
        self.audit = AuditLog(self.store, self.clock, Settings(**settings))
        self.room = Room(self.audit, self.clock)

    async def write(self, *events: AuditEvent) -> None:
        for each in events:
            await self.audit.write(each)

    async def look_up(self, call: Call | None = None, **request: Any) -> LookupEventsResponse:
        return await lookup_events(self.room, call or call_of(), LookupEventsRequest(**request))

    async def find(self, key: str, value: str) -> list[str]:
        """The names of the events with this attribute."""
        found = await self.look_up(LookupAttributes=[LookupAttribute(key, value)])
        return [each.EventName or "" for each in found.Events or []]

    async def records(self, call: Call | None = None) -> list[dict[str, Any]]:
        found = await self.look_up(call)
        return [json.loads(each.CloudTrailEvent or "") for each in found.Events or []]


def stepped(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing but a store in memory."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    raise AssertionError("it waits for something")
