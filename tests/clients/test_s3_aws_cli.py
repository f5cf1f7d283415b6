"""S3 with the AWS CLI, as people type it, on a server that checks signatures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.aws_commands import AwsCommands
from tests.clients.storage import MIB, noise, planted, sha256, tree
from tests.strict import ADMIN, StrictServer

pytestmark = pytest.mark.one_engine("the CLI starts slowly and is about the wire")

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture(scope="module")
def aws(strict: StrictServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsCommands]:
    """`aws ...`, which cuts at 5 MB."""
    home = tmp_path_factory.mktemp("home")
    (home / ".aws").mkdir()
    parts = "s3 =\n  multipart_threshold = 5MB\n  multipart_chunksize = 5MB\n"
    (home / ".aws" / "config").write_text(f"[default]\nregion = us-east-1\n{parts}", encoding="utf-8")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": ADMIN["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": ADMIN["aws_secret_access_key"],
        "AWS_ENDPOINT_URL": strict.url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    commands = AwsCommands(environ)
    yield commands
    commands.close()


def keys(s3: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]


def test_buckets_are_made_listed_and_removed_with_what_is_in_them(aws: AwsCommands, s3: Any) -> None:
    name = f"made-{uuid.uuid4().hex[:10]}"

    assert aws("s3", "mb", f"s3://{name}") == f"make_bucket: {name}\n"
    assert name in aws("s3", "ls")
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    refused = aws.run("s3", "rb", f"s3://{name}")
    assert "BucketNotEmpty" in refused.stderr
    assert f"remove_bucket: {name}" in aws("s3", "rb", "--force", f"s3://{name}")


def test_a_tree_is_synced_both_ways_and_then_there_is_nothing_to_do(
    aws: AwsCommands, s3: Any, bucket: str, tmp_path: Path
) -> None:
    source, back = planted(tmp_path / "source"), tmp_path / "back"

    aws("s3", "sync", str(source), f"s3://{bucket}/at", "--no-progress")
    again = aws("s3", "sync", str(source), f"s3://{bucket}/at", "--no-progress")
    aws("s3", "sync", f"s3://{bucket}/at", str(back), "--no-progress")

    assert again == ""
    assert tree(back) == tree(source)
    assert s3.head_object(Bucket=bucket, Key="at/large.bin")["ETag"].endswith('-3"')


def test_sync_deletes_what_is_gone(aws: AwsCommands, s3: Any, bucket: str, tmp_path: Path) -> None:
    for key in ("old", "kept"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    (tmp_path / "kept").write_bytes(b"changed")

    printed = aws("s3", "sync", "--delete", str(tmp_path), f"s3://{bucket}", "--no-progress")

    assert keys(s3, bucket) == ["kept"]
    assert "delete: s3://" in printed
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"changed"


def test_sync_goes_from_bucket_to_bucket_on_the_server(aws: AwsCommands, s3: Any, bucket: str) -> None:
    other = f"other-{uuid.uuid4().hex[:10]}"
    s3.create_bucket(Bucket=other)
    s3.put_object(Bucket=bucket, Key="large", Body=noise(6 * MIB))
    s3.put_object(Bucket=bucket, Key="a b/ñ", Body=b"x", Metadata={"k": "v"}, Tagging="k=v")

    aws("s3", "sync", f"s3://{bucket}", f"s3://{other}")

    assert keys(s3, other) == ["a b/ñ", "large"]
    assert s3.head_object(Bucket=other, Key="a b/ñ")["Metadata"] == {"k": "v"}
    assert s3.get_object_tagging(Bucket=other, Key="a b/ñ")["TagSet"] == [{"Key": "k", "Value": "v"}]


def test_a_large_file_is_copied_up_and_down(aws: AwsCommands, bucket: str, tmp_path: Path) -> None:
    up, down = tmp_path / "up", tmp_path / "down"
    up.write_bytes(noise(12 * MIB))

    aws("s3", "cp", str(up), f"s3://{bucket}/k", "--no-progress")
    aws("s3", "cp", f"s3://{bucket}/k", str(down), "--no-progress")

    assert sha256(down) == sha256(up)


def test_a_stream_is_copied_from_the_standard_input_and_to_the_output(aws: AwsCommands, s3: Any, bucket: str) -> None:
    body = noise(6 * MIB)
    command = [str(AWS), "s3", "cp", "-", f"s3://{bucket}/k"]
    subprocess.run(command, env=aws.environ, input=body, check=True)
    back = subprocess.run(
        [str(AWS), "s3", "cp", f"s3://{bucket}/k", "-"], env=aws.environ, capture_output=True, check=True
    )

    assert back.stdout == body


def test_listings_show_folders_sizes_and_totals(aws: AwsCommands, s3: Any, bucket: str) -> None:
    for key in ("a/1", "a/2", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"12345")

    folders = aws("s3", "ls", f"s3://{bucket}").split()
    whole = aws("s3", "ls", "--recursive", "--summarize", f"s3://{bucket}")

    assert (folders[:2], folders[-1]) == (["PRE", "a/"], "b")
    assert "Total Objects: 3" in whole
    assert "Total Size: 15" in whole


def test_objects_are_moved_and_removed(aws: AwsCommands, s3: Any, bucket: str) -> None:
    for key in ("in/a b", "in/c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")

    aws("s3", "mv", "--recursive", f"s3://{bucket}/in", f"s3://{bucket}/out")
    assert keys(s3, bucket) == ["out/a b", "out/c"]
    aws("s3", "rm", "--recursive", f"s3://{bucket}", "--exclude", "*c")
    assert keys(s3, bucket) == ["out/c"]


def test_a_url_is_presigned(aws: AwsCommands, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"signed")

    url = aws("s3", "presign", f"s3://{bucket}/k", "--expires-in", "60").strip()

    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"signed"


def test_what_is_missing_is_an_error_with_its_status(aws: AwsCommands, bucket: str) -> None:
    done = aws.run("s3", "cp", f"s3://{bucket}/missing", "-")

    assert done.returncode == 1
    assert "(404) when calling the HeadObject operation" in done.stderr


def test_the_lower_command_puts_gets_lists_and_deletes(aws: AwsCommands, bucket: str, tmp_path: Path) -> None:
    given, got = tmp_path / "given", tmp_path / "got"
    given.write_bytes(b"0123456789")
    where = ("--bucket", bucket, "--key", "a b")

    put = json.loads(aws("s3api", "put-object", *where, "--body", str(given), "--if-none-match", "*"))
    again = aws.run("s3api", "put-object", *where, "--body", str(given), "--if-none-match", "*")
    part = json.loads(aws("s3api", "get-object", *where, "--range", "bytes=2-5", str(got)))
    listed = json.loads(aws("s3api", "list-objects-v2", "--bucket", bucket))
    aws("s3api", "delete-objects", "--bucket", bucket, "--delete", '{"Objects":[{"Key":"a b"}]}')

    assert "(PreconditionFailed)" in again.stderr
    assert got.read_bytes() == b"2345"
    assert part["ContentRange"] == "bytes 2-5/10"
    assert [(each["Key"], each["ETag"]) for each in listed["Contents"]] == [("a b", put["ETag"])]
    assert "Contents" not in json.loads(aws("s3api", "list-objects-v2", "--bucket", bucket) or "{}")


def test_versions_are_listed_and_taken_back(aws: AwsCommands, s3: Any, bucket: str) -> None:
    aws("s3api", "put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Enabled")
    for body in (b"1", b"2"):
        s3.put_object(Bucket=bucket, Key="k", Body=body)
    aws("s3", "rm", f"s3://{bucket}/k")

    listed = json.loads(aws("s3api", "list-object-versions", "--bucket", bucket, "--prefix", "k"))

    assert [each["IsLatest"] for each in listed["Versions"]] == [False, False]
    (marker,) = listed["DeleteMarkers"]
    where = ("--bucket", bucket, "--key", "k", "--version-id", marker["VersionId"])
    assert json.loads(aws("s3api", "delete-object", *where))["DeleteMarker"] is True
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2"
