"""Objects' ACLs: the canned ones, where the bucket has ACLs at all. An object's is kept by its canned name.

Source: S3 user guide, "Access control list (ACL) overview", "Controlling ownership of objects and disabling ACLs".
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3 import types
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.buckets.owners import canonical_id, owner_of
from chasqui.services.s3.errors import access_denied, invalid_argument, not_implemented
from chasqui.services.s3.objects.document import ObjectDocument

ENFORCED: Final = "BucketOwnerEnforced"
_TO_BUCKET_OWNER: Final = "bucket-owner-full-control"
_GROUPS: Final = "http://acs.amazonaws.com/groups/global/"
_PUBLIC: Final = frozenset(("public-read", "public-read-write", "authenticated-read"))
_CANNED: Final = frozenset(("private", "bucket-owner-read", _TO_BUCKET_OWNER, *_PUBLIC))
_KNOWN_TO_AWS: Final = frozenset(("aws-exec-read", "log-delivery-write"))
_GRANTS: Final = {
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWrite": "x-amz-grant-write",
    "GrantWriteACP": "x-amz-grant-write-acp",
}


class AclHeaders(Protocol):
    """What a request says of an ACL in its fields."""

    ACL: str | None
    GrantFullControl: str | None
    GrantRead: str | None
    GrantReadACP: str | None
    GrantWriteACP: str | None


def owner_and_acl(call: Call, bucket: Bucket, request: AclHeaders) -> tuple[str, str]:
    """The account that owns what a request writes, and its canned ACL. Raises what the bucket's ownership refuses."""
    acl = canned_of(bucket, request)
    if bucket.document.ownership == ENFORCED:
        return bucket.account, "private"
    if bucket.document.ownership == "BucketOwnerPreferred" and acl == _TO_BUCKET_OWNER:
        return bucket.account, acl
    return call.account or bucket.account, acl or "private"


def canned_of(bucket: Bucket, request: AclHeaders) -> str | None:
    """The canned ACL of a request; None when it names none. Raises AccessControlListNotSupported, InvalidArgument,
    AccessDenied where public ones are blocked, and NotImplemented for grants."""
    grants = [header for member, header in _GRANTS.items() if getattr(request, member, None) is not None]
    acl = request.ACL
    if acl is None and not grants:
        return None
    if acl is not None and grants:
        raise ServiceError("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed", status=400)
    if bucket.document.ownership == ENFORCED and acl != _TO_BUCKET_OWNER:
        raise not_supported()
    if grants or acl in _KNOWN_TO_AWS:
        raise not_implemented(grants[0] if grants else "x-amz-acl")
    if acl not in _CANNED:
        raise invalid_argument("", "x-amz-acl", acl or "")
    check_public(bucket, acl or "")
    return acl


def check_public(bucket: Bucket, acl: str) -> None:
    """Raise AccessDenied for a public ACL on a bucket that blocks them."""
    block = bucket.document.public_access_block
    if acl in _PUBLIC and block is not None and block.BlockPublicAcls:
        raise access_denied()


def not_supported() -> ServiceError:
    return ServiceError("AccessControlListNotSupported", "The bucket does not allow ACLs", status=400)


def grants_of(acl: str, owner: str, bucket_owner: str) -> list[types.Grant]:
    """What a canned ACL grants on an object."""
    found = [_to_account(owner, "FULL_CONTROL")]
    if acl in ("public-read", "public-read-write"):
        found.append(_to_group("AllUsers", "READ"))
    if acl == "public-read-write":
        found.append(_to_group("AllUsers", "WRITE"))
    if acl == "authenticated-read":
        found.append(_to_group("AuthenticatedUsers", "READ"))
    if owner != bucket_owner and acl in ("bucket-owner-read", _TO_BUCKET_OWNER):
        found.append(_to_account(bucket_owner, "READ" if acl == "bucket-owner-read" else "FULL_CONTROL"))
    return found


def _to_account(account: str, permission: str) -> types.Grant:
    return types.Grant(types.Grantee(ID=canonical_id(account), Type="CanonicalUser"), permission)


def _to_group(group: str, permission: str) -> types.Grant:
    return types.Grant(types.Grantee(Type="Group", URI=_GROUPS + group), permission)


def canned_for(policy: types.AccessControlPolicy, owner: str, bucket_owner: str) -> str:
    """The canned ACL that grants what an AccessControlPolicy does. Raises NotImplemented when none does, and
    AccessDenied for another owner's."""
    if policy.Owner is not None and policy.Owner.ID not in (None, canonical_id(owner)):
        raise access_denied()
    wanted = _facts(policy.Grants or [])
    for acl in sorted(_CANNED):
        if _facts(grants_of(acl, owner, bucket_owner)) == wanted:
            return acl if acl != "bucket-owner-read" or owner != bucket_owner else "private"
    raise ServiceError(
        "NotImplemented",
        "An object's ACL can only grant what one of the canned ACLs grants in this version of Chasqui.",
        status=501,
    )


def _facts(grants: list[types.Grant]) -> set[tuple[Any, ...]]:
    return {
        (each.Grantee.ID, each.Grantee.URI, each.Permission) if each.Grantee is not None else (each.Permission,)
        for each in grants
    }


def acl_output(bucket: Bucket, document: ObjectDocument) -> types.GetObjectAclOutput:
    """GetObjectAcl's answer."""
    owner = document.owner or bucket.account
    if bucket.document.ownership == ENFORCED:
        owner, acl = bucket.account, "private"
    else:
        acl = document.acl
    return types.GetObjectAclOutput(Owner=owner_of(owner), Grants=grants_of(acl, owner, bucket.account))
