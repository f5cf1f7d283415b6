"""S3 with boto3, its transfer manager and its presigned requests, on a server that checks signatures."""

from __future__ import annotations

import base64
import hashlib
import io
import socket
import urllib.error
import urllib.request
import uuid
import zlib
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.clients.storage import MIB, noise, sha256
from tests.strict import ADMIN, StrictServer

pytestmark = pytest.mark.one_engine("the SDK is about the wire")

PARTS = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)


class Unseekable(io.RawIOBase):
    """A stream as a pipe is one."""

    def __init__(self, body: bytes) -> None:
        self._body = io.BytesIO(body)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._body.readinto(buffer)

    def seekable(self) -> bool:
        return False


# ---------------------------------------------------------------------------------------------- the transfer manager


def test_sixty_megabytes_go_up_in_parts_and_come_down_in_ranges(s3: Any, bucket: str, tmp_path: Path) -> None:
    up, down = tmp_path / "up", tmp_path / "down"
    up.write_bytes(noise(60 * MIB))

    s3.upload_file(str(up), bucket, "large", ExtraArgs={"Metadata": {"k": "v"}, "ContentType": "video/mp4"})
    s3.download_file(bucket, "large", str(down))

    assert sha256(down) == sha256(up)
    head = s3.head_object(Bucket=bucket, Key="large", ChecksumMode="ENABLED")
    assert (head["ContentType"], head["Metadata"], head["ContentLength"]) == ("video/mp4", {"k": "v"}, 60 * MIB)
    assert head["ETag"].endswith('-8"')
    assert head["ChecksumType"] in ("COMPOSITE", "FULL_OBJECT")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_a_stream_of_unknown_length_goes_up(s3: Any, bucket: str) -> None:
    body, back = noise(12 * MIB), io.BytesIO()

    s3.upload_fileobj(Unseekable(body), bucket, "streamed", Config=PARTS)
    s3.download_fileobj(bucket, "streamed", back, Config=PARTS)

    assert back.getvalue() == body


def test_a_small_file_is_one_request(s3: Any, bucket: str) -> None:
    s3.upload_fileobj(io.BytesIO(b"small"), bucket, "small")

    assert s3.head_object(Bucket=bucket, Key="small")["ETag"] == f'"{hashlib.md5(b"small").hexdigest()}"'


def test_a_large_object_is_copied_by_parts_on_the_server(s3: Any, bucket: str) -> None:
    body = noise(11 * MIB)
    s3.put_object(Bucket=bucket, Key="a b/ñ", Body=body, Metadata={"k": "v"})

    s3.copy({"Bucket": bucket, "Key": "a b/ñ"}, bucket, "copy", Config=PARTS)

    assert s3.head_object(Bucket=bucket, Key="copy")["ETag"].endswith('-3"')
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == body


def test_a_transfer_that_fails_leaves_no_upload(s3: Any, bucket: str) -> None:
    class Breaking(Unseekable):
        def readinto(self, buffer: Any) -> int:
            if self._body.tell() > 6 * MIB:
                raise OSError("the source is gone")
            return super().readinto(buffer)

    with pytest.raises(OSError, match="gone"):
        s3.upload_fileobj(Breaking(noise(20 * MIB)), bucket, "broken", Config=PARTS)

    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_resources_work_on_buckets_and_objects(strict: StrictServer) -> None:
    resource: Any = boto3.resource("s3", endpoint_url=strict.url, region_name="us-east-1", **ADMIN)
    bucket = resource.create_bucket(Bucket=f"resource-{uuid.uuid4().hex[:10]}")
    bucket.put_object(Key="in/a", Body=b"1")
    bucket.Object("in/b").put(Body=b"2")

    assert [each.key for each in bucket.objects.filter(Prefix="in/")] == ["in/a", "in/b"]
    assert resource.Object(bucket.name, "in/b").get()["Body"].read() == b"2"
    bucket.objects.all().delete()
    bucket.delete()
    assert bucket.name not in [each.name for each in resource.buckets.all()]


# --------------------------------------------------------------------------------------------------- addressing styles


def styled(strict: StrictServer, style: str, signature: str = "s3v4") -> Any:
    config = Config(s3={"addressing_style": style}, signature_version=signature)
    url = strict.url if style == "path" else f"http://s3.localhost:{strict.url.rpartition(':')[2]}"
    return boto3.client("s3", endpoint_url=url, config=config, region_name="us-east-1", **ADMIN)


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names below localhost are this machine, whatever its resolver knows."""
    resolve = socket.getaddrinfo

    def resolved(host: Any, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


@pytest.mark.usefixtures("resolving")
@pytest.mark.parametrize("style", ["path", "virtual"])
def test_either_addressing_style_is_signed_and_served(strict: StrictServer, bucket: str, style: str) -> None:
    client = styled(strict, style)
    client.put_object(Bucket=bucket, Key="a b/ñ+1&2", Body=b"styled")

    assert client.get_object(Bucket=bucket, Key="a b/ñ+1&2")["Body"].read() == b"styled"
    assert [each["Key"] for each in client.list_objects_v2(Bucket=bucket, Prefix="a ")["Contents"]] == ["a b/ñ+1&2"]
    client.delete_object(Bucket=bucket, Key="a b/ñ+1&2")
    client.delete_bucket(Bucket=bucket)


# ------------------------------------------------------------------------------------------------------------ presigned


def fetched(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.usefixtures("resolving")
@pytest.mark.parametrize("style", ["path", "virtual"])
def test_presigned_urls_put_and_get(strict: StrictServer, bucket: str, style: str) -> None:
    client = styled(strict, style)
    named = {"Bucket": bucket, "Key": "a b/ñ"}
    put = client.generate_presigned_url("put_object", Params={**named, "ContentType": "text/x-it"}, ExpiresIn=60)
    shown = {**named, "ResponseContentDisposition": 'attachment; filename="x.txt"'}
    get = client.generate_presigned_url("get_object", Params=shown, ExpiresIn=60)

    assert fetched(put, "PUT", b"body", **{"Content-Type": "text/x-it"})[0] == 200
    with urllib.request.urlopen(get) as answer:
        assert answer.read() == b"body"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="x.txt"'
        assert answer.headers["Content-Type"] == "text/x-it"


def test_presigned_urls_are_for_what_was_signed_only(strict: StrictServer, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = styled(strict, "path").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})

    status, told = fetched(url.replace("/k?", "/other?"))
    assert (status, b"<Code>SignatureDoesNotMatch</Code>" in told) == (403, True)
    assert fetched(url, "DELETE")[0] == 403
    assert fetched(f"{url}&response-content-type=text/html")[0] == 403


def form(fields: dict[str, str], name: str, body: bytes) -> tuple[bytes, str]:
    """A form as a browser sends it."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode())
    return b"".join([*parts, body, f"\r\n--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def test_a_presigned_form_is_posted(s3: Any, bucket: str) -> None:
    conditions = [["content-length-range", 1, 100], ["starts-with", "$x-amz-meta-k", ""]]
    made = s3.generate_presigned_post(bucket, "up/${filename}", Conditions=conditions)

    body, kind = form({**made["fields"], "x-amz-meta-k": "v"}, "a b.txt", b"posted")
    assert fetched(made["url"], "POST", body, **{"Content-Type": kind})[0] == 204
    found = s3.get_object(Bucket=bucket, Key="up/a b.txt")
    assert (found["Body"].read(), found["Metadata"]) == (b"posted", {"k": "v"})

    body, kind = form({**made["fields"], "x-amz-meta-k": "v"}, "b", b"x" * 101)
    status, told = fetched(made["url"], "POST", body, **{"Content-Type": kind})
    assert (status, b"<Code>EntityTooLarge</Code>" in told) == (400, True)

    body, kind = form({**made["fields"], "acl": "public-read", "x-amz-meta-k": "v"}, "c", b"x")
    assert fetched(made["url"], "POST", body, **{"Content-Type": kind})[0] == 403
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


# ------------------------------------------------------------------------------------------------------------ checksums


def reflected(body: bytes, polynomial: int, bits: int) -> bytes:
    """A reflected CRC, bit by bit."""
    mask = (1 << bits) - 1
    crc = mask
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (polynomial if crc & 1 else 0)
    return (crc ^ mask).to_bytes(bits // 8)


def digest(algorithm: str, body: bytes) -> str:
    """A checksum by the definition of its algorithm, not by the server's libraries."""
    raw = {
        "CRC32": lambda: zlib.crc32(body).to_bytes(4),
        "CRC32C": lambda: reflected(body, 0x82F63B78, 32),
        "CRC64NVME": lambda: reflected(body, 0x9A6C9329AC4BC9B5, 64),
        "SHA1": lambda: hashlib.sha1(body).digest(),
        "SHA256": lambda: hashlib.sha256(body).digest(),
    }[algorithm]()
    return base64.b64encode(raw).decode()


ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_is_kept_told_and_checked(s3: Any, bucket: str, algorithm: str) -> None:
    body = "olá 🌎".encode() * 50
    right, wrong = digest(algorithm, body), digest(algorithm, b"other")

    s3.put_object(Bucket=bucket, Key="k", Body=body, **{f"Checksum{algorithm}": right})
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="bad", Body=body, **{f"Checksum{algorithm}": wrong})

    assert caught.value.response["Error"]["Code"] == "BadDigest"
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[f"Checksum{algorithm}"] == right
    told = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum"])["Checksum"]
    assert told == {f"Checksum{algorithm}": right, "ChecksumType": "FULL_OBJECT"}
    assert "bad" not in [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_what_botocore_computes_itself_is_checked_on_the_way_back(s3: Any, bucket: str, algorithm: str) -> None:
    body = noise(100_000)

    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")

    assert put[f"Checksum{algorithm}"] == digest(algorithm, body)
    assert got["Body"].read() == body


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_parts_have_checksums_and_the_whole_one_of_these(s3: Any, bucket: str, algorithm: str) -> None:
    bodies = (noise(5 * MIB, 1), noise(10, 2))
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType="COMPOSITE")
    where = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    parts = []
    for number, body in enumerate(bodies, 1):
        put = s3.upload_part(**where, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm)
        told = put[f"Checksum{algorithm}"]
        assert told == digest(algorithm, body)
        parts.append({"PartNumber": number, "ETag": put["ETag"], f"Checksum{algorithm}": told})
    done = s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})

    raw = b"".join(base64.b64decode(each[f"Checksum{algorithm}"]) for each in parts)
    assert done[f"Checksum{algorithm}"] == f"{digest(algorithm, raw)}-2"


def test_a_crc_can_be_of_the_whole_object(s3: Any, bucket: str) -> None:
    bodies = (noise(5 * MIB, 1), noise(10, 2))
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    where = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**where, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate(bodies, 1)
    ]
    whole = digest("CRC32", b"".join(bodies))
    done = s3.complete_multipart_upload(
        **where, MultipartUpload={"Parts": parts}, ChecksumCRC32=whole, ChecksumType="FULL_OBJECT"
    )

    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (whole, "FULL_OBJECT")
