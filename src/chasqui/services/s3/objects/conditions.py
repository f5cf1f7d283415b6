"""Whether a request's conditions on an object's ETag and time hold. Pure.

Source: RFC 9110, section 13; API reference, GetObject ("Conditional requests" in its notes) and CopyObject.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.services.s3.errors import precondition_failed
from chasqui.services.s3.objects.document import ObjectDocument
from chasqui.services.s3.objects.writing import ALWAYS, Conditions

_NOT_IMPLEMENTED: Final = "A header you provided implies functionality that is not implemented"


class Asked(msgspec.Struct, frozen=True):
    """Conditions of a read: ETags as their fields have them, times in seconds."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: float | None = None
    if_unmodified_since: float | None = None


def asked_of(request: Any) -> Asked | None:
    """GetObject's and HeadObject's; None for none."""
    if (
        request.IfMatch is None
        and request.IfNoneMatch is None
        and request.IfModifiedSince is None
        and request.IfUnmodifiedSince is None
    ):
        return None
    return Asked(request.IfMatch, request.IfNoneMatch, request.IfModifiedSince, request.IfUnmodifiedSince)


def asked_of_source(request: Any) -> Asked:
    """CopyObject's and UploadPartCopy's, of their source."""
    return Asked(
        request.CopySourceIfMatch,
        request.CopySourceIfNoneMatch,
        request.CopySourceIfModifiedSince,
        request.CopySourceIfUnmodifiedSince,
    )


def unmet(asked: Asked, document: ObjectDocument, now_ms: int) -> str | None:
    """The field that refuses a read of this version; None when nothing does. If-Match outweighs If-Unmodified-Since,
    If-None-Match If-Modified-Since."""
    modified = document.modified_ms // 1000
    if asked.if_match is not None:
        if not _names(asked.if_match, document.etag):
            return "If-Match"
    elif asked.if_unmodified_since is not None and modified > asked.if_unmodified_since:
        return "If-Unmodified-Since"
    if asked.if_none_match is not None:
        if _names(asked.if_none_match, document.etag):
            return "If-None-Match"
    # A time to come is no condition.
    elif asked.if_modified_since is not None and modified <= asked.if_modified_since <= now_ms / 1000:
        return "If-Modified-Since"
    return None


def check_read(asked: Asked, document: ObjectDocument, now_ms: int, told: tuple[tuple[bytes, bytes], ...]) -> None:
    """Raise NotModified (with the fields `told`) or PreconditionFailed."""
    condition = unmet(asked, document, now_ms)
    if condition in ("If-None-Match", "If-Modified-Since"):
        raise ServiceError("NotModified", "Not Modified", status=304, headers=told)
    if condition is not None:
        raise precondition_failed(condition)


def check_source(asked: Asked, document: ObjectDocument, now_ms: int) -> None:
    """Raise PreconditionFailed when a copy's source is not what was asked for."""
    condition = unmet(asked, document, now_ms)
    if condition is not None:
        raise precondition_failed(f"x-amz-copy-source-{condition}")


def conditions_of(request: Any) -> Conditions:
    """A write's. Raises NotImplemented for what AWS does not take either."""
    if_match, if_none_match = request.IfMatch, request.IfNoneMatch
    if if_match is None and if_none_match is None:
        return ALWAYS
    if if_match is not None and if_none_match is not None:
        raise _refused("If-Match,If-None-Match", "Multiple conditional request headers present in the request")
    header = "If-Match" if if_match is not None else "If-None-Match"
    if if_match == "*" or if_none_match not in (None, "*"):
        raise _refused(header, f"We don't accept the provided value of {header} header for this API")
    return Conditions(if_match, if_none_match)


def _refused(header: str, more: str) -> ServiceError:
    return ServiceError(
        "NotImplemented", _NOT_IMPLEMENTED, status=501, fields={"Header": header, "additionalMessage": more}
    )


def _names(field: str, etag: str) -> bool:
    """Whether a list of ETags names this one. Weak ones are compared like others, quotes may be missing."""
    for given in field.split(","):
        given = given.strip().removeprefix("W/").strip('"')
        if given in ("*", etag):
            return True
    return False
