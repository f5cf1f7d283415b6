"""Whose session has ended while a form was filled in: nothing is done, and what was typed is there again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.browser import Visit, sign_in, visiting
from tests.strict import ADMIN, StrictServer, allow

SAID = "You are not signed in any more, so nothing was done."
AGAIN = "What you had typed is here again. It has not been sent."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("signed-out")) as running:
        yield running


@pytest.fixture
def visitor(browser: Any, server: StrictServer) -> Iterator[Visit]:
    with visiting(browser, server.url) as visit:
        yield visit


def _opened(visitor: Visit, path: str, key: dict[str, str]) -> Any:
    page = visitor.open(path)
    sign_in(page, key)
    page.wait_for_url(f"**/{path}")
    return page


def test_a_form_is_filled_in_again_after_signing_in(visitor: Visit, server: StrictServer) -> None:
    page = _opened(visitor, "queues/new", ADMIN)
    page.get_by_label("Name (required)", exact=True).fill("after-signing-in")
    page.get_by_label("FIFO", exact=True).check()
    visitor.context.clear_cookies()
    page.get_by_role("button", name="Create queue").last.click()
    page.get_by_text(SAID).wait_for()
    assert "QueueUrls" not in server.client().list_queues(QueueNamePrefix="after-signing-in")
    sign_in(page, ADMIN)
    page.get_by_text(AGAIN).wait_for()
    assert page.get_by_label("FIFO", exact=True).is_checked()
    page.get_by_role("button", name="Create queue").last.click()
    page.get_by_text("Queue after-signing-in.fifo was created.").wait_for()


def test_a_message_is_not_lost_with_its_session(visitor: Visit, server: StrictServer) -> None:
    server.client().create_queue(QueueName="kept-for-later")
    page = _opened(visitor, "queues/kept-for-later/messages", ADMIN)
    page.get_by_label("Message body").fill("a long text")
    visitor.context.clear_cookies()
    page.get_by_role("button", name="Send message").click()
    page.get_by_text(SAID).wait_for()
    sign_in(page, ADMIN)
    page.get_by_text(AGAIN).wait_for()
    page.get_by_role("button", name="Send message").click()
    page.get_by_text("1 message was sent").wait_for()
    (body,) = page.locator("textarea[name=body]").all()
    assert body.input_value() == "a long text"


def test_what_was_typed_with_a_key_that_was_taken_away_is_not_shown_to_the_next(
    visitor: Visit, server: StrictServer
) -> None:
    key = server.user(allow("sqs:*"), name="typist")
    page = _opened(visitor, "queues/new", key)
    page.get_by_label("Name (required)", exact=True).fill("of-somebody-else")
    server.client("iam").update_access_key(UserName="typist", AccessKeyId=key["aws_access_key_id"], Status="Inactive")
    page.get_by_role("button", name="Create queue").last.click()
    page.get_by_text(SAID).wait_for()
    sign_in(page, ADMIN)
    page.wait_for_url("**/queues/new")
    assert page.get_by_label("Name (required)", exact=True).input_value() == ""
    assert page.evaluate("sessionStorage.length") == 0


def test_a_form_of_the_session_before_leads_back_to_what_was_typed(visitor: Visit, server: StrictServer) -> None:
    page = _opened(visitor, "queues/new", ADMIN)
    page.get_by_label("Name (required)", exact=True).fill("of-the-session-before")
    other = visitor.context.new_page()
    other.goto(visitor.address("sign-in"))
    sign_in(other, ADMIN)
    other.wait_for_url("**/home")
    page.get_by_role("button", name="Create queue").last.click()
    page.get_by_text("This form is of another visit").wait_for()
    page.get_by_role("link", name="Back to the form").click()
    page.get_by_text(AGAIN).wait_for()
    page.get_by_role("button", name="Create queue").last.click()
    page.get_by_text("Queue of-the-session-before was created.").wait_for()


def test_an_upload_without_a_session_is_said_to_have_failed(visitor: Visit, server: StrictServer) -> None:
    server.client("s3").create_bucket(Bucket="signed-out")
    page = _opened(visitor, "buckets/signed-out/upload", ADMIN)
    page.locator("#files").set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}])
    visitor.context.clear_cookies()
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_role("cell", name="Failed").wait_for()
    assert "Contents" not in server.client("s3").list_objects_v2(Bucket="signed-out")
