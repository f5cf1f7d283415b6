"""What of buckets leans on the store: the same on each database."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from tests.engines import Engine
from tests.strict import refusal
from tests.support import Server, eventually


@pytest.fixture(scope="module")
def kept(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server on this database."""
    with Server(tmp_path_factory.mktemp("s3"), *engine.options(), "--test-clock") as running:
        yield running


def test_buckets_live_on_each_database(kept: Server) -> None:
    s3 = kept.client("s3")
    for name in ("first", "second", "third"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_tagging(Bucket="first", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.put_object(Bucket="second", Key="a", Body=b"x")
    s3.delete_bucket(Bucket="third")

    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["first", "second"]
    assert s3.get_bucket_tagging(Bucket="first")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert refusal(s3.delete_bucket, Bucket="second")[0] == "BucketNotEmpty"


def test_lifecycle_rules_are_carried_out_on_each_database(kept: Server) -> None:
    s3 = kept.client("s3")
    s3.create_bucket(Bucket="expiring")
    s3.put_bucket_versioning(Bucket="expiring", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="expiring", Key="\u00e4/1", Body=body)
    rule = {
        "Status": "Enabled",
        "Filter": {"Prefix": "\u00e4/"},
        "Expiration": {"Days": 1},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 3},
    }
    s3.put_bucket_lifecycle_configuration(Bucket="expiring", LifecycleConfiguration={"Rules": [rule]})

    def left() -> tuple[int, int]:
        found = s3.list_object_versions(Bucket="expiring")
        return len(found.get("Versions", [])), len(found.get("DeleteMarkers", []))

    _pass_days(kept, 2)
    eventually(lambda: left() == (2, 1))
    _pass_days(kept, 6)

    eventually(lambda: left() == (0, 0))


def _pass_days(server: Server, days: int) -> None:
    body = json.dumps({"advance_seconds": days * 86_400}).encode()
    fields = {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{server.url}/_chasqui/clock", body, fields)).close()
