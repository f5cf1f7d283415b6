"""Scalars as text, whichever protocol carries them: times, base64, numbers, booleans.

In parameters and outputs a timestamp is seconds since the epoch (int or float, to the microsecond), a blob
bytes. Functions that read raise `ValueError`; each protocol says what its clients are told of it.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import math
import re
from typing import Final

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
# Years 1 to 9999, what the calendar (ours and AWS') can write.
TIME_MIN = -62135596800
TIME_MAX = 253402300799.999999

# Bounded, for Python takes quadratic time over long ones.
INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HTTP_DATE = re.compile(
    r"(?:\w{3,9}, )?(\d{1,2})[ -](\w{3})[ -](\d{4}) (\d\d):(\d\d):(\d\d)(\.\d{1,9})? (?:GMT|UTC|\+0000)"
)

INTEGER_RANGES = {
    "byte": (-(2**7), 2**7 - 1),
    "short": (-(2**15), 2**15 - 1),
    "integer": (-(2**63), 2**63 - 1),
    "long": (-(2**63), 2**63 - 1),
}


_PIECE: Final = 256 * 1024
"""Letters of base64 that are read at once, a multiple of four."""


def parse_blob(text: str) -> bytes:
    """Base64 with its padding, nothing else. In pieces, so that on a thread a large one lets others run."""
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)] if len(text) > _PIECE else [text]
    try:
        found = [base64.b64decode(piece, validate=True) for piece in pieces]
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if any(len(each) * 4 != _PIECE * 3 for each in found[:-1]):
        raise ValueError("not base64: padding before its end")
    return found[0] if len(found) == 1 else b"".join(found)


def format_blob(value: bytes | bytearray | memoryview | str) -> str:
    if isinstance(value, str):
        value = value.encode()
    return base64.b64encode(value).decode("ascii")


def parse_integer(text: str, kind: str = "long") -> int:
    """A decimal integer in the range of its kind; an `integer` may be as large as a long, as on AWS."""
    if not INTEGER.fullmatch(text):
        raise ValueError(f"not an integer: {text[:40]!r}")
    return check_integer(int(text), kind)


def check_integer(value: int, kind: str) -> int:
    bounds = INTEGER_RANGES.get(kind)
    if bounds is not None and not bounds[0] <= value <= bounds[1]:
        raise ValueError(f"out of the range of {kind}")
    return value


def parse_float(text: str) -> float:
    special = SPECIAL_FLOATS.get(text)
    if special is not None:
        return special
    # Python would take underscores and words ("nan", "inf") that no client writes.
    if not re.fullmatch(r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]{1,9})?", text):
        raise ValueError(f"not a number: {text[:40]!r}")
    value = float(text)
    if math.isinf(value):
        raise ValueError("out of the range of a double")
    return value


def format_float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value)) if isinstance(value, float) else str(value)


def parse_boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered == "true":
        return True
    if lowered == "false":
        return False
    raise ValueError(f"not a boolean: {text[:40]!r}")


def format_boolean(value: bool) -> str:
    return "true" if value else "false"


def check_timestamp(value: float) -> float:
    """A number of seconds that the calendar has."""
    if not TIME_MIN <= value <= TIME_MAX:
        raise ValueError("out of the range of a timestamp")
    return value


def parse_timestamp(text: str) -> float:
    """A time in any form that AWS' clients write: ISO 8601, HTTP's date, or seconds since the epoch."""
    match = HTTP_DATE.fullmatch(text)
    if match:
        return _http_date(match)
    if re.fullmatch(r"-?[0-9.]+(?:[eE][+-]?[0-9]{1,3})?", text):
        number = float(text)
        return check_timestamp(int(number) if number.is_integer() else number)
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        return from_datetime(moment)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"not a timestamp: {text[:40]!r}") from error


def _http_date(match: re.Match[str]) -> float:
    day, month, year, hour, minute, second, fraction = match.groups()
    if month not in MONTHS:
        raise ValueError(f"not a month: {month!r}")
    moment = datetime.datetime(
        int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=datetime.UTC
    )
    seconds = from_datetime(moment)
    return seconds + float(fraction) if fraction else seconds


def from_datetime(moment: datetime.datetime) -> float:
    """A moment as seconds since the epoch, an int when it is whole."""
    delta = moment - EPOCH
    seconds = delta.days * 86400 + delta.seconds
    return seconds + delta.microseconds / 1e6 if delta.microseconds else seconds


def to_datetime(value: float | datetime.datetime) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC) if value.tzinfo else value.replace(tzinfo=datetime.UTC)
    return EPOCH + datetime.timedelta(seconds=value)


def format_timestamp(value: float | datetime.datetime, form: str) -> str | int | float:
    """A time in the model's `timestampFormat`: `iso8601`, `rfc822` or `unixTimestamp` (to the
    millisecond)."""
    if form.lower() == "unixtimestamp":
        seconds = from_datetime(value) if isinstance(value, datetime.datetime) else value
        rounded = round(seconds, 3)
        return int(rounded) if rounded == int(rounded) else rounded
    moment = to_datetime(value)
    if form == "rfc822":
        return (
            f"{DAYS[moment.weekday()]}, {moment.day:02} {MONTHS[moment.month - 1]} {moment.year:04} "
            f"{moment.hour:02}:{moment.minute:02}:{moment.second:02} GMT"
        )
    # AWS writes milliseconds or none at all.
    text = moment.replace(tzinfo=None, microsecond=moment.microsecond // 1000 * 1000)
    return text.isoformat(timespec="milliseconds" if text.microsecond else "seconds") + "Z"
