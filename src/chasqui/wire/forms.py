"""Forms of the query protocol straight into an operation's struct, where nothing in them has parts.

What `query.py` reads in general, this reads for what is asked thousands of times a second: names without dots whose
values are texts. Anything else is left to it.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from chasqui.base.bounded import keep
from chasqui.base.errors import ServiceError
from chasqui.wire.query import unquoted

T = TypeVar("T", bound=msgspec.Struct)

_OF_THE_PROTOCOL = frozenset((b"Action", b"Version"))
_FIELDS_MAX = 64
_DECODED_MAX = 4096
_DECODED_LENGTH_MAX = 256


# Values with escapes that come again and again: ARNs, mostly.
_decoded: dict[bytes, str] = {}


def _decode(value: bytes) -> str:
    """A value's text. Raises `UnicodeDecodeError` and `ServiceError`."""
    if b"%" not in value and b"+" not in value:
        return value.decode()
    text = unquoted(value.replace(b"+", b" ")).decode()
    if len(value) <= _DECODED_LENGTH_MAX:
        keep(_decoded, value, text, _DECODED_MAX)
    return text


class FormDecoder(Generic[T]):
    """Bodies of one operation as its generated struct. Made once per operation, called once per request."""

    __slots__ = ("_names", "_type")

    def __init__(self, type_: type[T]) -> None:
        fields = msgspec.structs.fields(type_)
        self._names = {each.name.encode(): each.name for each in fields if each.type == str | None}
        self._type = type_

    def __call__(self, body: bytes) -> T | None:
        """The struct, or None where `query.py` has to look."""
        names, found = self._names, {}
        pairs = body.split(b"&", _FIELDS_MAX)
        if len(pairs) > _FIELDS_MAX:
            return None
        for pair in pairs:
            name, _, value = pair.partition(b"=")
            known = names.get(name)
            if known is None:
                if name in _OF_THE_PROTOCOL:
                    continue
                return None
            try:
                found[known] = _decoded.get(value) or _decode(value)
            except (ServiceError, UnicodeDecodeError):
                return None
        made: Any = self._type(**found)
        return made  # type: ignore[no-any-return]
