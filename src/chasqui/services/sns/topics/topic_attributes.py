"""A topic's attributes: which there are, what values they take, how they are shown. Pure.

Source: the API reference of CreateTopic, SetTopicAttributes and GetTopicAttributes; SNS developer guide, "Amazon SNS
message archiving for FIFO topic owners".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from chasqui.base.sections import SnsQuotas
from chasqui.base.times import iso_time
from chasqui.services.sns.counts import TopicCounts
from chasqui.services.sns.documents import TopicDocument
from chasqui.services.sns.errors import Unacceptable
from chasqui.services.sns.subscriptions import delivery_policies
from chasqui.services.sns.topics import topic_policies

FEEDBACK: Final = ("Application", "Firehose", "HTTP", "Lambda", "SQS")
"""What delivery-status attributes begin with."""

_FIFO_ONLY = frozenset(("ArchivePolicy", "ContentBasedDeduplication", "FifoThroughputScope"))
_STANDARD_ONLY = frozenset(("TracingConfig",))
_SHOWN_ALWAYS = frozenset(("DeliveryPolicy", "DisplayName", "Policy"))
_DISPLAY_NAME_LENGTH_MAX = 100
_MESSAGE_BYTES_MIN = 1024
_TEXT_LENGTH_MAX = 2048
ARCHIVE_DAYS_MAX: Final = 365
DAY_MS: Final = 24 * 3600 * 1000

Check = Callable[[str, str, SnsQuotas], str]


def _boolean(name: str, value: str, _limits: SnsQuotas) -> str:
    if value.lower() not in ("true", "false"):
        raise Unacceptable(f"{name}: Invalid value [{value}]. Must be true or false.")
    return value.lower()


def _one_of(*allowed: str) -> Check:
    def check(name: str, value: str, _limits: SnsQuotas) -> str:
        if value not in allowed:
            raise Unacceptable(f"{name}: Invalid value [{value}]. Must be one of [{', '.join(allowed)}].")
        return value

    return check


def _number(name: str, value: str, low: int, high: int) -> str:
    if not value.isascii() or not value.isdigit() or len(value) > 10 or not low <= int(value) <= high:
        raise Unacceptable(f"{name}: Invalid value [{value}]. Must be between {low} and {high}.")
    return str(int(value))


def _sample_rate(name: str, value: str, _limits: SnsQuotas) -> str:
    return _number(name, value, 0, 100)


def _message_size(name: str, value: str, limits: SnsQuotas) -> str:
    return _number(name, value, _MESSAGE_BYTES_MIN, limits.message_bytes_most)


def _display_name(name: str, value: str, _limits: SnsQuotas) -> str:
    if len(value) > _DISPLAY_NAME_LENGTH_MAX or any(each in value for each in "\r\n"):
        raise Unacceptable(f"{name}: Must be at most {_DISPLAY_NAME_LENGTH_MAX} characters long, in one line.")
    return value


def _role(name: str, value: str, _limits: SnsQuotas) -> str:
    parts = value.split(":", 5)
    if value and (len(parts) < 6 or parts[2] != "iam" or not parts[5].startswith("role/")):
        raise Unacceptable(f"{name}: Invalid value [{value}]. Must be the ARN of a role.")
    return value


def _key(name: str, value: str, _limits: SnsQuotas) -> str:
    if len(value) > _TEXT_LENGTH_MAX:
        raise Unacceptable(f"{name}: Must be at most {_TEXT_LENGTH_MAX} characters long.")
    return value


def _policy(_name: str, value: str, _limits: SnsQuotas) -> str:
    if value:
        topic_policies.read(value)
    return value


def _delivery_policy(_name: str, value: str, _limits: SnsQuotas) -> str:
    return delivery_policies.of_topic(value) if value else ""


class _ArchivePolicy(msgspec.Struct, forbid_unknown_fields=True):
    MessageRetentionPeriod: str | int | None = None


def archive_days(text: str) -> int:
    """For how many days an archive policy keeps messages; 0 when it keeps none. Raises `Unacceptable`."""
    try:
        found = msgspec.json.decode(text or "{}", type=_ArchivePolicy).MessageRetentionPeriod
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise Unacceptable("ArchivePolicy: Must be a JSON object with MessageRetentionPeriod.") from None
    return 0 if found is None else int(_number("ArchivePolicy", str(found), 1, ARCHIVE_DAYS_MAX))


def _archive_policy(_name: str, value: str, _limits: SnsQuotas) -> str:
    return value if archive_days(value) else ""


_CHECKS: Final[dict[str, Check]] = {
    "ArchivePolicy": _archive_policy,
    "ContentBasedDeduplication": _boolean,
    "DeliveryPolicy": _delivery_policy,
    "DisplayName": _display_name,
    "FifoThroughputScope": _one_of("Topic", "MessageGroup"),
    "FifoTopic": _boolean,
    "KmsMasterKeyId": _key,
    "MaximumMessageSize": _message_size,
    "Policy": _policy,
    "SignatureVersion": _one_of("1", "2"),
    "TracingConfig": _one_of("PassThrough", "Active"),
    **{f"{each}SuccessFeedbackRoleArn": _role for each in FEEDBACK},
    **{f"{each}FailureFeedbackRoleArn": _role for each in FEEDBACK},
    **{f"{each}SuccessFeedbackSampleRate": _sample_rate for each in FEEDBACK},
}
KNOWN: Final = frozenset(_CHECKS)


def accept(name: str, value: str, limits: SnsQuotas, *, fifo: bool) -> str:
    """An attribute's value as it is kept, "" for none. Raises `Unacceptable`, and `InvalidParameter` for a policy."""
    if (name in _FIFO_ONLY and not fifo) or (name in _STANDARD_ONLY and fifo):
        raise Unacceptable(f"{name}: Only {'FIFO' if not fifo else 'standard'} topics have this attribute.")
    return _CHECKS[name](name, value, limits)


def effective(document: TopicDocument, name: str, *, fifo: bool) -> str:
    """What an attribute is, be it set or its default."""
    defaults = {
        "ContentBasedDeduplication": "false",
        "FifoThroughputScope": "Topic",
        "FifoTopic": "true" if fifo else "false",
        "SignatureVersion": "1",
        "TracingConfig": "PassThrough",
    }
    return document.attributes.get(name) or defaults.get(name, "")


def shown(arn: str, document: TopicDocument, counts: TopicCounts, now_ms: int) -> Mapping[str, str]:
    """Every attribute that GetTopicAttributes answers."""
    given = document.attributes
    attributes = {
        "Policy": given.get("Policy") or topic_policies.default_policy_text(arn),
        "Owner": arn.split(":")[4],
        "SubscriptionsPending": str(counts.pending),
        "TopicArn": arn,
        "EffectiveDeliveryPolicy": delivery_policies.effective_of_topic(given.get("DeliveryPolicy", "")),
        "SubscriptionsConfirmed": str(counts.confirmed),
        "DisplayName": given.get("DisplayName", ""),
        "SubscriptionsDeleted": str(counts.deleted),
    }
    if given.get("DeliveryPolicy"):
        attributes["DeliveryPolicy"] = given["DeliveryPolicy"]
    attributes.update((name, value) for name, value in given.items() if name not in _SHOWN_ALWAYS)
    if arn.endswith(".fifo"):
        for name in ("FifoTopic", "ContentBasedDeduplication", "FifoThroughputScope"):
            attributes[name] = effective(document, name, fifo=True)
    if document.archive:
        kept_ms = archive_days(given.get("ArchivePolicy", "")) * DAY_MS
        attributes["BeginningArchiveTime"] = iso_time(max(document.archive_since_ms, now_ms - kept_ms))
    return attributes
