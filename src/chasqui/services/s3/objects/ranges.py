"""Which bytes of an object a request asks for. Pure.

Source: RFC 9110, section 14; API reference, GetObject ("Range", "partNumber").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.services.s3.errors import invalid_argument
from chasqui.services.s3.objects.document import Part

PARTS_MAX: Final = 10_000

_RANGE: Final = re.compile(r"bytes=(\d{0,99})-(\d{0,99})\Z", re.ASCII)
"""Longer numbers are no numbers of bytes, and reading them takes time."""


class Span(msgspec.Struct, frozen=True):
    """Bytes [start, end) of so many. `parts` is how many parts the object has, where one of them was asked for."""

    start: int
    end: int
    of: int
    parts: int | None = None
    checksum: str | None = None

    @property
    def content_range(self) -> str:
        """As the field Content-Range says it."""
        return f"bytes {self.start}-{self.end - 1}/{self.of}"


def range_of(text: str | None, size: int) -> Span | None:
    """What a Range field asks of an object of this size; None for all of it, which is what those ask for that are no
    single range of bytes. Raises InvalidRange."""
    match = _RANGE.match(text.replace(" ", "")) if text else None
    if text is None or match is None:
        return None
    first, last = match.groups()
    if not first:
        if not last:
            return None
        length = int(last)
        if length == 0 or size == 0:
            raise _unsatisfiable(text, size)
        return Span(max(0, size - length), size, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise _unsatisfiable(text, size)
    return Span(start, min(int(last) + 1, size) if last else size, size)


def part_span(number: int, size: int, parts: Sequence[Part]) -> Span | None:
    """The bytes of a part; None for all of an empty object. Objects that were not made of parts have one. Raises
    InvalidPartNumber and InvalidArgument."""
    if not 1 <= number <= PARTS_MAX:
        raise invalid_argument(
            "Part number must be an integer between 1 and 10000, inclusive", "partNumber", str(number)
        )
    count = len(parts) or 1
    if number > count:
        raise ServiceError(
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
            status=416,
            fields={"ActualPartCount": count, "PartNumberRequested": number},
        )
    if not parts:
        return Span(0, size, size) if size else None
    start = sum(part.size for part in parts[: number - 1])
    part = parts[number - 1]
    return Span(start, start + part.size, size, count, part.checksum)


def _unsatisfiable(text: str, size: int) -> ServiceError:
    return ServiceError(
        "InvalidRange",
        "The requested range is not satisfiable",
        status=416,
        fields={"RangeRequested": text, "ActualObjectSize": size},
        headers=((b"content-range", b"bytes */%d" % size),),
    )
