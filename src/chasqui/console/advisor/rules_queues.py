"""The rules about queues: pure functions from what there is to findings. Thresholds are those that AWS recommends,
where it recommends any."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from chasqui.console.advisor.findings import Finding, Rule, Severity, Step
from chasqui.console.attributes import RETENTION_SECONDS_MAX, dead_letter_arn, decoded
from chasqui.console.landscape import Function, Landscape, Queue

_TIMEOUTS: Final = 6
"""A queue's visibility timeout should be so many times its function's timeout (Lambda developer guide, "Using Lambda
with Amazon SQS")."""
_RECEIVES: Final = 5
"""And its maximum receive count at least this (same page)."""
_VISIBILITY_MAX: Final = 43_200
_UNREAD_SECONDS: Final = 300
_FEEDING: Final = (
    "sqs:ListQueues", "sqs:GetQueueAttributes", "sns:ListSubscriptions", "sns:GetSubscriptionAttributes",
    "lambda:ListFunctions", "lambda:GetFunctionEventInvokeConfig",
)  # fmt: skip
"""What tells which queues take what others give up."""
_LIKE_DEAD: Final = re.compile(r"dlq|dead|undelivered|failed", re.IGNORECASE)


def _number(queue: Queue, attribute: str, default: int) -> int:
    text = queue.attributes.get(attribute, "")
    return int(text) if text.isdecimal() else default


def _sources(found: Landscape) -> dict[str, list[Queue]]:
    """The queues that give up messages to a dead-letter queue, by its ARN."""
    sources: dict[str, list[Queue]] = {}
    for queue in found.queues:
        if queue.dead_letter_arn:
            sources.setdefault(queue.dead_letter_arn, []).append(queue)
    return sources


def _readers(found: Landscape) -> Iterator[tuple[Queue, Function, dict[str, Any]]]:
    """Queues that functions read, with the mapping."""
    queues = {queue.arn: queue for queue in found.queues}
    functions = {function.arn: function for function in found.functions}
    for mapping in found.mappings:
        arn = ":".join(str(mapping.get("FunctionArn", "")).split(":")[:7])
        queue, function = queues.get(str(mapping.get("EventSourceArn", ""))), functions.get(arn)
        if queue is not None and function is not None:
            yield queue, function, mapping


def without_dead_letter_queue(found: Landscape) -> Iterator[Finding]:
    """Queues whose messages come back for ever."""
    sources = _sources(found)
    destinations = _destinations(found)
    queues = {queue.name: queue for queue in found.queues}
    for queue in found.queues:
        if queue.dead_letter_arn or queue.arn in sources or queue.arn in destinations:
            continue
        if _takes_what_failed(found, queue):
            continue
        steps = _with_dead_letter_queue(queue, queues)
        yield Finding(
            "queue-without-dlq", "warning", queue.arn, queue.name, page=("queues", queue.name, "redrive"), steps=steps
        )


def _takes_what_failed(found: Landscape, queue: Queue) -> bool:
    """Whether a queue without sources is a dead-letter queue all the same: it says whose it is, or its name does while
    not everything that might send to it could be looked at."""
    allowed = decoded(queue.attributes.get("RedriveAllowPolicy")).get("redrivePermission", "denyAll")
    return allowed != "denyAll" or (not found.knows(*_FEEDING) and _LIKE_DEAD.search(queue.name) is not None)


def _with_dead_letter_queue(queue: Queue, queues: Mapping[str, Queue]) -> tuple[Step, ...]:
    """What gives a queue its dead-letter queue: the one that is there under the name that suggests itself, or a new
    one."""
    fifo = queue.name.endswith(".fifo")
    stem, end = queue.name.removesuffix(".fifo")[:70], ".fifo" if fifo else ""
    names = (f"{stem}-dlq{end}", f"{stem}-dead-letters{end}")
    name = next((each for each in names if each not in queues or not queues[each].dead_letter_arn), names[0])
    policy = {"deadLetterTargetArn": f"{queue.arn.rpartition(':')[0]}:{name}", "maxReceiveCount": _RECEIVES}
    joined = _set(queue, {"RedrivePolicy": msgspec.json.encode(policy).decode()})
    if name in queues:
        return (joined,)
    attributes = {"MessageRetentionPeriod": str(RETENTION_SECONDS_MAX), **({"FifoQueue": "true"} if fifo else {})}
    return Step("sqs", "CreateQueue", {"QueueName": name, "Attributes": attributes}), joined


def _destinations(found: Landscape) -> set[str]:
    """Where subscriptions and functions put what they give up."""
    arns = {dead_letter_arn(each.attributes) for each in found.subscriptions}
    for function in found.functions:
        arns.add(str((function.configuration.get("DeadLetterConfig") or {}).get("TargetArn", "")))
        told = (function.events.get("DestinationConfig") or {}).get("OnFailure") or {}
        arns.add(str(told.get("Destination", "")))
    return arns - {""}


def _set(queue: Queue, attributes: Mapping[str, str]) -> Step:
    return Step("sqs", "SetQueueAttributes", {"QueueUrl": queue.url, "Attributes": dict(attributes)})


def visibility(found: Landscape) -> Iterator[Finding]:
    """Queues that show messages again too soon for the function that reads them."""
    readers = list(_readers(found))
    # A queue that several functions read has one visibility timeout, which must do for all of them.
    wanted = {queue.arn: 0 for queue, _, _ in readers}
    for queue, function, mapping in readers:
        wanted[queue.arn] = max(wanted[queue.arn], _visibility_for(function, mapping))
    for queue, function, mapping in readers:
        timeout = int(function.configuration.get("Timeout", 3))
        seconds = _number(queue, "VisibilityTimeout", 30)
        if seconds >= _visibility_for(function, mapping):
            continue
        below = seconds < timeout
        severity: Severity = "error" if below else "note"
        yield Finding(
            "visibility-below-timeout" if below else "visibility-short",
            severity,
            queue.arn,
            queue.name,
            {"function": function.name, "visibility": seconds, "timeout": timeout, "which": function.name},
            ("queues", queue.name, "edit"),
            (_set(queue, {"VisibilityTimeout": str(wanted[queue.arn])}),),
        )


def _visibility_for(function: Function, mapping: Mapping[str, Any]) -> int:
    timeout, window = int(function.configuration.get("Timeout", 3)), mapping.get("MaximumBatchingWindowInSeconds")
    return min(_VISIBILITY_MAX, _TIMEOUTS * timeout + int(window or 0))


def receive_count(found: Landscape) -> Iterator[Finding]:
    """Queues of functions that give up too soon."""
    for queue in {queue.arn: queue for queue, _, _ in _readers(found)}.values():
        policy = decoded(queue.attributes.get("RedrivePolicy"))
        count = int(policy.get("maxReceiveCount", _RECEIVES) or 0)
        if queue.dead_letter_arn and count < _RECEIVES:
            better = msgspec.json.encode({**policy, "maxReceiveCount": _RECEIVES}).decode()
            yield Finding(
                "receive-count-low",
                "note",
                queue.arn,
                queue.name,
                {"count": count},
                ("queues", queue.name, "edit"),
                (_set(queue, {"RedrivePolicy": better}),),
            )


def dead_letters(found: Landscape) -> Iterator[Finding]:
    """Dead-letter queues: messages in them, and how long those are kept."""
    sources = _sources(found)
    for queue in found.queues:
        feeding = sources.get(queue.arn, [])
        count = _number(queue, "ApproximateNumberOfMessages", 0)
        if feeding and count:
            names = ", ".join(each.name for each in feeding[:5])
            steps = (Step("sqs", "StartMessageMoveTask", {"SourceArn": queue.arn}),)
            facts: dict[str, str | int] = {"count": count, "sources": names}
            page = ("queues", queue.name, "redrive")
            yield Finding("dlq-with-messages", "warning", queue.arn, queue.name, facts, page, steps)
        kept = _number(queue, "MessageRetentionPeriod", 345_600)
        for source in feeding:
            if kept < RETENTION_SECONDS_MAX and kept <= _number(source, "MessageRetentionPeriod", 345_600):
                yield Finding(
                    "dlq-retention",
                    "warning",
                    queue.arn,
                    queue.name,
                    {"source": source.name, "which": source.name},
                    ("queues", queue.name, "edit"),
                    (_set(queue, {"MessageRetentionPeriod": str(RETENTION_SECONDS_MAX)}),),
                )


def redrive_loops(found: Landscape) -> Iterator[Finding]:
    """Dead-letter queues that lead back."""
    queues = {queue.arn: queue for queue in found.queues}
    told: set[str] = set()
    for queue in found.queues:
        path: list[Queue] = []
        at = queue
        while at.arn not in {each.arn for each in path}:
            path.append(at)
            following = queues.get(at.dead_letter_arn)
            if following is None:
                break
            at = following
        else:
            ring = path[[each.arn for each in path].index(at.arn) :]
            first = min(ring, key=lambda each: each.arn)
            if first.arn not in told:
                told.add(first.arn)
                names = " → ".join(each.name for each in (*ring, at))
                steps = (_set(first, {"RedrivePolicy": ""}),)
                page = ("queues", first.name, "edit")
                yield Finding("redrive-loop", "error", first.arn, first.name, {"queues": names}, page, steps)


def unread(found: Landscape) -> Iterator[Finding]:
    """Queues with messages and without consumers."""
    # Of several functions that read a queue one is enough: a mapping that is on takes the place of one that is off.
    mappings = sorted(found.mappings, key=lambda each: each.get("State") != "Disabled")
    dead, readers = _sources(found), {each.get("EventSourceArn"): each for each in mappings}
    destinations = _destinations(found)
    for queue in found.queues:
        figures, mapping = queue.figures, readers.get(queue.arn)
        count = _number(queue, "ApproximateNumberOfMessages", 0)
        if mapping is not None and mapping.get("State") == "Disabled" and count:
            function = str(mapping.get("FunctionArn", "")).rpartition(":")[2]
            yield Finding(
                "mapping-disabled",
                "warning",
                queue.arn,
                queue.name,
                {"function": function, "count": count, "which": function},
                ("queues", queue.name, "triggers"),
                (Step("lambda", "UpdateEventSourceMapping", {"UUID": mapping.get("UUID"), "Enabled": True}),),
            )
        age = figures.get("oldestAgeSeconds") or 0
        # Receives are counted by each node for itself: what is in flight somebody has received, wherever.
        busy = figures.get("NumberOfMessagesReceived") or figures.get("inFlight")
        idle = figures and not busy and age >= _UNREAD_SECONDS
        taking = queue.arn in dead or queue.arn in destinations or _takes_what_failed(found, queue)
        if count and idle and mapping is None and not taking:
            command = "aws lambda create-event-source-mapping --function-name FUNCTION --event-source-arn "
            yield Finding(
                "queue-nobody-reads",
                "warning",
                queue.arn,
                queue.name,
                {"count": count, "age": int(age)},
                ("queues", queue.name, "triggers"),
                hints=(command + queue.arn,),
            )


def unencrypted(found: Landscape) -> Iterator[Finding]:
    """Queues that keep messages in the clear."""
    for queue in found.queues:
        if queue.attributes.get("SqsManagedSseEnabled") == "false" and not queue.attributes.get("KmsMasterKeyId"):
            steps = (_set(queue, {"SqsManagedSseEnabled": "true"}),)
            page = ("queues", queue.name, "edit")
            yield Finding("queue-unencrypted", "note", queue.arn, queue.name, page=page, steps=steps)


QUEUE_RULES: tuple[Rule, ...] = (
    without_dead_letter_queue, visibility, receive_count, dead_letters, redrive_loops, unread, unencrypted,
)  # fmt: skip
