"""The automaton finds the patterns that the plain model finds, whatever patterns and events there are."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chasqui.patterns.automaton import Automaton
from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.events import Event, attributes_event, body_event, json_event
from chasqui.patterns.explaining import explain
from chasqui.patterns.matchers import Pattern
from chasqui.patterns.ranges import Ranges
from chasqui.patterns.reading import Limits, read_event_pattern, read_filter_policy
from chasqui.patterns.wildcards import wildcard_matches, wildcard_parts
from tests.properties.patterns import plain

NO_LIMITS = Limits(keys_max=1000, combinations_max=10**40)
TEXTS = ["", "a", "ab", "abc", "A", "aBc", "bca", "cab", "1", "10.0.0.1", "10.0.1.9", "::1", "x" * 70, "x" * 70 + "y"]
NUMBERS = [0, 1, -3, 300, 300.0, 2.5, 1e3, 10**9, 10**12]
texts, numbers = st.sampled_from(TEXTS), st.sampled_from(NUMBERS)
scalars = st.one_of(texts, texts, numbers, st.sampled_from([True, False, None]))
names = st.sampled_from("abc")
stars = st.lists(st.sampled_from(["a", "b", "c", "x" * 70, ""]), min_size=1, max_size=4).map(
    lambda parts: "*".join(each for place, each in enumerate(parts) if each or place in (0, len(parts) - 1))
)
ranges = st.one_of(
    st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), st.sampled_from(NUMBERS[:-1])).map(list),
    st.tuples(st.sampled_from([">", ">="]), st.integers(-3, 2), st.sampled_from(["<", "<="]), st.integers(3, 400)).map(
        list
    ),
)
cidrs = st.sampled_from(["10.0.0.0/24", "10.0.0.0/16", "0.0.0.0/0", "::/64", "10.0.1.8/30"])


def one_or_many(each: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return each | st.lists(each, min_size=1, max_size=3)


solid = st.sampled_from([text for text in TEXTS if text])
operators = st.one_of(
    st.fixed_dictionaries({"prefix": texts}),
    st.fixed_dictionaries({"suffix": texts}),
    st.fixed_dictionaries({"equals-ignore-case": texts}),
    st.fixed_dictionaries({"wildcard": stars}),
    st.fixed_dictionaries({"numeric": ranges}),
    st.fixed_dictionaries({"cidr": cidrs}),
    st.fixed_dictionaries({"exists": st.booleans()}),
    st.fixed_dictionaries({"anything-but": one_or_many(texts) | one_or_many(st.sampled_from(NUMBERS[:-1]))}),
    st.fixed_dictionaries({"anything-but": st.fixed_dictionaries({"prefix": one_or_many(solid)})}),
    st.fixed_dictionaries({"anything-but": st.fixed_dictionaries({"wildcard": one_or_many(stars)})}),
    st.fixed_dictionaries({"anything-but": st.fixed_dictionaries({"equals-ignore-case": one_or_many(texts)})}),
)
events_only = st.one_of(
    st.fixed_dictionaries({"prefix": st.fixed_dictionaries({"equals-ignore-case": texts})}),
    st.fixed_dictionaries({"suffix": st.fixed_dictionaries({"equals-ignore-case": texts})}),
    st.fixed_dictionaries({"anything-but": st.fixed_dictionaries({"suffix": one_or_many(solid)})}),
)
fields = st.lists(scalars | operators, min_size=1, max_size=3)
flat_policies = st.dictionaries(names, fields, min_size=1, max_size=3)
nested = st.recursive(flat_policies, lambda inner: st.dictionaries(names, fields | inner, min_size=1, max_size=3))
event_fields = st.lists(scalars | operators | events_only, min_size=1, max_size=3)
branches = st.lists(st.dictionaries(st.sampled_from("de"), event_fields, min_size=1), min_size=2, max_size=3)
event_patterns = st.one_of(
    nested,
    st.dictionaries(names, event_fields, min_size=1),
    st.builds(lambda one, two: {**one, "$or": two}, nested, branches),
)
documents = st.dictionaries(
    st.sampled_from("abcde"),
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
arrays = st.dictionaries(
    names,
    st.lists(st.dictionaries(names, scalars | st.lists(st.dictionaries(names, scalars), max_size=2)), max_size=3),
    max_size=2,
)
attributes = st.dictionaries(st.sampled_from("abcd"), scalars.filter(lambda each: each is not None), max_size=4)


def found(patterns: list[Pattern], event: Event) -> set[int]:
    """The matches, where half the patterns were added twice, taken away and added again."""
    automaton: Automaton[int] = Automaton()
    for number, pattern in enumerate(patterns):
        automaton.add(number, patterns[-1 - number])
        automaton.add(number, pattern)
    for number in range(0, len(patterns), 2):
        automaton.remove(number)
    for number in range(0, len(patterns), 2):
        automaton.add(number, patterns[number])
    keys = automaton.match(event)
    assert len(keys) == len(set(keys))
    for number, pattern in enumerate(patterns):
        assert (explain(pattern, event) is None) == (number in keys)
    return set(keys)


@settings(max_examples=300, deadline=None)
@given(st.lists(event_patterns, min_size=1, max_size=6), documents | arrays)
def test_event_patterns(patterns: list[dict[str, Any]], document: dict[str, Any]) -> None:
    expected = {n for n, each in enumerate(patterns) if plain.plainly_matches(each, document, strict_exists=False)}
    read = [read_event_pattern(json.dumps(each), bytes_max=10**6) for each in patterns]
    assert found(read, json_event(document)) == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(nested, min_size=1, max_size=6), documents | arrays)
def test_filter_policies_of_bodies(policies: list[dict[str, Any]], document: dict[str, Any]) -> None:
    expected = {n for n, each in enumerate(policies) if plain.plainly_matches(each, document, strict_exists=True)}
    try:
        read = [read_filter_policy(json.dumps(each), "MessageBody", NO_LIMITS) for each in policies]
    except InvalidPattern as error:
        # Some that are made up are more than anybody may have.
        assume("too complex" not in error.message)
        raise
    automaton: Automaton[int] = Automaton()
    for number, pattern in enumerate(read):
        automaton.add(number, pattern)
    assert found(read, body_event(json.dumps(document))) == expected
    assert set(automaton.match(body_event(json.dumps(document), automaton.interest))) == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(flat_policies, min_size=1, max_size=6), attributes)
def test_filter_policies_of_attributes(policies: list[dict[str, Any]], given_attributes: dict[str, Any]) -> None:
    expected = {
        n
        for n, each in enumerate(policies)
        if given_attributes and plain.plainly_matches(each, given_attributes, strict_exists=True)
    }
    read = [read_filter_policy(json.dumps(each), "MessageAttributes", NO_LIMITS) for each in policies]
    event = attributes_event((name, *typed(value)) for name, value in given_attributes.items())
    assert found(read, event) == expected


def typed(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        return "String", value
    if isinstance(value, bool):
        return "String.Array", json.dumps([value])
    return "Number", json.dumps(value)


scraps = st.one_of(
    st.sampled_from(list('{}[],:"1-*é \n\\\ud800')),
    st.sampled_from(
        ['{"a":[', '{"a":', "]}", '"$or":[', '{"prefix":', '{"anything-but":', '{"numeric":["=",', '{"cidr":']
    ),
    st.sampled_from(['"::/1"', '{"exists":', '{"wildcard":"a*', "null", "tru", "e9", "\\u00", "0.5", '"x"']),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(scraps, max_size=25).map("".join) | st.text(max_size=30))
def test_whatever_the_text_it_is_read_or_refused(text: str) -> None:
    readers = (
        lambda: read_event_pattern(text),
        lambda: read_filter_policy(text, "MessageBody"),
        lambda: read_filter_policy(text, "MessageAttributes"),
    )
    for read in readers:
        with contextlib.suppress(InvalidPattern):
            pattern = read()
            for event in (
                body_event(text),
                attributes_event([("a", kind, text) for kind in ("String.Array", "Number")]),
            ):
                explain(pattern, event)


few = st.integers(0, 1)
dotted = st.sampled_from(["a", "b", "c", "a.b", "b.c"])
elements = st.recursive(
    st.dictionaries(dotted, few, max_size=3),
    lambda inner: st.dictionaries(dotted, few | st.lists(inner | few, max_size=3), max_size=3),
    max_leaves=10,
)
crowded = st.dictionaries(names, st.lists(elements, min_size=1, max_size=3), min_size=1, max_size=2)
exact = st.sampled_from([[0], [1], [0, 1], [1, {"exists": False}]])
picky = st.recursive(
    st.dictionaries(names, exact, min_size=1, max_size=3),
    lambda inner: st.dictionaries(names, exact | inner, min_size=1, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(picky, min_size=3, max_size=8), crowded)
def test_what_matches_comes_from_one_element(patterns: list[dict[str, Any]], document: dict[str, Any]) -> None:
    expected = {n for n, each in enumerate(patterns) if plain.plainly_matches(each, document, strict_exists=False)}
    read = [read_event_pattern(json.dumps(each)) for each in patterns]
    assert found(read, json_event(document)) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 30)), max_size=120), st.data())
def test_ranges_hold_what_intervals_hold(intervals: list[tuple[int, int]], data: st.DataObject) -> None:
    ranges_of = Ranges()
    for number, (enter, length) in enumerate(intervals):
        ranges_of.toggle(enter, enter + length, 1 << number)
    gone = data.draw(st.sets(st.integers(0, max(len(intervals) - 1, 0)), max_size=len(intervals)))
    for number in gone:
        ranges_of.toggle(intervals[number][0], sum(intervals[number]), 1 << number)
    for point in range(-30, 45):
        inside = [1 << n for n, (a, b) in enumerate(intervals) if n not in gone and a <= 2 * point < a + b]
        assert ranges_of.of(point) == sum(inside)


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=5), st.text("ab", max_size=12))
def test_wildcards_match_as_a_regular_expression_does(parts: list[str], text: str) -> None:
    pattern = "*".join([parts[0], *(part for part in parts[1:-1] if part), *parts[1:][-1:]])
    assert wildcard_matches(wildcard_parts(pattern), text) == plain.wants({"wildcard": pattern}, text, False)
