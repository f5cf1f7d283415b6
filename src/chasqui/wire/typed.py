"""What the generated structs of a service's `types.py` need beside msgspec: required members, plain
dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


def missing_members(value: msgspec.Struct) -> list[str]:
    """The required members that an input lacks, in the model's order; nested structs are not looked into."""
    required: tuple[str, ...] = getattr(value, "REQUIRED", ())
    return [name for name in required if getattr(value, name) is None]


def from_params(type_: type[T], params: Mapping[str, Any]) -> T:
    """Parameters parsed by any protocol as the operation's struct."""
    return msgspec.convert(params, type_, builtin_types=(bytes,))


def to_params(value: msgspec.Struct) -> dict[str, Any]:
    """A struct as plain values: members that are None are left out, blobs stay bytes."""
    params: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(bytes,))
    return params
