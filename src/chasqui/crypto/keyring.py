"""The key ring: data keys in files of their own, apart from the database, and the envelopes sealed with them.

An envelope is one key number byte (1–254), a 12-byte nonce and AES-256-GCM's ciphertext with its tag (NIST SP 800-38D).
A nonce is a random 6-byte prefix of this process and a 6-byte counter, so none is used twice under a key however many
messages pass. A first byte of 0 marks bytes stored in the clear (encryption switched off for that queue), one of 255 an
envelope under a KMS key's data key (`kms/data_keys.py`).
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chasqui.base.directories import sync_directory
from chasqui.base.errors import ChasquiError, SettingsError

KEY_BYTES = 32
NUMBER_MAX = 254
CLEAR = b"\x00"
BY_KMS = 255
"""The key number that stands for a data key of KMS'."""

# The parts of an envelope, each read by one call into C.
_NUMBER = itemgetter(0)
_NONCE = itemgetter(slice(1, 13))
_SEALED = itemgetter(slice(13, None))


class UnreadableEnvelope(ChasquiError):
    """Bytes at rest that no key of the ring opens: the wrong keys folder, or a damaged database."""


class SealedByKms(UnreadableEnvelope):
    """An envelope that is not the ring's to open: a data key of KMS' seals it."""


class KeyRing:
    """Seals with the newest key, opens with any."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        assert keys, "a key ring holds at least one key"
        self.fingerprints = {number: fingerprint(key) for number, key in keys.items()}
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._newest = newest = max(keys)
        self._encrypt = self._ciphers[newest].encrypt
        self._head = bytes([newest])
        start = int.from_bytes(os.urandom(6), "big") << 48
        # A counter made of C functions alone: it costs a fifth of a microsecond.
        big = cast(Callable[[int, int, str], bytes], int.to_bytes)
        self._nonces = map(big, itertools.count(start), itertools.repeat(12), itertools.repeat("big"))
        self._nonce = self._nonces.__next__

    def seal(self, clear: bytes) -> bytes:
        """The envelope of `clear`."""
        nonce = self._nonce()
        return b"".join((self._head, nonce, self._encrypt(nonce, clear, None)))

    def seal_all(self, clears: Sequence[bytes]) -> list[bytes]:
        """The envelopes of many, by a few calls for all of them."""
        nonces = list(itertools.islice(self._nonces, len(clears)))
        sealed = map(self._encrypt, nonces, clears, itertools.repeat(None))
        return list(map(b"".join, zip(itertools.repeat(self._head), nonces, sealed)))

    def open_all(self, envelopes: Sequence[bytes]) -> list[bytes]:
        """What was sealed in each. Raises `UnreadableEnvelope`."""
        if set(map(_NUMBER, envelopes)) != {self._newest}:
            return list(map(self.open, envelopes))
        decrypt = self._ciphers[self._newest].decrypt
        try:
            return list(map(decrypt, map(_NONCE, envelopes), map(_SEALED, envelopes), itertools.repeat(None)))
        except InvalidTag as error:
            raise UnreadableEnvelope(f"key number {self._newest} does not open one of these envelopes") from error

    def open(self, envelope: bytes) -> bytes:
        """What was sealed, or what was stored in the clear. Raises `UnreadableEnvelope`."""
        number = envelope[0]
        if number == 0:
            return envelope[1:]
        cipher = self._ciphers.get(number)
        if cipher is None:
            if number == BY_KMS:
                raise SealedByKms("sealed under a KMS key")
            raise UnreadableEnvelope(f"no key number {number} in the key ring")
        try:
            return cipher.decrypt(envelope[1:13], envelope[13:], None)
        except InvalidTag as error:
            raise UnreadableEnvelope(f"key number {number} does not open this envelope") from error


def memory_ring() -> KeyRing:
    """A ring with a fresh key that nobody keeps: for in-memory servers."""
    return KeyRing({1: os.urandom(KEY_BYTES)})


def open_ring(folder: Path, sealed_with: Mapping[int, str] | None = None) -> KeyRing:
    """The ring of the files `NNN.key` (32 raw bytes each) in `folder`.

    `sealed_with` are the fingerprints of the keys that a database was sealed with: all of them must be there. Without
    any, an empty folder gets its first key, synced. Raises `SettingsError`.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = {}
    for path in sorted(folder.glob("*.key")):
        key = path.read_bytes()
        if not path.stem.isdigit() or not 1 <= int(path.stem) <= NUMBER_MAX or len(key) != KEY_BYTES:
            raise SettingsError(
                f"{path} is not a key of Chasqui's: 001.key to {NUMBER_MAX}.key hold {KEY_BYTES} bytes each"
            )
        keys[int(path.stem)] = key
    for number, mark in (sealed_with or {}).items():
        if number not in keys or fingerprint(keys[number]) != mark:
            raise SettingsError(
                f"the messages in this database are sealed with another {number:03}.key than {folder} holds:"
                " put that server's keys folder there, or name it with --keys"
            )
    if not keys:
        keys[1] = os.urandom(KEY_BYTES)
        _write_synced(folder / "001.key", keys[1])
    return KeyRing(keys)


def fingerprint(key: bytes) -> str:
    """What tells a key from another without telling the key."""
    return hashlib.sha256(b"chasqui key fingerprint" + key).hexdigest()[:16]


def _write_synced(path: Path, data: bytes) -> None:
    """Write so that a power cut leaves either no key or the whole key, and the folder knows it."""
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(draft, path)
    sync_directory(path.parent)
