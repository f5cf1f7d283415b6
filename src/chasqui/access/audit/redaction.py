"""Requests and answers as the audit log may show them: CloudTrail's member names, no secrets, a bounded size.

Pure functions over an operation's structs. What counts as a secret is decided by a member's name: better one too many
hidden than one shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
TEXT_MAX: Final = 1024
"""Characters of a value that are shown."""
_NODES_MAX: Final = 500
_CHARACTERS_MAX: Final = 24 * 1024
_DEPTH_MAX: Final = 16
_SECRETS_MAX: Final = 64
_SECRET_LENGTH_MIN: Final = 4
_CUT: Final = "…"

SECRET_NAMES: Final = frozenset(
    name.lower()
    for name in (
        # credentials
        "AuthenticationCode1", "AuthenticationCode2", "AuthorizationCode", "Base32StringSeed", "ClientSecret",
        "GrantToken", "GrantTokens", "NewPassword", "OldPassword", "Passphrase", "Password", "Pin", "PrivateKey",
        "QRCodePNG", "SAMLAssertion", "Secret", "SecretAccessKey", "SecretBinary", "SecretKey", "SecretString",
        "SerialToken", "ServicePassword", "SessionToken", "SharedSecret", "Token", "TokenCode", "WebIdentityToken",
        # keys and what they protect
        "EncryptedKeyMaterial", "ImportToken", "KeyMaterial", "Plaintext", "PrivateKeyPlaintext",
        # what customers send through the services
        "Body", "Data", "Detail", "Environment", "Input", "Message", "MessageAttributes", "MessageBody",
        "MessageSystemAttributes", "Output", "Payload", "Subject",
    )
)  # fmt: skip
"""Members whose values are never written down, in lower case."""

# A message of failed validation repeats values; from the first to the last of them, whatever they hold.
_REPEATED_VALUES = re.compile(r"Value '.*' at '", re.DOTALL)


def camel(name: str) -> str:
    """A member's name as CloudTrail writes it: its first letter is lower case, the rest as it is (`aWSAccountIds`)."""
    return name[:1].lower() + name[1:]


def cut(text: str) -> str:
    """A text that is not longer than the log shows, and can be written as UTF-8."""
    shown = text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + _CUT
    return shown if shown.isascii() else shown.encode("utf-8", "replace").decode("utf-8")


def _plain(value: str | bytes | float | None) -> str | float | None:
    """A value without parts. Of bytes only their number is told."""
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    return cut(str(value)) if isinstance(value, int) and value.bit_length() > 63 else value


class Redactor:
    """Goes through the structs of one call. `hidden` names more members that are secret."""

    def __init__(self, hidden: Iterable[str] = ()) -> None:
        self._hidden = SECRET_NAMES.union(name.lower() for name in hidden)
        self._nodes = self._characters = 0
        self._secrets: list[str] = []

    def shown(self, value: Any) -> Any:
        """A struct, or a part of one, as plain values that JSON can hold. Members that are None are left out, and so is
        what is too deep or comes after too much."""
        self._nodes = self._characters = 0
        return self._shown(value, 0)

    @property
    def _full(self) -> bool:
        return self._nodes >= _NODES_MAX or self._characters >= _CHARACTERS_MAX

    def _shown(self, value: Any, depth: int) -> Any:
        self._nodes += 1
        if isinstance(value, str):
            self._characters += min(len(value), TEXT_MAX)
        if value is None or isinstance(value, str | bytes | bool | int | float):
            return _plain(value)
        if depth >= _DEPTH_MAX:
            return _CUT
        if isinstance(value, msgspec.Struct):
            members = ((name, getattr(value, name)) for name in value.__struct_fields__)
            return self._members(((camel(name), each) for name, each in members if each is not None), depth)
        if isinstance(value, Mapping):
            return self._members(((str(key), each) for key, each in value.items()), depth)
        return self._items(value, depth) if isinstance(value, Iterable) else cut(str(value))

    def _members(self, members: Iterable[tuple[str, Any]], depth: int) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, each in members:
            if self._full:
                shown[_CUT] = _CUT
                break
            self._characters += min(len(name), TEXT_MAX)
            if name.lower() in self._hidden:
                self._note(each, depth)
                shown[cut(name)] = HIDDEN
            else:
                shown[cut(name)] = self._shown(each, depth + 1)
        return shown

    def _items(self, items: Iterable[Any], depth: int) -> list[Any]:
        shown: list[Any] = []
        for each in items:
            if self._full:
                shown.append(_CUT)
                break
            shown.append(self._shown(each, depth + 1))
        return shown

    def _note(self, value: Any, depth: int) -> None:
        """Remember the texts in a secret, for `message`."""
        self._nodes += 1
        if self._full or depth >= _DEPTH_MAX or len(self._secrets) >= _SECRETS_MAX:
            return
        if isinstance(value, str):
            # A shorter one would only make a riddle of the message.
            if len(value) >= _SECRET_LENGTH_MIN:
                self._secrets.append(value)
        elif isinstance(value, msgspec.Struct):
            for name in value.__struct_fields__:
                self._note(getattr(value, name), depth + 1)
        elif isinstance(value, Mapping):
            for each in value.values():
                self._note(each, depth + 1)
        elif isinstance(value, Iterable) and not isinstance(value, bytes):
            for each in value:
                self._note(each, depth + 1)

    def message(self, text: str) -> str:
        """An error's message, in which services repeat what they were given, without the secrets that were seen."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return cut(_REPEATED_VALUES.sub(f"Value '{HIDDEN}' at '", text))
