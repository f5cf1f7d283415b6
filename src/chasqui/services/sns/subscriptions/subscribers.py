"""Who can be subscribed: each protocol's form of an endpoint, and whether it must confirm. Pure.

Source: API reference, Subscribe; SNS developer guide, "Amazon SNS message delivery for FIFO topics"; the wording as AWS
answers.
"""

from __future__ import annotations

import re
from typing import Final, cast
from urllib.parse import urlsplit

from chasqui.base.arn import Arn, parse_arn
from chasqui.base.errors import ServiceError
from chasqui.services.sns import errors
from chasqui.services.sns.documents import Protocol

PROTOCOLS: Final = frozenset(
    ("sqs", "lambda", "firehose", "http", "https", "email", "email-json", "sms", "application")
)
ENDPOINT_LENGTH_MAX: Final = 2048
_QUEUE = re.compile(r"[A-Za-z0-9_-]{1,80}(\.fifo)?\Z")
# A phone number as people write them: digits with single separators between them.
_PHONE = re.compile(r"\+?[0-9](?:[-./ ]?[0-9]){2,18}\Z")
_SEPARATORS = str.maketrans("", "", "-./ ")
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\\x00-\x20\x7f]{1,64}@[^\s@<>()\[\],;:\"\\\x00-\x20\x7f]{1,253}\Z")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def read_protocol(text: str, *, fifo: bool) -> Protocol:
    """The protocol of a Subscribe. Raises `InvalidParameter`."""
    if text not in PROTOCOLS:
        raise errors.invalid_parameter(f"Amazon SNS does not support this protocol string: {text}")
    if fifo and text != "sqs":
        raise errors.invalid_parameter(f"Invalid protocol type: {text}")
    return cast(Protocol, text)


def read_endpoint(protocol: Protocol, text: str | None, *, fifo: bool) -> str:
    """An endpoint as it is kept. Raises `InvalidParameter`."""
    if not text or len(text) > ENDPOINT_LENGTH_MAX:
        raise errors.invalid_parameter("Endpoint")
    match protocol:
        case "sqs":
            _check_queue(text, fifo=fifo)
        case "http" | "https":
            _check_url(protocol, text)
        case "email" | "email-json":
            if not _EMAIL.match(text):
                raise errors.invalid_parameter("Email address")
        case "sms":
            return _phone_number(text)
        case _:
            _check_resource(protocol, text)
    return text


def _check_queue(text: str, *, fifo: bool) -> None:
    arn = parse_arn(text)
    if arn is None or arn.service != "sqs" or not arn.account or not _QUEUE.match(arn.resource):
        raise errors.invalid_parameter("SQS endpoint ARN")
    if arn.resource.endswith(".fifo") and not fifo:
        # AWS says "Invalid parameter" twice.
        raise errors.invalid_parameter(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )


def _check_url(protocol: str, text: str) -> None:
    refused = errors.invalid_parameter("Endpoint must match the specified protocol")
    if not text.startswith(f"{protocol}://"):
        raise refused
    try:
        parts = urlsplit(text)
        known = bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or _CONTROL.search(text):
        raise errors.invalid_parameter("Endpoint")


def _phone_number(text: str) -> str:
    if not _PHONE.match(text):
        raise ServiceError("InvalidParameter", f"Invalid SMS endpoint: {text}", status=400)
    return text.translate(_SEPARATORS)


_RESOURCES: Final = {
    "lambda": ("lambda", "function:", "Lambda endpoint ARN"),
    "firehose": ("firehose", "deliverystream/", "Firehose endpoint ARN"),
    "application": ("sns", "endpoint/", "ApplicationEndpoint ARN"),
}


def _check_resource(protocol: str, text: str) -> None:
    service, beginning, told = _RESOURCES[protocol]
    arn = parse_arn(text)
    if arn is None or arn.service != service or not arn.account or not arn.resource.startswith(beginning):
        raise errors.invalid_parameter(told)


def needs_confirmation(protocol: Protocol, endpoint: str, account: str) -> bool:
    """Whether an endpoint must agree: all but phones, and what belongs to the account that subscribes it."""
    if protocol == "sms":
        return False
    arn: Arn | None = parse_arn(endpoint) if protocol in ("sqs", "lambda", "firehose", "application") else None
    return arn is None or arn.account != account
