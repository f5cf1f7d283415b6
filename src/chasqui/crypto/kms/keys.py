"""A key as requests decide on it: its document read, its state at a time, its backing keys opened when first wanted.

Read-only; thrown away when its resource changes. What changes a document is a plain function here: `new_material`,
`rotate_when_due`.
"""

from __future__ import annotations

import os
from typing import Final

from chasqui.crypto.keyring import KeyRing, UnreadableEnvelope
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.documents import SYMMETRIC, KeyDocument, Material, Rotation, decode_key, key_arn
from chasqui.store.port import Resource

DAY_MS: Final = 24 * 3600 * 1000
_HEAD: Final = b"chasqui kms material 1:"


class Key:
    """A key."""

    __slots__ = ("_opened", "_ring", "account", "arn", "document", "id", "owner", "region", "resource")

    def __init__(self, resource: Resource, ring: KeyRing) -> None:
        self.resource = resource
        self.document: KeyDocument = decode_key(resource.document)
        self.owner = resource.owner
        self.account, _, self.region = resource.owner.partition("/")
        self.id = resource.name
        self.arn = key_arn(resource.owner, resource.name)
        self._ring = ring
        self._opened: dict[str, bytes] = {}

    def gone(self, now_ms: int) -> bool:
        """Whether its time to be deleted has come."""
        return 0 < self.document.delete_at_ms <= now_ms

    @property
    def state(self) -> str:
        """Its KeyState, while it is not gone."""
        if self.document.delete_at_ms:
            return "PendingDeletion"
        return "Enabled" if self.document.enabled else "Disabled"

    @property
    def current(self) -> Material:
        """The backing key that encrypts."""
        return self.document.materials[-1]

    def require(self, usage: str, operation: str) -> None:
        """That it can serve this operation now. Raises `DisabledException`, `KMSInvalidStateException` and
        `InvalidKeyUsageException`."""
        self.require_not_pending()
        if not self.document.enabled:
            raise errors.disabled(self.arn)
        if self.document.usage != usage:
            raise errors.wrong_usage(self.arn, self.document.usage, operation)

    def require_not_pending(self) -> None:
        """Raises `KMSInvalidStateException` when it is to be deleted."""
        if self.document.delete_at_ms:
            raise errors.pending_deletion(self.arn)

    def require_symmetric(self) -> None:
        """Raises `UnsupportedOperationException` for keys that do not rotate."""
        if self.document.spec != SYMMETRIC:
            raise errors.unsupported(f"{self.arn} is not a symmetric encryption KMS key.")

    def material(self, material_id: str) -> bytes | None:
        """A backing key's bytes; None when the key has no such."""
        found = self._opened.get(material_id)
        if found is None:
            kept = next((each for each in self.document.materials if each.id == material_id), None)
            if kept is not None:
                found = self._opened[material_id] = open_material(self._ring, self.id, kept)
        return found


def new_material(ring: KeyRing, key_id: str, raw: bytes, at_ms: int, rotation: Rotation = "") -> Material:
    """A backing key, sealed so that it opens as this key's alone."""
    material_id = os.urandom(32).hex()
    return Material(material_id, ring.seal(_head(key_id, material_id) + raw), at_ms, rotation)


def open_material(ring: KeyRing, key_id: str, material: Material) -> bytes:
    """A backing key's bytes. Raises `UnreadableEnvelope`."""
    head = _head(key_id, material.id)
    clear = ring.open(material.sealed) if material.sealed and material.sealed[0] else b""
    if not clear.startswith(head):
        raise UnreadableEnvelope(f"a stored backing key of {key_id} is not its own")
    return clear[len(head) :]


def _head(key_id: str, material_id: str) -> bytes:
    return _HEAD + f"{key_id}:{material_id}:".encode()


def rotation_due(document: KeyDocument, now_ms: int) -> bool:
    """Whether automatic rotation has something to do. AWS leaves keys alone that are not in use."""
    return 0 < document.rotate_at_ms <= now_ms and document.enabled and not document.delete_at_ms


def rotate_when_due(ring: KeyRing, key_id: str, document: KeyDocument, now_ms: int) -> None:
    """Give a key its next backing key. One that nobody looked at for several periods gets one, dated by the latest."""
    if not rotation_due(document, now_ms):
        return
    period_ms = document.rotation_days * DAY_MS
    at_ms = now_ms - (now_ms - document.rotate_at_ms) % period_ms
    document.materials.append(new_material(ring, key_id, os.urandom(32), at_ms, "AUTOMATIC"))
    document.rotate_at_ms = at_ms + period_ms
