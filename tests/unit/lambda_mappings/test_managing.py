"""CreateEventSourceMapping and the others: what is shown, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.lambda_mappings.conftest import World

ECHO = "def handler(event, context):\n    return None\n"

pytestmark = pytest.mark.one_engine("documents are the store's")


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_mapping_is_shown_as_it_was_made(world: World) -> None:
    _, arn = world.queue()
    name = world.function(ECHO)

    made = world.functions.create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn, BatchSize=5, ScalingConfig={"MaximumConcurrency": 7}, Enabled=False
    )
    shown = world.functions.get_event_source_mapping(UUID=made["UUID"])

    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert (made["State"], shown["State"]) == ("Creating", "Disabled")
    assert shown["FunctionArn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    assert shown["EventSourceArn"] == arn
    assert (shown["BatchSize"], shown["MaximumBatchingWindowInSeconds"]) == (5, 0)
    assert shown["ScalingConfig"] == {"MaximumConcurrency": 7}
    assert shown["StateTransitionReason"] == "USER_INITIATED"
    assert shown["EventSourceMappingArn"].endswith(f":event-source-mapping:{made['UUID']}")


def test_mappings_are_listed_by_function_and_by_queue(world: World) -> None:
    _, first = world.queue()
    _, second = world.queue()
    name, other = world.function(ECHO), world.function(ECHO)
    ids = [
        world.functions.create_event_source_mapping(FunctionName=function, EventSourceArn=arn)["UUID"]
        for function, arn in ((name, first), (name, second), (other, second))
    ]

    def listed(**wanted: str) -> set[str]:
        pages = world.functions.get_paginator("list_event_source_mappings").paginate(
            **wanted, PaginationConfig={"PageSize": 1}
        )
        return {each["UUID"] for page in pages for each in page["EventSourceMappings"]}

    assert listed(FunctionName=name) == set(ids[:2])
    assert listed(EventSourceArn=second) == set(ids[1:])


def test_a_queue_feeds_a_function_once(world: World) -> None:
    _, arn = world.queue()
    name = world.function(ECHO)
    made = world.functions.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)

    code, message = refusal(world.functions.create_event_source_mapping, FunctionName=name, EventSourceArn=arn)

    assert code == "ResourceConflictException"
    assert message == (
        f'An event source mapping with SQS arn (" {arn} ") and function (" {name} ") already exists. Please update or'
        f" delete the existing mapping with UUID {made['UUID']}"
    )


def test_a_deleted_mapping_is_gone(world: World) -> None:
    _, arn = world.queue()
    made = world.functions.create_event_source_mapping(FunctionName=world.function(ECHO), EventSourceArn=arn)

    assert world.functions.delete_event_source_mapping(UUID=made["UUID"])["State"] == "Deleting"

    assert refusal(world.functions.get_event_source_mapping, UUID=made["UUID"]) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


def test_a_queue_must_hide_messages_for_as_long_as_the_function_runs(world: World) -> None:
    _, arn = world.queue(VisibilityTimeout="30")
    name = world.function(ECHO, Timeout=60)

    assert refusal(world.functions.create_event_source_mapping, FunctionName=name, EventSourceArn=arn) == (
        "InvalidParameterValueException",
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern definition."),
        ({"StartingPosition": "LATEST"}, "StartingPosition is not valid for SQS event sources."),
    ],
)
def test_what_does_not_go_with_a_queue_is_refused(world: World, options: dict[str, Any], message: str) -> None:
    _, arn = world.queue()

    code, told = refusal(
        world.functions.create_event_source_mapping, FunctionName=world.function(ECHO), EventSourceArn=arn, **options
    )

    assert code == "InvalidParameterValueException"
    assert told.startswith(message)


def test_there_must_be_a_queue_and_a_function(world: World) -> None:
    _, arn = world.queue()
    create = world.functions.create_event_source_mapping

    assert refusal(create, FunctionName="nowhere", EventSourceArn=arn)[0] == "ResourceNotFoundException"
    code, message = refusal(create, FunctionName=world.function(ECHO), EventSourceArn=f"{arn}-not")
    assert code == "InvalidParameterValueException"
    assert "NonExistentQueue" in message


def test_sources_that_are_not_here_are_refused(world: World) -> None:
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

    code, _ = refusal(
        world.functions.create_event_source_mapping,
        FunctionName=world.function(ECHO),
        EventSourceArn=arn,
        StartingPosition="LATEST",
    )

    assert code == "InvalidParameterValueException"
