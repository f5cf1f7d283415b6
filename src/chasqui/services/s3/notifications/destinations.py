"""Looking at destinations when they are configured: whether they are there and let the bucket in; and the test event
that each new one gets.

Sources: S3 user guide, "Granting permissions to publish event notification messages to a destination"; the refusals are
recorded from AWS where they could be (not those of FIFO).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.fabric.letters import Letter
from chasqui.fabric.recipients import Recipient, Undeliverable
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.notifications.records import SENDER, trial_body
from chasqui.services.s3.notifications.rules import Kind, Rule
from chasqui.services.s3.notifications.sources import BucketSource
from chasqui.services.s3.room import Room
from chasqui.store.port import Delivery

SUBJECT: Final = "Amazon S3 Notification"

_NAMES: Final[dict[Kind, str]] = {"Queue": "queue", "Topic": "topic"}


class Refused(Exception):
    """A destination cannot be sent to; in AWS' words."""


async def validate(room: Room, call: Call, bucket: Bucket, rules: Iterable[Rule], known: set[str]) -> list[Delivery]:
    """Look at each destination once, and publish the test event to topics that are not among `known`. Returns the test
    events of queues, to be delivered with the configuration. Raises `InvalidArgument` that names what was refused."""
    deliveries: list[Delivery] = []
    refused: list[tuple[str, str]] = []
    text = trial_body(bucket, call.request_id, room.clock.now_ms())
    for rule in {each.arn: each for each in rules}.values():
        try:
            if rule.kind == "Topic":
                await _topic(room, call, bucket, rule.arn, "" if rule.arn in known else text)
            else:
                recipient = await _recipient(room, bucket, rule)
                if rule.kind == "Queue" and rule.arn not in known:
                    deliveries.append(await _queued(room, bucket, recipient, text))
        except Refused as error:
            # Of functions AWS says a name that is there twice, once with nothing in it.
            refused.append((f"{rule.arn}, null" if rule.kind == "CloudFunction" else rule.arn, str(error)))
    if refused:
        fields: dict[str, object] = {}
        for number, (arn, reason) in enumerate(refused, 1):
            fields[f"ArgumentName{number}"] = arn
            fields[f"ArgumentValue{number}"] = reason
        message = "Unable to validate the following destination configurations"
        raise ServiceError("InvalidArgument", message, status=400, fields=fields)
    return deliveries


async def _recipient(room: Room, bucket: Bucket, rule: Rule) -> Recipient:
    recipient = await room.recipients.find(rule.arn)
    if recipient is None:
        raise _missing(rule)
    if recipient.fifo:
        raise Refused("FIFO SQS queue are not supported")
    if not await room.recipients.admits(recipient, BucketSource(bucket), strictly=True):
        raise _denied(rule)
    return recipient


def _missing(rule: Rule) -> Refused:
    if rule.kind == "CloudFunction":
        return _denied(rule)
    return Refused(f"The destination {_NAMES[rule.kind]} does not exist")


def _denied(rule: Rule) -> Refused:
    if rule.kind == "CloudFunction":
        return Refused(f"Not authorized to invoke function [{rule.arn}]")
    name = _NAMES[rule.kind]
    return Refused(f"Permissions on the destination {name} do not allow S3 to publish notifications from this bucket")


async def _queued(room: Room, bucket: Bucket, recipient: Recipient, text: str) -> Delivery:
    letter, now_ms = Letter(text, SENDER), room.clock.now_ms()
    try:
        if recipient.kms:
            message = await recipient.draft_sealed(letter, now_ms, BucketSource(bucket))
        else:
            message = recipient.draft(letter, now_ms)
    except Undeliverable as error:
        raise Refused(f"{error.code}: {error}") from error
    return Delivery(recipient.queue, (message,))


async def _topic(room: Room, call: Call, bucket: Bucket, arn: str, text: str) -> None:
    source, publisher = BucketSource(bucket), room.publishers.find(arn)
    rule = Rule("", "Topic", arn, ())
    fifo = None if publisher is None else await publisher.is_fifo(arn)
    if publisher is None or fifo is None:
        raise _missing(rule)
    if fifo:
        raise Refused("FIFO SNS topics are not supported")
    if not await publisher.admits(arn, source):
        raise _denied(rule)
    if text:
        try:
            await publisher.publish(source, arn, SUBJECT, text, base_url=call.base_url)
        except Undeliverable as error:
            raise Refused(f"{error.code}: {error}") from error
