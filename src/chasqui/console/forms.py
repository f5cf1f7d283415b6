"""What a browser's form says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

_FIELDS_MAX = 2000


class Form(Mapping[str, str]):
    """Fields by name: the last of those with one name, "" where there is none. Lone surrogates can't come out of a
    form; line ends are as on Unix, unless `raw`."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    @classmethod
    def parse(cls, text: str) -> Form:
        """A form as it stands in a body, or a query string. Raises `ValueError` for too many fields."""
        return cls(parse_qs(text, keep_blank_values=True, max_num_fields=_FIELDS_MAX))

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
