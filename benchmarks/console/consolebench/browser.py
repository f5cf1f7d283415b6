"""Pages in Chromium: how soon they are there, and what an hour of live data leaves behind."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from consolebench.pages import CONSOLE, FIELDS
from tests.console.browser import CHROMIUM, OPTIONS

UPDATES, BATCH, CELLS = 3600, 100, 50
_NUMBER = re.compile(r">\d[\d,]*<")
_PARTIAL = re.compile(r"<hx-partial.*?</hx-partial>", re.DOTALL)
_TIMING = (
    "() => { const at = performance.getEntriesByType('navigation')[0]; return [at.domInteractive, at.loadEventEnd]; }"
)


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


def opened(browser: Any, url: str, path: str) -> tuple[float, float]:
    """Milliseconds from the request to when a page that nothing of is kept can be used, and to its `load` event."""
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(url + CONSOLE + path, wait_until="load")
    interactive = loaded = 0.0
    while not loaded:  # not `wait_for_function`, which needs eval
        interactive, loaded = page.evaluate(_TIMING)
    context.close()
    return float(interactive), float(loaded)


def heap_after_updates(browser: Any, url: str) -> dict[str, float]:
    """The list of queues, live, after as many updates as an hour has seconds: cells of the server's own first piece
    again and again with other numbers, as fast as the page takes them. Megabytes of the heap, before and after."""
    from playwright.sync_api import expect

    cells = _PARTIAL.findall(_first_piece(url, f"{CONSOLE}queues/live"))[:CELLS]
    piece = "data: " + "".join(cells).replace("\n", "")
    told = 0

    def answer(route: Any) -> None:
        """The next updates, after which the page lays its wire anew."""
        nonlocal told
        batch = range(told + 1, min(told + BATCH, UPDATES) + 1)
        told += len(batch)
        events = "".join(_NUMBER.sub(f">{at}<", piece) + "\n\n" for at in batch)
        delay = 3_600_000 if told == UPDATES else 10
        body = f"retry: {delay}\n\n{events}"
        route.fulfill(status=200, headers={"content-type": "text/event-stream"}, body=body)

    context = browser.new_context(locale="en")
    page = context.new_page()
    page.route("**/queues/live*", lambda route: None)  # nothing yet
    page.goto(url + CONSOLE + "queues", wait_until="load")
    before = _heap_mb(context, page)
    page.unroute("**/queues/live*")
    page.route("**/queues/live*", answer)
    began = time.perf_counter()
    page.reload(wait_until="load")
    cell = re.findall(r'hx-target="(#[^"]+-visible)"', piece)[0]  # the first of them
    expect(page.locator(cell)).to_have_text(str(UPDATES), timeout=600_000)
    seconds = time.perf_counter() - began
    after = _heap_mb(context, page)
    context.close()
    return {"before_mb": before, "after_mb": after, "seconds": seconds}


def _first_piece(url: str, path: str) -> str:
    """The first event with data of a stream."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", path, headers={**FIELDS, "accept-encoding": "identity"})
    answer, lines = connection.getresponse(), list[str]()
    while True:
        line = answer.readline().decode().rstrip("\n")
        if line.startswith("data:"):
            lines.append(line.removeprefix("data:"))
        elif lines:
            connection.close()
            return "\n".join(lines)


def _heap_mb(context: Any, page: Any) -> float:
    """What the page keeps alive, in MB of 10^6 bytes."""
    session = context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6
