"""Q5: edit, purge, delete, tag, list with pagination, counts."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_q5_edited_attributes_are_shown(sqs: Any, queue: str) -> None:
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "77", "DelaySeconds": "3"})

    shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]

    assert shown["VisibilityTimeout"] == "77"
    assert shown["DelaySeconds"] == "3"


def test_q5_a_purged_queue_is_empty_in_flight_messages_included(sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="one")
    sqs.send_message(QueueUrl=queue, MessageBody="two")
    handle = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"][0]["ReceiptHandle"]

    sqs.purge_queue(QueueUrl=queue)

    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "0"


def test_q5_a_deleted_queue_is_gone_and_its_name_free(sqs: Any, queue: str, name: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="lost")
    sqs.delete_queue(QueueUrl=queue)

    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=queue, MessageBody="nobody")
    assert sqs.create_queue(QueueName=name)["QueueUrl"] == queue
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_q5_tags_are_added_replaced_and_removed(sqs: Any, queue: str) -> None:
    sqs.tag_queue(QueueUrl=queue, Tags={"team": "orders", "stage": "test"})
    sqs.tag_queue(QueueUrl=queue, Tags={"stage": "prod", "empty": ""})
    sqs.untag_queue(QueueUrl=queue, TagKeys=["team"])

    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"stage": "prod", "empty": ""}


def test_q5_queues_are_listed_by_prefix_in_pages(sqs: Any, name: str) -> None:
    urls = [sqs.create_queue(QueueName=f"{name}-{number}")["QueueUrl"] for number in range(5)]

    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=name, PaginationConfig={"PageSize": 2})
    listed = [page.get("QueueUrls", []) for page in pages]

    assert [url for page in listed for url in page] == urls
    assert [len(page) for page in listed] == [2, 2, 1]


def test_q5_counts_tell_visible_in_flight_and_delayed(sqs: Any, queue: str) -> None:
    for number in range(3):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=600)
    sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1)

    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]

    assert counts["ApproximateNumberOfMessages"] == "2"
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"
    assert counts["ApproximateNumberOfMessagesDelayed"] == "1"


def test_q5_creating_it_again_gives_the_same_queue_unless_attributes_differ(sqs: Any, name: str) -> None:
    first = sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "5"})["QueueUrl"]

    assert sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "5"})["QueueUrl"] == first
    assert sqs.create_queue(QueueName=name)["QueueUrl"] == first
    with pytest.raises(ClientError, match="different value for attribute DelaySeconds"):
        sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "6"})
