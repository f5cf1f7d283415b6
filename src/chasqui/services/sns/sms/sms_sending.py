"""Text messages: what Publish does with a PhoneNumber, and one attempt to send a message, direct ones and topics'.

As on AWS a message to a number that is opted out, to one that the sandbox does not know, or beyond a price is taken
over and then fails, for the reasons that AWS' delivery logs give (developer guide, "SMS delivery failure reasons").
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ServiceError
from chasqui.delivery.route import Outcome
from chasqui.delivery.sending import SendFailed
from chasqui.delivery.sms.port import Sms
from chasqui.delivery.sms.segments import count_segments
from chasqui.fabric.letters import Attribute
from chasqui.services.sns.errors import invalid_parameter
from chasqui.services.sns.inputs import shown
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.phones import dialled, is_opted_out, phone_number
from chasqui.services.sns.sms.sandbox import is_verified
from chasqui.services.sns.sms.sms_queue import Text, send_later
from chasqui.services.sns.sms.sms_settings import SMS_TYPES, dollars, in_sandbox, is_sender_id, settings_of
from chasqui.services.sns.sms.sms_spending import micro_usd, spend, take_back

CHARACTERS_MAX: Final = 1600
"""What one Publish may send to a phone (developer guide, "Publishing SMS messages")."""
_DISPLAYED: Final = 10

_OPTED_OUT: Final = "Phone number is opted out"
_UNVERIFIED: Final = "The phone number is not verified in the SMS sandbox"
_TOO_DEAR: Final = "This delivery would exceed max price"
_NO_QUOTA: Final = "No quota left for account"


class Options(msgspec.Struct, frozen=True):
    """What the attributes of a message say of how it is sent; "" and None where they say nothing."""

    sender_id: str = ""
    type: str = ""
    max_price: str | None = None


def read_options(attributes: Mapping[str, Attribute]) -> Options:
    """The `AWS.SNS.SMS.*` and `AWS.MM.SMS.*` attributes of a message. Raises `InvalidParameter`."""

    def text(name: str) -> str:
        attribute = attributes.get(name)
        return (attribute.text or "") if attribute is not None else ""

    sender, type_ = text("AWS.SNS.SMS.SenderID"), text("AWS.SNS.SMS.SMSType")
    price, origination = text("AWS.SNS.SMS.MaxPrice"), text("AWS.MM.SMS.OriginationNumber")
    if sender and not is_sender_id(sender):
        raise _invalid("AWS.SNS.SMS.SenderID", "must be 1 to 11 letters and digits with at least one letter")
    if type_ and type_ not in SMS_TYPES:
        raise _invalid("AWS.SNS.SMS.SMSType", f"must be one of {', '.join(SMS_TYPES)}")
    if price and dollars(price) is None:
        raise _invalid("AWS.SNS.SMS.MaxPrice", "must be an amount of USD")
    if origination and not (origination.removeprefix("+").isascii() and origination.removeprefix("+").isdigit()):
        raise _invalid("AWS.MM.SMS.OriginationNumber", "must be a phone number or a short code")
    return Options(origination[:16] or sender, type_, price or None)


def _invalid(name: str, what: str) -> ServiceError:
    return invalid_parameter(f"MessageAttributes Reason: {name} {what}")


async def text_phone(
    room: Room, call: Call, number: str, message: str, attributes: Mapping[str, Attribute] | None = None
) -> str:
    """What Publish with a PhoneNumber does: the message is on disk when this returns its id. Raises
    `InvalidParameter`."""
    to = phone_number(number)
    if to is None:
        raise invalid_parameter(f"PhoneNumber Reason: {shown(dialled(number))} is not valid to publish to")
    if len(message) > CHARACTERS_MAX:
        raise invalid_parameter("Message too long")
    options = read_options(attributes or {})
    text = Text(to, message, options.sender_id, options.type, options.max_price)
    return await send_later(room, owner_of(call), text)


def topic_text(number: str, message: str, attributes: Mapping[str, Attribute] | None, display_name: str = "") -> Text:
    """A topic's message for a subscribed number: behind the first ten characters of the topic's display name, cut to
    what a phone gets. Attributes that say nothing sensible are passed over, for the publisher has long been answered.
    """
    try:
        options = read_options(attributes or {})
    except ServiceError:
        options = Options()
    words = f"{display_name[:_DISPLAYED]}> {message}" if display_name else message
    return Text(number, words[:CHARACTERS_MAX], options.sender_id, options.type, options.max_price)


async def send_text(
    room: Room, owner: str, text: Text, message_id: str, *, topic_arn: str = "", subject: str = ""
) -> Outcome:
    """One attempt, in a background task. `owner` is who pays."""
    number = phone_number(text.number)
    if number is None:
        return _refused("Invalid phone number")
    if await is_opted_out(room, owner, number):
        return _refused(_OPTED_OUT)
    if not text.verification and await in_sandbox(room, owner) and not await is_verified(room, owner, number):
        return _refused(_UNVERIFIED)
    price = micro_usd(Decimal(str(room.channels.sms_price)) * count_segments(text.message))
    if text.max_price is not None and price > micro_usd(Decimal(text.max_price)):
        return _refused(_TOO_DEAR)
    month = await spend(room, owner, price)
    if month is None:
        return _refused(_NO_QUOTA)
    outcome = await _attempt(room, await _sms(room, owner, text, number, message_id, topic_arn, subject))
    if not outcome.ok:
        await take_back(room, owner, month, price)
    return outcome


def _refused(reason: str) -> Outcome:
    """The message is given up; nobody outside is to blame."""
    return Outcome(False, reason=reason)


async def _sms(room: Room, owner: str, text: Text, number: str, message_id: str, topic_arn: str, subject: str) -> Sms:
    defaults = (await settings_of(room, owner)).attributes
    account, _, region = owner.partition("/")
    return Sms(
        to=number,
        text=text.message,
        message_id=message_id,
        sender_id=text.sender_id or defaults.get("DefaultSenderID", ""),
        type=text.type or defaults.get("DefaultSMSType", SMS_TYPES[0]),
        account=account,
        region=region,
        topic_arn=topic_arn,
        subject=subject,
    )


async def _attempt(room: Room, sms: Sms) -> Outcome:
    began_ms = room.clock.now_ms()
    try:
        sent = await room.channels.texts.send(sms)
    except SendFailed as error:
        return failed(error, room.clock.now_ms() - began_ms)
    return Outcome(True, status=sent.status, dwell_ms=room.clock.now_ms() - began_ms, response=sent.answer)


def failed(error: SendFailed, dwell_ms: int) -> Outcome:
    """What a client's failure is to the outbox."""
    return Outcome(
        False,
        retry=error.retry,
        status=error.status,
        reason=error.reason,
        retry_after_ms=error.retry_after_ms,
        dwell_ms=dwell_ms,
        response=error.answer,
        reached=bool(error.status or error.answer),
    )
