"""The shapes of Amazon CloudWatch Logs: a struct for each structure of its operations.

Generated from botocore's model (logs 2014-03-28) by `tools/generate_types.py`; do not edit, run that
again.

Members of inputs are all optional here, so that a missing one is told in AWS' words: `REQUIRED` names, in
the model's order, those that AWS asks for (`chasqui.wire.typed.missing_members` looks). Members of outputs
that are None are left out of the answer. Blobs are bytes (base64 in JSON), times are seconds since the
epoch.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

# A number outside fails to decode, and the slow path answers it. AWS reads the model's integers as wide as
# its longs and leaves their range to the service.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class CreateLogGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName",)
    logGroupName: str | None = None
    kmsKeyId: str | None = None
    tags: dict[str, str] | None = None
    logGroupClass: str | None = None
    deletionProtectionEnabled: bool | None = None


class CreateLogStreamRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName", "logStreamName")
    logGroupName: str | None = None
    logStreamName: str | None = None


class DeleteLogGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName",)
    logGroupName: str | None = None


class DeleteLogStreamRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName", "logStreamName")
    logGroupName: str | None = None
    logStreamName: str | None = None


class DeleteRetentionPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName",)
    logGroupName: str | None = None


class DescribeLogGroupsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    accountIdentifiers: list[str] | None = None
    logGroupNamePrefix: str | None = None
    logGroupNamePattern: str | None = None
    nextToken: str | None = None
    limit: Integer | None = None
    includeLinkedAccounts: bool | None = None
    logGroupClass: str | None = None
    logGroupIdentifiers: list[str] | None = None


class DescribeLogStreamsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    logGroupName: str | None = None
    logGroupIdentifier: str | None = None
    logStreamNamePrefix: str | None = None
    orderBy: str | None = None
    descending: bool | None = None
    nextToken: str | None = None
    limit: Integer | None = None


class FilterLogEventsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    logGroupName: str | None = None
    logGroupIdentifier: str | None = None
    logStreamNames: list[str] | None = None
    logStreamNamePrefix: str | None = None
    startTime: Integer | None = None
    endTime: Integer | None = None
    filterPattern: str | None = None
    nextToken: str | None = None
    limit: Integer | None = None
    startFromHead: bool | None = None
    interleaved: bool | None = None
    unmask: bool | None = None


class GetLogEventsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logStreamName",)
    logGroupName: str | None = None
    logGroupIdentifier: str | None = None
    logStreamName: str | None = None
    startTime: Integer | None = None
    endTime: Integer | None = None
    nextToken: str | None = None
    limit: Integer | None = None
    startFromHead: bool | None = None
    unmask: bool | None = None


class ListTagsForResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("resourceArn",)
    resourceArn: str | None = None


class ListTagsLogGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName",)
    logGroupName: str | None = None


class InputLogEvent(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("timestamp", "message")
    timestamp: Integer | None = None
    message: str | None = None


class Entity(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    keyAttributes: dict[str, str] | None = None
    attributes: dict[str, str] | None = None


class PutLogEventsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName", "logStreamName", "logEvents")
    logGroupName: str | None = None
    logStreamName: str | None = None
    logEvents: list[InputLogEvent] | None = None
    sequenceToken: str | None = None
    entity: Entity | None = None


class PutRetentionPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName", "retentionInDays")
    logGroupName: str | None = None
    retentionInDays: Integer | None = None


class StartLiveTailRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupIdentifiers",)
    logGroupIdentifiers: list[str] | None = None
    logStreamNames: list[str] | None = None
    logStreamNamePrefixes: list[str] | None = None
    logEventFilterPattern: str | None = None


class TagLogGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName", "tags")
    logGroupName: str | None = None
    tags: dict[str, str] | None = None


class TagResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("resourceArn", "tags")
    resourceArn: str | None = None
    tags: dict[str, str] | None = None


class UntagLogGroupRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("logGroupName", "tags")
    logGroupName: str | None = None
    tags: list[str] | None = None


class UntagResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("resourceArn", "tagKeys")
    resourceArn: str | None = None
    tagKeys: list[str] | None = None


class LogGroup(Struct, omit_defaults=True, gc=False):
    logGroupName: str | None = None
    creationTime: Integer | None = None
    retentionInDays: Integer | None = None
    metricFilterCount: Integer | None = None
    arn: str | None = None
    storedBytes: Integer | None = None
    kmsKeyId: str | None = None
    dataProtectionStatus: str | None = None
    inheritedProperties: list[str] | None = None
    logGroupClass: str | None = None
    logGroupArn: str | None = None
    deletionProtectionEnabled: bool | None = None
    bearerTokenAuthenticationEnabled: bool | None = None
    retentionPolicyName: str | None = None


class DescribeLogGroupsResponse(Struct, omit_defaults=True, gc=False):
    logGroups: list[LogGroup] | None = None
    nextToken: str | None = None


class LogStream(Struct, omit_defaults=True, gc=False):
    logStreamName: str | None = None
    creationTime: Integer | None = None
    firstEventTimestamp: Integer | None = None
    lastEventTimestamp: Integer | None = None
    lastIngestionTime: Integer | None = None
    uploadSequenceToken: str | None = None
    arn: str | None = None
    storedBytes: Integer | None = None


class DescribeLogStreamsResponse(Struct, omit_defaults=True, gc=False):
    logStreams: list[LogStream] | None = None
    nextToken: str | None = None


class FilteredLogEvent(Struct, omit_defaults=True, gc=False):
    logStreamName: str | None = None
    timestamp: Integer | None = None
    message: str | None = None
    ingestionTime: Integer | None = None
    eventId: str | None = None


class SearchedLogStream(Struct, omit_defaults=True, gc=False):
    logStreamName: str | None = None
    searchedCompletely: bool | None = None


class FilterLogEventsResponse(Struct, omit_defaults=True, gc=False):
    events: list[FilteredLogEvent] | None = None
    searchedLogStreams: list[SearchedLogStream] | None = None
    nextToken: str | None = None


class OutputLogEvent(Struct, omit_defaults=True, gc=False):
    timestamp: Integer | None = None
    message: str | None = None
    ingestionTime: Integer | None = None


class GetLogEventsResponse(Struct, omit_defaults=True, gc=False):
    events: list[OutputLogEvent] | None = None
    nextForwardToken: str | None = None
    nextBackwardToken: str | None = None


class ListTagsForResourceResponse(Struct, omit_defaults=True, gc=False):
    tags: dict[str, str] | None = None


class ListTagsLogGroupResponse(Struct, omit_defaults=True, gc=False):
    tags: dict[str, str] | None = None


class RejectedLogEventsInfo(Struct, omit_defaults=True, gc=False):
    tooNewLogEventStartIndex: Integer | None = None
    tooOldLogEventEndIndex: Integer | None = None
    expiredLogEventEndIndex: Integer | None = None


class RejectedEntityInfo(Struct, omit_defaults=True, gc=False):
    errorType: str


class PutLogEventsResponse(Struct, omit_defaults=True, gc=False):
    nextSequenceToken: str | None = None
    rejectedLogEventsInfo: RejectedLogEventsInfo | None = None
    rejectedEntityInfo: RejectedEntityInfo | None = None


class LiveTailSessionStart(Struct, omit_defaults=True, gc=False):
    requestId: str | None = None
    sessionId: str | None = None
    logGroupIdentifiers: list[str] | None = None
    logStreamNames: list[str] | None = None
    logStreamNamePrefixes: list[str] | None = None
    logEventFilterPattern: str | None = None


class LiveTailSessionMetadata(Struct, omit_defaults=True, gc=False):
    sampled: bool | None = None


class LiveTailSessionLogEvent(Struct, omit_defaults=True, gc=False):
    logStreamName: str | None = None
    logGroupIdentifier: str | None = None
    message: str | None = None
    timestamp: Integer | None = None
    ingestionTime: Integer | None = None


class LiveTailSessionUpdate(Struct, omit_defaults=True, gc=False):
    sessionMetadata: LiveTailSessionMetadata | None = None
    sessionResults: list[LiveTailSessionLogEvent] | None = None


class SessionTimeoutException(Struct, omit_defaults=True, gc=False):
    message: str | None = None


class SessionStreamingException(Struct, omit_defaults=True, gc=False):
    message: str | None = None


class StartLiveTailResponseStream(Struct, omit_defaults=True, gc=False):
    sessionStart: LiveTailSessionStart | None = None
    sessionUpdate: LiveTailSessionUpdate | None = None
    SessionTimeoutException: SessionTimeoutException | None = None
    SessionStreamingException: SessionStreamingException | None = None


class StartLiveTailResponse(Struct, omit_defaults=True, gc=False):
    responseStream: Any | None = None


# The operations' inputs.
INPUTS: dict[str, type[Struct]] = {
    "CreateLogGroup": CreateLogGroupRequest,
    "CreateLogStream": CreateLogStreamRequest,
    "DeleteLogGroup": DeleteLogGroupRequest,
    "DeleteLogStream": DeleteLogStreamRequest,
    "DeleteRetentionPolicy": DeleteRetentionPolicyRequest,
    "DescribeLogGroups": DescribeLogGroupsRequest,
    "DescribeLogStreams": DescribeLogStreamsRequest,
    "FilterLogEvents": FilterLogEventsRequest,
    "GetLogEvents": GetLogEventsRequest,
    "ListTagsForResource": ListTagsForResourceRequest,
    "ListTagsLogGroup": ListTagsLogGroupRequest,
    "PutLogEvents": PutLogEventsRequest,
    "PutRetentionPolicy": PutRetentionPolicyRequest,
    "StartLiveTail": StartLiveTailRequest,
    "TagLogGroup": TagLogGroupRequest,
    "TagResource": TagResourceRequest,
    "UntagLogGroup": UntagLogGroupRequest,
    "UntagResource": UntagResourceRequest,
}

# The outputs of those operations that have one.
OUTPUTS: dict[str, type[Struct]] = {
    "DescribeLogGroups": DescribeLogGroupsResponse,
    "DescribeLogStreams": DescribeLogStreamsResponse,
    "FilterLogEvents": FilterLogEventsResponse,
    "GetLogEvents": GetLogEventsResponse,
    "ListTagsForResource": ListTagsForResourceResponse,
    "ListTagsLogGroup": ListTagsLogGroupResponse,
    "PutLogEvents": PutLogEventsResponse,
    "StartLiveTail": StartLiveTailResponse,
}
