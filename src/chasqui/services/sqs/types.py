"""The shapes of Amazon Simple Queue Service: a struct for each structure of its operations.

Generated from botocore's model (sqs 2012-11-05) by `tools/generate_types.py`; do not edit, run that
again.

Members of inputs are all optional here, so that a missing one is told in AWS' words: `REQUIRED` names, in
the model's order, those that AWS asks for (`chasqui.wire.typed.missing_members` looks). Members of outputs
that are None are left out of the answer. Blobs are bytes (base64 in JSON), times are seconds since the
epoch.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

# A number outside fails to decode, and the slow path answers it. AWS reads the model's integers as wide as
# its longs and leaves their range to the service.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class AddPermissionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "Label", "AWSAccountIds", "Actions")
    QueueUrl: str | None = None
    Label: str | None = None
    AWSAccountIds: list[str] | None = None
    Actions: list[str] | None = None


class CancelMessageMoveTaskRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TaskHandle",)
    TaskHandle: str | None = None


class ChangeMessageVisibilityRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "ReceiptHandle", "VisibilityTimeout")
    QueueUrl: str | None = None
    ReceiptHandle: str | None = None
    VisibilityTimeout: Integer | None = None


class ChangeMessageVisibilityBatchRequestEntry(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Id", "ReceiptHandle")
    Id: str | None = None
    ReceiptHandle: str | None = None
    VisibilityTimeout: Integer | None = None


class ChangeMessageVisibilityBatchRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "Entries")
    QueueUrl: str | None = None
    Entries: list[ChangeMessageVisibilityBatchRequestEntry] | None = None


class CreateQueueRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueName",)
    QueueName: str | None = None
    Attributes: dict[str, str] | None = None
    tags: dict[str, str] | None = None


class DeleteMessageRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "ReceiptHandle")
    QueueUrl: str | None = None
    ReceiptHandle: str | None = None


class DeleteMessageBatchRequestEntry(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Id", "ReceiptHandle")
    Id: str | None = None
    ReceiptHandle: str | None = None


class DeleteMessageBatchRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "Entries")
    QueueUrl: str | None = None
    Entries: list[DeleteMessageBatchRequestEntry] | None = None


class DeleteQueueRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl",)
    QueueUrl: str | None = None


class GetQueueAttributesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl",)
    QueueUrl: str | None = None
    AttributeNames: list[str] | None = None


class GetQueueUrlRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueName",)
    QueueName: str | None = None
    QueueOwnerAWSAccountId: str | None = None


class ListDeadLetterSourceQueuesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl",)
    QueueUrl: str | None = None
    NextToken: str | None = None
    MaxResults: Integer | None = None


class ListMessageMoveTasksRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SourceArn",)
    SourceArn: str | None = None
    MaxResults: Integer | None = None


class ListQueueTagsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl",)
    QueueUrl: str | None = None


class ListQueuesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    QueueNamePrefix: str | None = None
    NextToken: str | None = None
    MaxResults: Integer | None = None


class PurgeQueueRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl",)
    QueueUrl: str | None = None


class ReceiveMessageRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl",)
    QueueUrl: str | None = None
    AttributeNames: list[str] | None = None
    MessageSystemAttributeNames: list[str] | None = None
    MessageAttributeNames: list[str] | None = None
    MaxNumberOfMessages: Integer | None = None
    VisibilityTimeout: Integer | None = None
    WaitTimeSeconds: Integer | None = None
    ReceiveRequestAttemptId: str | None = None


class RemovePermissionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "Label")
    QueueUrl: str | None = None
    Label: str | None = None


class MessageAttributeValue(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DataType",)
    StringValue: str | None = None
    BinaryValue: bytes | None = None
    StringListValues: list[str] | None = None
    BinaryListValues: list[bytes] | None = None
    DataType: str | None = None


class MessageSystemAttributeValue(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DataType",)
    StringValue: str | None = None
    BinaryValue: bytes | None = None
    StringListValues: list[str] | None = None
    BinaryListValues: list[bytes] | None = None
    DataType: str | None = None


class SendMessageRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "MessageBody")
    QueueUrl: str | None = None
    MessageBody: str | None = None
    DelaySeconds: Integer | None = None
    MessageAttributes: dict[str, MessageAttributeValue] | None = None
    MessageSystemAttributes: dict[str, MessageSystemAttributeValue] | None = None
    MessageDeduplicationId: str | None = None
    MessageGroupId: str | None = None


class SendMessageBatchRequestEntry(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Id", "MessageBody")
    Id: str | None = None
    MessageBody: str | None = None
    DelaySeconds: Integer | None = None
    MessageAttributes: dict[str, MessageAttributeValue] | None = None
    MessageSystemAttributes: dict[str, MessageSystemAttributeValue] | None = None
    MessageDeduplicationId: str | None = None
    MessageGroupId: str | None = None


class SendMessageBatchRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "Entries")
    QueueUrl: str | None = None
    Entries: list[SendMessageBatchRequestEntry] | None = None


class SetQueueAttributesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "Attributes")
    QueueUrl: str | None = None
    Attributes: dict[str, str] | None = None


class StartMessageMoveTaskRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SourceArn",)
    SourceArn: str | None = None
    DestinationArn: str | None = None
    MaxNumberOfMessagesPerSecond: Integer | None = None


class TagQueueRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "Tags")
    QueueUrl: str | None = None
    Tags: dict[str, str] | None = None


class UntagQueueRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueUrl", "TagKeys")
    QueueUrl: str | None = None
    TagKeys: list[str] | None = None


class CancelMessageMoveTaskResult(Struct, omit_defaults=True, gc=False):
    ApproximateNumberOfMessagesMoved: Integer | None = None


class ChangeMessageVisibilityBatchResultEntry(Struct, omit_defaults=True, gc=False):
    Id: str


class BatchResultErrorEntry(Struct, omit_defaults=True, gc=False):
    Id: str
    SenderFault: bool
    Code: str
    Message: str | None = None


class ChangeMessageVisibilityBatchResult(Struct, omit_defaults=True, gc=False):
    Successful: list[ChangeMessageVisibilityBatchResultEntry] | None = None
    Failed: list[BatchResultErrorEntry] | None = None


class CreateQueueResult(Struct, omit_defaults=True, gc=False):
    QueueUrl: str | None = None


class DeleteMessageBatchResultEntry(Struct, omit_defaults=True, gc=False):
    Id: str


class DeleteMessageBatchResult(Struct, omit_defaults=True, gc=False):
    Successful: list[DeleteMessageBatchResultEntry] | None = None
    Failed: list[BatchResultErrorEntry] | None = None


class GetQueueAttributesResult(Struct, omit_defaults=True, gc=False):
    Attributes: dict[str, str] | None = None


class GetQueueUrlResult(Struct, omit_defaults=True, gc=False):
    QueueUrl: str | None = None


class ListDeadLetterSourceQueuesResult(Struct, omit_defaults=True, gc=False):
    queueUrls: list[str] | None = None
    NextToken: str | None = None


class ListMessageMoveTasksResultEntry(Struct, omit_defaults=True, gc=False):
    TaskHandle: str | None = None
    Status: str | None = None
    SourceArn: str | None = None
    DestinationArn: str | None = None
    MaxNumberOfMessagesPerSecond: Integer | None = None
    ApproximateNumberOfMessagesMoved: Integer | None = None
    ApproximateNumberOfMessagesToMove: Integer | None = None
    FailureReason: str | None = None
    StartedTimestamp: Integer | None = None


class ListMessageMoveTasksResult(Struct, omit_defaults=True, gc=False):
    Results: list[ListMessageMoveTasksResultEntry] | None = None


class ListQueueTagsResult(Struct, omit_defaults=True, gc=False):
    Tags: dict[str, str] | None = None


class ListQueuesResult(Struct, omit_defaults=True, gc=False):
    QueueUrls: list[str] | None = None
    NextToken: str | None = None


class Message(Struct, omit_defaults=True, gc=False):
    MessageId: str | None = None
    ReceiptHandle: str | None = None
    MD5OfBody: str | None = None
    Body: str | None = None
    Attributes: dict[str, str] | None = None
    MD5OfMessageAttributes: str | None = None
    MessageAttributes: dict[str, MessageAttributeValue] | None = None


class ReceiveMessageResult(Struct, omit_defaults=True, gc=False):
    Messages: list[Message] | None = None


class SendMessageResult(Struct, omit_defaults=True, gc=False):
    MD5OfMessageBody: str | None = None
    MD5OfMessageAttributes: str | None = None
    MD5OfMessageSystemAttributes: str | None = None
    MessageId: str | None = None
    SequenceNumber: str | None = None


class SendMessageBatchResultEntry(Struct, omit_defaults=True, gc=False):
    Id: str
    MessageId: str
    MD5OfMessageBody: str
    MD5OfMessageAttributes: str | None = None
    MD5OfMessageSystemAttributes: str | None = None
    SequenceNumber: str | None = None


class SendMessageBatchResult(Struct, omit_defaults=True, gc=False):
    Successful: list[SendMessageBatchResultEntry] | None = None
    Failed: list[BatchResultErrorEntry] | None = None


class StartMessageMoveTaskResult(Struct, omit_defaults=True, gc=False):
    TaskHandle: str | None = None


# The operations' inputs.
INPUTS: dict[str, type[Struct]] = {
    "AddPermission": AddPermissionRequest,
    "CancelMessageMoveTask": CancelMessageMoveTaskRequest,
    "ChangeMessageVisibility": ChangeMessageVisibilityRequest,
    "ChangeMessageVisibilityBatch": ChangeMessageVisibilityBatchRequest,
    "CreateQueue": CreateQueueRequest,
    "DeleteMessage": DeleteMessageRequest,
    "DeleteMessageBatch": DeleteMessageBatchRequest,
    "DeleteQueue": DeleteQueueRequest,
    "GetQueueAttributes": GetQueueAttributesRequest,
    "GetQueueUrl": GetQueueUrlRequest,
    "ListDeadLetterSourceQueues": ListDeadLetterSourceQueuesRequest,
    "ListMessageMoveTasks": ListMessageMoveTasksRequest,
    "ListQueueTags": ListQueueTagsRequest,
    "ListQueues": ListQueuesRequest,
    "PurgeQueue": PurgeQueueRequest,
    "ReceiveMessage": ReceiveMessageRequest,
    "RemovePermission": RemovePermissionRequest,
    "SendMessage": SendMessageRequest,
    "SendMessageBatch": SendMessageBatchRequest,
    "SetQueueAttributes": SetQueueAttributesRequest,
    "StartMessageMoveTask": StartMessageMoveTaskRequest,
    "TagQueue": TagQueueRequest,
    "UntagQueue": UntagQueueRequest,
}

# The outputs of those operations that have one.
OUTPUTS: dict[str, type[Struct]] = {
    "CancelMessageMoveTask": CancelMessageMoveTaskResult,
    "ChangeMessageVisibilityBatch": ChangeMessageVisibilityBatchResult,
    "CreateQueue": CreateQueueResult,
    "DeleteMessageBatch": DeleteMessageBatchResult,
    "GetQueueAttributes": GetQueueAttributesResult,
    "GetQueueUrl": GetQueueUrlResult,
    "ListDeadLetterSourceQueues": ListDeadLetterSourceQueuesResult,
    "ListMessageMoveTasks": ListMessageMoveTasksResult,
    "ListQueueTags": ListQueueTagsResult,
    "ListQueues": ListQueuesResult,
    "ReceiveMessage": ReceiveMessageResult,
    "SendMessage": SendMessageResult,
    "SendMessageBatch": SendMessageBatchResult,
    "StartMessageMoveTask": StartMessageMoveTaskResult,
}
