"""Sends what is told of an event to where its function's configuration says: queues, functions, topics.

It is sent with the function's own role, which must be allowed to. What is for a queue or a function is handed back, to
be committed with the end of the event; topics are published to at once. What cannot be sent is counted and logged, as
on AWS, and does not run the function again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.principal import Principal
from chasqui.fabric.letters import Attribute, Letter
from chasqui.fabric.recipients import Undeliverable
from chasqui.services.lambda_.functions.directory import Target
from chasqui.store.port import Delivery

if TYPE_CHECKING:
    from chasqui.services.lambda_.means import Means

_ACTIONS: Final = {"sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction", "sns": "sns:Publish"}

_log = logging.getLogger("chasqui.lambda")


class RoleSource(msgspec.Struct, frozen=True):
    """A function that sends with its role (`fabric.recipients.Source`)."""

    service: Principal
    arn: str
    account: str


async def send(
    means: Means, target: Target, metric: str, to: str, body: str, attributes: Mapping[str, Attribute] | None = None
) -> list[Delivery]:
    """What to commit so that `body` arrives at the ARN `to`. `metric` counts what cannot be sent. Raises
    `StoreError`."""
    try:
        deliveries = await _send(means, target, to, body, attributes)
    except (ServiceError, Undeliverable) as error:
        means.counters[metric, target.arn] += 1
        _log.warning(
            "what became of an event could not be sent",
            extra={"function": target.invoked_arn, "destination": to, "reason": str(error)},
        )
        return []
    means.counters.flows[f"{target.arn} {to}"] += 1
    return deliveries


async def _send(
    means: Means, target: Target, to: str, body: str, attributes: Mapping[str, Attribute] | None
) -> list[Delivery]:
    service = to.split(":", 3)[2] if to.count(":") > 4 else ""
    action = _ACTIONS.get(service)
    if action is None:
        raise Undeliverable("InvalidDestination", f"nothing here can be sent to at {to}")
    call: Call = await means.role_call(target.deployment.role, target.name, target.region)
    await means.demand(call, action, to, {})
    source = RoleSource(call.principal, target.arn, target.account)
    if service == "sns":
        await means.publishers.publish(source, to, None, body, attributes=attributes, admitted=True)
        return []
    recipient = await means.recipients.find(to)
    if recipient is None or recipient.fifo:
        raise Undeliverable("InvalidDestination", f"{to} does not exist, or is FIFO")
    letter = Letter(body, call.sender, dict(attributes) if attributes else None)
    now_ms = means.clock.now_ms()
    if recipient.kms:
        message = await recipient.draft_sealed(letter, now_ms, source)
    else:
        message = recipient.draft(letter, now_ms)
    means.counters[recipient.counted] += 1
    return [Delivery(recipient.queue, [message])]
