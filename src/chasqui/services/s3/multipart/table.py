"""The operations of this folder, and their actions (Service Authorization Reference, "Amazon S3")."""

from __future__ import annotations

from typing import Any

from chasqui.base.actions import AccessLevel, Action
from chasqui.base.service import Operation
from chasqui.services.s3.buckets import arns
from chasqui.services.s3.multipart import completing, listing, parts, uploads
from chasqui.services.s3.objects import actions

OPERATIONS: dict[str, Operation] = {
    "CreateMultipartUpload": uploads.create_multipart_upload,
    "UploadPart": parts.upload_part,
    "UploadPartCopy": parts.upload_part_copy,
    "CompleteMultipartUpload": completing.complete_multipart_upload,
    "AbortMultipartUpload": uploads.abort_multipart_upload,
    "ListParts": listing.list_parts,
    "ListMultipartUploads": listing.list_multipart_uploads,
}


def _on_object(name: str, level: AccessLevel, **facts: Any) -> Action:
    return Action(name=f"s3:{name}", level=level, resource=actions.object_arn, data=True, **facts)


ACTIONS: dict[str, Action] = {
    "CreateMultipartUpload": actions.writing(actions.writing_also),
    "UploadPart": _on_object("PutObject", "write"),
    "UploadPartCopy": _on_object("PutObject", "write", also=actions.reading_source),
    "CompleteMultipartUpload": _on_object("PutObject", "write"),
    "AbortMultipartUpload": _on_object("AbortMultipartUpload", "write"),
    "ListParts": _on_object("ListMultipartUploadParts", "read"),
    "ListMultipartUploads": arns.of("ListBucketMultipartUploads", "list"),
}
