"""Where addresses lead that people type, and that forms leave behind; and what forms of buckets must not do."""

from __future__ import annotations

import re

import pytest

from tests.console.caller import CONSOLE, Caller
from tests.support import Server


@pytest.fixture
def caller(server: Server) -> Caller:
    return Caller(server.url)


@pytest.mark.parametrize("rest", ["", "/"])
def test_a_region_alone_leads_to_its_first_page(caller: Caller, rest: str) -> None:
    answer = caller.ask("GET", f"{CONSOLE}/eu-west-3{rest}")

    assert (answer.status, answer.field("location")) == (303, f"{CONSOLE}/eu-west-3/home")


def test_a_choice_made_beside_a_refused_form_leads_to_a_page(server: Server, caller: Caller) -> None:
    server.client("s3").create_bucket(Bucket="addresses")

    refused = caller.post("buckets/addresses/folder?prefix=deep%2F", {"folder": "x" * 1100})

    assert refused.status == 400
    backs = set(re.findall(r'name="back" value="([^"]*)"', refused.text))
    assert backs == {f"{CONSOLE}/us-east-1/buckets/addresses?prefix=deep%2F"}
    assert caller.ask("GET", backs.pop()).status == 200


def test_a_folder_is_made_in_the_folder_that_was_looked_at(server: Server, caller: Caller) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="folders")

    assert caller.post("buckets/folders/folder?prefix=a%2F", {"folder": "b"}).status == 303

    assert [each["Key"] for each in s3.list_objects_v2(Bucket="folders")["Contents"]] == ["a/b/"]


def test_a_field_that_names_no_folder_deletes_nothing(server: Server, caller: Caller) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a/b", Body=b"x")

    assert caller.post("buckets/kept/delete-ticked", {"folder": ""}).status == 303

    assert [each["Key"] for each in s3.list_objects_v2(Bucket="kept")["Contents"]] == ["a/b"]


def test_an_older_version_is_copied_and_what_has_its_name_now_stays(server: Server, caller: Caller) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="older")
    s3.put_bucket_versioning(Bucket="older", VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket="older", Key="name", Body=b"old")["VersionId"]
    s3.put_object(Bucket="older", Key="name", Body=b"new")

    address = f"buckets/older/object-copy?key=name&version={old}"
    assert caller.post(address, {"to": "other", "do": "rename"}).status == 303

    assert s3.get_object(Bucket="older", Key="other")["Body"].read() == b"old"
    assert s3.get_object(Bucket="older", Key="name")["Body"].read() == b"new"


def test_an_object_is_not_renamed_to_nothing(server: Server, caller: Caller) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="nothing")
    s3.put_object(Bucket="nothing", Key="here", Body=b"x")

    answer = caller.post("buckets/nothing/object-copy?key=here", {"to": " ", "do": "rename"})

    assert answer.status == 400
    assert "User key must have a length greater than 0." in answer.text
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="nothing")["Contents"]] == ["here"]


@pytest.mark.parametrize(("method", "what"), [("PUT", "whole"), ("POST", "begin")])
def test_nothing_is_uploaded_without_a_key(server: Server, caller: Caller, method: str, what: str) -> None:
    server.client("s3").create_bucket(Bucket="nothing")

    address = f"{CONSOLE}/us-east-1/buckets/nothing/upload/{what}?key="
    answer = caller.ask(method, address, b"x", x_chasqui_csrf=caller.csrf())

    assert (answer.status, b"InvalidArgument" in answer.body) == (400, True)
