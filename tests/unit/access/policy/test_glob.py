"""Wildcards."""

from __future__ import annotations

import pytest

from chasqui.access.policy.glob import compiled, glob, tokens_of, within_arn


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("abc", "abc", True),
        ("abc", "ABC", False),
        ("", "", True),
        ("a*", "a", True),
        ("*a", "bca", True),
        ("a*a", "a", False),
        ("a*b*c", "a-c-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("?*", "", False),
        ("?*", "x", True),
        ("*?b*", "ab", True),
        ("*?b*", "b", False),
        ("a**b", "ab", True),
        ("*aab", "aaab", True),
        ("a.c", "abc", False),
        ("*\n*", "a\nb", True),
    ],
)
def test_a_star_is_any_run_and_a_question_mark_one_character(pattern: str, text: str, expected: bool) -> None:
    assert glob(pattern)(text) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("arn:aws:sqs:*:1:orders", True),
        ("arn:aws:sqs:*:orders", True),
        ("arn:aws:sqs:*", True),
        ("arn:aws:sqs:us-*-1:1:orders", True),
        ("arn:aws:sqs:us-*s", False),
        ("arn:aws:sqs:us-*1:orders", False),
        ("arn:aws:sqs:us-east?1:1:orders", True),
        ("arn:aws:sqs:us-east-1?1:orders", False),
        ("arn:aws:sqs:us-east-1:1:?rders", True),
    ],
)
def test_in_arns_a_wildcard_stays_within_its_segment_unless_it_is_a_star_at_its_end(
    pattern: str, expected: bool
) -> None:
    matches = compiled(within_arn(tokens_of(pattern)))

    assert matches("arn:aws:sqs:us-east-1:1:orders") is expected


def test_behind_the_fifth_colon_a_wildcard_matches_colons() -> None:
    matches = compiled(within_arn(tokens_of("arn:aws:s3:::bucket/*.tx?")))

    assert matches("arn:aws:s3:::bucket/a:b.txt")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("pattern", ["*a" * 1000 + "b", "?*a" * 1000 + "b", "a*" * 3000, "*" * 6000 + "b"])
def test_hostile_patterns_take_time_in_proportion_to_the_text(pattern: str) -> None:
    assert glob(pattern)("a" * 2000) is False
