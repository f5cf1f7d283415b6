"""What a source of issuers' keys is, and what goes wrong with one. The keys are public ones, as a JWKS lists them
(RFC 7517), still unread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from chasqui.base.errors import ChasquiError

Jwk = Mapping[str, Any]
"""One key of a JWKS: "kty", mostly "kid", and the members of its type."""


class IssuerUnreachable(ChasquiError):
    """An issuer does not answer; later it may."""


class NoKeys(ChasquiError):
    """An issuer publishes no keys, or none that can be read."""


class KeySource(Protocol):
    """Where the keys of issuers come from."""

    async def keys(self, issuer: str, kid: str) -> tuple[Jwk, ...]:
        """The keys of an issuer (its `iss`), looked at again where none that is known has this `kid`; "" for tokens
        that name none. Raises `IssuerUnreachable` and `NoKeys`."""
        ...


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


def read_key_set(document: bytes) -> tuple[Jwk, ...]:
    """The keys in a JWKS. Raises `NoKeys`."""
    try:
        return tuple(msgspec.json.decode(document, type=_KeySet).keys)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NoKeys(f"not a JWKS: {error}") from error


def without_scheme(issuer: str) -> str:
    """An issuer as IAM names its provider: without "https://"."""
    return issuer.partition("://")[2]
