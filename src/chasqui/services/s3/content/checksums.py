"""Checksums of objects: the algorithms, what a request promises, and how parts' checksums make an object's.

Source: S3 user guide, "Checking object integrity for data uploads in Amazon S3"; the messages are AWS'.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

import msgspec

from chasqui.base.digests import md5
from chasqui.base.errors import ServiceError

DEFAULT: Final = "CRC64NVME"
"""What S3 computes where nobody asks for another."""
FULL_OBJECT: Final = "FULL_OBJECT"
COMPOSITE: Final = "COMPOSITE"
ALGORITHMS: Final = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5")
CYCLIC: Final = frozenset(("CRC32", "CRC32C", "CRC64NVME"))
"""Those of which parts' checksums make the whole's."""
_BYTES: Final = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32, "SHA512": 64, "MD5": 16}
_MEMBERS: Final = tuple((name, f"Checksum{name}") for name in ALGORITHMS)
_UNKNOWN: Final = ("ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128")


class Hasher(Protocol):
    """A checksum that is being computed."""

    def update(self, data: bytes, /) -> object: ...

    def digest(self) -> bytes: ...


class _Cyclic:
    """A cyclic redundancy check as a hasher."""

    __slots__ = ("_bytes", "_compute", "_value")

    def __init__(self, compute: Callable[[bytes, int], int], size: int) -> None:
        self._compute = compute
        self._bytes = size
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._compute(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._bytes, "big")


def hasher(algorithm: str) -> Hasher:
    """A new hasher of one of `ALGORITHMS`."""
    if algorithm == "CRC32":
        return _Cyclic(zlib.crc32, 4)
    if algorithm in CYCLIC:
        # It takes a twentieth of a second to import, and most clients send CRC32.
        from awscrt import checksums  # noqa: PLC0415

        return _Cyclic(checksums.crc32c, 4) if algorithm == "CRC32C" else _Cyclic(checksums.crc64nvme, 8)
    return md5() if algorithm == "MD5" else hashlib.new(algorithm.lower(), usedforsecurity=False)


def checksum_of(algorithm: str, data: bytes) -> str:
    """A checksum in base64."""
    hashing = hasher(algorithm)
    hashing.update(data)
    return base64.b64encode(hashing.digest()).decode()


# ------------------------------------------------------------------------------------------------------------- promises


class Promised(msgspec.Struct, frozen=True):
    """What a request says of the bytes that it brings. `md5` is Content-MD5's bytes, `algorithm` the checksum that is
    wanted ("CRC32"), None for S3's choice; `value` is it in base64, where it came in a header. `told`: the client named
    the algorithm, so it must give a value, in a header or a trailing one."""

    md5: bytes | None = None
    algorithm: str | None = None
    value: str | None = None
    told: bool = False


NOTHING_PROMISED: Final = Promised()


def promised_of(request: Any) -> Promised:
    """Of PutObject's or UploadPart's input: ContentMD5, ChecksumAlgorithm and the Checksum… members. Raises
    InvalidRequest or InvalidDigest for what can't be."""
    digest = None if request.ContentMD5 is None else _content_md5(request.ContentMD5)
    named = None if request.ChecksumAlgorithm is None else known_algorithm(request.ChecksumAlgorithm)
    algorithm = value = None
    for name, member in _MEMBERS:
        given = getattr(request, member)
        if given is not None:
            if algorithm is not None:
                raise invalid_request(
                    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
                )
            algorithm, value = name, given
    if algorithm is None:
        for member in _UNKNOWN:
            if getattr(request, member) is not None:
                raise _unsupported()
        return (
            NOTHING_PROMISED if digest is None and named is None else Promised(digest, named, None, named is not None)
        )
    if named is not None and named != algorithm:
        raise invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    if not well_formed(algorithm, value):
        raise invalid_request(f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")
    return Promised(digest, algorithm, value, named is not None)


def known_algorithm(text: str) -> str:
    """An algorithm's name as requests spell it. Raises InvalidRequest."""
    name = text.upper()
    if name not in _BYTES:
        raise _unsupported()
    return name


def well_formed(algorithm: str, value: str | None) -> bool:
    """Whether it is a checksum of the algorithm's size in base64."""
    try:
        return len(base64.b64decode(value or "", validate=True)) == _BYTES[algorithm]
    except (binascii.Error, ValueError):
        return False


def _content_md5(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        raise ServiceError(
            "InvalidDigest", "The Content-MD5 you specified was invalid.", status=400, fields={"Content-MD5": text}
        )
    return digest


# ------------------------------------------------------------------------------------------------------------ comparing


def compare(
    promised: Promised, trailers: Mapping[str, str], digest: bytes, checksums: Mapping[str, str]
) -> tuple[str, bool]:
    """That what came is what was promised; the algorithm that counts, and whether the client gave its value. `digest`
    is the MD5, `checksums` what was computed, by algorithm. Raises BadDigest and InvalidRequest."""
    if promised.md5 is not None and promised.md5 != digest:
        fields: dict[str, object] = {
            "ExpectedDigest": promised.md5.hex(),
            "CalculatedDigest": base64.b64encode(digest).decode(),
        }
        message = "The Content-MD5 you specified did not match what we received."
        raise ServiceError("BadDigest", message, status=400, fields=fields)
    algorithm, value = promised.algorithm, promised.value
    if value is None and trailers:
        algorithm, value = _of_trailers(promised, trailers)
    if value is None:
        if promised.told:
            raise invalid_request(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers"
                " were found."
            )
        return promised.algorithm or DEFAULT, False
    assert algorithm is not None, "a value has its algorithm"
    computed = checksums.get(algorithm)
    if computed is None:
        raise invalid_request("The x-amz-trailer header must be told together with x-amz-sdk-checksum-algorithm.")
    if computed != value:
        raise bad_checksum(algorithm)
    return algorithm, True


def _of_trailers(promised: Promised, trailers: Mapping[str, str]) -> tuple[str | None, str | None]:
    for name, value in trailers.items():
        if name.startswith("x-amz-checksum-"):
            algorithm = known_algorithm(name.removeprefix("x-amz-checksum-"))
            if promised.algorithm is not None and promised.algorithm != algorithm:
                raise invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.")
            if not well_formed(algorithm, value):
                raise invalid_request(f"Value for {name} trailing header is invalid.")
            return algorithm, value
    return promised.algorithm, None


def checksum_members(checksums: Mapping[str, str]) -> dict[str, Any]:
    """Checksums by algorithm as members of an answer: ChecksumCRC32 …"""
    return {f"Checksum{algorithm}": value for algorithm, value in checksums.items()}


# --------------------------------------------------------------------------------------------------------- whole, parts


def composite(algorithm: str, parts: Iterable[str]) -> str:
    """The checksum of the parts' checksums, with their number: "base64-3"."""
    hashing, count = hasher(algorithm), 0
    for part in parts:
        hashing.update(base64.b64decode(part))
        count += 1
    return f"{base64.b64encode(hashing.digest()).decode()}-{count}"


def full_object(algorithm: str, parts: Iterable[tuple[str, int]]) -> str:
    """The whole's checksum of its parts' (base64, bytes), for the `CYCLIC`: nothing is read again."""
    from awscrt import checksums  # noqa: PLC0415  see `hasher`

    combine = {
        "CRC32": checksums.combine_crc32,
        "CRC32C": checksums.combine_crc32c,
        "CRC64NVME": checksums.combine_crc64nvme,
    }[algorithm]
    value = 0
    for part, size in parts:
        value = combine(value, int.from_bytes(base64.b64decode(part), "big"), size)
    return base64.b64encode(value.to_bytes(_BYTES[algorithm], "big")).decode()


# --------------------------------------------------------------------------------------------------------------- errors


def invalid_request(message: str) -> ServiceError:
    return ServiceError("InvalidRequest", message, status=400)


def bad_checksum(algorithm: str) -> ServiceError:
    """A checksum that is not the payload's."""
    return ServiceError(
        "BadDigest", f"The {algorithm} you specified did not match the calculated checksum.", status=400
    )


def _unsupported() -> ServiceError:
    return invalid_request(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C,"
        " CRC64NVME, SHA1, SHA256, SHA512, MD5]"
    )
