"""Payloads in sealed segments: every range opens, and nothing that was tampered with does."""

from __future__ import annotations

import os
import random

import pytest

from chasqui.crypto.keyring import UnreadableEnvelope
from chasqui.crypto.segments import (
    SEALED_BYTES,
    SEGMENT_BYTES,
    Opener,
    Sealer,
    Span,
    open_small,
    seal_small,
    sealed_size,
)

KEY = bytes(range(32))
SIZES = [1, 100, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES, 3 * SEGMENT_BYTES + 17]


def sealed(clear: bytes, step: int = 50_000) -> bytes:
    sealer = Sealer(KEY)
    out = [sealer.add([clear[at : at + step]]) for at in range(0, len(clear), step)]
    return b"".join([*out, sealer.finish()])


def opened(ciphertext: bytes, size: int, start: int = 0, end: int | None = None, step: int = 70_000) -> bytes:
    span = Span(size, start, size if end is None else end)
    opener = Opener(KEY, span)
    wanted = ciphertext[span.sealed_start : span.sealed_end]
    out = b"".join([opener.add([wanted[at : at + step]]) for at in range(0, len(wanted), step)])
    opener.finish()
    return out


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens(size: int) -> None:
    clear = os.urandom(size)
    assert opened(sealed(clear), size) == clear


@pytest.mark.parametrize("size", SIZES)
def test_the_ciphertexts_size_is_known_ahead(size: int) -> None:
    assert len(sealed(bytes(size))) == sealed_size(size)


def test_any_range_opens_from_its_own_segments() -> None:
    chance = random.Random(7)
    clear = chance.randbytes(5 * SEGMENT_BYTES + 333)
    ciphertext = sealed(clear)
    for _ in range(300):
        start = chance.randrange(len(clear))
        end = chance.randrange(start, len(clear)) + 1
        assert opened(ciphertext, len(clear), start, end, chance.choice([1000, 65_000, 200_000])) == clear[start:end]


def test_a_range_needs_no_more_than_the_segments_it_touches() -> None:
    span = Span(10 * SEGMENT_BYTES, SEGMENT_BYTES - 1, SEGMENT_BYTES + 1)
    assert (span.sealed_start, span.sealed_end) == (0, 2 * SEALED_BYTES)


def test_how_it_was_cut_into_pieces_does_not_show() -> None:
    clear = os.urandom(2 * SEGMENT_BYTES + 5)
    assert sealed(clear, step=7_777) == sealed(clear, step=len(clear))


def test_a_small_payload_is_its_only_segment() -> None:
    assert seal_small(KEY, b"hello") == sealed(b"hello")
    assert open_small(KEY, seal_small(KEY, b"hello")) == b"hello"


def test_a_flipped_bit_is_noticed() -> None:
    ciphertext = bytearray(sealed(bytes(2 * SEGMENT_BYTES)))
    ciphertext[SEALED_BYTES + 9] ^= 1
    with pytest.raises(UnreadableEnvelope):
        opened(bytes(ciphertext), 2 * SEGMENT_BYTES)


def test_exchanged_segments_are_noticed() -> None:
    whole = sealed(bytes(3 * SEGMENT_BYTES))
    first, second, rest = whole[:SEALED_BYTES], whole[SEALED_BYTES : 2 * SEALED_BYTES], whole[2 * SEALED_BYTES :]
    with pytest.raises(UnreadableEnvelope):
        opened(second + first + rest, 3 * SEGMENT_BYTES)


def test_a_payload_cut_between_segments_is_noticed_whatever_its_size_is_said_to_be() -> None:
    cut = sealed(bytes(3 * SEGMENT_BYTES))[: 2 * SEALED_BYTES]
    with pytest.raises(UnreadableEnvelope):
        opened(cut, 3 * SEGMENT_BYTES)
    with pytest.raises(UnreadableEnvelope):
        opened(cut, 2 * SEGMENT_BYTES)


def test_a_payload_cut_within_a_segment_is_noticed() -> None:
    with pytest.raises(UnreadableEnvelope):
        opened(sealed(bytes(2 * SEGMENT_BYTES))[:-1], 2 * SEGMENT_BYTES)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(UnreadableEnvelope):
        open_small(bytes(32), seal_small(KEY, b"hello"))
