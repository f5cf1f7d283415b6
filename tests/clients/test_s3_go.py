"""S3 with the AWS SDK for Go v2, on a server that checks signatures; the cases themselves are in `go/storage.go`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.programs import Program
from tests.strict import ADMIN, StrictServer

# The first test also waits for the compiler.
pytestmark = [pytest.mark.one_engine("another SDK is about the wire"), pytest.mark.timeout(300)]

Case = Callable[[str], Any]


@pytest.fixture
def storage(golang: Program, strict: StrictServer, bucket: str) -> Case:
    """Run a case: storage(case)."""
    key, secret = ADMIN["aws_access_key_id"], ADMIN["aws_secret_access_key"]

    def run(case: str) -> Any:
        return golang(case, url=strict.url, key=key, secret=secret, bucket=bucket)

    return run


def test_objects_come_back_with_each_of_the_checksums(storage: Case) -> None:
    assert storage("objects") == {"checksums": ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"], "deleted": 2}


def test_the_manager_sends_a_stream_in_parts_and_reads_it_in_ranges(storage: Case) -> None:
    saw = storage("manager")

    assert saw["etag"].endswith('-3"')
    assert (saw["read"], saw["same"]) == (11 * 1024 * 1024, True)


def test_errors_are_found_by_their_types(storage: Case) -> None:
    assert storage("objectErrors") == {"key": True, "bucket": "NoSuchBucket", "head": True, "owned": True}


def test_objects_are_listed_by_the_sdks_paginator(storage: Case) -> None:
    assert storage("objectPages") == {"pages": [["a/", "b"], ["c/", "d"]]}


def test_presigned_urls_put_and_get(storage: Case) -> None:
    assert storage("presigned") == {"put": 200, "got": 200, "body": "signed"}
