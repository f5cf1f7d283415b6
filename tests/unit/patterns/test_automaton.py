"""Many patterns in one: keys come and go, and only what can match is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.patterns.automaton import GROUP_MAX, Automaton, _Group
from chasqui.patterns.events import Interest, attributes_event, body_event, json_event
from tests.unit.patterns.support import policy


@pytest.fixture
def automaton() -> Automaton[Any]:
    return Automaton()


def message(**attributes: str) -> Any:
    return attributes_event((name, "String", text) for name, text in attributes.items())


def test_a_key_comes_out_once_however_many_branches_match(automaton: Automaton[Any]) -> None:
    automaton.add("a", policy({"$or": [{"x": ["1"]}, {"y": ["1"]}]}))
    automaton.add("b", policy({"x": ["1"]}))
    assert sorted(automaton.match(message(x="1", y="1"))) == ["a", "b"]


def test_matching_hashes_no_key(automaton: Automaton[Any]) -> None:
    class Key:
        hashed = 0

        def __hash__(self) -> int:
            Key.hashed += 1
            return 1

    for _ in range(3):
        automaton.add(Key(), policy({"$or": [{"x": ["1"]}, {"y": ["1"]}]}))
    Key.hashed = 0
    assert len(automaton.match(message(x="1", y="1"))) == 3
    assert not Key.hashed


def test_a_key_has_one_pattern(automaton: Automaton[Any]) -> None:
    automaton.add("a", policy({"x": ["1"]}))
    automaton.add("a", policy({"x": ["2"]}))
    assert automaton.match(message(x="1")) == []
    assert automaton.match(message(x="2")) == ["a"]
    assert len(automaton) == 1


def test_removing_leaves_nothing_behind(automaton: Automaton[Any]) -> None:
    documents: list[Any] = [
        {"x": ["1", {"prefix": "a"}], "y": [{"numeric": [">", 1]}, {"exists": False}]},
        {"x": [{"wildcard": "*q*"}, {"anything-but": ["z"]}, {"anything-but": {"prefix": "y"}}]},
        {"$or": [{"x": [{"cidr": "10.0.0.0/8"}]}, {"z": [{"equals-ignore-case": "a"}, {"suffix": "b" * 80}]}]},
        {"w": [{"exists": False}]},
        "{}",
    ]
    for number, document in enumerate(documents * 3):
        automaton.add(number, policy(document))
    for number in range(len(documents) * 3):
        automaton.remove(number)
    automaton.remove("never there")
    assert automaton.match(message(x="1")) == []
    for name in ("_slots", "_open", "_reached", "_always", "_naming", "_several"):
        assert not getattr(automaton, name), name
    assert not automaton.interest.leaves
    assert not automaton.interest.ways


def test_slots_are_used_again(automaton: Automaton[Any]) -> None:
    automaton.add("stays", policy({"x": ["stays"]}))
    for number in range(100):
        automaton.add("changing", policy({"x": [f"v{number}"]}))
    (group,) = automaton._reached["x"]
    assert len(group._rules) == 2
    assert automaton.match(message(x="v99")) == ["changing"]


def test_groups_are_not_larger_than_their_masks_may_be(automaton: Automaton[Any]) -> None:
    for number in range(GROUP_MAX + 10):
        automaton.add(number, policy({"x": [f"v{number}"]}))
    assert [len(group) for group in automaton._reached["x"]] == [GROUP_MAX, 10]
    assert automaton.match(message(x=f"v{GROUP_MAX + 9}")) == [GROUP_MAX + 9]


def test_patterns_with_keys_of_their_own_are_not_visited(
    automaton: Automaton[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1000):
        automaton.add(number, policy({"type": ["order"], f"tag-{number}": ["yes"]}))
    visited = []
    mask = _Group.mask
    monkeypatch.setattr(_Group, "mask", lambda group, event: visited.append(group) or mask(group, event))
    event = attributes_event([("type", "String", "order"), ("tag-7", "String", "yes")])
    assert automaton.match(event) == [7]
    assert len(visited) <= 2  # the one that matches, and the first, which was reached by `type`


def test_many_matches_are_all_found(automaton: Automaton[Any]) -> None:
    for number in range(300):
        automaton.add(number, policy({"x": [{"anything-but": [f"v{number}"]}]}))
    assert sorted(automaton.match(message(x="v7"))) == [number for number in range(300) if number != 7]


def test_only_what_patterns_name_is_taken_from_a_document() -> None:
    interest = Interest()
    interest.add("a.b.c")
    document = {"a": {"b": {"c": 1, "d": 2}, "x": 3}, "a.b": {"c": 4}, "ab": 5, "z": {"a.b.c": 6}}
    assert sorted(json_event(document, interest).fields) == ["a.b.c"]
    assert sorted(json_event(document).fields) == ["a.b.c", "a.b.d", "a.x", "ab", "z.a.b.c"]
    interest.remove("a.b.c")
    assert not json_event(document, interest).fields


def test_equal_values_of_an_array_are_looked_up_once() -> None:
    assert body_event('{"a": [1, 1.0, 1, "1", "1", true]}').fields["a"][1:2] == ["1"]
    assert len(body_event('{"a": [1, 1.0, 1, "1", "1", true]}').fields["a"]) == 3
