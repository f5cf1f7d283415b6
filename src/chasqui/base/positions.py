"""Page tokens: where a listing goes on, as clients are given it. Opaque to them, and no secret."""

from __future__ import annotations

import base64
import binascii


def token_after(name: str) -> str:
    """The token of a page that goes on after this name."""
    return base64.urlsafe_b64encode(name.encode()).decode()


def name_in(token: str) -> str | None:
    """The name that a token goes on after; None when it is no token."""
    try:
        name = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    # No database takes a NUL in a text.
    return None if "\0" in name else name
