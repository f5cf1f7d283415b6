"""The CORS of function URLs: what a page of another site may see. Pure.

Source: Lambda developer guide, "Cross-origin resource sharing (CORS)"; Fetch standard, "CORS protocol".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Pairs = tuple[tuple[bytes, bytes], ...]


def preflight(cors: Mapping[str, Any], origin: str, method: str, headers: str) -> Pairs:
    """The fields that answer a preflight; none where the page may not."""
    allowed = visible(cors, origin)
    if not allowed or not _among(cors.get("AllowMethods"), method):
        return ()
    asked = [name.strip() for name in headers.split(",") if name.strip()]
    if not all(_among(cors.get("AllowHeaders"), name) for name in asked):
        return ()
    fields = [*(each for each in allowed if each[0] != b"access-control-expose-headers")]
    fields.append((b"access-control-allow-methods", ",".join(cors.get("AllowMethods") or ()).encode()))
    if asked:
        fields.append((b"access-control-allow-headers", ",".join(asked).encode("latin-1", "replace")))
    if cors.get("MaxAge"):
        fields.append((b"access-control-max-age", str(cors["MaxAge"]).encode()))
    return tuple(fields)


def visible(cors: Mapping[str, Any], origin: str) -> Pairs:
    """The fields that let a page of this origin see an answer; none where it may not."""
    if not _among(cors.get("AllowOrigins"), origin):
        return ()
    credentials = bool(cors.get("AllowCredentials"))
    anyone = "*" in (cors.get("AllowOrigins") or ()) and not credentials
    fields = [(b"access-control-allow-origin", b"*" if anyone else origin.encode("latin-1", "replace"))]
    if not anyone:
        fields.append((b"vary", b"Origin"))
    if credentials:
        fields.append((b"access-control-allow-credentials", b"true"))
    if cors.get("ExposeHeaders"):
        fields.append((b"access-control-expose-headers", ",".join(cors["ExposeHeaders"]).encode("latin-1", "replace")))
    return tuple(fields)


def _among(allowed: object, value: str) -> bool:
    """Whether a list allows it: by name, whatever its case, by "*", or by a pattern such as "https://*"."""
    for each in allowed if isinstance(allowed, list | tuple) else ():
        start, star, end = str(each).lower().partition("*")
        low = value.lower()
        if low == start if not star else len(low) >= len(start + end) and low.startswith(start) and low.endswith(end):
            return True
    return False
