"""What the operations on objects are for policies.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; API reference, the
"Permissions" of each operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from chasqui.base.actions import AccessLevel, Action, Check, Values
from chasqui.base.call import Call
from chasqui.services.s3.buckets import arns
from chasqui.services.s3.objects.sources import parse_source


def object_arn(_call: Call, request: Any) -> str:
    """The object that a request names."""
    return f"arn:aws:s3:::{request.Bucket or ''}/{request.Key or ''}"


def on_version(
    name: str,
    level: AccessLevel,
    context: Callable[[Call, Any], Mapping[str, Values]] | None = None,
    also: Callable[[Call, Any], Iterable[Check]] | None = None,
) -> Action:
    """An action on an object that is another one when a version is named."""
    plain, versioned = f"s3:{name}", f"s3:{_VERSIONED[name]}"
    return Action(
        name=plain,
        level=level,
        resource=object_arn,
        context=context or _version_key,
        also=also,
        data=True,
        named=lambda request: plain if request.VersionId is None else versioned,
    )


def writing(also: Callable[[Call, Any], Iterable[Check]]) -> Action:
    """s3:PutObject."""
    return Action(name="s3:PutObject", level="write", resource=object_arn, context=writing_keys, also=also, data=True)


_VERSIONED: Final = {
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectTagging": "GetObjectVersionTagging",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "PutObjectTagging": "PutObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
}

_HEADERS: Final = {
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "StorageClass": "s3:x-amz-storage-class",
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    "CopySource": "s3:x-amz-copy-source",
    "MetadataDirective": "s3:x-amz-metadata-directive",
}


def _version_key(_call: Call, request: Any) -> Mapping[str, Values]:
    return {} if request.VersionId is None else {"s3:versionid": request.VersionId}


def listing_keys(_call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of listings."""
    found: dict[str, Values] = {}
    if request.Prefix is not None:
        found["s3:prefix"] = request.Prefix
    if request.Delimiter is not None:
        found["s3:delimiter"] = request.Delimiter
    if request.MaxKeys is not None:
        found["s3:max-keys"] = str(request.MaxKeys)
    return found


def writing_keys(call: Call, request: Any) -> Mapping[str, Values]:
    """The condition keys of a write: PutObject, CopyObject, CreateMultipartUpload."""
    found = dict(arns.acl_keys(call, request))
    for member, key in _HEADERS.items():
        value = getattr(request, member, None)
        if value is not None:
            found[key] = value
    found.update(tag_keys(dict(parse_qsl(request.Tagging or "", keep_blank_values=True))))
    return found


def tag_keys(tags: Mapping[str, str]) -> Mapping[str, Values]:
    """The condition keys of tags that a request brings."""
    if not tags:
        return {}
    return {
        **{f"s3:RequestObjectTag/{name}": value for name, value in tags.items()},
        "s3:RequestObjectTagKeys": tuple(tags),
    }


def writing_also(call: Call, request: Any) -> Iterable[Check]:
    """What a write needs leave for beside itself: its tags and its ACL."""
    if request.Tagging:
        yield Check("s3:PutObjectTagging", object_arn(call, request))
    if arns.acl_keys(call, request):
        yield Check("s3:PutObjectAcl", object_arn(call, request))
    if getattr(request, "IfMatch", None) is not None:
        yield Check("s3:GetObject", object_arn(call, request))


def reading_source(_call: Call, request: Any) -> Iterable[Check]:
    """A copy reads. What is no source is refused by the operation."""
    source = parse_source(request.CopySource)
    if source is not None:
        resource = f"arn:aws:s3:::{source.bucket}/{source.key}"
        if source.version_id is None:
            yield Check("s3:GetObject", resource)
        else:
            yield Check("s3:GetObjectVersion", resource, {"s3:versionid": source.version_id})


def copying_also(call: Call, request: Any) -> Iterable[Check]:
    """A copy is written with all that an object may have, and reads."""
    yield from writing_also(call, request)
    yield from reading_source(call, request)


def deleting_also(call: Call, request: Any) -> Iterable[Check]:
    """A conditional delete tells what is there."""
    if request.IfMatch is not None:
        yield Check("s3:GetObject", object_arn(call, request))


def attributes_also(call: Call, request: Any) -> Iterable[Check]:
    """GetObjectAttributes reads the object, too."""
    if request.VersionId is None:
        yield Check("s3:GetObject", object_arn(call, request))
    else:
        yield Check("s3:GetObjectVersion", object_arn(call, request))


def tagging_keys(call: Call, request: Any) -> Mapping[str, Values]:
    """PutObjectTagging's condition keys."""
    tags = request.Tagging.TagSet if request.Tagging is not None else None
    given = {tag.Key or "": tag.Value or "" for tag in tags or ()}
    return {**_version_key(call, request), **tag_keys(given)}


def acl_keys(call: Call, request: Any) -> Mapping[str, Values]:
    """PutObjectAcl's condition keys."""
    return {**_version_key(call, request), **arns.acl_keys(call, request)}
