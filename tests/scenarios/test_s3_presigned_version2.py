"""Presigned addresses as boto3 makes them when nothing is configured: with Signature Version 2, for us-east-1."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.strict import StrictServer

BUCKET = "presigned-2"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("presigned"), "--test-clock") as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="a key/ü", Body=b"hello")
        yield server


def ask(url: str, method: str = "GET", data: bytes | None = None, **fields: str) -> tuple[int, bytes]:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def presigned(s3: Any, operation: str = "get_object", **parameters: Any) -> str:
    given = {"Bucket": BUCKET, "Key": "a key/ü", **parameters}
    return str(s3.generate_presigned_url(operation, Params=given, ExpiresIn=600))


def test_an_object_is_read(strict: StrictServer) -> None:
    url = presigned(strict.client("s3"))

    assert "X-Amz-" not in url, "boto3 signs with version 4 by default: this test is about nothing"
    assert ask(url) == (200, b"hello")


def test_an_object_is_written_with_what_was_signed(strict: StrictServer) -> None:
    s3 = strict.client("s3")
    url = presigned(s3, "put_object", Key="new", ContentType="text/x-mine", Metadata={"a": "b"})

    status, _ = ask(url, "PUT", b"bytes", Content_Type="text/x-mine", x_amz_meta_a="b")

    head = s3.head_object(Bucket=BUCKET, Key="new")
    assert (status, head["ContentType"], head["Metadata"]) == (200, "text/x-mine", {"a": "b"})


def test_overrides_and_hosts_are_signed_too(strict: StrictServer) -> None:
    url = presigned(strict.client("s3"), ResponseContentType="text/x-other")

    with urllib.request.urlopen(url) as answer:
        assert answer.headers["Content-Type"] == "text/x-other"
    assert ask(url.replace("text%2Fx-other", "text%2Fhtml"))[0] == 403


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("a%20key", "another"),
        lambda url: url.replace("Expires=1", "Expires=2"),
        lambda url: url + "&versionId=null",
        lambda url: url + "&AWSAccessKeyId=other",
        lambda url: url.replace("Signature=", "Signature=A"),
        lambda url: url.replace("&Expires=", "&Was="),
    ],
)
def test_what_was_changed_is_refused(strict: StrictServer, change: Any) -> None:
    assert ask(change(presigned(strict.client("s3"))))[0] == 403


def test_a_made_up_token_is_refused(strict: StrictServer) -> None:
    status, body = ask(presigned(strict.client("s3")) + "&x-amz-security-token=x")

    assert (status, b"InvalidToken" in body) == (400, True)


def test_another_method_is_refused(strict: StrictServer) -> None:
    assert ask(presigned(strict.client("s3")), "DELETE")[0] == 403


def test_its_time_ends(strict: StrictServer) -> None:
    url = strict.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": "a key/ü"}, ExpiresIn=-5
    )

    status, body = ask(url)

    assert (status, b"Request has expired" in body) == (403, True)


def test_it_may_do_what_its_signer_may(strict: StrictServer) -> None:
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/other/*"}
    user = strict.user(allowed)

    status, body = ask(presigned(strict.client("s3", **user)))

    assert (status, b"AccessDenied" in body) == (403, True)


def test_a_sessions_token_goes_along(strict: StrictServer) -> None:
    keys = strict.client("sts").get_session_token()["Credentials"]
    s3 = strict.client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )

    assert ask(presigned(s3)) == (200, b"hello")
