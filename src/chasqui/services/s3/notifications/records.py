"""Events as those who are told of them read them. Pure.

Source: S3 user guide, "Event message structure"; the members of each kind of event as recorded from AWS. The structure
is version 2.1, and 2.3 of events that came with that: a reader of either takes it, which not all do of what AWS sends
since.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import Any, Final

import msgspec

from chasqui.base.call import Call
from chasqui.base.principal import Principal
from chasqui.base.times import iso_ms
from chasqui.services.s3.buckets.bucket import Bucket
from chasqui.services.s3.notifications.matching import shown_key
from chasqui.wire.rest_xml import HOST_ID

SENDER: Final = "AIDAJHIPRHEMV73VRJEBU"
"""The SenderId that receivers see of what S3 sends."""

SERVICE: Final = "s3.amazonaws.com"
_NEWER: Final = ("ObjectAcl:", "ObjectTagging:", "ObjectAnnotation:", "LifecycleExpiration:", "LifecycleTransition")
_UNORDERED: Final = ("ObjectAcl:", "ObjectTagging:", "ObjectAnnotation:")
"""Events of which neither the size nor a sequencer is told."""

_encode = msgspec.json.Encoder().encode


class ObjectEvent(msgspec.Struct, frozen=True):
    """What happened to an object, as far as only its transaction knows. `order` is the object's."""

    order: int
    size: int | None = None
    etag: str | None = None
    version_id: str | None = None


class Happening(msgspec.Struct, frozen=True):
    """What is known of an event before its transaction. `at_ms` is when it was asked for."""

    call: Call
    bucket: Bucket
    event: str
    key: str
    at_ms: int


def body(happening: Happening, rule_id: str, event: ObjectEvent) -> str:
    """The message that tells of an event, as JSON."""
    call, bucket, name = happening.call, happening.bucket, happening.event
    record = {
        "eventVersion": "2.3" if name.startswith(_NEWER) else "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region,
        "eventTime": iso_ms(happening.at_ms),
        "eventName": name,
        "userIdentity": {"principalId": principal_id(call.principal)},
        "requestParameters": {"sourceIPAddress": call.source_address or SERVICE},
        "responseElements": {"x-amz-request-id": call.request_id, "x-amz-id-2": HOST_ID.decode()},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": rule_id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": customer_id(bucket.account)},
                "arn": bucket.arn,
            },
            "object": _object(happening, event),
        },
    }
    return _encode({"Records": [record]}).decode()


def _object(happening: Happening, event: ObjectEvent) -> dict[str, Any]:
    ordered = not happening.event.startswith(_UNORDERED)
    told: dict[str, Any] = {"key": shown_key(happening.key)}
    if event.size is not None and ordered:
        told["size"] = event.size
    if event.etag is not None:
        told["eTag"] = event.etag
    if event.version_id is not None:
        told["versionId"] = event.version_id
    if ordered:
        told["sequencer"] = f"{event.order:016X}"
    return told


def trial_body(bucket: Bucket, request_id: str, at_ms: int) -> str:
    """What a destination gets when it is configured."""
    told = {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": iso_ms(at_ms),
        "Bucket": bucket.name,
        "RequestId": request_id,
        "HostId": HOST_ID.decode(),
    }
    return _encode(told).decode()


def principal_id(principal: Principal) -> str:
    """Who caused an event: a unique id of IAM, the account's customer id, or a service's name."""
    match principal.kind:
        case "root":
            return customer_id(principal.account)
        case "anonymous":
            return "Anonymous"
        case "service":
            return principal.id
        case _:
            return f"AWS:{principal.id}"


@lru_cache(maxsize=1024)
def customer_id(account: str) -> str:
    """An account's id as a customer of the shop that S3 comes from: "A" with 13 letters and digits, always the same."""
    digest = hashlib.sha256(b"chasqui/s3/customer/" + account.encode()).digest()
    return "A" + base64.b32encode(digest).decode()[:13]
