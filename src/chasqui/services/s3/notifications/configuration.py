"""PutBucketNotificationConfiguration and GetBucketNotificationConfiguration.

Source: API reference of the two. The configuration is written together with the test events of its queues and, when it
is the first, with the bucket's own queue of events.
"""

from __future__ import annotations

from collections.abc import Sequence

from chasqui.base.call import Call
from chasqui.services.s3 import errors
from chasqui.services.s3.buckets.bucket import Bucket, bucket_resource
from chasqui.services.s3.documents import BUCKET
from chasqui.services.s3.notifications.destinations import validate
from chasqui.services.s3.notifications.rules import checked, rules_of
from chasqui.services.s3.room import Room
from chasqui.services.s3.types import (
    GetBucketNotificationConfigurationRequest,
    NotificationConfiguration,
    PutBucketNotificationConfigurationRequest,
)
from chasqui.store.port import Delivery, Post, Transaction, VersionConflict


async def put_notification(room: Room, call: Call, request: PutBucketNotificationConfigurationRequest) -> None:
    if request.NotificationConfiguration is None:
        raise errors.malformed_xml()
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    configuration = checked(request.NotificationConfiguration, bucket.region)
    rules = list(rules_of(configuration))
    deliveries: list[Delivery] = []
    if rules and not request.SkipDestinationValidation:
        before = bucket.document.notifications
        known = {each.arn for each in rules_of(before)} if before is not None else set()
        deliveries = await validate(room, call, bucket, rules, known)
    kept = configuration if rules else None
    while True:
        try:
            await room.store.transaction(lambda tx: _write(tx, bucket, kept, deliveries))
            return
        except VersionConflict:
            # Something else was configured meanwhile.
            continue


async def _write(
    tx: Transaction, bucket: Bucket, kept: NotificationConfiguration | None, deliveries: Sequence[Delivery]
) -> None:
    current = await tx.get(BUCKET, "", bucket.name)
    if current is None or current.generation != bucket.resource.generation:
        raise errors.no_such_bucket(bucket.name)
    document = Bucket(current).document
    document.notifications = kept
    if kept is not None and not document.events_queue:
        # Also where no destination needs it today: a queue may come under a key of KMS later.
        document.events_queue = await tx.create_queue(ordered=False)
    await tx.replace(bucket_resource(bucket.name, document, current))
    if deliveries:
        await tx.deliver(Post(deliveries))


async def get_notification(
    room: Room, _call: Call, request: GetBucketNotificationConfigurationRequest
) -> NotificationConfiguration:
    bucket = await room.buckets.find(request.Bucket, request.ExpectedBucketOwner)
    return bucket.document.notifications or NotificationConfiguration()
