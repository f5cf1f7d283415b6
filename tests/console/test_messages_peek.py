"""Looking into a queue: nothing is received by it, and the list is live."""

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


@pytest.fixture(scope="module")
def names() -> Iterator[int]:
    return count(1)


@pytest.fixture
def queue(server: Server, names: Iterator[int]) -> Queue:
    return Queue(server.client("sqs"), f"looked-at-{next(names)}")


def rows(page: Any) -> Any:
    return page.locator("table.peek tbody tr")


def test_looking_hides_and_counts_nothing(visit: Callable[..., Visit], queue: Queue) -> None:
    queue.send("seen")
    page = visit().open(f"queues/{queue.name}/messages/peek")
    page.get_by_text("seen", exact=True).wait_for()
    page.get_by_role("row", name="seen").get_by_role("link").click()
    page.get_by_role("heading", name="Message").wait_for()
    received = queue.receive()
    assert received[0]["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_queue_of_another_region_is_looked_into(visit: Callable[..., Visit], server: Server) -> None:
    Queue(server.client("sqs", region_name="eu-west-3"), "far-away").send("over there")
    page = visit(region="eu-west-3").open("queues/far-away/messages/peek")
    page.get_by_text("over there", exact=True).wait_for()


def test_messages_in_flight_and_delayed_are_shown_with_a_countdown(visit: Callable[..., Visit], queue: Queue) -> None:
    queue.send("hidden")
    queue.receive(VisibilityTimeout=600)
    queue.send("later", DelaySeconds=600)
    page = visit().open(f"queues/{queue.name}/messages/peek")
    for body, state in (("hidden", "in flight"), ("later", "delayed")):
        row = page.get_by_role("row", name=body)
        expect(row).to_contain_text(state)
        expect(row.locator(".countdown b")).to_have_text([re.compile(r"^\(9 min \d+ sec\)$")])


def test_the_list_is_live_until_it_is_paused(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages/peek")
    page.get_by_text("The queue is empty.").wait_for()
    page.get_by_text("Live", exact=True).wait_for()
    queue.send("one")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("Paused").wait_for()
    queue.send("two")
    page.get_by_role("button", name="Resume").click()
    expect(rows(page)).to_have_count(2)


def test_a_filter_is_part_of_the_address(visit: Callable[..., Visit], queue: Queue) -> None:
    for kind in ("invoice", "user", "invoice"):
        queue.send(f"a {kind}", MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}})
    page = visit().open(f"queues/{queue.name}/messages/peek")
    page.get_by_label("Attribute").fill("kind")
    page.get_by_label("Its value").fill("user")
    page.get_by_role("button", name="Filter").click()
    expect(rows(page)).to_have_count(1)
    assert "attribute=kind&value=user" in page.url
    page.get_by_role("link", name="Show all").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_label("Text in the body").fill("INVOICE")
    page.get_by_label("Text in the body").press("Enter")
    expect(rows(page)).to_have_count(2)


def test_a_long_queue_is_paged(visit: Callable[..., Visit], queue: Queue) -> None:
    for start in range(0, 60, 10):
        entries = [{"Id": str(at), "MessageBody": f"body {start + at:02}"} for at in range(10)]
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)
    page = visit().open(f"queues/{queue.name}/messages/peek")
    expect(rows(page)).to_have_count(50)
    page.get_by_role("link", name="Next").click()
    expect(rows(page)).to_have_count(10)
    page.get_by_text("body 59").wait_for()
    page.get_by_role("link", name="From the beginning").click()
    page.get_by_text("body 00").wait_for()


def test_messages_are_grouped_by_shape_and_by_attribute(visit: Callable[..., Visit], queue: Queue) -> None:
    for body in ('{"id": 1, "error": "x"}', '{"error": "y", "id": 2}', "plain"):
        queue.send(body, MessageAttributes={"from": {"DataType": "String", "StringValue": "shop"}})
    page = visit().open(f"queues/{queue.name}/messages/groups")
    expect(page.get_by_role("row", name="{error, id}").locator("td").first).to_have_text("2")
    expect(page.get_by_role("row", name="text").locator("td").first).to_have_text("1")
    page.get_by_label("Attribute").fill("from")
    page.get_by_role("button", name="Group", exact=True).click()
    expect(page.get_by_role("row", name="shop").locator("td").first).to_have_text("3")


def test_everything_is_downloaded_as_lines_of_json(visit: Callable[..., Visit], queue: Queue) -> None:
    bodies = [f"é {at}\n" for at in range(3)]
    for body in bodies:
        queue.send(body)
    page = visit().open(f"queues/{queue.name}/messages/peek")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all as JSON lines").click()
    lines = download.value.path().read_text().splitlines()
    assert [json.loads(line)["Body"] for line in lines] == bodies


def test_a_page_of_the_largest_messages_stays_small(visit: Callable[..., Visit], queue: Queue) -> None:
    for _ in range(12):
        queue.send("x" * (1024 * 1024))
    page = visit().open(f"queues/{queue.name}/messages/peek")
    expect(rows(page)).to_have_count(12)
    assert len(page.content()) < 100_000
