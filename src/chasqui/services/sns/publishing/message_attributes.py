"""Message attributes of SNS: what AWS accepts, and their size. Pure.

Source: SNS developer guide, "Amazon SNS message attributes"; the refusals' words are recorded from AWS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from chasqui.base.errors import ServiceError
from chasqui.fabric.letters import Attribute
from chasqui.services.sns.errors import invalid_parameter_value
from chasqui.services.sns.types import MessageAttributeValue

_NAME_BYTES_LIMIT: Final = 256
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_.\-]")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_RESERVED: Final = ("aws.", "amazon.")
_KNOWN: Final = ("AWS.SNS.SMS.", "AWS.SNS.MOBILE.", "AWS.MM.SMS.")
"""Reserved names that tell SMS and push what to do."""

Given = Mapping[str, MessageAttributeValue]


def read_attributes(given: Given | None, path: str) -> dict[str, Attribute] | None:
    """Check and convert a message's attributes. `path` is the parameter's, as validation errors show it. Raises
    `ParameterValueInvalid` and `ValidationError`."""
    if not given:
        return None
    return {name: _read(name, value, path) for name, value in given.items()}


def _read(name: str, value: MessageAttributeValue, path: str) -> Attribute:
    data_type = value.DataType
    if data_type is None:
        raise ServiceError(
            "ValidationError",
            f"1 validation error detected: Value null at '{path}.{name}.member.dataType' failed to satisfy constraint:"
            " Member must not be null",
            status=400,
        )
    _check_name(name)
    base = data_type.partition(".")[0]
    if base not in ("String", "Number", "Binary"):
        raise invalid_parameter_value(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes"
            " is Binary, Number, and String."
        )
    text, binary = value.StringValue, value.BinaryValue
    if (text is None and binary is None) or (text == "" and not binary) or (binary == b"" and not text):
        raise invalid_parameter_value(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute type"
            f" '{data_type}'."
        )
    if base == "Binary":
        if not binary:
            raise _wrong_field(name, data_type, "Binary")
        return Attribute(data_type, None, binary)
    if not text:
        raise _wrong_field(name, data_type, "String")
    if base == "Number" and (len(text) > 256 or not _NUMBER.match(text)):
        raise invalid_parameter_value(f"Could not cast message attribute '{name}' value to number.")
    return Attribute(data_type, text, None)


def _wrong_field(name: str, data_type: str, field: str) -> ServiceError:
    return invalid_parameter_value(f"The message attribute '{name}' with type '{data_type}' must use field '{field}'.")


def _check_name(name: str) -> None:
    if not name:
        raise invalid_parameter_value("Message attribute name can not be empty.")
    if len(name.encode("utf-8", "surrogatepass")) >= _NAME_BYTES_LIMIT:
        raise invalid_parameter_value(f"Length of message attribute name must be less than {_NAME_BYTES_LIMIT} bytes.")
    foreign = _FOREIGN.search(name)
    if foreign is not None:
        raise invalid_parameter_value(
            f"Invalid non-alphanumeric character '#x{ord(foreign.group()):X}' was found in the message attribute name."
            " Can only include alphanumeric characters, hyphens, underscores, or dots."
        )
    if name.startswith(".") or name.endswith("."):
        which = "starting" if name.startswith(".") else "ending"
        raise invalid_parameter_value(f"Invalid message attribute name {which} with character '.' was found.")
    if ".." in name:
        raise invalid_parameter_value("Message attribute name can not have successive '.' character.")
    if name.lower().startswith(_RESERVED) and not name.startswith(_KNOWN):
        raise invalid_parameter_value(
            f"Message attribute name '{name}' can not start with 'AWS.' or 'Amazon.': these are reserved."
        )


def attributes_bytes(attributes: Mapping[str, Attribute] | None) -> int:
    """Bytes that count towards the message's size: names, types and values."""
    size = 0
    for name, value in (attributes or {}).items():
        size += len(name) + len(value.data_type.encode())
        size += len(value.binary) if value.binary is not None else len((value.text or "").encode())
    return size
