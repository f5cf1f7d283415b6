"""The console over TLS, and under another name behind a proxy: what docs/how-to/console.md says of it."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.console.browser import sign_in
from tests.console.caller import CONSOLE, PAGE, Answer
from tests.strict import ADMIN, StrictServer
from tests.unit.server.serving import self_signed

_NAME = "console.example.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = self_signed(folder)
    given = {"CHASQUI_TLS_CERT": str(certificate), "CHASQUI_TLS_KEY": str(key), "CHASQUI_CONTROL_HOSTS": _NAME}
    with StrictServer(folder / "data", environ=given) as started:
        yield started


def ask(server: StrictServer, method: str, path: str, body: str = "", *, tls: bool = True, **fields: str) -> Answer:
    """A request as a browser, or a proxy, sends it; underscores in names of fields are hyphens."""
    port = urlsplit(server.url).port or 0
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection: http.client.HTTPConnection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    if tls:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
    given = {**PAGE, "Host": f"localhost:{port}", **{name.replace("_", "-"): each for name, each in fields.items()}}
    try:
        connection.request(method, f"{CONSOLE}/us-east-1/{path}", body, given)
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


def signed_in(server: StrictServer, origin: str, **how: Any) -> Answer:
    """The answer to the sign-in form, sent from a page of this origin."""
    asked = ask(server, "GET", "sign-in", **how)
    token = re.search(r'name="csrf" value="([^"]+)"', asked.text)
    assert token is not None
    fields = {"csrf": token[1], "access_key": ADMIN["aws_access_key_id"], "secret_key": ADMIN["aws_secret_access_key"]}
    cookie = asked.cookie("chasqui-console").partition(";")[0]
    kind = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Origin": origin}
    return ask(server, "POST", "sign-in", urlencode(fields), **kind, **how)


def test_over_tls_the_session_is_sent_over_tls_alone(server: StrictServer) -> None:
    answer = signed_in(server, f"https://localhost:{urlsplit(server.url).port}")
    assert answer.status == 303
    assert answer.cookie("chasqui-console").endswith("; Secure")


def test_a_page_of_another_name_is_refused_over_tls_too(server: StrictServer) -> None:
    assert signed_in(server, "https://evil.example").status == 403


def test_behind_a_proxy_that_ends_tls_it_is_too(server: StrictServer) -> None:
    answer = signed_in(server, f"https://{_NAME}", tls=False, Host=_NAME)
    assert answer.status == 303
    assert answer.cookie("chasqui-console").endswith("; Secure")


def test_pages_under_a_configured_name_stay_there(server: StrictServer) -> None:
    answer = ask(server, "GET", "sign-in", Host=_NAME)
    assert answer.status == 200
    assert f"script-src {_NAME}/_chasqui/console/static/" in answer.field("content-security-policy")
    assert not re.findall(r'(?:href|src|action)="https?://', answer.text)


def test_other_names_are_refused(server: StrictServer) -> None:
    assert ask(server, "GET", "sign-in", Host="other.example.com").status == 403


def test_a_proxy_that_sends_its_own_name_for_the_host_has_forms_refused(server: StrictServer) -> None:
    assert signed_in(server, "https://public.example.com", tls=False, Host=_NAME).status == 403


def test_the_server_sends_no_hsts(server: StrictServer) -> None:
    assert ask(server, "GET", "sign-in").field("strict-transport-security") == ""


def test_a_browser_signs_in_over_http_2(server: StrictServer, browser: Any) -> None:
    context = browser.new_context(ignore_https_errors=True, locale="en")
    page = context.new_page()
    page.goto(f"https://localhost:{urlsplit(server.url).port}{CONSOLE}/us-east-1/queues")
    sign_in(page, ADMIN)
    page.get_by_role("heading", level=1, name="Queues").wait_for()
    assert page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
    (cookie,) = [each for each in context.cookies() if each["name"] == "chasqui-console"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    context.close()
