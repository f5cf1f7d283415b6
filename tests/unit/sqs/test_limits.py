"""Limits: messages in flight, tags, purges, names that were used, and what a receive may ask for."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.testing import TestServer
from tests.unit.sqs.conftest import make_queues
from tests.unit.sqs.support import bodies, receive, refusal, send


def test_a_standard_queue_with_too_many_messages_in_flight_is_an_error(strict: Any) -> None:
    url = make_queues(strict)()
    send(strict, url, *"abcd")
    held = receive(strict, url, MaxNumberOfMessages=3)

    told = refusal(strict.receive_message, QueueUrl=url)
    strict.delete_message(QueueUrl=url, ReceiptHandle=held[0]["ReceiptHandle"])

    assert len(held) == 3
    assert told == ("OverLimit", "The maximum number of in flight messages is reached: 3.", 403)
    assert bodies(strict, url) == ["d"]


def test_a_receive_stops_at_the_limit(strict: Any) -> None:
    url = make_queues(strict)()
    send(strict, url, *"abcd")

    assert len(receive(strict, url, MaxNumberOfMessages=10)) == 3


def test_a_fifo_queue_with_too_many_messages_in_flight_gives_none(strict: Any) -> None:
    url = make_queues(strict)(fifo=True, ContentBasedDeduplication="true")
    for body in "abcd":
        send(strict, url, body, MessageGroupId=body)

    assert len(receive(strict, url)) == 3
    assert receive(strict, url) == []


def test_a_message_that_is_visible_again_is_not_in_flight(strict_server: TestServer, strict: Any) -> None:
    strict_server.clock.freeze()
    url = make_queues(strict)()
    send(strict, url, *"abcd")
    receive(strict, url)

    strict_server.clock.advance(30)

    assert len(receive(strict, url)) == 3


# ------------------------------------------------------------------------------------------------------------ tags


def test_a_queue_has_so_many_tags(strict: Any) -> None:
    url = make_queues(strict)()
    strict.tag_queue(QueueUrl=url, Tags={"a": "1", "b": "2", "c": "3"})

    code, message, _ = refusal(strict.tag_queue, QueueUrl=url, Tags={"d": "4"})
    strict.tag_queue(QueueUrl=url, Tags={"c": "again"})

    assert code == "InvalidParameterValueException"
    assert message.startswith("Too many tags added for queue")
    assert strict.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1", "b": "2", "c": "again"}


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"": "x"}, "Tag keys must be between 1 and 128 characters in length."),
        ({"k" * 129: "x"}, "Tag keys must be between 1 and 128 characters in length."),
        ({"k": "x" * 257}, "Tag values must be between 0 and 256 characters in length."),
        ({"AWS:k": "x"}, "Tag keys must not start with the reserved prefix aws:."),
        ({"k!": "x"}, "Tag keys may only contain unicode letters, digits, whitespace, or one of these symbols"),
        ({"k": "x;"}, "Tag values may only contain unicode letters, digits, whitespace, or one of these symbols"),
    ],
)
def test_a_wrong_tag_is_refused(sqs: Any, queue: str, tags: dict[str, str], reason: str) -> None:
    tagged = refusal(sqs.tag_queue, QueueUrl=queue, Tags=tags)
    created = refusal(sqs.create_queue, QueueName="tagged", tags=tags)

    assert tagged == created
    assert tagged[0] == "InvalidParameterValueException"
    assert tagged[1].startswith(reason)


def test_tags_take_letters_of_all_languages_and_case_counts(sqs: Any, queue: str) -> None:
    tags = {"Équipe": "注文 _.:/=+-@", "équipe": "", "k" * 128: "v" * 256}

    sqs.tag_queue(QueueUrl=queue, Tags=tags)
    sqs.untag_queue(QueueUrl=queue, TagKeys=["missing"])

    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == tags


def test_tags_are_asked_for(sqs: Any, queue: str) -> None:
    assert refusal(sqs.tag_queue, QueueUrl=queue)[1] == "The request must contain the parameter Tags."
    assert refusal(sqs.untag_queue, QueueUrl=queue)[0] == "InvalidParameterValueException"


# -------------------------------------------------------------------------------------------------- sixty seconds


def test_a_queue_is_purged_once_a_minute(strict_server: TestServer, strict: Any) -> None:
    strict_server.clock.freeze()
    url = strict.create_queue(QueueName="purged")["QueueUrl"]
    strict.purge_queue(QueueUrl=url)
    strict_server.clock.advance(59)

    told = refusal(strict.purge_queue, QueueUrl=url)
    strict_server.clock.advance(1)
    strict.purge_queue(QueueUrl=url)

    words = "Only one PurgeQueue operation on purged is allowed every 60 seconds."
    assert told == ("PurgeQueueInProgress", words, 403)


def test_a_deleted_queues_name_is_free_after_a_minute(strict_server: TestServer, strict: Any) -> None:
    strict_server.clock.freeze()
    url = strict.create_queue(QueueName="reused")["QueueUrl"]
    strict.delete_queue(QueueUrl=url)
    strict_server.clock.advance(59)

    told = refusal(strict.create_queue, QueueName="reused")
    strict_server.clock.advance(1)
    strict.create_queue(QueueName="reused")
    strict.delete_queue(QueueUrl=url)

    words = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    assert told == ("QueueDeletedRecently", words, 400)
    assert refusal(strict.create_queue, QueueName="reused") == told


def test_neither_minute_is_waited_for_unless_asked(sqs: Any, queue: str) -> None:
    sqs.purge_queue(QueueUrl=queue)
    sqs.purge_queue(QueueUrl=queue)
    sqs.delete_queue(QueueUrl=queue)

    assert sqs.create_queue(QueueName=queue.rpartition("/")[2])["QueueUrl"] == queue


# --------------------------------------------------------------------------------------------------------- receives


@pytest.mark.parametrize(
    ("parameter", "value", "reason"),
    [
        ("MaxNumberOfMessages", 0, "Must be between 1 and 10, if provided."),
        ("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided."),
        ("VisibilityTimeout", -1, "Must be >= 0 and <= 43200, if provided."),
        ("VisibilityTimeout", 43_201, "Must be >= 0 and <= 43200, if provided."),
        ("WaitTimeSeconds", -1, "Must be >= 0 and <= 20, if provided."),
        ("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
    ],
)
def test_a_receives_numbers_have_ranges(sqs: Any, queue: str, parameter: str, value: int, reason: str) -> None:
    told = refusal(sqs.receive_message, QueueUrl=queue, **{parameter: value})

    words = f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    assert told == ("InvalidParameterValueException", words, 400)


@pytest.mark.parametrize("parameter", ["AttributeNames", "MessageSystemAttributeNames"])
def test_an_unknown_system_attribute_can_not_be_asked_for(sqs: Any, queue: str, parameter: str) -> None:
    told = refusal(sqs.receive_message, QueueUrl=queue, **{parameter: ["SenderId", "Colour"]})

    assert told == ("InvalidAttributeName", "Unknown Attribute Colour.", 400)


def test_a_delay_is_of_at_most_fifteen_minutes(sqs: Any, queue: str) -> None:
    told = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x", DelaySeconds=901)

    words = "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
    assert told == ("InvalidParameterValueException", words, 400)


# ------------------------------------------------------------------------------------------------------------ pages


def test_pages_go_on_where_the_last_one_ended(sqs: Any) -> None:
    urls = [sqs.create_queue(QueueName=f"page-{number}")["QueueUrl"] for number in range(5)]

    first = sqs.list_queues(QueueNamePrefix="page-", MaxResults=2)
    sqs.delete_queue(QueueUrl=urls[1])
    second = sqs.list_queues(QueueNamePrefix="page-", MaxResults=2, NextToken=first["NextToken"])
    third = sqs.list_queues(QueueNamePrefix="page-", MaxResults=2, NextToken=second["NextToken"])

    assert first["QueueUrls"] + second["QueueUrls"] + third["QueueUrls"] == urls
    assert "NextToken" not in third


def test_without_a_page_size_there_is_no_token(sqs: Any) -> None:
    for number in range(3):
        sqs.create_queue(QueueName=f"page-{number}")

    answer = sqs.list_queues()

    assert len(answer["QueueUrls"]) == 3
    assert "NextToken" not in answer


def test_no_queues_is_an_answer_without_a_list(sqs: Any, queue: str) -> None:
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="nothing-like-it")
    assert "queueUrls" not in sqs.list_dead_letter_source_queues(QueueUrl=queue)


@pytest.mark.parametrize("operation", ["list_queues", "list_dead_letter_source_queues"])
@pytest.mark.parametrize("options", [{"MaxResults": 0}, {"MaxResults": 1001}, {"MaxResults": 1, "NextToken": "?"}])
def test_a_wrong_page_is_refused(sqs: Any, queue: str, operation: str, options: dict[str, Any]) -> None:
    of = {} if operation == "list_queues" else {"QueueUrl": queue}

    assert refusal(getattr(sqs, operation), **of, **options)[0] == "InvalidParameterValueException"
