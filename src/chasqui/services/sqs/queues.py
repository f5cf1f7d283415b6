"""Queues as resources: the document that is stored, the object that requests decide on, and how one is found.

`Queue` is read-only and thrown away when its resource changes; `Directory` keeps the ones in use, so that a hot request
finds its queue with one dictionary look-up on the URL it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from chasqui.access.caller import region_of_host
from chasqui.access.described import Described
from chasqui.base.arn import Arn, parse_arn, partition_of
from chasqui.base.call import Call
from chasqui.base.sections import SqsQuotas
from chasqui.services.sqs import errors
from chasqui.services.sqs.attributes import DEFAULTS, FIFO_DEFAULTS
from chasqui.services.sqs.policies import (
    RedriveAllowPolicy,
    RedrivePolicy,
    read_redrive_allow_policy,
    redrive_policy,
)
from chasqui.store.port import Resource, Store, Transaction

TYPE = "sqs:queue"
_CACHED_MAX = 4096
URL_LENGTH_MAX = 1024
"""No queue's URL is longer, and none that is, is remembered: what callers choose must not fill the memory."""


class QueueDocument(msgspec.Struct):
    """A queue's document. `attributes` are those that were set; defaults are not stored. Times in seconds, save
    `purged_at_ms`."""

    queue: int
    attributes: dict[str, str]
    tags: dict[str, str]
    created_s: int
    modified_s: int
    purged_at_ms: int = 0


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(QueueDocument).decode


def decode_document(resource: Resource) -> QueueDocument:
    return _decode(resource.document)


def queue_resource(owner: str, name: str, document: QueueDocument, read: Resource | None = None) -> Resource:
    """A queue's resource, new or in place of the one that was read. Its parent is its dead-letter queue's ARN, so that
    a dead-letter queue's sources are found by it."""
    redrive = redrive_policy(document.attributes)
    parent = redrive.target_arn if redrive else None
    version, generation = (read.version, read.generation) if read else (0, 0)
    return Resource(TYPE, owner, name, _encode(document), parent, version, generation)


async def read_queue(tx: Transaction, queue: Queue) -> tuple[Resource, QueueDocument]:
    """A queue's resource and document as they stand in this transaction. Raises `QueueDoesNotExist`."""
    resource = await tx.get(TYPE, owner_of(queue.account, queue.region), queue.name)
    if resource is None or resource.generation != queue.resource.generation:
        raise errors.queue_does_not_exist()
    return resource, decode_document(resource)


async def write_queue(tx: Transaction, read: Resource, document: QueueDocument) -> None:
    """Replace the document of the resource that was read."""
    await tx.replace(queue_resource(read.owner, read.name, document, read))


class Queue:
    """A queue's attributes in the units that requests decide with."""

    __slots__ = (
        "account", "arn", "content_deduplication", "delay_ms", "document", "encrypted", "fifo", "group_scope",
        "id", "kms_key", "message_bytes_max", "name", "redrive", "redrive_allow", "region", "resource", "retention_ms",
        "urls", "visibility_ms", "wait_ms",
    )  # fmt: skip

    def __init__(self, resource: Resource, limits: SqsQuotas) -> None:
        self.resource = resource
        self.document = document = decode_document(resource)
        self.account, _, self.region = resource.owner.partition("/")
        self.name = resource.name
        self.id = document.queue
        self.urls: list[tuple[str, str | None]] = []
        self.fifo = resource.name.endswith(".fifo")
        self.arn = queue_arn(self.account, self.region, self.name)
        get = self.attribute
        self.delay_ms = int(get("DelaySeconds")) * 1000
        self.retention_ms = int(get("MessageRetentionPeriod")) * 1000
        self.visibility_ms = int(get("VisibilityTimeout")) * 1000
        self.wait_ms = int(get("ReceiveMessageWaitTimeSeconds")) * 1000
        self.message_bytes_max = int(document.attributes.get("MaximumMessageSize") or limits.message_bytes_max)
        self.kms_key = document.attributes.get("KmsMasterKeyId") or None
        self.encrypted = self.managed_encryption or self.kms_key is not None
        self.content_deduplication = self.fifo and get("ContentBasedDeduplication") == "true"
        self.group_scope = self.fifo and get("DeduplicationScope") == "messageGroup"
        self.redrive: RedrivePolicy | None = redrive_policy(document.attributes)
        allow = document.attributes.get("RedriveAllowPolicy")
        self.redrive_allow: RedriveAllowPolicy | None = read_redrive_allow_policy(allow) if allow else None

    def attribute(self, name: str) -> str:
        """The attribute's value, its default when it was not set; "" when it has neither."""
        value = self.document.attributes.get(name)
        if value is None:
            value = DEFAULTS.get(name) or (FIFO_DEFAULTS.get(name) if self.fifo else None) or ""
        return value

    @property
    def managed_encryption(self) -> bool:
        """SSE-SQS: on unless it was switched off or a KMS key took its place."""
        explicit = self.document.attributes.get("SqsManagedSseEnabled")
        if explicit is not None:
            return explicit == "true"
        return not self.document.attributes.get("KmsMasterKeyId")

    def allows_redrive_from(self, source_arn: str) -> bool:
        """Whether a queue may use this one as its dead-letter queue."""
        allow = self.redrive_allow
        return allow is None or allow.permission == "allowAll" or source_arn in allow.sources


def queue_arn(account: str, region: str, name: str) -> str:
    return str(Arn(partition_of(region), "sqs", region, account, name))


def owner_of(account: str, region: str) -> str:
    return f"{account}/{region}"


def queue_url(call: Call, account: str, region: str, name: str) -> str:
    """The URL that this caller can use: at the host it called, with the region in the path when that is another."""
    if region != (region_of_host(call.base_url.partition("//")[2]) or call.region):
        return f"{call.base_url}/queue/{region}/{account}/{name}"
    return f"{call.base_url}/{account}/{name}"


def parse_queue_url(url: str, default_region: str) -> tuple[str, str, str] | None:
    """(account, region, name) of a queue URL in any form users have, or None.

    Path: http://host/account/name and /queue/region/account/name; domain: http://sqs.region.host/account/name;
    legacy: http://region.queue.host/account/name. The host says nothing else: servers are called by many names.
    """
    if len(url) > URL_LENGTH_MAX:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = [part for part in parts.path.split("/") if part]
    region = default_region
    if len(path) == 4 and path[0] == "queue":
        region = path[1]
        path = path[2:]
    else:
        region = region_of_host(parts.netloc) or default_region
    if len(path) != 2:
        return None
    account, name = path
    return account, region, name


class Directory:
    """Finds queues by URL, name or ARN; keeps those in use until their resource changes."""

    def __init__(self, store: Store, limits: SqsQuotas) -> None:
        self._store = store
        self._limits = limits
        self._by_name: dict[tuple[str, str], Queue] = {}
        self._changes = 0
        self.at_url: dict[tuple[str, str | None], Queue] = {}
        """The queues at hand, by (region of the call, URL as it was given): where hot operations look first."""
        self.changed: Callable[[str], object] = lambda arn: None
        """Told of every queue that is made, changes or is deleted, by its ARN."""
        store.watch_resources(TYPE, self._changed)

    def _changed(self, owner: str, name: str) -> None:
        self._changes += 1
        account, _, region = owner.partition("/")
        self.changed(queue_arn(account, region, name))
        queue = self._by_name.pop((owner, name), None)
        if queue is not None:
            for key in queue.urls:
                self.at_url.pop(key, None)

    async def find(self, call: Call, url: str | None) -> Queue:
        """The queue a URL names. Raises `MissingParameter`, `InvalidAddress` or `QueueDoesNotExist`."""
        url = url or call.path_url
        if not url:
            raise errors.missing_parameter("QueueUrl")
        named = parse_queue_url(url, call.region)
        if named is None and "/" in url:
            raise errors.invalid_address(url)
        # AWS takes a bare name as the caller's own queue.
        account, region, name = named or (call.account, call.region, url)
        queue = await self.named(account, region, name)
        if queue is None:
            raise errors.queue_does_not_exist()
        if named is not None and self._by_name.get((queue.resource.owner, queue.name)) is queue:
            if len(self.at_url) >= _CACHED_MAX:
                for each in self.at_url.values():
                    each.urls.clear()
                self.at_url.clear()
            self.at_url[(call.region, url)] = queue
            queue.urls.append((call.region, url))
        return queue

    async def named(self, account: str, region: str, name: str) -> Queue | None:
        """The queue with this name, or None."""
        owner = owner_of(account, region)
        queue = self._by_name.get((owner, name))
        if queue is None or not self._store.fresh():
            changes = self._changes
            resource = await self._store.resource(TYPE, owner, name)
            if resource is None:
                return None
            queue = self._by_name.get((owner, name))
            if queue is None or queue.resource.version != resource.version:
                if changes != self._changes:
                    # It may have been this one that changed between being read and now: good for this call alone.
                    return Queue(resource, self._limits)
                queue = self.keep(resource)
        return queue

    async def describe(self, arn: Arn) -> Described | None:
        """What the access layer must know of a queue."""
        queue = await self._at(arn)
        if queue is None:
            return None
        return Described(queue.account, queue.document.attributes.get("Policy"), queue.document.tags)

    def at_hand(self, arn_text: str) -> Queue | None:
        """The queue with this ARN if it is cached: for decisions that can't wait."""
        arn = parse_arn(arn_text)
        queue = self._by_name.get((owner_of(arn.account, arn.region), arn.resource)) if arn else None
        return queue if queue is not None and queue.arn == arn_text else None

    async def by_arn(self, arn_text: str) -> Queue | None:
        arn = parse_arn(arn_text)
        return await self._at(arn) if arn is not None else None

    async def _at(self, arn: Arn) -> Queue | None:
        """The queue with exactly this ARN: policies must know it by no other."""
        if arn.service != "sqs" or arn.partition != partition_of(arn.region):
            return None
        return await self.named(arn.account, arn.region, arn.resource)

    def keep(self, resource: Resource) -> Queue:
        """Build the queue of a resource and keep it."""
        if len(self._by_name) >= _CACHED_MAX:
            self._by_name.clear()
            self.at_url.clear()
        queue = Queue(resource, self._limits)
        self._by_name[(resource.owner, resource.name)] = queue
        return queue
