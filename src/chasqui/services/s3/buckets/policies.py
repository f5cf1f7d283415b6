"""Bucket policies. Source: API reference, PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy,
GetBucketPolicyStatus."""

from __future__ import annotations

import asyncio

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3 import errors, types
from chasqui.services.s3.buckets.bucket import Bucket, BucketDocument
from chasqui.services.s3.buckets.changing import configure
from chasqui.services.s3.buckets.policy_rules import check_policy, is_public
from chasqui.services.s3.room import Room


def _no_policy(bucket: str) -> ServiceError:
    return errors.not_configured("NoSuchBucketPolicy", "The bucket policy does not exist", bucket)


async def _own(room: Room, call: Call, name: str | None, expected_owner: str | None) -> Bucket:
    """The bucket, for an identity of the account that owns it: others, permitted or not, have no business with its
    policy."""
    bucket = await room.buckets.find(name, expected_owner)
    if bucket.account != call.account:
        raise errors.method_not_allowed()
    return bucket


async def get_bucket_policy(
    room: Room, call: Call, request: types.GetBucketPolicyRequest
) -> types.GetBucketPolicyOutput:
    bucket = await _own(room, call, request.Bucket, request.ExpectedBucketOwner)
    if bucket.document.policy is None:
        raise _no_policy(bucket.name)
    return types.GetBucketPolicyOutput(bucket.document.policy)


async def get_bucket_policy_status(
    room: Room, _call: Call, request: types.GetBucketPolicyStatusRequest
) -> types.GetBucketPolicyStatusOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    if bucket.document.policy is None:
        raise _no_policy(bucket.name)
    return types.GetBucketPolicyStatusOutput(types.PolicyStatus(IsPublic=is_public(bucket.document.policy)))


async def put_bucket_policy(room: Room, call: Call, request: types.PutBucketPolicyRequest) -> None:
    bucket = await _own(room, call, request.Bucket, request.ExpectedBucketOwner)
    text, most = request.Policy or "", room.limits.policy_bytes_max
    if len(text.encode()) > most:
        raise ServiceError("PolicyTooLarge", "Policy exceeds the maximum allowed document size.", status=400)
    public = await asyncio.to_thread(_checked, text, bucket.name)

    def alter(document: BucketDocument) -> None:
        block = document.public_access_block
        if public and block is not None and block.BlockPublicPolicy:
            raise _public_refused(call, bucket.arn)
        document.policy = text

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


def _checked(text: str, bucket: str) -> bool:
    """Whether a policy is public. On a thread: one may have thousands of patterns. Raises MalformedPolicy."""
    check_policy(text, bucket)
    return is_public(text)


def _public_refused(call: Call, arn: str) -> ServiceError:
    who = call.principal.arn or "anonymous"
    message = (
        f'User: {who} is not authorized to perform: s3:PutBucketPolicy on resource: "{arn}"'
        " because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
    )
    return ServiceError("AccessDenied", message, status=403)


async def delete_bucket_policy(room: Room, call: Call, request: types.DeleteBucketPolicyRequest) -> None:
    await _own(room, call, request.Bucket, request.ExpectedBucketOwner)

    def alter(document: BucketDocument) -> None:
        document.policy = None

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)
