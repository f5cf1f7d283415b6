"""Parts becoming an object: whether a list of parts is what was uploaded, and what the object's ETag and checksum are.
Pure.

Source: API reference, CompleteMultipartUpload ("Errors"); S3 user guide, "Using part-level checksums for multipart
uploads".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from chasqui.base.digests import md5
from chasqui.base.errors import ServiceError
from chasqui.services.s3.content.checksums import (
    ALGORITHMS,
    COMPOSITE,
    composite,
    full_object,
    invalid_request,
)
from chasqui.services.s3.multipart.documents import PartDocument, UploadDocument
from chasqui.services.s3.objects.document import Part, Piece
from chasqui.services.s3.types import CompletedMultipartUpload

_MEMBERS: Final = tuple((name, f"Checksum{name}") for name in (*ALGORITHMS, "XXHASH64", "XXHASH3", "XXHASH128"))
_COUNT: Final = re.compile(r"-\d+\Z")


class Listed(msgspec.Struct, frozen=True):
    """A part as a request lists it; `etag` without quotes, `checksums` by algorithm."""

    number: int
    etag: str
    checksums: dict[str, str]


class Expected(msgspec.Struct, frozen=True):
    """What a request says that the object will be."""

    size: int | None = None
    type: str | None = None
    checksums: Mapping[str, str] = {}


class Assembled(msgspec.Struct):
    """What parts make. `packed` says the same as `pieces` and `parts` where they are many (`objects/packing.py`)."""

    size: int
    etag: str
    pieces: list[Piece]
    parts: list[Part]
    checksums: dict[str, str]
    packed: bytes = b""


def checksums_in(members: Any) -> dict[str, str]:
    """The Checksum… members of a request or a part, by algorithm."""
    return {name: value for name, member in _MEMBERS if (value := getattr(members, member)) is not None}


def listed_of(body: CompletedMultipartUpload | None, upload_id: str) -> list[Listed]:
    """The parts that a request lists. Raises InvalidRequest without a body, MalformedXML, and InvalidPartOrder."""
    if body is None:
        raise invalid_request("You must specify at least one part")
    found: list[Listed] = []
    for part in body.Parts or ():
        if part.PartNumber is None or part.ETag is None:
            raise _malformed()
        found.append(Listed(part.PartNumber, part.ETag.strip('"'), checksums_in(part)))
    if not found:
        raise _malformed()
    for before, after in pairwise(found):
        if after.number <= before.number:
            raise _wrong_order(upload_id)
    return found


def assemble(
    upload: UploadDocument,
    listed: Sequence[Listed],
    uploaded: Mapping[int, PartDocument],
    expected: Expected,
    part_bytes_min: int,
) -> Assembled:
    """The object that the listed parts make. Raises InvalidPart, EntityTooSmall, InvalidPartOrder, InvalidRequest and
    BadDigest."""
    _check_type(upload, expected)
    parts: list[PartDocument] = []
    for at, each in enumerate(listed, 1):
        part = uploaded.get(each.number)
        if part is None or part.etag != each.etag:
            raise _invalid_part(upload, each)
        if at < len(listed) and part.size < part_bytes_min:
            raise _too_small(part, part_bytes_min)
        _check_part(upload, each, part)
        parts.append(part)
    if upload.algorithm is not None and upload.checksum_type == COMPOSITE and listed[-1].number != len(listed):
        raise _wrong_order(upload.id)
    size = sum(part.size for part in parts)
    if expected.size is not None and expected.size != size:
        raise invalid_request(
            f"The provided 'x-amz-mp-object-size' header value {expected.size} does not match what was computed: {size}"
        )
    checksum = _checksum(upload, parts)
    _check_checksum(upload, checksum, expected)
    digest = md5(b"".join([bytes.fromhex(part.etag) for part in parts])).hexdigest()
    return Assembled(
        size,
        f"{digest}-{len(parts)}",
        [piece for part in parts for piece in part.pieces],
        [Part(part.number, part.size, part.checksum) for part in parts],
        {upload.computed: checksum},
    )


def _check_type(upload: UploadDocument, expected: Expected) -> None:
    if expected.type is not None and expected.type != upload.checksum_type:
        raise invalid_request(
            f"The upload was created using the {upload.checksum_type} checksum mode. The complete request must use the"
            " same checksum mode."
        )


def _check_part(upload: UploadDocument, listed: Listed, part: PartDocument) -> None:
    given = listed.checksums.get(upload.computed)
    if given is not None:
        if given != part.checksum:
            raise _invalid_part(upload, listed)
        return
    if upload.algorithm is None or upload.checksum_type != COMPOSITE:
        if listed.checksums and upload.algorithm is None:
            raise _invalid_part(upload, listed)
        return
    if listed.checksums:
        other = next(iter(listed.checksums)).lower()
        message = f"The {other} you specified for part {listed.number} did not match what we received."
        raise ServiceError("BadDigest", message, status=400)
    raise invalid_request(
        f"The upload was created using a {upload.algorithm.lower()} checksum. The complete request must include the"
        f" checksum for each part. It was missing for part {listed.number} in the request."
    )


def _checksum(upload: UploadDocument, parts: Sequence[PartDocument]) -> str:
    if upload.checksum_type == COMPOSITE:
        return composite(upload.computed, (part.checksum for part in parts))
    return full_object(upload.computed, ((part.checksum, part.size) for part in parts))


def _check_checksum(upload: UploadDocument, checksum: str, expected: Expected) -> None:
    """Whether the request's checksum of the whole is the object's; a composite one may be given without its number."""
    if len(expected.checksums) > 1:
        raise invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    for algorithm, value in expected.checksums.items():
        if algorithm != upload.computed:
            raise invalid_request(
                f"Checksum Type mismatch occurred, expected checksum Type: {upload.computed.lower()}, actual checksum"
                f" Type: {algorithm.lower()}"
            )
        if value != checksum and (upload.checksum_type != COMPOSITE or value != _COUNT.sub("", checksum)):
            raise ServiceError(
                "BadDigest",
                f"The {algorithm.lower()} you specified did not match the calculated checksum.",
                status=400,
            )


# --------------------------------------------------------------------------------------------------------------- errors


def _malformed() -> ServiceError:
    return ServiceError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
        status=400,
    )


def _wrong_order(upload_id: str) -> ServiceError:
    return ServiceError(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        status=400,
        fields={"UploadId": upload_id},
    )


def _invalid_part(upload: UploadDocument, listed: Listed) -> ServiceError:
    return ServiceError(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified"
        " entity tag may not match the part's entity tag.",
        status=400,
        fields={"ETag": listed.etag, "PartNumber": listed.number, "UploadId": upload.id},
    )


def _too_small(part: PartDocument, least: int) -> ServiceError:
    return ServiceError(
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
        status=400,
        fields={
            "ETag": part.etag,
            "MinSizeAllowed": least,
            "PartNumber": part.number,
            "ProposedSize": part.size,
        },
    )
