"""The ids of temporary access keys. As in AWS', the account is in them, so that anybody who meets one can ask whose it
is: after the prefix, 80 bits in base32, of which the first is set and the 40 after it are the account's number."""

from __future__ import annotations

import base64
import binascii
import os
from typing import Final

_PREFIX: Final = "ASIA"
_LENGTH: Final = 20
_RANDOM_BITS: Final = 39
_ACCOUNT_BITS: Final = 40
_ACCOUNTS: Final = 10**12


def new_session_key_id(account: str) -> str:
    """A new id: "ASIA" and 16 of A–Z and 2–7."""
    random = int.from_bytes(os.urandom(5)) >> 1
    number = (1 << _ACCOUNT_BITS | int(account)) << _RANDOM_BITS | random
    return _PREFIX + base64.b32encode(number.to_bytes(10)).decode()


def account_of_key_id(key_id: str) -> str | None:
    """The account in the id of a temporary key; None when it is no such id."""
    if not key_id.startswith(_PREFIX) or len(key_id) != _LENGTH:
        return None
    try:
        number = int.from_bytes(base64.b32decode(key_id[len(_PREFIX) :])) >> _RANDOM_BITS
    except binascii.Error:
        return None
    marked, account = divmod(number, 1 << _ACCOUNT_BITS)
    return f"{account:012d}" if marked and account < _ACCOUNTS else None
