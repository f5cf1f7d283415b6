"""Forms posted to buckets, as boto3 presigns them, on a server that verifies signatures."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import boto3
import pytest
import urllib3
from botocore.config import Config

from tests.support import Server

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environ = {"CHASQUI_ADMIN_ACCESS_KEY": KEY, "CHASQUI_ADMIN_SECRET_KEY": SECRET}
    running = Server(tmp_path_factory.mktemp("forms"), "--auth", "strict", environ=environ)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def s3(server: Server) -> Iterator[Any]:
    made = root_client(server)
    made.create_bucket(Bucket="forms")
    yield made
    made.close()


def root_client(server: Server, secret: str = SECRET, version: str | None = "s3v4") -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=secret,
        config=Config(signature_version=version) if version else None,
    )


def presigned(s3: Any, key: str, conditions: list[Any] | None = None, **fields: str) -> dict[str, Any]:
    more = [*(conditions or []), *[{name: value} for name, value in fields.items()]]
    return dict(s3.generate_presigned_post("forms", key, Fields=fields, Conditions=more, ExpiresIn=60))


def post(form: dict[str, Any], data: bytes, filename: str = "cat.jpg", **headers: str) -> Any:
    body, content_type = urllib3.encode_multipart_formdata([*form["fields"].items(), ("file", (filename, data))])
    return urllib3.request(
        "POST", form["url"], body=body, headers={"Content-Type": content_type, **headers}, redirect=False, retries=False
    )


def code(answer: Any) -> tuple[int, str, str]:
    root = ElementTree.fromstring(answer.data)
    return answer.status, root.findtext("Code") or "", root.findtext("Message") or ""


def body(s3: Any, key: str) -> bytes:
    return bytes(s3.get_object(Bucket="forms", Key=key)["Body"].read())


def test_a_form_makes_an_object(s3: Any) -> None:
    answer = post(presigned(s3, "cat"), b"meow")
    assert (answer.status, answer.headers["ETag"]) == (204, '"4a4be40c96ac6314e91d93f38043a634"')
    assert body(s3, "cat") == b"meow"


def test_a_large_file_streams_in(s3: Any) -> None:
    data = bytes(range(256)) * 20_000
    assert post(presigned(s3, "large"), data).status == 204
    assert body(s3, "large") == data


def test_the_files_name_may_be_part_of_the_key(s3: Any) -> None:
    assert post(presigned(s3, "up/${filename}"), b"x", "dog.png").status == 204
    assert body(s3, "up/dog.png") == b"x"


def test_fields_become_headers_and_metadata(s3: Any) -> None:
    fields = {"Content-Type": "image/png", "x-amz-meta-colour": "red", "x-amz-storage-class": "STANDARD_IA"}
    assert post(presigned(s3, "fields", **fields), b"x").status == 204
    head = s3.head_object(Bucket="forms", Key="fields")
    assert (head["ContentType"], head["Metadata"], head["StorageClass"]) == (
        "image/png",
        {"colour": "red"},
        "STANDARD_IA",
    )


def test_a_form_may_ask_for_an_answer_that_tells_what_was_made(s3: Any, server: Server) -> None:
    answer = post(presigned(s3, "told", success_action_status="201"), b"x")
    root = ElementTree.fromstring(answer.data)
    assert answer.status == 201
    assert [root.findtext(name) for name in ("Bucket", "Key", "Location")] == [
        "forms",
        "told",
        f"{server.url}/forms/told",
    ]


def test_a_form_may_send_the_browser_on(s3: Any) -> None:
    answer = post(presigned(s3, "on", success_action_redirect="https://example.com/done?a=1"), b"x")
    target = urlsplit(answer.headers["Location"])
    assert (answer.status, target.netloc) == (303, "example.com")
    assert parse_qs(target.query) == {
        "a": ["1"],
        "bucket": ["forms"],
        "key": ["on"],
        "etag": ['"9dd4e461268c8034f5c8564e155c67a6"'],
    }


def test_what_the_policy_wants_of_a_field_must_hold(s3: Any) -> None:
    form = presigned(s3, "wanted", [["starts-with", "$Content-Type", "image/"]])
    form["fields"]["Content-Type"] = "text/html"
    assert code(post(form, b"x")) == (
        403,
        "AccessDenied",
        'Invalid according to Policy: Policy Condition failed: ["starts-with", "$Content-Type", "image/"]',
    )


def test_another_key_than_the_policys_is_refused(s3: Any) -> None:
    form = presigned(s3, "mine")
    form["fields"]["key"] = "yours"
    assert code(post(form, b"x"))[:2] == (403, "AccessDenied")


def test_fields_that_the_policy_does_not_name_are_refused(s3: Any) -> None:
    form = presigned(s3, "extra")
    form["fields"]["x-amz-meta-more"] = "1"
    assert code(post(form, b"x")) == (
        403,
        "AccessDenied",
        "Invalid according to Policy: Extra input fields: x-amz-meta-more",
    )


@pytest.mark.parametrize(("size", "expected"), [(4, "EntityTooSmall"), (11, "EntityTooLarge")])
def test_the_policy_says_how_large_a_file_may_be(s3: Any, size: int, expected: str) -> None:
    form = presigned(s3, "sized", [["content-length-range", 5, 10]])
    assert code(post(form, b"x" * size))[:2] == (400, expected)
    assert post(form, b"x" * 7).status == 204


def test_a_policy_ends(s3: Any) -> None:
    form = s3.generate_presigned_post("forms", "late", ExpiresIn=-1)
    assert code(post(form, b"x")) == (403, "AccessDenied", "Invalid according to Policy: Policy expired.")


def test_a_policy_that_was_changed_is_noticed(s3: Any) -> None:
    form = presigned(s3, "changed")
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    policy["expiration"] = "2099-01-01T00:00:00Z"
    form["fields"]["policy"] = base64.b64encode(json.dumps(policy).encode()).decode()
    assert code(post(form, b"x"))[:2] == (403, "SignatureDoesNotMatch")


def test_another_secret_signs_nothing(s3: Any, server: Server) -> None:
    stranger = root_client(server, secret="x" * 40)
    assert code(post(presigned(stranger, "stranger"), b"x"))[:2] == (403, "SignatureDoesNotMatch")
    stranger.close()


def test_a_form_without_a_signature_needs_a_public_bucket(s3: Any, server: Server) -> None:
    form = {"url": f"{server.url}/forms", "fields": {"key": "anyone"}}
    assert code(post(form, b"x"))[:2] == (403, "AccessDenied")


def test_a_form_names_its_key(s3: Any, server: Server) -> None:
    form = {"url": f"{server.url}/forms", "fields": {"acl": "private"}}
    assert code(post(form, b"x"))[:2] == (400, "InvalidArgument")


def test_a_form_as_boto3_signs_it_by_default_is_accepted_and_verified(s3: Any, server: Server) -> None:
    for secret, status in ((SECRET, 204), ("x" * 40, 403)):
        plain = root_client(server, secret, version=None)
        form = presigned(plain, "plain")
        assert "AWSAccessKeyId" in form["fields"]
        assert post(form, b"x").status == status
        plain.close()
