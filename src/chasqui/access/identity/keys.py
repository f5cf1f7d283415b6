"""Secret access keys at rest: sealed by the key ring, apart in form from everything else that it seals."""

from __future__ import annotations

from chasqui.access.identity.sessions import BadToken, Sealer

_HEAD = b"chasqui secret 1:"


def seal_secret(ring: Sealer, key_id: str, secret: str) -> bytes:
    """A secret key as it is stored; it opens for this key's id alone."""
    return ring.seal(_HEAD + f"{key_id}:{secret}".encode())


def open_secret(ring: Sealer, key_id: str, sealed: bytes) -> str:
    """The secret of a key. Raises `BadToken` when it is another key's, or was changed."""
    head = _HEAD + f"{key_id}:".encode()
    clear = ring.open(sealed) if sealed and sealed[0] else b""
    if not clear.startswith(head):
        raise BadToken(f"the stored secret of {key_id} is not its own")
    return clear[len(head) :].decode()
