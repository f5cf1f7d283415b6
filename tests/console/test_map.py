"""The map: what sends to what, as a picture and as a table, with rates that come by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.browser import Visit
from tests.support import Server

ENDPOINT = "http://127.0.0.1:9/?<i>a</i>"
FILTER = '{"kind":["<b>stock</b>"]}'


@pytest.fixture(scope="module")
def topic(server: Server) -> str:
    """A topic with two queues, one with a full dead-letter queue, and with an endpoint that has not confirmed."""
    sqs, sns = server.client("sqs"), server.client("sns")

    def queue(name: str, **attributes: str) -> str:
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return arn

    dead = queue("map-dead")
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    found: str = sns.create_topic(Name="map-orders")["TopicArn"]
    for name, attributes in (("map-payment", {"RedrivePolicy": redrive}), ("map-stock", {})):
        given = {"FilterPolicy": FILTER} if name == "map-stock" else {}
        sns.subscribe(TopicArn=found, Protocol="sqs", Endpoint=queue(name, **attributes), Attributes=given)
    sns.subscribe(TopicArn=found, Protocol="http", Endpoint=ENDPOINT)
    queue("map-alone")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="map-dead")["QueueUrl"], MessageBody="lost")
    return found


@pytest.fixture
def publish(server: Server, topic: str) -> Callable[[], Any]:
    return lambda: server.client("sns").publish(TopicArn=topic, Message="order")


def test_everything_is_drawn_with_links_and_the_table_says_the_same(visit: Callable[..., Visit], topic: str) -> None:
    page = visit().open("map")
    drawn = page.get_by_role("group", name="Map of what sends to what")

    for name in ("map-orders", "map-payment", "map-stock", "map-dead", "map-alone"):
        assert drawn.get_by_role("link", name=name).count() == 1
    row = page.get_by_role("row").filter(has_text="map-payment").filter(has_text="map-dead")
    assert "Dead-letter queue" in row.inner_text()
    assert page.get_by_role("row").filter(has_text="map-orders").count() == 3


def test_a_box_leads_to_its_resource(visit: Callable[..., Visit], topic: str) -> None:
    page = visit().open("map")

    drawn = page.get_by_role("group", name="Map of what sends to what").get_by_role("link", name="map-stock")

    assert drawn.get_attribute("href").endswith("/us-east-1/queues/map-stock/details")


def test_rates_come_by_themselves(visit: Callable[..., Visit], publish: Callable[[], Any]) -> None:
    page = visit().open("map")
    row = page.get_by_role("row").filter(has_text="map-orders").filter(has_text="map-payment")
    rate = row.get_by_role("cell").nth(3)
    page.wait_for_function("cell => cell.textContent == '0/s'", arg=rate.element_handle())

    for _ in range(5):
        publish()

    page.wait_for_function("cell => /^[0-9.]*[1-9][0-9.]*.s$/.test(cell.textContent)", arg=rate.element_handle())
    label = rate.get_attribute("id").removeprefix("r-")
    assert page.locator(f"svg #{label}").text_content() == rate.text_content()


def test_trouble_is_told_in_words_and_can_be_filtered_for(visit: Callable[..., Visit], topic: str) -> None:
    page = visit().open("map")
    page.get_by_label("Only what is in trouble").check()
    page.get_by_role("button", name="Apply").click()

    page.get_by_role("listitem").filter(has_text="map-dead – messages in the dead-letter queue").wait_for()
    drawn = page.get_by_role("group", name="Map of what sends to what")
    assert drawn.get_by_role("link", name="map-payment").count() == 1
    assert drawn.get_by_role("link", name="map-alone").count() == 0


def test_one_resource_with_what_leads_to_it_and_from_it(visit: Callable[..., Visit], topic: str) -> None:
    page = visit().open("map")
    page.get_by_role("row").filter(has_text="map-payment").filter(has_text="map-dead").get_by_role(
        "link", name="only this: map-payment"
    ).click()

    page.get_by_text("Only what leads to and from arn:").wait_for()
    drawn = page.get_by_role("group", name="Map of what sends to what")
    names = [each.text_content() for each in drawn.locator(".name").all()]
    assert sorted(names) == ["map-dead", "map-orders", "map-payment"]


def test_markup_in_names_and_filters_is_text(visit: Callable[..., Visit], topic: str) -> None:
    page = visit().open("map")
    page.get_by_text("Filter policy").click()

    page.get_by_text(FILTER, exact=True).wait_for()
    assert page.locator("main i, main td b").count() == 0
    assert page.get_by_role("cell").get_by_text(ENDPOINT).first.is_visible()


def test_an_empty_region_says_how_to_begin(visit: Callable[..., Visit]) -> None:
    page = visit(region="eu-west-3").open("map")

    assert page.get_by_role("link", name="Create queue").is_visible()


@pytest.mark.parametrize(("language", "title"), [("fr", "Carte"), ("pt", "Mapa")])
def test_it_speaks_other_languages(
    visit: Callable[..., Visit], topic: str, language: str, title: str, screenshots: Path
) -> None:
    page = visit(language=language, width=360).open("map")

    assert page.get_by_role("heading", level=1).inner_text() == title
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.screenshot(path=screenshots / f"map-{language}.png", full_page=True)
