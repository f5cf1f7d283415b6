"""Shapes in formats that decode to trees of dictionaries and lists (JSON, CBOR): reading one, writing one.

`TreeReader` and `TreeWriter` walk structures, lists and maps; what differs from format to format, the
scalars, they are given. Refusals are worded as AWS words them, whichever of the two formats it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.wire import typed, values
from chasqui.wire.model import Shape
from chasqui.wire.protocol import DEPTH_MAX, Params

ScalarReader = Callable[[Shape, Any], Any]
ScalarWriter = Callable[[Shape, Any], Any]

# The words AWS has for the scalars it could not make of a value.
WORDS = {
    "string": "a String",
    "character": "a String",
    "integer": "an Integer",
    "short": "a Short",
    "byte": "a Byte",
    "long": "a Long",
    "float": "a Float",
    "double": "a Double",
    "boolean": "a Boolean",
    "blob": "a Blob",
    "timestamp": "milliseconds since epoch",
}


def serialization_error(message: str = "") -> ServiceError:
    """The answer to a body that is not what the operation takes; AWS gives no message when it cannot be
    decoded."""
    return ServiceError("SerializationException", message, status=400)


class TreeReader:
    """Decoded bodies to parameters. Nulls are absent, unknown members are ignored."""

    def __init__(self, scalars: Mapping[str, ScalarReader]) -> None:
        self._scalars = {**COMMON_SCALARS, **scalars}

    def read_root(self, shape: Shape | None, value: Any) -> Params:
        """A whole body as an operation's parameters."""
        if not isinstance(value, dict):
            refuse_structure(value)
        return {} if shape is None else self._members(shape, value, 0)

    def read(self, shape: Shape, value: Any, depth: int = 0) -> Any:
        """One value that is not null as the shape's Python value."""
        if depth > DEPTH_MAX:
            raise serialization_error()
        match shape.type:
            case "structure":
                if shape.is_document:
                    return self._document(value, depth)
                if not isinstance(value, dict):
                    refuse_structure(value)
                return self._members(shape, value, depth)
            case "list":
                return self._list(shape, value, depth)
            case "map":
                return self._map(shape, value, depth)
        return self._scalars[shape.type](shape, value)

    def _members(self, shape: Shape, value: Mapping[Any, Any], depth: int) -> Params:
        params: Params = {}
        for name, member in shape.members.items():
            found = value.get(member.location_name or name)
            if found is not None:
                params[name] = self.read(member, found, depth + 1)
        return params

    def _list(self, shape: Shape, value: Any, depth: int) -> list[Any]:
        if not isinstance(value, list):
            if isinstance(value, dict):
                raise serialization_error("Start of structure or map found where not expected.")
            raise serialization_error("Expected list or null")
        member = shape.member
        return [self.read(member, item, depth + 1) for item in value if item is not None]

    def _map(self, shape: Shape, value: Any, depth: int) -> dict[str, Any]:
        if not isinstance(value, dict):
            if isinstance(value, list):
                raise serialization_error("Start of list found where not expected")
            raise serialization_error("Expected map or null")
        member = shape.value
        params = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise serialization_error()
            if item is not None:
                params[key] = self.read(member, item, depth + 1)
        return params

    def _document(self, value: Any, depth: int) -> Any:
        if depth > DEPTH_MAX:
            raise serialization_error()
        if isinstance(value, dict):
            return {str(key): self._document(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [self._document(item, depth + 1) for item in value]
        return value


def refuse_structure(value: Any) -> NoReturn:
    """The answer to something else where a structure should be."""
    if value is None:
        raise serialization_error()
    raise serialization_error("Start of list found where not expected" if isinstance(value, list) else "Expected null")


def refuse_scalar(shape: Shape, value: Any) -> NoReturn:
    """The answer to something else where a scalar should be."""
    if isinstance(value, dict):
        raise serialization_error("Start of structure or map found where not expected.")
    if isinstance(value, list):
        raise serialization_error("Start of list found where not expected")
    if isinstance(value, bool):
        token = "TRUE_VALUE" if value else "FALSE_VALUE"
    else:
        token = "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"
    raise serialization_error(f"{token} can not be converted to {WORDS[shape.type]}")


def read_string(shape: Shape, value: Any) -> str:
    if not isinstance(value, str):
        refuse_scalar(shape, value)
    return value


def read_integer(shape: Shape, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse_scalar(shape, value)
    try:
        # A fraction is cut off, as on AWS.
        return values.check_integer(int(value), shape.type)
    except (ValueError, OverflowError) as error:
        raise serialization_error() from error


def read_float(shape: Shape, value: Any) -> float:
    if isinstance(value, str) and value in values.SPECIAL_FLOATS:
        return values.SPECIAL_FLOATS[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse_scalar(shape, value)
    try:
        return float(value)
    except OverflowError as error:
        raise serialization_error() from error


def read_boolean(shape: Shape, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    refuse_scalar(shape, value)


COMMON_SCALARS: dict[str, ScalarReader] = {
    "string": read_string,
    "character": read_string,
    "integer": read_integer,
    "short": read_integer,
    "byte": read_integer,
    "long": read_integer,
    "float": read_float,
    "double": read_float,
    "boolean": read_boolean,
}


class TreeWriter:
    """Outputs to trees that an encoder takes. Members that are None are left out."""

    def __init__(self, scalars: Mapping[str, ScalarWriter]) -> None:
        self._scalars = scalars

    def write(self, shape: Shape, value: Any) -> Any:
        match shape.type:
            case "structure":
                return value if shape.is_document else self._structure(shape, value)
            case "list":
                member = shape.member
                return [self.write(member, item) for item in value]
            case "map":
                member = shape.value
                return {key: self.write(member, item) for key, item in value.items() if item is not None}
        writer = self._scalars.get(shape.type)
        return value if writer is None else writer(shape, value)

    def _structure(self, shape: Shape, value: Mapping[str, Any] | msgspec.Struct) -> dict[str, Any]:
        members = shape.members
        given = typed.to_params(value) if isinstance(value, msgspec.Struct) else value
        written = {}
        for name, item in given.items():
            if item is not None:
                member = members[name]
                written[member.location_name or name] = self.write(member, item)
        return written
