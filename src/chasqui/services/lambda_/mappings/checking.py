"""What a mapping may be: the rules that the model's constraints do not say.

Source: API reference, CreateEventSourceMapping; developer guide, "Creating and configuring an Amazon SQS event source
mapping". Wording as AWS has it where it is known from users' reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.fabric.sources import QueueSource
from chasqui.patterns.errors import InvalidPattern
from chasqui.patterns.reading import read_event_pattern
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.functions.directory import Target
from chasqui.services.lambda_.mappings.documents import MappingDocument
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.types import FilterCriteria

FILTERS_MAX: Final = 5
_FIFO_BATCH_MAX: Final = 10
_PROMPT_BATCH_MAX: Final = 10
_NEEDED: Final = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
PARTIAL: Final = "ReportBatchItemFailures"

# Of streams, brokers and the like, which are not read here yet.
_OF_OTHERS: Final = (
    "ParallelizationFactor", "StartingPosition", "StartingPositionTimestamp", "DestinationConfig",
    "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "TumblingWindowInSeconds",
    "Topics", "Queues", "SourceAccessConfigurations", "SelfManagedEventSource", "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig",
)  # fmt: skip
_NOT_HERE: Final = ("KMSKeyArn", "MetricsConfig", "LoggingConfig", "ProvisionedPollerConfig")


def refuse_unsupported(request: Any) -> None:
    """Refuse what does not go with queues, and what this server does not do."""
    for name in _OF_OTHERS:
        if getattr(request, name, None):
            raise errors.invalid_parameter(f"{name} is not valid for SQS event sources.")
    for name in _NOT_HERE:
        if getattr(request, name, None):
            raise errors.not_implemented(f"{name} of event source mappings")


def check_source(arn_text: str | None) -> str:
    """The ARN of a queue. Raises InvalidParameterValueException for others."""
    arn = parse_arn(arn_text or "")
    if arn is None:
        raise errors.invalid_parameter("Unrecognized event source.")
    if arn.service != "sqs":
        raise errors.not_implemented(f"Event sources of {arn.service}")
    return arn_text or ""


def read_filters(given: FilterCriteria | None) -> list[str]:
    """The patterns, each of which can be read. Raises InvalidParameterValueException."""
    texts = [each.Pattern or "" for each in (given.Filters or ())] if given is not None else []
    if len(texts) > FILTERS_MAX:
        raise errors.invalid_parameter(f"Exceeded maximum number of filters: {FILTERS_MAX}.")
    for text in texts:
        try:
            read_event_pattern(text)
        except InvalidPattern as error:
            raise errors.invalid_parameter("Invalid filter pattern definition.") from error
    return texts


def reads_partly(types: Sequence[str] | None) -> bool:
    """Whether the function reports failed messages one by one."""
    return PARTIAL in (types or ())


async def check_ends(room: Room, document: MappingDocument, target: Target) -> QueueSource:
    """The queue, which the function's role may read, and which suits the function. Raises
    InvalidParameterValueException."""
    try:
        caller = await room.role_call(target.deployment.role, "event-source-mapping", target.region)
        await check_permissions(room, caller, document.source)
    except ServiceError as error:
        if error.code.startswith("AccessDenied"):
            operation = error.message.partition("sqs:")[2].partition(" ")[0] or _NEEDED[0]
            raise errors.invalid_parameter(
                f"The function execution role does not have permissions to call {operation} on SQS"
            ) from error
        raise
    source = await room.sources.find(document.source)
    if source is None:
        raise errors.invalid_parameter(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error"
            " Message: The specified queue does not exist."
        )
    if source.visibility_ms < target.deployment.timeout_ms:
        raise errors.invalid_parameter(
            f"Queue visibility timeout: {source.visibility_ms // 1000} seconds is less than Function timeout:"
            f" {target.deployment.timeout_ms // 1000} seconds"
        )
    _check_batches(document, source)
    return source


async def check_permissions(room: Room, caller: Call, queue: str) -> None:
    """Raises AccessDenied where the role may not do what a mapping does with its queue."""
    for operation in _NEEDED:
        await room.demand(caller, f"sqs:{operation}", queue, {})


def _check_batches(document: MappingDocument, source: QueueSource) -> None:
    if source.fifo and document.batch_size > _FIFO_BATCH_MAX:
        raise errors.invalid_parameter(f"Batch size must be less than or equal to {_FIFO_BATCH_MAX} for FIFO queues.")
    if source.fifo and document.window_s:
        raise errors.invalid_parameter("Batching window is not supported for FIFO queues.")
    if document.batch_size > _PROMPT_BATCH_MAX and not document.window_s:
        raise errors.invalid_parameter(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than"
            f" {_PROMPT_BATCH_MAX}"
        )


def changed(document: MappingDocument, now_ms: int, **values: Any) -> MappingDocument:
    """The document with other values, those that are not None."""
    given = {name: value for name, value in values.items() if value is not None}
    return msgspec.structs.replace(document, modified_ms=now_ms, **given)
