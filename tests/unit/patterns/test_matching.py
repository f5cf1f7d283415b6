"""What the operators match, by AWS' documentation and recordings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.patterns.support import (
    attributes_match,
    body_matches,
    event_matches,
    recorded,
)

EVENT_PATTERNS = [case for case in recorded("event-patterns.json") if case["expect"] != "error"]
POLICIES = recorded("sns-filter-policy-matches.json") or {"attributes": [], "body": []}
BODIES = [(case["policy"], each["body"], each["match"]) for case in POLICIES["body"] for each in case["cases"]]


@pytest.mark.parametrize("case", EVENT_PATTERNS, ids=lambda case: case["name"])
def test_recorded_events(case: dict[str, Any]) -> None:
    assert event_matches(case["pattern"], case["event"]) == (case["expect"] == "match")


@pytest.mark.parametrize("case", POLICIES["attributes"], ids=lambda case: case["name"])
def test_expected_attributes(case: dict[str, Any]) -> None:
    # The cases' short form, where a value stands without its array, is not AWS'.
    document = {key: each if isinstance(each, list) else [each] for key, each in case["policy"].items()}
    given = [(name, each["Type"], str(each["Value"])) for name, each in case["attributes"].items()]
    assert attributes_match(document, *given) == case["match"]


@pytest.mark.parametrize(("document", "body", "expected"), BODIES)
def test_expected_bodies(document: Any, body: Any, expected: bool) -> None:
    assert body_matches(document, body) == expected


@pytest.mark.parametrize("number", ["300", "300.0", "3.0e2", "3E+2", "300.0000001"])
def test_numbers_compare_by_value(number: str) -> None:
    assert body_matches({"a": [300]}, f'{{"a": {number}}}')
    assert body_matches(f'{{"a": [{number}]}}', {"a": 300})
    assert attributes_match({"a": [300]}, ("a", "Number", number))
    assert not attributes_match({"a": ["300"]}, ("a", "Number", number))


@pytest.mark.parametrize(
    ("wanted", "found"), [("1", 1), (1, "1"), (1, True), ("true", True), (None, "null"), (0, False)]
)
def test_values_of_two_types_are_never_equal(wanted: Any, found: Any) -> None:
    assert not body_matches({"a": [wanted]}, {"a": found})
    assert body_matches({"a": [{"anything-but": ["x"]}]}, {"a": found})


def test_five_digits_after_the_point_are_told_apart() -> None:
    assert body_matches({"a": [{"numeric": ["=", 0.00001]}]}, {"a": 1e-5})
    assert not body_matches({"a": [{"numeric": ["=", 0.00001]}]}, {"a": 0.00002})


@pytest.mark.parametrize(
    ("terms", "inside", "outside"),
    [
        (["=", 5], [5, 5.0], [4.99999, 5.00001]),
        (["<", 5], [4.99999, -1e9], [5, "4"]),
        (["<=", 5], [5], [5.00001]),
        ([">", 5], [5.00001, 1e9], [5]),
        ([">=", 5], [5], [4.99999, 1e300, None]),
        ([">", -1, "<=", 0.5], [0, 0.5, -0.99999], [-1, 0.50001]),
    ],
)
def test_ranges(terms: list[Any], inside: list[Any], outside: list[Any]) -> None:
    assert all(body_matches({"a": [{"numeric": terms}]}, {"a": each}) for each in inside)
    assert not any(body_matches({"a": [{"numeric": terms}]}, {"a": each}) for each in outside)


@pytest.mark.parametrize(
    ("operator", "matching", "other"),
    [
        ({"prefix": "bas"}, ["bas", "baseball"], ["Bas", "ba", ""]),
        ({"suffix": "ball"}, ["ball", "baseball"], ["Ball", "all"]),
        ({"equals-ignore-case": "TENNIS"}, ["tennis", "Tennis"], ["tennis "]),
        ({"equals-ignore-case": "STRASSE É"}, ["strasse é"], ["straße é", "STRASSE E"]),
        ({"equals-ignore-case": "İ"}, ["İ"], ["i̇", "ii"]),
        ({"wildcard": "a*b*c"}, ["abc", "a-b-c", "abcbc"], ["ab", "acb", "abcd"]),
        ({"wildcard": "a\\*\\\\b"}, ["a*\\b"], ["axxb"]),
        ({"wildcard": "*"}, ["", "x"], []),
        ({"wildcard": "aa*aa"}, ["aaaa", "aaxaa"], ["aaa"]),
        (
            {"cidr": "10.0.0.0/24"},
            ["10.0.0.0", "10.0.0.255", "010.0.0.1"],
            ["10.0.1.0", "10.0.0", "x", "::ffff:a00:0/1"],
        ),
        ({"cidr": "10.0.0.7/24"}, ["10.0.0.1"], ["10.0.1.7"]),
        ({"cidr": "2001:db8::/32"}, ["2001:db8::1", "2001:0DB8:0:0:0:0:0:1"], ["2001:db9::1", "10.0.0.1", ":", "a:b"]),
    ],
)
def test_operators_on_strings(operator: dict[str, str], matching: list[str], other: list[str]) -> None:
    assert [each for each in matching if not body_matches({"a": [operator]}, {"a": each})] == []
    assert [each for each in [*other, 7, None] if body_matches({"a": [operator]}, {"a": each})] == []


def test_anything_but_holds_for_other_types_but_not_for_what_is_absent() -> None:
    document = {"a": [{"anything-but": {"prefix": "x"}}]}
    assert all(body_matches(document, {"a": each}) for each in ["y", 7, True, None, ["xx", "y"]])
    assert not any(body_matches(document, each) for each in [{"a": "xx"}, {"b": "y"}, {"a": []}, {"a": {"b": "y"}}])


def test_two_anything_buts_leave_out_only_what_both_leave_out() -> None:
    document = {"a": [{"anything-but": ["x", "y"]}, {"anything-but": ["y", "z"]}]}
    assert [each for each in "xyz" if body_matches(document, {"a": each})] == ["x", "z"]


def test_any_element_of_a_string_array_will_do() -> None:
    array = ("interests", "String.Array", '["rugby", 7, true, null]')
    for wanted in ("rugby", 7, True, None, {"anything-but": ["rugby"]}, {"suffix": "by"}, {"exists": True}):
        assert attributes_match({"interests": [wanted]}, array), wanted
    assert not attributes_match({"interests": ["true", "7"]}, array)


@pytest.mark.parametrize("text", ["", "x", "1_000", "nan", "inf", "1,5"])
def test_what_is_no_number_equals_none(text: str) -> None:
    assert attributes_match({"a": [{"exists": True}]}, ("a", "Number", text))
    assert not attributes_match({"a": [1000, 0, {"numeric": [">", -5]}, {"prefix": ""}]}, ("a", "Number", text))


def test_binary_attributes_are_not_seen() -> None:
    assert not attributes_match({"a": [{"exists": True}]}, ("a", "Binary", "x"), ("b", "String", "x"))
    assert attributes_match({"a": [{"exists": False}]}, ("a", "Binary", "x"), ("b", "String", "x"))


def test_exists_false_wants_some_attribute() -> None:
    assert attributes_match({"a": [{"exists": False}]}, ("b", "String", "x"))
    assert not attributes_match({"a": [{"exists": False}]})
    assert attributes_match("{}")


def test_exists_is_of_leaves() -> None:
    assert body_matches({"a": [{"exists": False}]}, {"a": {"b": 1}})
    assert not body_matches({"a": [{"exists": True}]}, {"a": {"b": 1}})
    assert body_matches({"a": {"b": [{"exists": False}]}}, {"a": 1})


def test_exists_wants_a_value_with_sns_but_not_with_events() -> None:
    for empty in (None, ""):
        assert not body_matches({"a": [{"exists": True}]}, {"a": empty})
        assert event_matches({"a": [{"exists": True}]}, {"a": empty})
        assert not body_matches({"a": [{"exists": False}]}, {"a": empty})


@pytest.mark.parametrize(
    "body", ["", "text", "[1]", '"a"', "null", '{"a": 1', '{"a": NaN}', b'{"a": "\xff"}', "[" * 5000]
)
def test_a_body_that_is_no_json_object_matches_no_policy(body: str | bytes) -> None:
    assert not body_matches({"b": [{"exists": False}]}, body)


def test_or_is_any_of_the_branches_with_all_that_stands_beside_it() -> None:
    document = {
        "$or": [{"metric": ["cpu"]}, {"namespace": ["ec2"]}],
        "detail": {"scope": ["s"], "$or": [{"source": ["cw"]}, {"type": ["change"]}]},
    }
    assert body_matches(document, {"metric": "cpu", "detail": {"scope": "s", "source": "cw"}})
    assert body_matches(document, {"namespace": "ec2", "detail": {"scope": "s", "type": "change"}})
    assert not body_matches(document, {"metric": "cpu", "detail": {"scope": "s"}})
    assert not body_matches(document, {"detail": {"scope": "s", "source": "cw"}})
    assert not body_matches(document, {"metric": "cpu", "detail": {"source": "cw"}})


RECORDS = {"Records": {"eventName": [{"prefix": "Created"}], "s3": {"object": {"key": [{"prefix": "auto-"}]}}}}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([{"eventName": "Created:Put", "s3": {"object": {"key": "auto-1"}}}], True),
        ([{"eventName": "Created:Put", "s3": {"object": [[{"key": "auto-1"}]]}}, {"eventName": "Removed"}], True),
        ([{"eventName": "Removed", "s3": {"object": {"key": "auto-1"}}}], False),
        ([{"eventName": "Removed", "s3": {"object": {"key": "auto-1"}}}, {"eventName": "Created:Put"}], False),
    ],
)
def test_what_is_found_in_an_array_comes_from_one_element(records: list[Any], expected: bool) -> None:
    assert body_matches(RECORDS, {"Records": records}) == expected
    assert event_matches(RECORDS, {"Records": records}) == expected


def test_a_name_with_dots_goes_together_with_the_array_beside_it() -> None:
    document = {"a": {"b": {"c": [1], "d": [2]}}}
    assert event_matches(document, {"a": [{"b": [{"c": 1}, {"d": 0}], "b.d": 2}]})
    assert not event_matches(document, {"a": [{"b": [{"c": 1}, {"d": 2}], "b.d": 0}]})


def test_a_policy_survives_its_own_writing() -> None:
    for operator in (
        {"cidr": "10.0.0.0/24"},
        {"wildcard": "a\\**\\\\"},
        {"prefix": "é"},
        {"numeric": [">", 1, "<=", 2.5]},
    ):
        from chasqui.patterns.reading import read_filter_policy

        def written(text: str) -> str:
            ((condition,),) = read_filter_policy(text, "MessageBody").rules
            return condition.matchers[0].written()

        once = written(json.dumps({"a": [operator]}))
        assert json.loads(once) == operator
        assert written(f'{{"a": [{once}]}}') == once
