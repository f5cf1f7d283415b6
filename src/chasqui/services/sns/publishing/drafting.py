"""What a publish must be, and the notice that it becomes. No store: everything is decided on the topic at hand.

Sources: API reference, Publish and PublishBatch; developer guide, "Message deduplication for FIFO topics"; the
refusals' words are recorded from AWS where they could be.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, Protocol

import msgspec

from chasqui.base.call import Call
from chasqui.base.ids import new_id
from chasqui.services.sns.errors import authorization_error, invalid_parameter
from chasqui.services.sns.publishing.directory import Topic
from chasqui.services.sns.publishing.message_attributes import attributes_bytes, read_attributes
from chasqui.services.sns.publishing.notice import Notice
from chasqui.services.sns.topics.data_protection import Denied, Protection
from chasqui.services.sns.types import MessageAttributeValue

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}\Z")
_SUBJECT_LENGTH_LIMIT: Final = 100
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_structured = msgspec.json.Decoder(dict[str, object]).decode


class Publishable(Protocol):
    """What Publish and an entry of PublishBatch share."""

    Message: str | None
    Subject: str | None
    MessageStructure: str | None
    MessageAttributes: dict[str, MessageAttributeValue] | None
    MessageDeduplicationId: str | None
    MessageGroupId: str | None


class Draft(msgspec.Struct):
    """A checked message: its notice, its id's 16 bytes, its bytes as they count towards limits."""

    notice: Notice
    raw_id: bytes
    size: int


def draft(
    topic: Topic, call: Call, request: Publishable, now_ms: int, base_url: str, path: str = "messageAttributes"
) -> Draft:
    """Check a message against the topic's rules. Raises AWS' errors; its size is not looked at (see `check_size`)."""
    message = request.Message
    if not message:
        raise invalid_parameter("Empty message")
    attributes = read_attributes(request.MessageAttributes, path) if request.MessageAttributes else None
    try:
        size = len(message.encode()) + (attributes_bytes(attributes) if attributes else 0)
    except UnicodeEncodeError:
        raise invalid_parameter("Message Reason: the message must be UTF-8 text") from None
    messages = None
    if request.MessageStructure is not None:
        message, messages = read_structure(request.MessageStructure, message)
    if request.Subject is not None:
        check_subject(request.Subject)
    if topic.protection is not None:
        message, messages = _protected(topic.protection, call, message, messages)
    raw_id, text_id = new_id()
    notice = Notice(text_id, topic.arn, message, now_ms, "Notification", request.Subject, messages, attributes)
    notice.base_url = base_url
    notice.publisher = call.principal.arn
    notice.signature_version = topic.signature_version
    if topic.fifo or request.MessageGroupId is not None or request.MessageDeduplicationId is not None:
        _set_order(topic, request, notice)
    return Draft(notice, raw_id, size)


def _protected(
    protection: Protection, call: Call, message: str, messages: dict[str, str] | None
) -> tuple[str, dict[str, str] | None]:
    """The texts as the topic's data protection policy lets them in. Raises `AuthorizationError`."""
    who = call.principal.arn
    try:
        texts = {name: protection.apply(text, who) for name, text in (messages or {}).items()}
        return protection.apply(message, who), texts if messages is not None else None
    except Denied as error:
        raise authorization_error(str(error)) from error


def check_size(topic: Topic, size: int) -> None:
    """Raises `InvalidParameter`."""
    if size > topic.bytes_max:
        raise invalid_parameter("Message too long")


def read_structure(structure: str, message: str) -> tuple[str, dict[str, str]]:
    """The default text, and the texts by protocol, of a message with MessageStructure. Raises `InvalidParameter`."""
    if structure != "json":
        raise invalid_parameter("MessageStructure")
    try:
        found = _structured(message)
    except (msgspec.DecodeError, RecursionError):
        raise invalid_parameter("Message Structure - JSON message body failed to parse") from None
    default = found.get("default")
    if not isinstance(default, str):
        raise invalid_parameter("Message Structure - No default entry in JSON message body")
    return default, {name: text for name, text in found.items() if isinstance(text, str) and name != "default"}


def check_subject(subject: str) -> None:
    """UTF-8 text of less than 100 characters in one line. Raises `InvalidParameter`."""
    if not subject or len(subject) >= _SUBJECT_LENGTH_LIMIT or _CONTROLS.search(subject):
        raise invalid_parameter("Subject")


def _set_order(topic: Topic, request: Publishable, notice: Notice) -> None:
    """Group and deduplication id, as the topic's type takes them."""
    group, identifier = request.MessageGroupId, request.MessageDeduplicationId
    if group is not None:
        _check_identifier("MessageGroupId", group)
        notice.group = group
    if not topic.fifo:
        if identifier is not None:
            raise invalid_parameter(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid"
                " for this topic type"
            )
        return
    if group is None:
        raise invalid_parameter("The MessageGroupId parameter is required for FIFO topics")
    if identifier is not None:
        _check_identifier("MessageDeduplicationId", identifier)
        notice.deduplication = identifier
    elif topic.content_deduplication:
        notice.deduplication = hashlib.sha256((request.Message or "").encode()).hexdigest()
    else:
        raise invalid_parameter(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided"
            " explicitly"
        )


def _check_identifier(parameter: str, value: str) -> None:
    if not _IDENTIFIER.match(value):
        raise invalid_parameter(
            f"{parameter} Reason: {parameter} can only include alphanumeric and punctuation characters."
            " 1 to 128 in length"
        )
