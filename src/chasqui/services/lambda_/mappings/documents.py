"""A mapping's document, and its names."""

from __future__ import annotations

import msgspec

from chasqui.base.arn import Arn, partition_of
from chasqui.services.lambda_.documents import MAPPING
from chasqui.store.port import Resource


class MappingDocument(msgspec.Struct, omit_defaults=True):
    """What is configured. `function` is the name, `qualifier` "" when the function was named without one; both belong
    to the owner's account and region. `filters` are the patterns' texts. `concurrency` is the MaximumConcurrency, 0
    when none was given; `window_s` the batching window."""

    source: str
    function: str
    qualifier: str
    enabled: bool
    batch_size: int
    window_s: int
    modified_ms: int
    partial: bool = False
    """ReportBatchItemFailures."""
    concurrency: int = 0
    filters: list[str] = []
    tags: dict[str, str] = {}


_decode = msgspec.json.Decoder(MappingDocument).decode


def read_mapping(resource: Resource) -> MappingDocument:
    """The document of a resource."""
    return _decode(resource.document)


def mapping_resource(owner: str, uuid: str, document: MappingDocument, read: Resource | None = None) -> Resource:
    """The resource to create, or to replace `read` with."""
    encoded = msgspec.json.encode(document)
    if read is not None:
        return msgspec.structs.replace(read, document=encoded)
    return Resource(MAPPING, owner, uuid, encoded, parent=document.function)


def mapping_arn(owner: str, uuid: str) -> str:
    """The ARN of a mapping of "account/region"."""
    account, _, region = owner.partition("/")
    return str(Arn(partition_of(region), "lambda", region, account, f"event-source-mapping:{uuid}"))
