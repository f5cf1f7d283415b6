"""The operations of this folder, and their actions (Service Authorization Reference, "Amazon S3")."""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.service import Operation
from chasqui.services.s3.buckets import arns, creation, listing

OPERATIONS: dict[str, Operation] = {
    "CreateBucket": creation.create_bucket,
    "DeleteBucket": creation.delete_bucket,
    "HeadBucket": listing.head_bucket,
    "ListBuckets": listing.list_buckets,
    "GetBucketLocation": listing.get_bucket_location,
}

ACTIONS: dict[str, Action] = {
    "CreateBucket": arns.of("CreateBucket", "write", context=arns.creating_keys, also=arns.creating),
    "DeleteBucket": arns.of("DeleteBucket", "write"),
    "HeadBucket": arns.of("ListBucket", "list"),
    "ListBuckets": Action(name="s3:ListAllMyBuckets", level="list"),
    "GetBucketLocation": arns.of("GetBucketLocation", "read"),
}
