"""Buckets' pages on a strict server: they show what their visitor may see, and say what is denied."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.console.caller import CONSOLE, Caller
from tests.strict import StrictServer, allow

_LOOK = ("s3:ListAllMyBuckets", "s3:GetBucketLocation", "s3:ListBucket")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("rights")) as running:
        s3 = running.client("s3")
        s3.create_bucket(Bucket="vault")
        s3.put_object(Bucket="vault", Key="plan.txt", Body=b"the secret plan")
        running.client("sqs").create_queue(QueueName="told")
        yield running


@pytest.mark.parametrize("place", ["buckets/vault", "buckets/vault?versions=1", "buckets/vault/download?key=plan.txt"])
def test_who_may_nothing_is_refused_in_aws_words(visitor: Callable[..., Caller], place: str) -> None:
    answer = visitor(allow("s3:GetBucketLocation")).get(place)
    assert answer.status == 403
    assert "AccessDenied" in answer.text
    assert "plan" not in answer.text.replace("plan.txt", "")


def test_who_may_list_sees_names_and_not_what_they_hold(visitor: Callable[..., Caller]) -> None:
    caller = visitor(allow(*_LOOK))
    assert "plan.txt" in caller.get("buckets/vault").text
    page = caller.get("buckets/vault/object?key=plan.txt")
    assert page.status == 200
    assert "AccessDenied" in page.text
    assert "the secret plan" not in page.text


@pytest.mark.parametrize("tab", ["properties", "permissions", "management"])
def test_a_tab_shows_what_may_be_seen_and_names_the_rest(visitor: Callable[..., Caller], tab: str) -> None:
    page = visitor(allow(*_LOOK, "s3:GetBucketVersioning")).get(f"buckets/vault/{tab}")
    assert page.status == 200
    assert "AccessDenied" in page.text
    assert "Enable versioning" in page.text or tab != "properties"


def test_an_upload_that_is_denied_says_so_to_its_page(visitor: Callable[..., Caller], server: StrictServer) -> None:
    caller = visitor(allow(*_LOOK))
    address = f"{CONSOLE}/us-east-1/buckets/vault/upload/whole?key=new.txt"
    answer = caller.ask("PUT", address, b"x", x_chasqui_csrf=caller.csrf())
    assert answer.status == 403
    assert '"code":"AccessDenied"' in answer.text
    assert server.client("s3").list_objects_v2(Bucket="vault")["KeyCount"] == 1


def test_ticks_that_are_denied_are_told_one_by_one(visitor: Callable[..., Caller], server: StrictServer) -> None:
    caller = visitor(allow(*_LOOK))
    answer = caller.post("buckets/vault/delete-ticked", {"key": "/plan.txt", "prefix": "", "versions": ""})
    assert "0 were deleted." in answer.text
    assert "AccessDenied" in answer.text
    assert server.client("s3").list_objects_v2(Bucket="vault")["KeyCount"] == 1
