"""A bucket's lifecycle configuration: what is taken as one. Carrying it out is `expiring.py`'s.

There are no other storage classes here to go to, so rules with transitions are refused: kept, they would promise what
does not happen. Source: S3 user guide, "Lifecycle configuration elements"; API reference,
PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle.
"""

from __future__ import annotations

import uuid
from typing import Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.times import iso_ms
from chasqui.services.s3 import errors, types
from chasqui.services.s3.buckets.bucket import BucketDocument
from chasqui.services.s3.buckets.changing import configure
from chasqui.services.s3.buckets.tags import read_tags
from chasqui.services.s3.room import Room

_RULES_MAX: Final = 1000
_ID_LENGTH_MAX: Final = 255
_DAYS_MAX: Final = 2**31 - 1
_DAY_S: Final = 86_400
_NEWER_MAX: Final = 100
_MINIMUM: Final = "all_storage_classes_128K"
_MINIMA: Final = ("varies_by_storage_class", _MINIMUM)


async def get_bucket_lifecycle_configuration(
    room: Room, _call: Call, request: types.GetBucketLifecycleConfigurationRequest
) -> types.GetBucketLifecycleConfigurationOutput:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    if not bucket.document.lifecycle:
        raise errors.not_configured(
            "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", bucket.name
        )
    return types.GetBucketLifecycleConfigurationOutput(
        Rules=bucket.document.lifecycle, TransitionDefaultMinimumObjectSize=_MINIMUM
    )


async def put_bucket_lifecycle_configuration(
    room: Room, _call: Call, request: types.PutBucketLifecycleConfigurationRequest
) -> types.PutBucketLifecycleConfigurationOutput:
    if (request.TransitionDefaultMinimumObjectSize or _MINIMUM) not in _MINIMA:
        raise errors.invalid_request("Invalid TransitionDefaultMinimumObjectSize found")
    configuration = request.LifecycleConfiguration
    rules = checked_rules(configuration.Rules if configuration is not None else None)

    def alter(document: BucketDocument) -> None:
        document.lifecycle = rules

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)
    return types.PutBucketLifecycleConfigurationOutput(TransitionDefaultMinimumObjectSize=_MINIMUM)


async def delete_bucket_lifecycle(room: Room, _call: Call, request: types.DeleteBucketLifecycleRequest) -> None:
    def alter(document: BucketDocument) -> None:
        document.lifecycle = []

    await configure(room, request.Bucket, request.ExpectedBucketOwner, alter)


def checked_rules(given: list[types.LifecycleRule] | None) -> list[types.LifecycleRule]:
    """The rules as they are kept: each has an id. Raises MalformedXML, InvalidRequest, InvalidArgument, and
    NotImplemented for transitions."""
    if not given or len(given) > _RULES_MAX:
        raise errors.malformed_xml()
    rules = [rule if rule.ID else msgspec.structs.replace(rule, ID=str(uuid.uuid4())) for rule in given]
    for rule in rules:
        _check_rule(rule)
    seen: set[str] = set()
    for name in (rule.ID or "" for rule in rules):
        if name in seen:
            raise errors.invalid_argument("Rule ID must be unique. Found same ID for more than one rule", "ID", name)
        seen.add(name)
    return rules


def _check_rule(rule: types.LifecycleRule) -> None:
    if rule.Status not in ("Enabled", "Disabled"):
        raise errors.malformed_xml()
    if len(rule.ID or "") > _ID_LENGTH_MAX:
        raise errors.invalid_argument("ID length should not exceed allowed limit of 255", "ID", rule.ID or "")
    if rule.Transitions or rule.NoncurrentVersionTransitions:
        raise errors.lacking("lifecycle transitions: objects stay in the storage class that they were put in")
    actions = (rule.Expiration, rule.NoncurrentVersionExpiration, rule.AbortIncompleteMultipartUpload)
    if all(action is None for action in actions):
        raise errors.invalid_request("At least one action needs to be specified in a rule.")
    if (rule.Filter is None) == (rule.Prefix is None):
        # One of them, and not both.
        raise errors.malformed_xml()
    _check_filter(rule)
    if rule.Expiration is not None:
        _check_expiration(rule.Expiration)
    if rule.NoncurrentVersionExpiration is not None:
        _check_noncurrent(rule.NoncurrentVersionExpiration)
    if rule.AbortIncompleteMultipartUpload is not None:
        days = rule.AbortIncompleteMultipartUpload.DaysAfterInitiation
        if days is None:
            raise errors.malformed_xml()
        _check_days(days, "DaysAfterInitiation", "AbortIncompleteMultipartUpload")


def _check_filter(rule: types.LifecycleRule) -> None:
    chosen = rule.Filter or types.LifecycleRuleFilter()
    both = chosen.And
    if sum(getattr(chosen, each) is not None for each in chosen.__struct_fields__) > 1:
        raise errors.malformed_xml()
    tags = list(both.Tags or ()) if both is not None else [] if chosen.Tag is None else [chosen.Tag]
    read_tags(tags)
    if both is not None:
        sizes = (both.ObjectSizeGreaterThan, both.ObjectSizeLessThan)
        if len(tags) + (both.Prefix is not None) + sum(size is not None for size in sizes) < 2:
            raise errors.malformed_xml()
    least = _size(both.ObjectSizeGreaterThan if both is not None else chosen.ObjectSizeGreaterThan)
    most = _size(both.ObjectSizeLessThan if both is not None else chosen.ObjectSizeLessThan)
    if least is not None and most is not None and most <= least:
        raise errors.invalid_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
    for what, by in (("Tags", bool(tags)), ("Object Size", least is not None or most is not None)):
        if by and rule.AbortIncompleteMultipartUpload is not None:
            raise errors.invalid_request(f"AbortIncompleteMultipartUpload cannot be specified with {what}.")
        if by and rule.Expiration is not None and rule.Expiration.ExpiredObjectDeleteMarker is not None:
            raise errors.invalid_request(f"ExpiredObjectDeleteMarker cannot be specified with {what}.")


def _size(value: int | None) -> int | None:
    if value is not None and value < 0:
        raise errors.malformed_xml()
    return value


def _check_expiration(expiration: types.LifecycleExpiration) -> None:
    if sum(getattr(expiration, each) is not None for each in ("Date", "Days", "ExpiredObjectDeleteMarker")) != 1:
        raise errors.malformed_xml()
    if expiration.Days is not None:
        _check_days(expiration.Days, "Days", "Expiration")
    if expiration.Date is not None and expiration.Date % _DAY_S:
        raise errors.invalid_argument("'Date' must be at midnight GMT", "Date", iso_ms(int(expiration.Date * 1000)))


def _check_noncurrent(expiration: types.NoncurrentVersionExpiration) -> None:
    if expiration.NoncurrentDays is None:
        raise errors.malformed_xml()
    _check_days(expiration.NoncurrentDays, "NoncurrentDays", "NoncurrentVersionExpiration")
    newer = expiration.NewerNoncurrentVersions
    if newer is not None and not 1 <= newer <= _NEWER_MAX:
        raise errors.invalid_argument(
            "'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be a positive integer between 1 and"
            " 100",
            "NewerNoncurrentVersions",
            str(newer),
        )


def _check_days(days: int, name: str, action: str) -> None:
    if not 1 <= days <= _DAYS_MAX:
        raise ServiceError(
            "InvalidArgument",
            f"'{name}' for {action} action must be a positive integer",
            status=400,
            fields={"ArgumentName": name, "ArgumentValue": str(days)},
        )
