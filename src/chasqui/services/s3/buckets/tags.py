"""The tags of a bucket: what AWS takes as one, and the operations on them.

Source: S3 user guide, "Using cost allocation S3 bucket tags"; API reference, PutBucketTagging ("Special errors").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from chasqui.base.errors import ServiceError
from chasqui.services.s3 import errors
from chasqui.services.s3.types import Tag

BUCKET_TAGS_MAX: Final = 50
_ALLOWED: Final = re.compile(r"[\w\s.:/=+\-@]*\Z")
_KEY_LENGTH_MAX: Final = 128
_VALUE_LENGTH_MAX: Final = 256


def _invalid(message: str, key: str = "") -> ServiceError:
    return ServiceError("InvalidTag", message, status=400, fields={"TagKey": key} if key else {})


def read_tags(given: Iterable[Tag] | None, most: int = BUCKET_TAGS_MAX) -> dict[str, str]:
    """The tags of a TagSet. Raises InvalidTag, MalformedXML and BadRequest."""
    found: dict[str, str] = {}
    for tag in given or ():
        key, value = tag.Key, tag.Value
        if key is None or value is None:
            raise errors.malformed_xml()
        if not key or len(key) > _KEY_LENGTH_MAX or not _ALLOWED.match(key):
            raise _invalid("The TagKey you have provided is invalid", key)
        if key.lower().startswith("aws:"):
            raise _invalid("System tags cannot be added/updated by requester", key)
        if len(value) > _VALUE_LENGTH_MAX or not _ALLOWED.match(value):
            raise _invalid("The TagValue you have provided is invalid", key)
        if key in found:
            raise _invalid("Cannot provide multiple Tags with the same key", key)
        found[key] = value
    if len(found) > most:
        what = "Object" if most < BUCKET_TAGS_MAX else "Bucket"
        raise ServiceError("BadRequest", f"{what} tags cannot be greater than {most}", status=400)
    return found


def tag_set(tags: dict[str, str]) -> list[Tag]:
    """Tags as a TagSet has them."""
    return [Tag(Key=key, Value=value) for key, value in tags.items()]
