"""What a bucket may have on AWS and never has here, as consoles and Terraform read it: nothing is configured. What
would configure it is refused (it is in no table), so these answers are true.
"""

from __future__ import annotations

from chasqui.base.call import Call
from chasqui.services.s3 import errors, types
from chasqui.services.s3.room import Room


async def get_bucket_accelerate_configuration(
    room: Room, _call: Call, request: types.GetBucketAccelerateConfigurationRequest
) -> types.GetBucketAccelerateConfigurationOutput:
    await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    return types.GetBucketAccelerateConfigurationOutput()


async def get_bucket_logging(
    room: Room, _call: Call, request: types.GetBucketLoggingRequest
) -> types.GetBucketLoggingOutput:
    await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    return types.GetBucketLoggingOutput()


async def get_bucket_request_payment(
    room: Room, _call: Call, request: types.GetBucketRequestPaymentRequest
) -> types.GetBucketRequestPaymentOutput:
    await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    return types.GetBucketRequestPaymentOutput(Payer="BucketOwner")


async def get_bucket_website(room: Room, _call: Call, request: types.GetBucketWebsiteRequest) -> None:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    raise errors.not_configured(
        "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", bucket.name
    )


async def get_bucket_replication(room: Room, _call: Call, request: types.GetBucketReplicationRequest) -> None:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    raise errors.not_configured(
        "ReplicationConfigurationNotFoundError", "The replication configuration was not found", bucket.name
    )


async def get_object_lock_configuration(
    room: Room, _call: Call, request: types.GetObjectLockConfigurationRequest
) -> None:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    raise errors.not_configured(
        "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket", bucket.name
    )
