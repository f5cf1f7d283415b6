"""The policy of a posted form: until when it holds, and what the form's fields must be. Pure.

Source: S3 API reference, "Creating a POST policy" (sigv4-HTTPPOSTConstructPolicy); the refusals' words are S3's.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError

_RANGE: Final = "content-length-range"
_FREE: Final = frozenset(("x-amz-signature", "signature", "awsaccesskeyid", "file", "policy"))
"""Fields that need no condition, beside x-ignore- ones."""


class Policy(msgspec.Struct, frozen=True):
    """A policy as it was read. `conditions` are (operator, field, value) and how the document says them; `sizes` the
    smallest and the largest file."""

    expires_ms: int
    conditions: tuple[tuple[str, str, str, str], ...]
    sizes: tuple[int, int] | None


def read_policy(text: str) -> Policy:
    """The policy of a field (base64 of JSON). Raises InvalidPolicyDocument."""
    try:
        document = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _invalid("Invalid JSON.") from None
    if not isinstance(document, dict):
        raise _invalid("Invalid JSON.")
    if "expiration" not in document:
        raise _invalid("Policy missing expiration.")
    if not isinstance(document.get("conditions"), list):
        raise _invalid("Policy missing conditions.")
    conditions: list[tuple[str, str, str, str]] = []
    sizes: tuple[int, int] | None = None
    for each in document["conditions"]:
        if isinstance(each, list) and len(each) == 3 and str(each[0]).lower() == _RANGE:
            sizes = _sizes(each)
        else:
            conditions += _conditions(each)
    return Policy(_expiration(document["expiration"]), tuple(conditions), sizes)


def _conditions(each: Any) -> list[tuple[str, str, str, str]]:
    if isinstance(each, dict) and each and all(isinstance(value, str) for value in each.values()):
        return [("eq", name.lower(), value, _printed(["eq", f"${name}", value])) for name, value in each.items()]
    if isinstance(each, list) and len(each) == 3 and all(isinstance(part, str) for part in each):
        operator, name, value = each[0].lower(), each[1], each[2]
        if operator in ("eq", "starts-with") and name.startswith("$"):
            return [(operator, name[1:].lower(), value, _printed(each))]
    raise _invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")


def _printed(condition: list[Any]) -> str:
    return json.dumps(condition, ensure_ascii=False)


def _sizes(condition: list[Any]) -> tuple[int, int]:
    try:
        return int(condition[1]), int(condition[2])
    except (TypeError, ValueError, OverflowError):
        raise _invalid("Invalid content-length-range condition.") from None


def _expiration(text: Any) -> int:
    try:
        moment = datetime.fromisoformat(text)
        return int(moment.timestamp() * 1000) if moment.tzinfo is not None else _no_zone()
    except (TypeError, ValueError, OverflowError):
        raise _invalid(f"Invalid 'expiration' value: '{text}'") from None


def _no_zone() -> int:
    raise ValueError("a time has a zone")


def check_policy(policy: Policy, fields: Mapping[str, str], now_ms: int) -> None:
    """Whether a form with these fields (the bucket among them) is what the policy lets in now. Raises AccessDenied."""
    if policy.expires_ms < now_ms:
        raise _refused("Policy expired.")
    for operator, name, value, printed in policy.conditions:
        given = fields.get(name, "")
        if name == "content-type" and operator == "starts-with":
            met = all(each.strip().startswith(value) for each in given.split(","))
        else:
            met = given.startswith(value) if operator == "starts-with" else given == value
        if not met:
            raise _refused(f"Policy Condition failed: {printed}")
    named = {name for _, name, _, _ in policy.conditions}
    extra = [name for name in fields if name not in named | _FREE | {"bucket"} and not name.startswith("x-ignore-")]
    if extra:
        raise _refused(f"Extra input fields: {', '.join(sorted(extra))}")


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidPolicyDocument", f"Invalid Policy: {message}", status=400)


def _refused(message: str) -> ServiceError:
    return ServiceError("AccessDenied", f"Invalid according to Policy: {message}", status=403)
