"""Topics' access policies: the default, what AWS accepts, permissions in them. Pure.

Source: SNS developer guide, "Amazon SNS API permissions: Actions and resources reference" (quotas, valid actions); API
reference, AddPermission; the wording as AWS answers.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.access.policy.document import MalformedPolicy, PolicyType, parse_policy
from chasqui.base.arn import parse_arn
from chasqui.services.sns import errors

BYTES_MAX: Final = 30 * 1024
STATEMENTS_MAX: Final = 100
PRINCIPALS_MAX: Final = 200
_DEFAULT_ACTIONS = (
    "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
    "ListSubscriptionsByTopic", "Publish",
)  # fmt: skip
_ACTIONS = frozenset(
    name.lower()
    for name in (
        *_DEFAULT_ACTIONS,
        "GetDataProtectionPolicy",
        "ListTagsForResource",
        "PutDataProtectionPolicy",
        "Receive",
    )
)

_encode = msgspec.json.Encoder().encode

Policy = dict[str, Any]


def default_policy(topic_arn: str) -> Policy:
    """What a topic answers that was given no policy, as AWS writes it."""
    account = topic_arn.split(":")[4]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in _DEFAULT_ACTIONS],
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


def default_policy_text(topic_arn: str) -> str:
    return write(default_policy(topic_arn))


def write(policy: Policy) -> str:
    return _encode(policy).decode()


def read(text: str) -> Policy:
    """A policy from its JSON, its statements as a list. Raises `InvalidParameter`."""
    if len(text.encode("utf-8", "surrogatepass")) > BYTES_MAX:
        raise errors.invalid_parameter(f"Policy Error: longer than {BYTES_MAX} bytes")
    try:
        parse_policy(text, PolicyType.RESOURCE)
    except MalformedPolicy:
        raise errors.invalid_parameter("Policy Error: null") from None
    try:
        policy: Policy = msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeError, RecursionError):  # half a character
        raise errors.invalid_parameter("Policy Error: null") from None
    policy["Statement"] = _several(policy["Statement"])
    check(policy)
    return policy


def check(policy: Policy) -> None:
    """Whether a policy is within SNS' scope and quotas. Raises `InvalidParameter`."""
    statements: list[dict[str, Any]] = policy["Statement"]
    if len(statements) > STATEMENTS_MAX:
        raise errors.invalid_parameter(f"Policy Error: more than {STATEMENTS_MAX} statements")
    for statement in statements:
        for action in _several(statement.get("Action", [])):
            _check_action(action)
        principals = statement.get("Principal", {})
        named = _several(principals.get("AWS", [])) if isinstance(principals, dict) else []
        if len(named) > PRINCIPALS_MAX:
            raise errors.invalid_parameter(f"Policy Error: more than {PRINCIPALS_MAX} principals")


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_action(action: str) -> None:
    service, _, name = action.lower().partition(":")
    if service != "sns" or name not in _ACTIONS:
        raise errors.invalid_parameter("Policy statement action out of service scope!")


def with_permission(policy: Policy, topic_arn: str, label: str, accounts: list[str], actions: list[str]) -> Policy:
    """A policy with one statement more. Raises `InvalidParameter`."""
    if any(statement.get("Sid") == label for statement in policy["Statement"]):
        raise errors.invalid_parameter("Statement already exists")
    arn = parse_arn(topic_arn)
    partition = arn.partition if arn is not None else "aws"
    principals = [f"arn:{partition}:iam::{account}:root" for account in accounts]
    names = [f"SNS:{action}" for action in actions]
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
        "Action": names[0] if len(names) == 1 else names,
        "Resource": topic_arn,
    }
    changed = {**policy, "Statement": [*policy["Statement"], statement]}
    check(changed)
    return changed


def without_permission(policy: Policy, label: str) -> Policy:
    """A policy without the statement of this label, if it has it."""
    return {**policy, "Statement": [each for each in policy["Statement"] if each.get("Sid") != label]}
