"""S3 with the AWS SDK for JavaScript v3, on a server that checks signatures; the cases themselves are in
`javascript/storage.mjs`. Its streams come in chunks with the checksum behind them (aws-chunked, trailers)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.programs import Program
from tests.strict import ADMIN, StrictServer

# The first test also waits for npm.
pytestmark = [pytest.mark.one_engine("another SDK is about the wire"), pytest.mark.timeout(300)]

Case = Callable[..., Any]


@pytest.fixture
def storage(javascript: Program, strict: StrictServer, bucket: str) -> Case:
    """Run a case: storage(case, **options)."""
    key, secret = ADMIN["aws_access_key_id"], ADMIN["aws_secret_access_key"]

    def run(case: str, **options: Any) -> Any:
        return javascript("storage.mjs", case, url=strict.url, key=key, secret=secret, bucket=bucket, **options)

    return run


def test_an_object_is_put_with_a_checksum_and_checked_on_its_way_back(storage: Case) -> None:
    saw = storage("put")

    assert saw["put"] == saw["got"] != ""
    assert (saw["body"], saw["metadata"]) == ("olá 🌎", {"city": "Cuzco"})


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_a_stream_comes_in_chunks_with_its_checksum_behind_them(storage: Case, algorithm: str) -> None:
    saw = storage("stream", algorithm=algorithm)

    assert saw["framed"] == {
        "sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "trailer": f"x-amz-checksum-{algorithm.lower()}",
        "encoding": "aws-chunked",
    }
    assert saw["same"] is True
    assert saw["checksum"]
    assert saw.get("encoding", "") == ""


def test_a_stream_of_unknown_length_is_uploaded_in_parts(storage: Case) -> None:
    saw = storage("upload")

    assert saw["etag"].endswith('-3"')
    assert (saw["progress"], saw["same"]) == (11 * 1024 * 1024, True)


def test_a_part_can_be_a_stream(storage: Case) -> None:
    assert storage("part") == {"trailer": "x-amz-checksum-crc32c", "told": True}


def test_a_range_is_read(storage: Case) -> None:
    assert storage("ranges") == {"range": "bytes 7-9/10", "body": "789"}


def test_objects_are_listed_by_the_sdks_paginator_and_deleted_together(storage: Case) -> None:
    saw = storage("pages")

    assert [len(each) for each in saw["pages"]] == [3, 3, 1]
    assert (saw["deleted"], saw["left"]) == (7, 0)


def test_an_object_is_copied(storage: Case) -> None:
    assert storage("copy") == {"same": True, "dated": True}


def test_errors_are_instances_of_their_classes(storage: Case) -> None:
    assert storage("errors") == {
        "key": True,
        "bucket": True,
        "head": "NotFound",
        "condition": ["PreconditionFailed", 412],
        "service": True,
    }
