"""StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks. A task is a resource whose document holds its
progress; `movers.py` does the work.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.ids import new_uuid
from chasqui.services.sqs import errors
from chasqui.services.sqs.movers import CANCELLED, CANCELLING, RUNNING, TYPE, MoveDocument, changed, decode, encode
from chasqui.services.sqs.queues import TYPE as QUEUE_TYPE
from chasqui.services.sqs.queues import Queue, owner_of, queue_arn
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.types import (
    CancelMessageMoveTaskRequest,
    CancelMessageMoveTaskResult,
    ListMessageMoveTasksRequest,
    ListMessageMoveTasksResult,
    ListMessageMoveTasksResultEntry,
    StartMessageMoveTaskRequest,
    StartMessageMoveTaskResult,
)
from chasqui.store.port import Resource, Transaction

_TASKS_KEPT = 10
_LIST_MAX = 10


def _handle(document: MoveDocument) -> str:
    return base64.b64encode(msgspec.json.encode({"taskId": document.task, "sourceArn": document.source_arn})).decode()


def read_handle(text: str) -> tuple[str, str] | None:
    """(task id, source ARN) of a task's handle, or None."""
    try:
        named: Any = msgspec.json.decode(base64.b64decode(text, validate=True))
        task, arn = named["taskId"], named["sourceArn"]
    except (binascii.Error, ValueError, TypeError, KeyError):
        return None
    return (task, arn) if isinstance(task, str) and isinstance(arn, str) else None


async def start_message_move_task(
    room: Room, call: Call, request: StartMessageMoveTaskRequest
) -> StartMessageMoveTaskResult:
    source = await _source(room, request.SourceArn)
    sources = await room.store.transaction(lambda tx: tx.children(QUEUE_TYPE, source.arn))
    if not sources:
        raise errors.invalid_parameter("Source queue must be configured as a Dead Letter Queue.")
    if request.DestinationArn is not None:
        await _check_destination(room, source, request.DestinationArn)
    else:
        await _demand_sending(room, call, sources)
    rate = request.MaxNumberOfMessagesPerSecond
    if rate is not None and not 1 <= rate <= room.limits.move_rate_max:
        raise errors.not_between("MaxNumberOfMessagesPerSecond", 1, room.limits.move_rate_max)
    counts = await room.store.counts(source.id)
    now_ms = room.clock.now_ms()
    document = MoveDocument(new_uuid(), source.arn, request.DestinationArn, rate, RUNNING, now_ms, counts.visible)
    owner = owner_of(source.account, source.region)

    async def create(tx: Transaction) -> Resource:
        tasks = await tx.list(TYPE, owner, prefix=f"{source.name}/")
        running = [each for each in tasks if decode(each.document).status in (RUNNING, CANCELLING)]
        if len(running) >= room.limits.move_tasks_per_source_max:
            raise errors.invalid_parameter(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given"
                " time."
            )
        for old in tasks[: max(0, len(tasks) - _TASKS_KEPT + 1)]:
            await tx.delete(old)
        name = f"{source.name}/{now_ms:015}/{document.task}"
        return await tx.create(Resource(TYPE, owner, name, encode(document), parent=source.arn))

    resource = await room.store.transaction(create)
    room.movers.take(resource.owner, resource.name)
    return StartMessageMoveTaskResult(TaskHandle=_handle(document))


async def _demand_sending(room: Room, call: Call, queues: Sequence[Resource]) -> None:
    """Messages go back to where they came from: the caller must be allowed to send there. (Where a destination is named
    was asked before, see `actions.py`.)"""
    for each in queues:
        account, _, region = each.owner.partition("/")
        await room.demand(call, "sqs:SendMessage", queue_arn(account, region, each.name), {})


async def _check_destination(room: Room, source: Queue, arn: str) -> None:
    destination = await _queue(room, "DestinationArn", arn)
    if destination.arn == source.arn:
        raise errors.invalid_parameter("Source queue arn and destination queue arn cannot be the same.")
    if destination.fifo != source.fifo:
        raise errors.invalid_parameter("The source queue and destination queue must be of the same queue type.")


async def _source(room: Room, arn: str | None) -> Queue:
    if arn is None:
        raise errors.missing_parameter("SourceArn")
    return await _queue(room, "SourceArn", arn)


async def _queue(room: Room, parameter: str, arn: str) -> Queue:
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "sqs":
        raise errors.arn_format(parameter)
    queue = await room.queues.by_arn(arn)
    if queue is None:
        raise errors.resource_not_found(parameter)
    return queue


async def cancel_message_move_task(
    room: Room, call: Call, request: CancelMessageMoveTaskRequest
) -> CancelMessageMoveTaskResult:
    if not request.TaskHandle:
        raise errors.missing_parameter("TaskHandle")
    handle = read_handle(request.TaskHandle)
    if handle is None:
        raise errors.invalid_parameter("Value for parameter TaskHandle is invalid.")
    task, arn = handle
    source = await room.queues.by_arn(arn)
    if source is None:
        raise errors.resource_not_found("SourceArn")

    async def cancel(tx: Transaction) -> MoveDocument:
        for resource in await tx.list(TYPE, owner_of(source.account, source.region), prefix=f"{source.name}/"):
            document = decode(resource.document)
            if document.task == task:
                if document.status != RUNNING:
                    raise errors.unsupported("Only active tasks can be cancelled.")
                document.status = CANCELLED
                await tx.replace(changed(resource, document))
                return document
        raise errors.no_such_task()

    document = await room.store.transaction(cancel)
    return CancelMessageMoveTaskResult(ApproximateNumberOfMessagesMoved=document.moved)


async def list_message_move_tasks(
    room: Room, call: Call, request: ListMessageMoveTasksRequest
) -> ListMessageMoveTasksResult:
    source = await _source(room, request.SourceArn)
    most = request.MaxResults
    if most is not None and not 1 <= most <= _LIST_MAX:
        raise errors.not_between("MaxResults", 1, _LIST_MAX)
    tasks = await room.store.resources(TYPE, owner_of(source.account, source.region), prefix=f"{source.name}/")
    documents = [decode(each.document) for each in reversed(tasks)][: most or 1]
    return ListMessageMoveTasksResult(Results=[_entry(document) for document in documents] or None)


def _entry(document: MoveDocument) -> ListMessageMoveTasksResultEntry:
    return ListMessageMoveTasksResultEntry(
        TaskHandle=_handle(document) if document.status == RUNNING else None,
        Status=document.status,
        SourceArn=document.source_arn,
        DestinationArn=document.destination_arn,
        MaxNumberOfMessagesPerSecond=document.rate,
        ApproximateNumberOfMessagesMoved=document.moved,
        ApproximateNumberOfMessagesToMove=document.to_move,
        FailureReason=document.reason,
        StartedTimestamp=document.started_ms,
    )
