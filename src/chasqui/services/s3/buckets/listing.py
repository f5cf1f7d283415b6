"""ListBuckets, HeadBucket and GetBucketLocation: which buckets there are, and where."""

from __future__ import annotations

import base64
from typing import Final

from chasqui.base.call import Call
from chasqui.services.s3 import errors
from chasqui.services.s3.buckets import names
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.buckets.owners import owner_of
from chasqui.services.s3.documents import BUCKET
from chasqui.services.s3.room import Room
from chasqui.services.s3.types import Bucket as BucketShape
from chasqui.services.s3.types import (
    GetBucketLocationOutput,
    GetBucketLocationRequest,
    HeadBucketOutput,
    HeadBucketRequest,
    ListBucketsOutput,
    ListBucketsRequest,
)
from chasqui.store.port import Transaction

_MOST: Final = 10_000
_PAGE: Final = 200


async def list_buckets(room: Room, call: Call, request: ListBucketsRequest) -> ListBucketsOutput:
    if call.principal.kind == "anonymous":
        raise errors.access_denied()
    most = _MOST if request.MaxBuckets is None else request.MaxBuckets
    if not 1 <= most <= _MOST:
        raise errors.invalid_argument("The MaxBuckets value must be between 1 and 10000", "max-buckets", str(most))
    prefix, region = request.Prefix or "", request.BucketRegion
    found: list[Bucket] = []
    after, exhausted = max(_read_token(request.ContinuationToken), _before(prefix)), False
    while not exhausted and len(found) <= most:
        page = await _page(room, call.account, after)
        exhausted = len(page) < _PAGE
        for bucket in page:
            if not bucket.name.startswith(prefix):
                exhausted = True
                break
            after = bucket.name
            if region is None or region == bucket.region:
                found.append(bucket)
    more, found = len(found) > most, found[:most]
    # Whoever asks for nothing in particular is answered as ever, without regions.
    told = any(each is not None for each in (request.MaxBuckets, request.Prefix, region, request.ContinuationToken))
    return ListBucketsOutput(
        Buckets=[
            BucketShape(
                Name=each.name,
                CreationDate=each.document.created_ms / 1000,
                BucketRegion=each.region if told else None,
                BucketArn=each.arn if told else None,
            )
            for each in found
        ],
        Owner=owner_of(call.account),
        Prefix=request.Prefix,
        ContinuationToken=_token(found[-1].name) if more else None,
    )


async def _page(room: Room, account: str, after: str) -> list[Bucket]:
    async def read(tx: Transaction) -> list[Bucket]:
        # Buckets have no owner in the store, so a child's "owner name" begins with the blank.
        children = await tx.children(BUCKET, account, after=f" {after}" if after else "", limit=_PAGE)
        return [Bucket(each) for each in children]

    return await room.store.transaction(read)


def _before(prefix: str) -> str:
    """What stands before every name with this prefix, and behind all names before those."""
    return f"{prefix[:-1]}{chr(ord(prefix[-1]) - 1)}~" if prefix and ord(prefix[-1]) > ord(" ") else ""


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _read_token(token: str | None) -> str:
    if not token:
        return ""
    try:
        return base64.urlsafe_b64decode(token.encode()).decode("ascii")
    except ValueError:
        raise errors.invalid_argument(
            "The continuation token provided is incorrect", "continuation-token", token
        ) from None


async def head_bucket(room: Room, _call: Call, request: HeadBucketRequest) -> HeadBucketOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    return HeadBucketOutput(BucketRegion=bucket.region, BucketArn=bucket.arn, AccessPointAlias=False)


async def get_bucket_location(room: Room, _call: Call, request: GetBucketLocationRequest) -> GetBucketLocationOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    return GetBucketLocationOutput(LocationConstraint="" if bucket.region == names.HOME else bucket.region)
