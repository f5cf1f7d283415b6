"""Back, forward, loading again, two tabs: a page that is come back to says what is so, and sends nothing by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.console.browser import Visit
from tests.console.queues_of import Queue
from tests.support import Server


@pytest.fixture
def queue(server: Server, request: pytest.FixtureRequest) -> Queue:
    return Queue(server.client("sqs"), f"back-{request.node.name[5:60].replace('_', '-')}")


def test_a_page_that_a_form_was_answered_with_is_loaded_again_without_sending(
    visit: Callable[..., Visit], server: Server, queue: Queue
) -> None:
    sns = server.client("sns")
    topic = sns.create_topic(Name="loaded-again")["TopicArn"]
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",'
        f' "Action": "sqs:SendMessage", "Resource": "{queue.arn}"}}]}}'
    )
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    page = visit().open("topics/loaded-again/publish")
    page.get_by_label("Message body").fill("once")
    page.get_by_role("button", name="Publish message").click()
    page.get_by_text("The message was published.").wait_for()
    with page.expect_request("**/topics/loaded-again/publish") as loaded:
        page.reload()
    assert loaded.value.method == "GET"
    assert len(queue.receive(WaitTimeSeconds=2)) == 1


def test_the_address_of_a_form_alone_leads_to_its_page(visit: Callable[..., Visit], queue: Queue) -> None:
    here = visit()
    assert here.open(f"queues/{queue.name}/messages/send").url.endswith(f"queues/{queue.name}/messages")
    assert here.open("queues/bulk/do").url.endswith("/queues")


def test_a_refused_form_is_still_filled_in_after_looking_elsewhere(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open("queues/new")
    page.get_by_label("Name (required)", exact=True).fill(queue.name)
    page.get_by_role("button", name="Create queue").last.click()
    page.get_by_text("is taken: there is a queue of this name").wait_for()
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/queues")
    page.go_back()
    assert page.get_by_label("Name (required)", exact=True).input_value() == queue.name


def test_what_was_typed_is_kept_when_the_language_is_changed(visit: Callable[..., Visit]) -> None:
    page = visit().open("queues/new")
    page.get_by_label("Name (required)", exact=True).fill("half-typed")
    page.get_by_label("FIFO", exact=True).check()
    page.locator("details.prefs summary").click()
    page.get_by_role("button", name="Français").click()
    page.get_by_role("heading", name="Créer une file d'attente").wait_for()
    assert page.locator("[name=QueueName]").input_value() == "half-typed"
    assert page.locator("[name=type][value=fifo]").is_checked()


def test_what_was_sent_does_not_come_back(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/tags")
    page.get_by_label("Key of tag 1").fill("team")
    page.get_by_label("Value of tag 1").fill("shop")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The tags were saved.").wait_for()
    assert page.evaluate("sessionStorage.length") == 0
    assert [each.input_value() for each in page.locator("[name=tag_key]").all()].count("team") == 1


def test_another_region_keeps_a_page_that_is_there_too(visit: Callable[..., Visit], queue: Queue) -> None:
    here = visit()
    for path, there in (
        ("queues/new", "queues/new"),
        ("topics/sms", "topics/sms"),
        (f"queues/{queue.name}/details", "queues"),
    ):
        page = here.open(path)
        page.get_by_label("Region", exact=True).select_option("eu-west-3")
        page.wait_for_url(f"**/console/eu-west-3/{there}")


def test_a_tab_is_come_back_to(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/details")
    tabs = page.get_by_role("navigation", name="Tabs")
    tabs.get_by_role("link", name="Tags").click()
    page.wait_for_url("**/tags")
    tabs.get_by_role("link", name="Access policy").click()
    page.wait_for_url("**/policy")
    page.go_back()
    assert tabs.locator("[aria-current=page]").inner_text() == "Tags"
    page.go_forward()
    assert tabs.locator("[aria-current=page]").inner_text() == "Access policy"


def test_a_search_is_come_back_to(visit: Callable[..., Visit], server: Server) -> None:
    for name in ("found-again", "other-topic"):
        server.client("sns").create_topic(Name=name)
    page = visit().open("topics")
    page.get_by_label("Search by name").fill("found-a")
    page.get_by_role("link", name="other-topic").wait_for(state="detached")
    page.get_by_role("link", name="found-again").click()
    page.wait_for_url("**/topics/found-again/**")
    page.go_back()
    page.get_by_role("link", name="found-again").wait_for()
    assert page.get_by_label("Search by name").input_value() == "found-a"
    assert page.get_by_role("link", name="other-topic").count() == 0


def test_a_kept_page_lays_its_wire_anew(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/monitoring")
    live = page.locator(".live")
    live.get_by_text("Live", exact=True).wait_for()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true})) && null")
    assert page.locator("[hx-sse\\:connect]").count() == 0
    with page.expect_request("**/monitoring/live*"):
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})) && null")
    live.get_by_text("Live", exact=True).wait_for()


# ---------------------------------------------------------------------------------------------- gone under one's hands


@pytest.mark.parametrize("tab", ["monitoring", "messages/peek"])
def test_of_a_queue_that_has_gone_its_live_page_says_so(visit: Callable[..., Visit], server: Server, tab: str) -> None:
    queue = Queue(server.client("sqs"), f"gone-{tab.replace('/', '-')}")
    page = visit().open(f"queues/{queue.name}/{tab}")
    live = page.locator(".live")
    live.get_by_text("Live", exact=True).wait_for()
    queue.sqs.delete_queue(QueueUrl=queue.url)
    page.get_by_text("what it shows has gone, or you may not see it any more").wait_for(timeout=30_000)
    live.get_by_text("Ended").wait_for()


def test_a_message_to_a_queue_that_has_gone_is_refused_in_place(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/messages")
    page.get_by_label("Message body").fill("for nobody")
    queue.sqs.delete_queue(QueueUrl=queue.url)
    page.get_by_role("button", name="Send message").click()
    page.locator("#content").get_by_text("does not exist").first.wait_for()
    assert page.get_by_label("Message body").input_value() == "for nobody"


def test_the_page_of_what_has_gone_leads_to_the_list(visit: Callable[..., Visit]) -> None:
    page = visit().open("queues/never-was/details")
    page.get_by_role("heading", name="This does not exist (any more)").wait_for()
    page.get_by_role("main").get_by_role("link", name="Queues").click()
    page.wait_for_url("**/queues")


def test_a_form_about_what_has_gone_leads_back_to_what_was_typed(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/edit")
    page.locator("[name=DelaySeconds]").fill("7")
    queue.sqs.delete_queue(QueueUrl=queue.url)
    page.get_by_role("button", name="Save").click()
    page.locator("#content").get_by_text("does not exist").first.wait_for()
    queue.sqs.create_queue(QueueName=queue.name)
    page.get_by_role("link", name="Back to the form").click()
    page.get_by_text("What you had typed is here again. It has not been sent.").wait_for()
    assert page.locator("[name=DelaySeconds]").input_value() == "7"
