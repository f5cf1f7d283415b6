"""Constraints: AWS' messages, and every pattern of every model."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.wire.model import load_service
from chasqui.wire.validation import AMBIGUOUS, matches, require, translate, validate
from tests.wire.wire_support import SERVICES


def refused(service: str, operation: str, params: dict[str, Any]) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        validate(load_service(service).operation(operation), params)
    return caught.value


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        (
            "DeleteStream",
            {"StreamName": "a" * 129},
            f"1 validation error detected: Value '{'a' * 129}' at 'streamName' failed to satisfy constraint: "
            "Member must have length less than or equal to 128",
        ),
        (
            "DeleteStream",
            {"StreamName": ""},
            "2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1; Value '' at 'streamName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            "CreateStream",
            {"ShardCount": 0},
            "2 validation errors detected: Value null at 'streamName' failed to satisfy constraint: "
            "Member must not be null; Value '0' at 'shardCount' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        ),
        (
            "GetShardIterator",
            {"StreamName": "s", "ShardId": "1", "ShardIteratorType": "x"},
            "1 validation error detected: Value 'x' at 'shardIteratorType' failed to satisfy constraint: "
            "Member must satisfy enum value set: "
            "[AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST, AT_TIMESTAMP]",
        ),
        (
            "PutRecords",
            {"StreamName": "s", "Records": [{"Data": b"", "PartitionKey": "k"}, {"Data": b"", "PartitionKey": ""}]},
            "1 validation error detected: Value '' at 'records.2.member.partitionKey' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            "RemoveTagsFromStream",
            {"StreamName": "s", "TagKeys": ["a", ""]},
            "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: "
            "Member must satisfy constraint: [Member must have length less than or equal to 128, "
            "Member must have length greater than or equal to 1]",
        ),
        (
            "AddTagsToStream",
            {"StreamName": "s", "Tags": {"": "v"}},
            "1 validation error detected: Value '{=v}' at 'tags' failed to satisfy constraint: "
            "Map keys must satisfy constraint: [Member must have length less than or equal to 128, "
            "Member must have length greater than or equal to 1]",
        ),
        (
            "AddTagsToStream",
            {"StreamName": "s", "Tags": {"k": "v" * 257}},
            f"1 validation error detected: Value '{{k={'v' * 257}}}' at 'tags' failed to satisfy constraint: "
            "Map value must satisfy constraint: [Member must have length less than or equal to 256, "
            "Member must have length greater than or equal to 0]",
        ),
    ],
)
def test_a_broken_constraint_is_told_in_aws_words(operation: str, params: dict[str, Any], message: str) -> None:
    error = refused("kinesis", operation, params)

    assert (error.code, error.message, error.status) == ("ValidationException", message, 400)


def test_query_services_call_it_a_validation_error() -> None:
    assert refused("iam", "CreateUser", {}).code == "ValidationError"


def test_secrets_are_not_shown() -> None:
    message = refused("iam", "ChangePassword", {"OldPassword": "", "NewPassword": "n"}).message

    assert "Value at 'oldPassword' failed" in message


def test_no_more_than_ten_are_named() -> None:
    records = [{"Data": b"", "PartitionKey": ""} for _ in range(20)]

    assert refused("kinesis", "PutRecords", {"StreamName": "s", "Records": records}).message.startswith("10 ")


def test_require_looks_at_nothing_else() -> None:
    operation = load_service("kinesis").operation("PutRecord")

    require(operation, {"StreamName": "", "Data": b"", "PartitionKey": ""})
    with pytest.raises(ServiceError, match="Value null at 'data' failed"):
        require(operation, {"PartitionKey": ""})


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "wörld 1_.:/=+-@", "a*b"),
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "é", "#"),
        (r"\p{Alnum}+", "aZ9", "ü"),
        (r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]*", "a\n", "\x00"),
        (r"[\p{Graph}\x20]*", "a b", "\n"),
        (r"\P{L}+", "12", "a"),
        (r"[\w-_]*", "a-_", "a b"),
        (r"[\w+=,.@-]+", "Bob_1@x", "josé"),
        (r"\d+\s", "12 ", "٣ "),
        ("a|bc", "bc", "abc"),
    ],
)
def test_java_s_patterns_mean_the_same(pattern: str, yes: str, no: str) -> None:
    assert translate(pattern) is not None
    assert matches(pattern, yes)
    assert not matches(pattern, no)


def every_pattern() -> set[str]:
    found = set()
    for name in SERVICES:
        for shape in load_service(name).shape_names:
            pattern = load_service(name).shape(shape).facts.get("pattern")
            if pattern is not None:
                found.add(pattern)
    return found


def test_every_pattern_of_the_models_is_understood() -> None:
    assert [pattern for pattern in every_pattern() if translate(pattern) is None] == []


def test_no_pattern_takes_long() -> None:
    for pattern in sorted(every_pattern()):
        # Short enough that even a pattern of many ways ends; what grows is seen in the ratio.
        started = time.perf_counter()
        for seed in ("a", " ", "a.", "0-", "a:"):
            matches(pattern, (seed * 22)[:22] + "\x00")
        assert time.perf_counter() - started < 0.5, pattern
    assert AMBIGUOUS
