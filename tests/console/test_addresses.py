"""Where addresses lead that people type, and that forms leave behind."""

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
