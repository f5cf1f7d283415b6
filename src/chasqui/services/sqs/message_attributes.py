"""Message attributes: what AWS accepts, their size and their MD5. Pure.

Source: "Amazon SQS message metadata" in the developer guide, with the digest's algorithm as it is described there.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Mapping
from typing import Protocol

from chasqui.services.sqs import errors
from chasqui.services.sqs.payload import StoredAttribute

_NAME = re.compile(r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)*\Z")
_NAME_LENGTH_MAX = 256
_TYPE_LENGTH_MAX = 256
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
    if len(encoded.translate(None, _CONTROLS)) != len(encoded):
        return False
    return len(encoded) == len(text) or _FORBIDDEN.search(text) is None


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
    if not data_type:
        raise errors.invalid_parameter(f"Message (user) attribute '{name}' must contain a non-empty attribute type.")
    base = data_type.partition(".")[0]
    if base not in ("String", "Number", "Binary") or len(data_type) > _TYPE_LENGTH_MAX:
        raise errors.invalid_parameter(
            f"The message (user) attribute '{name}' has an invalid message (user) attribute type, the set of supported"
            " type prefixes is Binary, Number, and String."
        )
    if base == "Binary":
        if not value.BinaryValue:
            raise _empty(name, data_type)
        return StoredAttribute(data_type, None, value.BinaryValue)
    text = value.StringValue
    if not text:
        raise _empty(name, data_type)
    if _FORBIDDEN.search(text):
        raise errors.invalid_message_contents()
    if base == "Number" and not _is_number(text):
        raise errors.invalid_parameter(f"Can't cast the value of message (user) attribute '{name}' to a number.")
    return StoredAttribute(data_type, text, None)


def _empty(name: str, data_type: str) -> Exception:
    return errors.invalid_parameter(
        f"Message (user) attribute '{name}' must contain a non-empty value of type '{data_type}'."
    )


def _check_name(name: str) -> None:
    if not name or len(name) > _NAME_LENGTH_MAX or not _NAME.match(name):
        raise errors.invalid_parameter(
            f"The message (user) attribute name '{name}' is invalid. Attribute names can only include alphanumeric"
            " characters, hyphens, underscores and single periods between them, and be at most 256 characters long."
        )
    if name.lower().startswith(("aws.", "amazon.")):
        raise errors.invalid_parameter(
            f"The message (user) attribute name '{name}' is invalid: names must not start with AWS. or Amazon."
        )


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
    digest = hashlib.md5(usedforsecurity=False)
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
