"""Bodies as the console shows them."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chasqui.console.bodies import (
    SHOWN_BYTES_MAX,
    Budget,
    body_of,
    hexadecimal,
    indented,
    preview,
    problem_of,
    shape_of,
    visible,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(values) | st.dictionaries(st.text(), values), st.sampled_from([None, 1]))
def test_json_set_out_says_the_same(value: object, indent: int | None) -> None:
    text = indented(json.dumps(value, indent=indent))
    assert text is not None
    assert json.loads(text) == value


def test_numbers_and_repeated_keys_stay_as_they_were_written() -> None:
    assert indented('{"a":1.50,"a":12345678901234567890,"b":[ ]}') == (
        '{\n  "a": 1.50,\n  "a": 12345678901234567890,\n  "b": []\n}'
    )


@pytest.mark.parametrize("text", ["", "plain", "12", '"text"', "{", '{"a": NaN}', "[" * 100_000, "[" * 300 + "]" * 300])
def test_what_is_no_json_is_not_set_out(text: str) -> None:
    assert indented(text) is None


def test_a_problem_is_located() -> None:
    assert problem_of('{"a": 1,\n "b" 2}') == (2, 6)
    assert problem_of("[1]") is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x00\x1b\x7f", "␀␛⟨U+007F⟩"),
        ("\r", "␍"),
        ("admin\u202etxt.exe", "admin⟨U+202E⟩txt.exe"),
        ("\ud800", "⟨U+D800⟩"),
        ("\u200b\ufeff", "⟨U+200B⟩⟨U+FEFF⟩"),
        ("é 👩‍🚀 <b>", "é 👩‍🚀 <b>"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_every_body_can_be_shown(text: str) -> None:
    body = body_of(text)
    for shown in (body.raw, body.pretty, body.hex, preview(text)):
        assert shown.encode("utf-8", "replace").decode() == shown
    assert body.bytes == len(text.encode("utf-8", "surrogatepass"))


def test_a_large_body_is_cut_between_characters() -> None:
    body = body_of("x" + "é" * SHOWN_BYTES_MAX)
    assert body.cut
    assert body.raw == "x" + "é" * (SHOWN_BYTES_MAX // 2 - 1)
    assert body.bytes == 2 * SHOWN_BYTES_MAX + 1


def test_many_large_bodies_share_a_budget() -> None:
    budget = Budget()
    shown = [len(body_of("x" * SHOWN_BYTES_MAX, None, budget).raw) for _ in range(40)]
    assert shown[0] == SHOWN_BYTES_MAX
    assert sum(shown) < 2 * 1024 * 1024


def test_bytes_are_dumped_sixteen_a_line() -> None:
    assert hexadecimal(b"0123456789abcdef\n<") == (
        "000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n"
        "000010  0a 3c                                            ·<"
    )


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ('{"b": 1, "a": {}}', "{a, b}"),
        ("[1, 2]", "[…]"),
        ("plain", "text"),
        ("12", "text"),
        ("[" * 100_000, "text"),
    ],
)
def test_alike_bodies_have_one_shape(text: str, shape: str) -> None:
    assert shape_of(text) == shape
