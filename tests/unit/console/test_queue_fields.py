"""A queue's form: from what was typed to what SQS is told, and back."""

from __future__ import annotations

import json

import pytest

from chasqui.console.forms import Form
from chasqui.console.policy_checks import principal_of
from chasqui.console.queues import fields
from chasqui.console.queues.words import allowing, principals_of, told_of

ARN = "arn:aws:sqs:us-east-1:000000000000:queue"
RETENTION = next(each for each in fields.MEASURES if each.attribute == "MessageRetentionPeriod")


def form(**values: str) -> Form:
    return Form({name: [value] for name, value in values.items()})


@pytest.mark.parametrize(
    ("value", "number", "unit"),
    [("345600", "4", "86400"), ("90", "90", "1"), ("0", "0", "1"), ("7200", "2", "3600"), ("x", "x", "1")],
)
def test_a_value_is_shown_in_its_largest_whole_unit(value: str, number: str, unit: str) -> None:
    assert fields.spread(RETENTION, value) == (number, unit)


def test_what_is_typed_is_multiplied_by_its_unit() -> None:
    typed = form(MessageRetentionPeriod="2", MessageRetentionPeriod_unit="86400")

    assert fields.gathered(typed, RETENTION) == "172800"


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "two", "9" * 30, "²"])
def test_what_is_no_number_is_sent_as_it_was_typed(typed: str) -> None:
    given = form(MessageRetentionPeriod=typed, MessageRetentionPeriod_unit="60")

    assert fields.gathered(given, RETENTION) == typed


def test_a_new_queue_as_the_form_offers_it_needs_no_attributes() -> None:
    wanted = fields.attributes_of(fields.blank(), fifo=False, dead_letter_arn="")

    assert fields.of_new_queue(wanted) == {}


def test_a_form_that_nobody_touched_changes_nothing() -> None:
    attributes = {
        **{each.attribute: str(each.default) for each in fields.MEASURES},
        "KmsMasterKeyId": "alias/shop",
        "KmsDataKeyReusePeriodSeconds": "300",
        "SqsManagedSseEnabled": "false",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": ARN, "maxReceiveCount": "3"}),
        "RedriveAllowPolicy": json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [ARN]}),
    }
    wanted = fields.attributes_of(fields.filled(attributes, fifo=False), fifo=False, dead_letter_arn=ARN)

    assert fields.changes(attributes, wanted) == {}


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ("sse-sqs", {"SqsManagedSseEnabled": "true"}),
        ("none", {"KmsMasterKeyId": ""}),
        ("sse-kms", {}),
    ],
)
def test_encryption_is_changed_by_what_sqs_wants_to_hear(chosen: str, told: dict[str, str]) -> None:
    old = {"KmsMasterKeyId": "alias/shop", "KmsDataKeyReusePeriodSeconds": "300", "SqsManagedSseEnabled": "false"}
    shown = Form({**{name: [value] for name, value in fields.filled(old, fifo=False).items()}, "encryption": [chosen]})
    kept = {**{each.attribute: str(each.default) for each in fields.MEASURES}, **old}

    wanted = fields.attributes_of(shown, fifo=False, dead_letter_arn="")

    assert fields.changes(kept, wanted) == told


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("Invalid value for the parameter DelaySeconds.", "DelaySeconds"),
        ("Value {} for parameter RedrivePolicy is invalid. Reason: …", "RedrivePolicy"),
        ("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length", "QueueName"),
        ("Value parameter Evil for parameter RedriveAllowPolicy is invalid.", ""),
        ("Something else is wrong.", ""),
    ],
)
def test_an_error_is_shown_beside_the_field_that_it_names(message: str, field: str) -> None:
    assert fields.field_of(message) == field


@pytest.mark.parametrize(("name", "whole"), [("a", "a.fifo"), ("a.fifo", "a.fifo"), ("", "")])
def test_names_of_fifo_queues_get_their_ending(name: str, whole: str) -> None:
    assert fields.full_name(name, fifo=True) == whole


def test_principals_are_sorted_by_what_they_are() -> None:
    assert principals_of(["111122223333", "s3.amazonaws.com"]) == {
        "AWS": ["111122223333"],
        "Service": ["s3.amazonaws.com"],
    }
    assert principals_of(["111122223333", "*"]) == "*"


def _policy(**changes: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": allowing("one", ["*"], ["sqs:*"], ARN) | changes})


@pytest.mark.parametrize(
    ("changes", "opened"),
    [
        ({}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Effect": "Deny"}, False),
        ({"Principal": {"AWS": "111122223333"}}, False),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
    ],
)
def test_a_statement_is_open_when_nothing_says_who_calls(changes: dict[str, object], opened: bool) -> None:
    (told,) = told_of(_policy(**changes))

    assert told.open is opened


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"Statement": "x"}', '{"Statement": [1]}', "[" * 100_000])
def test_what_is_no_policy_has_no_statements(text: str) -> None:
    assert told_of(text) == []


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("111122223333", "root"),
        ("arn:aws:iam::111122223333:root", "root"),
        ("arn:aws:iam::111122223333:user/ana", "user"),
        ("arn:aws:iam::111122223333:role/worker", "role"),
        ("sns.amazonaws.com", "service"),
        ("*", "anonymous"),
    ],
)
def test_whom_people_mean(who: str, kind: str) -> None:
    principal = principal_of(who)

    assert principal is not None
    assert principal.kind == kind


@pytest.mark.parametrize("who", ["ana", "arn:aws:sqs:us-east-1:111122223333:queue", "arn:aws:iam::12:root", ""])
def test_what_nobody_can_be_is_nobody(who: str) -> None:
    assert principal_of(who) is None
