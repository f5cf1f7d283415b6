"""The tab "Dead-letter queue": what failed, and moving it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.console.browser import Visit
from tests.console.queues_of import Queue
from tests.support import Server


@pytest.fixture(scope="module")
def names() -> Iterator[int]:
    return count(1)


@pytest.fixture
def queues(server: Server, names: Iterator[int]) -> tuple[Queue, Queue]:
    """A queue, and its dead-letter queue."""
    sqs, number = server.client("sqs"), next(names)
    dead = Queue(sqs, f"dead-{number}")
    policy = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": "1"})
    return Queue(sqs, f"source-{number}", RedrivePolicy=policy), dead


def fail(source: Queue, dead: Queue, messages: int) -> None:
    """Have messages fail."""
    for at in range(messages):
        source.send(json.dumps({"order": at}))
    while dead.count() < messages:
        source.receive(VisibilityTimeout=0)


def test_a_queue_and_its_dead_letter_queue_lead_to_each_other(
    visit: Callable[..., Visit], queues: tuple[Queue, Queue]
) -> None:
    source, dead = queues
    page = visit().open(f"queues/{source.name}/redrive")
    page.locator("main").get_by_role("link", name=dead.name).click()
    page.get_by_role("heading", name="Queues whose failed messages come here").wait_for()
    page.locator("main").get_by_role("link", name=source.name).click()
    page.wait_for_url(f"**/{source.name}/redrive")


def test_a_redrive_is_previewed_started_and_followed(visit: Callable[..., Visit], queues: tuple[Queue, Queue]) -> None:
    source, dead = queues
    fail(source, dead, 3)
    page = visit(language="fr").open(f"queues/{dead.name}/redrive")
    expect(page.locator("#waiting")).to_have_text("3 messages attendent ici.")
    page.get_by_text('{"order": 0}').wait_for()
    page.get_by_role("button", name="Démarrer la redirection").click()
    page.get_by_text("La redirection a démarré.").wait_for()
    expect(page.locator("#tasks")).to_contain_text("Terminée")
    expect(page.locator("#tasks")).to_contain_text("3 sur 3")
    expect(page.locator("#waiting")).to_have_text("0 message attend ici.")
    assert source.count() == 3


def test_a_slow_redrive_is_cancelled(visit: Callable[..., Visit], queues: tuple[Queue, Queue]) -> None:
    source, dead = queues
    fail(source, dead, 8)
    page = visit().open(f"queues/{dead.name}/redrive")
    page.get_by_label("Messages per second at most").fill("1")
    page.get_by_role("button", name="Start redrive").click()
    page.get_by_role("button", name="Cancel the redrive").click()
    page.get_by_text("The redrive is cancelled").wait_for()
    expect(page.locator("#tasks")).to_contain_text("Cancelled")
    assert dead.count() > 0


def test_a_destination_that_is_none_is_refused_with_what_was_typed(
    visit: Callable[..., Visit], queues: tuple[Queue, Queue]
) -> None:
    page = visit().open(f"queues/{queues[1].name}/redrive")
    page.get_by_label("Another queue").check()
    page.get_by_label("ARN of the other queue").fill("arn:aws:sqs:us-east-1:000000000000:nowhere")
    page.get_by_role("button", name="Start redrive").click()
    page.locator(".alert.failed").wait_for()
    assert page.get_by_label("ARN of the other queue").input_value().endswith(":nowhere")
    assert page.get_by_label("Another queue").is_checked()


def test_a_queue_without_one_is_led_to_where_it_is_set(visit: Callable[..., Visit], server: Server) -> None:
    queue = Queue(server.client("sqs"), "careless")
    page = visit().open(f"queues/{queue.name}/redrive")
    link = page.get_by_role("link", name="Set a dead-letter queue")
    assert link.get_attribute("href").endswith("/queues/careless/edit")
