"""A server where every field that users control says what attackers say, looked at with a browser: nothing runs,
nothing is added to any page, and the text is there as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from chasqui.console.sections import SECTIONS
from tests.console.browser import Visit, visiting
from tests.console.caller import Caller
from tests.console.crawling import LINES, MARKUP, NEVER, TOGETHER, Found, Planted, crawl, infest
from tests.console.places import paths
from tests.support import Server

LOOK = """
(never) => {
  const look = (page) => ({
    added: [...page.querySelectorAll(never)].map((each) => each.outerHTML.slice(0, 200)),
    frames: page.querySelectorAll("main#content").length,
    text: [
      page.body.textContent,
      ...[...page.querySelectorAll("input, textarea, option")].map((each) => each.value),
      ...[...page.querySelectorAll("[aria-label]")].map((each) => each.ariaLabel),
    ].join("\\n"),
  });
  window.look = (html) => look(new DOMParser().parseFromString(html, "text/html"));
  return { ...look(document), owned: window.owned === 1, violations: window.__violations };
}
"""
SHOWN_MIN = 6
"""At least so many of the payloads with markup are shown whole of a field that took them; some places cut texts."""


@pytest.fixture(scope="module")
def planted(server: Server) -> Planted:
    return infest(server)


@pytest.fixture(scope="module")
def found(server: Server, planted: Planted) -> list[Found]:
    """Everything that links lead to."""
    return crawl(Caller(server.url), [*paths(planted.examples), *planted.starts], same_max=2)


@pytest.fixture(scope="module")
def walker(browser: Any, server: Server) -> Iterator[Visit]:
    with visiting(browser, server.url) as visit:
        visit.context.route(re.compile(r"/live\\b|/logs-live"), lambda route: route.abort())
        yield visit


@pytest.fixture(scope="module")
def read(walker: Visit, found: list[Found]) -> dict[str, dict[str, Any]]:
    """What a browser reads in each page and piece, by path."""
    walker.open("sign-in").evaluate(LOOK, ", ".join(NEVER))
    texts = {each.path: each.answer.text for each in found if each.kind in ("page", "piece")}
    return {path: walker.page.evaluate("(html) => window.look(html)", text) for path, text in texts.items()}


def test_markup_was_taken_by_the_fields_that_may_say_anything(planted: Planted) -> None:
    """Or the tests below would look for nothing."""
    free = (
        "message body", "message attribute", "message group", "queue policy", "display name", "topic policy", "subject",
        "filter policy", "endpoint", "published message", "text message", "object key", "object metadata", "lifecycle",
        "notification", "unfinished upload", "role description", "inline policy", "policy description", "caller",
        "function description", "environment", "alias description", "log line", "log stream", "stored log line",
    )  # fmt: skip
    assert {each for each in free if len(set(planted.by_field.get(each, ())) & set(MARKUP)) < 4} == set()


def test_no_answer_is_a_failure_of_the_server(found: list[Found], server: Server) -> None:
    assert [(each.path, each.answer.status) for each in found if each.answer.status >= 500] == []
    assert [entry for entry in server.log if entry.get("level") == "ERROR"] == []


def test_every_section_was_looked_at(found: list[Found]) -> None:
    assert {each.path.partition("/")[0].partition("?")[0] for each in found} >= set(SECTIONS) - {"messages"}


def test_no_page_has_an_element_of_an_attackers_making(read: dict[str, dict[str, Any]]) -> None:
    assert {path: look["added"][:3] for path, look in read.items() if look["added"]} == {}


@pytest.mark.parametrize("section", ["sign-in", *SECTIONS])
def test_nothing_runs_where_a_page_is_opened(section: str, walker: Visit, found: list[Found]) -> None:
    shapes = {each.shape: each for each in reversed(found) if each.kind == "page" and each.answer.status == 200}
    problems = []
    for each in shapes.values():
        if each.path.partition("/")[0].partition("?")[0] == section:
            walker.page.goto(walker.address(each.path), wait_until="domcontentloaded")
            look = walker.page.evaluate(LOOK, ", ".join(NEVER))
            if look["added"] or look["owned"] or look["violations"]:
                problems.append(f"{each.path}: {look['added'][:3]} {look['owned']} {look['violations']}")
    assert not problems, "\n".join(problems)


def test_every_page_keeps_its_frame(read: dict[str, dict[str, Any]], found: list[Found]) -> None:
    """What closes elements too many would end the page's own."""
    assert [each.path for each in found if each.kind == "page" and read[each.path]["frames"] != 1] == []


def test_the_text_is_shown_as_it_was_written(read: dict[str, dict[str, Any]], planted: Planted) -> None:
    texts = [look["text"] for look in read.values()]
    missing = {}
    for field, payloads in planted.by_field.items():
        wanted = [each for each in payloads if each in MARKUP or each.startswith(MARKUP[0])]
        shown = [each for each in wanted if any(each[:100] in text for text in texts)]
        if len(shown) < min(len(wanted), SHOWN_MIN):
            missing[field] = [each for each in wanted if each not in shown]
    assert missing == {}


def test_what_is_downloaded_is_kept_and_never_shown(found: list[Found]) -> None:
    files = [each for each in found if each.kind == "file"]
    assert len(files) > 5
    for each in files:
        assert each.answer.field("content-security-policy") == "default-src 'none'; sandbox", each.path
        assert each.answer.field("x-content-type-options") == "nosniff", each.path
        assert "html" not in each.answer.field("content-type"), each.path


def test_what_is_no_page_has_no_type_that_a_browser_runs(found: list[Found]) -> None:
    kinds = {each.answer.field("content-type").partition(";")[0] for each in found if each.kind == "other"}
    assert kinds <= {"application/json", ""}


def test_no_header_of_any_answer_is_of_an_attackers_making(found: list[Found]) -> None:
    for each in found:
        assert "owned" not in each.answer.field("set-cookie"), each.path


def test_live_pieces_stay_pieces(browser: Any, server: Server, planted: Planted) -> None:
    """What comes while a page is open: line ends and partials in it are text too."""
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName="hostile")["QueueUrl"]
    with visiting(browser, server.url) as visit:
        page = visit.open("queues/hostile/messages/peek")
        page.get_by_text("Live", exact=True).wait_for()
        for each in (*MARKUP, *LINES, TOGETHER):
            sqs.send_message(QueueUrl=url, MessageBody=f"fresh {each}")
        page.locator("main").get_by_text("fresh").nth(len(MARKUP)).wait_for()
        look = page.evaluate(LOOK, ", ".join(NEVER))
        assert not look["added"]
        assert f"fresh {MARKUP[5]}"[:60] in look["text"]


def test_what_a_jump_finds_is_text(browser: Any, server: Server, planted: Planted) -> None:
    with visiting(browser, server.url) as visit:
        page = visit.open("home")
        page.keyboard.press("Control+k")
        field = page.get_by_role("dialog").get_by_role("combobox")
        for typed in (MARKUP[0], f"arn:aws:sqs:us-east-1:000000000000:{MARKUP[1].replace('/', '')}"):
            field.fill(typed)
        page.get_by_role("dialog").get_by_role("option").filter(has_text="onerror").wait_for()
        assert page.evaluate(LOOK, ", ".join(NEVER))["added"] == []


@pytest.mark.parametrize(
    "name", ["chasqui-told", "chasqui-language", "chasqui-theme", "chasqui-account", "chasqui-region"]
)
def test_cookies_that_somebody_else_has_set_are_text(name: str, server: Server) -> None:
    from urllib.parse import quote

    import msgspec

    told = quote(msgspec.json.encode({"kind": f'failed"{MARKUP[1]}', "text": TOGETHER}))
    for value in (told, quote(MARKUP[1]), MARKUP[1].replace(";", ""), "%ff%00", "%0d%0aSet-Cookie: owned=1"):
        caller = Caller(server.url)
        caller.cookies[name] = value
        answer = caller.get("home")
        assert answer.status == 200
        assert "<x-hostile" not in answer.text
        assert "data-hostile onerror" not in answer.text.replace("&#34;&gt;&lt;img src=x data-hostile onerror", "")
        assert "owned=1" not in answer.field("set-cookie")
