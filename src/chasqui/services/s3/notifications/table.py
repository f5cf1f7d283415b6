"""The operations of this folder, and their actions (Service Authorization Reference, "Amazon S3")."""

from __future__ import annotations

from chasqui.base.actions import Action
from chasqui.base.service import Operation
from chasqui.services.s3.buckets import arns
from chasqui.services.s3.notifications.configuration import get_notification, put_notification

OPERATIONS: dict[str, Operation] = {
    "GetBucketNotificationConfiguration": get_notification,
    "PutBucketNotificationConfiguration": put_notification,
}

ACTIONS: dict[str, Action] = {
    "GetBucketNotificationConfiguration": arns.of("GetBucketNotification", "read"),
    "PutBucketNotificationConfiguration": arns.of("PutBucketNotification", "write"),
}
