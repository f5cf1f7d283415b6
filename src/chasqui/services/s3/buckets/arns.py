"""What the tables of actions are made of: buckets' ARNs and condition keys out of requests.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chasqui.access.described import NewCheck
from chasqui.base.actions import AccessLevel, Action, Check, Values
from chasqui.base.call import Call


def bucket(_call: Call, request: Any) -> str:
    """The bucket that a request names."""
    return f"arn:aws:s3:::{request.Bucket or ''}"


def of(name: str, level: AccessLevel, **facts: Any) -> Action:
    """An action on a bucket."""
    return Action(name=f"s3:{name}", level=level, resource=bucket, **facts)


_GRANTS = {
    "ACL": "s3:x-amz-acl",
    "GrantFullControl": "s3:x-amz-grant-full-control",
    "GrantRead": "s3:x-amz-grant-read",
    "GrantReadACP": "s3:x-amz-grant-read-acp",
    "GrantWrite": "s3:x-amz-grant-write",
    "GrantWriteACP": "s3:x-amz-grant-write-acp",
}


def acl_keys(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of a request with ACL headers."""
    given = {key: getattr(request, member, None) for member, key in _GRANTS.items()}
    return {key: value for key, value in given.items() if value}


def creating_keys(call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of CreateBucket."""
    found = dict(acl_keys(call, request))
    configuration = request.CreateBucketConfiguration
    if configuration is not None and configuration.LocationConstraint:
        found["s3:locationconstraint"] = configuration.LocationConstraint
    if request.ObjectOwnership:
        found["s3:x-amz-object-ownership"] = request.ObjectOwnership
    return found


def creating(call: Call, request: Any) -> Iterable[Check]:
    """What CreateBucket needs leave for beside itself (API reference, CreateBucket, "Permissions")."""
    keys = acl_keys(call, request)
    if keys and keys != {"s3:x-amz-acl": "private"}:
        yield NewCheck("s3:PutBucketAcl", bucket(call, request), keys)
    if request.ObjectOwnership:
        yield NewCheck("s3:PutBucketOwnershipControls", bucket(call, request))
    configuration = request.CreateBucketConfiguration
    if configuration is not None and configuration.Tags:
        tags = {tag.Key or "": tag.Value or "" for tag in configuration.Tags}
        asked: dict[str, Values] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
        yield NewCheck("s3:TagResource", bucket(call, request), {**asked, "aws:TagKeys": tuple(tags)})
