"""What requests may say of an object: its key, its headers and metadata, its tags and storage class. Pure.

Source: S3 user guide, "Naming Amazon S3 objects", "Working with object metadata", "Categorizing your objects using
tags"; API reference, PutObject.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Any, Final, Protocol
from urllib.parse import unquote_plus

from chasqui.base.errors import ServiceError
from chasqui.services.s3.errors import invalid_argument, not_implemented

KEY_BYTES_MAX: Final = 1024
METADATA_BYTES_MAX: Final = 2048
TAGS_MAX: Final = 10

_STORAGE_CLASSES: Final = frozenset(
    ("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR")
)
"""Those whose objects can be read at once: they are labels here."""
_ARCHIVES: Final = frozenset(
    ("GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS", "FSX_ONTAP")
)

_HEADERS: Final = (
    ("ContentType", "content-type"),
    ("CacheControl", "cache-control"),
    ("ContentDisposition", "content-disposition"),
    ("ContentEncoding", "content-encoding"),
    ("ContentLanguage", "content-language"),
    ("Expires", "expires"),
)
"""Members of requests and answers, and what documents call them."""

_REFUSED: Final = (
    ("WriteOffsetBytes", "x-amz-write-offset-bytes"),
    ("WebsiteRedirectLocation", "x-amz-website-redirect-location"),
    ("ObjectLockEventHold", "x-amz-object-lock-event-hold"),
    ("ObjectLockEventHoldDurationDays", "x-amz-object-lock-event-hold-duration-days"),
    ("ObjectLockEventHoldDurationYears", "x-amz-object-lock-event-hold-duration-years"),
)
_LOCKS: Final = ("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus")

_TAG_TEXT: Final = re.compile(r"[\w\s.:/=+\-@]*\Z")
_TAG_KEY_MAX, _TAG_VALUE_MAX = 128, 256


class HeaderMembers(Protocol):
    """The members of a request that become an object's headers."""

    ContentType: str | None
    CacheControl: str | None
    ContentDisposition: str | None
    ContentEncoding: str | None
    ContentLanguage: str | None
    Expires: str | None


def check_key(key: str | None) -> str:
    """The key of a request. Raises KeyTooLongError, and InvalidArgument for one of no characters: an address can't name
    it, but forms and callers from inside can."""
    if not key:
        raise ServiceError("InvalidArgument", "User key must have a length greater than 0.", status=400)
    # A character has four bytes at most: short ones need no look.
    if len(key) > KEY_BYTES_MAX // 4:
        size = len(key.encode())
        if size > KEY_BYTES_MAX:
            raise ServiceError(
                "KeyTooLongError",
                "Your key is too long",
                status=400,
                fields={"Size": size, "MaxSizeAllowed": KEY_BYTES_MAX},
            )
    return key


def refuse_unknown(request: Any) -> None:
    """Raise what refuses headers of writes that ask for what is not there."""
    for member, header in _REFUSED:
        if getattr(request, member, None) is not None:
            raise not_implemented(header)
    for member in _LOCKS:
        if getattr(request, member, None) is not None:
            raise ServiceError("InvalidRequest", "Bucket is missing Object Lock Configuration", status=400)


def headers_of(request: HeaderMembers) -> dict[str, str]:
    """The headers that a request gives an object, by lower-case name."""
    found = {}
    for member, name in _HEADERS:
        value = getattr(request, member)
        if value is not None:
            found[name] = value
    return found


def header_members(headers: Mapping[str, str]) -> dict[str, str]:
    """An object's headers, as members of an answer."""
    found = {member: headers[name] for member, name in _HEADERS if name in headers}
    found.setdefault("ContentType", "binary/octet-stream")
    return found


def check_metadata(given: Mapping[str, str] | None) -> dict[str, str]:
    """The metadata of a request, as text. Raises MetadataTooLarge."""
    if not given:
        return {}
    found = {name: value if value.isascii() and "=?" not in value else _text(value) for name, value in given.items()}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in found.items())
    if size > METADATA_BYTES_MAX:
        raise ServiceError(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
            status=400,
            fields={"Size": size, "MaxSizeAllowed": METADATA_BYTES_MAX},
        )
    return found


def _text(value: str) -> str:
    """What a field's value says: bytes beyond ASCII are ISO-8859-1 to AWS, unless they are encoded by RFC 2047."""
    if "=?" in value:
        try:
            parts = decode_header(value)
            return "".join(
                part if isinstance(part, str) else part.decode(charset or "latin-1") for part, charset in parts
            )
        except (HeaderParseError, LookupError, UnicodeError):
            pass  # it only looks like that
    return value.encode().decode("latin-1")


def printed_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata as fields can carry it: RFC 2047's way where it is not ASCII."""
    return {name: value if value.isascii() else _encoded(value) for name, value in metadata.items()}


def _encoded(value: str) -> str:
    return f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="


def storage_class_of(name: str | None) -> str:
    """A request's storage class. Raises InvalidStorageClass, and NotImplemented for those of archives."""
    if name is None:
        return "STANDARD"
    if name in _STORAGE_CLASSES:
        return name
    if name in _ARCHIVES:
        raise not_implemented("x-amz-storage-class")
    raise ServiceError(
        "InvalidStorageClass",
        "The storage class you specified is not valid",
        status=400,
        fields={"StorageClassRequested": name},
    )


def parse_tagging(header: str | None) -> dict[str, str]:
    """The tags of x-amz-tagging. Raises InvalidArgument, InvalidTag and BadRequest."""
    if not header:
        return {}
    found: dict[str, str] = {}
    for pair in header.split("&"):
        name, _, value = pair.partition("=")
        try:
            key, text = unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")
        except UnicodeError:
            raise _bad_tagging(header) from None
        if key in found:
            raise _bad_tagging(header)
        found[key] = text
    check_tags(found)
    return found


def check_tags(tags: Mapping[str, str]) -> None:
    """Raises InvalidTag and BadRequest."""
    if len(tags) > TAGS_MAX:
        raise ServiceError("BadRequest", f"Object tags cannot be greater than {TAGS_MAX}", status=400)
    for key, value in tags.items():
        if not key or len(key) > _TAG_KEY_MAX or not _TAG_TEXT.match(key):
            raise invalid_tag("The TagKey you have provided is invalid", key)
        if len(value) > _TAG_VALUE_MAX or not _TAG_TEXT.match(value):
            raise invalid_tag("The TagValue you have provided is invalid", key)
        if key.lower().startswith("aws:"):
            raise invalid_tag("System tags cannot be added/updated by requester", key)


def invalid_tag(message: str, key: str) -> ServiceError:
    return ServiceError("InvalidTag", message, status=400, fields={"TagKey": key})


def _bad_tagging(header: str) -> ServiceError:
    return invalid_argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name"
        " duplicates.",
        "x-amz-tagging",
        header,
    )
