"""A queue's attributes: which there are, their defaults, what values they take. Pure.

Source: the API reference of CreateQueue and SetQueueAttributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from chasqui.base.arn import parse_arn
from chasqui.base.settings import SqsQuotas
from chasqui.services.sqs import errors

RECEIVES_MAX = 1000
ALLOW_SOURCES_MAX = 10

COMPUTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
)
DEFAULTS = {
    "DelaySeconds": "0",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
}
FIFO_DEFAULTS = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
FIFO_ONLY = (*FIFO_DEFAULTS, "FifoQueue")
# Attributes that an empty value removes.
REMOVABLE = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
SETTABLE = (
    *DEFAULTS,
    "MaximumMessageSize",
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    *FIFO_ONLY,
)
KNOWN = frozenset((*COMPUTED, *SETTABLE))


class RedrivePolicy(NamedTuple):
    """Where messages go after `receives_max` receives."""

    target_arn: str
    receives_max: int


class RedriveAllowPolicy(NamedTuple):
    """Which queues may use this one as their dead-letter queue: "allowAll", "denyAll" or "byQueue"."""

    permission: str
    sources: tuple[str, ...]


def validate(given: Mapping[str, str], *, fifo: bool, creating: bool, limits: SqsQuotas) -> dict[str, str]:
    """Check attributes as they came and return them as they are kept; an empty value stands for removal.

    Raises `InvalidAttributeName` and `InvalidAttributeValue`.
    """
    kept: dict[str, str] = {}
    for name, value in given.items():
        if name not in SETTABLE or (name in FIFO_ONLY and not fifo):
            raise errors.unknown_attribute(name)
        if name == "FifoQueue":
            _check_type(value, creating=creating)
        kept[name] = "" if not value and name in REMOVABLE else _CHECKS[name](name, value, limits)
    if fifo:
        _check_throughput(kept, creating=creating)
    if kept.get("KmsMasterKeyId") and kept.get("SqsManagedSseEnabled") == "true":
        raise errors.invalid_attribute_value(
            "SqsManagedSseEnabled", "You can use one type of server-side encryption (SSE) at one time."
        )
    return kept


def _check_type(value: str, *, creating: bool) -> None:
    if not creating and value != "true":
        raise errors.invalid_attribute_value("FifoQueue", "Modifying queue type is not supported.")


def _check_throughput(kept: Mapping[str, str], *, creating: bool) -> None:
    if not creating or kept.get("FifoThroughputLimit") != "perMessageGroupId":
        return
    if kept.get("DeduplicationScope", "queue") != "messageGroup":
        raise errors.invalid_attribute_value(
            "FifoThroughputLimit",
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
        )


def _whole(low: Callable[[SqsQuotas], int], high: Callable[[SqsQuotas], int]) -> Callable[[str, str, SqsQuotas], str]:
    def check(name: str, value: str, limits: SqsQuotas) -> str:
        if not value.isascii() or not value.isdigit() or len(value) > 10:
            raise errors.invalid_attribute_value(name)
        number = int(value)
        if not low(limits) <= number <= high(limits):
            raise errors.invalid_attribute_value(name)
        return str(number)

    return check


def _boolean(name: str, value: str, limits: SqsQuotas) -> str:
    if value.lower() not in ("true", "false"):
        raise errors.invalid_attribute_value(name)
    return value.lower()


def _one_of(*allowed: str) -> Callable[[str, str, SqsQuotas], str]:
    def check(name: str, value: str, limits: SqsQuotas) -> str:
        if value not in allowed:
            raise errors.invalid_attribute_value(name)
        return value

    return check


def _policy(name: str, value: str, limits: SqsQuotas) -> str:
    document = _json_object(value)
    statements = None if document is None else document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(each, dict) for each in statements):
        raise errors.invalid_attribute_value(name)
    return value


def _redrive(name: str, value: str, limits: SqsQuotas) -> str:
    read_redrive_policy(value)
    return value


def _allow(name: str, value: str, limits: SqsQuotas) -> str:
    read_redrive_allow_policy(value)
    return value


def _text(name: str, value: str, limits: SqsQuotas) -> str:
    return value


_CHECKS: dict[str, Callable[[str, str, SqsQuotas], str]] = {
    "DelaySeconds": _whole(lambda _: 0, lambda limits: limits.delay_max_s),
    "MessageRetentionPeriod": _whole(lambda limits: limits.retention_min_s, lambda limits: limits.retention_max_s),
    "ReceiveMessageWaitTimeSeconds": _whole(lambda _: 0, lambda limits: limits.wait_max_s),
    "VisibilityTimeout": _whole(lambda _: 0, lambda limits: limits.visibility_max_s),
    "MaximumMessageSize": _whole(lambda limits: limits.message_bytes_min, lambda limits: limits.message_bytes_max),
    "Policy": _policy,
    "RedrivePolicy": _redrive,
    "RedriveAllowPolicy": _allow,
    "KmsMasterKeyId": _text,
    "KmsDataKeyReusePeriodSeconds": _whole(lambda _: 60, lambda _: 86_400),
    "SqsManagedSseEnabled": _boolean,
    "FifoQueue": _boolean,
    "ContentBasedDeduplication": _boolean,
    "DeduplicationScope": _one_of("queue", "messageGroup"),
    "FifoThroughputLimit": _one_of("perQueue", "perMessageGroupId"),
}


def _json_object(text: str) -> dict[str, object] | None:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    return document if isinstance(document, dict) else None


def read_redrive_policy(text: str) -> RedrivePolicy:
    """A redrive policy from its JSON. Raises `InvalidParameterValue` with AWS' words."""

    def refuse(reason: str) -> Exception:
        return errors.invalid_value("RedrivePolicy", text, reason)

    document = _json_object(text)
    if document is None:
        raise refuse("Redrive policy is not a valid JSON map.")
    target, most = document.get("deadLetterTargetArn"), document.get("maxReceiveCount")
    if target is None:
        raise refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
    if most is None:
        raise refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.")
    number = _as_int(most)
    if number is None or not 1 <= number <= RECEIVES_MAX:
        raise refuse(
            f"Invalid value for maxReceiveCount: {most}, valid values are from 1 to {RECEIVES_MAX} both inclusive."
        )
    arn = parse_arn(target) if isinstance(target, str) else None
    if arn is None or arn.service != "sqs":
        raise refuse("Invalid value for deadLetterTargetArn.")
    return RedrivePolicy(str(arn), number)


def redrive_policy(attributes: Mapping[str, str]) -> RedrivePolicy | None:
    """The redrive policy among a queue's attributes, when it has one."""
    text = attributes.get("RedrivePolicy")
    return read_redrive_policy(text) if text else None


def _as_int(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def read_redrive_allow_policy(text: str) -> RedriveAllowPolicy:
    """A redrive-allow policy from its JSON. Raises `InvalidParameterValue`."""

    def refuse(reason: str) -> Exception:
        return errors.invalid_value("RedriveAllowPolicy", text, reason)

    document = _json_object(text)
    if document is None:
        raise refuse("Redrive allow policy is not a valid JSON map.")
    permission, sources = document.get("redrivePermission"), document.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        raise refuse("Redrive permission must be one of allowAll, denyAll and byQueue.")
    if permission != "byQueue":
        if sources:
            raise refuse("Source queue ARNs are allowed only when the redrive permission is byQueue.")
        return RedriveAllowPolicy(str(permission), ())
    if not isinstance(sources, list) or not 1 <= len(sources) <= ALLOW_SOURCES_MAX:
        raise refuse(f"Between 1 and {ALLOW_SOURCES_MAX} source queue ARNs are needed with byQueue.")
    if not all(isinstance(each, str) and parse_arn(each) for each in sources):
        raise refuse("Source queue ARNs are not valid.")
    return RedriveAllowPolicy("byQueue", tuple(sources))
