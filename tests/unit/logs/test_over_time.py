"""What changes while one looks: retention, live tails, and what services write into logs."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from chasqui.base.clock import TestClock
from chasqui.store.memory import MemoryStore
from chasqui.telemetry.log_groups import GROUP, STREAM, LogEvent, LogGroups, read_stream
from chasqui.telemetry.log_reading import LogReading
from tests.engines import Engine
from tests.strict import ACCOUNT, StrictServer, allow, refusal
from tests.support import eventually

NOW_MS = 1_800_000_000_000


@pytest.fixture(scope="module")
def logs(engine: Engine) -> Iterator[Any]:
    """A client of a server in real time. Live tails have a host name of their own, which the tests' server has not."""
    with engine.server() as server:
        yield server.client("logs", config=Config(inject_host_prefix=False, retries={"max_attempts": 0}))


def test_events_past_the_retention_are_not_read_and_then_deleted(engine: Engine) -> None:
    with engine.server() as server:
        server.clock.freeze(NOW_MS)
        logs = server.client("logs")
        where = {"logGroupName": "g", "logStreamName": "s"}
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(**where)
        logs.put_log_events(**where, logEvents=[{"timestamp": NOW_MS, "message": "old"}])
        logs.put_retention_policy(logGroupName="g", retentionInDays=1)
        server.clock.advance(hours=20)
        logs.put_log_events(**where, logEvents=[{"timestamp": NOW_MS + 20 * 3_600_000, "message": "new"}])
        server.clock.advance(hours=4.5)
        assert [each["message"] for each in logs.get_log_events(**where)["events"]] == ["new"]
        server.clock.advance(hours=1)
        eventually(lambda: logs.describe_log_groups()["logGroups"][0]["storedBytes"] == len("new") + 26)
        logs.delete_retention_policy(logGroupName="g")
        assert [each["message"] for each in logs.get_log_events(**where)["events"]] == ["new"]


def told(updates: Iterator[dict[str, Any]], count: int) -> list[str]:
    """So many messages of a live tail."""
    found: list[str] = []
    while len(found) < count:
        found += [each["message"] for each in next(updates)["sessionUpdate"]["sessionResults"]]
    return found


def test_a_live_tail_gets_what_comes_in_and_matches(logs: Any) -> None:
    group = f"tail-{uuid.uuid4().hex[:8]}"
    where = {"logGroupName": group, "logStreamName": "s"}
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(**where)
    now_ms = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["creationTime"]
    logs.put_log_events(**where, logEvents=[{"timestamp": now_ms, "message": "ERROR before"}])
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}"
    stream = logs.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="ERROR")["responseStream"]
    updates = iter(stream)
    assert next(updates)["sessionStart"]["logGroupIdentifiers"] == [arn]
    assert next(updates)["sessionUpdate"]["sessionResults"] == []
    new = [{"timestamp": now_ms, "message": text} for text in ("ERROR one", "fine", "ERROR two")]
    logs.put_log_events(**where, logEvents=new)
    assert told(updates, 2) == ["ERROR one", "ERROR two"]
    stream.close()


def test_a_live_tail_of_a_group_that_is_not_there_is_refused(logs: Any) -> None:
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:none"
    assert refusal(logs.start_live_tail, logGroupIdentifiers=[arn])[0] == "ResourceNotFoundException"


def test_what_was_noted_is_read_at_once_and_in_its_order() -> None:
    async def run() -> list[str]:
        clock = TestClock(frozen_at_ms=NOW_MS)
        groups = LogGroups(MemoryStore(clock), clock)
        reading = LogReading(groups)
        for number in range(50):
            groups.note("a/r", "g", "s", LogEvent(NOW_MS + number // 10, f"{number}"))
            if number == 20:
                assert await reading.groups("a/r", GROUP) == ["g"]
        return [each.message for each in await reading.tail("a/r", "g", "s")]

    assert asyncio.run(run()) == [str(number) for number in range(50)]


@pytest.mark.one_engine("what is asked is who may")
def test_policies_speak_of_groups_and_streams(tmp_path: Path) -> None:
    with StrictServer(tmp_path) as server:
        logs = server.client("logs")
        arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group"
        for name in ("mine", "theirs"):
            logs.create_log_group(logGroupName=name, tags={"team": name})
        writes = allow("logs:CreateLogStream", "logs:PutLogEvents", "logs:FilterLogEvents", on=f"{arn}:mine:*")
        theirs = {"StringEquals": {"aws:ResourceTag/team": "theirs"}}
        tagged = allow("logs:DescribeLogStreams", Condition=theirs)
        user = server.client("logs", **server.user(writes, tagged))
        user.create_log_stream(logGroupName="mine", logStreamName="s")
        assert user.filter_log_events(logGroupName="mine")["events"] == []
        assert user.describe_log_streams(logGroupName="theirs")["logStreams"] == []
        refused = refusal(user.create_log_stream, logGroupName="theirs", logStreamName="s")
        assert refused[0] == "AccessDeniedException"
        assert f"logs:CreateLogStream on resource: {arn}:theirs:log-stream:" in refused[2]
        assert refusal(user.describe_log_streams, logGroupName="mine")[0] == "AccessDeniedException"


def test_a_reader_goes_on_behind_what_is_trimmed_under_its_hands() -> None:
    async def run() -> list[str]:
        clock = TestClock(frozen_at_ms=NOW_MS)
        store = MemoryStore(clock)
        groups = LogGroups(store, clock)
        await groups.put("a/r", "g", "s", [LogEvent(NOW_MS + number, f"{number}") for number in range(900)])
        held = await store.resource(STREAM, "a/r", "g:s")
        assert held is not None
        view = await LogReading(groups).view(read_stream(held))
        await store.trim_records(read_stream(held).log, 701)
        return [each.message for each in await view.read(view.first, view.end)]

    assert asyncio.run(run()) == [str(number) for number in range(700, 900)]
