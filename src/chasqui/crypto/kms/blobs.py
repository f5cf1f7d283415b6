"""The ciphertext blob, and the sealing of one: AES-256-GCM under a key derived for this blob alone.

A blob is a version byte, the key's ARN (a length byte before it), the backing key's id (32 bytes), a salt (16), a nonce
(12), and the ciphertext with its tag. The sealing key is HKDF-SHA256 (RFC 5869) of the backing key and the salt, so
that a backing key may seal without end: random nonces alone would not do beyond 2^32 messages (NIST SP 800-38D, 8.3).
What stands before the ciphertext, and the encryption context, are authenticated with it. Clients see bytes.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = 1
_FIXED: Final = struct.Struct("32s16s12s")
_TAG_BYTES: Final = 16
_LENGTH: Final = struct.Struct(">I")


class Blob(NamedTuple):
    """A blob taken apart; `head` is all before the ciphertext. `material` is a backing key's id in hex."""

    arn: str
    material: str
    salt: bytes
    nonce: bytes
    head: bytes
    sealed: bytes


def read_blob(blob: bytes) -> Blob | None:
    """The parts, or None when it is none of this server's blobs. Says nothing about whether it opens."""
    if len(blob) < 2 or blob[0] != _VERSION:
        return None
    start = 2 + blob[1]
    end = start + _FIXED.size
    if len(blob) < end + _TAG_BYTES:
        return None
    try:
        arn = blob[2:start].decode("ascii")
    except UnicodeDecodeError:
        return None
    material, salt, nonce = _FIXED.unpack_from(blob, start)
    return Blob(arn, material.hex(), salt, nonce, blob[:end], blob[end:])


def seal_blob(arn: str, material_id: str, material: bytes, clear: bytes, context: Mapping[str, str]) -> bytes:
    """The blob of `clear` under a backing key."""
    name = arn.encode("ascii")
    salt, nonce = os.urandom(16), os.urandom(12)
    head = bytes((_VERSION, len(name))) + name + _FIXED.pack(bytes.fromhex(material_id), salt, nonce)
    return head + _cipher(material, salt).encrypt(nonce, clear, head + context_bytes(context))


def open_blob(blob: Blob, material: bytes, context: Mapping[str, str]) -> bytes | None:
    """What was sealed; None when blob, backing key and context do not belong together."""
    try:
        return _cipher(material, blob.salt).decrypt(blob.nonce, blob.sealed, blob.head + context_bytes(context))
    except InvalidTag:
        return None


def context_bytes(context: Mapping[str, str]) -> bytes:
    """An encryption context in its one canonical form: pairs in order of their names, each text with its length."""
    found = []
    for pair in sorted((_bytes(name), _bytes(value)) for name, value in context.items()):
        for text in pair:
            found += [_LENGTH.pack(len(text)), text]
    return b"".join(found)


def _bytes(text: str) -> bytes:
    """JSON can carry halves of surrogate pairs; they are names like any other."""
    return text.encode("utf-8", "surrogatepass")


def _cipher(material: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"chasqui kms blob 1").derive(material))
