"""A queue's messages in the console: sent, polled for, shown, deleted, hidden, let go."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browser import Visit
from tests.console.queues_of import Queue
from tests.support import Server

HOSTILE = "<img src=x onerror=alert(1)></textarea><script>alert(2)</script>\u202e\u0001"[:-1]


@pytest.fixture(scope="module")
def names() -> Iterator[int]:
    return count(1)


@pytest.fixture
def queue(server: Server, names: Iterator[int]) -> Queue:
    return Queue(server.client("sqs"), f"orders-{next(names)}")


def poll(page: Any, most: int = 10, seconds: int = 10) -> None:
    """Poll by the form, until it is over."""
    page.get_by_text("Settings", exact=True).click()
    page.get_by_label("Maximum number of messages").fill(str(most))
    page.get_by_label("Polling duration").fill(str(seconds))
    page.get_by_role("button", name="Poll for messages").click()
    page.locator("#progress").get_by_text("received").wait_for()
    expect(page.get_by_role("button", name="Stop polling")).to_be_hidden()


def test_a_message_is_sent_received_shown_and_deleted(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit(language="fr").open(f"queues/{queue.name}/messages")
    page.get_by_label("Corps du message").fill('{"message": "Hello SQS depuis la console AWS"}')
    page.get_by_role("button", name="Envoyer le message").click()
    page.get_by_text("1 message a été envoyé").wait_for()
    page.get_by_role("button", name="Rechercher des messages").click()
    page.get_by_text("Afficher les détails").click()
    assert "Hello SQS depuis la console AWS" in page.locator(".view[open] pre").inner_text()
    page.locator("input[name=tick]").check()
    page.get_by_role("button", name="Supprimer").click()
    page.get_by_text("1 message supprimé.").wait_for()
    assert page.locator("#received li").count() == 0
    assert queue.count() + queue.count("ApproximateNumberOfMessagesNotVisible") == 0


def test_everything_is_done_by_keyboard_alone(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_label("Message body").focus()
    page.keyboard.type("typed")
    walk(page, "button", "Send message")
    page.get_by_text("1 message was sent").wait_for()
    walk(page, "button", "Poll for messages")
    page.get_by_role("listitem").get_by_text("typed", exact=True).first.wait_for()
    walk(page, "checkbox", "Tick all", key="Space")
    walk(page, "button", "Delete")
    page.get_by_text("1 message deleted.").wait_for()


def walk(page: Any, role: str, name: str, key: str = "Enter") -> None:
    """Go on by Tab to something, and press it."""
    wanted = page.get_by_role(role, name=name, exact=True).filter(visible=True)
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            page.keyboard.press(key)
            return
    pytest.fail(f"{name} is not reached by keyboard")


def test_a_message_has_attributes_of_every_type(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_label("Message body").fill("with attributes")
    page.get_by_text("Message attributes", exact=True).click()
    page.get_by_role("button", name="Add an attribute").click()
    for at, row in enumerate(
        [
            ("kind", "String", "invoice"),
            ("price", "Number.euro", "12.50"),
            ("key", "Binary", "AAE="),
            ("x", "String", "y"),
        ]
    ):
        group = page.get_by_role("group", name="Attribute").nth(at)
        for label, text in zip(("Name", "Type", "Value"), row, strict=True):
            group.get_by_label(label).fill(text)
    page.get_by_role("button", name="Send message").click()
    page.get_by_text("1 message was sent").wait_for()
    attributes = queue.receive()[0]["MessageAttributes"]
    assert attributes["price"] == {"DataType": "Number.euro", "StringValue": "12.50"}
    assert attributes["key"] == {"DataType": "Binary", "BinaryValue": b"\0\1"}
    assert set(attributes) == {"kind", "price", "key", "x"}


def test_what_is_wrong_is_said_beside_what_was_typed(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_label("Message body").fill("kept")
    page.get_by_label("Delay in seconds").fill("12")
    page.locator("#f-delay").evaluate("each => { each.max = ''; each.value = '901'; }")
    page.get_by_role("button", name="Send message").click()
    page.locator("#sent").get_by_text("InvalidParameterValue").wait_for()
    assert page.get_by_label("Message body").input_value() == "kept"


def test_json_is_checked_and_set_out_without_changing_a_number(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_label("Message body").fill('{"n": 12345678901234567890.10, "a": []}')
    page.get_by_role("button", name="Check and format JSON").click()
    expect(page.get_by_label("Message body")).to_have_value('{\n  "n": 12345678901234567890.10,\n  "a": []\n}')
    page.get_by_label("Message body").fill('{"n": }')
    page.get_by_role("button", name="Check and format JSON").click()
    page.get_by_text("This is no JSON: see line 1, column 7.").wait_for()


def test_a_fifo_queue_wants_a_group_and_answers_with_a_number(visit: Callable[..., Visit], server: Server) -> None:
    queue = Queue(server.client("sqs"), "orders.fifo", FifoQueue="true")
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_label("Message body").fill("first")
    page.get_by_label("Message group ID").fill("a")
    page.get_by_label("Message deduplication ID").fill("1")
    page.get_by_text("More settings").click()
    page.get_by_label("How many times").fill("3")
    page.get_by_role("button", name="Send message").click()
    page.get_by_text("3 messages were sent").wait_for()
    assert page.locator("#sent").get_by_text("Sequence number").count() == 3
    assert queue.count() == 3


def test_a_send_can_be_copied_as_a_command(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_label("Message body").fill("it's $HOME")
    page.get_by_role("button", name="Show as a command").click()
    text = page.locator("#sent code").first.inner_text()
    assert "sqs send-message" in text
    assert "--message-body 'it'\"'\"'s $HOME'" in text
    assert queue.count() == 0


def test_a_poll_tells_its_progress_and_can_be_stopped(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_text("Settings", exact=True).click()
    page.get_by_label("Polling duration").fill("60")
    page.get_by_role("button", name="Poll for messages").click()
    page.locator("progress").wait_for()
    queue.send("came while it polled")
    page.get_by_text("came while it polled").first.wait_for()
    page.get_by_role("button", name="Stop polling").click()
    expect(page.get_by_role("button", name="Poll for messages")).to_be_focused()
    expect(page.get_by_role("button", name="Poll for messages")).to_be_enabled()
    assert page.locator("#told").inner_text() == ""


def test_a_poll_that_was_stopped_takes_no_message_any_more(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_text("Settings", exact=True).click()
    page.get_by_label("Polling duration").fill("60")
    page.get_by_label("Wait of each receive").fill("20")
    page.get_by_role("button", name="Poll for messages").click()
    page.locator("progress").wait_for()
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Stop polling").click()
    queue.send("for somebody else")
    assert [each["Body"] for each in queue.receive(WaitTimeSeconds=1)] == ["for somebody else"]


def test_counts_of_a_deletion_are_honest(visit: Callable[..., Visit], queue: Queue) -> None:
    for at in range(12):
        queue.send(f"message {at}")
    page = visit().open(f"queues/{queue.name}/messages")
    poll(page, 12, 5)
    page.get_by_label("Tick all").check()
    page.locator("input[name=tick]").first.evaluate("each => { each.value = each.value.split(' ')[0] + ' nonsense'; }")
    page.get_by_role("button", name="Delete", exact=True).click()
    told = page.locator("#settled .alert.failed")
    told.wait_for()
    assert re.search(r"11 messages deleted\. 1 failed\. ReceiptHandleIsInvalid", told.inner_text())
    assert page.locator("#received li").count() == 1


def test_a_received_message_can_be_let_go_and_hidden_longer(visit: Callable[..., Visit], queue: Queue) -> None:
    queue.send("one")
    queue.send("two")
    page = visit().open(f"queues/{queue.name}/messages")
    poll(page, 2, 5)
    page.locator("input[name=tick]").first.check()
    page.get_by_label("Seconds", exact=True).fill("600")
    page.get_by_role("button", name="Hide for so long").click()
    page.get_by_text("1 message stays hidden.").wait_for()
    page.get_by_text(re.compile(r"\((10 min|9 min \d+ sec)\)")).wait_for()
    page.get_by_role("button", name="Make visible now").click()
    page.get_by_text("1 message is visible again.").wait_for()
    assert queue.count() == 1


def test_enter_sends_and_never_deletes(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_label("Message body").fill('{"a":1}')
    page.get_by_label("Delay in seconds").fill("0")
    page.get_by_label("Delay in seconds").press("Enter")
    page.get_by_text("1 message was sent").wait_for()
    poll(page, 1, 5)
    page.locator("input[name=tick]").press("Space")
    page.get_by_label("Seconds", exact=True).press("Enter")
    page.get_by_text("1 message stays hidden.").wait_for()
    assert queue.count("ApproximateNumberOfMessagesNotVisible") == 1


def test_a_copy_is_sent_with_everything_the_message_had(visit: Callable[..., Visit], queue: Queue) -> None:
    queue.send("again", MessageAttributes={"key": {"DataType": "Binary", "BinaryValue": b"\0"}})
    page = visit().open(f"queues/{queue.name}/messages")
    poll(page, 1, 5)
    page.get_by_text("Show details").click()
    page.get_by_role("button", name="Send again", exact=True).click()
    page.get_by_text("A copy was sent as message").wait_for()
    assert queue.receive()[0]["MessageAttributes"]["key"]["BinaryValue"] == b"\0"
    page.get_by_role("button", name="Edit and send again").click()
    page.wait_for_url("**/edit")
    assert page.get_by_label("Message body").input_value() == "again"


def test_bodies_are_text_whatever_is_in_them(visit: Callable[..., Visit], queue: Queue) -> None:
    queue.send(HOSTILE, MessageAttributes={"x": {"DataType": "String", "StringValue": HOSTILE}})
    queue.send(json.dumps({HOSTILE: HOSTILE}))
    here = visit()
    page = here.open(f"queues/{queue.name}/messages")
    poll(page, 2, 5)
    for details in page.get_by_text("Show details").all():
        details.click()
    assert "<script>alert(2)</script>⟨U+202E⟩" in page.locator(".view[open] pre").first.inner_text()
    for path in ("messages/peek", "messages/groups", "messages/groups?attribute=x", "messages/peek?text=%3Cimg"):
        page = here.open(f"queues/{queue.name}/{path}")
        assert page.get_by_text("<img src=x onerror").count()
    assert page.locator("main img").count() == 0


def test_a_large_body_is_cut_and_can_be_downloaded(visit: Callable[..., Visit], queue: Queue) -> None:
    body = "é" * (512 * 1024)
    queue.send(body)
    here = visit()
    page = here.open(f"queues/{queue.name}/messages")
    poll(page, 1, 5)
    page.get_by_text("Show details").click()
    page.get_by_text("Only the beginning is shown here, of 1.0 MB").wait_for()
    assert page.locator(".view[open] pre").inner_text() == "é" * (32 * 1024)
    assert len(page.content()) < 400_000
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the body").click()
    assert download.value.path().read_text() == body


def test_it_works_without_scripts(browser: Any, server: Server, queue: Queue) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(f"{server.url}/_chasqui/console/us-east-1/queues/{queue.name}/messages")
    page.get_by_label("Message body").fill("plain")
    page.get_by_role("button", name="Send message").click()
    page.get_by_text("1 message was sent").wait_for()
    page.get_by_text("Settings", exact=True).click()
    page.get_by_label("Maximum number of messages").fill("1")
    page.get_by_role("button", name="Poll for messages").click()
    page.locator("input[name=tick]").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("1 message deleted.").wait_for()
    context.close()
    assert queue.count() + queue.count("ApproximateNumberOfMessagesNotVisible") == 0
