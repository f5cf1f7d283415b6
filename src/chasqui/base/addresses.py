"""Addresses of databases and object stores: what is wrong with one, and how to show one without its password."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from chasqui.base.errors import SettingsError

# From the user's colon to the last "@", because a password may hold an unescaped one.
_PASSWORD: Final = re.compile(r"(://[^:@/?#]*:).*@", re.DOTALL)
_PARAMETER: Final = re.compile(r"((?:password|passwd|pwd|secret|token|key)[^=&]*=)[^&#]*", re.IGNORECASE)


def without_password(text: str) -> str:
    """An address, or a text that ends with one, as it may be shown."""
    return _PARAMETER.sub(r"\1…", _PASSWORD.sub(r"\1…@", text)) if "://" in text else text


def check_address(name: str, address: str) -> None:
    """Raises `SettingsError`, which does not repeat it, for an address that cannot be taken apart; `name` is what the
    user calls it."""
    try:
        netloc = urlsplit(address).netloc
    except ValueError:
        raise _unreadable(name) from None
    for host in netloc.rpartition("@")[2].split(","):
        port = host.rpartition("]")[2].partition(":")[2]
        if port and not port.isdecimal():
            raise _unreadable(name)


def _unreadable(name: str) -> SettingsError:
    return SettingsError(
        f"{name}: the address cannot be read. In a password, / ? # [ ] @ : and % are written as %2F %3F %23 %5B %5D %40"
        " %3A and %25"
    )
