"""What a notification configuration may say."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.services.s3.notifications.rules import checked, rules_of
from chasqui.services.s3.types import (
    EventBridgeConfiguration,
    FilterRule,
    LambdaFunctionConfiguration,
    NotificationConfiguration,
    NotificationConfigurationFilter,
    QueueConfiguration,
    S3KeyFilter,
)

REGION = "us-east-1"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"
CREATED, PUT, REMOVED = "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:*"


def rule(*events: str, arn: str | None = QUEUE, id: str | None = None, **filters: str) -> QueueConfiguration:
    rules = [FilterRule(name, value) for name, value in filters.items()]
    given = NotificationConfigurationFilter(S3KeyFilter(rules)) if rules else None
    return QueueConfiguration(id, arn, list(events), given)


def put(*rules: Any) -> NotificationConfiguration:
    return checked(NotificationConfiguration(QueueConfigurations=list(rules)), REGION)


def refused(*rules: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        put(*rules)
    return caught.value


def test_rules_without_an_id_get_one_each() -> None:
    one, other = rules_of(put(rule(CREATED), rule(REMOVED)))
    assert one.id
    assert other.id
    assert one.id != other.id


def test_two_rules_must_not_have_one_id() -> None:
    error = refused(rule(CREATED, id="a"), rule(REMOVED, id="a"))
    assert error.message == "Same ID used for multiple configurations. IDs must be unique."


def test_names_of_filters_are_read_in_any_case() -> None:
    (found,) = rules_of(put(rule(CREATED, PREFIX="in/", suffix=".jpg")))
    assert (found.prefix, found.suffix) == ("in/", ".jpg")


@pytest.mark.parametrize(
    ("wrong", "message", "fields"),
    [
        (
            rule(CREATED, other="x"),
            "filter rule name must be either prefix or suffix",
            {"ArgumentName": "FilterRule.Name", "ArgumentValue": "other"},
        ),
        (
            rule(CREATED, prefix="x", Prefix="y"),
            "Cannot specify more than one prefix rule in a filter.",
            {"ArgumentName": "FilterRule.Name", "ArgumentValue": "Prefix"},
        ),
        (
            rule("s3:ObjectCreated"),
            "A specified event is not supported for notifications.",
            {"ArgumentName": "Event", "ArgumentValue": "s3:ObjectCreated"},
        ),
        (
            rule(CREATED, arn="invalid-queue"),
            "The ARN could not be parsed",
            {"ArgumentName": "Queue", "ArgumentValue": "invalid-queue"},
        ),
        (
            rule(CREATED, arn="arn:aws:sns:us-east-1:000000000000:t"),
            "The ARN is not well formed",
            {"ArgumentName": "Queue", "ArgumentValue": "arn:aws:sns:us-east-1:000000000000:t"},
        ),
        (
            rule(CREATED, arn="arn:aws:sqs:eu-west-1:000000000000:q"),
            "The notification destination service region is not valid for the bucket location constraint",
            {"ArgumentName": "Queue", "ArgumentValue": "arn:aws:sqs:eu-west-1:000000000000:q"},
        ),
    ],
)
def test_what_a_rule_may_not_say_is_named(wrong: QueueConfiguration, message: str, fields: dict[str, str]) -> None:
    error = refused(wrong)
    assert (error.code, error.status, error.message, error.fields) == ("InvalidArgument", 400, message, fields)


def test_filters_of_more_than_1024_bytes_are_refused() -> None:
    put(rule(CREATED, prefix="é" * 512))
    assert "cannot exceed 1024 bytes" in refused(rule(CREATED, prefix="é" * 513)).message


@pytest.mark.parametrize("wrong", [rule(), rule(CREATED, arn=None)])
def test_a_rule_without_events_or_a_destination_is_malformed(wrong: QueueConfiguration) -> None:
    assert refused(wrong).code == "MalformedXML"


def test_rules_without_filters_must_not_share_an_event() -> None:
    error = refused(rule(CREATED), rule(PUT))
    assert error.message == (
        "Configurations overlap. Configurations on the same bucket cannot share a common event type."
    )
    assert error.fields == {"ArgumentName": "Event", "ArgumentValue": f"{CREATED}, {PUT}"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"prefix": "in/"}),
        ({"prefix": "in/"}, {"prefix": "in/a/"}),
        ({"suffix": ".jpg"}, {"suffix": "g"}),
        ({"prefix": "a"}, {"suffix": ".jpg"}),
        ({"prefix": "a", "suffix": ".jpg"}, {"prefix": "ab", "suffix": "x.jpg"}),
    ],
)
def test_filters_that_one_key_may_meet_are_ambiguous(one: dict[str, str], other: dict[str, str]) -> None:
    assert refused(rule(CREATED, **one), rule(PUT, **other)).message.startswith("Configuration is ambiguously defined")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"prefix": "a/"}, {"prefix": "b/"}),
        ({"suffix": ".jpg"}, {"suffix": ".png"}),
        ({"prefix": "a", "suffix": ".jpg"}, {"prefix": "ab", "suffix": ".png"}),
    ],
)
def test_filters_that_no_key_meets_both_of_are_taken(one: dict[str, str], other: dict[str, str]) -> None:
    assert len(list(rules_of(put(rule(CREATED, **one), rule(CREATED, **other))))) == 2


def test_rules_of_different_events_may_have_any_filters() -> None:
    assert len(list(rules_of(put(rule(CREATED), rule(REMOVED, prefix="a"))))) == 2


def test_queues_and_functions_are_held_apart_like_queues_among_themselves() -> None:
    function = LambdaFunctionConfiguration(None, "arn:aws:lambda:us-east-1:000000000000:function:f:live", [CREATED])
    both = NotificationConfiguration(QueueConfigurations=[rule(CREATED)], LambdaFunctionConfigurations=[function])
    with pytest.raises(ServiceError, match="Configurations overlap"):
        checked(both, REGION)


def test_an_event_bus_is_refused_until_there_is_one() -> None:
    with pytest.raises(ServiceError) as caught:
        checked(NotificationConfiguration(EventBridgeConfiguration=EventBridgeConfiguration()), REGION)
    assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)
