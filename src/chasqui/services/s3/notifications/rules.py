"""What a notification configuration must be, and how it is kept: ids given, names of rules spelt alike. Pure.

Sources: API reference, PutBucketNotificationConfiguration; S3 user guide, "Event notification types and destinations",
"Configuring event notifications using object key name filtering". The refusals' words are recorded from AWS where they
could be; the order in which things are looked at is ours.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final, Literal, NamedTuple

import msgspec

from chasqui.base.arn import Arn, parse_arn
from chasqui.base.errors import ServiceError
from chasqui.base.ids import new_uuid
from chasqui.services.s3 import errors
from chasqui.services.s3.types import (
    FilterRule,
    NotificationConfiguration,
    NotificationConfigurationFilter,
    S3KeyFilter,
)

Kind = Literal["Queue", "Topic", "CloudFunction"]

MEMBERS: Final[Mapping[Kind, tuple[str, str]]] = {
    "Topic": ("TopicConfigurations", "TopicArn"),
    "Queue": ("QueueConfigurations", "QueueArn"),
    "CloudFunction": ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
}
"""By what XML calls a destination: the members that hold the list, and a destination's ARN."""

_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "ObjectCreated": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "ObjectRemoved": ("Delete", "DeleteMarkerCreated"),
    "ObjectRestore": ("Post", "Completed", "Delete"),
    "Replication": (
        "OperationFailedReplication", "OperationNotTracked", "OperationMissedThreshold",
        "OperationReplicatedAfterThreshold",
    ),
    "LifecycleExpiration": ("Delete", "DeleteMarkerCreated"),
    "ObjectTagging": ("Put", "Delete"),
    "ObjectAnnotation": ("Put", "Delete"),
}  # fmt: skip
_ALONE: Final = (
    "ReducedRedundancyLostObject", "LifecycleTransition", "IntelligentTiering", "ObjectAcl:Put", "ObjectRetention:Put",
)  # fmt: skip
EVENTS: Final = frozenset(
    [f"s3:{family}:{event}" for family, events in _FAMILIES.items() for event in (*events, "*")]
    + [f"s3:{event}" for event in _ALONE]
)
"""What can be asked for. What this server does not do (replication, restoring) never happens; asking is no mistake."""

_SERVICES: Final[Mapping[Kind, str]] = {"Topic": "sns", "Queue": "sqs", "CloudFunction": "lambda"}
_FILTER_BYTES_MAX: Final = 1024
_ID_LENGTH_MAX: Final = 255


class Rule(NamedTuple):
    """Who is told of which events of which keys."""

    id: str
    kind: Kind
    arn: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""


def checked(configuration: NotificationConfiguration, region: str) -> NotificationConfiguration:
    """The configuration as it is kept, of a bucket in `region`. Raises `ServiceError`s. Nothing is looked up."""
    if configuration.EventBridgeConfiguration is not None:
        raise errors.lacking("an event bus (EventBridgeConfiguration)")
    kept = NotificationConfiguration()
    for kind, (member, arn_member) in MEMBERS.items():
        found = getattr(configuration, member)
        if found:
            setattr(kept, member, [_checked_one(kind, arn_member, each, region) for each in found])
    rules = list(rules_of(kept))
    if len({each.id for each in rules}) != len(rules):
        raise errors.invalid_argument("Same ID used for multiple configurations. IDs must be unique.", "Id", "")
    for one, other in combinations(rules, 2):
        _check_apart(one, other)
    return kept


def rules_of(configuration: NotificationConfiguration) -> Iterator[Rule]:
    """The rules of a configuration that was checked."""
    for kind, (member, arn_member) in MEMBERS.items():
        for each in getattr(configuration, member) or ():
            filters = {rule.Name: rule.Value or "" for rule in _rules(each.Filter)}
            prefix, suffix = filters.get("Prefix", ""), filters.get("Suffix", "")
            yield Rule(each.Id or "", kind, getattr(each, arn_member), tuple(each.Events or ()), prefix, suffix)


def _checked_one(kind: Kind, arn_member: str, given: Any, region: str) -> Any:
    arn, events = getattr(given, arn_member), given.Events
    if not arn or not events:
        raise errors.malformed_xml()
    if given.Id and len(given.Id) > _ID_LENGTH_MAX:
        raise errors.invalid_argument(f"The length of an Id is {_ID_LENGTH_MAX} at most", "Id", given.Id)
    _check_arn(kind, arn, region)
    for event in events:
        if event not in EVENTS:
            raise errors.invalid_argument("A specified event is not supported for notifications.", "Event", event)
    for one, other in combinations(events, 2):
        if _share(one, other):
            raise _overlap(one, other)
    # Ids that S3 gives are UUIDs in base64.
    identifier = given.Id or base64.b64encode(new_uuid().encode()).decode()
    return msgspec.structs.replace(given, Id=identifier, Filter=_checked_filter(given.Filter))


def _check_arn(kind: Kind, text: str, region: str) -> None:
    arn = parse_arn(text)
    if arn is None:
        raise errors.invalid_argument("The ARN could not be parsed", kind, text)
    if arn.service != _SERVICES[kind] or not arn.account or not _names_one(kind, arn):
        raise errors.invalid_argument("The ARN is not well formed", kind, text)
    if arn.region != region:
        message = "The notification destination service region is not valid for the bucket location constraint"
        raise errors.invalid_argument(message, kind, text)


def _names_one(kind: Kind, arn: Arn) -> bool:
    if kind == "CloudFunction":
        parts = arn.resource.split(":")
        return parts[0] == "function" and 2 <= len(parts) <= 3 and all(parts)
    return ":" not in arn.resource


# ----------------------------------------------------------------------------------------------------------- filters


def _rules(given: NotificationConfigurationFilter | None) -> list[FilterRule]:
    return given.Key.FilterRules or [] if given is not None and given.Key is not None else []


def _checked_filter(given: NotificationConfigurationFilter | None) -> NotificationConfigurationFilter | None:
    """With the names of its rules as S3 tells them."""
    rules = _rules(given)
    if not rules:
        return None
    made: dict[str, FilterRule] = {}
    for rule in rules:
        name, value = (rule.Name or "").capitalize(), rule.Value or ""
        if name not in ("Prefix", "Suffix"):
            message = "filter rule name must be either prefix or suffix"
            raise errors.invalid_argument(message, "FilterRule.Name", rule.Name or "")
        if name in made:
            message = f"Cannot specify more than one {name.lower()} rule in a filter."
            raise errors.invalid_argument(message, "FilterRule.Name", rule.Name or "")
        if len(value.encode()) > _FILTER_BYTES_MAX:
            message = f"Size of filter rule value cannot exceed {_FILTER_BYTES_MAX} bytes in UTF-8 representation"
            raise errors.invalid_argument(message, "FilterRule.Value", value)
        made[name] = FilterRule(name, value)
    return NotificationConfigurationFilter(S3KeyFilter(list(made.values())))


def _check_apart(one: Rule, other: Rule) -> None:
    """Two rules must not both be meant by one event of one key. Raises `InvalidArgument`."""
    shared = [(a, b) for a in one.events for b in other.events if _share(a, b)]
    if not shared or not (_beginnings(one.prefix, other.prefix) and _endings(one.suffix, other.suffix)):
        return
    if not any((one.prefix, one.suffix, other.prefix, other.suffix)):
        raise _overlap(*shared[0])
    raise ServiceError(
        "InvalidArgument",
        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are"
        " overlapping for the same event type.",
        status=400,
    )


def _overlap(one: str, other: str) -> ServiceError:
    return errors.invalid_argument(
        "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
        "Event",
        f"{one}, {other}",
    )


def _share(one: str, other: str) -> bool:
    """Whether one event may be meant by both."""
    return one == other or _within(one, other) or _within(other, one)


def _within(event: str, pattern: str) -> bool:
    return pattern.endswith(":*") and event.startswith(pattern[:-1])


def _beginnings(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _endings(one: str, other: str) -> bool:
    return one.endswith(other) or other.endswith(one)
