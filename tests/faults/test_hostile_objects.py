"""Objects of as many parts as there may be, keys that look like paths, and clients that never finish: what they cost
others."""

from __future__ import annotations

import base64
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasqui.services.s3.objects import packing
from chasqui.services.s3.objects.document import ObjectDocument, Part, Piece, decode_object, encode_object
from chasqui.services.s3.objects.ranges import part_span
from tests.support import Server, eventually

_MANY = 130


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("objects"), environ={"CHASQUI_S3_PART_BYTES_MIN": "1"}) as running:
        yield running


@pytest.fixture(scope="module")
def s3(server: Server) -> Any:
    client = server.client("s3")
    client.create_bucket(Bucket="bkt")
    return client


def _document(count: int, checksum_bytes: int = 8) -> ObjectDocument:
    parts = [
        Part(number + 1, 5, base64.b64encode(os.urandom(checksum_bytes)).decode() if checksum_bytes else None)
        for number in range(count)
    ]
    pieces = [Piece("s3/" + os.urandom(18).hex(), 5) for _ in range(count)]
    return ObjectDocument(1, "null", 1, size=5 * count, pieces=pieces, parts=parts)


class TestPacking:
    """Parts and pieces of objects of many."""

    @given(
        st.lists(st.integers(0, 2**40), min_size=1, max_size=20),
        st.sampled_from([0, 4, 8, 32]),
        st.integers(0, 2**41),
    )
    def test_what_is_packed_is_what_it_was(self, sizes: list[int], checksum_bytes: int, start: int) -> None:
        parts = [
            Part(at * 3 + 1, size, base64.b64encode(bytes([at]) * checksum_bytes).decode() if checksum_bytes else None)
            for at, size in enumerate(sizes)
        ]
        pieces = [Piece("s3/" + os.urandom(18).hex(), size) for size in sizes if size]

        packed = packing.pack(parts, pieces)
        before, rest = packing.pieces_from(packed, start)

        assert list(packing.PackedParts(packed)) == parts
        assert packing.PackedParts(packed).start_of(len(parts)) == sum(sizes)
        assert list(packing.pieces_from(packed, 0)[1]) == pieces
        following = list(rest)
        assert following == (pieces[-len(following) :] if following else [])
        assert before + sum(piece.size for piece in following) == sum(sizes)
        assert before <= start or not following
        slices = list(packing.split(packed, 3))
        assert [piece for each in slices for piece in packing.pieces_from(each, 0)[1]] == pieces

    def test_blobs_are_cut_off_from_the_first_on(self) -> None:
        document = _document(40)
        packed = packing.pack(document.parts, document.pieces)

        first, rest = packing.cut(packed, 32)
        second, nothing = packing.cut(rest, 32)

        assert first + second == [piece.blob for piece in document.pieces]
        assert nothing == b""

    @pytest.mark.parametrize("blob", ["s3/short", "S3/" + "0" * 36, "s3/" + "0" * 36, "s3/" + "A" * 36])
    def test_names_of_another_kind_are_not_packed(self, blob: str) -> None:
        assert packing.pack([Part(1, 5)], [Piece(blob, 5)]) == b""

    def test_a_document_of_ten_thousand_parts_is_read_in_a_fraction_of_the_time_of_lists(self) -> None:
        document = _document(10_000)
        lists = encode_object(document)
        document.packed = packing.pack(document.parts, document.pieces)
        document.parts, document.pieces = [], []
        packed = encode_object(document)

        def least(encoded: bytes) -> float:
            found = []
            for _ in range(10):
                begun = time.perf_counter()
                decode_object(encoded)
                found.append(time.perf_counter() - begun)
            return min(found)

        assert least(packed) < least(lists) / 3

    def test_the_last_part_of_ten_thousand_is_where_it_should_be(self) -> None:
        document = _document(10_000)
        packed = packing.pack(document.parts, document.pieces)

        span = part_span(10_000, document.size, packing.PackedParts(packed))

        assert span is not None
        assert (span.start, span.end, span.parts) == (49_995, 50_000, 10_000)


@pytest.fixture(scope="module")
def many(s3: Any) -> bytes:
    """An object of more parts than are kept in lists; what it holds."""
    upload = s3.create_multipart_upload(Bucket="bkt", Key="many", ChecksumAlgorithm="SHA256")["UploadId"]
    content, told = b"", []
    for number in range(1, _MANY + 1):
        body = b"%05d" % number
        content += body
        part = s3.upload_part(
            Bucket="bkt", Key="many", UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256"
        )
        told.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    s3.complete_multipart_upload(Bucket="bkt", Key="many", UploadId=upload, MultipartUpload={"Parts": told})
    return content


class TestMany:
    """The same through the API."""

    def test_it_is_read(self, s3: Any, many: bytes) -> None:
        assert s3.get_object(Bucket="bkt", Key="many")["Body"].read() == many

    @pytest.mark.parametrize(("first", "last"), [(0, 0), (3, 12), (644, 649), (0, 649), (322, 331)])
    def test_ranges_of_it_are_read(self, s3: Any, many: bytes, first: int, last: int) -> None:
        found = s3.get_object(Bucket="bkt", Key="many", Range=f"bytes={first}-{last}")

        assert found["Body"].read() == many[first : last + 1]

    def test_parts_of_it_are_read(self, s3: Any, many: bytes) -> None:
        for number in (1, 77, _MANY):
            found = s3.get_object(Bucket="bkt", Key="many", PartNumber=number)
            assert (found["Body"].read(), found["PartsCount"]) == (b"%05d" % number, _MANY)

    def test_its_parts_are_told(self, s3: Any, many: bytes) -> None:
        found = s3.get_object_attributes(
            Bucket="bkt", Key="many", ObjectAttributes=["ObjectParts"], PartNumberMarker=100, MaxParts=20
        )["ObjectParts"]

        assert [each["PartNumber"] for each in found["Parts"]] == list(range(101, 121))
        assert found["TotalPartsCount"] == _MANY

    def test_it_is_copied_and_its_blobs_go_with_it(self, server: Server, s3: Any, many: bytes) -> None:
        before = _blobs(server)
        s3.copy_object(Bucket="bkt", Key="copy", CopySource="bkt/many")
        assert s3.get_object(Bucket="bkt", Key="copy")["Body"].read() == many

        s3.delete_object(Bucket="bkt", Key="many")
        s3.delete_object(Bucket="bkt", Key="copy")

        assert eventually(lambda: _blobs(server) == before - _MANY)


def _blobs(server: Server) -> int:
    import sqlite3

    found = 0
    for path in server.data.glob("*.db"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            names = {name for (name,) in database.execute("select name from sqlite_master where type='table'")}
            if "blob" in names:
                found += database.execute("select count(*) from blob").fetchone()[0]
    return found


_KEYS = [
    "../up", "/abs", "a/../../b", "..", ".", "a//b", "a\0b", "\x01\x01", "%2e%2e%2f", "x" * 1024, "\u202e\U0001f4a9",
    "a?b#c", "a\r\nb",
]  # fmt: skip


class TestKeys:
    """Keys that look like something else."""

    @pytest.mark.parametrize("key", _KEYS)
    def test_it_is_a_key_like_others(self, server: Server, s3: Any, key: str) -> None:
        outside = {each.name for each in server.data.parent.iterdir()}

        s3.put_object(Bucket="bkt", Key=key, Body=os.urandom(100_000))
        listed = s3.list_objects_v2(Bucket="bkt", Prefix=key)["Contents"]
        read = len(s3.get_object(Bucket="bkt", Key=key)["Body"].read())
        s3.delete_object(Bucket="bkt", Key=key)

        assert (key in [each["Key"] for each in listed], read) == (True, 100_000)
        assert "Contents" not in s3.list_objects_v2(Bucket="bkt", Prefix=key)
        assert {each.name for each in server.data.parent.iterdir()} == outside
        assert all(len(each.name) < 100 and key not in each.name for each in server.data.rglob("*") if len(key) > 3)


class TestClients:
    """Clients that do not finish."""

    def test_hundreds_of_half_uploads_hold_neither_memory_nor_others(self, server: Server, s3: Any) -> None:
        host, port = urlsplit(server.url).netloc.split(":")
        before = _memory_mb(server.process.pid)
        held = []
        for number in range(300):
            connection = socket.create_connection((host, int(port)))
            head = f"PUT /bkt/half-{number} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000000\r\n\r\n"
            connection.sendall(head.encode() + b"x" * 60_000)
            held.append(connection)

        begun = time.monotonic()
        s3.put_object(Bucket="bkt", Key="whole", Body=b"x")
        taken, grown = time.monotonic() - begun, _memory_mb(server.process.pid) - before
        for connection in held:
            connection.close()

        assert taken < 5
        assert grown < 150
        assert "Contents" not in s3.list_objects_v2(Bucket="bkt", Prefix="half-")
        assert eventually(
            lambda: not [each for each in server.data.rglob("*") if "stag" in each.name and each.is_file()]
        )

    @pytest.mark.parametrize(
        "body",
        [
            b"5;" + b"x" * 100_000 + b"\r\nhello\r\n0\r\n\r\n",
            b"ffffffffffffffffff\r\n",
            b"-5\r\nhello\r\n0\r\n\r\n",
            b"5\r\nhel",
            b"5\r\nhello0\r\n\r\n",
            b"0;chunk-signature=" + b"0" * 64 + b"\r\nx-amz-trailer: " + b"y" * 100_000 + b"\r\n\r\n",
        ],
        ids=["extension", "huge", "negative", "short", "no-end", "trailer"],
    )
    def test_broken_chunks_make_no_object(self, server: Server, s3: Any, body: bytes) -> None:
        parts = urlsplit(s3.generate_presigned_url("put_object", Params={"Bucket": "bkt", "Key": "chunked"}))
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as connection:
            connection.sendall(
                (
                    f"PUT /bkt/{quote('chunked')} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Encoding: aws-chunked\r\n"
                    "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nx-amz-decoded-content-length: 5\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                ).encode()
                + body
            )
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)

        assert answer.split(b" ")[1][:1] == b"4", answer
        assert "Contents" not in s3.list_objects_v2(Bucket="bkt", Prefix="chunked")


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
