"""The map and the traces for who may not see everything: what is left is shown, and what is missing is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.console.browser import Visit, sign_in
from tests.strict import StrictServer, allow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    """A strict server with a queue, its dead-letter queue and a topic."""
    with StrictServer(tmp_path_factory.mktemp("console")) as started:
        sqs = started.client("sqs")
        dead = sqs.create_queue(QueueName="denied-dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
        sqs.create_queue(QueueName="denied-orders", Attributes={"RedrivePolicy": redrive})
        started.client("sns").create_topic(Name="denied-topic")
        yield started


def signed_in(visit: Callable[..., Visit], server: StrictServer, path: str, *actions: str) -> Any:
    keys = server.user(allow(*actions))
    page = visit().open(path)
    sign_in(page, keys)
    return page


def test_what_may_be_listed_is_drawn_and_the_rest_is_named(visit: Callable[..., Visit], server: StrictServer) -> None:
    page = signed_in(visit, server, "map", "sqs:*", "lambda:*", "s3:*")

    page.get_by_role("group", name="Map of what sends to what").get_by_role("link", name="denied-orders").wait_for()
    assert "sns:ListTopics" in page.get_by_text("You may not call").inner_text()
    assert page.get_by_text("denied-topic").count() == 0
    assert "chasqui:GetMetrics" in page.get_by_text("Rates are not shown").inner_text()


def test_without_permission_no_trace_is_shown(visit: Callable[..., Visit], server: StrictServer) -> None:
    page = signed_in(visit, server, "trace", "sns:*")

    page.get_by_role("heading", level=1, name="Trace").wait_for()
    assert "chasqui:Trace" in page.locator(".alert").inner_text()
