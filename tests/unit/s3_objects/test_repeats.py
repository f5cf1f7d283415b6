"""Plain GETs that are asked again: what is remembered of an object is never told of another."""

from __future__ import annotations

from typing import Any

from tests.unit.s3_objects.support import Bucket


def told(client: Any, bucket: str, **more: Any) -> tuple[bytes, dict[str, Any]]:
    answer = client.get_object(Bucket=bucket, Key="key", **more)
    fields = {name: value for name, value in answer.items() if name not in ("Body", "ResponseMetadata")}
    return answer["Body"].read(), fields


def test_an_object_is_answered_as_often_as_it_is_asked_for_and_as_it_is_now(client: Any, bucket: Bucket) -> None:
    for content, kind in ((b"first", "text/plain"), (b"second", "text/css")):
        client.put_object(Bucket=bucket.name, Key="key", Body=content, ContentType=kind)
        first, again = told(client, bucket.name), told(client, bucket.name)
        assert first == again
        assert (first[0], first[1]["ContentType"]) == (content, kind)


def test_each_answer_has_a_request_id_of_its_own(client: Any, bucket: Bucket) -> None:
    client.put_object(Bucket=bucket.name, Key="key", Body=b"content")
    ids = {client.get_object(Bucket=bucket.name, Key="key")["ResponseMetadata"]["RequestId"] for _ in range(3)}
    assert len(ids) == 3


def test_a_version_is_told_once_the_bucket_is_versioned(client: Any, bucket: Bucket) -> None:
    client.put_object(Bucket=bucket.name, Key="key", Body=b"content")
    assert "VersionId" not in told(client, bucket.name)[1]
    client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    assert told(client, bucket.name)[1]["VersionId"] == "null"


def test_what_more_is_asked_is_answered_too(client: Any, bucket: Bucket) -> None:
    client.put_object(Bucket=bucket.name, Key="key", Body=b"content")
    told(client, bucket.name)
    assert told(client, bucket.name, Range="bytes=0-2")[0] == b"con"
    assert told(client, bucket.name, ResponseContentType="text/css")[1]["ContentType"] == "text/css"
