"""Hostile shapes are refused, or matched in a number of steps that their size bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.patterns import consistency, index
from chasqui.patterns.automaton import Automaton
from chasqui.patterns.events import body_event
from chasqui.patterns.heads import LONG, Heads
from chasqui.patterns.wildcards import wildcard_matches, wildcard_parts
from tests.unit.patterns.support import body_matches, event_refusal, policy, refusal

TOO_COMPLEX = "FilterPolicy: Filter policy is too complex"


class Counting(str):
    """A text that counts how often it is searched, and how far."""

    searched = 0

    def find(self, part: str, start: int = 0, end: int = 0) -> int:  # type: ignore[override]
        found = super().find(part, start, end)
        Counting.searched += (end if found < 0 else found + len(part)) - start
        return found


def test_a_hundred_thousand_stars_walk_the_text_once() -> None:
    parts = wildcard_parts("*" + "a*" * 100_000 + "b")
    Counting.searched = 0
    assert wildcard_matches(parts, Counting("a" * 120_000 + "b"))
    assert not wildcard_matches(parts, Counting("a" * 90_000 + "b"))
    assert Counting.searched <= 210_001


@pytest.mark.parametrize("depth", [151, 1_001, 100_000])
def test_deep_policies_are_refused(depth: int) -> None:
    assert refusal('{"a":' * depth + '["x"]' + "}" * depth, "MessageBody").startswith("FilterPolicy: ")
    assert refusal('{"a":' + "[" * depth, "MessageBody").startswith("FilterPolicy: ")


def test_deep_event_patterns_are_refused() -> None:
    assert (
        event_refusal('{"a":' * 600 + '["x"]' + "}" * 600) == "Event pattern is not valid. Reason: Rule is too complex"
    )


@pytest.mark.parametrize(
    "document",
    [
        {"a": [f"v{number}" for number in range(20_000)]},
        {f"key-{number}": ["a"] for number in range(10_000)},
        {f"k{number}": {"$or": [{"a": [1]}, {"b": [1]}]} for number in range(60)},
        {"$or": [{"a": [1]} for _ in range(10_000)]},
    ],
)
def test_huge_policies_are_refused(document: Any) -> None:
    assert refusal(document, "MessageBody") == TOO_COMPLEX


def test_or_does_not_explode_in_an_event_pattern() -> None:
    document = {f"k{number}": {"$or": [{"a": [1]}, {"b": [1]}]} for number in range(30)}
    assert event_refusal(document) == "Event pattern is not valid. Reason: Rule is too complex"


@pytest.mark.parametrize("depth", [900, 100_000])
def test_deep_bodies_match_nothing_or_what_they_hold(depth: int) -> None:
    assert not body_matches({"b": [1]}, '{"a":' * depth + "1" + "}" * depth)


def test_deep_documents_need_no_deep_calls() -> None:
    document: Any = 1
    for _ in range(50):
        document = {"a": document}
    wanted: Any = [1]
    for _ in range(50):
        wanted = {"a": wanted}
    assert body_matches(wanted, document)


@pytest.mark.parametrize("digits", [400, 5_000])
def test_long_numbers(digits: int) -> None:
    body = f'{{"a": {"9" * digits}}}'
    assert not body_matches({"a": [{"numeric": [">", 0]}]}, body)
    assert not body_matches({"a": [9]}, body)
    assert body_matches({"a": [int("9" * 400)]}, body) == (digits == 400)
    assert "Value must be between" in refusal(f'{{"a": [{{"numeric": ["<", {"9" * digits}]}}]}}')


def test_numbers_that_are_not_finite() -> None:
    assert body_matches({"a": [{"exists": True}]}, '{"a": 1e400}')
    assert not body_matches({"a": [{"numeric": [">", 0]}, 5]}, '{"a": 1e400}')
    assert "out of range" in refusal('{"a": [1e400]}')


def test_lone_surrogates_are_characters() -> None:
    assert body_matches('{"a": ["\\ud800"]}', '{"a": "\\ud800"}')
    assert body_matches('{"a": [{"wildcard": "\\ud800*"}]}', '{"a": "\\ud800x"}')
    assert body_matches('{"a": [{"equals-ignore-case": "\\ud800X"}]}', '{"a": "\\ud800x"}')
    assert refusal('{"a": [{"wildcard": "\\ud800**"}]}').startswith("FilterPolicy: Consecutive wildcard")


def test_many_inner_wildcards_are_found_by_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    automaton: Automaton[int] = Automaton()
    for number in range(100, 600):
        automaton.add(number, policy({"a": [{"wildcard": f"*<{number}>*"}]}))
    tried: list[Any] = []
    monkeypatch.setattr(
        index, "wildcard_matches", lambda parts, text: tried.append(parts) or wildcard_matches(parts, text)
    )
    assert automaton.match(body_event('{"a": "x<345>y"}')) == [345]
    assert len(tried) <= 10  # those that share three characters


def test_long_prefixes_of_many_lengths_are_not_each_cut_from_the_value() -> None:
    heads = Heads()
    for length in range(1, 2_000):
        heads.toggle("a" * length, 1 << length)
    assert len(heads._lengths) == LONG
    assert heads.of("a" * 100).bit_length() == 101


def test_an_array_of_thousands_is_joined_by_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    of = consistency._Nearby.of

    def counted(nearby: Any, key: Any) -> Any:
        found = of(nearby, key)
        looked.append(len(found))
        return found

    monkeypatch.setattr(consistency._Nearby, "of", counted)
    elements = [{"x": 1}, {"y": 2}] * 3_000
    assert not body_matches({"a": {"x": [1], "y": [2]}}, {"a": elements})
    assert body_matches({"a": {"x": [1], "y": [2]}}, {"a": [*elements, {"x": 1, "y": 2}]})
    assert sum(looked) <= 15_000


def test_many_elements_of_independent_arrays_do_not_multiply() -> None:
    body = {name: [{"x": number} for number in range(2_000)] for name in "abc"}
    assert body_matches({name: {"x": [{"exists": True}]} for name in "abc"}, json.dumps(body))
