"""The documents among a queue's attributes: access policy, redrive policy, redrive-allow policy. Pure readers that
refuse, in AWS' words, what AWS refuses; nothing is enforced here.

Source: the API reference of SetQueueAttributes; the wording as AWS answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from chasqui.access.policy.document import MalformedPolicy, PolicyType, parse_policy
from chasqui.base.arn import parse_arn
from chasqui.services.sqs import errors

RECEIVES_MAX = 1000
ALLOW_SOURCES_MAX = 10
STATEMENTS_MAX = 20

_POLICY_KEYS = {"Version", "Id", "Statement"}
_POLICY_VERSIONS = (None, "2008-10-17", "2012-10-17")
_STATEMENT_KEYS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_REDRIVE_KEYS = {"maxReceiveCount", "deadLetterTargetArn"}
_ALLOW_KEYS = {"redrivePermission", "sourceQueueArns"}


class RedrivePolicy(NamedTuple):
    """Where messages go after `receives_max` receives."""

    target_arn: str
    receives_max: int


class RedriveAllowPolicy(NamedTuple):
    """Which queues may use this one as their dead-letter queue: "allowAll", "denyAll" or "byQueue"."""

    permission: str
    sources: tuple[str, ...]


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    return document if isinstance(document, dict) else None


def read_policy(text: str) -> dict[str, Any]:
    """An access policy from its JSON. Raises `InvalidAttributeValue` or `OverLimit`."""
    policy = _json_object(text)
    if policy is None or not policy.keys() <= _POLICY_KEYS or policy.get("Version") not in _POLICY_VERSIONS:
        raise errors.invalid_attribute_value("Policy")
    statements = policy.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements or not all(map(_is_statement, statements)):
        raise errors.invalid_attribute_value("Policy")
    if len(statements) > STATEMENTS_MAX:
        raise errors.over_statements(len(statements), STATEMENTS_MAX)
    try:
        parse_policy(text, PolicyType.RESOURCE)
    except MalformedPolicy:
        raise errors.invalid_attribute_value("Policy") from None
    return policy


def _is_statement(value: object) -> bool:
    if not isinstance(value, dict) or not value.keys() <= _STATEMENT_KEYS:
        return False
    return value.get("Effect") in ("Allow", "Deny") and ("Action" in value) != ("NotAction" in value)


def read_redrive_policy(text: str) -> RedrivePolicy:
    """A redrive policy from its JSON. Raises `InvalidParameterValue` with AWS' words."""

    def refuse(reason: str) -> Exception:
        return errors.invalid_value("RedrivePolicy", text, reason)

    document = _json_object(text)
    if document is None:
        raise refuse("Redrive policy is not a valid JSON map.")
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if document.get(name) is None:
            raise refuse(f"Redrive policy does not contain mandatory attribute: {name}.")
    target, most = document["deadLetterTargetArn"], document["maxReceiveCount"]
    number = _as_int(most)
    if number is None or not 1 <= number <= RECEIVES_MAX:
        raise refuse(
            f"Invalid value for maxReceiveCount: {most}, valid values are from 1 to {RECEIVES_MAX} both inclusive."
        )
    arn = parse_arn(target) if isinstance(target, str) else None
    if arn is None:
        raise refuse("Invalid value for deadLetterTargetArn.")
    if arn.service != "sqs":
        raise refuse("Only SQS queues are valid resources for deadLetterTargetArn.")
    if not document.keys() <= _REDRIVE_KEYS:
        raise refuse("Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].")
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
    """A redrive-allow policy from its JSON. Raises `InvalidAttributeValue` or `InvalidParameterValue`."""

    def refuse(reason: str) -> Exception:
        return errors.invalid_value(
            "RedriveAllowPolicy", text, f"Amazon SQS can't create the redrive allow policy. {reason}"
        )

    document = _json_object(text)
    permission = None if document is None else document.get("redrivePermission")
    sources = None if document is None else document.get("sourceQueueArns")
    if document is None or not document.keys() <= _ALLOW_KEYS or permission not in ("allowAll", "denyAll", "byQueue"):
        raise _unsupported_format()
    if sources is not None and not (isinstance(sources, list) and all(_is_queue_arn(each) for each in sources)):
        raise _unsupported_format()
    if permission != "byQueue":
        if sources:
            raise refuse("To specify one or more source queue ARNs, you must set redrivePermission to byQueue.")
        return RedriveAllowPolicy(permission, ())
    if not sources:
        raise refuse(
            "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."
        )
    if len(sources) > ALLOW_SOURCES_MAX:
        raise refuse(f"The maximum number of source queue ARNs you can specify is {ALLOW_SOURCES_MAX}.")
    return RedriveAllowPolicy("byQueue", tuple(sources))


def _is_queue_arn(value: object) -> bool:
    arn = parse_arn(value) if isinstance(value, str) else None
    return arn is not None and arn.service == "sqs"


def _unsupported_format() -> Exception:
    return errors.invalid_attribute_value(
        "RedriveAllowPolicy",
        "Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.",
    )
