"""A trace says which key kept a message away."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.patterns.events import attributes_event, body_event
from chasqui.patterns.explaining import Reason, explain
from chasqui.patterns.matchers import Pattern
from tests.unit.patterns.support import policy


@pytest.mark.parametrize(
    ("document", "body", "said"),
    [
        ({"a": ["x"]}, '{"a": "y"}', 'a is "y"; wanted "x"'),
        ({"a": {"b": [1, {"prefix": "p"}]}}, '{"c": 1}', 'a.b is absent; wanted 1 or {"prefix": "p"}'),
        ({"a": ["x"], "b": [2.5]}, '{"a": "x", "b": [1, null]}', "b is 1, null; wanted 2.5"),
        ({"a": [{"exists": False}]}, '{"a": true}', 'a is true; wanted {"exists": false}'),
        ({"a": [{"anything-but": ["x"]}]}, '{"a": "x"}', 'a is "x"; wanted {"anything-but": ["x"]}'),
        ({"a": [{"numeric": [">", 1, "<=", 9]}]}, '{"a": -1.5}', 'a is -1.5; wanted {"numeric": [">", 1, "<=", 9]}'),
        ({"a": ["x"]}, "text", "the body is not a JSON object"),
        (
            {"a": {"x": [1], "y": [2]}},
            '{"a": [{"x": 1}, {"y": 2}]}',
            "no single element of an array satisfies all of the keys together",
        ),
        ({"$or": [{"a": ["1"], "b": ["1"]}, {"a": ["2"], "b": ["2"]}]}, '{"a": "2"}', 'b is absent; wanted "2"'),
    ],
)
def test_the_nearest_rule_names_its_first_missing_key(document: Any, body: str, said: str) -> None:
    assert str(explain(policy(document), body_event(body))) == said


def test_a_match_has_no_reason() -> None:
    assert explain(policy({"a": ["x"]}), body_event('{"a": "x"}')) is None


def test_a_pattern_without_rules_lets_nothing_through() -> None:
    assert str(explain(Pattern(()), body_event("{}"))) == "the policy cannot be read, so it lets nothing through"


def test_a_message_without_attributes_says_so() -> None:
    assert explain(policy({"a": [{"exists": False}]}), attributes_event([])) == Reason(
        "", note="the message has no attributes"
    )


def test_reasons_are_short_whatever_there_is() -> None:
    wanted = [f"{number}" + "w" * 300 for number in range(100)]
    found = ",".join(f'"{number}{"f" * 300}"' for number in range(100))
    reason = explain(policy({"a": wanted}), body_event(f'{{"a": [{found}]}}'))
    assert reason is not None
    assert reason.wanted[-1] == reason.found[-1] == "95 more"  # type: ignore[index]
    assert len(str(reason)) < 1000
