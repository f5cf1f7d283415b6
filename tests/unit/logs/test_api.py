"""CloudWatch Logs' operations as boto3 sees them, on either database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from chasqui.testing import TestServer
from tests.engines import Engine
from tests.strict import refusal

NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000


class World:
    """A server of a test clock that stands still, and a log group in it."""

    def __init__(self, server: TestServer) -> None:
        self.server = server
        self.logs = server.client("logs")

    def group(self, **facts: Any) -> str:
        name = f"/test/{uuid.uuid4().hex[:10]}"
        self.logs.create_log_group(logGroupName=name, **facts)
        return name

    def stream(self, group: str, name: str = "one") -> str:
        self.logs.create_log_stream(logGroupName=group, logStreamName=name)
        return name

    def put(self, group: str, stream: str, *events: tuple[int, str]) -> dict[str, Any]:
        found: dict[str, Any] = self.logs.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": NOW_MS + at, "message": text} for at, text in events],
        )
        return found

    def get(self, group: str, stream: str, **how: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.logs.get_log_events(logGroupName=group, logStreamName=stream, **how)
        return found

    def filter(self, group: str, **how: Any) -> list[str]:
        found: list[str] = []
        for page in self.logs.get_paginator("filter_log_events").paginate(logGroupName=group, **how):
            found += texts(page)
        return found


def texts(page: dict[str, Any]) -> list[str]:
    return [each["message"] for each in page["events"]]


@pytest.fixture(scope="module")
def world(engine: Engine) -> Iterator[World]:
    with engine.server() as server:
        server.clock.freeze(NOW_MS)
        yield World(server)


def test_a_group_is_described_with_both_forms_of_its_arn(world: World) -> None:
    name = world.group()
    [found] = world.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{name}"
    assert (found["arn"], found["logGroupArn"]) == (f"{arn}:*", arn)
    assert (found["creationTime"], found["storedBytes"], found["logGroupClass"]) == (NOW_MS, 0, "STANDARD")
    assert "retentionInDays" not in found


def test_names_that_are_taken_or_unknown_are_refused_in_cloudwatchs_words(world: World) -> None:
    name = world.group()
    world.stream(name)
    logs, none = world.logs, {"logGroupName": "none"}
    taken = "ResourceAlreadyExistsException", 400
    gone = "ResourceNotFoundException", 400
    the_group, the_stream = "The specified log group", "The specified log stream"
    assert refusal(logs.create_log_group, logGroupName=name) == (*taken, f"{the_group} already exists")
    again = {"logGroupName": name, "logStreamName": "one"}
    assert refusal(logs.create_log_stream, **again) == (*taken, f"{the_stream} already exists")
    assert refusal(logs.delete_log_group, **none) == (*gone, f"{the_group} does not exist.")
    assert refusal(logs.describe_log_streams, **none) == (*gone, f"{the_group} does not exist.")
    assert refusal(logs.filter_log_events, **none) == (*gone, f"{the_group} does not exist.")
    other = {"logGroupName": name, "logStreamName": "two"}
    assert refusal(logs.get_log_events, **other) == (*gone, f"{the_stream} does not exist.")
    events = [{"timestamp": NOW_MS, "message": "x"}]
    assert refusal(logs.put_log_events, **other, logEvents=events) == (*gone, f"{the_stream} does not exist.")


def test_pages_of_groups_go_on_after_the_last_name(world: World) -> None:
    prefix = f"/pages/{uuid.uuid4().hex[:8]}"
    for number in range(5):
        world.logs.create_log_group(logGroupName=f"{prefix}/{number}")
    pages = world.logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix=prefix, PaginationConfig={"PageSize": 2}
    )
    assert [[each["logGroupName"][-1] for each in page["logGroups"]] for page in pages] == [
        ["0", "1"],
        ["2", "3"],
        ["4"],
    ]
    alike = world.logs.describe_log_groups(logGroupNamePattern=f"{prefix[3:]}/3")["logGroups"]
    assert [each["logGroupName"] for each in alike] == [f"{prefix}/3"]


def test_an_event_is_read_with_its_time_and_when_it_came_in(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    world.put(group, stream, (-5000, "early"), (-1000, "late"))
    found = world.get(group, stream)["events"]
    assert found == [
        {"timestamp": NOW_MS - 5000, "message": "early", "ingestionTime": NOW_MS},
        {"timestamp": NOW_MS - 1000, "message": "late", "ingestionTime": NOW_MS},
    ]
    [shown] = world.logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert (shown["firstEventTimestamp"], shown["lastEventTimestamp"]) == (NOW_MS - 5000, NOW_MS - 1000)
    assert shown["lastIngestionTime"] == NOW_MS
    assert world.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["storedBytes"] == 9 + 2 * 26


def test_at_the_end_a_stream_answers_with_the_token_that_it_was_given(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    world.put(group, stream, *((number, f"{number}") for number in range(5)))
    first = world.get(group, stream, startFromHead=True, limit=3)
    second = world.get(group, stream, startFromHead=True, limit=3, nextToken=first["nextForwardToken"])
    end = world.get(group, stream, startFromHead=True, nextToken=second["nextForwardToken"])
    assert (texts(first), texts(second), texts(end)) == (["0", "1", "2"], ["3", "4"], [])
    assert end["nextForwardToken"] == second["nextForwardToken"]
    world.put(group, stream, (9, "9"))
    assert texts(world.get(group, stream, startFromHead=True, nextToken=end["nextForwardToken"])) == ["9"]


def test_a_stream_is_read_from_its_end_and_backwards(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    world.put(group, stream, *((number, f"{number}") for number in range(5)))
    newest = world.get(group, stream, limit=2)
    before = world.get(group, stream, limit=2, nextToken=newest["nextBackwardToken"])
    oldest = world.get(group, stream, nextToken=before["nextBackwardToken"])
    end = world.get(group, stream, nextToken=oldest["nextBackwardToken"])
    assert [texts(each) for each in (newest, before, oldest, end)] == [["3", "4"], ["1", "2"], ["0"], []]
    assert end["nextBackwardToken"] == oldest["nextBackwardToken"]
    assert texts(world.get(group, stream, nextToken=end["nextForwardToken"], startFromHead=True))[:2] == ["0", "1"]


def test_a_time_range_holds_its_start_and_not_its_end(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    world.put(group, stream, *((number, f"{number}") for number in range(6)))
    inside = {"startTime": NOW_MS + 2, "endTime": NOW_MS + 4}
    assert texts(world.get(group, stream, **inside)) == ["2", "3"]
    assert world.filter(group, **inside) == ["2", "3", "4"]


def test_events_that_come_in_late_are_read_in_the_order_of_their_times(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    world.put(group, stream, *((2 * number, f"{2 * number}") for number in range(300)))
    world.put(group, stream, *((2 * number + 1, f"{2 * number + 1}") for number in range(300)))
    wanted = [str(number) for number in range(600)]
    assert texts(world.get(group, stream, startFromHead=True)) == wanted
    assert texts(world.get(group, stream, limit=150)) == wanted[-150:]
    page = world.get(group, stream, startFromHead=True, limit=100)
    assert texts(world.get(group, stream, startFromHead=True, nextToken=page["nextForwardToken"])) == wanted[100:]
    assert world.filter(group, PaginationConfig={"PageSize": 250}) == wanted


def test_a_batch_out_of_order_is_refused(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    batch = [{"timestamp": NOW_MS + at, "message": "x"} for at in (1, 0)]
    refused = refusal(world.logs.put_log_events, logGroupName=group, logStreamName=stream, logEvents=batch)
    told = "Log events in a single PutLogEvents request must be in chronological order."
    assert refused == ("InvalidParameterException", 400, told)


def test_a_batch_of_more_than_a_mebibyte_is_refused(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    batch = [{"timestamp": NOW_MS, "message": "x" * 524_288}] * 2
    refused = refusal(world.logs.put_log_events, logGroupName=group, logStreamName=stream, logEvents=batch)
    told = "Upload too large: 1048628 bytes exceeds limit of 1048576"
    assert refused == ("InvalidParameterException", 400, told)


def test_events_too_old_or_too_new_are_left_out_and_told(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    answer = world.put(group, stream, (-15 * DAY_MS, "old"), (0, "taken"), (3 * 3_600_000, "new"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2}
    assert texts(world.get(group, stream)) == ["taken"]


def test_the_streams_of_a_group_are_merged_by_time(world: World) -> None:
    group = world.group()
    for name in ("a", "b", "c"):
        world.stream(group, name)
    for number in range(9):
        world.put(group, "abc"[number % 3], (number, f"{number}"))
    wanted = [str(number) for number in range(9)]
    assert world.filter(group) == wanted
    assert world.filter(group, PaginationConfig={"PageSize": 2}) == wanted
    assert world.filter(group, startFromHead=False, PaginationConfig={"PageSize": 2}) == wanted[::-1]
    assert world.filter(group, logStreamNames=["a", "c"]) == ["0", "2", "3", "5", "6", "8"]
    assert world.filter(group, logStreamNamePrefix="b") == ["1", "4", "7"]


def test_equal_times_are_neither_lost_nor_told_twice(world: World) -> None:
    group = world.group()
    for name in ("a", "b"):
        world.stream(group, name)
        world.put(group, name, *((0, f"{name}{number}") for number in range(5)))
    wanted = [f"{name}{number}" for name in "ab" for number in range(5)]
    assert world.filter(group, PaginationConfig={"PageSize": 3}) == wanted
    assert sorted(world.filter(group, startFromHead=False, PaginationConfig={"PageSize": 3})) == wanted


def test_a_pattern_filters(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    world.put(group, stream, (0, "START"), (1, '{"level": "ERROR", "ms": 12}'), (2, "ERROR at once"))
    assert world.filter(group, filterPattern="ERROR -once") == ['{"level": "ERROR", "ms": 12}']
    assert world.filter(group, filterPattern="{ $.ms > 10 }") == ['{"level": "ERROR", "ms": 12}']
    assert world.filter(group, filterPattern="%^S|once$%") == ["START", "ERROR at once"]
    refused = refusal(world.logs.filter_log_events, logGroupName=group, filterPattern="{ $.ms ! }")
    assert refused == ("InvalidParameterException", 400, "Invalid filter pattern")


def test_streams_are_described_by_name_and_by_their_last_event(world: World) -> None:
    group = world.group()
    for at, name in enumerate(("b", "c", "a")):
        world.stream(group, name)
        world.put(group, name, (at, "x"))

    def names(**how: Any) -> list[str]:
        pages = world.logs.get_paginator("describe_log_streams").paginate(
            logGroupName=group, PaginationConfig={"PageSize": 2}, **how
        )
        return [each["logStreamName"] for page in pages for each in page["logStreams"]]

    assert names() == ["a", "b", "c"]
    assert names(descending=True) == ["c", "b", "a"]
    assert names(orderBy="LastEventTime") == ["b", "c", "a"]
    assert names(orderBy="LastEventTime", descending=True) == ["a", "c", "b"]
    assert names(logStreamNamePrefix="b") == ["b"]
    refused = refusal(
        world.logs.describe_log_streams, logGroupName=group, orderBy="LastEventTime", logStreamNamePrefix="b"
    )
    assert refused[2] == "Cannot order by LastEventTime with a logStreamNamePrefix."


def test_a_deleted_group_takes_its_streams_along(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    world.put(group, stream, (0, "old"))
    world.logs.delete_log_group(logGroupName=group)
    world.logs.create_log_group(logGroupName=group)
    assert world.logs.describe_log_streams(logGroupName=group)["logStreams"] == []
    assert world.filter(group) == []


def test_a_deleted_stream_takes_its_events_along(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    world.put(group, stream, (0, "old"))
    world.logs.delete_log_stream(logGroupName=group, logStreamName=stream)
    world.stream(group)
    assert texts(world.get(group, stream)) == []
    assert world.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["storedBytes"] == 0


def test_tags_are_kept_by_arn_and_by_name(world: World) -> None:
    group = world.group(tags={"a": "1"})
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    world.logs.tag_resource(resourceArn=arn, tags={"b": "2"})
    world.logs.tag_log_group(logGroupName=group, tags={"c": "3"})
    world.logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert world.logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2", "c": "3"}
    assert world.logs.list_tags_log_group(logGroupName=group)["tags"] == {"b": "2", "c": "3"}


def test_a_group_is_named_by_its_arn_too(world: World) -> None:
    group = world.group()
    stream = world.stream(group)
    world.put(group, stream, (0, "x"))
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    assert texts(world.logs.get_log_events(logGroupIdentifier=arn, logStreamName=stream)) == ["x"]
    refused = refusal(world.logs.get_log_events, logGroupIdentifier=arn, logGroupName=group, logStreamName=stream)
    assert refused[0] == "InvalidParameterException"


def test_a_name_with_other_characters_is_an_invalid_parameter(world: World) -> None:
    assert refusal(world.logs.create_log_group, logGroupName="no spaces")[0] == "InvalidParameterException"


def test_only_cloudwatchs_retentions_are_taken(world: World) -> None:
    group = world.group()
    world.logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    assert world.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == 7
    world.logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in world.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    assert refusal(world.logs.put_retention_policy, logGroupName=group, retentionInDays=8)[0] == (
        "InvalidParameterException"
    )
