"""Texts in GSM-7 and UCS-2, and how many segments they take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasqui.delivery.sms.segments import count_segments, price, segmented


@pytest.mark.parametrize(
    ("text", "alphabet", "count"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("é" * 160, "GSM-7", 1),
        ("ê" * 70, "UCS-2", 1),
        ("ê" * 71, "UCS-2", 2),
        ("ê" * 134, "UCS-2", 2),
        ("ê" * 135, "UCS-2", 3),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
    ],
)
def test_the_limits_of_a_segment(text: str, alphabet: str, count: int) -> None:
    written = segmented(text)

    assert (written.alphabet, len(written.parts)) == (alphabet, count)
    assert count_segments(text) == count


def test_gsm_characters_have_their_codes() -> None:
    assert segmented("@£Aà\n{€").parts == (b"\x00\x01\x41\x7f\x0a\x1b\x28\x1b\x65",)


def test_a_backtick_is_not_of_the_gsm_alphabet() -> None:
    assert segmented("`").parts == (b"\x00\x60",)
    assert segmented("`").alphabet == "UCS-2"


@given(st.text(alphabet="a€[😀ê", max_size=500))
def test_no_character_is_cut_in_two(text: str) -> None:
    written = segmented(text)

    for part in written.parts:
        if written.alphabet == "UCS-2":
            assert len(part) <= (140 if len(written.parts) == 1 else 134)
            part.decode("utf-16-be")
        else:
            assert len(part) <= (160 if len(written.parts) == 1 else 153)
            assert not part.endswith(b"\x1b")
    if written.alphabet == "UCS-2":
        assert b"".join(written.parts).decode("utf-16-be") == text


def test_half_a_surrogate_pair_is_a_question_mark() -> None:
    assert segmented("ê\ud800").parts == ("ê?".encode("utf-16-be"),)


def test_the_price_counts_segments() -> None:
    assert price("a" * 161, 0.05) == pytest.approx(0.1)
