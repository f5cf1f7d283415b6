"""The attributes of a queue as a form has them: their names, what they do, their units, and the way from what was typed
to what CreateQueue and SetQueueAttributes take. Pure.

What a value may be is the service's to say: it is sent as it was typed, and what AWS answers stands beside the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from chasqui.console.attributes import dead_letter_arn, decoded
from chasqui.console.forms import Form
from chasqui.console.language import N_
from chasqui.console.numbers import digits

SECONDS: Final = (("1", N_("seconds")), ("60", N_("minutes")), ("3600", N_("hours")), ("86400", N_("days")))
SIZES: Final = (("1", N_("bytes")), ("1024", N_("KiB")))
MANAGED, KMS, NONE = "sse-sqs", "sse-kms", "none"


class Measure(msgspec.Struct, frozen=True):
    """An attribute that is a number with a unit. `default` is what a new queue has; `units` are (factor, name)."""

    attribute: str
    label: str
    help: str
    default: int
    units: tuple[tuple[str, str], ...] = SECONDS[:3]


MEASURES: Final = (
    Measure(
        "VisibilityTimeout",
        N_("Visibility timeout"),
        N_("How long a message that was received is hidden from other consumers. From 0 seconds to 12 hours."),
        30,
    ),
    Measure(
        "MessageRetentionPeriod",
        N_("Message retention period"),
        N_("How long a message is kept that nobody deletes. From 1 minute to 14 days."),
        345_600,
        SECONDS,
    ),
    Measure(
        "DelaySeconds",
        N_("Delivery delay"),
        N_("How long a new message waits before it can be received. From 0 seconds to 15 minutes."),
        0,
        SECONDS[:2],
    ),
    Measure(
        "ReceiveMessageWaitTimeSeconds",
        N_("Receive message wait time"),
        N_("How long a receive waits for a message when there is none (long polling). From 0 to 20 seconds."),
        0,
        SECONDS[:1],
    ),
    Measure(
        "MaximumMessageSize",
        N_("Maximum message size"),
        N_("The largest message that is taken, attributes included. From 1 KiB to 1,024 KiB."),
        1_048_576,
        SIZES,
    ),
)
"""What every queue has."""

KEY_REUSE: Final = Measure(
    "KmsDataKeyReusePeriodSeconds",
    N_("Data key reuse period"),
    N_("How long a data key is used before KMS is asked for another. From 1 minute to 24 hours."),
    300,
)

SCOPES: Final = (("queue", N_("Queue")), ("messageGroup", N_("Message group")))
LIMITS: Final = (("perQueue", N_("Per queue")), ("perMessageGroupId", N_("Per message group ID")))
PERMISSIONS: Final = (
    ("", N_("Allow all (default)")),
    ("allowAll", N_("Allow all")),
    ("byQueue", N_("By queue")),
    ("denyAll", N_("Deny all")),
)
_NAMED: Final = re.compile(r"(?:parameter|Attribute|specify the) ([A-Za-z]+)\b")


def spread(measure: Measure, value: str) -> tuple[str, str]:
    """A value as a number and the factor of its unit, the largest that gives a whole number: 345600 is 4 days."""
    number = digits(value, 11)
    if not number:
        return value, "1"
    best = max((int(unit) for unit, _ in measure.units if number % int(unit) == 0), default=1)
    return str(number // best), str(best)


def gathered(form: Form, measure: Measure) -> str:
    """The attribute's value, of a field and its unit; what is no number is left as it was typed."""
    typed = form.get(measure.attribute).strip()
    unit = form.get(f"{measure.attribute}_unit", "1")
    number, factor = digits(typed, 11), digits(unit, 5)
    return typed if number is None or factor is None else str(number * factor)


def full_name(name: str, fifo: bool) -> str:
    """A queue's name with the end that its type asks for."""
    return f"{name}.fifo" if fifo and name and not name.endswith(".fifo") else name


def blank() -> Form:
    """The form of a new queue."""
    fields = {"type": ["standard"], "encryption": [MANAGED], "policy_mode": ["default"], "dlq_mode": ["none"]}
    fields |= {"maxReceiveCount": ["10"], "DeduplicationScope": ["queue"], "FifoThroughputLimit": ["perQueue"]}
    for each in (*MEASURES, KEY_REUSE):
        _fill(fields, each, str(each.default))
    return Form(fields)


def filled(attributes: Mapping[str, str], *, fifo: bool) -> Form:
    """The form of a queue that is there."""
    fields = {"type": ["fifo" if fifo else "standard"], "encryption": [encryption_of(attributes)]}
    for each in (*MEASURES, KEY_REUSE):
        _fill(fields, each, attributes.get(each.attribute, str(each.default)))
    for name in ("KmsMasterKeyId", "DeduplicationScope", "FifoThroughputLimit"):
        fields[name] = [attributes.get(name, "")]
    if attributes.get("ContentBasedDeduplication") == "true":
        fields["ContentBasedDeduplication"] = ["true"]
    policy, allow = decoded(attributes.get("RedrivePolicy")), decoded(attributes.get("RedriveAllowPolicy"))
    fields["dlq_mode"] = ["existing" if policy else "none"]
    fields["dlq"] = [dead_letter_arn(attributes).rpartition(":")[2]]
    fields["maxReceiveCount"] = [str(policy.get("maxReceiveCount", 10))]
    fields["redrivePermission"] = [str(allow.get("redrivePermission", ""))]
    fields["sourceQueueArns"] = ["\n".join(as_texts(allow.get("sourceQueueArns")))]
    return Form(fields)


def _fill(fields: dict[str, list[str]], measure: Measure, value: str) -> None:
    number, unit = spread(measure, value)
    fields[measure.attribute], fields[f"{measure.attribute}_unit"] = [number], [unit]


def attributes_of(form: Form, *, fifo: bool, dead_letter_arn: str) -> dict[str, str]:
    """What a form says, as SetQueueAttributes takes it; empty values stand for what is not wanted. `dead_letter_arn` is
    "" for none."""
    found = {each.attribute: gathered(form, each) for each in MEASURES}
    if fifo:
        found["ContentBasedDeduplication"] = "true" if form.flag("ContentBasedDeduplication") else "false"
        found["DeduplicationScope"] = form.get("DeduplicationScope", "queue")
        found["FifoThroughputLimit"] = form.get("FifoThroughputLimit", "perQueue")
    found |= _encryption(form)
    receives = form.get("maxReceiveCount").strip()
    found["RedrivePolicy"] = redrive(dead_letter_arn, receives) if dead_letter_arn else ""
    found["RedriveAllowPolicy"] = allowance(form.get("redrivePermission"), form.get("sourceQueueArns"))
    return found


def _encryption(form: Form) -> dict[str, str]:
    chosen = form.get("encryption", MANAGED)
    if chosen == KMS:
        key = form.get("KmsMasterKeyId").strip() or "alias/aws/sqs"
        return {"KmsMasterKeyId": key, KEY_REUSE.attribute: gathered(form, KEY_REUSE)}
    if chosen == MANAGED:
        return {"SqsManagedSseEnabled": "true"}
    return {"SqsManagedSseEnabled": "false", "KmsMasterKeyId": ""}


_DEFAULTS: Final = {
    **{each.attribute: str(each.default) for each in (*MEASURES, KEY_REUSE)},
    "SqsManagedSseEnabled": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


def of_new_queue(attributes: Mapping[str, str]) -> dict[str, str]:
    """What CreateQueue has to be told: what is wanted and not so by itself."""
    return {name: value for name, value in attributes.items() if value and value != _DEFAULTS.get(name)}


def encryption_of(attributes: Mapping[str, str]) -> str:
    """How a queue's messages are encrypted, of its attributes."""
    if attributes.get("KmsMasterKeyId"):
        return KMS
    return MANAGED if attributes.get("SqsManagedSseEnabled") == "true" else NONE


def redrive(target_arn: str, receives: str) -> str:
    """A redrive policy; a count that is no number is left for the service to refuse."""
    count = digits(receives, 9)
    return json.dumps({"deadLetterTargetArn": target_arn, "maxReceiveCount": receives if count is None else count})


def allowance(permission: str, sources: str) -> str:
    """A redrive allow policy; "" for none. `sources` are ARNs, one a line."""
    if not permission:
        return ""
    found: dict[str, object] = {"redrivePermission": permission}
    if permission == "byQueue":
        found["sourceQueueArns"] = sources.split()
    return json.dumps(found)


def as_texts(value: object) -> list[str]:
    """A string, or a list of them, as a list."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """What SetQueueAttributes has to be told: values that are other than they were. An empty one removes."""
    return {name: value for name, value in new.items() if not _same(old.get(name, ""), value)}


def _same(old: str, new: str) -> bool:
    if old.startswith("{") and new.startswith("{"):
        return _plainly(old) == _plainly(new)
    return old == new


def _plainly(text: str) -> dict[str, object]:
    """A document in which numbers may be text, as AWS takes them."""
    return {key: str(value) if isinstance(value, int) else value for key, value in decoded(text).items()}


class Problems(dict[str, str]):
    """What is wrong with each field, "" for what is right; under "" what is about none."""

    def __missing__(self, _field: str) -> str:
        return ""


def field_of(message: str) -> str:
    """The field that an error's message is about, as its words tell; "" where they don't."""
    if message.startswith(("Queue name", "Can only include alphanumeric", "The name of a FIFO queue")):
        return "QueueName"
    found = _NAMED.search(message)
    return found[1] if found and found[1] in FIELDS else ""


FIELDS: Final = frozenset(
    ("QueueName", "RedrivePolicy", "RedriveAllowPolicy", "Policy", "KmsMasterKeyId", "DeduplicationScope",
     "FifoThroughputLimit", *(each.attribute for each in (*MEASURES, KEY_REUSE)))
)  # fmt: skip
