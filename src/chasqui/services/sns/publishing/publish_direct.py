"""Publish to one phone or one device: a PhoneNumber, or an endpoint's ARN as TargetArn."""

from __future__ import annotations

from typing import Final

from chasqui.base.call import Call
from chasqui.base.ids import new_uuid
from chasqui.services.sns.errors import invalid_parameter
from chasqui.services.sns.publishing.drafting import check_subject, read_structure
from chasqui.services.sns.publishing.message_attributes import attributes_bytes, read_attributes
from chasqui.services.sns.publishing.notice import Notice
from chasqui.services.sns.push.push_sending import publish_to_endpoint
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.sms_sending import text_phone
from chasqui.services.sns.types import PublishInput, PublishResponse

_PATH: Final = "messageAttributes"


def is_direct(request: PublishInput) -> bool:
    """Whether a Publish names a phone or a device."""
    return request.PhoneNumber is not None or ":endpoint/" in (request.TargetArn or "")


async def publish_direct(room: Room, call: Call, request: PublishInput) -> PublishResponse:
    """What `is_direct` said yes to. Raises AWS' errors."""
    targets = [each for each in (request.TopicArn, request.TargetArn, request.PhoneNumber) if each is not None]
    if len(targets) != 1:
        # Leave was asked for one of them: the others must not be sent to.
        raise invalid_parameter("TopicArn, TargetArn or PhoneNumber Reason: only one of them may be given")
    notice = _notice(room, call, request)
    if request.PhoneNumber is not None:
        text = notice.text("sms")
        return PublishResponse(await text_phone(room, call, request.PhoneNumber, text, notice.attributes))
    return PublishResponse(await publish_to_endpoint(room, call, request.TargetArn or "", notice))


def _notice(room: Room, call: Call, request: PublishInput) -> Notice:
    """The message as it was published, checked."""
    message, messages = request.Message, None
    if not message:
        raise invalid_parameter("Empty message")
    attributes = read_attributes(request.MessageAttributes, _PATH)
    try:
        size = len(message.encode()) + (attributes_bytes(attributes) if attributes else 0)
    except UnicodeEncodeError:
        raise invalid_parameter("Message Reason: the message must be UTF-8 text") from None
    if size > room.limits.message_bytes_max:
        raise invalid_parameter("Message too long")
    if request.MessageStructure is not None:
        message, messages = read_structure(request.MessageStructure, message)
    if request.Subject is not None:
        check_subject(request.Subject)
    return Notice(
        new_uuid(),
        "",
        message,
        room.clock.now_ms(),
        subject=request.Subject,
        messages=messages,
        attributes=attributes,
        base_url=room.public_url or call.base_url,
        publisher=call.principal.arn,
    )
