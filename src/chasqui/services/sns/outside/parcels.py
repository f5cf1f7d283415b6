"""How a notice looks to those who are outside: the POST to an endpoint, the mail.

Sources: SNS developer guide, "HTTP/HTTPS headers", "Amazon SNS raw message delivery", "Email notifications".
"""

from __future__ import annotations

from typing import Final

from chasqui.delivery.mail.message import BadMail, Mail
from chasqui.delivery.policy import CONTENT_TYPE
from chasqui.delivery.route import Outcome
from chasqui.delivery.sending import SendFailed
from chasqui.services.sns.publishing.envelope import confirmation, envelope
from chasqui.services.sns.publishing.notice import Notice
from chasqui.services.sns.publishing.plan import Subscriber
from chasqui.services.sns.room import Room

_SUBJECT: Final = "AWS Notification Message"
_CONFIRM: Final = "AWS Notification - Subscription Confirmation"
_ENDED: Final = "AWS Notification - Unsubscribe Confirmation"


def http(
    notice: Notice, subscriber: Subscriber, certificate_url: str, content_type: str
) -> tuple[dict[str, str], bytes]:
    """The header fields and the body of a POST."""
    fields = {
        "x-amz-sns-message-type": notice.kind,
        "x-amz-sns-message-id": notice.id,
        "x-amz-sns-topic-arn": notice.topic,
    }
    if notice.kind != "SubscriptionConfirmation":
        fields["x-amz-sns-subscription-arn"] = subscriber.arn
    raw = subscriber.raw and notice.kind == "Notification"
    if raw:
        fields["x-amz-sns-rawdelivery"] = "true"
    fields["Content-Type"] = content_type if notice.kind == "Notification" else CONTENT_TYPE
    fields["Accept-Encoding"] = "gzip,deflate"
    body = notice.text(subscriber.protocol) if raw else shown(notice, subscriber, certificate_url)
    return fields, body.encode()


def shown(notice: Notice, subscriber: Subscriber, certificate_url: str) -> str:
    """A notice in SNS' JSON."""
    if notice.kind == "Notification":
        return envelope(notice, subscriber.protocol, subscriber.arn, certificate_url)
    return confirmation(notice, subscriber.protocol, certificate_url)


def mail(notice: Notice, subscriber: Subscriber, certificate_url: str) -> Mail:
    """A mail: the message with a link that ends the subscription, or the link that confirms it."""
    link = notice.unsubscribe_url(subscriber.arn)
    headers = (("List-Unsubscribe", f"<{link}>"),) if notice.kind == "Notification" else ()
    if subscriber.protocol == "email-json":
        text, subject = shown(notice, subscriber, certificate_url), notice.subject or _SUBJECT
    elif notice.kind == "Notification":
        text, subject = f"{notice.text('email')}\n\n{_footer(link)}", notice.subject or _SUBJECT
    elif notice.kind == "SubscriptionConfirmation":
        text, subject = _asked(notice), _CONFIRM
    else:
        text, subject = _told_ended(notice, subscriber), _ENDED
    return Mail(to=subscriber.endpoint, subject=subject, text=text, headers=headers)


def _footer(link: str) -> str:
    return f"--\nTo stop receiving notifications from this topic, visit this link:\n{link}\n"


def _asked(notice: Notice) -> str:
    return (
        f"You have chosen to subscribe to the topic:\n{notice.topic}\n\n"
        f"To confirm this subscription, visit this link:\n{notice.subscribe_url}\n\n"
        "If you did not ask for this, do nothing: without a confirmation nothing more is sent.\n"
    )


def _told_ended(notice: Notice, subscriber: Subscriber) -> str:
    return (
        f"Your subscription to the topic below has been deactivated:\n{notice.topic}\n\n"
        f"The subscription was:\n{subscriber.arn}\n\n"
        f"If this was not intended, restore it by visiting this link:\n{notice.subscribe_url}\n"
    )


async def mailed(room: Room, letter: Mail) -> Outcome:
    """One attempt at sending a mail."""
    began_ms = room.clock.now_ms()
    try:
        sent = await room.channels.mails.send(letter)
    except BadMail as error:
        return Outcome(False, reason=str(error))
    except SendFailed as error:
        dwell_ms = room.clock.now_ms() - began_ms
        return Outcome(False, error.retry, error.status, error.reason, error.retry_after_ms, dwell_ms, error.answer)
    return Outcome(True, status=sent.status, dwell_ms=room.clock.now_ms() - began_ms, response=sent.answer)
