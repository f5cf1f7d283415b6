"""Patterns are accepted and refused as AWS does, to the letter and the column where that was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from chasqui.patterns.reading import Limits
from tests import support
from tests.unit.patterns.support import event_refusal, policy, recorded, refusal

POLICY_ERRORS = recorded("sns-filter-policy-errors.json")
EVENT_PATTERNS = recorded("event-patterns.json")


@pytest.mark.parametrize("case", POLICY_ERRORS, ids=lambda case: case["request"]["Attributes"]["FilterPolicy"][:60])
def test_recorded_refusals_of_filter_policies(case: dict[str, Any]) -> None:
    attributes = case["request"]["Attributes"]
    message = refusal(attributes["FilterPolicy"], attributes.get("FilterPolicyScope", "MessageAttributes"))
    assert f"Invalid parameter: Attributes Reason: {message}" == case["recorded"]["Error"]["Message"]


def shown_sources() -> Iterator[tuple[str, str]]:
    """(policy, message) of the recorded refusals whose message shows the policy."""
    for case in support.vectors("sns-responses.jsonl"):
        for answer in case["recorded"].values():
            message = answer.get("Error", {}).get("Message", "")
            shown = re.search(r'FilterPolicy: .*\(String\)"(.*)"; line: 1', message, re.DOTALL)
            if shown:
                yield shown.group(1), message[message.index("FilterPolicy: ") :]


@pytest.mark.parametrize(("text", "message"), sorted(set(shown_sources())))
def test_recorded_refusals_that_show_the_policy(text: str, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize("case", EVENT_PATTERNS, ids=lambda case: case["name"])
def test_recorded_refusals_of_event_patterns(case: dict[str, Any]) -> None:
    assert event_refusal(case["pattern"]) == case.get("aws_error", {}).get("MessageRaw", "")


@pytest.mark.parametrize(
    ("document", "message", "column"),
    [
        ({"key": [["value"]]}, "Match value must be String, number, true, false, or null", 10),
        ({"key": [{"wrong-operator": True}]}, "Unrecognized match type wrong-operator", 31),
        ({"key": []}, "Empty arrays are not allowed", 10),
        ({"key": [{}]}, "Match expression name not found", 11),
        ({"key": [{"exists": "no"}]}, "exists match pattern must be either true or false.", 20),
        ({"key": [{"anything-but": {"exists": False}}]}, "Unsupported anything-but pattern: exists", 40),
        ({"key": [{"numeric": []}]}, "Invalid member in numeric match: ]", 22),
        ({"key": [{"prefix": {"equals-ignore-case": "a"}}]}, "prefix match pattern must be a string", 20),
        ({"a": [{"wildcard": "x**y"}]}, "Consecutive wildcard characters at pos 2", 25),
        ({"a": [{"wildcard": "é**"}]}, "Consecutive wildcard characters at pos 3", 24),
        ({"a": [{"numeric": ["<", 1000000001]}]}, "Value must be between -1.0E9 and 1.0E9, inclusive", 34),
        ({"a": {"$or": []}}, "There must have at least 2 Objects in $or relationship.", 15),
        ({"a": {"$or": [1, 2]}}, "Only JSON object is allowed in array of $or relationship.", 15),
        ({"$or": {"a": [1]}}, "It must be an Array followed with $or.", 9),
        ({"a": {}}, "Empty objects are not allowed", 8),
        ([], "Filter is not an object", 2),
    ],
)
def test_refusals_name_the_place_in_the_policy_without_spaces(document: Any, message: str, column: int) -> None:
    refused = refusal(document)
    assert refused.startswith(f"FilterPolicy: {message}\n at [Source: (String)")
    assert refused.endswith(f"line: 1, column: {column}]")


def test_what_is_not_json_is_refused_without_showing_it() -> None:
    assert refusal("invalid policy") == (
        "FilterPolicy: failed to parse JSON. Unrecognized token 'invalid': was expecting (JSON String, Number, Array,"
        " Object or token 'null', 'true' or 'false')\n at [Source: REDACTED"
        " (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 8]"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{a}", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name"),
        ('{"a"}', "Unexpected character ('}' (code 125)): was expecting a colon to separate field name and value"),
        ('{"a":[1 2]}', "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"),
        ('{"a":["b"] "c"}', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"),
        ('{"a":[01]}', "Unexpected character ('0' (code 48)): expected a valid value"),
        ('{"a":["x', "Unexpected end-of-input: was expecting closing quote for a string value"),
        ('{"a":["x"', "Unexpected end-of-input within/between Array entries"),
        ('{"a":["x\n"]}', "Illegal unquoted character ((CTRL-CHAR, code 10))"),
        ('{"a":[NaN]}', "Unrecognized token 'NaN'"),
    ],
)
def test_json_errors_are_jacksons(text: str, message: str) -> None:
    assert refusal(text).startswith(f"FilterPolicy: failed to parse JSON. {message}")
    assert event_refusal(text).startswith(f"Event pattern is not valid. Reason: {message}")


def test_positions_in_an_event_pattern_count_its_own_lines() -> None:
    assert event_refusal('{\n  "a": 3\n}').endswith("; line: 2, column: 9]")


def test_a_long_source_is_cut() -> None:
    refused = refusal({"a": ["x" * 600, []]})
    assert '"[truncated 113 chars]; line: 1, column: 611]' in refused


def test_the_empty_policy_matches_everything() -> None:
    assert policy("{ }").rules == ((),)


def test_attributes_have_no_nested_policies() -> None:
    assert refusal({"object": {"key": ["v"]}}) == (
        "Filter policy scope MessageAttributes does not support nested filter policy"
    )
    assert not refusal({"object": {"key": ["v"]}}, "MessageBody")


def values(count: int) -> list[str]:
    return [f"v{number}" for number in range(count)]


def test_combinations_multiply_over_keys_and_add_over_branches() -> None:
    branches = {"metricType": values(4), "$or": [{"metricId": values(4)}, {"spaceId": values(7)}]}
    document = {"source": values(3), "$or": [{"metricName": values(6)}, branches]}
    assert not refusal(document)  # 3*6 + 3*4*4 + 3*4*7 = 150
    document["source"] = values(4)
    assert refusal(document) == "FilterPolicy: Filter policy is too complex"


def test_combinations_multiply_with_the_level_of_nesting() -> None:
    document = {"a": {"b": {"c": values(4)}}, "d": {"e": values(3)}, "f": values(2)}
    assert not refusal(document, "MessageBody")  # 3*4 * 2*3 * 1*2 = 144
    document["f"] = values(3)
    assert refusal(document, "MessageBody") == "FilterPolicy: Filter policy is too complex"


def test_keys_are_counted_where_the_values_are() -> None:
    document = {"a": {"b": ["1"], "c": ["1"]}, "d": ["1"], "e": ["1"], "f": ["1"]}
    assert not refusal(document, "MessageBody")
    document["g"] = ["1"]
    assert refusal(document, "MessageBody") == "FilterPolicy: Filter policy can not have more than 5 keys"
    assert not refusal(document, "MessageBody", Limits(keys_max=6))


def test_a_policy_of_more_than_256_kib_is_refused() -> None:
    assert not refusal('{"a":["' + "é" * 131_067 + '"]}')
    assert (
        refusal('{"a":["' + "é" * 131_068 + '"]}') == "FilterPolicy: Filter policy can not be larger than 262144 bytes"
    )


@pytest.mark.parametrize(
    "document",
    [
        {"a": [{"anything-but": {"suffix": "x"}}]},
        {"a": [{"prefix": {"equals-ignore-case": "x"}}]},
        {"a": [{"suffix": {"equals-ignore-case": "x"}}]},
        {"a": [{"numeric": ["<", 5_000_000_000]}]},
    ],
)
def test_what_only_event_patterns_have(document: dict[str, Any]) -> None:
    assert not event_refusal(document)
    assert refusal(document)


@pytest.mark.parametrize(
    ("cidr", "message"),
    [
        ("10.0.0.0", "Malformed CIDR, one '/' required"),
        ("10.0.0.0/", "Malformed CIDR, one '/' required"),
        ("/", "Malformed CIDR, one '/' required"),
        ("10.0.0.0/1/2", "Malformed CIDR, one '/' required"),
        ("10.0.0.0/x", "Malformed CIDR, mask bits must be an integer"),
        ("10.0.0.0/-1", "Malformed CIDR, mask bits must not be negative"),
        ("10.0.0.256/8", "Nonstandard IP address: 10.0.0.256"),
        ("10.0.0.1/32", "IPv4 mask bits must be < 32"),
        ("::1/128", "IPv6 mask bits must be < 128"),
    ],
)
def test_networks_are_refused_without_a_place(cidr: str, message: str) -> None:
    assert refusal({"a": [{"cidr": cidr}]}) == f"FilterPolicy: {message}"


@pytest.mark.parametrize(
    "operand", [[], [1, "a"], [None], [True], {"prefix": ""}, {"prefix": []}, {"wildcard": "a\\b"}, True, {"prefix": 1}]
)
def test_what_anything_but_does_not_take(operand: Any) -> None:
    assert refusal({"a": [{"anything-but": operand}]})
    assert event_refusal({"a": [{"anything-but": operand}]})


def test_reserved_names_are_not_fields_within_or() -> None:
    document = {"$or": [{"numeric": [1]}, {"a": [1]}]}
    assert "numeric is Ruler reserved fieldName which cannot be used inside $or." in event_refusal(document)


def test_a_name_given_twice_counts_once_and_the_last_holds() -> None:
    (rule,) = policy('{"a": ["x"], "a": ["y"]}').rules
    assert [matcher.written() for condition in rule for matcher in condition.matchers] == ['"y"']
