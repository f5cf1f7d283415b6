"""Delivery-status logging: a line for each delivery that failed, and for as many that succeeded as the topic asks for.

The topic's attributes say for which protocols (`HTTPFailureFeedbackRoleArn` and so on). Lines are JSON in log groups
named `sns/region/account/topic`, failures in `…/Failure`. Source: SNS developer guide, "Amazon SNS message delivery
status".
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import msgspec

from chasqui.base.clock import Clock
from chasqui.base.digests import md5
from chasqui.base.ids import new_uuid, uuid_text
from chasqui.base.times import iso_ms
from chasqui.delivery.route import Attempted
from chasqui.fabric.recipients import Undeliverable
from chasqui.services.sns.documents import shown_endpoint
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.notice import Notice
from chasqui.services.sns.publishing.plan import Subscriber
from chasqui.telemetry.log_groups import LogEvent, LogGroups

_NAMES: Final = {
    "http": "HTTP",
    "https": "HTTP",
    "sqs": "SQS",
    "lambda": "Lambda",
    "firehose": "Firehose",
    "application": "Application",
}
_ENDED_BADLY: Final = 400


class Feedback:
    """Writes a server's delivery-status logs."""

    def __init__(self, clock: Clock, groups: LogGroups) -> None:
        self._clock = clock
        self._groups = groups
        self._stream = new_uuid()
        self._digested = ("", "")
        """The text that was digested last, which may be logged for hundreds of subscribers, and its MD5."""

    def delivered(self, topic: Topic, notice: Notice, subscribers: Sequence[Subscriber]) -> None:
        """A message is in these subscribers' queues."""
        for each in subscribers:
            if _sampled(topic, "sqs"):
                told = _told(200, "", 1, 0)
                self._write(topic, each.endpoint, notice.id, notice.at_ms, told, ok=True, text=notice.text("sqs"))

    def dropped(self, topic: Topic, subscriber: Subscriber, notice: Notice, reason: Undeliverable) -> None:
        """A message did not reach a subscriber's queue."""
        if _wants_failures(topic, subscriber.protocol):
            answer = {"ErrorCode": reason.code, "ErrorMessage": str(reason)}
            told = _told(_ENDED_BADLY, msgspec.json.encode(answer).decode(), 1, 0)
            self._write(topic, subscriber.endpoint, notice.id, notice.at_ms, told, ok=False, text=notice.text("sqs"))

    def attempted(self, topic: Topic, subscriber: Subscriber, attempted: Attempted) -> None:
        """A delivery outside has succeeded, or was given up; attempts that are followed by others are not logged."""
        outcome = attempted.outcome
        wanted = _sampled if outcome.ok else _wants_failures
        if not (outcome.ok or attempted.dead) or not wanted(topic, subscriber.protocol):
            return
        told = _told(outcome.status, outcome.response or outcome.reason, attempted.attempt, outcome.dwell_ms)
        self._write(topic, subscriber.endpoint, uuid_text(attempted.id), attempted.at_ms, told, ok=outcome.ok)

    def _write(
        self,
        topic: Topic,
        destination: str,
        message_id: str,
        at_ms: int,
        delivery: dict[str, object],
        *,
        ok: bool,
        text: str | None = None,
    ) -> None:
        notification: dict[str, object] = {"messageId": message_id, "topicArn": topic.arn}
        if text is not None:
            notification["messageMD5Sum"] = self._digest(text)
        notification["timestamp"] = iso_ms(at_ms).replace("T", " ").rstrip("Z")
        delivery = {"deliveryId": new_uuid(), "destination": shown_endpoint(destination), **delivery}
        status = "SUCCESS" if ok else "FAILURE"
        line = msgspec.json.encode({"notification": notification, "delivery": delivery, "status": status}).decode()
        group = f"sns/{topic.region}/{topic.account}/{topic.name}{'' if ok else '/Failure'}"
        self._groups.note(topic.owner, group, self._stream, LogEvent(self._clock.now_ms(), line))

    def _digest(self, text: str) -> str:
        if self._digested[0] is not text:
            self._digested = text, md5(text.encode()).hexdigest()
        return self._digested[1]


def _told(status: int, response: str, attempts: int, dwell_ms: int) -> dict[str, object]:
    return {"providerResponse": response, "dwellTimeMs": dwell_ms, "attempts": attempts, "statusCode": status}


def _sampled(topic: Topic, protocol: str) -> bool:
    """Whether a success is one of those that the topic wants to see (of a hundred, SampleRate)."""
    name, attributes = _NAMES.get(protocol), topic.document.attributes
    if name is None or not attributes.get(f"{name}SuccessFeedbackRoleArn"):
        return False
    rate = int(attributes.get(f"{name}SuccessFeedbackSampleRate") or 0)
    return random.randrange(100) < rate


def _wants_failures(topic: Topic, protocol: str) -> bool:
    name = _NAMES.get(protocol)
    return name is not None and bool(topic.document.attributes.get(f"{name}FailureFeedbackRoleArn"))
