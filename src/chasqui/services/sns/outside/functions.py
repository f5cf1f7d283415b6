"""Notifications for functions: the event is put into the function's queue, and the delivery ends, in one transaction.

Source: Lambda developer guide, "Invoking Lambda functions with Amazon SNS notifications" (the event), "Using
resource-based policies".
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chasqui.delivery.route import Outcome
from chasqui.delivery.worker import receipt_of
from chasqui.fabric.letters import Attribute, Letter
from chasqui.fabric.recipients import Undeliverable
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.envelope import shown_value
from chasqui.services.sns.publishing.notice import WAITS_MS, Notice
from chasqui.services.sns.publishing.plan import Subscriber
from chasqui.services.sns.room import Room
from chasqui.store.port import Claimed, Delivery, NewMessage, Post

SENDER = "sns.amazonaws.com"
_ACCEPTED = 202

_encode = msgspec.json.Encoder().encode


def event(notice: Notice, subscription: str, certificate_url: str) -> str:
    """What a function gets of a notice, as JSON."""
    signature = notice.signatures.get(notice.signed_as("lambda"))
    told = {
        "Type": notice.kind,
        "MessageId": notice.id,
        "TopicArn": notice.topic,
        "Subject": notice.subject,
        "Message": notice.text("lambda"),
        "Timestamp": notice.timestamp,
        "SignatureVersion": notice.signature_version,
        "Signature": signature or "",
        "SigningCertUrl": certificate_url,
        "UnsubscribeUrl": notice.unsubscribe_url(subscription),
        "MessageAttributes": _attributes(notice.attributes or {}),
    }
    record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription, "Sns": told}
    return _encode({"Records": [record]}).decode()


def _attributes(attributes: Mapping[str, Attribute]) -> dict[str, dict[str, str]]:
    return {name: {"Type": each.data_type, "Value": shown_value(each)} for name, each in attributes.items()}


async def invoke(room: Room, subscriber: Subscriber, topic: Topic | None, body: str, claimed: Claimed) -> Outcome:
    """Hand the event over. A function that is gone, or does not let SNS in, is not tried again, as on AWS."""
    recipients = room.recipients
    recipient = await recipients.find(subscriber.endpoint)
    if recipient is None or topic is None:
        return Outcome(False, status=404, reason=f"Function not found: {subscriber.endpoint}")
    if not await recipients.admits(recipient, topic):
        reason = f"The function's policy does not let Amazon SNS invoke {subscriber.endpoint}"
        return Outcome(False, status=403, reason=reason)
    try:
        message = recipient.draft(Letter(body, SENDER), room.clock.now_ms())
    except Undeliverable as error:
        return Outcome(False, status=400, reason=f"{error.code}: {error}")
    # When the function is deleted this very moment, the delivery is put back, and the next attempt finds it gone.
    post = Post((Delivery(recipient.queue, (message,), Delivery(subscriber.queue, (_again(claimed, message),))),))
    delivered = await room.store.deliver(post, settle=(subscriber.queue, (receipt_of(claimed),)))
    if delivered.gone:
        return Outcome(False, retry=True, reason=f"The function was deleted: {subscriber.endpoint}")
    room.counters[recipient.counted] += 1
    return Outcome(True, status=_ACCEPTED)


def _again(claimed: Claimed, like: NewMessage) -> NewMessage:
    """A claimed delivery as a new one, sent when `like` is."""
    now_ms = like.sent_at_ms
    return NewMessage(claimed.id, claimed.payload, now_ms, now_ms, now_ms + WAITS_MS, shared=claimed.shared)
