"""S3 with s3cmd and rclone, as Debian has them, on a server that checks signatures."""

from __future__ import annotations

import os
import subprocess
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.clients.storage import MIB, Command, debian, noise, planted, sha256, tree
from tests.strict import ADMIN, StrictServer

pytestmark = pytest.mark.one_engine("another client is about the wire")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Nothing of AWS', and a home of its own."""
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    return {**kept, "HOME": str(tmp_path_factory.mktemp("home")), "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def s3cmd(strict: StrictServer, environ: dict[str, str]) -> Command:
    """s3cmd with path-style addresses; parts are of 5 MiB."""
    host = strict.url.removeprefix("http://")
    configuration = Path(environ["HOME"]) / ".s3cfg"
    lines = {
        "access_key": ADMIN["aws_access_key_id"],
        "secret_key": ADMIN["aws_secret_access_key"],
        "host_base": host,
        "host_bucket": host,
        "use_https": "False",
        "multipart_chunk_size_mb": "5",
    }
    text = "".join(f"{name} = {value}\n" for name, value in lines.items())
    configuration.write_text(f"[default]\n{text}", encoding="utf-8")
    return Command(environ, debian("s3cmd"), "--no-progress")


@pytest.fixture(scope="module")
def rclone(strict: StrictServer, environ: dict[str, str]) -> Command:
    """rclone with a remote `it:`; parts are of 5 MiB. Its provider "AWS" puts buckets into the host, whatever one
    says."""
    remote = {
        "TYPE": "s3",
        "PROVIDER": "Minio",
        "ACCESS_KEY_ID": ADMIN["aws_access_key_id"],
        "SECRET_ACCESS_KEY": ADMIN["aws_secret_access_key"],
        "REGION": "us-east-1",
        "ENDPOINT": strict.url,
        # Its own is "private", which buckets without ACLs refuse, as AWS' do.
        "ACL": "bucket-owner-full-control",
        "CHUNK_SIZE": "5M",
        "UPLOAD_CUTOFF": "5M",
    }
    named = {f"RCLONE_CONFIG_IT_{name}": value for name, value in remote.items()}
    return Command({**environ, **named, "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1"}, debian("rclone"))


def keys(s3: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]


# -------------------------------------------------------------------------------------------------------------- s3cmd


def test_s3cmd_makes_lists_and_removes_buckets(s3cmd: Command) -> None:
    url = f"s3://made-{uuid.uuid4().hex[:10]}"

    s3cmd("mb", url)
    assert url in s3cmd("ls")
    assert "us-east-1" in s3cmd("info", url)
    s3cmd("rb", url)
    assert url not in s3cmd("ls")


def test_s3cmd_puts_and_gets_what_is_large_in_parts(s3cmd: Command, s3: Any, bucket: str, tmp_path: Path) -> None:
    large, back = tmp_path / "large", tmp_path / "back"
    large.write_bytes(noise(11 * MIB))

    s3cmd("put", str(large), f"s3://{bucket}/large")
    s3cmd("get", f"s3://{bucket}/large", str(back))

    assert sha256(back) == sha256(large)
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-3"')
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_s3cmd_syncs_a_tree_both_ways_and_then_has_nothing_to_do(
    s3cmd: Command, s3: Any, bucket: str, source: Path, tmp_path: Path
) -> None:
    s3cmd("sync", f"{source}/", f"s3://{bucket}/")
    again = s3cmd("sync", f"{source}/", f"s3://{bucket}/")
    s3cmd("sync", f"s3://{bucket}/", f"{tmp_path}/")

    assert sorted(keys(s3, bucket)) == sorted(tree(source))
    assert "upload:" not in again
    assert tree(tmp_path) == tree(source)


def test_s3cmd_lists_by_folder_and_counts(s3cmd: Command, s3: Any, bucket: str) -> None:
    for key in ("a/1", "a/2", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"12345")

    listed = s3cmd("ls", f"s3://{bucket}").split()

    assert "DIR" in listed
    assert [each for each in listed if each.startswith("s3:")] == [f"s3://{bucket}/a/", f"s3://{bucket}/b"]
    assert s3cmd("du", f"s3://{bucket}").split()[:2] == ["15", "3"]


def test_s3cmd_copies_moves_and_deletes_when_it_leaves_acls_alone(s3cmd: Command, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b", Body=b"x", ContentType="text/x-it", Metadata={"k": "v"})

    s3cmd("cp", "--acl-private", f"s3://{bucket}/a b", f"s3://{bucket}/ñ")
    s3cmd("mv", "--acl-private", f"s3://{bucket}/a b", f"s3://{bucket}/moved")
    copied = s3.head_object(Bucket=bucket, Key="ñ")
    assert keys(s3, bucket) == ["moved", "ñ"]
    assert (copied["ContentType"], copied["Metadata"]["k"]) == ("text/x-it", "v")

    s3cmd("del", "--recursive", "--force", f"s3://{bucket}/")
    assert keys(s3, bucket) == []


def test_s3cmd_modifies_headers_and_shows_them(s3cmd: Command, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="page", Body=b"<p>")

    s3cmd("modify", "--acl-private", "--add-header=x-amz-meta-k: v", "--mime-type=text/html", f"s3://{bucket}/page")

    shown = s3.head_object(Bucket=bucket, Key="page")
    assert (shown["ContentType"], shown["Metadata"]["k"]) == ("text/html", "v")
    assert "text/html" in s3cmd("info", f"s3://{bucket}/page")


def test_s3cmd_sets_a_policy(s3cmd: Command, s3: Any, bucket: str, tmp_path: Path) -> None:
    written = tmp_path / "policy"
    written.write_text(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",'
        f'"Resource":"arn:aws:s3:::{bucket}/*"}}]}}',
        encoding="utf-8",
    )
    s3.delete_public_access_block(Bucket=bucket)

    s3cmd("setpolicy", str(written), f"s3://{bucket}")

    assert "s3:GetObject" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_s3cmd_is_told_what_is_missing(s3cmd: Command, bucket: str) -> None:
    missing = s3cmd.run("get", f"s3://{bucket}/missing", "/dev/null")
    unknown = s3cmd.run("ls", f"s3://{bucket}-not-there")

    assert missing.returncode != 0
    assert "does not exist" in missing.stderr
    assert "Bucket 'NoSuchBucket'" in unknown.stderr or "NoSuchBucket" in unknown.stderr


def test_s3cmd_with_a_wrong_secret_is_refused(s3cmd: Command, bucket: str) -> None:
    done = s3cmd.run("--secret_key=wrong", "ls", f"s3://{bucket}")

    assert done.returncode != 0
    assert "SignatureDoesNotMatch" in done.stderr


def test_a_url_that_s3cmd_signs_opens(s3cmd: Command, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a b", Body=b"signed")

    url = s3cmd("signurl", f"s3://{bucket}/a b", "+60").strip()

    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"signed"


# ------------------------------------------------------------------------------------------------------------- rclone


def test_rclone_makes_lists_and_removes_buckets(rclone: Command) -> None:
    name = f"made-{uuid.uuid4().hex[:10]}"

    rclone("mkdir", f"it:{name}")
    assert name in rclone("lsd", "it:")
    rclone("rmdir", f"it:{name}")
    assert name not in rclone("lsd", "it:")


def test_rclone_syncs_a_tree_checks_it_and_brings_it_back(
    rclone: Command, s3: Any, bucket: str, source: Path, tmp_path: Path
) -> None:
    rclone("sync", str(source), f"it:{bucket}")
    checked = rclone.run("check", "--download", str(source), f"it:{bucket}")
    again = rclone.run("sync", "--stats-one-line", "-v", str(source), f"it:{bucket}")
    rclone("sync", f"it:{bucket}", str(tmp_path))

    assert checked.returncode == 0, checked.stderr
    assert "0 differences found" in checked.stderr
    assert "Copied" not in again.stderr
    assert tree(tmp_path) == tree(source)
    assert s3.head_object(Bucket=bucket, Key="large.bin")["ETag"].endswith('-3"')


def test_rclone_sync_deletes_what_is_no_longer_there(rclone: Command, s3: Any, bucket: str, tmp_path: Path) -> None:
    s3.put_object(Bucket=bucket, Key="old", Body=b"x")
    (tmp_path / "new").write_bytes(b"y")

    rclone("sync", str(tmp_path), f"it:{bucket}")

    assert keys(s3, bucket) == ["new"]


def test_rclone_keeps_times_of_modification(rclone: Command, bucket: str, tmp_path: Path) -> None:
    dated = tmp_path / "dated"
    dated.write_bytes(b"x")
    os.utime(dated, (1_500_000_000, 1_500_000_000))

    rclone("copy", str(dated), f"it:{bucket}")

    assert "2017-07-14" in rclone("lsl", f"it:{bucket}")


def test_rclone_streams_what_it_does_not_know_the_length_of(rclone: Command, s3: Any, bucket: str) -> None:
    body = noise(6 * MIB)
    command = [*rclone.command, "rcat", f"it:{bucket}/streamed"]
    done = subprocess.run(command, env=rclone.environ, input=body, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert s3.get_object(Bucket=bucket, Key="streamed")["Body"].read() == body


def test_rclone_moves_on_the_server_and_purges(rclone: Command, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="in/a b", Body=b"x")

    rclone("moveto", f"it:{bucket}/in/a b", f"it:{bucket}/out/é+b")
    assert keys(s3, bucket) == ["out/é+b"]

    rclone("purge", f"it:{bucket}")
    assert bucket not in [each["Name"] for each in s3.list_buckets()["Buckets"]]


def test_rclone_reads_a_part_of_an_object(rclone: Command, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")

    assert rclone("cat", "--offset", "3", "--count", "4", f"it:{bucket}/k") == "3456"


def test_rclone_lists_more_than_a_page_by_folder(rclone: Command, s3: Any, bucket: str) -> None:
    for number in range(12):
        s3.put_object(Bucket=bucket, Key=f"{number:02}/k", Body=b"")

    listed = rclone("lsf", "--s3-list-chunk", "5", f"it:{bucket}")

    assert listed.split() == [f"{number:02}/" for number in range(12)]


def test_rclone_shows_old_versions(rclone: Command, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"22"):
        s3.put_object(Bucket=bucket, Key="k.txt", Body=body)

    listed = rclone("lsf", "--s3-versions", f"it:{bucket}").split()

    assert len(listed) == 2
    assert "k.txt" in listed
