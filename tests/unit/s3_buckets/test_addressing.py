"""Buckets named by the host."""

from __future__ import annotations

import socket
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.config import Config

from chasqui.services.s3.browsers.addressing import bucket_and_key
from tests.support import CREDENTIALS, Server


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("photos.s3.amazonaws.com", "photos"),
        ("photos.s3.eu-west-1.amazonaws.com", "photos"),
        ("photos.s3-eu-west-1.amazonaws.com", "photos"),
        ("photos.s3.dualstack.eu-west-1.amazonaws.com", "photos"),
        ("photos.s3.cn-north-1.amazonaws.com.cn", "photos"),
        ("my.own.photos.s3.amazonaws.com:443", "my.own.photos"),
        ("Photos.S3.localhost:4566", "photos"),
        ("photos.localhost:4566", "photos"),
        ("photos.s3.localhost.localstack.cloud:4566", "photos"),
        ("s3.amazonaws.com", ""),
        ("s3.eu-west-1.amazonaws.com", ""),
        ("s3.dualstack.eu-west-1.amazonaws.com", ""),
        ("s3.localhost:4566", ""),
        ("s3.localhost.localstack.cloud", ""),
        ("localhost:4566", ""),
        ("127.0.0.1:4566", ""),
        ("[::1]:4566", ""),
        ("chasqui.s3.example.org", ""),
    ],
)
def test_known_hosts_name_a_bucket_and_others_do_not(host: str, bucket: str) -> None:
    named = bucket_and_key(host, "/first/second")

    assert named == ((bucket, "first/second") if bucket else ("first", "second"))


@pytest.fixture
def virtual(house: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A boto3 client that puts buckets into the host."""
    resolve = socket.getaddrinfo

    def resolved(host: Any, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more)

    # Not every machine's resolver knows names below localhost.
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    endpoint = f"http://s3.localhost:{house.url.rpartition(':')[2]}"
    config = Config(s3={"addressing_style": "virtual"})
    return boto3.client("s3", endpoint_url=endpoint, config=config, **CREDENTIALS)


def test_boto3_reaches_buckets_by_their_hosts(virtual: Any, s3: Any, name: str) -> None:
    virtual.create_bucket(Bucket=name)
    virtual.put_object(Bucket=name, Key="one/two ü", Body=b"hello")

    read = virtual.get_object(Bucket=name, Key="one/two ü")["Body"].read()
    listed = [each["Key"] for each in virtual.list_objects_v2(Bucket=name)["Contents"]]

    assert (read, listed) == (b"hello", ["one/two ü"])
    assert s3.get_object(Bucket=name, Key="one/two ü")["Body"].read() == b"hello"
    assert virtual.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"


def test_a_presigned_url_may_have_the_bucket_in_its_host(virtual: Any, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b", Body=b"hello")
    url = virtual.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"})

    assert url.startswith(f"http://{bucket}.s3.localhost:")
    assert urllib.request.urlopen(url).read() == b"hello"
