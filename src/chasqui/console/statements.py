"""One statement more in a resource's access policy, as the pages offer it that connect one resource with another. Pure.
What is wrong with a policy that somebody writes says `policies.py`."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

_FOREIGN: Final = re.compile(r"[^A-Za-z0-9]")
_NAME_MAX: Final = 48


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
    """The statement that lets a service ("sns") do something to a resource on behalf of one source (its ARN). Its Sid
    is of this source alone: "orders-a" and "ordersa", or one name in two accounts, must not take each other's place."""
    name = _FOREIGN.sub("", f"{service}-{source.rpartition(':')[2]}")[:_NAME_MAX]
    return {
        "Sid": f"{name}{hashlib.sha256(source.encode('utf-8', 'replace')).hexdigest()[:8]}",
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
