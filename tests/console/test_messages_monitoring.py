"""The tab "Monitoring": plots that are live, values for who sees no plots, and no more memory than it should have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browser import Visit
from tests.console.queues_of import Queue
from tests.support import Server

_MODULE = "(() => import(document.querySelector('script[src*=\"/plots-\"]').src))()"


@pytest.fixture(scope="module")
def queue(server: Server) -> Queue:
    queue = Queue(server.client("sqs"), "watched")
    queue.send("old")
    return queue


def value(page: Any, name: str) -> Any:
    return page.locator("#now").get_by_role("row", name=name).locator("td")


def test_values_and_plots_change_with_the_queue(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/monitoring")
    expect(page.locator(".plot canvas")).to_have_count(3)
    before = queue.count()
    expect(value(page, "Visible")).to_have_text(str(before))
    expect(value(page, "Messages sent")).to_have_text("0.0")
    queue.send("new")
    expect(value(page, "Visible")).to_have_text(str(before + 1))
    page.get_by_text("Samples", exact=True).click()
    expect(page.locator("#samples tbody tr").nth(2)).to_be_visible()


def test_samples_are_walked_through_by_keyboard(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/monitoring")
    page.get_by_text("Live", exact=True).wait_for()
    page.get_by_role("button", name="Pause").click()
    page.evaluate(
        f"{_MODULE}.then(m => {{ for (let i = 1; i < 4; i++) m.add(m.kept.at.at(-1) + 1000, {{visible: 70 + i}}); }})"
    )
    cursor = page.get_by_label("Sample", exact=True)
    expect(page.locator("#at-cursor")).to_contain_text("Visible 73")
    cursor.press("ArrowLeft")
    expect(page.locator("#at-cursor")).to_contain_text("Visible 72")
    assert "Visible 72" in cursor.get_attribute("aria-valuetext")


def test_an_hour_of_samples_is_not_kept(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit().open(f"queues/{queue.name}/monitoring")
    page.get_by_text("Live", exact=True).wait_for()
    page.get_by_role("button", name="Pause").click()
    kept = page.evaluate(
        f"""{_MODULE}.then(m => {{
          const begin = m.kept.at.at(-1);
          for (let i = 1; i <= 3600; i++) m.add(begin + i * 1000, {{ visible: i, sent: i / 7 }});
          return [m.kept.at.length, ...[...m.kept.values.values()].map((each) => each.length)];
        }})"""
    )
    assert set(kept) <= {900, 901}
    page.get_by_text("Samples", exact=True).click()
    expect(page.locator("#samples tbody tr")).to_have_count(60)


def test_the_time_between_samples_is_part_of_the_address(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit(language="pt").open(f"queues/{queue.name}/monitoring")
    page.get_by_label("Uma amostra a cada").select_option("5")
    page.wait_for_url("**/monitoring?every=5")
    expect(page.get_by_label("Uma amostra a cada")).to_have_value("5")


def test_the_plots_are_there_on_a_phone_in_the_dark(visit: Callable[..., Visit], queue: Queue) -> None:
    page = visit(theme="dark", width=360).open(f"queues/{queue.name}/monitoring")
    canvas = page.locator(".plot canvas").first
    canvas.wait_for()
    assert canvas.bounding_box()["width"] <= 340
