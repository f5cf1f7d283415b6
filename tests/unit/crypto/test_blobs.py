"""The ciphertext blob: what it holds, and that nothing of it can be changed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasqui.crypto.kms.blobs import context_bytes, open_blob, read_blob, seal_blob

ARN = "arn:aws:kms:us-east-1:000000000000:key/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
MATERIAL_ID = "ab" * 32
MATERIAL = bytes(range(32))
CONTEXT = {"department": "payroll", "page": "7"}
BLOB = seal_blob(ARN, MATERIAL_ID, MATERIAL, b"hello", CONTEXT)


def opened(blob: bytes, material: bytes = MATERIAL, context: dict[str, str] = CONTEXT) -> bytes | None:
    parts = read_blob(blob)
    return open_blob(parts, material, context) if parts is not None else None


def test_a_blob_opens_with_its_material_and_context() -> None:
    assert opened(BLOB) == b"hello"
    assert opened(BLOB, context=dict(reversed(CONTEXT.items()))) == b"hello"


def test_a_blob_names_its_key_and_backing_key() -> None:
    parts = read_blob(BLOB)

    assert parts is not None
    assert (parts.arn, parts.material) == (ARN, MATERIAL_ID)


def test_a_blob_is_at_most_200_bytes_longer_than_what_it_holds() -> None:
    assert len(BLOB) - len(b"hello") <= 200


def test_no_two_blobs_are_alike() -> None:
    assert seal_blob(ARN, MATERIAL_ID, MATERIAL, b"hello", CONTEXT) != BLOB


@pytest.mark.parametrize("at", range(len(BLOB)))
def test_a_blob_with_a_changed_byte_does_not_open(at: int) -> None:
    changed = bytearray(BLOB)
    changed[at] ^= 1

    assert opened(bytes(changed)) is None


@pytest.mark.parametrize("length", [0, 1, 2, 60, len(BLOB) - 6, len(BLOB) - 1])
def test_a_blob_that_was_cut_does_not_open(length: int) -> None:
    assert opened(BLOB[:length]) is None


@pytest.mark.parametrize(
    "context",
    [{}, {"department": "payroll"}, {**CONTEXT, "more": ""}, {"department": "7", "page": "payroll"}, {"Page": "7"}],
)
def test_a_blob_does_not_open_in_another_context(context: dict[str, str]) -> None:
    assert opened(BLOB, context=context) is None


def test_a_blob_does_not_open_under_another_backing_key() -> None:
    assert opened(BLOB, material=bytes(32)) is None


TEXTS = st.text(st.sampled_from("ab\0"), max_size=3)


@given(st.lists(st.dictionaries(TEXTS, TEXTS, max_size=3), min_size=2, max_size=6))
def test_different_contexts_have_different_bytes(contexts: list[dict[str, str]]) -> None:
    for one, other in itertools.combinations(contexts, 2):
        assert (context_bytes(one) == context_bytes(other)) is (one == other)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(blob: bytes) -> None:
    assert opened(blob) is None
