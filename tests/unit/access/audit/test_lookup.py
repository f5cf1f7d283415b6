"""LookupEvents: which events are found, in which order, page by page."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from chasqui.base.errors import ServiceError
from chasqui.base.principal import root_of
from chasqui.services.cloudtrail import lookup
from chasqui.services.cloudtrail.types import LookupAttribute
from tests.unit.access.audit.support import (
    ACCOUNT,
    CREATE,
    DAY_MS,
    LIST,
    NOON_MS,
    QUEUE_ARN,
    ROOT,
    CreateQueueRequest,
    Scene,
    call_of,
    event,
    stepped,
)

NOON_S = NOON_MS // 1000


def names(found: Any) -> list[str]:
    return [each.EventName for each in found.Events]


def scene_of(count: int) -> Scene:
    """Events 0, 1, …, a second apart."""
    scene = Scene()
    for number in range(count):
        stepped(scene.write(event(operation=str(number))))
        scene.clock.advance(1000)
    return scene


def refusal(scene: Scene, **request: Any) -> str:
    with pytest.raises(ServiceError) as caught:
        stepped(scene.look_up(**request))
    return caught.value.code


def test_nothing_happened_yet() -> None:
    found = stepped(Scene().look_up())

    assert (found.Events, found.NextToken) == ([], None)


def test_an_event_is_told_with_its_record() -> None:
    scene = scene_of(1)

    (only,) = stepped(scene.look_up()).Events or []

    told = msgspec.to_builtins(only)
    record = msgspec.json.decode(told.pop("CloudTrailEvent"))
    assert told == {
        "EventId": record["eventID"],
        "EventName": "0",
        "ReadOnly": "false",
        "AccessKeyId": "AKIABOB",
        "EventTime": NOON_S,
        "EventSource": "sqs.amazonaws.com",
        "Username": "bob",
        "Resources": [
            {"ResourceType": "AWS::SQS::Queue", "ResourceName": "orders"},
            {"ResourceType": "AWS::SQS::Queue", "ResourceName": QUEUE_ARN},
        ],
    }
    assert record["eventName"] == "0"


def test_the_newest_come_first() -> None:
    assert names(stepped(scene_of(3).look_up())) == ["2", "1", "0"]


def test_pages_follow_one_another() -> None:
    scene = scene_of(5)

    first = stepped(scene.look_up(MaxResults=2))
    second = stepped(scene.look_up(MaxResults=2, NextToken=first.NextToken))
    third = stepped(scene.look_up(MaxResults=2, NextToken=second.NextToken))

    assert [names(first), names(second), names(third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert third.NextToken is None


def test_what_happens_between_pages_is_on_neither() -> None:
    scene = scene_of(3)
    first = stepped(scene.look_up(MaxResults=1))
    stepped(scene.write(event(operation="new")))

    second = stepped(scene.look_up(NextToken=first.NextToken))

    assert names(second) == ["1", "0"]


def test_a_page_has_fifty_events() -> None:
    assert len(stepped(scene_of(60).look_up()).Events or []) == 50


def test_times_bound_what_is_found_both_included() -> None:
    found = stepped(scene_of(5).look_up(StartTime=NOON_S + 1, EndTime=NOON_S + 3))

    assert names(found) == ["3", "2", "1"]
    assert found.NextToken is None


def test_an_end_long_ago_is_found_without_reading_all() -> None:
    scene = scene_of(1)
    scene.clock.advance(DAY_MS)
    for _ in range(300):
        stepped(scene.write(event(operation="late")))

    assert names(stepped(scene.look_up(EndTime=NOON_S))) == ["0"]


def test_events_older_than_90_days_are_not_found_even_where_they_are_still_kept() -> None:
    scene = scene_of(1)

    scene.clock.advance(91 * DAY_MS)

    assert names(stepped(scene.look_up())) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("EventName", "Wanted"),
        ("ReadOnly", "true"),
        ("Username", "root"),
        ("ResourceName", "wanted"),
        ("ResourceName", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:wanted"),
        ("ResourceType", "AWS::KMS::Key"),
        ("EventSource", "kms.amazonaws.com"),
        ("AccessKeyId", "AKIAROOT"),
    ],
)
def test_an_attribute_picks_events(key: str, value: str) -> None:
    changed: dict[tuple[str, str], dict[str, Any]] = {
        ("EventName", "Wanted"): {},
        ("ReadOnly", "true"): {"action": LIST},
        ("Username", "root"): {"principal": ROOT},
        ("AccessKeyId", "AKIAROOT"): {"principal": ROOT},
        ("EventSource", "kms.amazonaws.com"): {"service": "kms"},
        ("ResourceType", "AWS::KMS::Key"): {
            "action": msgspec.structs.replace(CREATE, resource=lambda _call, _request: "arn:aws:kms:eu-west-1:1:key/k")
        },
    }
    wanted = changed.get((key, value), {"params": CreateQueueRequest("wanted")})
    scene = Scene()
    stepped(scene.write(event(), event(**{"operation": "Wanted", **wanted}), event()))

    assert stepped(scene.find(key, value)) == ["Wanted"]


def test_an_event_is_found_by_its_id() -> None:
    scene = scene_of(3)
    wanted = (stepped(scene.look_up()).Events or [])[1]

    assert stepped(scene.find("EventId", wanted.EventId or "")) == ["1"]


def test_other_accounts_and_regions_have_other_events() -> None:
    scene = scene_of(2)

    assert stepped(scene.records(call_of(root_of("999999999999")))) == []
    assert stepped(scene.records(call_of(region="us-east-1"))) == []


def test_a_call_looks_at_so_many_records_and_says_where_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_LOOKED_AT_MAX", 400)
    scene = scene_of(1)
    for _ in range(900):
        stepped(scene.write(event(operation="late")))
    wanted = [LookupAttribute("EventName", "0")]

    first = stepped(scene.look_up(LookupAttributes=wanted))
    second = stepped(scene.look_up(LookupAttributes=wanted, NextToken=first.NextToken))
    third = stepped(scene.look_up(LookupAttributes=wanted, NextToken=second.NextToken))

    assert [names(first), names(second), names(third)] == [[], [], ["0"]]
    assert third.NextToken is None


def test_insights_are_never_there() -> None:
    assert names(stepped(scene_of(1).look_up(EventCategory="insight"))) == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"LookupAttributes": [LookupAttribute("EventName", "x")] * 2}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": [LookupAttribute("Colour", "x")]}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": [LookupAttribute("EventName", "")]}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": [LookupAttribute("EventName", "x" * 2001)]}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": [LookupAttribute()]}, "InvalidLookupAttributesException"),
        ({"StartTime": 2.0, "EndTime": 1.0}, "InvalidTimeRangeException"),
        ({"MaxResults": 0}, "InvalidMaxResultsException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"EventCategory": "weather"}, "InvalidEventCategoryException"),
        ({"NextToken": "?"}, "InvalidNextTokenException"),
        ({"NextToken": ""}, "InvalidNextTokenException"),
        ({"NextToken": "\u00e9"}, "InvalidNextTokenException"),
        ({"NextToken": base64.b64encode(b"{}").decode()}, "InvalidNextTokenException"),
    ],
    ids=str,
)
def test_a_wrong_request_is_refused_by_name(request_: dict[str, Any], code: str) -> None:
    assert refusal(scene_of(1), **request_) == code


def test_a_token_is_for_the_request_that_gave_it() -> None:
    scene = scene_of(3)
    token = stepped(scene.look_up(MaxResults=1)).NextToken

    assert refusal(scene, NextToken=token, EndTime=NOON_S + 1.0) == "InvalidNextTokenException"


def test_a_token_of_a_log_that_has_gone_is_refused() -> None:
    scene = scene_of(3)
    token = stepped(scene.look_up(MaxResults=1)).NextToken

    stepped(scene.store.reset())

    assert refusal(scene, NextToken=token) == "InvalidNextTokenException"
