"""Message attributes: what AWS accepts, their size and their MD5. Pure.

Source: "Amazon SQS message metadata" in the developer guide, with the digest's algorithm as it is described there.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Protocol

from chasqui.base.digests import md5
from chasqui.fabric.letters import Attribute as StoredAttribute
from chasqui.services.sqs import errors

_NAME = re.compile(r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)*\Z")
_NAME_LENGTH_MAX = 256
_TYPE_LENGTH_LIMIT = 257
_RESERVED = ("aws.", "amazon.")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes(i for i in range(32) if i not in (9, 10, 13))


class AttributeInput(Protocol):
    """A message attribute as the wire gives it."""

    DataType: str | None
    StringValue: str | None
    BinaryValue: bytes | None
    StringListValues: list[str] | None
    BinaryListValues: list[bytes] | None


def is_valid_text(text: str, encoded: bytes) -> bool:
    """Whether SQS accepts these characters; `encoded` is the text in UTF-8.

    Deleting the forbidden control bytes and comparing lengths is four times as fast as a search for one.
    """
    size = len(encoded)
    if len(encoded.translate(None, _CONTROLS)) != size:
        return False
    return size == len(text) or _FORBIDDEN.search(text) is None


def read_attributes(given: Mapping[str, AttributeInput], limit: int) -> dict[str, StoredAttribute]:
    """Check and convert a message's attributes. Raises `InvalidParameterValue` with AWS' words."""
    if len(given) > limit:
        raise errors.invalid_parameter(
            f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{limit}]."
        )
    return {name: _read_attribute(name, value) for name, value in given.items()}


def _read_attribute(name: str, value: AttributeInput) -> StoredAttribute:
    _check_name(name)
    if value.StringListValues or value.BinaryListValues:
        raise errors.unsupported("Message attribute list values in SendMessage operation are not supported.")
    data_type = value.DataType
    base = _check_type(name, data_type) if data_type else ""
    if not data_type:
        raise errors.invalid_parameter(
            f"The message (user) attribute '{name}' must contain a non-empty message attribute type."
        )
    text, binary = value.StringValue, value.BinaryValue
    if not text and not binary:
        raise errors.invalid_parameter(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{data_type}'."
        )
    if text and binary:
        raise errors.invalid_parameter(f"Message (user) attribute '{name}' must have a single value.")
    if base == "Binary":
        if not binary:
            raise _wrong_field(name, data_type, "Binary")
        return StoredAttribute(data_type, None, binary)
    if not text:
        raise _wrong_field(name, data_type, "String")
    if _FORBIDDEN.search(text):
        raise errors.invalid_attribute_contents(name)
    if base == "Number" and not _is_number(text):
        raise errors.invalid_parameter(f"Can't cast the value of message (user) attribute '{name}' to a number.")
    return StoredAttribute(data_type, text, None)


def _wrong_field(name: str, data_type: str, field: str) -> Exception:
    return errors.invalid_parameter(
        f"Message (user) attribute '{name}' with type '{data_type}' must use field '{field}'."
    )


def _check_type(name: str, data_type: str) -> str:
    """The type without the user's label. Raises `InvalidParameterValue`."""
    base = data_type.partition(".")[0]
    if base not in ("String", "Number", "Binary"):
        raise errors.invalid_parameter(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the following supported type"
            " prefixes: Binary, Number, String."
        )
    if len(data_type) >= _TYPE_LENGTH_LIMIT:
        raise errors.invalid_parameter(
            f"Message (user) attribute type must be shorter than {_TYPE_LENGTH_LIMIT} bytes."
        )
    return base


def _check_name(name: str) -> None:
    if _NAME.match(name) and len(name) <= _NAME_LENGTH_MAX and not name.lower().startswith(_RESERVED):
        return
    raise errors.invalid_parameter(_what_is_wrong_with(name))


def _what_is_wrong_with(name: str) -> str:
    wrongs = (
        (not name.strip(), "The request must contain non-empty message (user) attribute names."),
        (len(name) > _NAME_LENGTH_MAX, f"Message (user) attribute name must be shorter than {_NAME_LENGTH_MAX} bytes."),
        (
            name.lower().startswith(_RESERVED),
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'."
            " These strings are reserved for internal use.",
        ),
        (name.startswith("."), "Message (user) attribute name must not begin with character '.'."),
        (name.endswith("."), "Message (user) attribute name must not end with character '.'."),
        (".." in name, "Message (user) attribute name must not have successive '.' characters."),
        (True, f"Invalid character found in message (user) attribute name '{name}'."),
    )
    return next(text for wrong, text in wrongs if wrong)


def _is_number(text: str) -> bool:
    return len(text) <= 256 and _NUMBER.match(text) is not None


def attributes_size(attributes: Mapping[str, StoredAttribute]) -> int:
    """Bytes that count towards the message's size: names, types and values."""
    size = 0
    for name, value in attributes.items():
        size += len(name.encode()) + len(value.data_type.encode())
        size += len(value.binary) if value.binary is not None else len((value.text or "").encode())
    return size


def attributes_md5(attributes: Mapping[str, StoredAttribute]) -> str:
    """Hex MD5 over the attributes sorted by name: each part with its 4-byte big-endian length, and a transport byte
    (1 text, 2 binary) before the value."""
    digest = md5()
    for name in sorted(attributes):
        value = attributes[name]
        for part in (name.encode(), value.data_type.encode()):
            digest.update(struct.pack(">I", len(part)) + part)
        if value.binary is not None:
            digest.update(b"\x02" + struct.pack(">I", len(value.binary)) + value.binary)
        else:
            text = (value.text or "").encode()
            digest.update(b"\x01" + struct.pack(">I", len(text)) + text)
    return digest.hexdigest()


def select_names(wanted: list[str], names: Mapping[str, object]) -> list[str]:
    """Which of a message's attribute names a receive asked for: names, "All", ".*", or a prefix as "bar.*"."""
    exact = set(wanted)
    if "All" in exact or ".*" in exact:
        return list(names)
    prefixes = tuple(each[:-2] for each in wanted if each.endswith(".*"))
    return [name for name in names if name in exact or (prefixes and name.startswith(prefixes))]
