"""Message move tasks: what is refused, how one fails, how one goes on after a restart."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.engines import Engine
from tests.support import Server, eventually, receive_all
from tests.unit.sqs.conftest import NewQueue, make_queues
from tests.unit.sqs.support import arn, attribute, refusal, send, with_dead_letters

INVALID = "InvalidParameterValueException"


@pytest.fixture
def dead(sqs: Any, new_queue: NewQueue) -> str:
    """A dead-letter queue."""
    return with_dead_letters(sqs, new_queue)[1]


def task_of(sqs: Any, source: str) -> dict[str, Any]:
    return dict(sqs.list_message_move_tasks(SourceArn=source)["Results"][0])


def ended(sqs: Any, source: str) -> dict[str, Any]:
    """The task, when it is not running any more."""

    def look() -> dict[str, Any] | None:
        task = task_of(sqs, source)
        return task if task["Status"] != "RUNNING" else None

    return dict(eventually(look))


@pytest.mark.parametrize("operation", ["start_message_move_task", "list_message_move_tasks"])
def test_a_source_must_be_a_queues_arn(sqs: Any, queue: str, operation: str) -> None:
    call = getattr(sqs, operation)
    form = (
        "You must use this format to specify the SourceArn:"
        " arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
    )

    for text in ("", "nonsense", queue, "arn:aws:sns:us-east-1:000000000000:topic"):
        assert refusal(call, SourceArn=text) == (INVALID, form, 400)
    missing = "The request must contain the parameter SourceArn."
    assert refusal(call)[:2] == ("MissingRequiredParameterException", missing)
    gone = "The resource that you specified for the SourceArn parameter doesn't exist."
    assert refusal(call, SourceArn=arn(sqs, queue) + "-x") == ("ResourceNotFoundException", gone, 404)


def test_a_destination_must_be_another_queue_of_the_same_type(sqs: Any, dead: str, new_queue: NewQueue) -> None:
    source = arn(sqs, dead)

    def told(destination: str) -> tuple[str, str, int]:
        return refusal(sqs.start_message_move_task, SourceArn=source, DestinationArn=destination)

    gone = "The resource that you specified for the DestinationArn parameter doesn't exist."
    assert told(f"{source}-missing") == ("ResourceNotFoundException", gone, 404)
    assert told("nonsense")[1].startswith("You must use this format to specify the DestinationArn:")
    assert told(source) == (INVALID, "Source queue arn and destination queue arn cannot be the same.", 400)
    fifo = arn(sqs, new_queue(fifo=True))
    assert told(fifo) == (INVALID, "The source queue and destination queue must be of the same queue type.", 400)


@pytest.mark.parametrize("rate", [0, -1, 501])
def test_a_rate_is_between_one_and_five_hundred(sqs: Any, dead: str, rate: int) -> None:
    told = refusal(sqs.start_message_move_task, SourceArn=arn(sqs, dead), MaxNumberOfMessagesPerSecond=rate)

    reason = "Reason: You must enter a number that's between 1 and 500."
    assert told == (INVALID, f"Value for parameter MaxNumberOfMessagesPerSecond is invalid. {reason}", 400)


@pytest.mark.parametrize("most", [0, 11])
def test_at_most_ten_tasks_are_listed(sqs: Any, dead: str, most: int) -> None:
    told = refusal(sqs.list_message_move_tasks, SourceArn=arn(sqs, dead), MaxResults=most)

    reason = "Reason: You must enter a number that's between 1 and 10."
    assert told == (INVALID, f"Value for parameter MaxResults is invalid. {reason}", 400)


def test_no_tasks_is_an_answer_without_a_list(sqs: Any, dead: str) -> None:
    assert "Results" not in sqs.list_message_move_tasks(SourceArn=arn(sqs, dead))


def test_one_task_is_listed_unless_more_are_asked_for(sqs: Any, dead: str) -> None:
    source = arn(sqs, dead)
    for _ in range(3):
        sqs.start_message_move_task(SourceArn=source)
        ended(sqs, source)

    assert len(sqs.list_message_move_tasks(SourceArn=source)["Results"]) == 1
    listed = sqs.list_message_move_tasks(SourceArn=source, MaxResults=10)["Results"]
    started = [each["StartedTimestamp"] for each in listed]
    assert len(started) == 3
    assert started == sorted(started, reverse=True)


def slow_move(sqs: Any, dead: str, destination: str, count: int = 20) -> tuple[str, str]:
    """(source ARN, handle) of a task that takes a while."""
    send(sqs, dead, *map(str, range(count)))
    source = arn(sqs, dead)
    handle = sqs.start_message_move_task(
        SourceArn=source, DestinationArn=arn(sqs, destination), MaxNumberOfMessagesPerSecond=5
    )["TaskHandle"]
    return source, handle


def test_a_source_has_one_task_at_a_time(sqs: Any, dead: str, queue: str) -> None:
    source, handle = slow_move(sqs, dead, queue)

    told = refusal(sqs.start_message_move_task, SourceArn=source)
    sqs.cancel_message_move_task(TaskHandle=handle)
    again = sqs.start_message_move_task(SourceArn=source)["TaskHandle"]

    reason = "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
    assert told == (INVALID, reason, 400)
    assert again != handle


def test_a_task_that_has_ended_can_not_be_cancelled(sqs: Any, dead: str, queue: str) -> None:
    _, handle = slow_move(sqs, dead, queue)
    sqs.cancel_message_move_task(TaskHandle=handle)

    told = refusal(sqs.cancel_message_move_task, TaskHandle=handle)

    assert told == ("UnsupportedOperation", "Only active tasks can be cancelled.", 400)


def test_a_handle_of_no_task_is_told(sqs: Any, dead: str) -> None:
    def handle(**named: Any) -> str:
        return base64.b64encode(json.dumps(named).encode()).decode()

    unknown = handle(taskId="10f57157-fc38-4da9-a113-4de7e12d05aa", sourceArn=arn(sqs, dead))
    assert refusal(sqs.cancel_message_move_task, TaskHandle=unknown) == (
        "ResourceNotFoundException",
        "Task does not exist.",
        404,
    )
    for text in ("nonsense", handle(taskId="x"), base64.b64encode(b"[]").decode(), "é"):
        expected = (INVALID, "Value for parameter TaskHandle is invalid.", 400)
        assert refusal(sqs.cancel_message_move_task, TaskHandle=text) == expected


def test_a_task_fails_when_its_destination_is_deleted(sqs: Any, dead: str, queue: str) -> None:
    source, _ = slow_move(sqs, dead, queue)
    eventually(lambda: task_of(sqs, source).get("ApproximateNumberOfMessagesMoved"))
    sqs.delete_queue(QueueUrl=queue)

    task = ended(sqs, source)

    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    assert "TaskHandle" not in task
    assert int(attribute(sqs, dead, "ApproximateNumberOfMessages")) > 0


def test_a_task_without_a_destination_leaves_what_has_no_origin(sqs: Any, dead: str) -> None:
    send(sqs, dead, "sent here by hand")

    sqs.start_message_move_task(SourceArn=arn(sqs, dead))
    task = ended(sqs, arn(sqs, dead))

    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 0)
    assert attribute(sqs, dead, "ApproximateNumberOfMessages") == "1"


def test_a_task_goes_on_after_a_kill(tmp_path: Path, engine: Engine) -> None:
    options = engine.options()
    with Server(tmp_path, *options) as first:
        sqs = first.client()
        new_queue = make_queues(sqs)
        _, dead = with_dead_letters(sqs, new_queue)
        destination = new_queue()
        source, _ = slow_move(sqs, dead, destination, count=8)
        eventually(lambda: task_of(sqs, source).get("ApproximateNumberOfMessagesMoved", 0) >= 2)
        first.kill()
        sqs.close()

    with Server(tmp_path, *options) as second:
        sqs = second.client()
        task = ended(sqs, source)
        url = sqs.get_queue_url(QueueName=destination.rpartition("/")[2])["QueueUrl"]
        found = sorted(message["Body"] for message in receive_all(sqs, url))
        sqs.close()

    assert (task["Status"], task["ApproximateNumberOfMessagesToMove"]) == ("COMPLETED", 8)
    assert found == [str(number) for number in range(8)]
