"""Buckets in a real browser: made, looked into, configured, and deleted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.console.browser import Visit
from tests.support import Server

_numbers = count(1)

Visits = Callable[..., Visit]
HOSTILE = "<img src=x onerror=alert(1)>&\"'.txt"


@pytest.fixture
def s3(server: Server) -> Any:
    """A client."""
    return server.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    """A new bucket's name."""
    name = f"photos-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


def test_a_bucket_is_created_with_what_the_form_says(visit: Visits, s3: Any) -> None:
    page = visit().open("buckets")
    page.get_by_role("link", name="Create bucket").first.click()
    page.get_by_label("Bucket name").fill("made-by-hand")
    page.get_by_label("Keep older versions").check()
    page.get_by_label("BlockPublicPolicy").uncheck()
    page.get_by_label("Key of tag 1").fill("team")
    page.get_by_label("Value of tag 1").fill("blue")
    page.get_by_role("button", name="Create bucket").click()
    page.get_by_role("heading", name="made-by-hand").wait_for()
    assert s3.get_bucket_versioning(Bucket="made-by-hand")["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket="made-by-hand")["TagSet"] == [{"Key": "team", "Value": "blue"}]
    block = s3.get_public_access_block(Bucket="made-by-hand")["PublicAccessBlockConfiguration"]
    assert not block["BlockPublicPolicy"]
    assert block["BlockPublicAcls"]


def test_a_bucket_of_another_region_is_shown_in_its_own(visit: Visits, server: Server) -> None:
    here = visit()
    page = here.open("buckets/_new")
    page.get_by_label("Bucket name").fill("parisian")
    page.get_by_label("Region of the bucket").select_option("eu-west-3")
    page.get_by_role("button", name="Create bucket").click()
    page.get_by_role("heading", name="parisian").wait_for()
    assert "/eu-west-3/buckets/parisian" in page.url


def test_a_bad_name_is_refused_in_aws_words_and_what_was_typed_stays(visit: Visits) -> None:
    page = visit().open("buckets/_new")
    page.get_by_label("Bucket name").fill("Not_A_Name")
    page.get_by_label("Key of tag 1").fill("kept")
    page.get_by_role("button", name="Create bucket").click()
    page.get_by_role("alert").get_by_text("InvalidBucketName").wait_for()
    assert page.get_by_label("Bucket name").input_value() == "Not_A_Name"
    assert page.get_by_label("Bucket name").get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Key of tag 1").input_value() == "kept"


def test_folders_are_entered_and_names_with_markup_are_text(visit: Visits, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key=f"album/2026/{HOSTILE}", Body=b"<script>alert(1)</script>")
    page = visit().open(f"buckets/{bucket}")
    page.get_by_role("link", name="album/").click()
    page.get_by_role("link", name="2026/").click()
    page.get_by_role("link", name=HOSTILE).click()
    page.get_by_role("heading", name=HOSTILE).wait_for()
    page.get_by_text("<script>alert(1)</script>").wait_for()
    page.get_by_role("link", name="2026").click()
    page.get_by_role("link", name=HOSTILE).wait_for()


def test_keys_that_look_like_paths_are_reached(visit: Visits, s3: Any, bucket: str) -> None:
    for key in ("../up", "a//b", "%2e%2e", "line\nend", "été ☃"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    here = visit()
    for key in ("../up", "a//b"):
        page = here.open(f"buckets/{bucket}")
        for folder in key.split("/")[:-1]:
            page.get_by_role("link", name=f"{folder}/", exact=True).click()
        page.get_by_role("link", name=key.rpartition("/")[2], exact=True).click()
        page.locator("pre").get_by_text(key, exact=True).first.wait_for()
    page = here.open(f"buckets/{bucket}")
    page.get_by_label("Tick line").check()
    page.get_by_label("Tick %2e%2e").check()
    page.get_by_role("button", name="Delete what is ticked").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("2 were deleted.").wait_for()
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["../up", "a//b", "été ☃"]


def test_what_is_ticked_is_deleted_and_counted(visit: Visits, s3: Any, bucket: str) -> None:
    for key in ("one", "two", "keep", "dir/a", "dir/b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    page = visit().open(f"buckets/{bucket}")
    for name in ("one", "two", "dir/"):
        page.get_by_label(f"Tick {name}").check()
    page.get_by_role("button", name="Delete what is ticked").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("4 were deleted.").wait_for()
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["keep"]


def test_a_hundred_objects_are_a_page_and_the_next_one_follows(visit: Visits, s3: Any, bucket: str) -> None:
    for number in range(103):
        s3.put_object(Bucket=bucket, Key=f"n{number:03}", Body=b"")
    page = visit().open(f"buckets/{bucket}")
    assert page.locator("tbody tr").count() == 100
    page.get_by_role("link", name="Next page").click()
    page.get_by_role("link", name="n102").wait_for()
    assert page.locator("tbody tr").count() == 3
    page.get_by_role("link", name="First page").click()
    page.get_by_label("Name begins with").fill("n05")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="n059").wait_for()
    assert page.locator("tbody tr").count() == 10


def test_older_versions_are_shown_and_had_back(visit: Visits, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="poem", Body=b"first words")
    s3.put_object(Bucket=bucket, Key="poem", Body=b"second words")
    s3.delete_object(Bucket=bucket, Key="poem")
    page = visit().open(f"buckets/{bucket}")
    page.get_by_text("There is nothing here yet.").wait_for()
    page.goto(f"{page.url}?versions=1")
    rows = page.locator("tbody tr")
    assert rows.count() == 3
    rows.nth(0).get_by_text("Delete marker").wait_for()
    rows.nth(2).get_by_role("link").click()
    page.get_by_text("first words").wait_for()
    page.go_back()
    rows.nth(0).get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete what is ticked").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("1 was deleted.").wait_for()
    assert s3.get_object(Bucket=bucket, Key="poem")["Body"].read() == b"second words"


def test_an_object_is_downloaded_as_a_file_whatever_it_is(visit: Visits, s3: Any, bucket: str) -> None:
    body = b"<html><script>document.title='run'</script>" + b"x" * 300_000
    s3.put_object(Bucket=bucket, Key="dir/page.html", Body=body, ContentType="text/html")
    page = visit().open(f"buckets/{bucket}/object?key=dir/page.html")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    assert waiting.value.suggested_filename == "page.html"
    with open(waiting.value.path(), "rb") as file:
        assert file.read() == body


def test_text_is_shown_up_to_a_bound_and_bytes_in_hexadecimal(visit: Visits, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="long.txt", Body="é".encode() * 100_000)
    s3.put_object(Bucket=bucket, Key="bytes", Body=bytes(range(256)))
    s3.put_object(Bucket=bucket, Key="data.json", Body=b'{"a":[1,2]}')
    here = visit()
    page = here.open(f"buckets/{bucket}/object?key=long.txt")
    page.get_by_text("Only its beginning is shown.").wait_for()
    assert len(page.locator("pre").first.inner_text()) == 32_768
    page = here.open(f"buckets/{bucket}/object?key=bytes")
    page.get_by_text("00000010  10 11 12").wait_for()
    page = here.open(f"buckets/{bucket}/object?key=data.json")
    page.get_by_role("link", name="Indented").click()
    page.locator("pre").get_by_text('"a": [').first.wait_for()


def test_an_object_is_tagged_copied_and_renamed(visit: Visits, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="old name+1", Body=b"content")
    page = visit().open(f"buckets/{bucket}/object?key=old%20name%2B1")
    page.get_by_label("Key of tag 1").fill("state")
    page.get_by_label("Value of tag 1").fill("new")
    page.get_by_role("button", name="Save tags").click()
    page.get_by_text("The tags were saved.").wait_for()
    assert s3.get_object_tagging(Bucket=bucket, Key="old name+1")["TagSet"] == [{"Key": "state", "Value": "new"}]
    page.get_by_label("New key").fill("copy")
    page.get_by_role("button", name="Copy object").click()
    page.get_by_text("The object was copied.").wait_for()
    page.get_by_label("New key").fill("deep/renamed")
    page.get_by_role("button", name="Rename object").click()
    page.get_by_text("The object was renamed.").wait_for()
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["deep/renamed", "old name+1"]


def test_a_folder_is_made(visit: Visits, s3: Any, bucket: str) -> None:
    page = visit().open(f"buckets/{bucket}")
    page.get_by_text("Create folder").first.click()
    page.get_by_label("Folder name").fill("inbox")
    page.get_by_role("button", name="Create folder").click()
    page.get_by_text("Folder inbox was created.").wait_for()
    assert s3.head_object(Bucket=bucket, Key="inbox/")["ContentLength"] == 0


def test_a_bucket_is_emptied_and_deleted_when_its_name_is_typed(visit: Visits, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="a")
    page = visit().open(f"buckets/{bucket}")
    page.get_by_role("link", name="Delete bucket").click()
    page.get_by_text("This bucket is not empty.").wait_for()
    page.get_by_role("link", name="Empty the bucket").click()
    page.get_by_label("To confirm").fill("another")
    page.get_by_role("button", name="Empty the bucket").click()
    page.get_by_text("This is not the bucket's name.").wait_for()
    page.get_by_label("To confirm").fill(bucket)
    page.get_by_role("button", name="Empty the bucket").click()
    page.get_by_text("2 versions were deleted.").wait_for()
    page.get_by_role("link", name="Delete bucket").click()
    page.get_by_label("To confirm").fill(bucket)
    page.get_by_role("button", name="Delete bucket").click()
    page.get_by_text(f"Bucket {bucket} was deleted.").wait_for()
    assert bucket not in [each["Name"] for each in s3.list_buckets()["Buckets"]]


def test_versioning_encryption_and_tags_are_changed(visit: Visits, s3: Any, bucket: str) -> None:
    page = visit().open(f"buckets/{bucket}/properties")
    page.get_by_role("button", name="Enable versioning").click()
    page.get_by_text("Versioning is enabled.").wait_for()
    page.get_by_role("button", name="Suspend versioning").click()
    page.get_by_text("Versioning is suspended.").wait_for()
    page.get_by_label("Default encryption").select_option("aws:kms")
    page.get_by_role("button", name="Save encryption").click()
    page.get_by_text("The default encryption was saved.").wait_for()
    page.get_by_label("Key of tag 1").fill("cost")
    page.get_by_label("Value of tag 1").fill("42")
    page.get_by_role("button", name="Save tags").click()
    page.get_by_text("The tags were saved.").wait_for()
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "cost", "Value": "42"}]


def test_a_policy_is_checked_and_saved(visit: Visits, s3: Any, server: Server, bucket: str) -> None:
    page = visit().open(f"buckets/{bucket}/permissions")
    editor = page.get_by_label("Policy (JSON)")
    editor.fill("{ not json")
    page.get_by_role("button", name="Save policy").click()
    page.get_by_text("MalformedPolicy").wait_for()
    assert editor.input_value() == "{ not json"
    public = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
        ],
    }
    editor.fill(json.dumps(public))
    page.get_by_role("button", name="Save policy").click()
    page.get_by_text("public policies are prevented by the BlockPublicPolicy setting").first.wait_for()
    page.get_by_label("BlockPublicPolicy").uncheck()
    page.get_by_label("RestrictPublicBuckets").uncheck()
    page.get_by_role("button", name="Save public access").click()
    page.get_by_text("The public access settings were saved.").wait_for()
    editor.fill(json.dumps(public))
    page.get_by_role("button", name="Save policy").click()
    page.get_by_text("The bucket policy was saved.").wait_for()
    page.get_by_text("Public", exact=True).wait_for()
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == public


def test_cors_rules_are_json_and_a_mistake_is_located(visit: Visits, s3: Any, bucket: str) -> None:
    page = visit().open(f"buckets/{bucket}/permissions")
    rules = page.get_by_label("CORS rules (JSON)")
    rules.fill("[{]")
    page.get_by_role("button", name="Save CORS rules").click()
    page.get_by_text("This is not JSON: line 1, column 3.").first.wait_for()
    rules.fill('[{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.com"]}]')
    page.get_by_role("button", name="Save CORS rules").click()
    page.get_by_text("The CORS rules were saved.").wait_for()
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedOrigins"] == ["https://example.com"]


def test_a_lifecycle_rule_is_added_disabled_and_deleted(visit: Visits, s3: Any, bucket: str) -> None:
    page = visit().open(f"buckets/{bucket}/management")
    page.get_by_text("Create lifecycle rule").first.click()
    page.get_by_label("Rule name").fill("old logs")
    page.get_by_label("Prefix").fill("logs/")
    page.get_by_label("Objects expire after (days)").fill("30")
    page.get_by_role("button", name="Create lifecycle rule").click()
    page.get_by_text("Objects expire after 30 days.").wait_for()
    rule = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]
    assert (rule["ID"], rule["Filter"], rule["Expiration"]) == ("old logs", {"Prefix": "logs/"}, {"Days": 30})
    page.get_by_role("button", name="Disable old logs").click()
    page.get_by_role("button", name="Enable old logs").wait_for()
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["Status"] == "Disabled"
    page.get_by_role("button", name="Delete old logs").click()
    page.get_by_text("There is no lifecycle rule yet.").wait_for()


def test_nothing_is_wider_than_a_phone_in_any_language(visit: Visits, s3: Any, bucket: str) -> None:
    key = "w" * 200 + HOSTILE
    s3.put_object(Bucket=bucket, Key=key, Body=b"x" * 5000)
    paths = ("", "/properties", "/permissions", "/management", "/upload", "/events/new", "/delete", "/empty")
    both = [visit(language=language, width=360, theme="dark") for language in ("fr", "pt")]
    for at, path in enumerate((*(f"buckets/{bucket}{each}" for each in paths), "buckets", "buckets/_new")):
        page = both[at % 2].open(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page = both[0].open(f"buckets/{bucket}")
    page.get_by_role("link", name=re.compile("www")).click()
    page.get_by_role("heading", level=1, name=re.compile("www")).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
