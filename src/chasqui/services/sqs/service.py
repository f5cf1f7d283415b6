"""SQS as the application mounts it: the table of its operations."""

from __future__ import annotations

from chasqui.base.service import Operation, Service, Table
from chasqui.services.sqs import manage, moves, permissions, receive, send, settle, tags
from chasqui.services.sqs.actions import ACTIONS
from chasqui.services.sqs.control import control_handlers
from chasqui.services.sqs.room import Room
from chasqui.services.sqs.types import INPUTS

OPERATIONS: dict[str, Operation] = {
    "AddPermission": permissions.add_permission,
    "CancelMessageMoveTask": moves.cancel_message_move_task,
    "ChangeMessageVisibility": settle.change_message_visibility,
    "ChangeMessageVisibilityBatch": settle.change_message_visibility_batch,
    "CreateQueue": manage.create_queue,
    "DeleteMessage": settle.delete_message,
    "DeleteMessageBatch": settle.delete_message_batch,
    "DeleteQueue": manage.delete_queue,
    "GetQueueAttributes": manage.get_queue_attributes,
    "GetQueueUrl": manage.get_queue_url,
    "ListDeadLetterSourceQueues": manage.list_dead_letter_source_queues,
    "ListMessageMoveTasks": moves.list_message_move_tasks,
    "ListQueueTags": tags.list_queue_tags,
    "ListQueues": manage.list_queues,
    "PurgeQueue": manage.purge_queue,
    "ReceiveMessage": receive.receive_message,
    "RemovePermission": permissions.remove_permission,
    "SendMessage": send.send_message,
    "SendMessageBatch": send.send_message_batch,
    "SetQueueAttributes": manage.set_queue_attributes,
    "StartMessageMoveTask": moves.start_message_move_task,
    "TagQueue": tags.tag_queue,
    "UntagQueue": tags.untag_queue,
}


TABLE = Table(OPERATIONS, INPUTS, ACTIONS, polls=frozenset({"ReceiveMessage"}))


def sqs_service(room: Room) -> Service:
    """SQS on these dependencies."""
    return Service(
        name="sqs",
        module=__name__,
        room=room,
        hot=True,
        own_words=True,
        public=True,
        start=room.movers.start,
        close=room.movers.close,
        control=control_handlers(room),
    )
