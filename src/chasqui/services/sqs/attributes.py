"""A queue's attributes: which there are, their defaults, what values they take. Pure.

Source: the API reference of CreateQueue and SetQueueAttributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chasqui.base.sections import SqsQuotas
from chasqui.services.sqs import errors
from chasqui.services.sqs.policies import read_policy, read_redrive_allow_policy, read_redrive_policy

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
_THROUGHPUT = ("DeduplicationScope", "FifoThroughputLimit")
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
# KMS API reference, "KeyId".
_KEY_LENGTH_MAX = 2048
KNOWN = frozenset((*COMPUTED, *SETTABLE))


def validate(given: Mapping[str, str], *, fifo: bool, creating: bool, limits: SqsQuotas) -> dict[str, str]:
    """Check attributes as they came and return them as they are kept; an empty value stands for removal.

    Raises `InvalidAttributeName`, `InvalidAttributeValue`, `InvalidParameterValue` and `OverLimit`.
    """
    kept: dict[str, str] = {}
    for name, value in given.items():
        if name not in SETTABLE:
            raise errors.unknown_attribute(name)
        if name in FIFO_ONLY and not fifo:
            raise errors.fifo_only_attribute(name) if name in _THROUGHPUT else errors.unknown_attribute(name)
        if name == "FifoQueue":
            _check_type(value, creating=creating)
        kept[name] = "" if not value and name in REMOVABLE else _CHECKS[name](name, value, limits)
    if kept.get("KmsMasterKeyId") and kept.get("SqsManagedSseEnabled") == "true":
        raise errors.two_encryptions()
    return kept


def _check_type(value: str, *, creating: bool) -> None:
    if not creating and value != "true":
        raise errors.invalid_attribute_value("FifoQueue", "Modifying queue type is not supported.")


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
    read_policy(value)
    return value


def _redrive(name: str, value: str, limits: SqsQuotas) -> str:
    read_redrive_policy(value)
    return value


def _allow(name: str, value: str, limits: SqsQuotas) -> str:
    read_redrive_allow_policy(value)
    return value


def _key(name: str, value: str, limits: SqsQuotas) -> str:
    if len(value) > _KEY_LENGTH_MAX:
        raise errors.invalid_attribute_value(name)
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
    "KmsMasterKeyId": _key,
    "KmsDataKeyReusePeriodSeconds": _whole(lambda _: 60, lambda _: 86_400),
    "SqsManagedSseEnabled": _boolean,
    "FifoQueue": _boolean,
    "ContentBasedDeduplication": _boolean,
    "DeduplicationScope": _one_of("queue", "messageGroup"),
    "FifoThroughputLimit": _one_of("perQueue", "perMessageGroupId"),
}
