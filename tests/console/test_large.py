"""Names as long as they may be, on a phone, and bodies as large as they may be: nothing leaves the screen,
and a body is cut between characters."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.console.browser import Visit
from tests.console.queues_of import Queue
from tests.support import Server

QUEUE, TOPIC, BUCKET, USER, KEY = "q" * 80, "t" * 256, "b" * 63, "u" * 64, "k" * 1024
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},'
    ' "Action": "sts:AssumeRole"}]}'
)
PLACES = {
    "queues": [
        "queues",
        *(f"queues/{QUEUE}/{tab}" for tab in ("details", "messages", "messages/peek", "edit", "tags")),
    ],
    "topics": ["topics", f"topics/{TOPIC}/details", f"topics/{TOPIC}/publish", f"topics/{TOPIC}/subscribe"],
    "buckets": ["buckets", f"buckets/{BUCKET}", f"buckets/{BUCKET}/object/{KEY}", f"buckets/{BUCKET}/properties"],
    "access": ["access/users", f"access/users/{USER}", f"access/roles/{USER}"],
    "others": ["home", "map", "advisor", "trace"],
}


@pytest.fixture(scope="module")
def furnished(server: Server) -> Server:
    queue = Queue(server.client("sqs"), QUEUE)
    queue.sqs.tag_queue(QueueUrl=queue.url, Tags={f"{at:03}{'k' * 125}": "v" * 256 for at in range(50)})
    topic = server.client("sns").create_topic(Name=TOPIC)["TopicArn"]
    server.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    server.client("s3").create_bucket(Bucket=BUCKET)
    server.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"x")
    server.client("iam").create_user(UserName=USER)
    server.client("iam").create_role(RoleName=USER, AssumeRolePolicyDocument=TRUST)
    return server


@pytest.mark.parametrize("section", PLACES)
def test_the_longest_names_leave_no_screen(visit: Callable[..., Visit], furnished: Server, section: str) -> None:
    here = visit(width=360)
    for path in PLACES[section]:
        page = here.open(path)
        assert page.locator("h1").count() == 1, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_ten_of_the_largest_messages_are_received_and_cut_between_characters(
    visit: Callable[..., Visit], server: Server
) -> None:
    queue = Queue(server.client("sqs"), "largest")
    for _ in range(10):
        queue.send("😀" * (256 * 1024))
    page = visit().open("queues/largest/messages")
    page.get_by_role("button", name="Poll for messages").click()
    page.get_by_text("10 messages received.").wait_for(timeout=60_000)
    assert page.locator("#received li").count() == 10
    shown = page.locator("#received .view pre").first.text_content()
    assert set(shown) == {"😀"}
    assert len(page.content().encode()) < 2_000_000
