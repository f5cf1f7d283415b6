"""CreateBucket and DeleteBucket. Source: API reference, CreateBucket, DeleteBucket."""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.principal import Principal
from chasqui.services.s3 import errors
from chasqui.services.s3.buckets import names, tags
from chasqui.services.s3.buckets.bucket import Bucket, BucketDocument, bucket_resource
from chasqui.services.s3.documents import BUCKET, COUNT, LEFT, LIFECYCLE, OBJECT, UPLOAD, VERSION
from chasqui.services.s3.room import Room
from chasqui.services.s3.types import (
    CreateBucketConfiguration,
    CreateBucketOutput,
    CreateBucketRequest,
    DeleteBucketRequest,
    PublicAccessBlockConfiguration,
)
from chasqui.store.port import Resource, Transaction, VersionConflict

OWNERSHIPS: Final = ("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced")
ENFORCED: Final = "BucketOwnerEnforced"
_OF_OBJECTS: Final = frozenset(("bucket-owner-read", "bucket-owner-full-control"))
"""Canned ACLs of objects: "If you specify this canned ACL when creating a bucket, Amazon S3 ignores it" (user guide,
"Access control list (ACL) overview"). rclone does, when objects shall have it."""
_CANNED: Final = ("private", "public-read", "public-read-write", "authenticated-read")
_GRANTS: Final = {
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWrite": "x-amz-grant-write",
    "GrantWriteACP": "x-amz-grant-write-acp",
}


async def create_bucket(room: Room, call: Call, request: CreateBucketRequest) -> CreateBucketOutput:
    if call.principal.kind == "anonymous":
        raise errors.access_denied()
    name = request.Bucket or ""
    names.check_name(name)
    document = _new(room, call, request)
    while True:
        try:
            await room.store.transaction(
                lambda tx: _create(tx, call.principal, name, document, room.limits.buckets_max)
            )
            return CreateBucketOutput(Location=f"/{name}", BucketArn=f"arn:aws:s3:::{name}")
        except VersionConflict:
            # Somebody else has made one meanwhile, of this name or of this account: it is looked at again.
            continue


def _new(room: Room, call: Call, request: CreateBucketRequest) -> BucketDocument:
    if request.ObjectLockEnabledForBucket:
        raise errors.not_implemented("x-amz-bucket-object-lock-enabled")
    if request.BucketNamespace not in (None, "global"):
        raise errors.not_implemented("x-amz-bucket-namespace")
    configuration = request.CreateBucketConfiguration or CreateBucketConfiguration()
    if configuration.Bucket is not None or configuration.Location is not None:
        raise errors.lacking("directory buckets")
    ownership = request.ObjectOwnership or ENFORCED
    if ownership not in OWNERSHIPS:
        raise errors.invalid_argument("Invalid x-amz-object-ownership header", "x-amz-object-ownership", ownership)
    return BucketDocument(
        call.account,
        names.region_of(configuration.LocationConstraint, call.region),
        room.clock.now_ms(),
        ownership=ownership,
        # Each new bucket blocks all public access, until somebody says otherwise (since April 2023).
        public_access_block=PublicAccessBlockConfiguration(True, True, True, True),
        tags=tags.read_tags(configuration.Tags),
        acl=_acl(request, ownership),
    )


def _acl(request: CreateBucketRequest, ownership: str) -> str:
    """The canned ACL that is asked for."""
    for member, header in _GRANTS.items():
        if getattr(request, member):
            raise errors.not_implemented(header)
    acl = request.ACL or "private"
    if acl in _OF_OBJECTS:
        return "private"
    if acl not in _CANNED:
        raise errors.invalid_argument("", "x-amz-acl", acl)
    if acl != "private" and ownership == ENFORCED:
        raise errors.acls_not_owners()
    if acl != "private":
        message = "Bucket cannot have public ACLs set with BlockPublicAccess enabled"
        raise ServiceError("InvalidBucketAclWithBlockPublicAccessError", message, status=400)
    return acl


async def _create(tx: Transaction, caller: Principal, name: str, document: BucketDocument, most: int) -> None:
    existing = await tx.get(BUCKET, "", name)
    if existing is not None:
        found = Bucket(existing)
        if found.account != caller.account:
            raise errors.bucket_already_exists(name)
        if found.region != names.HOME or document.region != names.HOME:
            raise errors.bucket_already_owned(name)
        # There, for old times' sake, it is made once more, with the ACL that it gets thereby.
        return
    await tx.create(bucket_resource(name, document))
    if await _count(tx, document.account, 1) > most:
        raise errors.too_many_buckets(most)


async def _count(tx: Transaction, account: str, change: int) -> int:
    """How many buckets an account has, now that there are `change` more."""
    resource = await tx.get(COUNT, account, "buckets")
    if resource is None:
        await tx.create(Resource(COUNT, account, "buckets", str(change).encode()))
        return change
    number = int(resource.document) + change
    await tx.replace(msgspec.structs.replace(resource, document=str(number).encode()))
    return number


async def delete_bucket(room: Room, _call: Call, request: DeleteBucketRequest) -> None:
    while True:
        bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
        try:
            await room.store.transaction(partial(_delete, bucket))
            return
        except VersionConflict:
            # It was configured meanwhile, or another of the account's buckets came or went.
            continue


async def _delete(bucket: Bucket, tx: Transaction) -> None:
    current = await tx.get(BUCKET, "", bucket.name)
    if current is None or current.generation != bucket.resource.generation:
        raise errors.no_such_bucket(bucket.name)
    for type_ in (OBJECT, VERSION):
        if await tx.list(type_, bucket.id, limit=1):
            raise errors.bucket_not_empty(bucket.name, versions=bool(bucket.document.versioning))
    document = Bucket(current).document
    if document.events_queue:
        await tx.delete_queue(document.events_queue)
    rules = await tx.get(LIFECYCLE, "", bucket.name)
    if rules is not None:
        await tx.delete(rules)
    if await tx.list(UPLOAD, bucket.id, limit=1):
        await tx.create(Resource(LEFT, "", bucket.id, b"{}"))
    await tx.delete(current)
    await _count(tx, document.account, -1)
