"""The shapes of Amazon Simple Storage Service: a struct for each structure of its operations.

Generated from botocore's model (s3 2006-03-01) by `tools/generate_types.py`; do not edit, run that
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


class AbortMultipartUploadRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key", "UploadId")
    Bucket: str | None = None
    Key: str | None = None
    UploadId: str | None = None
    RequestPayer: str | None = None
    ExpectedBucketOwner: str | None = None
    IfMatchInitiatedTime: float | None = None


class CompletedPart(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    ETag: str | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    PartNumber: Integer | None = None


class CompletedMultipartUpload(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Parts: list[CompletedPart] | None = None


class CompleteMultipartUploadRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key", "UploadId")
    Bucket: str | None = None
    Key: str | None = None
    MultipartUpload: CompletedMultipartUpload | None = None
    UploadId: str | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    ChecksumType: str | None = None
    MpuObjectSize: Integer | None = None
    RequestPayer: str | None = None
    ExpectedBucketOwner: str | None = None
    IfMatch: str | None = None
    IfNoneMatch: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None


class CopyObjectRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "CopySource", "Key")
    ACL: str | None = None
    Bucket: str | None = None
    CacheControl: str | None = None
    ChecksumAlgorithm: str | None = None
    ContentDisposition: str | None = None
    ContentEncoding: str | None = None
    ContentLanguage: str | None = None
    ContentType: str | None = None
    CopySource: str | None = None
    CopySourceIfMatch: str | None = None
    CopySourceIfModifiedSince: float | None = None
    CopySourceIfNoneMatch: str | None = None
    CopySourceIfUnmodifiedSince: float | None = None
    Expires: str | None = None
    GrantFullControl: str | None = None
    GrantRead: str | None = None
    GrantReadACP: str | None = None
    GrantWriteACP: str | None = None
    IfMatch: str | None = None
    IfNoneMatch: str | None = None
    Key: str | None = None
    Metadata: dict[str, str] | None = None
    MetadataDirective: str | None = None
    TaggingDirective: str | None = None
    AnnotationDirective: str | None = None
    ServerSideEncryption: str | None = None
    StorageClass: str | None = None
    WebsiteRedirectLocation: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    SSEKMSEncryptionContext: str | None = None
    BucketKeyEnabled: bool | None = None
    CopySourceSSECustomerAlgorithm: str | None = None
    CopySourceSSECustomerKey: str | None = None
    CopySourceSSECustomerKeyMD5: str | None = None
    RequestPayer: str | None = None
    Tagging: str | None = None
    ObjectLockMode: str | None = None
    ObjectLockRetainUntilDate: float | None = None
    ObjectLockLegalHoldStatus: str | None = None
    ObjectLockEventHold: str | None = None
    ObjectLockEventHoldDurationDays: Integer | None = None
    ObjectLockEventHoldDurationYears: Integer | None = None
    ExpectedBucketOwner: str | None = None
    ExpectedSourceBucketOwner: str | None = None


class LocationInfo(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Type: str | None = None
    Name: str | None = None


class BucketInfo(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    DataRedundancy: str | None = None
    Type: str | None = None


class Tag(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Key", "Value")
    Key: str | None = None
    Value: str | None = None


class CreateBucketConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    LocationConstraint: str | None = None
    Location: LocationInfo | None = None
    Bucket: BucketInfo | None = None
    Tags: list[Tag] | None = None


class CreateBucketRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    ACL: str | None = None
    Bucket: str | None = None
    CreateBucketConfiguration: CreateBucketConfiguration | None = None
    GrantFullControl: str | None = None
    GrantRead: str | None = None
    GrantReadACP: str | None = None
    GrantWrite: str | None = None
    GrantWriteACP: str | None = None
    ObjectLockEnabledForBucket: bool | None = None
    ObjectOwnership: str | None = None
    BucketNamespace: str | None = None


class CreateMultipartUploadRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key")
    ACL: str | None = None
    Bucket: str | None = None
    CacheControl: str | None = None
    ContentDisposition: str | None = None
    ContentEncoding: str | None = None
    ContentLanguage: str | None = None
    ContentType: str | None = None
    Expires: str | None = None
    GrantFullControl: str | None = None
    GrantRead: str | None = None
    GrantReadACP: str | None = None
    GrantWriteACP: str | None = None
    Key: str | None = None
    Metadata: dict[str, str] | None = None
    ServerSideEncryption: str | None = None
    StorageClass: str | None = None
    WebsiteRedirectLocation: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    SSEKMSEncryptionContext: str | None = None
    BucketKeyEnabled: bool | None = None
    RequestPayer: str | None = None
    Tagging: str | None = None
    ObjectLockMode: str | None = None
    ObjectLockRetainUntilDate: float | None = None
    ObjectLockLegalHoldStatus: str | None = None
    ObjectLockEventHold: str | None = None
    ObjectLockEventHoldDurationDays: Integer | None = None
    ObjectLockEventHoldDurationYears: Integer | None = None
    ExpectedBucketOwner: str | None = None
    ChecksumAlgorithm: str | None = None
    ChecksumType: str | None = None


class DeleteBucketRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class DeleteBucketCorsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class DeleteBucketEncryptionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class DeleteBucketLifecycleRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class DeleteBucketOwnershipControlsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class DeleteBucketPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class DeleteBucketTaggingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class DeleteObjectRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key")
    Bucket: str | None = None
    Key: str | None = None
    MFA: str | None = None
    VersionId: str | None = None
    RequestPayer: str | None = None
    BypassGovernanceRetention: bool | None = None
    ExpectedBucketOwner: str | None = None
    IfMatch: str | None = None
    IfMatchLastModifiedTime: float | None = None
    IfMatchSize: Integer | None = None


class DeleteObjectTaggingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key")
    Bucket: str | None = None
    Key: str | None = None
    VersionId: str | None = None
    ExpectedBucketOwner: str | None = None


class ObjectIdentifier(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Key",)
    Key: str | None = None
    VersionId: str | None = None
    ETag: str | None = None
    LastModifiedTime: float | None = None
    Size: Integer | None = None


class Delete(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Objects",)
    Objects: list[ObjectIdentifier] | None = None
    Quiet: bool | None = None


class DeleteObjectsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Delete")
    Bucket: str | None = None
    Delete: Delete | None = None
    MFA: str | None = None
    RequestPayer: str | None = None
    BypassGovernanceRetention: bool | None = None
    ExpectedBucketOwner: str | None = None
    ChecksumAlgorithm: str | None = None


class DeletePublicAccessBlockRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketAccelerateConfigurationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None
    RequestPayer: str | None = None


class GetBucketAclRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketCorsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketEncryptionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketLifecycleConfigurationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketLocationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketLoggingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketNotificationConfigurationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketOwnershipControlsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketPolicyStatusRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketReplicationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketRequestPaymentRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketTaggingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketVersioningRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetBucketWebsiteRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetObjectRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key")
    Bucket: str | None = None
    IfMatch: str | None = None
    IfModifiedSince: float | None = None
    IfNoneMatch: str | None = None
    IfUnmodifiedSince: float | None = None
    Key: str | None = None
    Range: str | None = None
    ResponseCacheControl: str | None = None
    ResponseContentDisposition: str | None = None
    ResponseContentEncoding: str | None = None
    ResponseContentLanguage: str | None = None
    ResponseContentType: str | None = None
    ResponseExpires: float | None = None
    VersionId: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None
    RequestPayer: str | None = None
    PartNumber: Integer | None = None
    ExpectedBucketOwner: str | None = None
    ChecksumMode: str | None = None


class GetObjectAclRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key")
    Bucket: str | None = None
    Key: str | None = None
    VersionId: str | None = None
    RequestPayer: str | None = None
    ExpectedBucketOwner: str | None = None


class GetObjectAttributesRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key", "ObjectAttributes")
    Bucket: str | None = None
    Key: str | None = None
    VersionId: str | None = None
    MaxParts: Integer | None = None
    PartNumberMarker: Integer | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None
    RequestPayer: str | None = None
    ExpectedBucketOwner: str | None = None
    ObjectAttributes: list[str] | None = None


class GetObjectLockConfigurationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class GetObjectTaggingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key")
    Bucket: str | None = None
    Key: str | None = None
    VersionId: str | None = None
    ExpectedBucketOwner: str | None = None
    RequestPayer: str | None = None


class GetPublicAccessBlockRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class HeadBucketRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ExpectedBucketOwner: str | None = None


class HeadObjectRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key")
    Bucket: str | None = None
    IfMatch: str | None = None
    IfModifiedSince: float | None = None
    IfNoneMatch: str | None = None
    IfUnmodifiedSince: float | None = None
    Key: str | None = None
    Range: str | None = None
    ResponseCacheControl: str | None = None
    ResponseContentDisposition: str | None = None
    ResponseContentEncoding: str | None = None
    ResponseContentLanguage: str | None = None
    ResponseContentType: str | None = None
    ResponseExpires: float | None = None
    VersionId: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None
    RequestPayer: str | None = None
    PartNumber: Integer | None = None
    ExpectedBucketOwner: str | None = None
    ChecksumMode: str | None = None


class ListBucketsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    MaxBuckets: Integer | None = None
    ContinuationToken: str | None = None
    Prefix: str | None = None
    BucketRegion: str | None = None


class ListMultipartUploadsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    Delimiter: str | None = None
    EncodingType: str | None = None
    KeyMarker: str | None = None
    MaxUploads: Integer | None = None
    Prefix: str | None = None
    UploadIdMarker: str | None = None
    ExpectedBucketOwner: str | None = None
    RequestPayer: str | None = None


class ListObjectVersionsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    Delimiter: str | None = None
    EncodingType: str | None = None
    KeyMarker: str | None = None
    MaxKeys: Integer | None = None
    Prefix: str | None = None
    VersionIdMarker: str | None = None
    ExpectedBucketOwner: str | None = None
    RequestPayer: str | None = None
    OptionalObjectAttributes: list[str] | None = None


class ListObjectsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    Delimiter: str | None = None
    EncodingType: str | None = None
    Marker: str | None = None
    MaxKeys: Integer | None = None
    Prefix: str | None = None
    RequestPayer: str | None = None
    ExpectedBucketOwner: str | None = None
    OptionalObjectAttributes: list[str] | None = None


class ListObjectsV2Request(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    Delimiter: str | None = None
    EncodingType: str | None = None
    MaxKeys: Integer | None = None
    Prefix: str | None = None
    ContinuationToken: str | None = None
    FetchOwner: bool | None = None
    StartAfter: str | None = None
    RequestPayer: str | None = None
    ExpectedBucketOwner: str | None = None
    OptionalObjectAttributes: list[str] | None = None


class ListPartsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key", "UploadId")
    Bucket: str | None = None
    Key: str | None = None
    MaxParts: Integer | None = None
    PartNumberMarker: Integer | None = None
    UploadId: str | None = None
    RequestPayer: str | None = None
    ExpectedBucketOwner: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None


class Grantee(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Type",)
    DisplayName: str | None = None
    EmailAddress: str | None = None
    ID: str | None = None
    Type: str | None = None
    URI: str | None = None


class Grant(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Grantee: Grantee | None = None
    Permission: str | None = None


class Owner(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    DisplayName: str | None = None
    ID: str | None = None


class AccessControlPolicy(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Grants: list[Grant] | None = None
    Owner: Owner | None = None


class PutBucketAclRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    ACL: str | None = None
    AccessControlPolicy: AccessControlPolicy | None = None
    Bucket: str | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    GrantFullControl: str | None = None
    GrantRead: str | None = None
    GrantReadACP: str | None = None
    GrantWrite: str | None = None
    GrantWriteACP: str | None = None
    ExpectedBucketOwner: str | None = None


class CORSRule(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AllowedMethods", "AllowedOrigins")
    ID: str | None = None
    AllowedHeaders: list[str] | None = None
    AllowedMethods: list[str] | None = None
    AllowedOrigins: list[str] | None = None
    ExposeHeaders: list[str] | None = None
    MaxAgeSeconds: Integer | None = None


class CORSConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("CORSRules",)
    CORSRules: list[CORSRule] | None = None


class PutBucketCorsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "CORSConfiguration")
    Bucket: str | None = None
    CORSConfiguration: CORSConfiguration | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    ExpectedBucketOwner: str | None = None


class ServerSideEncryptionByDefault(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("SSEAlgorithm",)
    SSEAlgorithm: str | None = None
    KMSMasterKeyID: str | None = None


class BlockedEncryptionTypes(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    EncryptionType: list[str] | None = None


class ServerSideEncryptionRule(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault | None = None
    BucketKeyEnabled: bool | None = None
    BlockedEncryptionTypes: BlockedEncryptionTypes | None = None


class ServerSideEncryptionConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Rules",)
    Rules: list[ServerSideEncryptionRule] | None = None


class PutBucketEncryptionRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "ServerSideEncryptionConfiguration")
    Bucket: str | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    ServerSideEncryptionConfiguration: ServerSideEncryptionConfiguration | None = None
    ExpectedBucketOwner: str | None = None


class LifecycleExpiration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Date: float | None = None
    Days: Integer | None = None
    ExpiredObjectDeleteMarker: bool | None = None


class LifecycleRuleAndOperator(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Prefix: str | None = None
    Tags: list[Tag] | None = None
    ObjectSizeGreaterThan: Integer | None = None
    ObjectSizeLessThan: Integer | None = None


class LifecycleRuleFilter(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Prefix: str | None = None
    Tag: Tag | None = None
    ObjectSizeGreaterThan: Integer | None = None
    ObjectSizeLessThan: Integer | None = None
    And: LifecycleRuleAndOperator | None = None


class Transition(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Date: float | None = None
    Days: Integer | None = None
    StorageClass: str | None = None


class NoncurrentVersionTransition(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    NoncurrentDays: Integer | None = None
    StorageClass: str | None = None
    NewerNoncurrentVersions: Integer | None = None


class NoncurrentVersionExpiration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    NoncurrentDays: Integer | None = None
    NewerNoncurrentVersions: Integer | None = None


class AbortIncompleteMultipartUpload(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    DaysAfterInitiation: Integer | None = None


class LifecycleRule(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Status",)
    Expiration: LifecycleExpiration | None = None
    ID: str | None = None
    Prefix: str | None = None
    Filter: LifecycleRuleFilter | None = None
    Status: str | None = None
    Transitions: list[Transition] | None = None
    NoncurrentVersionTransitions: list[NoncurrentVersionTransition] | None = None
    NoncurrentVersionExpiration: NoncurrentVersionExpiration | None = None
    AbortIncompleteMultipartUpload: AbortIncompleteMultipartUpload | None = None


class BucketLifecycleConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Rules",)
    Rules: list[LifecycleRule] | None = None


class PutBucketLifecycleConfigurationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket",)
    Bucket: str | None = None
    ChecksumAlgorithm: str | None = None
    LifecycleConfiguration: BucketLifecycleConfiguration | None = None
    ExpectedBucketOwner: str | None = None
    TransitionDefaultMinimumObjectSize: str | None = None


class FilterRule(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Name: str | None = None
    Value: str | None = None


class S3KeyFilter(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    FilterRules: list[FilterRule] | None = None


class NotificationConfigurationFilter(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    Key: S3KeyFilter | None = None


class TopicConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TopicArn", "Events")
    Id: str | None = None
    TopicArn: str | None = None
    Events: list[str] | None = None
    Filter: NotificationConfigurationFilter | None = None


class QueueConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("QueueArn", "Events")
    Id: str | None = None
    QueueArn: str | None = None
    Events: list[str] | None = None
    Filter: NotificationConfigurationFilter | None = None


class LambdaFunctionConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("LambdaFunctionArn", "Events")
    Id: str | None = None
    LambdaFunctionArn: str | None = None
    Events: list[str] | None = None
    Filter: NotificationConfigurationFilter | None = None


class EventBridgeConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()


class NotificationConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    TopicConfigurations: list[TopicConfiguration] | None = None
    QueueConfigurations: list[QueueConfiguration] | None = None
    LambdaFunctionConfigurations: list[LambdaFunctionConfiguration] | None = None
    EventBridgeConfiguration: EventBridgeConfiguration | None = None


class PutBucketNotificationConfigurationRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "NotificationConfiguration")
    Bucket: str | None = None
    NotificationConfiguration: NotificationConfiguration | None = None
    ExpectedBucketOwner: str | None = None
    SkipDestinationValidation: bool | None = None


class OwnershipControlsRule(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("ObjectOwnership",)
    ObjectOwnership: str | None = None


class OwnershipControls(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Rules",)
    Rules: list[OwnershipControlsRule] | None = None


class PutBucketOwnershipControlsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "OwnershipControls")
    Bucket: str | None = None
    ContentMD5: str | None = None
    ExpectedBucketOwner: str | None = None
    OwnershipControls: OwnershipControls | None = None
    ChecksumAlgorithm: str | None = None


class PutBucketPolicyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Policy")
    Bucket: str | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    ConfirmRemoveSelfBucketAccess: bool | None = None
    Policy: str | None = None
    ExpectedBucketOwner: str | None = None


class Tagging(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("TagSet",)
    TagSet: list[Tag] | None = None


class PutBucketTaggingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Tagging")
    Bucket: str | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    Tagging: Tagging | None = None
    ExpectedBucketOwner: str | None = None


class VersioningConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    MFADelete: str | None = None
    Status: str | None = None


class PutBucketVersioningRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "VersioningConfiguration")
    Bucket: str | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    MFA: str | None = None
    VersioningConfiguration: VersioningConfiguration | None = None
    ExpectedBucketOwner: str | None = None


class PutObjectRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key")
    ACL: str | None = None
    Body: Any | None = None
    Bucket: str | None = None
    CacheControl: str | None = None
    ContentDisposition: str | None = None
    ContentEncoding: str | None = None
    ContentLanguage: str | None = None
    ContentLength: Integer | None = None
    ContentMD5: str | None = None
    ContentType: str | None = None
    ChecksumAlgorithm: str | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    Expires: str | None = None
    IfMatch: str | None = None
    IfNoneMatch: str | None = None
    GrantFullControl: str | None = None
    GrantRead: str | None = None
    GrantReadACP: str | None = None
    GrantWriteACP: str | None = None
    Key: str | None = None
    WriteOffsetBytes: Integer | None = None
    Metadata: dict[str, str] | None = None
    ServerSideEncryption: str | None = None
    StorageClass: str | None = None
    WebsiteRedirectLocation: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    SSEKMSEncryptionContext: str | None = None
    BucketKeyEnabled: bool | None = None
    RequestPayer: str | None = None
    Tagging: str | None = None
    ObjectLockMode: str | None = None
    ObjectLockRetainUntilDate: float | None = None
    ObjectLockLegalHoldStatus: str | None = None
    ObjectLockEventHold: str | None = None
    ObjectLockEventHoldDurationDays: Integer | None = None
    ObjectLockEventHoldDurationYears: Integer | None = None
    ExpectedBucketOwner: str | None = None


class PutObjectAclRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key")
    ACL: str | None = None
    AccessControlPolicy: AccessControlPolicy | None = None
    Bucket: str | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    GrantFullControl: str | None = None
    GrantRead: str | None = None
    GrantReadACP: str | None = None
    GrantWrite: str | None = None
    GrantWriteACP: str | None = None
    Key: str | None = None
    RequestPayer: str | None = None
    VersionId: str | None = None
    ExpectedBucketOwner: str | None = None


class PutObjectTaggingRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key", "Tagging")
    Bucket: str | None = None
    Key: str | None = None
    VersionId: str | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    Tagging: Tagging | None = None
    ExpectedBucketOwner: str | None = None
    RequestPayer: str | None = None


class PublicAccessBlockConfiguration(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    BlockPublicAcls: bool | None = None
    IgnorePublicAcls: bool | None = None
    BlockPublicPolicy: bool | None = None
    RestrictPublicBuckets: bool | None = None


class PutPublicAccessBlockRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "PublicAccessBlockConfiguration")
    Bucket: str | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    PublicAccessBlockConfiguration: PublicAccessBlockConfiguration | None = None
    ExpectedBucketOwner: str | None = None


class UploadPartRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "Key", "PartNumber", "UploadId")
    Body: Any | None = None
    Bucket: str | None = None
    ContentLength: Integer | None = None
    ContentMD5: str | None = None
    ChecksumAlgorithm: str | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    Key: str | None = None
    PartNumber: Integer | None = None
    UploadId: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None
    RequestPayer: str | None = None
    ExpectedBucketOwner: str | None = None


class UploadPartCopyRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("Bucket", "CopySource", "Key", "PartNumber", "UploadId")
    Bucket: str | None = None
    CopySource: str | None = None
    CopySourceIfMatch: str | None = None
    CopySourceIfModifiedSince: float | None = None
    CopySourceIfNoneMatch: str | None = None
    CopySourceIfUnmodifiedSince: float | None = None
    CopySourceRange: str | None = None
    Key: str | None = None
    PartNumber: Integer | None = None
    UploadId: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKey: str | None = None
    SSECustomerKeyMD5: str | None = None
    CopySourceSSECustomerAlgorithm: str | None = None
    CopySourceSSECustomerKey: str | None = None
    CopySourceSSECustomerKeyMD5: str | None = None
    RequestPayer: str | None = None
    ExpectedBucketOwner: str | None = None
    ExpectedSourceBucketOwner: str | None = None


class AbortMultipartUploadOutput(Struct, omit_defaults=True, gc=False):
    RequestCharged: str | None = None
    VersionId: str | None = None


class CompleteMultipartUploadOutput(Struct, omit_defaults=True, gc=False):
    Location: str | None = None
    Bucket: str | None = None
    Key: str | None = None
    Expiration: str | None = None
    ETag: str | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    ChecksumType: str | None = None
    ServerSideEncryption: str | None = None
    VersionId: str | None = None
    SSEKMSKeyId: str | None = None
    BucketKeyEnabled: bool | None = None
    RequestCharged: str | None = None


class CopyObjectResult(Struct, omit_defaults=True, gc=False):
    ETag: str | None = None
    LastModified: float | None = None
    ChecksumType: str | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None


class CopyObjectOutput(Struct, omit_defaults=True, gc=False):
    CopyObjectResult: CopyObjectResult | None = None
    Expiration: str | None = None
    CopySourceVersionId: str | None = None
    VersionId: str | None = None
    ServerSideEncryption: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    SSEKMSEncryptionContext: str | None = None
    BucketKeyEnabled: bool | None = None
    RequestCharged: str | None = None


class CreateBucketOutput(Struct, omit_defaults=True, gc=False):
    Location: str | None = None
    BucketArn: str | None = None


class CreateMultipartUploadOutput(Struct, omit_defaults=True, gc=False):
    AbortDate: float | None = None
    AbortRuleId: str | None = None
    Bucket: str | None = None
    Key: str | None = None
    UploadId: str | None = None
    ServerSideEncryption: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    SSEKMSEncryptionContext: str | None = None
    BucketKeyEnabled: bool | None = None
    RequestCharged: str | None = None
    ChecksumAlgorithm: str | None = None
    ChecksumType: str | None = None
    VersionId: str | None = None


class DeleteObjectOutput(Struct, omit_defaults=True, gc=False):
    DeleteMarker: bool | None = None
    VersionId: str | None = None
    RequestCharged: str | None = None


class DeleteObjectTaggingOutput(Struct, omit_defaults=True, gc=False):
    VersionId: str | None = None


class DeletedObject(Struct, omit_defaults=True, gc=False):
    Key: str | None = None
    VersionId: str | None = None
    DeleteMarker: bool | None = None
    DeleteMarkerVersionId: str | None = None


class Error(Struct, omit_defaults=True, gc=False):
    Key: str | None = None
    VersionId: str | None = None
    Code: str | None = None
    Message: str | None = None


class DeleteObjectsOutput(Struct, omit_defaults=True, gc=False):
    Deleted: list[DeletedObject] | None = None
    RequestCharged: str | None = None
    Errors: list[Error] | None = None


class GetBucketAccelerateConfigurationOutput(Struct, omit_defaults=True, gc=False):
    Status: str | None = None
    RequestCharged: str | None = None


class GetBucketAclOutput(Struct, omit_defaults=True, gc=False):
    Owner: Owner | None = None
    Grants: list[Grant] | None = None


class GetBucketCorsOutput(Struct, omit_defaults=True, gc=False):
    CORSRules: list[CORSRule] | None = None


class GetBucketEncryptionOutput(Struct, omit_defaults=True, gc=False):
    ServerSideEncryptionConfiguration: ServerSideEncryptionConfiguration | None = None


class GetBucketLifecycleConfigurationOutput(Struct, omit_defaults=True, gc=False):
    Rules: list[LifecycleRule] | None = None
    TransitionDefaultMinimumObjectSize: str | None = None


class GetBucketLocationOutput(Struct, omit_defaults=True, gc=False):
    LocationConstraint: str | None = None


class TargetGrant(Struct, omit_defaults=True, gc=False):
    Grantee: Grantee | None = None
    Permission: str | None = None


class SimplePrefix(Struct, omit_defaults=True, gc=False):
    pass


class PartitionedPrefix(Struct, omit_defaults=True, gc=False):
    PartitionDateSource: str | None = None


class TargetObjectKeyFormat(Struct, omit_defaults=True, gc=False):
    SimplePrefix: SimplePrefix | None = None
    PartitionedPrefix: PartitionedPrefix | None = None


class LoggingEnabled(Struct, omit_defaults=True, gc=False):
    TargetBucket: str
    TargetPrefix: str
    TargetGrants: list[TargetGrant] | None = None
    TargetObjectKeyFormat: TargetObjectKeyFormat | None = None


class GetBucketLoggingOutput(Struct, omit_defaults=True, gc=False):
    LoggingEnabled: LoggingEnabled | None = None


class GetBucketOwnershipControlsOutput(Struct, omit_defaults=True, gc=False):
    OwnershipControls: OwnershipControls | None = None


class GetBucketPolicyOutput(Struct, omit_defaults=True, gc=False):
    Policy: str | None = None


class PolicyStatus(Struct, omit_defaults=True, gc=False):
    IsPublic: bool | None = None


class GetBucketPolicyStatusOutput(Struct, omit_defaults=True, gc=False):
    PolicyStatus: PolicyStatus | None = None


class ReplicationRuleAndOperator(Struct, omit_defaults=True, gc=False):
    Prefix: str | None = None
    Tags: list[Tag] | None = None


class ReplicationRuleFilter(Struct, omit_defaults=True, gc=False):
    Prefix: str | None = None
    Tag: Tag | None = None
    And: ReplicationRuleAndOperator | None = None


class SseKmsEncryptedObjects(Struct, omit_defaults=True, gc=False):
    Status: str


class ReplicaModifications(Struct, omit_defaults=True, gc=False):
    Status: str


class SourceSelectionCriteria(Struct, omit_defaults=True, gc=False):
    SseKmsEncryptedObjects: SseKmsEncryptedObjects | None = None
    ReplicaModifications: ReplicaModifications | None = None


class ExistingObjectReplication(Struct, omit_defaults=True, gc=False):
    Status: str


class AccessControlTranslation(Struct, omit_defaults=True, gc=False):
    Owner: str


class EncryptionConfiguration(Struct, omit_defaults=True, gc=False):
    ReplicaKmsKeyID: str | None = None


class ReplicationTimeValue(Struct, omit_defaults=True, gc=False):
    Minutes: Integer | None = None


class ReplicationTime(Struct, omit_defaults=True, gc=False):
    Status: str
    Time: ReplicationTimeValue


class Metrics(Struct, omit_defaults=True, gc=False):
    Status: str
    EventThreshold: ReplicationTimeValue | None = None


class Destination(Struct, omit_defaults=True, gc=False):
    Bucket: str
    Account: str | None = None
    StorageClass: str | None = None
    AccessControlTranslation: AccessControlTranslation | None = None
    EncryptionConfiguration: EncryptionConfiguration | None = None
    ReplicationTime: ReplicationTime | None = None
    Metrics: Metrics | None = None


class DeleteMarkerReplication(Struct, omit_defaults=True, gc=False):
    Status: str | None = None


class ReplicationRule(Struct, omit_defaults=True, gc=False):
    Status: str
    Destination: Destination
    ID: str | None = None
    Priority: Integer | None = None
    Prefix: str | None = None
    Filter: ReplicationRuleFilter | None = None
    SourceSelectionCriteria: SourceSelectionCriteria | None = None
    ExistingObjectReplication: ExistingObjectReplication | None = None
    DeleteMarkerReplication: DeleteMarkerReplication | None = None


class ReplicationConfiguration(Struct, omit_defaults=True, gc=False):
    Role: str
    Rules: list[ReplicationRule] | None = None


class GetBucketReplicationOutput(Struct, omit_defaults=True, gc=False):
    ReplicationConfiguration: ReplicationConfiguration | None = None


class GetBucketRequestPaymentOutput(Struct, omit_defaults=True, gc=False):
    Payer: str | None = None


class GetBucketTaggingOutput(Struct, omit_defaults=True, gc=False):
    TagSet: list[Tag] | None = None


class GetBucketVersioningOutput(Struct, omit_defaults=True, gc=False):
    Status: str | None = None
    MFADelete: str | None = None


class RedirectAllRequestsTo(Struct, omit_defaults=True, gc=False):
    HostName: str
    Protocol: str | None = None


class IndexDocument(Struct, omit_defaults=True, gc=False):
    Suffix: str


class ErrorDocument(Struct, omit_defaults=True, gc=False):
    Key: str


class Condition(Struct, omit_defaults=True, gc=False):
    HttpErrorCodeReturnedEquals: str | None = None
    KeyPrefixEquals: str | None = None


class Redirect(Struct, omit_defaults=True, gc=False):
    HostName: str | None = None
    HttpRedirectCode: str | None = None
    Protocol: str | None = None
    ReplaceKeyPrefixWith: str | None = None
    ReplaceKeyWith: str | None = None


class RoutingRule(Struct, omit_defaults=True, gc=False):
    Redirect: Redirect
    Condition: Condition | None = None


class GetBucketWebsiteOutput(Struct, omit_defaults=True, gc=False):
    RedirectAllRequestsTo: RedirectAllRequestsTo | None = None
    IndexDocument: IndexDocument | None = None
    ErrorDocument: ErrorDocument | None = None
    RoutingRules: list[RoutingRule] | None = None


class GetObjectOutput(Struct, omit_defaults=True, gc=False):
    Body: Any | None = None
    DeleteMarker: bool | None = None
    AcceptRanges: str | None = None
    Expiration: str | None = None
    Restore: str | None = None
    LastModified: float | None = None
    ContentLength: Integer | None = None
    ETag: str | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    ChecksumType: str | None = None
    MissingMeta: Integer | None = None
    VersionId: str | None = None
    CacheControl: str | None = None
    ContentDisposition: str | None = None
    ContentEncoding: str | None = None
    ContentLanguage: str | None = None
    ContentRange: str | None = None
    ContentType: str | None = None
    Expires: str | None = None
    WebsiteRedirectLocation: str | None = None
    ServerSideEncryption: str | None = None
    Metadata: dict[str, str] | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    BucketKeyEnabled: bool | None = None
    StorageClass: str | None = None
    RequestCharged: str | None = None
    ReplicationStatus: str | None = None
    PartsCount: Integer | None = None
    TagCount: Integer | None = None
    ObjectLockMode: str | None = None
    ObjectLockRetainUntilDate: float | None = None
    ObjectLockLegalHoldStatus: str | None = None
    ObjectLockEventHold: str | None = None
    ObjectLockEventHoldDurationDays: Integer | None = None
    ObjectLockEventHoldDurationYears: Integer | None = None


class GetObjectAclOutput(Struct, omit_defaults=True, gc=False):
    Owner: Owner | None = None
    Grants: list[Grant] | None = None
    RequestCharged: str | None = None


class Checksum(Struct, omit_defaults=True, gc=False):
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    ChecksumType: str | None = None


class ObjectPart(Struct, omit_defaults=True, gc=False):
    PartNumber: Integer | None = None
    Size: Integer | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None


class GetObjectAttributesParts(Struct, omit_defaults=True, gc=False):
    TotalPartsCount: Integer | None = None
    PartNumberMarker: Integer | None = None
    NextPartNumberMarker: Integer | None = None
    MaxParts: Integer | None = None
    IsTruncated: bool | None = None
    Parts: list[ObjectPart] | None = None


class GetObjectAttributesOutput(Struct, omit_defaults=True, gc=False):
    DeleteMarker: bool | None = None
    LastModified: float | None = None
    VersionId: str | None = None
    RequestCharged: str | None = None
    ETag: str | None = None
    Checksum: Checksum | None = None
    ObjectParts: GetObjectAttributesParts | None = None
    StorageClass: str | None = None
    ObjectSize: Integer | None = None


class EventHoldDuration(Struct, omit_defaults=True, gc=False):
    Days: Integer | None = None
    Years: Integer | None = None


class DefaultRetention(Struct, omit_defaults=True, gc=False):
    Mode: str | None = None
    Days: Integer | None = None
    Years: Integer | None = None
    DefaultEventHold: EventHoldDuration | None = None


class ObjectLockRule(Struct, omit_defaults=True, gc=False):
    DefaultRetention: DefaultRetention | None = None


class ObjectLockConfiguration(Struct, omit_defaults=True, gc=False):
    ObjectLockEnabled: str | None = None
    Rule: ObjectLockRule | None = None


class GetObjectLockConfigurationOutput(Struct, omit_defaults=True, gc=False):
    ObjectLockConfiguration: ObjectLockConfiguration | None = None


class GetObjectTaggingOutput(Struct, omit_defaults=True, gc=False):
    VersionId: str | None = None
    TagSet: list[Tag] | None = None


class GetPublicAccessBlockOutput(Struct, omit_defaults=True, gc=False):
    PublicAccessBlockConfiguration: PublicAccessBlockConfiguration | None = None


class HeadBucketOutput(Struct, omit_defaults=True, gc=False):
    BucketArn: str | None = None
    BucketLocationType: str | None = None
    BucketLocationName: str | None = None
    BucketRegion: str | None = None
    AccessPointAlias: bool | None = None


class HeadObjectOutput(Struct, omit_defaults=True, gc=False):
    DeleteMarker: bool | None = None
    AcceptRanges: str | None = None
    Expiration: str | None = None
    Restore: str | None = None
    ArchiveStatus: str | None = None
    LastModified: float | None = None
    ContentLength: Integer | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    ChecksumType: str | None = None
    ETag: str | None = None
    MissingMeta: Integer | None = None
    VersionId: str | None = None
    CacheControl: str | None = None
    ContentDisposition: str | None = None
    ContentEncoding: str | None = None
    ContentLanguage: str | None = None
    ContentType: str | None = None
    ContentRange: str | None = None
    Expires: str | None = None
    WebsiteRedirectLocation: str | None = None
    ServerSideEncryption: str | None = None
    Metadata: dict[str, str] | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    BucketKeyEnabled: bool | None = None
    StorageClass: str | None = None
    RequestCharged: str | None = None
    ReplicationStatus: str | None = None
    PartsCount: Integer | None = None
    TagCount: Integer | None = None
    ObjectLockMode: str | None = None
    ObjectLockRetainUntilDate: float | None = None
    ObjectLockLegalHoldStatus: str | None = None
    ObjectLockEventHold: str | None = None
    ObjectLockEventHoldDurationDays: Integer | None = None
    ObjectLockEventHoldDurationYears: Integer | None = None


class Bucket(Struct, omit_defaults=True, gc=False):
    Name: str | None = None
    CreationDate: float | None = None
    BucketRegion: str | None = None
    BucketArn: str | None = None


class ListBucketsOutput(Struct, omit_defaults=True, gc=False):
    Buckets: list[Bucket] | None = None
    Owner: Owner | None = None
    ContinuationToken: str | None = None
    Prefix: str | None = None


class Initiator(Struct, omit_defaults=True, gc=False):
    ID: str | None = None
    DisplayName: str | None = None


class MultipartUpload(Struct, omit_defaults=True, gc=False):
    UploadId: str | None = None
    Key: str | None = None
    Initiated: float | None = None
    StorageClass: str | None = None
    Owner: Owner | None = None
    Initiator: Initiator | None = None
    ChecksumAlgorithm: str | None = None
    ChecksumType: str | None = None
    VersionId: str | None = None


class CommonPrefix(Struct, omit_defaults=True, gc=False):
    Prefix: str | None = None


class ListMultipartUploadsOutput(Struct, omit_defaults=True, gc=False):
    Bucket: str | None = None
    KeyMarker: str | None = None
    UploadIdMarker: str | None = None
    NextKeyMarker: str | None = None
    Prefix: str | None = None
    Delimiter: str | None = None
    NextUploadIdMarker: str | None = None
    MaxUploads: Integer | None = None
    IsTruncated: bool | None = None
    Uploads: list[MultipartUpload] | None = None
    CommonPrefixes: list[CommonPrefix] | None = None
    EncodingType: str | None = None
    RequestCharged: str | None = None


class RestoreStatus(Struct, omit_defaults=True, gc=False):
    IsRestoreInProgress: bool | None = None
    RestoreExpiryDate: float | None = None


class ObjectVersion(Struct, omit_defaults=True, gc=False):
    ETag: str | None = None
    ChecksumAlgorithm: list[str] | None = None
    ChecksumType: str | None = None
    Size: Integer | None = None
    StorageClass: str | None = None
    Key: str | None = None
    VersionId: str | None = None
    IsLatest: bool | None = None
    LastModified: float | None = None
    Owner: Owner | None = None
    RestoreStatus: RestoreStatus | None = None


class DeleteMarkerEntry(Struct, omit_defaults=True, gc=False):
    Owner: Owner | None = None
    Key: str | None = None
    VersionId: str | None = None
    IsLatest: bool | None = None
    LastModified: float | None = None


class ListObjectVersionsOutput(Struct, omit_defaults=True, gc=False):
    IsTruncated: bool | None = None
    KeyMarker: str | None = None
    VersionIdMarker: str | None = None
    NextKeyMarker: str | None = None
    NextVersionIdMarker: str | None = None
    Versions: list[ObjectVersion] | None = None
    DeleteMarkers: list[DeleteMarkerEntry] | None = None
    Name: str | None = None
    Prefix: str | None = None
    Delimiter: str | None = None
    MaxKeys: Integer | None = None
    CommonPrefixes: list[CommonPrefix] | None = None
    EncodingType: str | None = None
    RequestCharged: str | None = None


class Object(Struct, omit_defaults=True, gc=False):
    Key: str | None = None
    LastModified: float | None = None
    ETag: str | None = None
    ChecksumAlgorithm: list[str] | None = None
    ChecksumType: str | None = None
    Size: Integer | None = None
    StorageClass: str | None = None
    Owner: Owner | None = None
    RestoreStatus: RestoreStatus | None = None


class ListObjectsOutput(Struct, omit_defaults=True, gc=False):
    IsTruncated: bool | None = None
    Marker: str | None = None
    NextMarker: str | None = None
    Contents: list[Object] | None = None
    Name: str | None = None
    Prefix: str | None = None
    Delimiter: str | None = None
    MaxKeys: Integer | None = None
    CommonPrefixes: list[CommonPrefix] | None = None
    EncodingType: str | None = None
    RequestCharged: str | None = None


class ListObjectsV2Output(Struct, omit_defaults=True, gc=False):
    IsTruncated: bool | None = None
    Contents: list[Object] | None = None
    Name: str | None = None
    Prefix: str | None = None
    Delimiter: str | None = None
    MaxKeys: Integer | None = None
    CommonPrefixes: list[CommonPrefix] | None = None
    EncodingType: str | None = None
    KeyCount: Integer | None = None
    ContinuationToken: str | None = None
    NextContinuationToken: str | None = None
    StartAfter: str | None = None
    RequestCharged: str | None = None


class Part(Struct, omit_defaults=True, gc=False):
    PartNumber: Integer | None = None
    LastModified: float | None = None
    ETag: str | None = None
    Size: Integer | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None


class ListPartsOutput(Struct, omit_defaults=True, gc=False):
    AbortDate: float | None = None
    AbortRuleId: str | None = None
    Bucket: str | None = None
    Key: str | None = None
    UploadId: str | None = None
    PartNumberMarker: Integer | None = None
    NextPartNumberMarker: Integer | None = None
    MaxParts: Integer | None = None
    IsTruncated: bool | None = None
    Parts: list[Part] | None = None
    Initiator: Initiator | None = None
    Owner: Owner | None = None
    StorageClass: str | None = None
    RequestCharged: str | None = None
    ChecksumAlgorithm: str | None = None
    ChecksumType: str | None = None
    VersionId: str | None = None


class PutBucketLifecycleConfigurationOutput(Struct, omit_defaults=True, gc=False):
    TransitionDefaultMinimumObjectSize: str | None = None


class PutObjectOutput(Struct, omit_defaults=True, gc=False):
    Expiration: str | None = None
    ETag: str | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    ChecksumType: str | None = None
    ServerSideEncryption: str | None = None
    VersionId: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    SSEKMSEncryptionContext: str | None = None
    BucketKeyEnabled: bool | None = None
    Size: Integer | None = None
    RequestCharged: str | None = None


class PutObjectAclOutput(Struct, omit_defaults=True, gc=False):
    RequestCharged: str | None = None


class PutObjectTaggingOutput(Struct, omit_defaults=True, gc=False):
    VersionId: str | None = None


class UploadPartOutput(Struct, omit_defaults=True, gc=False):
    ServerSideEncryption: str | None = None
    ETag: str | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    BucketKeyEnabled: bool | None = None
    RequestCharged: str | None = None
    VersionId: str | None = None


class CopyPartResult(Struct, omit_defaults=True, gc=False):
    ETag: str | None = None
    LastModified: float | None = None
    ChecksumCRC32: str | None = None
    ChecksumCRC32C: str | None = None
    ChecksumCRC64NVME: str | None = None
    ChecksumSHA1: str | None = None
    ChecksumSHA256: str | None = None
    ChecksumSHA512: str | None = None
    ChecksumMD5: str | None = None
    ChecksumXXHASH64: str | None = None
    ChecksumXXHASH3: str | None = None
    ChecksumXXHASH128: str | None = None


class UploadPartCopyOutput(Struct, omit_defaults=True, gc=False):
    CopySourceVersionId: str | None = None
    CopyPartResult: CopyPartResult | None = None
    ServerSideEncryption: str | None = None
    SSECustomerAlgorithm: str | None = None
    SSECustomerKeyMD5: str | None = None
    SSEKMSKeyId: str | None = None
    BucketKeyEnabled: bool | None = None
    RequestCharged: str | None = None
    VersionId: str | None = None


# The operations' inputs.
INPUTS: dict[str, type[Struct]] = {
    "AbortMultipartUpload": AbortMultipartUploadRequest,
    "CompleteMultipartUpload": CompleteMultipartUploadRequest,
    "CopyObject": CopyObjectRequest,
    "CreateBucket": CreateBucketRequest,
    "CreateMultipartUpload": CreateMultipartUploadRequest,
    "DeleteBucket": DeleteBucketRequest,
    "DeleteBucketCors": DeleteBucketCorsRequest,
    "DeleteBucketEncryption": DeleteBucketEncryptionRequest,
    "DeleteBucketLifecycle": DeleteBucketLifecycleRequest,
    "DeleteBucketOwnershipControls": DeleteBucketOwnershipControlsRequest,
    "DeleteBucketPolicy": DeleteBucketPolicyRequest,
    "DeleteBucketTagging": DeleteBucketTaggingRequest,
    "DeleteObject": DeleteObjectRequest,
    "DeleteObjectTagging": DeleteObjectTaggingRequest,
    "DeleteObjects": DeleteObjectsRequest,
    "DeletePublicAccessBlock": DeletePublicAccessBlockRequest,
    "GetBucketAccelerateConfiguration": GetBucketAccelerateConfigurationRequest,
    "GetBucketAcl": GetBucketAclRequest,
    "GetBucketCors": GetBucketCorsRequest,
    "GetBucketEncryption": GetBucketEncryptionRequest,
    "GetBucketLifecycleConfiguration": GetBucketLifecycleConfigurationRequest,
    "GetBucketLocation": GetBucketLocationRequest,
    "GetBucketLogging": GetBucketLoggingRequest,
    "GetBucketNotificationConfiguration": GetBucketNotificationConfigurationRequest,
    "GetBucketOwnershipControls": GetBucketOwnershipControlsRequest,
    "GetBucketPolicy": GetBucketPolicyRequest,
    "GetBucketPolicyStatus": GetBucketPolicyStatusRequest,
    "GetBucketReplication": GetBucketReplicationRequest,
    "GetBucketRequestPayment": GetBucketRequestPaymentRequest,
    "GetBucketTagging": GetBucketTaggingRequest,
    "GetBucketVersioning": GetBucketVersioningRequest,
    "GetBucketWebsite": GetBucketWebsiteRequest,
    "GetObject": GetObjectRequest,
    "GetObjectAcl": GetObjectAclRequest,
    "GetObjectAttributes": GetObjectAttributesRequest,
    "GetObjectLockConfiguration": GetObjectLockConfigurationRequest,
    "GetObjectTagging": GetObjectTaggingRequest,
    "GetPublicAccessBlock": GetPublicAccessBlockRequest,
    "HeadBucket": HeadBucketRequest,
    "HeadObject": HeadObjectRequest,
    "ListBuckets": ListBucketsRequest,
    "ListMultipartUploads": ListMultipartUploadsRequest,
    "ListObjectVersions": ListObjectVersionsRequest,
    "ListObjects": ListObjectsRequest,
    "ListObjectsV2": ListObjectsV2Request,
    "ListParts": ListPartsRequest,
    "PutBucketAcl": PutBucketAclRequest,
    "PutBucketCors": PutBucketCorsRequest,
    "PutBucketEncryption": PutBucketEncryptionRequest,
    "PutBucketLifecycleConfiguration": PutBucketLifecycleConfigurationRequest,
    "PutBucketNotificationConfiguration": PutBucketNotificationConfigurationRequest,
    "PutBucketOwnershipControls": PutBucketOwnershipControlsRequest,
    "PutBucketPolicy": PutBucketPolicyRequest,
    "PutBucketTagging": PutBucketTaggingRequest,
    "PutBucketVersioning": PutBucketVersioningRequest,
    "PutObject": PutObjectRequest,
    "PutObjectAcl": PutObjectAclRequest,
    "PutObjectTagging": PutObjectTaggingRequest,
    "PutPublicAccessBlock": PutPublicAccessBlockRequest,
    "UploadPart": UploadPartRequest,
    "UploadPartCopy": UploadPartCopyRequest,
}

# The outputs of those operations that have one.
OUTPUTS: dict[str, type[Struct]] = {
    "AbortMultipartUpload": AbortMultipartUploadOutput,
    "CompleteMultipartUpload": CompleteMultipartUploadOutput,
    "CopyObject": CopyObjectOutput,
    "CreateBucket": CreateBucketOutput,
    "CreateMultipartUpload": CreateMultipartUploadOutput,
    "DeleteObject": DeleteObjectOutput,
    "DeleteObjectTagging": DeleteObjectTaggingOutput,
    "DeleteObjects": DeleteObjectsOutput,
    "GetBucketAccelerateConfiguration": GetBucketAccelerateConfigurationOutput,
    "GetBucketAcl": GetBucketAclOutput,
    "GetBucketCors": GetBucketCorsOutput,
    "GetBucketEncryption": GetBucketEncryptionOutput,
    "GetBucketLifecycleConfiguration": GetBucketLifecycleConfigurationOutput,
    "GetBucketLocation": GetBucketLocationOutput,
    "GetBucketLogging": GetBucketLoggingOutput,
    "GetBucketNotificationConfiguration": NotificationConfiguration,
    "GetBucketOwnershipControls": GetBucketOwnershipControlsOutput,
    "GetBucketPolicy": GetBucketPolicyOutput,
    "GetBucketPolicyStatus": GetBucketPolicyStatusOutput,
    "GetBucketReplication": GetBucketReplicationOutput,
    "GetBucketRequestPayment": GetBucketRequestPaymentOutput,
    "GetBucketTagging": GetBucketTaggingOutput,
    "GetBucketVersioning": GetBucketVersioningOutput,
    "GetBucketWebsite": GetBucketWebsiteOutput,
    "GetObject": GetObjectOutput,
    "GetObjectAcl": GetObjectAclOutput,
    "GetObjectAttributes": GetObjectAttributesOutput,
    "GetObjectLockConfiguration": GetObjectLockConfigurationOutput,
    "GetObjectTagging": GetObjectTaggingOutput,
    "GetPublicAccessBlock": GetPublicAccessBlockOutput,
    "HeadBucket": HeadBucketOutput,
    "HeadObject": HeadObjectOutput,
    "ListBuckets": ListBucketsOutput,
    "ListMultipartUploads": ListMultipartUploadsOutput,
    "ListObjectVersions": ListObjectVersionsOutput,
    "ListObjects": ListObjectsOutput,
    "ListObjectsV2": ListObjectsV2Output,
    "ListParts": ListPartsOutput,
    "PutBucketLifecycleConfiguration": PutBucketLifecycleConfigurationOutput,
    "PutObject": PutObjectOutput,
    "PutObjectAcl": PutObjectAclOutput,
    "PutObjectTagging": PutObjectTaggingOutput,
    "UploadPart": UploadPartOutput,
    "UploadPartCopy": UploadPartCopyOutput,
}
