"""What patterns mean, as plainly as possible: every pattern is tried on every way of choosing one element of each
array.

It reads parsed JSON, knows no index, no rule and no mask, and takes exponential time.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from typing import Any

Document = dict[str, Any]
View = dict[str, list[Any]]
"""Values by path, where one element of each array of objects was chosen."""


def plainly_matches(pattern: Document, document: Document, *, strict_exists: bool) -> bool:
    views = list(_views("", document))
    there = {path for view in views for path in view}
    return any(_holds(pattern, "", view, there, strict_exists) for view in views)


def _views(path: str, node: Any) -> list[View]:
    if isinstance(node, dict):
        inner = [_views(f"{path}.{name}" if path else name, value) for name, value in node.items()]
        return [_merged(chosen) for chosen in itertools.product(*inner)]
    if not isinstance(node, list):
        return [{path: [node]}]
    plain: View = {path: [each for each in node if not isinstance(each, dict | list)]}
    nested = [view for each in node if isinstance(each, dict | list) for view in _views(path, each)]
    return [_merged((plain, view)) for view in nested or [{}]]


def _merged(views: tuple[View, ...]) -> View:
    merged: View = {}
    for view in views:
        for path, values in view.items():
            if values:
                merged.setdefault(path, []).extend(values)
    return merged


def _holds(pattern: Document, path: str, view: View, there: set[str], strict: bool) -> bool:
    for name, wanted in pattern.items():
        deeper = f"{path}.{name}" if path else name
        if name == "$or":
            holds = any(_holds(branch, path, view, there, strict) for branch in wanted)
        elif isinstance(wanted, dict):
            holds = _holds(wanted, deeper, view, there, strict)
        else:
            holds = _field(wanted, view.get(deeper, []), deeper in there, strict)
        if not holds:
            return False
    return True


def _field(wanted: list[Any], values: list[Any], there: bool, strict: bool) -> bool:
    if not there and any(each == {"exists": False} for each in wanted):
        return True
    return any(wants(each, value, strict) for each in wanted for value in values)


def wants(wanted: Any, value: Any, strict: bool) -> bool:
    """Whether one thing in a field's array wants a value."""
    if not isinstance(wanted, dict):
        return _same(wanted, value)
    ((operator, operand),) = wanted.items()
    if operator == "exists":
        return bool(operand) and not (strict and value in (None, ""))
    if operator == "anything-but":
        return not _excluded(operand, value, strict)
    if operator == "numeric":
        return _in_range(operand, value)
    return isinstance(value, str) and _text(operator, operand, value)


def _same(wanted: Any, value: Any) -> bool:
    numbers = (int, float)
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    if isinstance(wanted, numbers) and isinstance(value, numbers):
        return float(wanted) == float(value)
    return type(wanted) is type(value) and wanted == value


def _excluded(operand: Any, value: Any, strict: bool) -> bool:
    if isinstance(operand, dict):
        ((operator, inner),) = operand.items()
        return any(wants({operator: each}, value, strict) for each in (inner if isinstance(inner, list) else [inner]))
    return any(_same(each, value) for each in (operand if isinstance(operand, list) else [operand]))


def _in_range(terms: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 5e9:
        return False
    tests = {
        "=": lambda end: value == end,
        "<": lambda end: value < end,
        "<=": lambda end: value <= end,
        ">": lambda end: value > end,
        ">=": lambda end: value >= end,
    }
    return all(tests[terms[at]](terms[at + 1]) for at in range(0, len(terms), 2))


def _text(operator: str, operand: Any, value: str) -> bool:
    if isinstance(operand, dict):
        operand, value = operand["equals-ignore-case"].lower(), value.lower()
    if operator == "prefix":
        return value.startswith(operand)
    if operator == "suffix":
        return value.endswith(operand)
    if operator == "equals-ignore-case":
        return value.lower() == operand.lower()
    if operator == "wildcard":
        return re.fullmatch(".*".join(map(re.escape, operand.split("*"))), value, re.DOTALL) is not None
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False
