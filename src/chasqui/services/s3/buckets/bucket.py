"""A bucket's document, and the bucket as operations see it."""

from __future__ import annotations

from typing import Literal

import msgspec

from chasqui.services.s3 import types
from chasqui.services.s3.documents import BUCKET
from chasqui.store.port import Resource

Versioning = Literal["", "Enabled", "Suspended"]


class BucketDocument(msgspec.Struct, omit_defaults=True):
    """What is configured on a bucket. Members named as an operation's structure are that structure as it was put.

    `versioning` is "" for a bucket that never was versioned. `policy` is the text. `acl_public` tells of canned ACLs,
    which buckets that do not enforce the owner's may have. `events_queue` is the store's queue of notifications that
    cannot be written in the object's own transaction (topics), 0 when there is none.
    """

    account: str
    region: str
    created_ms: int
    versioning: Versioning = ""
    ownership: str = "BucketOwnerEnforced"
    public_access_block: types.PublicAccessBlockConfiguration | None = None
    policy: str | None = None
    tags: dict[str, str] = {}
    cors: list[types.CORSRule] = []
    lifecycle: list[types.LifecycleRule] = []
    encryption: types.ServerSideEncryptionRule | None = None
    notifications: types.NotificationConfiguration | None = None
    events_queue: int = 0
    acl: str = "private"


class Bucket:
    """A bucket, until it changes. `id` owns what is in it (`documents.py`). `last_order` is the last that
    was given here to an object's change (`objects/writing.py`)."""

    __slots__ = ("account", "arn", "document", "id", "last_order", "name", "region", "resource")

    def __init__(self, resource: Resource) -> None:
        document = msgspec.json.decode(resource.document, type=BucketDocument)
        self.resource = resource
        self.document = document
        self.name = resource.name
        self.id = f"b{resource.generation}"
        self.account = document.account
        self.region = document.region
        self.arn = f"arn:aws:s3:::{resource.name}"
        self.last_order = 0


def bucket_resource(name: str, document: BucketDocument, read: Resource | None = None) -> Resource:
    """The resource to create, or to replace `read` with. Its parent is the account, which lists its buckets by that."""
    encoded = msgspec.json.encode(document)
    if read is not None:
        return msgspec.structs.replace(read, document=encoded)
    return Resource(BUCKET, "", name, encoded, document.account)
