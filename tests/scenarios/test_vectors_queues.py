"""Plays of the recorded cases about queues: attributes, tags, permissions, purge, dead letters, moves.

Cases that CloudFormation caused on AWS are played by the calls that it makes; what is compared is what SQS then shows.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.clients.programs import QueryError
from tests.scenarios.test_vectors_stage import Stage, plays
from tests.support import eventually

POLICY_ACTIONS = ["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"]


@plays("test_create_standard_queue_with_required_properties")
def standard_queue(stage: Stage) -> dict[str, Any]:
    return {"attributes": stage.attributes(stage.queue())}


@plays("test_create_fifo_queue_with_required_properties")
def fifo_queue(stage: Stage) -> dict[str, Any]:
    return {"attributes": stage.attributes(stage.queue(fifo=True))}


@plays("test_update_standard_queue_add_properties_with_replacement")
def a_queue_is_replaced(stage: Stage) -> dict[str, Any]:
    dead = stage.sqs.create_queue(QueueName="dead")["QueueUrl"]
    stage.sqs.create_queue(QueueName="before")
    attributes = {
        "DelaySeconds": "15",
        "MaximumMessageSize": "4444",
        "MessageRetentionPeriod": "17777",
        "ReceiveMessageWaitTimeSeconds": "14",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": stage.arn(dead), "maxReceiveCount": 4}),
        "VisibilityTimeout": "35",
    }
    tags = {"Department": "Marketing", "Environment": "Pre-Test"}
    name = "MyStandardQueueWithADifferentName"
    url = stage.sqs.create_queue(QueueName=name, Attributes=attributes, tags=tags)["QueueUrl"]
    stage.sqs.delete_queue(QueueUrl=stage.sqs.get_queue_url(QueueName="before")["QueueUrl"])
    return {
        "updated_attributes": stage.attributes(url),
        "updated_tags": stage.sqs.list_queue_tags(QueueUrl=url),
        "error": stage.attempt("get_queue_url", QueueName="before"),
    }


@plays("test_update_standard_queue_remove_some_properties")
def properties_are_removed(stage: Stage) -> dict[str, Any]:
    dead = stage.queue()
    policy = json.dumps({"deadLetterTargetArn": stage.arn(dead), "maxReceiveCount": 7})
    url = stage.queue(DelaySeconds="17", RedrivePolicy=policy, VisibilityTimeout="43", MessageRetentionPeriod="60")
    stage.sqs.tag_queue(QueueUrl=url, Tags={"Environment": "Pre-Production", "Department": "Sales"})
    attributes = {"MaximumMessageSize": "262144", "MessageRetentionPeriod": "345600", "SqsManagedSseEnabled": "false"}
    stage.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    stage.sqs.untag_queue(QueueUrl=url, TagKeys=["Department"])
    return {"updated_attributes": stage.attributes(url), "updated_tags": stage.sqs.list_queue_tags(QueueUrl=url)}


@plays("test_update_completely_remove_resource")
def a_deleted_queue_is_not_found(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    stage.sqs.delete_queue(QueueUrl=url)
    return {"error": stage.attempt("get_queue_attributes", QueueUrl=url, AttributeNames=["All"])}


@plays("test_update_standard_queue_without_explicit_name")
def attributes_are_updated(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    attributes = {
        "MaximumMessageSize": "4321",
        "MessageRetentionPeriod": "17539",
        "ReceiveMessageWaitTimeSeconds": "17",
    }
    stage.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    return {"updated_attributes": stage.attributes(url)}


@plays("test_update_fifo_queue_remove_all_properties_except_queuename")
def fifo_properties_are_removed(stage: Stage) -> dict[str, Any]:
    high = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    url = stage.queue(fifo=True, ContentBasedDeduplication="true", VisibilityTimeout="45", **high)
    attributes = {
        "ContentBasedDeduplication": "false",
        "MaximumMessageSize": "262144",
        "SqsManagedSseEnabled": "false",
        "VisibilityTimeout": "30",
    }
    stage.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    return {"updated_attributes": stage.attributes(url), "updated_tags": stage.sqs.list_queue_tags(QueueUrl=url)}


def set_policy(stage: Stage, url: str, *more_actions: str) -> dict[str, Any]:
    statement = {
        "Action": [*POLICY_ACTIONS, *more_actions],
        "Effect": "Allow",
        "Principal": "*",
        "Resource": stage.arn(url),
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    stage.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return stage.attributes(url, "Policy")


@plays("test_create_sqs_with_inlinepolicy", "test_sqs_queue_policy")
def a_policy_is_shown(stage: Stage) -> dict[str, Any]:
    return {"policy": set_policy(stage, stage.queue())}


@plays("test_update_sqs_remove_inlinepolicy")
def a_policy_is_removed(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    before = set_policy(stage, url)
    stage.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    return {"policy_before": before, "policy_after": stage.attributes(url, "Policy")}


@plays("test_update_sqs_queuepolicy")
def a_policy_is_changed(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    first = set_policy(stage, url)["Attributes"]["Policy"]
    return {"policy1": first, "policy2": set_policy(stage, url, "sqs:DeleteMessage")["Attributes"]["Policy"]}


@plays("test_update_remove_two_queues_from_policy")
def two_queues_lose_their_policy(stage: Stage) -> dict[str, Any]:
    # All three statements named one resource; here it is the first queue's.
    urls = [stage.queue() for _ in range(3)]
    more = "sqs:ChangeMessageVisibility"
    policy = set_policy(stage, urls[0], more)["Attributes"]["Policy"]
    for url in urls[1:]:
        stage.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    answers = {f"queue_{n}_before": stage.attributes(url, "Policy") for n, url in enumerate(urls, 1)}
    set_policy(stage, urls[0])
    for url in urls[1:]:
        stage.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    return answers | {f"queue_{n}_after": stage.attributes(url, "Policy") for n, url in enumerate(urls, 1)}


@plays("test_tag_untag_queue")
def tags(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    stage.sqs.tag_queue(QueueUrl=url, Tags={"tag1": "value1", "tag2": "value2", "tag3": ""})
    answers = {"get-tag-1": stage.sqs.list_queue_tags(QueueUrl=url)}
    stage.sqs.untag_queue(QueueUrl=url, TagKeys=["tag1", "tag3"])
    answers["get-tag-2"] = stage.sqs.list_queue_tags(QueueUrl=url)
    stage.sqs.untag_queue(QueueUrl=url, TagKeys=["tag2"])
    return answers | {"get-tag-after-untag": stage.sqs.list_queue_tags(QueueUrl=url)}


@plays("test_create_fifo_queue_with_different_attributes_raises_error")
def the_same_name_with_other_attributes(stage: Stage) -> dict[str, Any]:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    stage.sqs.create_queue(QueueName="same.fifo", Attributes=attributes)
    attributes["ContentBasedDeduplication"] = "false"
    return {"queue-already-exists": stage.attempt("create_queue", QueueName="same.fifo", Attributes=attributes)}


def set_type(stage: Stage, url: str, value: str) -> dict[str, Any]:
    return stage.attempt("set_queue_attributes", QueueUrl=url, Attributes={"FifoQueue": value})


@plays("test_set_unsupported_attribute_fifo")
def the_type_of_a_fifo_queue_stays(stage: Stage) -> dict[str, Any]:
    url = stage.queue(fifo=True)
    stage.sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "true"})
    return {
        "invalid-attr-name-1": set_type(stage, stage.queue(), "true"),
        "invalid-attr-name-2": set_type(stage, url, "false"),
    }


@plays("test_set_unsupported_attribute_standard")
def the_type_of_a_standard_queue_stays(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    return {f"invalid-attr-name-{n}": set_type(stage, url, value) for n, value in ((1, "true"), (2, "false"))}


@plays("test_invalid_dead_letter_arn_rejected_before_lookup")
def a_dead_letter_queue_that_is_no_arn(stage: Stage) -> dict[str, Any]:
    """Nothing was recorded but that it is refused."""
    policy = json.dumps({"deadLetterTargetArn": "dummy", "maxReceiveCount": 42})
    with pytest.raises((ClientError, QueryError), match="InvalidParameterValue"):
        stage.queue(RedrivePolicy=policy)
    return {}


@plays("test_set_empty_redrive_policy")
def an_empty_redrive_policy_removes(stage: Stage) -> dict[str, Any]:
    source, _ = stage.with_dead_letters()
    assert "RedrivePolicy" in stage.attributes(source)["Attributes"]
    stage.sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in stage.attributes(source)["Attributes"]
    return {}


@plays("test_successive_purge_calls_fail")
def two_purges(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    stage.sqs.purge_queue(QueueUrl=url)
    return {"purge_queue_error": stage.attempt("purge_queue", QueueUrl=url)}


@plays("test_sse_queue_attributes")
def encryption(stage: Stage) -> dict[str, Any]:
    url, other = stage.queue(), stage.queue()
    stage.sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"}
    )
    stage.sqs.set_queue_attributes(QueueUrl=other, Attributes={"SqsManagedSseEnabled": "true"})
    names = ("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled")
    return {"sse_kms_attributes": stage.attributes(url, *names), "sse_sqs_attributes": stage.attributes(other, *names)}


@plays("test_set_queue_attributes_default_values")
def back_to_the_defaults(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    answers = {"get-queue-attributes-initial-values": stage.attributes(url)}
    kms = {"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000"}
    stage.sqs.set_queue_attributes(QueueUrl=url, Attributes=kms)
    answers["get-queue-attributes-after-update"] = stage.attributes(url)
    defaults = {
        "DelaySeconds": "0",
        "KmsMasterKeyId": "",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "Policy": "",
        "ReceiveMessageWaitTimeSeconds": "0",
        "RedriveAllowPolicy": "",
        "RedrivePolicy": "",
        "VisibilityTimeout": "30",
    }
    stage.sqs.set_queue_attributes(QueueUrl=url, Attributes=defaults)
    return answers | {"get-queue-attributes-after-set-to-defaults": stage.attributes(url)}


@plays("test_sqs_permission_lifecycle")
def permissions(stage: Stage) -> dict[str, Any]:
    url = stage.queue()
    label, second = "crossaccountpermission", "crossaccountpermission2"

    def add(label: str, *accounts: str) -> dict[str, Any]:
        return stage.attempt(
            "add_permission", QueueUrl=url, Label=label, AWSAccountIds=list(accounts), Actions=["ReceiveMessage"]
        )

    def remove(label: str) -> dict[str, Any]:
        return stage.attempt("remove_permission", QueueUrl=url, Label=label)

    ours, theirs, prefix = "000000000000", "668614515564", "get-queue-policy-attribute"
    answers = {"add-permission-response": add(label, theirs, ours), prefix: stage.attributes(url, "Policy")}
    answers["remove-permission-response"] = remove(label)
    answers[f"{prefix}-after-removal"] = stage.attributes(url, "Policy")
    add(label, ours)
    answers[f"{prefix}-first-account-same-label"] = stage.attributes(url, "Policy")
    answers[f"{prefix}-second-account-same-label"] = add(label, theirs)
    add(second, ours)
    answers[f"{prefix}-second-account-different-label"] = stage.attributes(url, "Policy")
    remove(label)
    answers[f"{prefix}-delete-first-permission"] = stage.attributes(url, "Policy")
    remove(second)
    answers[f"{prefix}-delete-second-permission"] = stage.attributes(url, "Policy")
    return answers | {f"{prefix}-delete-non-existent-label": remove(second)}


# ---------------------------------------------------------------------------------------------------------- moves


@plays("test_source_needs_redrive_policy")
def a_move_out_of_a_plain_queue(stage: Stage) -> dict[str, Any]:
    arns = [stage.arn(stage.queue()) for _ in range(2)]
    return {"error": stage.attempt("start_message_move_task", SourceArn=arns[0], DestinationArn=arns[1])}


@plays("test_cancel_with_invalid_task_handle")
def a_handle_that_is_none(stage: Stage) -> dict[str, Any]:
    return {"error": stage.attempt("cancel_message_move_task", TaskHandle="foobared")}


@plays("test_cancel_with_invalid_source_arn_in_task_handle")
def a_handle_of_no_queue(stage: Stage) -> dict[str, Any]:
    named = {
        "taskId": "10f57157-fc38-4da9-a113-4de7e12d05dd",
        "sourceArn": "arn:aws:sqs:us-east-1:878966065785:missing",
    }
    handle = base64.b64encode(json.dumps(named).encode()).decode()
    return {"error": stage.attempt("cancel_message_move_task", TaskHandle=handle)}


def fill_dead_letters(stage: Stage, source: str, count: int) -> None:
    stage.send(source, *(f"message-{number}" for number in range(count)))
    for _ in range(2 * count):
        stage.receive(source, VisibilityTimeout=0)


@plays("test_move_task_with_throughput_limit")
def a_slow_move(stage: Stage) -> dict[str, Any]:
    source, dead = stage.with_dead_letters()
    fill_dead_letters(stage, source, 4)
    other, started = stage.queue(), time.monotonic()
    answer = stage.attempt(
        "start_message_move_task",
        SourceArn=stage.arn(dead),
        DestinationArn=stage.arn(other),
        MaxNumberOfMessagesPerSecond=2,
    )
    eventually(lambda: depth(stage, other) == 4)
    # The recorded one moved one a second; the first goes at once.
    assert time.monotonic() - started >= 1.4
    return {"start-message-move-task-response": answer}


def depth(stage: Stage, url: str) -> int:
    return int(stage.attributes(url, "ApproximateNumberOfMessages")["Attributes"]["ApproximateNumberOfMessages"])


@plays("test_move_task_cancel")
def a_cancelled_move(stage: Stage) -> dict[str, Any]:
    """How many had been moved at each look was the moment's; the recorded numbers are put in when ours may be so."""
    source, dead = stage.with_dead_letters()
    fill_dead_letters(stage, source, 10)
    arn, other = stage.arn(dead), stage.queue()
    handle = stage.sqs.start_message_move_task(
        SourceArn=arn, DestinationArn=stage.arn(other), MaxNumberOfMessagesPerSecond=1
    )["TaskHandle"]
    eventually(lambda: depth(stage, other) == 2)
    listed = stage.sqs.list_message_move_tasks(SourceArn=arn)
    cancelled = stage.sqs.cancel_message_move_task(TaskHandle=handle)
    after = stage.sqs.list_message_move_tasks(SourceArn=arn)
    for answer, recorded in ((listed["Results"][0], 2), (cancelled, 2), (after["Results"][0], 8)):
        assert 2 <= answer["ApproximateNumberOfMessagesMoved"] <= 3
        answer["ApproximateNumberOfMessagesMoved"] = recorded
    assert stage.receive(dead)["Messages"]
    return {"list-while": listed, "cancel": cancelled, "list-after": after}


def finished(stage: Stage, arn: str) -> dict[str, Any]:
    def done() -> dict[str, Any] | None:
        listed = dict(stage.sqs.list_message_move_tasks(SourceArn=arn))
        return listed if listed["Results"][0]["Status"] == "COMPLETED" else None

    return dict(eventually(done))


@plays("test_move_task_workflow_with_default_destination")
def a_move_back(stage: Stage) -> dict[str, Any]:
    source, dead = stage.with_dead_letters()
    fill_dead_letters(stage, source, 2)
    arn = stage.arn(dead)
    started = stage.attempt("start_message_move_task", SourceArn=arn)
    listed = finished(stage, arn)
    assert depth(stage, source) == 2
    return {
        "source-arn": arn,
        "original-source": stage.arn(source),
        "start-message-move-task-response": started,
        "list-message-move-task-response": listed,
    }


@plays("test_move_task_workflow_with_multiple_sources_as_default_destination")
def a_move_back_to_two(stage: Stage) -> dict[str, Any]:
    first, dead = stage.with_dead_letters()
    second = stage.queue(RedrivePolicy=stage.attributes(first, "RedrivePolicy")["Attributes"]["RedrivePolicy"])
    fill_dead_letters(stage, first, 2)
    fill_dead_letters(stage, second, 2)
    arn = stage.arn(dead)
    started = stage.attempt("start_message_move_task", SourceArn=arn)
    listed = finished(stage, arn)
    assert depth(stage, first) == depth(stage, second) == 2
    return {
        "source-arn": arn,
        "original-source-1": stage.arn(first),
        "original-source-2": stage.arn(second),
        "start-message-move-task-response": started,
        "list-message-move-task-response": listed,
    }
