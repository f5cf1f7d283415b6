"""Checksums of objects: the algorithms, what a request promises, and how parts' checksums make an object's.

Source: S3 user guide, "Checking object integrity for data uploads in Amazon S3".
"""

from __future__ import annotations

import msgspec


class Promised(msgspec.Struct, frozen=True):
    """What a request says of the bytes that it brings. `md5` is Content-MD5 as it came (base64), `algorithm` the
    checksum that is wanted ("CRC32"), None for S3's choice; `value` is it in base64, where it came in a header. `told`:
    the client named the algorithm, so it must give a value, in a header or a trailing one."""

    md5: str | None = None
    algorithm: str | None = None
    value: str | None = None
    told: bool = False


def promised_of(request: object) -> Promised:
    """Of PutObject's or UploadPart's input: ContentMD5, ChecksumAlgorithm and the Checksum… members. Raises
    InvalidRequest or InvalidDigest for what can't be."""
    raise NotImplementedError


def checksum_members(checksums: dict[str, str]) -> dict[str, str]:
    """Checksums by algorithm as members of an answer: ChecksumCRC32 …"""
    raise NotImplementedError
