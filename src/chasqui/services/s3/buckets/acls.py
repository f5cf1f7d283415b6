"""Access control lists of buckets: the canned ones, however they are asked for. Lists of grants that no canned ACL
stands for are refused.

Source: S3 user guide, "Access control list (ACL) overview"; API reference, GetBucketAcl, PutBucketAcl.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.services.s3 import errors, types
from chasqui.services.s3.buckets.bucket import BucketDocument
from chasqui.services.s3.buckets.changing import configure
from chasqui.services.s3.buckets.creation import ENFORCED
from chasqui.services.s3.buckets.owners import canonical_id, owner_of
from chasqui.services.s3.room import Room

EVERYBODY: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
SIGNED_IN: Final = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
BUCKET_ACLS: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    "private": frozenset(),
    "public-read": frozenset(((EVERYBODY, "READ"),)),
    "public-read-write": frozenset(((EVERYBODY, "READ"), (EVERYBODY, "WRITE"))),
    "authenticated-read": frozenset(((SIGNED_IN, "READ"),)),
}
"""What each canned ACL grants to whom beside its owner, who may do everything."""
_HEADERS: Final = {
    "GrantFullControl": ("x-amz-grant-full-control", "FULL_CONTROL"),
    "GrantRead": ("x-amz-grant-read", "READ"),
    "GrantReadACP": ("x-amz-grant-read-acp", "READ_ACP"),
    "GrantWrite": ("x-amz-grant-write", "WRITE"),
    "GrantWriteACP": ("x-amz-grant-write-acp", "WRITE_ACP"),
}
_PERMISSIONS: Final = frozenset(permission for _, permission in _HEADERS.values())
_GRANTEE: Final = re.compile(r'\s*(id|uri|emailAddress)\s*=\s*"?([^",]*)"?\s*\Z')
_TYPES: Final = ("CanonicalUser", "Group", "AmazonCustomerByEmail")


def grants_of(acl: str, account: str) -> list[types.Grant]:
    """A canned ACL as a list of grants."""
    owner = types.Grantee(ID=canonical_id(account), Type="CanonicalUser")
    found = [types.Grant(Grantee=owner, Permission="FULL_CONTROL")]
    for uri, permission in sorted(BUCKET_ACLS[acl]):
        found.append(types.Grant(Grantee=types.Grantee(URI=uri, Type="Group"), Permission=permission))
    return found


def has_grants(request: Any) -> bool:
    """Whether a request's headers grant something by name."""
    return any(getattr(request, member, None) for member in _HEADERS)


def asked_acl(request: Any, account: str, policy: types.AccessControlPolicy | None) -> str:
    """The canned ACL that a request asks for: by its header, by headers that grant, or by an AccessControlPolicy; ""
    when it asks for none. `account` owns what it is for. Raises what AWS refuses, and NotImplemented."""
    granting = has_grants(request)
    if request.ACL and granting:
        raise errors.invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
    if (request.ACL or granting) and policy is not None:
        raise ServiceError("UnexpectedContent", "This request does not support content", status=400)
    if request.ACL:
        return str(request.ACL)
    if granting:
        return _canned(_header_grants(request), account)
    if policy is None:
        return ""
    return _canned(_policy_grants(policy, account), account)


def _header_grants(request: Any) -> Iterable[tuple[str, str]]:
    for member, (header, permission) in _HEADERS.items():
        text = getattr(request, member, None)
        for each in text.split(",") if text else ():
            match = _GRANTEE.match(each)
            if match is None:
                raise errors.invalid_argument("Argument format not recognized", header, each)
            if match[1] == "emailAddress":
                raise errors.lacking("grantees by e-mail address")
            yield match[2], permission


def _policy_grants(policy: types.AccessControlPolicy, account: str) -> Iterable[tuple[str, str]]:
    if policy.Owner is None or policy.Grants is None:
        raise ServiceError(
            "MalformedACLError",
            "The XML you provided was not well-formed or did not validate against our published schema",
            status=400,
        )
    if canonical_id(account) != policy.Owner.ID:
        raise errors.access_denied()
    for grant in policy.Grants:
        grantee = grant.Grantee or types.Grantee()
        if grant.Permission not in _PERMISSIONS or grantee.Type not in _TYPES:
            raise errors.malformed_xml()
        if grantee.EmailAddress:
            raise errors.lacking("grantees by e-mail address")
        yield grantee.URI or grantee.ID or "", grant.Permission


def _canned(grants: Iterable[tuple[str, str]], account: str) -> str:
    """The canned ACL that stands for these grants. What the owner is granted does not matter: it can always take it."""
    own = canonical_id(account)
    others = {(who, permission) for who, permission in grants if who != own}
    for acl, granted in BUCKET_ACLS.items():
        if others == granted:
            return acl
    raise errors.lacking("access control lists other than the canned ones")


async def get_bucket_acl(room: Room, _call: Call, request: types.GetBucketAclRequest) -> types.GetBucketAclOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    return types.GetBucketAclOutput(
        Owner=owner_of(bucket.account), Grants=grants_of(bucket.document.acl, bucket.account)
    )


async def put_bucket_acl(room: Room, call: Call, request: types.PutBucketAclRequest) -> None:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    acl = asked_acl(request, bucket.account, request.AccessControlPolicy)
    if not acl:
        raise ServiceError(
            "MissingSecurityHeader", "Your request was missing a required header", status=400,
            fields={"MissingHeaderName": "x-amz-acl"},
        )  # fmt: skip
    if acl == "log-delivery-write":
        raise errors.not_implemented("x-amz-acl")
    if acl not in BUCKET_ACLS:
        raise errors.invalid_argument("", "x-amz-acl", acl)

    def alter(document: BucketDocument) -> None:
        check_allowed(call, document, acl, "s3:PutBucketAcl", bucket.arn)
        document.acl = acl

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


def check_allowed(call: Call, document: BucketDocument, acl: str, action: str, arn: str) -> None:
    """Whether a bucket takes an ACL, for itself or for what is in it. Raises AccessControlListNotSupported, and
    AccessDenied where public ones are blocked."""
    if document.ownership == ENFORCED and acl != "bucket-owner-full-control":
        raise errors.acls_not_supported()
    block = document.public_access_block
    if BUCKET_ACLS.get(acl) and block is not None and block.BlockPublicAcls:
        message = (
            f'User: {call.principal.arn or "anonymous"} is not authorized to perform: {action} on resource: "{arn}"'
            " because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
        )
        raise ServiceError("AccessDenied", message, status=403)
