"""Pages that stay open: an hour of updates, one a second, played at once. What a browser holds stays bounded."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.console.browser import Visit
from tests.console.caller import CONSOLE, PAGE
from tests.support import Server

UPDATES = 3600
HEAP_BYTES_MAX = 50 * 1024 * 1024
GAINED_NODES_MAX = 2000
QUEUES = 60
CELLS = 6


@pytest.fixture(scope="module", autouse=True)
def queues(server: Server) -> None:
    for at in range(QUEUES):
        server.client("sqs").create_queue(QueueName=f"q{at:02}")


def _first_event(server: Server, path: str) -> str:
    """What a stream says first."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    connection.request("GET", f"{CONSOLE}/us-east-1/{path}", headers={**PAGE, "Accept-Language": "en"})
    stream, lines = connection.getresponse(), list[str]()
    while not lines or lines[-1]:
        line = stream.readline().decode().rstrip("\n")
        if line.startswith("data: ") or lines:
            lines.append(line)
    connection.close()
    return "\n".join([*lines, ""])


def _play(visit: Visit, path: str, updates: Iterator[str]) -> None:
    """Open a page whose stream says all that at once, and then nothing more."""
    body = "".join(updates)
    fields = {"content-type": "text/event-stream", "cache-control": "no-store"}
    answered: list[Any] = []

    def answer(route: Any) -> None:
        """The first is answered; those that come when the stream has ended wait for ever."""
        answered.append(route)
        if len(answered) == 1:
            route.fulfill(status=200, headers=fields, body=body)

    visit.context.route(re.compile(r"/live(\?|$)"), answer)
    visit.open(path)


class Held:
    """What a page's browser holds."""

    def __init__(self, visit: Visit) -> None:
        self.session = visit.context.new_cdp_session(visit.page)
        self.session.send("Performance.enable")

    def measure(self) -> dict[str, float]:
        self.session.send("HeapProfiler.collectGarbage")
        return {each["name"]: each["value"] for each in self.session.send("Performance.getMetrics")["metrics"]}


def _check(visit: Visit, before: dict[str, float]) -> None:
    after = Held(visit).measure()
    assert after["JSHeapUsedSize"] < HEAP_BYTES_MAX, after
    assert after["Nodes"] < before["Nodes"] + GAINED_NODES_MAX, (before["Nodes"], after["Nodes"])
    assert after["JSEventListeners"] < before["JSEventListeners"] + 200, (before, after)


def test_an_hour_of_samples_of_a_queue(visit: Callable[..., Visit], server: Server) -> None:
    browsing = visit()
    first = _first_event(server, "queues/q00/monitoring/live")
    at_ms = int(re.findall(r'data-at="(\d+)"', first)[0])

    def samples() -> Iterator[str]:
        for each in range(UPDATES):
            yield re.sub(
                r'data-value="\d+"', f'data-value="{each}"', first.replace(str(at_ms), str(at_ms + 1000 * each))
            )

    visit_of_one = visit()
    _play(visit_of_one, "queues/q00/monitoring", iter([first]))
    visit_of_one.page.locator(f"#now[data-at='{at_ms}']").wait_for()
    before = Held(visit_of_one).measure()
    _play(browsing, "queues/q00/monitoring", samples())
    last = at_ms + 1000 * (UPDATES - 1)
    browsing.page.locator(f"#now[data-at='{last}']").wait_for(timeout=60_000)
    assert browsing.page.locator(".uplot canvas").count() >= 1
    _check(browsing, before)


def test_an_hour_of_changes_in_the_list_of_queues(visit: Callable[..., Visit], server: Server) -> None:
    browsing = visit()
    page = browsing.open("queues")
    page.get_by_text("Live", exact=True).wait_for()
    cells = page.evaluate("[...document.querySelectorAll('tbody [id]')].map((each) => each.id)")[:CELLS]
    before = Held(browsing).measure()
    cell = '<hx-partial hx-target="#{}" hx-swap="innerHTML">{}</hx-partial>'

    def changes() -> Iterator[str]:
        for each in range(UPDATES):
            yield f"data: {''.join(cell.format(id_, each) for id_ in cells)}\n\n"

    _play(browsing, "queues", changes())
    page.locator(f"[id='{cells[-1]}']").filter(has_text=re.compile(f"^{UPDATES - 1}$")).wait_for(timeout=60_000)
    _check(browsing, before)
