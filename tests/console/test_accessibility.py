"""Every page for every reader: axe-core finds nothing, in either theme and at either width; no page scrolls sideways
on a phone; in a language for tests, nothing stands out that was never marked for translation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chasqui.console.sections import SECTIONS
from tests.console.browser import Visit, visiting
from tests.console.places import OPEN, Place, furnish, paths, places
from tests.console.test_catalogs import Reader, words
from tests.support import Server

AXE = (Path(__file__).with_name("vendor") / "axe.min.js").read_text()
FULL = """
async (only) => {
  const options = { resultTypes: ["violations"] };
  if (only.length) options.runOnly = { type: "rule", values: only };
  const found = await axe.run(document, options);
  const told = (each) => each.nodes.map((node) => `${each.id}: ${node.target} ${node.failureSummary}`);
  return found.violations.flatMap(told);
}
"""
#: What a theme or a width changes.
BY_THEME = ("color-contrast", "link-in-text-block")
BY_WIDTH = ("color-contrast", "target-size", "scrollable-region-focusable", "label", "link-name", "button-name")

#: Text of the pseudo-language that is data: addresses, numbers, names of operations, formats, states, examples.
NAMES = """
    orders news pictures resize ana staff runner senders mine team shop root llamas hello text order body kind none
    sqs sns s3 lambda email sms http https application firehose java nodejs provided python LATEST START STOP
    String Number Binary Array Message Signature Timestamp Type Enabled Subscribe
    APNS APNS_SANDBOX GCM FCM ADM BAIDU MPNS WNS VOIP
"""
DATA = re.compile(
    r"https?://\S+|arn:\S+|[\w.-]*\d[\w.:-]*|[a-z]+(?:[-_.:/*][a-zA-Z*]+)+|AWS[:_]\w+|[a-z0-9.]+@[a-z.]+"
    r"|\b\w*(?:[a-z][A-Z]|[A-Z]{2}[a-z])\w*|AWS Notification - Subscription Confirmation"
    rf"|\b(?:{'|'.join(NAMES.split())})\b"
)


@pytest.fixture(scope="module")
def examples(server: Server) -> dict[str, str]:
    return furnish(server)


@pytest.fixture(scope="module")
def found(server: Server, examples: dict[str, str]) -> list[Place]:
    """Every page and piece that is there."""
    return places(server, examples)


@pytest.fixture(scope="module")
def pages(found: list[Place]) -> list[str]:
    return [each.path for each in found if each.kind == "page"]


@pytest.fixture(scope="module")
def walker(browser: Any, server: Server) -> Iterator[Visit]:
    """One visit that goes through all pages."""
    with visiting(browser, server.url) as visit:
        visit.page.emulate_media(reduced_motion="reduce")
        yield visit


def _violations(page: Any, *only: str) -> list[str]:
    result: list[str] = page.evaluate(FULL, list(only))
    return result


@pytest.mark.parametrize("section", ["sign-in", *SECTIONS])
def test_no_page_has_a_barrier_that_axe_finds(section: str, walker: Visit, pages: list[str], screenshots: Path) -> None:
    problems = []
    for path in pages:
        if path.partition("/")[0] == section:
            problems += _looked_at(walker, path, screenshots)
    assert not problems, "\n".join(problems)


def _looked_at(walker: Visit, path: str, screenshots: Path) -> list[str]:
    """What is wrong with a page; pictures of it are kept."""
    page, problems = walker.page, []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    walker.open(path)
    page.evaluate(AXE)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            rules = () if (width, theme) == (1280, "light") else BY_THEME if width == 1280 else BY_WIDTH
            problems += [f"{path} {width} {theme} {each}" for each in _violations(page, *rules)]
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if sideways > 0:
            problems.append(f"{path} {width} scrolls sideways by {sideways} px")
        page.screenshot(path=screenshots / f"{re.sub(r'[^a-z0-9-]+', '_', path)[:80]}-{width}.png", full_page=True)
    return problems


def test_axe_would_find_a_barrier(walker: Visit) -> None:
    page = walker.open("home")
    page.evaluate(AXE)
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(each.startswith("button-name") for each in _violations(page))


def test_every_page_has_one_heading_and_its_own_title(found: list[Place]) -> None:
    problems = []
    for place in found:
        if place.kind == "page":
            headings, title = place.text.count("<h1"), re.search("<title>(.*?)</title>", place.text, re.DOTALL)
            named = title is not None and re.fullmatch("(?!Chasqui –).+ – Chasqui", title[1].strip())
            if headings != 1 or not named:
                problems.append(f"{place.path} has {headings} h1, and the title {title and title[1]}")
    assert not problems


def test_every_section_has_pages_that_were_looked_at(pages: list[str], examples: dict[str, str]) -> None:
    """A route that no example reaches would be looked at by nobody."""
    assert OPEN in pages
    sections = {path.partition("/")[0] for path in paths(examples)} - {"jump"}
    assert {path.partition("/")[0] for path in pages} == sections


class Bare(Reader):
    """What stands outside the brackets of the pseudo-language."""

    def words(self, text: str) -> list[str]:
        inside = re.compile("⟦[^⟦⟧]*⟧")
        while inside.search(text):
            text = inside.sub("", text)
        return words(DATA.sub("", text))


def test_nothing_on_any_page_was_never_marked_for_translation(server: Server, examples: dict[str, str]) -> None:
    """What is not in the pseudo-language's brackets, and is no data, would stay English in every language."""
    problems = []
    for place in places(server, examples, cookie="chasqui-language=qps"):
        reader = Bare()
        reader.feed(place.text)
        problems += [f"{place.path}: {text[:150]}" for text in reader.found]
    assert not problems, "\n".join(sorted(problems))
