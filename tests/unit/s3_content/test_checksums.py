"""Checksums: known values, and parts' ones becoming the whole's."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.services.s3.content.checksums import ALGORITHMS, CYCLIC, checksum_of, composite, full_object, promised_of
from chasqui.services.s3.types import PutObjectRequest

# The check values of "123456789": the catalogue of parametrised CRC algorithms, and RFC 1321, FIPS 180-4 by OpenSSL.
KNOWN = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    "MD5": "25f9e794323b453885f5181f1b624d0b",
}


@pytest.mark.parametrize("algorithm", KNOWN)
def test_the_check_value_is_the_known_one(algorithm: str) -> None:
    assert base64.b64decode(checksum_of(algorithm, b"123456789")).hex() == KNOWN[algorithm]


@pytest.mark.parametrize("algorithm", sorted(CYCLIC))
def test_parts_checksums_make_the_wholes(algorithm: str) -> None:
    parts = [os.urandom(size) for size in (1, 70_000, 0, 123)]
    made = full_object(algorithm, [(checksum_of(algorithm, part), len(part)) for part in parts])
    assert made == checksum_of(algorithm, b"".join(parts))


def test_a_composite_checksum_tells_of_how_many_parts_it_is() -> None:
    parts = [checksum_of("SHA1", part) for part in (b"a", b"b")]
    together = checksum_of("SHA1", b"".join([base64.b64decode(part) for part in parts]))
    assert composite("SHA1", parts) == f"{together}-2"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ChecksumCRC32": "AAAA"}, "Value for x-amz-checksum-crc32 header is invalid."),
        ({"ChecksumCRC32": "nö!"}, "Value for x-amz-checksum-crc32 header is invalid."),
        (
            {"ChecksumCRC32": "AAAAAA==", "ChecksumCRC32C": "AAAAAA=="},
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ),
        (
            {"ChecksumAlgorithm": "SHA1", "ChecksumCRC32": "AAAAAA=="},
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
        ({"ChecksumAlgorithm": "CRC16"}, "Checksum algorithm provided is unsupported."),
        ({"ChecksumXXHASH64": "AAAA"}, "Checksum algorithm provided is unsupported."),
        ({"ContentMD5": "AAAA"}, "The Content-MD5 you specified was invalid."),
    ],
)
def test_what_cannot_be_a_checksum_is_refused(members: dict[str, Any], message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        promised_of(PutObjectRequest(**members))
    assert caught.value.message.startswith(message)


def test_all_algorithms_compute() -> None:
    assert all(checksum_of(algorithm, b"") for algorithm in ALGORITHMS)
