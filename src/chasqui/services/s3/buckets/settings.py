"""What is configured on a bucket in a few words: versioning, encryption, ownership, public access, tags.

Source: API reference, PutBucketVersioning, PutBucketEncryption, PutBucketOwnershipControls, PutPublicAccessBlock,
PutBucketTagging, and what reads and deletes these.
"""

from __future__ import annotations

from typing import Final, cast

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3 import errors, types
from chasqui.services.s3.buckets import tags
from chasqui.services.s3.buckets.bucket import BucketDocument, Versioning
from chasqui.services.s3.buckets.changing import configure
from chasqui.services.s3.buckets.creation import ENFORCED, OWNERSHIPS
from chasqui.services.s3.room import Room

_KMS: Final = "aws:kms"
_ALGORITHMS: Final = ("AES256", _KMS)

# ---------------------------------------------------------------------------------------------------------- versioning


async def get_bucket_versioning(
    room: Room, _call: Call, request: types.GetBucketVersioningRequest
) -> types.GetBucketVersioningOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    return types.GetBucketVersioningOutput(Status=bucket.document.versioning or None)


async def put_bucket_versioning(room: Room, _call: Call, request: types.PutBucketVersioningRequest) -> None:
    wanted = request.VersioningConfiguration or types.VersioningConfiguration()
    if wanted.MFADelete not in (None, "Disabled", "Enabled") or wanted.Status not in (None, "Enabled", "Suspended"):
        raise errors.malformed_xml()
    if wanted.MFADelete == "Enabled":
        raise errors.lacking("MFA delete")
    if wanted.Status is None:
        raise ServiceError(
            "IllegalVersioningConfigurationException", "The Versioning element must be specified", status=400
        )
    status = cast(Versioning, wanted.Status)

    def alter(document: BucketDocument) -> None:
        document.versioning = status

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


# ---------------------------------------------------------------------------------------------------------- encryption


def encryption_of(document: BucketDocument) -> types.ServerSideEncryptionRule:
    """How objects are encrypted that do not say it themselves; `ApplyServerSideEncryptionByDefault` is there."""
    return document.encryption or types.ServerSideEncryptionRule(
        ApplyServerSideEncryptionByDefault=types.ServerSideEncryptionByDefault(SSEAlgorithm="AES256"),
        BucketKeyEnabled=False,
    )


async def get_bucket_encryption(
    room: Room, _call: Call, request: types.GetBucketEncryptionRequest
) -> types.GetBucketEncryptionOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    rules = [encryption_of(bucket.document)]
    return types.GetBucketEncryptionOutput(types.ServerSideEncryptionConfiguration(Rules=rules))


async def put_bucket_encryption(room: Room, _call: Call, request: types.PutBucketEncryptionRequest) -> None:
    configuration = request.ServerSideEncryptionConfiguration
    rules = configuration.Rules if configuration is not None else None
    if rules is None or len(rules) != 1:
        raise errors.malformed_xml()
    rule = _checked_encryption(rules[0])

    def alter(document: BucketDocument) -> None:
        document.encryption = rule

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


def _checked_encryption(rule: types.ServerSideEncryptionRule) -> types.ServerSideEncryptionRule:
    default = rule.ApplyServerSideEncryptionByDefault
    if default is None:
        if rule.BlockedEncryptionTypes is None:
            raise errors.malformed_xml()
        default = types.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
    if default.SSEAlgorithm == "aws:kms:dsse":
        raise errors.lacking("dual-layer encryption (aws:kms:dsse)")
    if default.SSEAlgorithm not in _ALGORITHMS:
        raise errors.malformed_xml()
    if default.KMSMasterKeyID and default.SSEAlgorithm != _KMS:
        raise ServiceError(
            "InvalidArgument",
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            status=400,
            fields={"ArgumentName": "ApplyServerSideEncryptionByDefault"},
        )
    return msgspec.structs.replace(
        rule, ApplyServerSideEncryptionByDefault=default, BucketKeyEnabled=bool(rule.BucketKeyEnabled)
    )


async def delete_bucket_encryption(room: Room, _call: Call, request: types.DeleteBucketEncryptionRequest) -> None:
    def alter(document: BucketDocument) -> None:
        document.encryption = None

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


# ----------------------------------------------------------------------------------------------------------- ownership


async def get_bucket_ownership_controls(
    room: Room, _call: Call, request: types.GetBucketOwnershipControlsRequest
) -> types.GetBucketOwnershipControlsOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    if not bucket.document.ownership:
        raise errors.not_configured(
            "OwnershipControlsNotFoundError", "The bucket ownership controls were not found", bucket.name
        )
    rules = [types.OwnershipControlsRule(ObjectOwnership=bucket.document.ownership)]
    return types.GetBucketOwnershipControlsOutput(types.OwnershipControls(Rules=rules))


async def put_bucket_ownership_controls(
    room: Room, _call: Call, request: types.PutBucketOwnershipControlsRequest
) -> None:
    rules = request.OwnershipControls.Rules if request.OwnershipControls is not None else None
    if rules is None or len(rules) != 1 or rules[0].ObjectOwnership not in OWNERSHIPS:
        raise errors.malformed_xml()
    wanted = rules[0].ObjectOwnership

    def alter(document: BucketDocument) -> None:
        if wanted == ENFORCED and document.acl != "private":
            raise errors.acls_not_owners()
        document.ownership = wanted

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


async def delete_bucket_ownership_controls(
    room: Room, _call: Call, request: types.DeleteBucketOwnershipControlsRequest
) -> None:
    def alter(document: BucketDocument) -> None:
        # As it was before there were such controls: objects belong to who writes them.
        document.ownership = ""

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


# ------------------------------------------------------------------------------------------------------- public access


async def get_public_access_block(
    room: Room, _call: Call, request: types.GetPublicAccessBlockRequest
) -> types.GetPublicAccessBlockOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    block = bucket.document.public_access_block
    if block is None:
        raise errors.not_configured(
            "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", bucket.name
        )
    return types.GetPublicAccessBlockOutput(block)


async def put_public_access_block(room: Room, _call: Call, request: types.PutPublicAccessBlockRequest) -> None:
    given = request.PublicAccessBlockConfiguration
    if given is None:
        raise errors.malformed_xml()
    block = types.PublicAccessBlockConfiguration(
        BlockPublicAcls=bool(given.BlockPublicAcls),
        IgnorePublicAcls=bool(given.IgnorePublicAcls),
        BlockPublicPolicy=bool(given.BlockPublicPolicy),
        RestrictPublicBuckets=bool(given.RestrictPublicBuckets),
    )

    def alter(document: BucketDocument) -> None:
        document.public_access_block = block

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


async def delete_public_access_block(room: Room, _call: Call, request: types.DeletePublicAccessBlockRequest) -> None:
    def alter(document: BucketDocument) -> None:
        document.public_access_block = None

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


# ---------------------------------------------------------------------------------------------------------------- tags


async def get_bucket_tagging(
    room: Room, _call: Call, request: types.GetBucketTaggingRequest
) -> types.GetBucketTaggingOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    if not bucket.document.tags:
        raise errors.not_configured("NoSuchTagSet", "The TagSet does not exist", bucket.name)
    return types.GetBucketTaggingOutput(tags.tag_set(bucket.document.tags))


async def put_bucket_tagging(room: Room, _call: Call, request: types.PutBucketTaggingRequest) -> None:
    if request.Tagging is None or request.Tagging.TagSet is None:
        raise errors.malformed_xml()
    wanted = tags.read_tags(request.Tagging.TagSet)

    def alter(document: BucketDocument) -> None:
        document.tags = wanted

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


async def delete_bucket_tagging(room: Room, _call: Call, request: types.DeleteBucketTaggingRequest) -> None:
    def alter(document: BucketDocument) -> None:
        document.tags = {}

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)
