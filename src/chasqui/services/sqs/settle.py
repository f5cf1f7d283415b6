"""DeleteMessage, ChangeMessageVisibility and their batches: what is done with a receipt handle."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from operator import attrgetter
from typing import TypeVar

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.sqs import errors
from chasqui.services.sqs.batches import check_batch, failed_entry
from chasqui.services.sqs.queues import Queue
from chasqui.services.sqs.receipts import Handle, decode_handle, decode_handles
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.types import (
    BatchResultErrorEntry,
    ChangeMessageVisibilityBatchRequest,
    ChangeMessageVisibilityBatchResult,
    ChangeMessageVisibilityBatchResultEntry,
    ChangeMessageVisibilityRequest,
    DeleteMessageBatchRequest,
    DeleteMessageBatchRequestEntry,
    DeleteMessageBatchResult,
    DeleteMessageBatchResultEntry,
    DeleteMessageRequest,
)
from chasqui.store.port import QueueGone, Receipt, Settled

T = TypeVar("T")

_HANDLE = attrgetter("ReceiptHandle")


async def delete_message(room: Room, call: Call, request: DeleteMessageRequest) -> None:
    queue = room.queues.at_url.get((call.region, request.QueueUrl)) or await room.queues.find(call, request.QueueUrl)
    text = request.ReceiptHandle or ""
    handle = read_handle(queue, text)
    outcome = (await _guarded(room.store.settle_messages(queue.id, (handle.receipt,))))[0]
    _check_deleted(room, queue, outcome, text)


async def delete_message_batch(room: Room, call: Call, request: DeleteMessageBatchRequest) -> DeleteMessageBatchResult:
    queue = room.queues.at_url.get((call.region, request.QueueUrl)) or await room.queues.find(call, request.QueueUrl)
    entries = request.Entries or []
    identifiers = check_batch(entries, "DeleteMessageBatchRequestEntry", room.limits.batch_entries_max)
    receipts = decode_handles(list(map(_HANDLE, entries)), queue.id)
    if receipts is not None:
        outcomes = await _guarded(room.store.settle_messages(queue.id, receipts))
        if all(map(Settled.DONE.__eq__, outcomes)):
            room.counters["NumberOfMessagesDeleted", queue.arn] += len(outcomes)
            return DeleteMessageBatchResult(list(map(DeleteMessageBatchResultEntry, identifiers)))
        texts = [entry.ReceiptHandle or "" for entry in entries]
        return _tell_deleted(room, queue, list(zip(identifiers, texts, outcomes, strict=True)), [])
    return await _delete_one_by_one(room, queue, identifiers, entries)


async def _delete_one_by_one(
    room: Room, queue: Queue, identifiers: Sequence[str], entries: Sequence[DeleteMessageBatchRequestEntry]
) -> DeleteMessageBatchResult:
    """A batch in which not all handles are this queue's: each is looked at."""
    failed: list[BatchResultErrorEntry] = []
    handles: list[tuple[str, str, Receipt]] = []
    for identifier, entry in zip(identifiers, entries, strict=True):
        text = entry.ReceiptHandle or ""
        try:
            handles.append((identifier, text, read_handle(queue, text).receipt))
        except ServiceError as error:
            failed.append(failed_entry(identifier, error))
    if not handles:
        return DeleteMessageBatchResult(Failed=failed)
    outcomes = await _guarded(room.store.settle_messages(queue.id, [receipt for _, _, receipt in handles]))
    told = [(identifier, text, outcome) for (identifier, text, _), outcome in zip(handles, outcomes, strict=True)]
    return _tell_deleted(room, queue, told, failed)


def _tell_deleted(
    room: Room, queue: Queue, told: list[tuple[str, str, Settled]], failed: list[BatchResultErrorEntry]
) -> DeleteMessageBatchResult:
    """The answer to a batch of (entry id, handle, outcome), after those that failed already."""
    successful = []
    for identifier, text, outcome in told:
        try:
            _check_deleted(room, queue, outcome, text)
        except ServiceError as error:
            failed.append(failed_entry(identifier, error))
        else:
            successful.append(DeleteMessageBatchResultEntry(identifier))
    return DeleteMessageBatchResult(successful or None, failed or None)


def _check_deleted(room: Room, queue: Queue, outcome: Settled, text: str) -> None:
    """A message that is gone already counts as deleted, as on AWS."""
    if outcome is Settled.EXPIRED:
        raise errors.receipt_handle_expired(text)
    if outcome is Settled.DONE:
        room.counters["NumberOfMessagesDeleted", queue.arn] += 1


async def change_message_visibility(room: Room, call: Call, request: ChangeMessageVisibilityRequest) -> None:
    queue = room.queues.at_url.get((call.region, request.QueueUrl)) or await room.queues.find(call, request.QueueUrl)
    text = request.ReceiptHandle or ""
    change = _read_change(room, queue, text, request.VisibilityTimeout)
    outcome = (await _guarded(room.store.extend_messages(queue.id, (change,))))[0]
    _check_changed(queue, outcome, text)


async def change_message_visibility_batch(
    room: Room, call: Call, request: ChangeMessageVisibilityBatchRequest
) -> ChangeMessageVisibilityBatchResult:
    queue = room.queues.at_url.get((call.region, request.QueueUrl)) or await room.queues.find(call, request.QueueUrl)
    entries = request.Entries or []
    shape = "ChangeMessageVisibilityBatchRequestEntry"
    identifiers = check_batch(entries, shape, room.limits.batch_entries_max)
    failed: list[BatchResultErrorEntry] = []
    changes: list[tuple[str, str, tuple[Receipt, int]]] = []
    for identifier, entry in zip(identifiers, entries, strict=True):
        text = entry.ReceiptHandle or ""
        try:
            changes.append((identifier, text, _read_change(room, queue, text, entry.VisibilityTimeout)))
        except ServiceError as error:
            failed.append(failed_entry(identifier, error))
    successful = []
    if changes:
        outcomes = await _guarded(room.store.extend_messages(queue.id, [change for _, _, change in changes]))
        for (identifier, text, _), outcome in zip(changes, outcomes, strict=True):
            try:
                _check_changed(queue, outcome, text)
            except ServiceError as error:
                failed.append(failed_entry(identifier, error))
            else:
                successful.append(ChangeMessageVisibilityBatchResultEntry(Id=identifier))
    return ChangeMessageVisibilityBatchResult(Successful=successful or None, Failed=failed or None)


def _read_change(room: Room, queue: Queue, text: str, timeout_s: int | None) -> tuple[Receipt, int]:
    most = room.limits.visibility_max_s
    if timeout_s is None:
        raise errors.missing_parameter("VisibilityTimeout")
    if not 0 <= timeout_s <= most:
        raise errors.invalid_value("VisibilityTimeout", timeout_s, f"Must be between 0 and {most}.")
    handle = read_handle(queue, text)
    held_ms = room.clock.now_ms() - handle.claimed_at_ms
    if timeout_s and held_ms + timeout_s * 1000 > most * 1000:
        raise errors.invalid_value(
            "VisibilityTimeout",
            timeout_s,
            f"Total VisibilityTimeout for the message is beyond the limit [{most} seconds].",
        )
    return handle.receipt, timeout_s * 1000


def _check_changed(queue: Queue, outcome: Settled, text: str) -> None:
    if outcome is Settled.EXPIRED and queue.fifo:
        raise errors.receipt_handle_expired(text)
    if outcome is not Settled.DONE:
        raise errors.not_available_for_visibility_change(text)


def read_handle(queue: Queue, text: str) -> Handle:
    """A receipt handle of this queue. Raises `MissingParameter` or `ReceiptHandleIsInvalid`."""
    if not text:
        raise errors.missing_parameter("ReceiptHandle")
    handle = decode_handle(text)
    if handle is None:
        raise errors.receipt_handle_is_invalid(text)
    if handle.queue != queue.id:
        raise errors.receipt_handle_of_another_queue(text)
    return handle


async def _guarded(pending: Awaitable[T]) -> T:
    try:
        return await pending
    except QueueGone:
        raise errors.queue_does_not_exist() from None
