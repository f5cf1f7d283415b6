"""SQS in the language of policies: what each operation is called there, and the queue it acts on.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SQS". In refusals SQS spells
its actions in lower case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from chasqui.base.actions import AccessLevel, Action, Check, Values
from chasqui.base.bounded import keep
from chasqui.base.call import Call
from chasqui.services.sqs.moves import read_handle
from chasqui.services.sqs.queues import URL_LENGTH_MAX, parse_queue_url, queue_arn

_ARNS_MAX = 8192

# ARNs by (the caller's account and region, the URL as given): a URL is parsed once.
_arns: dict[tuple[str, str, str], str] = {}


def queue_of_url(call: Call, request: Any) -> str:
    """The ARN of the queue that `QueueUrl` names."""
    url = request.QueueUrl or call.path_url
    key = (call.account, call.region, url)
    arn = _arns.get(key)
    if arn is None:
        account, region, name = parse_queue_url(url, call.region) or (call.account, call.region, url)
        arn = queue_arn(account, region, name)
        if len(url) <= URL_LENGTH_MAX:
            keep(_arns, key, arn, _ARNS_MAX)
    return arn


def _queue_of_name(call: Call, request: Any) -> str:
    account = getattr(request, "QueueOwnerAWSAccountId", None) or call.account
    return queue_arn(account, call.region, request.QueueName or "")


def _every_queue(call: Call, _request: Any) -> str:
    return queue_arn(call.account, call.region, "")


def _source_of_task(_call: Call, request: Any) -> str:
    return request.SourceArn or "*"


def _new_tags(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of a request that brings tags."""
    tags: dict[str, str] = getattr(request, "tags", None) or getattr(request, "Tags", None) or {}
    found: dict[str, Values] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return found | ({"aws:TagKeys": tuple(tags)} if tags else {})


def _untagged(_call: Call, request: Any) -> Mapping[str, Values]:
    return {"aws:TagKeys": tuple(request.TagKeys or ())}


def _tagging(call: Call, request: Any) -> Iterable[Check]:
    """CreateQueue with tags needs leave to tag."""
    if request.tags:
        yield Check("sqs:TagQueue", _queue_of_name(call, request))


def _moving(_call: Call, request: Any) -> Iterable[Check]:
    """A move task receives and deletes at its source, and sends to where it was told to (SQS developer guide,
    "Configuring queue permissions for dead-letter queue redrive")."""
    source = request.SourceArn or "*"
    yield Check("sqs:ReceiveMessage", source)
    yield Check("sqs:DeleteMessage", source)
    yield Check("sqs:GetQueueAttributes", source)
    if request.DestinationArn:
        yield Check("sqs:SendMessage", request.DestinationArn)


def _task_source(call: Call, request: Any) -> str:
    """The source queue in a move task's handle; every queue when it is no handle."""
    handle = read_handle(request.TaskHandle or "")
    return handle[1] if handle is not None else _every_queue(call, request)


def _of(name: str, level: AccessLevel, **facts: Any) -> Action:
    facts.setdefault("resource", queue_of_url)
    return Action(name=f"sqs:{name}", level=level, told=f"sqs:{name.lower()}", **facts)


_url = attrgetter("QueueUrl")
_SEND = _of("SendMessage", "write", data=True, decided_by=_url)
_RECEIVE = _of("ReceiveMessage", "read", data=True, decided_by=_url)
_DELETE = _of("DeleteMessage", "write", data=True, decided_by=_url)
_HIDE = _of("ChangeMessageVisibility", "write", data=True, decided_by=_url)

ACTIONS: dict[str, Action] = {
    "AddPermission": _of("AddPermission", "permissions"),
    "CancelMessageMoveTask": _of("CancelMessageMoveTask", "write", resource=_task_source),
    "ChangeMessageVisibility": _HIDE,
    "ChangeMessageVisibilityBatch": _HIDE,
    "CreateQueue": _of("CreateQueue", "write", resource=_queue_of_name, context=_new_tags, also=_tagging),
    "DeleteMessage": _DELETE,
    "DeleteMessageBatch": _DELETE,
    "DeleteQueue": _of("DeleteQueue", "write"),
    "GetQueueAttributes": _of("GetQueueAttributes", "read"),
    "GetQueueUrl": _of("GetQueueUrl", "read", resource=_queue_of_name),
    "ListDeadLetterSourceQueues": _of("ListDeadLetterSourceQueues", "read"),
    "ListMessageMoveTasks": _of("ListMessageMoveTasks", "read", resource=_source_of_task),
    "ListQueueTags": _of("ListQueueTags", "read"),
    "ListQueues": _of("ListQueues", "list", resource=_every_queue),
    "PurgeQueue": _of("PurgeQueue", "write"),
    "ReceiveMessage": _RECEIVE,
    "RemovePermission": _of("RemovePermission", "permissions"),
    "SendMessage": _SEND,
    "SendMessageBatch": _SEND,
    "SetQueueAttributes": _of("SetQueueAttributes", "write"),
    "StartMessageMoveTask": _of("StartMessageMoveTask", "write", resource=_source_of_task, also=_moving),
    "TagQueue": _of("TagQueue", "tagging", context=_new_tags),
    "UntagQueue": _of("UntagQueue", "tagging", context=_untagged),
}
