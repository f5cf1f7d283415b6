"""What a browser's form says."""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Mapping, Sequence
from typing import Final

_FIELDS_MAX: Final = 2000
_BROKEN_MAX: Final = 1000
_NO_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class Form(Mapping[str, str]):
    """Fields by name: the last of those with one name, "" where there is none. Lone surrogates can't come out of a
    form; line ends are as on Unix, unless `raw`."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    @classmethod
    def parse(cls, text: str) -> Form:
        """A form as it stands in a body, or a query string. Raises `ValueError` for too many fields, or
        percent signs that are no escapes."""
        pairs = text.encode("utf-8", "replace").split(b"&", _FIELDS_MAX)
        if len(pairs) > _FIELDS_MAX:
            raise ValueError("too many fields")
        fields: dict[str, list[str]] = {}
        for pair in pairs:
            if pair:
                name, _, value = pair.partition(b"=")
                fields.setdefault(_decoded(name), []).append(_decoded(value))
        return cls(fields)

    def __getitem__(self, name: str) -> str:
        return self.raw(name).replace("\r\n", "\n")

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        """A field, `default` where it is not there."""
        return self[name] if name in self._fields else default

    def raw(self, name: str) -> str:
        """A field as it was sent."""
        values = self._fields.get(name)
        return values[-1] if values else ""

    def all(self, name: str) -> list[str]:
        """Every field of this name."""
        return [each.replace("\r\n", "\n") for each in self._fields.get(name, ())]

    def flag(self, name: str) -> bool:
        """Whether a checkbox is ticked."""
        return bool(self.raw(name))

    def pairs(self, name: str, value: str) -> dict[str, str]:
        """Two repeated fields as a dictionary, without empty names: rows of tags or attributes."""
        return {key: text for key, text in zip(self.all(name), self.all(value), strict=False) if key}


def _decoded(text: bytes) -> str:
    """What a name or a value is (URL standard, "application/x-www-form-urlencoded parsing"). `urllib` takes a second
    for some megabytes of escapes, in which nobody else is answered; quoted-printable's decoder, whose escapes are the
    same but for their first character, takes milliseconds."""
    plain = text.replace(b"+", b" ")
    if b"%" in plain:
        plain, broken = _NO_ESCAPE.subn(b"%25", plain, _BROKEN_MAX)
        if broken == _BROKEN_MAX:
            raise ValueError("no browser has written this")
        plain = a2b_qp(plain.replace(b"=", b"=3D").replace(b"%", b"="))
    return plain.decode("utf-8", "replace")
