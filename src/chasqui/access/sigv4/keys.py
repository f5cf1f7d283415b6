"""Signing keys: what a secret key makes of a date, a region and a service, kept for the day on which they are used."""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

_DAY_MS = 86_400_000


class SigningKeys:
    """Derives signing keys (IAM user guide, "Create a signed AWS API request", step 3) and keeps those of today.

    What is kept is an HMAC that has taken in the key, to be copied for each message; `cryptography`'s, because the
    standard library's costs three Python calls more. Everything is dropped when the
    (UTC) day changes, and when there is too much of it.
    """

    def __init__(self, kept_max: int = 4096) -> None:
        self._kept_max = kept_max
        self._day = -1
        self._kept: dict[tuple[str, str, str, str], HMAC] = {}

    def of(self, secret: str, date: str, region: str, service: str, now_ms: int) -> HMAC:
        """The signing key's HMAC; copy it before use."""
        if now_ms // _DAY_MS != self._day or len(self._kept) >= self._kept_max:
            self._day = now_ms // _DAY_MS
            self._kept.clear()
        name = secret, date, region, service
        key = self._kept.get(name)
        if key is None:
            key = self._kept[name] = derive(secret, date, region, service)
        return key


def derive(secret: str, date: str, region: str, service: str) -> HMAC:
    """The signing key of a credential scope."""
    key = b"AWS4" + secret.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return HMAC(key, SHA256())
