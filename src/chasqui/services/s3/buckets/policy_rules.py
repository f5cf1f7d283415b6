"""What makes a bucket policy acceptable, and what makes it public. Pure.

Source: S3 user guide, "Policies and permissions in Amazon S3", "Blocking public access to your Amazon S3 storage" (The
meaning of "public"). The messages are those that S3 gives.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from chasqui.access.policy.conditions import Clause
from chasqui.access.policy.document import MalformedPolicy, PolicyType, parse_policy
from chasqui.access.policy.glob import glob
from chasqui.access.policy.grammar import Policy, Statement
from chasqui.services.s3.buckets.action_names import ON_BUCKETS, ON_OBJECTS
from chasqui.services.s3.errors import malformed_policy

_ARN: Final = "arn:aws:s3:::"
_ELEMENTS: Final = {"Version", "Id", "Statement"}
_OF_STATEMENT: Final = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_NEEDED: Final = (("Effect",), ("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
_VERSIONS: Final = ("2012-10-17", "2008-10-17")
_PRINCIPAL_FAULT: Final = "Invalid principal in policy"

# ---------------------------------------------------------------------------------------------------------- acceptable


def check_policy(text: str, bucket: str) -> None:
    """Raises MalformedPolicy."""
    document = _read(text)
    for name in document.keys() - _ELEMENTS:
        raise malformed_policy(f"Unknown field {name}")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise malformed_policy("The policy must contain a valid version string")
    if "Statement" not in document:
        raise malformed_policy("Missing required field Statement")
    statements = document["Statement"]
    if not statements:
        raise malformed_policy("Could not parse the policy: Statement is empty!")
    for each in statements if isinstance(statements, list) else [statements]:
        _check_fields(each)
    try:
        policy = parse_policy(text, PolicyType.RESOURCE)
    except MalformedPolicy as error:
        message = str(error)
        if message.startswith(_PRINCIPAL_FAULT):
            raise malformed_policy(_PRINCIPAL_FAULT, message.partition(": ")[2].replace('":"', '" : "')) from None
        raise malformed_policy("Invalid policy syntax." if message.startswith("Syntax") else message) from None
    for statement in policy.statements:
        _check_statement(statement, bucket)


def _read(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise malformed_policy("Policies must be valid JSON and the first byte must be '{'")
    return document


def _check_fields(statement: object) -> None:
    if not isinstance(statement, dict):
        raise malformed_policy("Invalid policy syntax.")
    for name in statement.keys() - _OF_STATEMENT:
        raise malformed_policy(f"Unknown field {name}")
    for names in _NEEDED:
        if not any(name in statement for name in names):
            raise malformed_policy(f"Missing required field {names[0]}")
    effect = statement["Effect"]
    if effect not in ("Allow", "Deny"):
        raise malformed_policy(f"Invalid effect: {effect}")


def _check_statement(statement: Statement, bucket: str) -> None:
    for action in statement.actions:
        if not _is_action(action.lower()):
            raise malformed_policy("Policy has invalid action")
    for resource in statement.resources or ():
        if not _is_of(resource, bucket):
            raise malformed_policy("Policy has invalid resource")
    if not statement.not_actions and not statement.not_resources:
        _check_fit(statement)


def _is_action(action: str) -> bool:
    if action in ("*", "s3:*"):
        return True
    if not action.startswith("s3:"):
        return False
    return action in ON_BUCKETS or action in ON_OBJECTS or any(map(glob(action), ON_BUCKETS | ON_OBJECTS))


def _is_of(resource: str, bucket: str) -> bool:
    """Whether a pattern is about this bucket or what is in it. One that begins with a wildcard is about any."""
    if not resource.startswith(_ARN):
        return False
    named = resource.removeprefix(_ARN).partition("/")[0]
    return named[:1] not in ("*", "?", "") and glob(named)(bucket)


def _check_fit(statement: Statement) -> None:
    """Each action must be about one of the resources."""
    resources = statement.resources or ()
    inside = any("/" in each or each.endswith("*") for each in resources)
    itself = any("/" not in each or glob(each)(each.partition("/")[0]) for each in resources)
    for action in map(str.lower, statement.actions):
        fits = (inside and _any_of(action, ON_OBJECTS)) or (itself and _any_of(action, ON_BUCKETS))
        if not fits:
            raise malformed_policy("Action does not apply to any resource(s) in statement")


def _any_of(action: str, names: frozenset[str]) -> bool:
    return action == "*" or action in names or (("*" in action or "?" in action) and any(map(glob(action), names)))


# -------------------------------------------------------------------------------------------------------------- public

_EQUALS: Final = frozenset(("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"))
_FIXING: Final = frozenset(
    (
        "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid",
        "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn",
        "aws:sourceorgid", "aws:sourceorgpaths", "aws:vpcsourceip",
        "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
    )
)  # fmt: skip
_SOURCE_IP: Final = "aws:sourceip"
_BROAD: Final = {4: 8, 6: 32}
_PRIVATE: Final = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


@lru_cache(maxsize=1024)
def is_public(text: str) -> bool:
    """Whether a policy lets in whoever comes: an Allow for everyone that no condition ties to somebody known. A policy
    that does not parse lets nobody in."""
    try:
        policy: Policy = parse_policy(text, PolicyType.RESOURCE)
    except MalformedPolicy:
        return False
    return any(_opens(each) for each in policy.statements)


def _opens(statement: Statement) -> bool:
    principals = statement.principals
    if statement.deny or principals is None or not (principals.everyone or principals.negated):
        return False
    return not any(_ties(clause) for clause in statement.conditions)


def _ties(clause: Clause) -> bool:
    operator, key = clause.operator.lower(), clause.key.lower()
    if operator.startswith("foranyvalue:"):
        operator = operator.removeprefix("foranyvalue:")
    if key == _SOURCE_IP:
        return operator == "ipaddress" and all(map(_is_narrow, clause.values))
    return key in _FIXING and operator in _EQUALS and all(_is_fixed(key, each) for each in clause.values)


def _is_narrow(cidr: str) -> bool:
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    if isinstance(network, ipaddress.IPv4Network) and any(_within(network, each) for each in _PRIVATE):
        return True
    return network.prefixlen >= _BROAD[network.version]


def _within(network: ipaddress.IPv4Network, around: object) -> bool:
    return isinstance(around, ipaddress.IPv4Network) and network.subnet_of(around)


def _is_fixed(key: str, value: str) -> bool:
    """A value without wildcards and variables; in an ARN they may stand behind its account."""
    if key == "aws:userid":
        head = value.partition(":")[0]
        return not _is_open(head) and (value == head or not value.startswith("AROA") or not _is_open(value))
    parts = value.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn" and parts[4]:
        return not any(map(_is_open, parts[:5]))
    return not _is_open(value)


def _is_open(text: str) -> bool:
    return any(each in text for each in ("*", "?", "${"))


@lru_cache(maxsize=256)
def restricted(text: str, owner: str) -> str:
    """A public policy as RestrictPublicBuckets lets it be: for the owner's account and for services only."""
    document = json.loads(text)
    statements: Iterable[object] = document["Statement"]
    denial = {
        "Sid": "RestrictPublicBuckets",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {
            "StringNotEquals": {"aws:PrincipalAccount": owner},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }
    document["Statement"] = [*(statements if isinstance(statements, list) else [statements]), denial]
    return json.dumps(document)
