"""Tracing: the way a message took, found by its id or chosen from what was published lately."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.browser import Visit
from tests.support import Server, eventually

HOSTILE = "<img src=x onerror=alert(1)>"


def is_known(server: Server, message: str) -> bool:
    """Whether the traces have a message: they are written a moment after it."""
    try:
        with urllib.request.urlopen(f"{server.url}/_chasqui/trace?message={message}", timeout=10) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False


@pytest.fixture(scope="module")
def topic(server: Server) -> str:
    """A topic with a queue, one whose filter lets invoices through, and one that refuses, with a dead-letter queue."""
    sqs, sns = server.client("sqs"), server.client("sns")
    found: str = sns.create_topic(Name="trace-orders")["TopicArn"]

    def subscribe(name: str, **attributes: str) -> tuple[str, str]:
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=found, Protocol="sqs", Endpoint=arn, Attributes=attributes)
        return url, arn

    subscribe("trace-plain")
    subscribe("trace-invoices", FilterPolicy='{"kind":["invoice"]}')
    dead = sqs.create_queue(QueueName="trace-dead")["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url, arn = subscribe("trace-closed", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn}))
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return found


@pytest.fixture
def publish(server: Server, topic: str) -> Callable[..., str]:
    """Publishes; the message's id, once its trace is there."""

    def send(text: str = "order", **given: Any) -> str:
        id: str = server.client("sns").publish(TopicArn=topic, Message=text, **given)["MessageId"]
        eventually(lambda: is_known(server, id))
        return id

    return send


def test_a_message_is_found_by_its_id_and_its_way_is_shown(
    visit: Callable[..., Visit], publish: Callable[..., str]
) -> None:
    id = publish(Subject="an order")
    page = visit().open("trace")
    page.get_by_label("Message ID").fill(id)
    page.get_by_role("button", name="Follow the message").click()

    page.get_by_role("heading", level=1, name=f"Message {id}").wait_for()
    rows = page.get_by_role("region", name="Subscriptions").get_by_role("row")
    assert "Put into the queue" in rows.filter(has_text="trace-plain").inner_text()
    assert "Kept off by its filter" in rows.filter(has_text="trace-invoices").inner_text()
    closed = rows.filter(has_text="trace-closed")
    assert "Given up: in the dead-letter queue" in closed.inner_text()
    assert closed.get_by_role("link", name="trace-dead").get_attribute("href").endswith("/queues/trace-dead/details")
    drawn = page.get_by_role("group", name="Picture of the message's way")
    for name in ("trace-orders", "trace-plain", "trace-closed", "trace-dead"):
        assert drawn.get_by_role("link", name=name).count() == 1
    assert f"chasqui trace --url {page.evaluate('location.origin')} {id}" in page.locator(".copied").inner_text()


def test_what_was_published_lately_is_listed_and_comes_by_itself(
    visit: Callable[..., Visit], publish: Callable[..., str]
) -> None:
    first = publish("the first")
    page = visit().open("trace")
    page.get_by_role("link", name=first).wait_for()

    second = publish("the second")

    page.get_by_role("row").filter(has_text=second).filter(has_text="the second").wait_for()


def test_the_list_is_filtered_by_state(visit: Callable[..., Visit], publish: Callable[..., str]) -> None:
    id = publish("kept")
    page = visit().open("trace?state=failed")
    page.get_by_role("link", name=id).wait_for()

    page.get_by_label("State").select_option(label="Sent")
    page.get_by_role("button", name="Apply").click()

    page.wait_for_url("**state=sent**")
    assert page.get_by_role("link", name=id).count() == 0


def test_of_an_unknown_message_it_says_so(visit: Callable[..., Visit], topic: str) -> None:
    page = visit().open("trace?id=" + "0" * 8)

    assert "Nothing is known of the message 00000000" in page.get_by_role("alert").inner_text()


def test_an_object_s_event_is_followed_from_the_bucket(visit: Callable[..., Visit], server: Server) -> None:
    sqs, s3 = server.client("sqs"), server.client("s3")
    url = sqs.create_queue(QueueName="trace-files")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    s3.create_bucket(Bucket="trace-photos")
    told = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket="trace-photos", NotificationConfiguration=told)
    s3.put_object(Bucket="trace-photos", Key="a/b.png", Body=b"x")

    def event() -> str | None:
        found = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10).get("Messages", ())
        return next((each["MessageId"] for each in found if "b.png" in each["Body"]), None)

    id = eventually(event)
    eventually(lambda: is_known(server, id))
    page = visit().open(f"trace?id={id}")

    drawn = page.get_by_role("group", name="Picture of the message's way")
    assert (
        drawn.get_by_role("link", name="trace-photos/a/b.png").get_attribute("href").endswith("/buckets/trace-photos")
    )
    assert drawn.get_by_role("link", name="trace-files").count() == 1
    page.get_by_text("No topic knows this message").wait_for()


def test_markup_in_messages_is_text(visit: Callable[..., Visit], publish: Callable[..., str]) -> None:
    id = publish(HOSTILE, Subject="<b>subject</b>")
    here = visit()
    page = here.open("trace")
    row = page.get_by_role("row").filter(has_text=id)

    assert HOSTILE in row.inner_text()
    page.goto(here.address(f"trace?id={id}"))
    page.get_by_text("<b>subject</b>").wait_for()
    assert page.locator("main img, main b").count() == 0


@pytest.mark.parametrize(("language", "state"), [("fr", "Placé dans la file d'attente"), ("pt", "Colocada na fila")])
def test_it_speaks_other_languages(
    visit: Callable[..., Visit], publish: Callable[..., str], language: str, state: str, screenshots: Path
) -> None:
    id = publish()
    page = visit(language=language, width=360).open(f"trace?id={id}")

    page.get_by_role("row").filter(has_text=state).filter(has_text="trace-plain").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.screenshot(path=screenshots / f"trace-{language}.png", full_page=True)
