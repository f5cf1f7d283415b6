"""The key ring of a secret."""

from __future__ import annotations

import base64
import os

import pytest

from chasqui.base.errors import SettingsError
from chasqui.crypto import derived
from chasqui.crypto.derived import secret_ring
from chasqui.crypto.keyring import SealedByKms, UnreadableEnvelope, open_ring

SALT = bytes(range(32))
RAW = bytes(range(7, 39))
RANDOM = base64.b64encode(b"\xd3\x1f" + RAW).decode()
PASSPHRASE = "a mula do moleiro bebe aguardente"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """scrypt with a cost that tests can pay."""
    monkeypatch.setattr(derived, "_COST", 2**4)


@pytest.mark.parametrize(
    "secret", [RANDOM, os.urandom(32).hex() + "a1", PASSPHRASE], ids=("random", "made now", "phrase")
)
def test_the_same_secret_and_salt_give_the_same_ring(quick: None, secret: str) -> None:
    envelope = secret_ring(secret, SALT).seal(b"hello")

    assert secret_ring(f" {secret}\n", SALT).open(envelope) == b"hello"


@pytest.mark.parametrize(("secret", "salt"), [(RANDOM, bytes(32)), (RANDOM.swapcase(), SALT), (PASSPHRASE, SALT)])
def test_another_secret_or_salt_opens_nothing(quick: None, secret: str, salt: bytes) -> None:
    envelope = secret_ring(RANDOM, SALT).seal(b"hello")

    with pytest.raises(UnreadableEnvelope):
        secret_ring(secret, salt).open(envelope)


def test_a_random_secret_is_not_stretched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(derived, "Scrypt")

    assert secret_ring(RANDOM, SALT).fingerprints
    assert secret_ring((b"\xd3" + RAW).hex(), SALT).fingerprints


@pytest.mark.parametrize(
    "secret", [PASSPHRASE, "correcthorsebatterystaplecorrecthorsebatterys", "A1" + "a" * 42, "0123456789" * 7]
)
def test_what_does_not_look_random_is_stretched(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.delattr(derived, "Scrypt")

    with pytest.raises(NameError):
        secret_ring(secret, SALT)


@pytest.mark.parametrize(
    "secret", ["", "short", "fifteen letters", os.urandom(7).hex()], ids=("none", "short", "words", "bytes")
)
def test_a_secret_that_is_too_short_is_refused(secret: str) -> None:
    with pytest.raises(SettingsError, match="too short"):
        secret_ring(secret, SALT)


def test_key_number_255_is_not_the_rings(tmp_path: pytest.TempPathFactory) -> None:
    (tmp_path / "255.key").write_bytes(bytes(32))  # type: ignore[operator]

    with pytest.raises(SettingsError, match=r"001\.key to 254\.key"):
        open_ring(tmp_path)  # type: ignore[arg-type]


def test_an_envelope_under_a_kms_key_is_told_apart() -> None:
    ring = secret_ring(RANDOM, SALT)

    with pytest.raises(SealedByKms):
        ring.open(b"\xff" + bytes(40))
    with pytest.raises(SealedByKms):
        ring.open_all([ring.seal(b"hello"), b"\xff" + bytes(40)])
