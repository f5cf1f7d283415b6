"""Names of rows made of objects' keys, such that rows sort as S3 lists them: by the keys' UTF-8 bytes, and a key's
versions from the newest on.

A key may hold any character, NUL included, which PostgreSQL's text may not. So NUL and U+0001 are spelt in two
characters, and U+0001 U+0001, which is less than whatever may follow in a longer key, ends a key that something
follows.
"""

from __future__ import annotations

from typing import Final

_END: Final = "\x01\x01"
_NEWEST: Final = 2**63


def row_name(key: str) -> str:
    """The name of the row of a key's current version."""
    if "\x00" in key or "\x01" in key:
        return key.replace("\x01", "\x01\x03").replace("\x00", "\x01\x02")
    return key


def key_of(name: str) -> str:
    """The key that a row's name begins with."""
    name = name.partition(_END)[0]
    return name.replace("\x01\x02", "\x00").replace("\x01\x03", "\x01") if "\x01" in name else name


def version_name(key: str, order: int) -> str:
    """The name of the row of an older version: `order` is less than 2^63 and rises with each version of the key."""
    return f"{row_name(key)}{_END}{_NEWEST - order:016x}"


def versions_prefix(key: str) -> str:
    """What the names of a key's older versions begin with, and no others."""
    return row_name(key) + _END


def upload_name(key: str, upload: str) -> str:
    """The name of the row of a multipart upload."""
    return f"{row_name(key)}{_END}{upload}"
