"""Every form of every page, sent as it stands but for one field that says what nobody expects: an answer every time,
and never one that says the server has failed. What browsers do with such answers is in `test_hostile_pages.py`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from chasqui.console.sections import SECTIONS
from tests.console.caller import CONSOLE, Caller
from tests.console.crawling import MARKUP, TOGETHER, Field, Formed, Found, crawl, forms_of
from tests.console.places import furnish, paths
from tests.support import Server

DEEP = "[" * 20_000
HALF = '{"Statement":[{"Sid":"\\ud800","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
SHORT = (f"{MARKUP[0]}{MARKUP[1]}", "\x00", "²", "9" * 5000)
LONG = (DEEP, HALF, '{"Version":"2012-10-17","Statement":[1,null,"x",[]]}', "1" * 5000, "\x00\ufffe\u202e", TOGETHER)
CHOSEN = ("", "nobody")
#: What takes long, or takes away what the others need: sent by `test_hostile_requests.py`.
LAST = ("/delete", "/sign-out", "/preferences", "/empty", "/messages/poll", "/test")
AWS_MAY_SAY = (501, 502, 503)
"""Statuses of AWS' own errors: what is not there, a function's fault, a function that is busy."""


@pytest.fixture(scope="module")
def caller(server: Server) -> Caller:
    return Caller(server.url)


@pytest.fixture(scope="module")
def forms(server: Server, caller: Caller) -> list[Formed]:
    """The forms of all pages; each of those that are alike once."""
    found: list[Found] = crawl(caller, paths(furnish(server)), same_max=1)
    alike: dict[Any, Formed] = {}
    for each in found:
        if each.kind in ("page", "piece"):
            for form in forms_of(each.answer.text):
                form.action = form.action or f"{CONSOLE}/us-east-1/{each.path}"
                alike.setdefault((form.action.partition("?")[0], form.method, *(f.name for f in form.fields)), form)
    return list(alike.values())


def _values(field: Field) -> tuple[str, ...]:
    if field.kind in ("select", "checkbox", "radio", "hidden", "submit", "checkbox-off"):
        return (*CHOSEN, SHORT[0])
    return LONG if field.kind == "textarea" else SHORT


def _sent(form: Formed, **changed: str) -> list[tuple[str, str]]:
    given = [(name, changed.get(name, value)) for name, value in form.values()]
    return given + [(name, value) for name, value in changed.items() if name not in dict(given)]


def _body(pairs: list[tuple[str, str]], form: Formed) -> tuple[bytes, str]:
    """As a browser encodes it."""
    if "multipart" not in form.encoding:
        return urlencode(pairs).encode(), "application/x-www-form-urlencoded"
    pieces = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in pairs]
    return "".join([*pieces, "--b--\r\n"]).encode("utf-8", "replace"), "multipart/form-data; boundary=b"


def _ask(caller: Caller, form: Formed, pairs: list[tuple[str, str]]) -> int:
    token = next((value for name, value in pairs if name == "csrf"), "") or caller.csrf()
    parts = urlsplit(form.action)
    if form.method == "GET":
        return caller.ask(
            "GET", f"{parts.path}?{urlencode([each for each in pairs if each[0] != 'csrf'])}"[:60_000]
        ).status
    body, kind = _body(pairs, form)
    more = {"Content_Type": kind, "x_chasqui_csrf": token}
    return caller.ask("POST", f"{parts.path}{'?' if parts.query else ''}{parts.query}", body, **more).status


@pytest.mark.parametrize("section", [each for each in SECTIONS if each not in ("messages", "home", "tours")])
def test_no_form_makes_the_server_fail(section: str, caller: Caller, forms: list[Formed], server: Server) -> None:
    problems, sent, at = [], 0, len(server.log)
    for form in forms:
        if form.action.removeprefix(f"{CONSOLE}/us-east-1/").partition("/")[0].partition("?")[0] != section:
            continue
        if form.action.partition("?")[0].endswith(LAST):
            continue
        for field in form.typed():
            for value in _values(field):
                status = _ask(caller, form, _sent(form, **{field.name: value}))
                sent += 1
                if status >= 500 and status not in AWS_MAY_SAY:
                    problems.append(f"{form.method} {form.action} {field.name}={value[:60]!r}: {status}")
    assert not problems, "\n".join(problems)
    assert [entry for entry in server.log[at:] if entry.get("level") == "ERROR"] == []
    assert sent or section == "advisor"
