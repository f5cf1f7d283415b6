"""The walk-throughs in a browser that runs no scripts: they can be clicked through, and what needs scripts says so."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.queues_of import Queue
from tests.support import Server, eventually

REGION = "us-east-1"


class Plain:
    """Somebody whose browser runs no scripts."""

    def __init__(self, context: Any, server: Server) -> None:
        self.page = context.new_page()
        self.url = server.url
        self.server = server

    def open(self, path: str) -> Any:
        self.page.goto(f"{self.url}/_chasqui/console/{REGION}/{path}")
        return self.page

    def queue(self, name: str) -> Queue:
        return Queue(self.server.client("sqs"), name)


@pytest.fixture
def plain(browser: Any, server: Server) -> Iterator[Plain]:
    context = browser.new_context(java_script_enabled=False, locale="en")
    context.set_default_timeout(15_000)
    yield Plain(context, server)
    context.close()


def _press(page: Any, button: Any) -> None:
    """Send a form, and wait for the page that it is answered with."""
    with page.expect_navigation():
        button.click()


def _create(page: Any, name: str, fifo: bool = False) -> None:
    page.get_by_label("Name (required)", exact=True).fill(name)
    if fifo:
        page.get_by_label("FIFO", exact=True).check()
    page.get_by_role("button", name="Create queue").last.click()


def test_q3_a_fifo_queue_is_made_and_keeps_the_order(plain: Plain) -> None:
    page = plain.open("queues/new")
    _create(page, "plain-orders", fifo=True)
    page.get_by_text("Queue plain-orders.fifo was created.").wait_for()
    page.get_by_role("link", name="Send and receive messages").first.click()
    for at in (1, 2, 3):
        page.get_by_label("Message body").fill(f"CMD00{at}")
        page.get_by_label("Message group ID").fill("orders")
        page.get_by_label("Message deduplication ID").fill(str(at))
        page.get_by_role("button", name="Send message").click()
        page.get_by_text("1 message was sent").wait_for()
    page.get_by_text("Settings", exact=True).click()
    page.get_by_label("Polling duration").fill("0")
    _press(page, page.get_by_role("button", name="Poll for messages"))
    assert page.locator("#received .letter-preview").all_inner_texts() == ["CMD001", "CMD002", "CMD003"]


def test_q4_q5_a_queue_is_changed_tagged_purged_and_deleted(plain: Plain) -> None:
    queue = plain.queue("plain-life")
    queue.send("to be purged")
    page = plain.open("queues/plain-life/edit")
    page.locator("[name=VisibilityTimeout]").fill("45")
    page.locator("[name=VisibilityTimeout_unit]").select_option("1")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Queue plain-life was changed.").wait_for()
    assert queue.attribute("VisibilityTimeout") == "45"
    page = plain.open("queues/plain-life/tags")
    page.get_by_label("Key of tag 1").fill("team")
    page.get_by_label("Value of tag 1").fill("shop")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The tags were saved.").wait_for()
    page = plain.open("queues/plain-life/details")
    page.locator("details.danger", has_text="Purge").locator("summary").first.click()
    page.get_by_label("To confirm").first.fill("plain-life")
    page.get_by_role("button", name="Purge", exact=True).click()
    page.get_by_text("All messages of plain-life were deleted.").wait_for()
    assert queue.count() == 0
    page.locator("details.danger summary").last.click()
    page.get_by_label("To confirm").last.fill("plain-lif")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("Type “plain-life” to confirm.").wait_for()
    page.locator("details.danger summary").last.click()
    page.get_by_label("To confirm").last.fill("plain-life")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("Queue plain-life was deleted.").wait_for()


def test_q6_failed_messages_are_looked_at_and_moved_back(plain: Plain) -> None:
    dead = plain.queue("plain-dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    Queue(plain.server.client("sqs"), "plain-source", RedrivePolicy=redrive)
    dead.send("lost")
    page = plain.open("queues/plain-dead/messages/peek")
    page.get_by_text("lost").first.wait_for()
    page = plain.open("queues/plain-dead/redrive")
    page.get_by_role("button", name="Start redrive").click()
    page.get_by_role("heading", name="Redrive tasks").wait_for()


def test_messages_are_received_ticked_and_deleted(plain: Plain) -> None:
    queue = plain.queue("plain-messages")
    for body in ("one", "two"):
        queue.send(body)
    page = plain.open("queues/plain-messages/messages")
    page.get_by_text("Settings", exact=True).click()
    page.get_by_label("Polling duration").fill("0")
    _press(page, page.get_by_role("button", name="Poll for messages"))
    assert sorted(page.locator("#received .letter-preview").all_inner_texts()) == ["one", "two"]
    page.get_by_text("Show details").first.click()
    for tick in page.locator("input[name=tick]").all():
        tick.check()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("2 messages deleted.").wait_for()


def test_n1_n3_a_topic_is_made_subscribed_to_filtered_and_published_to(plain: Plain) -> None:
    queue = plain.queue("plain-invoices")
    page = plain.open("topics/new")
    page.get_by_label("Name (required)", exact=True).fill("plain-news")
    _press(page, page.get_by_role("button", name="Create topic").last)
    page = plain.open("topics/plain-news/subscribe?protocol=sqs")
    page.locator("[name=endpoint]").fill(queue.arn)
    _press(page, page.get_by_role("button", name="Create subscription").last)
    page = plain.open("topics/plain-news/publish")
    page.get_by_label("Message body").fill("an invoice")
    page.get_by_role("button", name="Publish message").click()
    page.get_by_text("The message was published.").wait_for()
    assert "an invoice" in queue.receive(WaitTimeSeconds=5)[0]["Body"]


def test_n1_a_subscription_by_mail_is_confirmed_in_the_mailbox(plain: Plain) -> None:
    sns = plain.server.client("sns")
    topic = sns.create_topic(Name="plain-mail")["TopicArn"]
    page = plain.open("topics/plain-mail/subscribe?protocol=email")
    page.locator("[name=endpoint]").fill("ana@example.com")
    _press(page, page.get_by_role("button", name="Create subscription").last)
    # Without scripts a mail that is on its way shows when the page is loaded again.
    eventually(lambda: plain.open("topics/mailbox").get_by_role("rowheader").count() > 0)
    plain.page.get_by_role("rowheader").get_by_role("link").first.click()
    _press(page, page.get_by_role("button", name="Confirm the subscription"))
    (found,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert found["SubscriptionArn"].count(":") == 6


def test_s1_a_bucket_and_the_policy_of_its_queue_are_made_and_uploading_says_what_it_needs(plain: Plain) -> None:
    queue = plain.queue("PlainFileS3Events")
    page = plain.open("buckets/_new")
    page.get_by_label("Bucket name").fill("plain-files")
    _press(page, page.get_by_role("button", name="Create bucket").last)
    statement = {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue.arn, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::plain-files"}},
    }  # fmt: skip
    page = plain.open(f"queues/{queue.name}/policy")
    page.locator("textarea[name=Policy]").fill(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    _press(page, page.get_by_role("button", name="Save").first)
    assert "plain-files" in queue.attribute("Policy")
    page = plain.open("buckets/plain-files/upload")
    assert "Uploading needs scripts" in page.locator("noscript p").inner_text()


def test_a_function_is_invoked(plain: Plain) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("code.py", "def handler(event, context):\n    return {'seen': event}\n")
    plain.server.client("lambda").create_function(
        FunctionName="plain-function", Runtime="python3.12", Role="arn:aws:iam::000000000000:role/any",
        Handler="code.handler", Code={"ZipFile": package.getvalue()},
    )  # fmt: skip
    page = plain.open("functions/plain-function/test")
    page.get_by_label("Event (JSON)").fill('{"a": 1}')
    page.get_by_role("button", name="Invoke", exact=True).click()
    page.get_by_text("The function succeeded.").wait_for()
    assert '"seen"' in page.locator("#answer").inner_text()
