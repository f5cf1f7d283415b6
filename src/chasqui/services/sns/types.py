"""The shapes of Amazon Simple Notification Service: a struct for each structure of its operations.

Generated from botocore's model (sns 2010-03-31) by `tools/generate_types.py`; do not edit, run that
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


class AddPermissionInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn", "Label", "AWSAccountId", "ActionName")
    TopicArn: str | None = None
    Label: str | None = None
    AWSAccountId: list[str] | None = None
    ActionName: list[str] | None = None


class CheckIfPhoneNumberIsOptedOutInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("phoneNumber",)
    phoneNumber: str | None = None


class ConfirmSubscriptionInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn", "Token")
    TopicArn: str | None = None
    Token: str | None = None
    AuthenticateOnUnsubscribe: str | None = None


class CreatePlatformApplicationInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Name", "Platform", "Attributes")
    Name: str | None = None
    Platform: str | None = None
    Attributes: dict[str, str] | None = None


class CreatePlatformEndpointInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PlatformApplicationArn", "Token")
    PlatformApplicationArn: str | None = None
    Token: str | None = None
    CustomUserData: str | None = None
    Attributes: dict[str, str] | None = None


class CreateSMSSandboxPhoneNumberInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PhoneNumber",)
    PhoneNumber: str | None = None
    LanguageCode: str | None = None


class Tag(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Key", "Value")
    Key: str | None = None
    Value: str | None = None


class CreateTopicInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Name",)
    Name: str | None = None
    Attributes: dict[str, str] | None = None
    Tags: list[Tag] | None = None
    DataProtectionPolicy: str | None = None


class DeleteEndpointInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("EndpointArn",)
    EndpointArn: str | None = None


class DeletePlatformApplicationInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PlatformApplicationArn",)
    PlatformApplicationArn: str | None = None


class DeleteSMSSandboxPhoneNumberInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PhoneNumber",)
    PhoneNumber: str | None = None


class DeleteTopicInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn",)
    TopicArn: str | None = None


class GetDataProtectionPolicyInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ResourceArn",)
    ResourceArn: str | None = None


class GetEndpointAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("EndpointArn",)
    EndpointArn: str | None = None


class GetPlatformApplicationAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PlatformApplicationArn",)
    PlatformApplicationArn: str | None = None


class GetSMSAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    attributes: list[str] | None = None


class GetSMSSandboxAccountStatusInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class GetSubscriptionAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SubscriptionArn",)
    SubscriptionArn: str | None = None


class GetTopicAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn",)
    TopicArn: str | None = None


class ListEndpointsByPlatformApplicationInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PlatformApplicationArn",)
    PlatformApplicationArn: str | None = None
    NextToken: str | None = None


class ListOriginationNumbersRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    NextToken: str | None = None
    MaxResults: Integer | None = None


class ListPhoneNumbersOptedOutInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    nextToken: str | None = None


class ListPlatformApplicationsInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    NextToken: str | None = None


class ListSMSSandboxPhoneNumbersInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    NextToken: str | None = None
    MaxResults: Integer | None = None


class ListSubscriptionsInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    NextToken: str | None = None


class ListSubscriptionsByTopicInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn",)
    TopicArn: str | None = None
    NextToken: str | None = None


class ListTagsForResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ResourceArn",)
    ResourceArn: str | None = None


class ListTopicsInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    NextToken: str | None = None


class OptInPhoneNumberInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("phoneNumber",)
    phoneNumber: str | None = None


class MessageAttributeValue(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("DataType",)
    DataType: str | None = None
    StringValue: str | None = None
    BinaryValue: bytes | None = None


class PublishInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Message",)
    TopicArn: str | None = None
    TargetArn: str | None = None
    PhoneNumber: str | None = None
    Message: str | None = None
    Subject: str | None = None
    MessageStructure: str | None = None
    MessageAttributes: dict[str, MessageAttributeValue] | None = None
    MessageDeduplicationId: str | None = None
    MessageGroupId: str | None = None


class PublishBatchRequestEntry(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Id", "Message")
    Id: str | None = None
    Message: str | None = None
    Subject: str | None = None
    MessageStructure: str | None = None
    MessageAttributes: dict[str, MessageAttributeValue] | None = None
    MessageDeduplicationId: str | None = None
    MessageGroupId: str | None = None


class PublishBatchInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn", "PublishBatchRequestEntries")
    TopicArn: str | None = None
    PublishBatchRequestEntries: list[PublishBatchRequestEntry] | None = None


class PutDataProtectionPolicyInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ResourceArn", "DataProtectionPolicy")
    ResourceArn: str | None = None
    DataProtectionPolicy: str | None = None


class RemovePermissionInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn", "Label")
    TopicArn: str | None = None
    Label: str | None = None


class SetEndpointAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("EndpointArn", "Attributes")
    EndpointArn: str | None = None
    Attributes: dict[str, str] | None = None


class SetPlatformApplicationAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PlatformApplicationArn", "Attributes")
    PlatformApplicationArn: str | None = None
    Attributes: dict[str, str] | None = None


class SetSMSAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("attributes",)
    attributes: dict[str, str] | None = None


class SetSubscriptionAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SubscriptionArn", "AttributeName")
    SubscriptionArn: str | None = None
    AttributeName: str | None = None
    AttributeValue: str | None = None


class SetTopicAttributesInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn", "AttributeName")
    TopicArn: str | None = None
    AttributeName: str | None = None
    AttributeValue: str | None = None


class SubscribeInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn", "Protocol")
    TopicArn: str | None = None
    Protocol: str | None = None
    Endpoint: str | None = None
    Attributes: dict[str, str] | None = None
    ReturnSubscriptionArn: bool | None = None


class TagResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ResourceArn", "Tags")
    ResourceArn: str | None = None
    Tags: list[Tag] | None = None


class UnsubscribeInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SubscriptionArn",)
    SubscriptionArn: str | None = None


class UntagResourceRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ResourceArn", "TagKeys")
    ResourceArn: str | None = None
    TagKeys: list[str] | None = None


class VerifySMSSandboxPhoneNumberInput(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("PhoneNumber", "OneTimePassword")
    PhoneNumber: str | None = None
    OneTimePassword: str | None = None


class CheckIfPhoneNumberIsOptedOutResponse(Struct, omit_defaults=True, gc=False):
    isOptedOut: bool | None = None


class ConfirmSubscriptionResponse(Struct, omit_defaults=True, gc=False):
    SubscriptionArn: str | None = None


class CreatePlatformApplicationResponse(Struct, omit_defaults=True, gc=False):
    PlatformApplicationArn: str | None = None


class CreateEndpointResponse(Struct, omit_defaults=True, gc=False):
    EndpointArn: str | None = None


class CreateSMSSandboxPhoneNumberResult(Struct, omit_defaults=True, gc=False):
    pass


class CreateTopicResponse(Struct, omit_defaults=True, gc=False):
    TopicArn: str | None = None


class DeleteSMSSandboxPhoneNumberResult(Struct, omit_defaults=True, gc=False):
    pass


class GetDataProtectionPolicyResponse(Struct, omit_defaults=True, gc=False):
    DataProtectionPolicy: str | None = None


class GetEndpointAttributesResponse(Struct, omit_defaults=True, gc=False):
    Attributes: dict[str, str] | None = None


class GetPlatformApplicationAttributesResponse(Struct, omit_defaults=True, gc=False):
    Attributes: dict[str, str] | None = None


class GetSMSAttributesResponse(Struct, omit_defaults=True, gc=False):
    attributes: dict[str, str] | None = None


class GetSMSSandboxAccountStatusResult(Struct, omit_defaults=True, gc=False):
    IsInSandbox: bool


class GetSubscriptionAttributesResponse(Struct, omit_defaults=True, gc=False):
    Attributes: dict[str, str] | None = None


class GetTopicAttributesResponse(Struct, omit_defaults=True, gc=False):
    Attributes: dict[str, str] | None = None


class Endpoint(Struct, omit_defaults=True, gc=False):
    EndpointArn: str | None = None
    Attributes: dict[str, str] | None = None


class ListEndpointsByPlatformApplicationResponse(Struct, omit_defaults=True, gc=False):
    Endpoints: list[Endpoint] | None = None
    NextToken: str | None = None


class PhoneNumberInformation(Struct, omit_defaults=True, gc=False):
    CreatedAt: float | None = None
    PhoneNumber: str | None = None
    Status: str | None = None
    Iso2CountryCode: str | None = None
    RouteType: str | None = None
    NumberCapabilities: list[str] | None = None


class ListOriginationNumbersResult(Struct, omit_defaults=True, gc=False):
    NextToken: str | None = None
    PhoneNumbers: list[PhoneNumberInformation] | None = None


class ListPhoneNumbersOptedOutResponse(Struct, omit_defaults=True, gc=False):
    phoneNumbers: list[str] | None = None
    nextToken: str | None = None


class PlatformApplication(Struct, omit_defaults=True, gc=False):
    PlatformApplicationArn: str | None = None
    Attributes: dict[str, str] | None = None


class ListPlatformApplicationsResponse(Struct, omit_defaults=True, gc=False):
    PlatformApplications: list[PlatformApplication] | None = None
    NextToken: str | None = None


class SMSSandboxPhoneNumber(Struct, omit_defaults=True, gc=False):
    PhoneNumber: str | None = None
    Status: str | None = None


class ListSMSSandboxPhoneNumbersResult(Struct, omit_defaults=True, gc=False):
    PhoneNumbers: list[SMSSandboxPhoneNumber] | None = None
    NextToken: str | None = None


class Subscription(Struct, omit_defaults=True, gc=False):
    SubscriptionArn: str | None = None
    Owner: str | None = None
    Protocol: str | None = None
    Endpoint: str | None = None
    TopicArn: str | None = None


class ListSubscriptionsResponse(Struct, omit_defaults=True, gc=False):
    Subscriptions: list[Subscription] | None = None
    NextToken: str | None = None


class ListSubscriptionsByTopicResponse(Struct, omit_defaults=True, gc=False):
    Subscriptions: list[Subscription] | None = None
    NextToken: str | None = None


class ListTagsForResourceResponse(Struct, omit_defaults=True, gc=False):
    Tags: list[Tag] | None = None


class Topic(Struct, omit_defaults=True, gc=False):
    TopicArn: str | None = None


class ListTopicsResponse(Struct, omit_defaults=True, gc=False):
    Topics: list[Topic] | None = None
    NextToken: str | None = None


class OptInPhoneNumberResponse(Struct, omit_defaults=True, gc=False):
    pass


class PublishResponse(Struct, omit_defaults=True, gc=False):
    MessageId: str | None = None
    SequenceNumber: str | None = None


class PublishBatchResultEntry(Struct, omit_defaults=True, gc=False):
    Id: str | None = None
    MessageId: str | None = None
    SequenceNumber: str | None = None


class BatchResultErrorEntry(Struct, omit_defaults=True, gc=False):
    Id: str
    Code: str
    SenderFault: bool
    Message: str | None = None


class PublishBatchResponse(Struct, omit_defaults=True, gc=False):
    Successful: list[PublishBatchResultEntry] | None = None
    Failed: list[BatchResultErrorEntry] | None = None


class SetSMSAttributesResponse(Struct, omit_defaults=True, gc=False):
    pass


class SubscribeResponse(Struct, omit_defaults=True, gc=False):
    SubscriptionArn: str | None = None


class TagResourceResponse(Struct, omit_defaults=True, gc=False):
    pass


class UntagResourceResponse(Struct, omit_defaults=True, gc=False):
    pass


class VerifySMSSandboxPhoneNumberResult(Struct, omit_defaults=True, gc=False):
    pass


# The operations' inputs.
INPUTS: dict[str, type[Struct]] = {
    "AddPermission": AddPermissionInput,
    "CheckIfPhoneNumberIsOptedOut": CheckIfPhoneNumberIsOptedOutInput,
    "ConfirmSubscription": ConfirmSubscriptionInput,
    "CreatePlatformApplication": CreatePlatformApplicationInput,
    "CreatePlatformEndpoint": CreatePlatformEndpointInput,
    "CreateSMSSandboxPhoneNumber": CreateSMSSandboxPhoneNumberInput,
    "CreateTopic": CreateTopicInput,
    "DeleteEndpoint": DeleteEndpointInput,
    "DeletePlatformApplication": DeletePlatformApplicationInput,
    "DeleteSMSSandboxPhoneNumber": DeleteSMSSandboxPhoneNumberInput,
    "DeleteTopic": DeleteTopicInput,
    "GetDataProtectionPolicy": GetDataProtectionPolicyInput,
    "GetEndpointAttributes": GetEndpointAttributesInput,
    "GetPlatformApplicationAttributes": GetPlatformApplicationAttributesInput,
    "GetSMSAttributes": GetSMSAttributesInput,
    "GetSMSSandboxAccountStatus": GetSMSSandboxAccountStatusInput,
    "GetSubscriptionAttributes": GetSubscriptionAttributesInput,
    "GetTopicAttributes": GetTopicAttributesInput,
    "ListEndpointsByPlatformApplication": ListEndpointsByPlatformApplicationInput,
    "ListOriginationNumbers": ListOriginationNumbersRequest,
    "ListPhoneNumbersOptedOut": ListPhoneNumbersOptedOutInput,
    "ListPlatformApplications": ListPlatformApplicationsInput,
    "ListSMSSandboxPhoneNumbers": ListSMSSandboxPhoneNumbersInput,
    "ListSubscriptions": ListSubscriptionsInput,
    "ListSubscriptionsByTopic": ListSubscriptionsByTopicInput,
    "ListTagsForResource": ListTagsForResourceRequest,
    "ListTopics": ListTopicsInput,
    "OptInPhoneNumber": OptInPhoneNumberInput,
    "Publish": PublishInput,
    "PublishBatch": PublishBatchInput,
    "PutDataProtectionPolicy": PutDataProtectionPolicyInput,
    "RemovePermission": RemovePermissionInput,
    "SetEndpointAttributes": SetEndpointAttributesInput,
    "SetPlatformApplicationAttributes": SetPlatformApplicationAttributesInput,
    "SetSMSAttributes": SetSMSAttributesInput,
    "SetSubscriptionAttributes": SetSubscriptionAttributesInput,
    "SetTopicAttributes": SetTopicAttributesInput,
    "Subscribe": SubscribeInput,
    "TagResource": TagResourceRequest,
    "Unsubscribe": UnsubscribeInput,
    "UntagResource": UntagResourceRequest,
    "VerifySMSSandboxPhoneNumber": VerifySMSSandboxPhoneNumberInput,
}

# The outputs of those operations that have one.
OUTPUTS: dict[str, type[Struct]] = {
    "CheckIfPhoneNumberIsOptedOut": CheckIfPhoneNumberIsOptedOutResponse,
    "ConfirmSubscription": ConfirmSubscriptionResponse,
    "CreatePlatformApplication": CreatePlatformApplicationResponse,
    "CreatePlatformEndpoint": CreateEndpointResponse,
    "CreateSMSSandboxPhoneNumber": CreateSMSSandboxPhoneNumberResult,
    "CreateTopic": CreateTopicResponse,
    "DeleteSMSSandboxPhoneNumber": DeleteSMSSandboxPhoneNumberResult,
    "GetDataProtectionPolicy": GetDataProtectionPolicyResponse,
    "GetEndpointAttributes": GetEndpointAttributesResponse,
    "GetPlatformApplicationAttributes": GetPlatformApplicationAttributesResponse,
    "GetSMSAttributes": GetSMSAttributesResponse,
    "GetSMSSandboxAccountStatus": GetSMSSandboxAccountStatusResult,
    "GetSubscriptionAttributes": GetSubscriptionAttributesResponse,
    "GetTopicAttributes": GetTopicAttributesResponse,
    "ListEndpointsByPlatformApplication": ListEndpointsByPlatformApplicationResponse,
    "ListOriginationNumbers": ListOriginationNumbersResult,
    "ListPhoneNumbersOptedOut": ListPhoneNumbersOptedOutResponse,
    "ListPlatformApplications": ListPlatformApplicationsResponse,
    "ListSMSSandboxPhoneNumbers": ListSMSSandboxPhoneNumbersResult,
    "ListSubscriptions": ListSubscriptionsResponse,
    "ListSubscriptionsByTopic": ListSubscriptionsByTopicResponse,
    "ListTagsForResource": ListTagsForResourceResponse,
    "ListTopics": ListTopicsResponse,
    "OptInPhoneNumber": OptInPhoneNumberResponse,
    "Publish": PublishResponse,
    "PublishBatch": PublishBatchResponse,
    "SetSMSAttributes": SetSMSAttributesResponse,
    "Subscribe": SubscribeResponse,
    "TagResource": TagResourceResponse,
    "UntagResource": UntagResourceResponse,
    "VerifySMSSandboxPhoneNumber": VerifySMSSandboxPhoneNumberResult,
}
