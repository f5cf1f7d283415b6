"""The console on a slow network: nothing is sent twice, and what comes late puts nothing over what is newer."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.browser import Visit, visiting
from tests.console.queues_of import Queue
from tests.support import Server, eventually


class Held:
    """Requests that the network keeps until they are let go."""

    def __init__(self, page: Any, pattern: str) -> None:
        self.page = page
        self.routes: list[Any] = []
        page.route(pattern, self._keep)

    def _keep(self, route: Any) -> None:
        self.routes.append(route)

    def release(self, at: int = 0) -> None:
        """Let a request go, once it was sent."""
        eventually(lambda: self.page.title() is not None and len(self.routes) > at)
        self.routes[at].continue_()


@pytest.fixture
def queue(server: Server, request: pytest.FixtureRequest) -> Queue:
    return Queue(server.client("sqs"), request.node.name.replace("_", "-")[:80])


def test_a_double_click_sends_one_message(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    held = Held(page, "**/messages/send")
    page.get_by_label("Message body").fill("once")
    button = page.get_by_role("button", name="Send message")
    button.dblclick()
    assert button.is_disabled()
    assert button.get_attribute("aria-busy") == "true"
    held.release()
    page.get_by_text("1 message was sent").wait_for()
    page.unroute("**/messages/send")
    assert len(held.routes) == 1
    assert queue.count() == 1


def test_enter_pressed_twice_sends_one_message(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    held = Held(page, "**/messages/send")
    page.get_by_label("Message body").fill("once")
    page.get_by_label("Delay in seconds").press("Enter")
    page.get_by_label("Delay in seconds").press("Enter")
    held.release()
    page.get_by_text("1 message was sent").wait_for()
    page.get_by_label("Message body").fill("and once more")
    with page.expect_request("**/messages/send"):
        page.get_by_label("Delay in seconds").press("Enter")
    held.release(1)
    eventually(lambda: queue.count() == 2)
    assert len(held.routes) == 2


def test_a_copy_of_a_message_is_sent_once(visit: Callable[..., Visit], queue: Queue) -> None:
    queue.send("again")
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_role("button", name="Poll for messages").click()
    page.get_by_text("Show details").click()
    held = Held(page, "**/messages/again")
    page.get_by_role("button", name="Send again", exact=True).dblclick()
    held.release()
    page.get_by_text("A copy was sent as message").wait_for()
    assert len(held.routes) == 1
    # The page may have received the copy by now.
    assert queue.count() + queue.count("ApproximateNumberOfMessagesNotVisible") == 2


def test_a_double_click_makes_one_queue(visit: Callable[..., Visit], server: Server) -> None:
    page = visit().open("queues/new")
    page.get_by_label("Name (required)", exact=True).fill("made-once")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="Create queue").last.dblclick()
    page.get_by_text("Queue made-once was created.").wait_for()
    assert len(sent) == 1


def test_a_double_click_publishes_one_message(visit: Callable[..., Visit], server: Server, queue: Queue) -> None:
    sns = server.client("sns")
    topic = sns.create_topic(Name="published-once")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": _open_to(queue.arn)})
    page = visit().open("topics/published-once/publish")
    page.get_by_label("Message body").fill("once")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="Publish message").dblclick()
    page.get_by_text("The message was published.").wait_for()
    assert len(sent) == 1
    assert len(queue.receive(WaitTimeSeconds=5)) == 1


def _open_to(arn: str) -> str:
    return (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",'
        f' "Action": "sqs:SendMessage", "Resource": "{arn}"}}]}}'
    )


def test_a_double_click_invokes_a_function_once(visit: Callable[..., Visit], server: Server) -> None:
    function_of(server, "invoked-once")
    page = visit().open("functions/invoked-once/test")
    held = Held(page, re.compile(r"/functions/invoked-once/test$"))
    button = page.get_by_role("button", name="Invoke", exact=True)
    button.dblclick()
    assert button.is_disabled()
    held.release()
    page.get_by_text("The function succeeded.").wait_for()
    assert len(held.routes) == 1


def function_of(server: Server, name: str) -> None:
    """A function that gives back its event."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("code.py", "def handler(event, context):\n    return event\n")
    server.client("lambda").create_function(
        FunctionName=name, Runtime="python3.12", Role="arn:aws:iam::000000000000:role/any", Handler="code.handler",
        Code={"ZipFile": package.getvalue()},
    )  # fmt: skip


# ------------------------------------------------------------------------------------- what comes late and out of order


def test_what_a_search_finds_late_replaces_nothing_newer(visit: Callable[..., Visit], server: Server) -> None:
    for name in ("late-llama", "late-lark"):
        server.client("sns").create_topic(Name=name)
    page = visit().open("topics")
    held = Held(page, "**/topics?search=*")
    box = page.get_by_label("Search by name")
    with page.expect_request("**/topics?search=late-l"):
        box.fill("late-l")
    with page.expect_request("**/topics?search=late-lark"):
        box.fill("late-lark")
    held.release(1)
    page.locator("#rows").get_by_text("late-llama").wait_for(state="detached")
    held.release(0)
    assert page.locator("#rows th").all_inner_texts()[-1:] == ["late-lark"]
    assert page.url.endswith("topics?search=late-lark")


def test_a_policy_is_judged_as_it_was_typed_last(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/policy")
    held = Held(page, "**/access/policy-check*")
    area = page.locator("textarea[name=Policy]")
    with page.expect_request("**/access/policy-check*"):
        area.fill("{")
    with page.expect_request("**/access/policy-check*"):
        area.fill(_open_to(queue.arn))
    held.release(1)
    problems = page.locator(".policy-problems")
    problems.get_by_text(re.compile("every|Nothing is wrong", re.I)).first.wait_for()
    held.release(0)
    assert "line 1, column 2" not in problems.inner_text()


def test_a_filter_is_judged_as_it_was_typed_last(visit: Callable[..., Visit], server: Server, queue: Queue) -> None:
    sns = server.client("sns")
    topic = sns.create_topic(Name="judged-last")["TopicArn"]
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, ReturnSubscriptionArn=True)
    page = visit().open(f"topics/judged-last/subscriptions/{made['SubscriptionArn'].rpartition(':')[2]}")
    held = Held(page, "**/topics/check-filter")
    with page.expect_request("**/check-filter"):
        page.get_by_label("Filter policy (JSON)").fill('{"a": ')
    with page.expect_request("**/check-filter"):
        page.get_by_label("Filter policy scope").select_option("MessageBody")
    with page.expect_request("**/check-filter"):
        page.get_by_label("Filter policy (JSON)").fill('{"a": ["b"]}')
    held.release(2)
    verdict = page.locator("#verdict")
    verdict.locator("p").first.wait_for()
    said = verdict.inner_text()
    for at in (0, 1):
        held.release(at)
    assert verdict.inner_text() == said
    assert not page.locator("#verdict .failed", has_text="line").count()


# ------------------------------------------------------------------------------------------------ gone, and back again


def test_a_server_that_comes_back_is_live_again_and_what_was_typed_is_still_there(browser: Any, tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        port = server.url.rpartition(":")[2]
        Queue(server.client("sqs"), "restarted")
        with visiting(browser, server.url) as visit:
            page = visit.open("queues/restarted/messages")
            page.get_by_label("Message body").fill("typed before")
            watching = visit.context.new_page()
            watching.goto(visit.address("home"))
            watching.locator(".live").get_by_text("Live", exact=True).wait_for()
            server.stop()
            watching.locator(".live").get_by_text("Connection lost").wait_for()
            page.get_by_role("button", name="Send message").click()
            page.get_by_text("The server does not answer. Is it running?").wait_for()
            with Server(tmp_path / "data", "--port", port) as again:
                watching.locator(".live").get_by_text("Live", exact=True).wait_for(timeout=30_000)
                assert page.get_by_label("Message body").input_value() == "typed before"
                page.get_by_role("button", name="Send message").click()
                page.get_by_text("1 message was sent").wait_for()
                assert page.get_by_text("The server does not answer").count() == 0
                assert Queue(again.client("sqs"), "restarted").count() == 1
