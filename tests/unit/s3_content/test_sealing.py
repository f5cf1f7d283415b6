"""Whose key seals an object: by request, by bucket, and what KMS' refusals are to S3's clients."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import Server

LARGE = bytes(range(256)) * 1000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("sealing"))
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def s3(server: Server) -> Iterator[Any]:
    made = server.client("s3")
    made.create_bucket(Bucket="sealed")
    yield made
    made.close()


@pytest.fixture(scope="module")
def kms(server: Server) -> Iterator[Any]:
    made = server.client("kms")
    yield made
    made.close()


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def put(s3: Any, name: str, body: bytes = b"x", **facts: Any) -> dict[str, Any]:
    return dict(s3.put_object(Bucket="sealed", Key=name, Body=body, **facts))


def get(s3: Any, name: str) -> bytes:
    return bytes(s3.get_object(Bucket="sealed", Key=name)["Body"].read())


def refusal(operation: Any, *arguments: Any, **parameters: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        operation(*arguments, **parameters)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_the_servers_key_seals_where_nothing_is_said(s3: Any) -> None:
    assert put(s3, "plain")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("body", [b"small", LARGE])
def test_a_kms_key_seals_and_opens(s3: Any, key: str, body: bytes) -> None:
    answer = put(s3, "kms", body, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)
    assert get(s3, "kms") == body


def test_without_a_key_it_is_the_one_that_aws_manages(s3: Any, kms: Any) -> None:
    answer = put(s3, "managed", ServerSideEncryption="aws:kms")
    described = kms.describe_key(KeyId=answer["SSEKMSKeyId"])["KeyMetadata"]
    assert described["KeyManager"] == "AWS"
    assert get(s3, "managed") == b"x"


def test_an_encryption_context_goes_with_the_object(s3: Any, key: str) -> None:
    context = base64.b64encode(json.dumps({"team": "blue"}).encode()).decode()
    put(s3, "context", ServerSideEncryption="aws:kms", SSEKMSKeyId=key, SSEKMSEncryptionContext=context)
    assert get(s3, "context") == b"x"


def test_a_context_that_is_no_map_of_strings_is_refused(s3: Any, key: str) -> None:
    context = base64.b64encode(b"[1]").decode()
    facts = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "SSEKMSEncryptionContext": context}
    assert refusal(put, s3, "context", **facts) == (400, "InvalidArgument")


@pytest.mark.parametrize("body", [b"small", LARGE])
def test_a_disabled_key_neither_seals_nor_opens(s3: Any, kms: Any, key: str, body: bytes) -> None:
    put(s3, "disabled", body, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.disable_key(KeyId=key)
    assert refusal(get, s3, "disabled") == (400, "KMS.DisabledException")
    assert refusal(put, s3, "more", ServerSideEncryption="aws:kms", SSEKMSKeyId=key) == (400, "KMS.DisabledException")
    kms.enable_key(KeyId=key)
    assert get(s3, "disabled") == body


def test_a_key_that_is_not_there_is_told(s3: Any) -> None:
    facts = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "11111111-2222-3333-4444-555555555555"}
    assert refusal(put, s3, "x", **facts) == (400, "KMS.NotFoundException")


@pytest.mark.parametrize(
    "facts",
    [
        {"SSEKMSKeyId": "11111111-2222-3333-4444-555555555555"},
        {"ServerSideEncryption": "AES256", "SSEKMSKeyId": "11111111-2222-3333-4444-555555555555"},
    ],
)
def test_a_key_without_its_algorithm_is_refused(s3: Any, facts: dict[str, str]) -> None:
    assert refusal(put, s3, "x", **facts) == (400, "InvalidArgument")


def test_keys_of_customers_are_refused(s3: Any) -> None:
    assert refusal(put, s3, "x", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32) == (501, "NotImplemented")


def test_parts_are_sealed_as_their_upload_says(s3: Any, key: str) -> None:
    facts = {"Bucket": "sealed", "Key": "parts"}
    upload = s3.create_multipart_upload(**facts, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    part = s3.upload_part(**facts, UploadId=upload["UploadId"], PartNumber=1, Body=LARGE)
    assert (upload["SSEKMSKeyId"], part["SSEKMSKeyId"]) == (key, key)
    s3.complete_multipart_upload(
        **facts,
        UploadId=upload["UploadId"],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    assert get(s3, "parts") == LARGE
