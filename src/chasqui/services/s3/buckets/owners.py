"""How S3 names accounts: by canonical user ids, 64 hexadecimal digits that tell nothing else. Pure."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from chasqui.services.s3.types import Owner


@lru_cache(maxsize=1024)
def canonical_id(account: str) -> str:
    """The canonical user id of an account: the same on every server, and forever."""
    return hashlib.sha256(b"chasqui/s3/canonical-user/" + account.encode()).hexdigest()


def owner_of(account: str) -> Owner:
    """An account as an Owner element has it."""
    return Owner(ID=canonical_id(account))
