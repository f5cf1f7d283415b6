"""S3's bodies on the wire: what clients promise of them, how they come in and go out, in bounded memory."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import re
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.strict import ADMIN, StrictServer
from tests.support import CREDENTIALS, Server

MIB = 1 << 20
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("s3")) as running:
        running.client("s3").create_bucket(Bucket="bucket")
        yield running


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("strict")) as running:
        running.client("s3").create_bucket(Bucket="bucket")
        yield running


def signed(server: Server, path: str, headers: dict[str, str], method: str = "PUT") -> dict[str, str]:
    """The header fields of a request, signed by whoever the server's own client is."""
    keys = ADMIN if isinstance(server, StrictServer) else CREDENTIALS
    request = AWSRequest(method=method, url=server.url + path, headers=headers)
    request.context["signing"] = {}
    auth = S3SigV4Auth(Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"]), "s3", "us-east-1")
    auth.payload = lambda _request: headers["X-Amz-Content-SHA256"]  # type: ignore[method-assign]
    auth.add_auth(request)
    return {**dict(request.headers.items()), "X-Amz-Content-SHA256": headers["X-Amz-Content-SHA256"]}


def send(
    server: Server, path: str, headers: dict[str, str], body: bytes, method: str = "PUT"
) -> tuple[int, dict[str, str], bytes]:
    """A request as it is: (status, fields, body) of its answer."""
    address = urlsplit(server.url)
    client = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    try:
        client.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            client.putheader(name, value)
        client.endheaders()
        if body:
            client.send(body)
        answer = client.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        client.close()


def put(server: Server, body: bytes, told: str, path: str = "/bucket/key", **more: str) -> tuple[int, bytes]:
    headers = {"X-Amz-Content-SHA256": told, **{name.replace("_", "-"): value for name, value in more.items()}}
    fields = signed(server, path, headers)
    status, _, answer = send(server, path, {**fields, "Content-Length": str(len(body))}, body)
    return status, answer


def code_of(answer: bytes) -> str:
    found = re.search(rb"<Code>(\w+)</Code>", answer)
    return found[1].decode() if found else ""


def content(server: Server, key: str = "key") -> bytes:
    body: bytes = server.client("s3").get_object(Bucket="bucket", Key=key)["Body"].read()
    return body


def chunked(body: bytes, *trailers: tuple[str, str], size: int = 65536) -> bytes:
    """aws-chunked without signatures."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return chunks + b"0\r\n" + b"".join(f"{name}:{value}\r\n".encode() for name, value in trailers) + b"\r\n"


def signed_chunks(body: bytes, fields: dict[str, str], size: int = 65536) -> bytes:
    """aws-chunked, each chunk signed (S3 API reference, "Transferring payload in multiple chunks")."""
    secret, stamp = ADMIN["aws_secret_access_key"], fields["X-Amz-Date"]
    scope = f"{stamp[:8]}/us-east-1/s3/aws4_request"
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    last, out = fields["Authorization"].rpartition("Signature=")[2], []
    for part in [*(body[at : at + size] for at in range(0, len(body), size)), b""]:
        to_sign = f"AWS4-HMAC-SHA256-PAYLOAD\n{stamp}\n{scope}\n{last}\n{EMPTY}\n{hashlib.sha256(part).hexdigest()}"
        last = hmac.digest(key, to_sign.encode(), "sha256").hex()
        out.append(b"%x;chunk-signature=%b\r\n%b\r\n" % (len(part), last.encode(), part))
    return b"".join(out)


@pytest.mark.parametrize("size", [5, 600_000])
def test_a_body_that_is_not_what_its_hash_says_is_refused_in_every_mode(server: Server, size: int) -> None:
    body = b"x" * size
    status, answer = put(server, body, hashlib.sha256(b"another").hexdigest(), path="/bucket/wrong")
    assert (status, code_of(answer)) == (400, "XAmzContentSHA256Mismatch")
    assert hashlib.sha256(body).hexdigest().encode() in answer
    status, _, _ = send(
        server, "/bucket/wrong", signed(server, "/bucket/wrong", {"X-Amz-Content-SHA256": EMPTY}, "GET"), b"", "GET"
    )
    assert status == 404


def test_a_hash_that_is_none_is_refused(server: Server) -> None:
    assert code_of(put(server, b"x", "nonsense")[1]) == "InvalidArgument"


@pytest.mark.parametrize("size", [0, 5, 600_000])
def test_chunks_and_their_trailer_are_taken_off(server: Server, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"y" * (size % 256)
    crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    framed = chunked(body, ("x-amz-checksum-crc32", crc))
    status, answer = put(
        server,
        framed,
        UNSIGNED_TRAILER,
        X_Amz_Decoded_Content_Length=str(size),
        X_Amz_Trailer="x-amz-checksum-crc32",
        Content_Encoding="aws-chunked,gzip",
    )
    assert (status, answer) == (200, b"")
    head = server.client("s3").head_object(Bucket="bucket", Key="key", ChecksumMode="ENABLED")
    assert (head["ContentLength"], head["ContentEncoding"], head["ChecksumCRC32"]) == (size, "gzip", crc)
    assert content(server) == body


def test_a_trailer_that_was_not_told_of_is_refused(server: Server) -> None:
    framed = chunked(b"body", ("x-amz-checksum-crc32", "AAAAAA=="))
    status, answer = put(server, framed, UNSIGNED_TRAILER, X_Amz_Decoded_Content_Length="4")
    assert (status, code_of(answer)) == (400, "MalformedTrailerError")


def test_chunks_must_say_how_long_they_are_together(server: Server) -> None:
    status, answer = put(server, chunked(b"body"), UNSIGNED_TRAILER)
    assert (status, code_of(answer)) == (411, "MissingContentLength")
    status, answer = put(server, chunked(b"body"), UNSIGNED_TRAILER, X_Amz_Decoded_Content_Length="5")
    assert (status, code_of(answer)) == (400, "IncompleteBody")


@pytest.mark.parametrize("size", [100, 700_000])
def test_signed_chunks_are_verified_where_signatures_are(strict: StrictServer, size: int) -> None:
    body = b"z" * size
    told = {"X-Amz-Content-SHA256": SIGNED, "X-Amz-Decoded-Content-Length": str(size)}
    fields = signed(strict, "/bucket/key", told)
    framed = signed_chunks(body, fields)
    status, _, answer = send(strict, "/bucket/key", {**fields, "Content-Length": str(len(framed))}, framed)
    assert (status, answer) == (200, b"")
    assert content(strict) == body

    tampered = framed.replace(b"zzzz", b"zzyz", 1)
    status, _, answer = send(strict, "/bucket/key", {**fields, "Content-Length": str(len(framed))}, tampered)
    assert (status, code_of(answer)) == (403, "SignatureDoesNotMatch")


def test_signed_chunks_are_believed_where_everything_is(server: Server) -> None:
    framed = b"5;chunk-signature=%b\r\nhello\r\n0;chunk-signature=%b\r\n\r\n" % (b"0" * 64, b"1" * 64)
    assert put(server, framed, SIGNED, X_Amz_Decoded_Content_Length="5")[0] == 200
    assert content(server) == b"hello"


def test_an_object_must_say_how_long_it_is(server: Server) -> None:
    fields = signed(server, "/bucket/key", {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    status, _, answer = send(server, "/bucket/key", fields, b"")
    assert (status, code_of(answer)) == (411, "MissingContentLength")
    status, _, answer = send(
        server, "/bucket/key", {**fields, "Transfer-Encoding": "chunked"}, b"5\r\nhello\r\n0\r\n\r\n"
    )
    assert (status, code_of(answer)) == (501, "NotImplemented")


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_a_presigned_url_takes_a_large_body(strict: StrictServer, style: str) -> None:
    config = Config(signature_version="s3v4", s3={"addressing_style": style})
    endpoint = strict.url.replace("127.0.0.1", "s3.localhost.localstack.cloud")
    client = boto3.client("s3", endpoint_url=endpoint, config=config, region_name="us-east-1", **ADMIN)
    address = urlsplit(client.generate_presigned_url("put_object", Params={"Bucket": "bucket", "Key": "shared"}))
    host = address.netloc
    assert host.startswith("bucket." if style == "virtual" else "s3.")
    target = f"{address.path}?{address.query}"
    body = b"p" * MIB
    status, _, answer = send(strict, target, {"Host": host, "Content-Length": str(MIB)}, body)
    assert (status, answer) == (200, b"")
    broken = target.replace("X-Amz-Signature=", "X-Amz-Signature=0")
    status, _, answer = send(strict, broken, {"Host": host, "Content-Length": "5"}, b"hello")
    assert (status, code_of(answer)) == (403, "SignatureDoesNotMatch")


def test_signature_version_2_is_refused(strict: StrictServer) -> None:
    fields = {"Authorization": "AWS AKIA:abc=", "Date": "Tue, 27 Mar 2007 19:36:42 +0000", "Content-Length": "0"}
    status, _, answer = send(strict, "/bucket/key", fields, b"")
    assert (status, code_of(answer)) == (400, "InvalidRequest")


def raw(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((str(address.hostname), address.port or 80), timeout=20)


def head_of(path: str, fields: dict[str, str], *more: str, method: str = "PUT") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), *more, "", ""]
    return "\r\n".join(lines).encode()


def announced(strict: StrictServer, path: str, length: int) -> bytes:
    """What is said to somebody who asks first whether a body is wanted, and then sends none."""
    with raw(strict) as client:
        fields = {"Host": urlsplit(strict.url).netloc, "Content-Length": str(length), "Expect": "100-continue"}
        client.sendall(head_of(path, fields))
        return client.makefile("rb").read()


@pytest.mark.parametrize("length", [5, 5 * 1024**3])
def test_who_may_not_write_is_told_so_before_the_body(strict: StrictServer, length: int) -> None:
    answer = announced(strict, "/bucket/key", length)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert code_of(answer) == "AccessDenied"


@pytest.mark.parametrize("length", [5, 100_000, 5 * 1024**3])
def test_who_names_no_bucket_is_told_so_before_the_body(strict: StrictServer, length: int) -> None:
    answer = announced(strict, "/no-such-bucket/key", length)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert code_of(answer) == "NoSuchBucket"


def test_who_says_what_is_refused_is_told_so_before_the_body(server: Server) -> None:
    told = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD", "x-amz-storage-class": "NONE_SUCH"}
    with raw(server) as client:
        fields = {**signed(server, "/bucket/refused", told), **told}
        fields |= {"Host": urlsplit(server.url).netloc, "Content-Length": "5", "Expect": "100-continue"}
        client.sendall(head_of("/bucket/refused", fields))
        answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert code_of(answer) == "InvalidStorageClass"


@pytest.mark.parametrize("length", [5, 60_000, 100_000])
def test_a_writer_is_asked_for_a_small_body(server: Server, length: int) -> None:
    body, told = bytes(length), {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    with raw(server) as client:
        fields = {**signed(server, "/bucket/small", told), "Host": urlsplit(server.url).netloc}
        client.sendall(head_of("/bucket/small", fields, f"Content-Length: {length}", "Expect: 100-continue"))
        said = client.makefile("rb", buffering=0)
        assert said.readline() == b"HTTP/1.1 100 Continue\r\n"
        client.sendall(body)
        assert said.readline() == b"\r\n"
        assert said.readline() == b"HTTP/1.1 200 OK\r\n"
    assert content(server, "small") == body


def test_a_writer_is_asked_for_the_body(server: Server) -> None:
    told = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    with raw(server) as client:
        fields = {**signed(server, "/bucket/asked", told), "Host": urlsplit(server.url).netloc, "Content-Length": "5"}
        client.sendall(head_of("/bucket/asked", fields, "Expect: 100-continue"))
        said = client.makefile("rb", buffering=0)
        assert said.readline() == b"HTTP/1.1 100 Continue\r\n"
        client.sendall(b"hello")
        assert said.readline() == b"\r\n"
        assert said.readline() == b"HTTP/1.1 200 OK\r\n"
    assert content(server, "asked") == b"hello"


def test_an_upload_whose_client_leaves_makes_no_object(server: Server) -> None:
    told = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    with raw(server) as client:
        fields = {**signed(server, "/bucket/left", told), "Host": urlsplit(server.url).netloc}
        client.sendall(head_of("/bucket/left", fields, f"Content-Length: {4 * MIB}") + bytes(2 * MIB))
    s3 = server.client("s3")
    assert "left" not in [each["Key"] for each in s3.list_objects_v2(Bucket="bucket").get("Contents", [])]
    s3.put_object(Bucket="bucket", Key="after", Body=b"still here")
    assert content(server, "after") == b"still here"


def memory_kib(server: Server, what: str = "VmHWM") -> int:
    found = re.search(rf"{what}:\s+(\d+)", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found is not None
    return int(found[1])


def test_a_large_object_passes_both_ways_in_bounded_memory(server: Server) -> None:
    size, piece = 500 * MIB, bytes(MIB)
    before = memory_kib(server)
    fields = {
        "Host": urlsplit(server.url).netloc,
        **signed(server, "/bucket/large", {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}),
    }
    got = 0
    with raw(server) as client:
        client.sendall(head_of("/bucket/large", fields, f"Content-Length: {size}"))
        for _ in range(size // MIB):
            client.sendall(piece)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        client.sendall(head_of("/bucket/large", fields, method="GET"))
        head = client.recv(1024)
        got = len(head) - head.index(b"\r\n\r\n") - 4
        while got < size:
            got += len(client.recv(MIB))
    assert got == size
    assert memory_kib(server) - before < 64 * 1024


def test_what_a_reader_does_not_take_is_not_made(server: Server) -> None:
    server.client("s3").put_object(Bucket="bucket", Key="slow", Body=bytes(64 * MIB))
    before = memory_kib(server)
    fields = {
        "Host": urlsplit(server.url).netloc,
        **signed(server, "/bucket/slow", {"X-Amz-Content-SHA256": EMPTY}, "GET"),
    }
    readers = [raw(server) for _ in range(8)]
    for each in readers:
        each.sendall(head_of("/bucket/slow", fields, method="GET"))
    for each in readers:
        assert each.recv(64).startswith(b"HTTP/1.1 200 ")
    assert content(server, "slow") == bytes(64 * MIB)
    assert memory_kib(server) - before < 64 * 1024
    for each in readers:
        each.close()


def test_every_answer_names_its_request_in_s3s_fields(server: Server) -> None:
    fields = signed(server, "/bucket/none", {"X-Amz-Content-SHA256": EMPTY}, "GET")
    _, headers, answer = send(server, "/bucket/none", fields, b"", "GET")
    assert re.search(f"<RequestId>{headers['x-amz-request-id']}</RequestId>".encode(), answer)
    assert re.search(rf"<HostId>{re.escape(headers['x-amz-id-2'])}</HostId>".encode(), answer)
    assert "x-amzn-requestid" not in headers


def test_head_tells_the_length_and_sends_no_body(server: Server) -> None:
    server.client("s3").put_object(Bucket="bucket", Key="headed", Body=b"12345")
    fields = signed(server, "/bucket/headed", {"X-Amz-Content-SHA256": EMPTY}, "HEAD")
    status, headers, answer = send(server, "/bucket/headed", fields, b"", "HEAD")
    assert (status, headers["content-length"], answer) == (200, "5", b"")


def test_what_has_not_changed_is_answered_without_a_body_and_the_connection_goes_on(server: Server) -> None:
    etag = server.client("s3").put_object(Bucket="bucket", Key="same", Body=b"same")["ETag"]
    fields: dict[str, Any] = signed(server, "/bucket/same", {"X-Amz-Content-SHA256": EMPTY}, "GET")
    request = head_of(
        "/bucket/same", {"Host": urlsplit(server.url).netloc, **fields}, f"If-None-Match: {etag}", method="GET"
    )
    with raw(server) as client:
        said = client.makefile("rb")
        for _ in range(3):
            client.sendall(request)
            lines = list(iter(said.readline, b"\r\n"))
            assert lines[0] == b"HTTP/1.1 304 Not Modified\r\n"
            assert not [line for line in lines if line.lower().startswith((b"content-length", b"content-type"))]
            assert f"etag: {etag}\r\n".encode() in lines


def test_a_client_that_closes_its_half_is_answered(server: Server) -> None:
    server.client("s3").put_object(Bucket="bucket", Key="half", Body=b"answered")
    fields = signed(server, "/bucket/half", {"X-Amz-Content-SHA256": EMPTY}, "GET")
    with raw(server) as client:
        client.sendall(head_of("/bucket/half", {"Host": urlsplit(server.url).netloc, **fields}, method="GET"))
        client.shutdown(socket.SHUT_WR)
        assert client.makefile("rb").read().endswith(b"answered")


def test_every_request_for_an_object_is_verified_and_judged(strict: StrictServer) -> None:
    admin = strict.client("s3")
    admin.put_object(Bucket="bucket", Key="judged", Body=b"mine")
    reader = strict.client("s3", **strict.user({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}))
    forger = strict.client("s3", aws_secret_access_key="a guess")
    for _ in range(3):
        assert reader.get_object(Bucket="bucket", Key="judged")["Body"].read() == b"mine"
        with pytest.raises(ClientError) as denied:
            reader.put_object(Bucket="bucket", Key="judged", Body=b"yours")
        assert denied.value.response["Error"]["Code"] == "AccessDenied"
        with pytest.raises(ClientError) as refused:
            forger.get_object(Bucket="bucket", Key="judged")
        assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_a_part_of_an_object_is_answered_as_one(server: Server) -> None:
    server.client("s3").put_object(Bucket="bucket", Key="part", Body=b"0123456789")
    answer = server.client("s3").get_object(Bucket="bucket", Key="part", Range="bytes=2-4")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert (answer["ContentRange"], answer["Body"].read()) == ("bytes 2-4/10", b"234")
