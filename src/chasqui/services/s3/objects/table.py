"""The operations of this folder, and their actions (Service Authorization Reference, "Amazon S3")."""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.service import Operation
from chasqui.services.s3.buckets import arns
from chasqui.services.s3.objects import actions, attributes, copying, deletion, editing, get, lists, put

OPERATIONS: dict[str, Operation] = {
    "PutObject": put.put_object,
    "GetObject": get.get_object,
    "HeadObject": get.head_object,
    "CopyObject": copying.copy_object,
    "DeleteObject": deletion.delete_object,
    "DeleteObjects": deletion.delete_objects,
    "ListObjects": lists.list_objects,
    "ListObjectsV2": lists.list_objects_v2,
    "ListObjectVersions": lists.list_object_versions,
    "GetObjectTagging": editing.get_object_tagging,
    "PutObjectTagging": editing.put_object_tagging,
    "DeleteObjectTagging": editing.delete_object_tagging,
    "GetObjectAcl": editing.get_object_acl,
    "PutObjectAcl": editing.put_object_acl,
    "GetObjectAttributes": attributes.get_object_attributes,
}

_LIST = arns.of("ListBucket", "list", context=actions.listing_keys)

ACTIONS: dict[str, Action] = {
    "PutObject": actions.writing(actions.writing_also),
    "GetObject": actions.on_version("GetObject", "read"),
    "HeadObject": actions.on_version("GetObject", "read"),
    "CopyObject": actions.writing(actions.copying_also),
    "DeleteObject": actions.on_version("DeleteObject", "write", also=actions.deleting_also),
    # Leave is asked for each of its keys by the operation itself.
    "DeleteObjects": arns.of("DeleteObject", "write", data=True, open=True),
    "ListObjects": _LIST,
    "ListObjectsV2": _LIST,
    "ListObjectVersions": arns.of("ListBucketVersions", "list", context=actions.listing_keys),
    "GetObjectTagging": actions.on_version("GetObjectTagging", "read"),
    "PutObjectTagging": actions.on_version("PutObjectTagging", "tagging", context=actions.tagging_keys),
    "DeleteObjectTagging": actions.on_version("DeleteObjectTagging", "tagging"),
    "GetObjectAcl": actions.on_version("GetObjectAcl", "read"),
    "PutObjectAcl": actions.on_version("PutObjectAcl", "permissions", context=actions.acl_keys),
    "GetObjectAttributes": actions.on_version("GetObjectAttributes", "read", also=actions.attributes_also),
}
