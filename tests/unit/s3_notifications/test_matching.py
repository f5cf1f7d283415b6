"""Which rules an event meets."""

from __future__ import annotations

import pytest

from chasqui.services.s3.notifications.matching import Matcher, shown_key
from chasqui.services.s3.notifications.rules import Rule


def rule(id: str, *events: str, prefix: str = "", suffix: str = "") -> Rule:
    return Rule(id, "Queue", "arn", events, prefix, suffix)


def met(matcher: Matcher, event: str, key: str = "key") -> list[str]:
    return [each.id for each in matcher.of(event, key)]


def test_an_event_meets_its_own_rules_and_those_of_its_family() -> None:
    matcher = Matcher([rule("put", "s3:ObjectCreated:Put"), rule("all", "s3:ObjectRemoved:*")])
    assert met(matcher, "ObjectCreated:Put") == ["put"]
    assert met(matcher, "ObjectCreated:Copy") == []
    assert met(matcher, "ObjectRemoved:Delete") == ["all"]
    assert met(matcher, "ObjectRemoved:DeleteMarkerCreated") == ["all"]


def test_a_rule_that_names_an_event_twice_is_met_once() -> None:
    matcher = Matcher([rule("a", "s3:ObjectTagging:Put", "s3:ObjectTagging:*")])
    assert met(matcher, "ObjectTagging:Put") == ["a"]


@pytest.mark.parametrize(
    ("prefix", "suffix", "key", "meets"),
    [
        ("in/", "", "in/a", True),
        ("in/", "", "out/in/a", False),
        ("", ".jpg", "a.jpg", True),
        ("", ".jpg", "a.jpg.txt", False),
        ("in/", ".jpg", "in/a.jpg", True),
        ("a+b", "", "a b.jpg", True),
        ("a%40b", "", "a@b", True),
        ("a@b", "", "a@b", True),
    ],
)
def test_filters_look_at_both_ends_of_the_key(prefix: str, suffix: str, key: str, meets: bool) -> None:
    matcher = Matcher([rule("a", "s3:ObjectCreated:*", prefix=prefix, suffix=suffix)])
    assert bool(met(matcher, "ObjectCreated:Put", key)) is meets


@pytest.mark.parametrize(
    ("key", "shown"),
    [("a b", "a+b"), ("dir/a@b.txt", "dir/a%40b.txt"), ("é", "%C3%A9"), ("a+b", "a%2Bb"), ("\x00", "%00")],
)
def test_keys_are_shown_url_encoded(key: str, shown: str) -> None:
    assert shown_key(key) == shown
