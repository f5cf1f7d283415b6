"""The shapes of AWS CloudTrail: a struct for each structure of its operations.

Generated from botocore's model (cloudtrail 2013-11-01) by `tools/generate_types.py`; do not edit, run that
again.

Members of inputs are all optional here, so that a missing one is told in AWS' words: `REQUIRED` names, in
the model's order, those that AWS asks for (`chasqui.wire.typed.missing_members` looks). Members of outputs
that are None are left out of the answer. Blobs are bytes (base64 in JSON), times are seconds since the
epoch.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

# A number outside fails to decode, and the slow path answers it. AWS reads the model's integers as wide as
# its longs and leaves their range to the service.
Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class LookupAttribute(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ("AttributeKey", "AttributeValue")
    AttributeKey: str | None = None
    AttributeValue: str | None = None


class LookupEventsRequest(Struct, omit_defaults=True, gc=False):
    REQUIRED: ClassVar[tuple[str, ...]] = ()
    LookupAttributes: list[LookupAttribute] | None = None
    StartTime: float | None = None
    EndTime: float | None = None
    EventCategory: str | None = None
    MaxResults: Integer | None = None
    NextToken: str | None = None


class Resource(Struct, omit_defaults=True, gc=False):
    ResourceType: str | None = None
    ResourceName: str | None = None


class Event(Struct, omit_defaults=True, gc=False):
    EventId: str | None = None
    EventName: str | None = None
    ReadOnly: str | None = None
    AccessKeyId: str | None = None
    EventTime: float | None = None
    EventSource: str | None = None
    Username: str | None = None
    Resources: list[Resource] | None = None
    CloudTrailEvent: str | None = None


class LookupEventsResponse(Struct, omit_defaults=True, gc=False):
    Events: list[Event] | None = None
    NextToken: str | None = None


# The operations' inputs.
INPUTS: dict[str, type[Struct]] = {
    "LookupEvents": LookupEventsRequest,
}

# The outputs of those operations that have one.
OUTPUTS: dict[str, type[Struct]] = {
    "LookupEvents": LookupEventsResponse,
}
