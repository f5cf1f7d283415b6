"""What the access layer must know of buckets and of what is in them: owner, policy, what ACLs let others do. Imported
when the server starts: nothing of the operations may be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from chasqui.access.described import Described
from chasqui.base.actions import Values
from chasqui.base.arn import Arn
from chasqui.base.principal import Principal

if TYPE_CHECKING:
    from chasqui.services.s3.buckets.bucket import BucketDocument
    from chasqui.services.s3.room import Room

_READS_BUCKET: Final = frozenset(("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"))
_WRITES_BUCKET: Final = frozenset(("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"))
_READS_OBJECT: Final = frozenset(("s3:GetObject", "s3:GetObjectVersion"))
_CANNED_READ: Final = ("public-read", "public-read-write", "authenticated-read")


class BucketDescriber:
    """Describes the buckets of a room."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def describe(self, arn: Arn) -> Described | None:
        """The bucket of this ARN, or of the object's that it names. One that is not there lets everybody in: whoever
        asks for it is told so, as on AWS."""
        name, slash, key = arn.resource.partition("/")
        bucket = await self._room.buckets.named(name)
        if bucket is None:
            return Described("", granted=_nothing_there)
        document = bucket.document
        granted = partial(_by_acl, self._room, bucket.id, document, key if slash else None)
        return Described(bucket.account, policy=_policy(document), granted=granted if _has_acls(document) else None)


def _policy(document: BucketDocument) -> str | None:
    block = document.public_access_block
    if document.policy is None or block is None or not block.RestrictPublicBuckets:
        return document.policy
    from chasqui.services.s3.buckets.policy_rules import is_public, restricted  # noqa: PLC0415  see above

    return restricted(document.policy, document.account) if is_public(document.policy) else document.policy


def _has_acls(document: BucketDocument) -> bool:
    """Whether canned ACLs count, that is, whether any of them may let others in."""
    block = document.public_access_block
    return document.ownership != "BucketOwnerEnforced" and not (block is not None and block.IgnorePublicAcls)


async def _nothing_there(_principal: Principal, action: str, _context: Mapping[str, Values]) -> bool:
    return action != "s3:CreateBucket"


async def _by_acl(
    room: Room,
    bucket_id: str,
    document: BucketDocument,
    key: str | None,
    principal: Principal,
    action: str,
    context: Mapping[str, Values],
) -> bool:
    """Whether the bucket's or the object's canned ACL lets a caller do something."""
    if key is None:
        return action in _READS_BUCKET and _lets(document.acl, principal)
    if action in _WRITES_BUCKET:
        return document.acl == "public-read-write"
    if action not in _READS_OBJECT:
        return False
    from chasqui.services.s3.objects.finding import look_up  # noqa: PLC0415  see above

    # Each version has an ACL of its own.
    version = context.get("s3:versionid")
    found = await look_up(room, bucket_id, key, version if isinstance(version, str) else None)
    return found is not None and _lets(found.acl, principal)


def _lets(acl: str, principal: Principal) -> bool:
    return acl in _CANNED_READ and (acl != "authenticated-read" or principal.kind != "anonymous")
