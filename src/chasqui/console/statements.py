"""One statement more in a resource's access policy, as the pages offer it that connect one resource with another. Pure.
What is wrong with a policy that somebody writes says `policies.py`."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_FOREIGN: Final = re.compile(r"[^A-Za-z0-9]")
_SID_MAX: Final = 64
_CHARACTERS_MAX: Final = 131_072


def pretty(text: str) -> str:
    """JSON with indentation; any other text, and one longer than any policy, as it is."""
    if len(text) > _CHARACTERS_MAX:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def with_statement(text: str, statement: dict[str, Any]) -> str:
    """A policy ("" for none) with one statement more, in the place of one with its Sid if there is one. Raises
    `ValueError` for what is no policy."""
    document = json.loads(text) if text.strip() else {"Version": "2012-10-17", "Statement": []}
    if not isinstance(document, dict):
        raise ValueError("a policy is a JSON object")
    found = document.get("Statement")
    several = found if isinstance(found, list) else [] if found is None else [found]
    kept = [each for each in several if not isinstance(each, dict) or each.get("Sid") != statement["Sid"]]
    return json.dumps({**document, "Statement": [*kept, statement]})


def service_statement(service: str, action: str, resource: str, source: str) -> dict[str, Any]:
    """The statement that lets a service ("sns") do something to a resource on behalf of one source (its ARN)."""
    return {
        "Sid": _FOREIGN.sub("", f"{service}-{source.rpartition(':')[2]}")[:_SID_MAX],
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
