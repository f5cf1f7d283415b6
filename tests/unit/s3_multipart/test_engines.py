"""Large and small content on each database."""

from __future__ import annotations

import os
from pathlib import Path

from tests.engines import Engine
from tests.support import Server, eventually

LEAST = 5 * 1024 * 1024


def test_content_of_every_size_is_kept(tmp_path: Path, engine: Engine) -> None:
    server = Server(tmp_path, *engine.options())
    try:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="kept")
        for size in (0, 1, 65_536, 65_537, 3_000_000):
            data = os.urandom(size)
            s3.put_object(Bucket="kept", Key=str(size), Body=data)
            assert s3.get_object(Bucket="kept", Key=str(size))["Body"].read() == data
        parts = [os.urandom(LEAST), os.urandom(100)]
        facts = {"Bucket": "kept", "Key": "parts"}
        upload = s3.create_multipart_upload(**facts)["UploadId"]
        listed = [
            {
                "PartNumber": number,
                "ETag": s3.upload_part(**facts, UploadId=upload, PartNumber=number, Body=part)["ETag"],
            }
            for number, part in enumerate(parts, 1)
        ]
        s3.complete_multipart_upload(**facts, UploadId=upload, MultipartUpload={"Parts": listed})
        assert s3.get_object(**facts)["Body"].read() == b"".join(parts)
        assert (
            s3.get_object(**facts, Range=f"bytes={LEAST - 1}-{LEAST}")["Body"].read()
            == (parts[0] + parts[1])[LEAST - 1 : LEAST + 1]
        )
        s3.close()
    finally:
        server.stop()


def test_many_parts_are_swept_after_an_abort(tmp_path: Path, engine: Engine) -> None:
    server = Server(tmp_path, *engine.options())
    try:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="swept")
        facts = {"Bucket": "swept", "Key": "many"}
        upload = s3.create_multipart_upload(**facts)["UploadId"]
        for number in range(1, 71):
            s3.upload_part(**facts, UploadId=upload, PartNumber=number, Body=bytes(70_000))
        s3.abort_multipart_upload(**facts, UploadId=upload)
        if engine.name == "sqlite":
            eventually(lambda: not [each for each in (tmp_path / "blobs").rglob("*") if each.is_file()])
        assert "Uploads" not in s3.list_multipart_uploads(Bucket="swept")
        s3.close()
    finally:
        server.stop()
