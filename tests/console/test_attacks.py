"""The console under attack, in a real browser: by other sites, and by what others may put at its own origin."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.console.attacks import SCRIPT, THINGS, function_url, site
from tests.console.browser import sign_in, visiting
from tests.console.caller import CONSOLE, Caller
from tests.strict import ADMIN, StrictServer

GROUP = f"{CONSOLE}/us-east-1/access/create/groups"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("attacks")) as running:
        s3 = running.client("s3")
        s3.create_bucket(Bucket="evil")
        for name, (kind, body) in THINGS.items():
            s3.put_object(Bucket="evil", Key=name, Body=body.encode(), ContentType=kind)
        s3.put_object(Bucket="evil", Key="evil.js", Body=SCRIPT.encode(), ContentType="text/javascript")
        yield running


@pytest.fixture(scope="module")
def victim(browser: Any, server: StrictServer) -> Iterator[Any]:
    """Somebody with every right who has signed in. What the policy refuses on the way is expected here."""
    with visiting(browser, server.url) as visit:
        page = visit.open("home")
        sign_in(page, ADMIN)
        page.wait_for_url("**/home")
        yield visit
        visit.watched.errors.clear()
        visit.watched.foreign.clear()
        page.goto("about:blank")


def signed_in(victim: Any) -> bool:
    """Whether the victim still is who it was."""
    victim.page.goto(victim.address("access"))
    return "What there is" in victim.page.content() and "/sign-in" not in victim.page.url


def local(server: StrictServer) -> str:
    """The server's address under the name that browsers use here."""
    return server.url.replace("127.0.0.1", "localhost")


def presigned(server: StrictServer, key: str, **how: Any) -> str:
    """A presigned address of one of the attacker's objects, at the console's own origin."""
    config = Config(s3={"addressing_style": "path"}, signature_version="s3v4")
    s3 = boto3.client("s3", endpoint_url=local(server), region_name="us-east-1", config=config, **ADMIN)
    url: str = s3.generate_presigned_url("get_object", Params={"Bucket": "evil", "Key": key, **how})
    return url


def opened(victim: Any, url: str) -> Any:
    """A new page of the victim's browser, at an address."""
    page = victim.context.new_page()
    page.goto(url)
    return page


@pytest.mark.parametrize("name", THINGS)
def test_an_object_runs_nothing_and_has_an_origin_of_its_own(victim: Any, server: StrictServer, name: str) -> None:
    page = opened(victim, presigned(server, name))
    assert page.locator("#here").text_content() == "here"
    assert page.evaluate("[window.ran, self.origin, document.title]") == [None, "null", "innocent"]
    page.close()
    assert signed_in(victim)


def test_an_object_that_is_asked_for_as_a_page_runs_nothing(victim: Any, server: StrictServer) -> None:
    url = presigned(server, "evil.js", ResponseContentType="text/html", ResponseContentDisposition="inline")
    page = opened(victim, url)
    assert page.evaluate("[window.ran, self.origin]") == [None, "null"]
    page.close()


def test_a_function_speaks_for_nobody_but_itself(victim: Any, server: StrictServer) -> None:
    path = function_url(server, "speaker")
    page = victim.context.new_page()
    response = page.goto(f"{local(server)}{path}")
    headers = response.headers_array()
    names = [each["name"].lower() for each in headers]
    cookies = [each["value"] for each in headers if each["name"].lower() == "set-cookie"]
    assert page.locator("#here").text_content() == "here"
    assert page.evaluate("[window.ran, self.origin]") == [None, "null"]
    assert not {"clear-site-data", "service-worker-allowed", "strict-transport-security", "alt-svc"} & set(names)
    assert cookies == ["harmless=yes; Path=/"]
    assert response.header_value("x-content-type-options") == "nosniff"
    page.close()
    assert signed_in(victim)
    assert {each["name"] for each in victim.context.cookies() if each["value"] == "planted"} == set()


@pytest.mark.parametrize(
    "path",
    [
        "/_chasqui/console/us-east-1/%3Cscript%3Ewindow.ran=1%3C/script%3E",
        "/_chasqui/console/us-east-1/queues/%3Cscript%3Ewindow.ran=1%3C%2Fscript%3E/details",
        "/_chasqui/console/us-east-1/access/users?search=%22%3E%3Cscript%3Ewindow.ran=1%3C/script%3E",
        "/_chasqui/console/us-east-1/sign-in?back=javascript:window.ran=1",
        "/_chasqui/%3Cscript%3Ewindow.ran=1%3C/script%3E",
        "/evil/%3Cscript%3Ewindow.ran=1%3C/script%3E?X-Amz-Signature=%3Cscript%3E",
        "/?Action=%3Cscript%3Ewindow.ran=1%3C/script%3E",
    ],
)
def test_what_an_address_says_is_repeated_as_text(victim: Any, server: StrictServer, path: str) -> None:
    page = opened(victim, f"{local(server)}{path}")
    assert page.evaluate("window.ran") is None
    page.close()


@pytest.mark.parametrize("way", ["an object", "an object behind the folder's name", "another site", "inline", "data"])
def test_a_page_of_the_console_runs_no_script_but_its_own(victim: Any, server: StrictServer, way: str) -> None:
    with site({"/evil.js": SCRIPT}) as port:
        sources = {
            "an object": presigned(server, "evil.js"),
            "an object behind the folder's name": f"{CONSOLE}/static/..%2f..%2f..%2fevil/evil.js",
            "another site": f"http://localhost:{port}/evil.js",
            "inline": "",
            "data": "data:text/javascript,window.ran=true",
        }
        victim.page.goto(victim.address("access"))
        ran = victim.page.evaluate(
            """([source, text]) => new Promise((resolve) => {
                 const script = document.createElement('script');
                 script.onload = script.onerror = () => resolve(window.ran ?? null);
                 if (source) script.src = source; else script.textContent = text;
                 document.head.append(script);
                 if (!source) resolve(window.ran ?? null);
               })""",
            [sources[way], SCRIPT],
        )
    assert ran is None


def test_nothing_becomes_a_service_worker(victim: Any, server: StrictServer) -> None:
    victim.page.goto(victim.address("access"))
    registered = victim.page.evaluate(
        """(url) => navigator.serviceWorker.register(url, {scope: '/'}).then(() => 'registered', () => 'refused')""",
        presigned(server, "evil.js"),
    )
    assert registered == "refused"
    assert victim.page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0


HOSTS = {"a page of the same site": "localhost", "a page of another site": "127.0.0.1"}


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
def test_a_form_of_another_page_does_nothing(victim: Any, server: StrictServer, host: str) -> None:
    form = (
        f'<form id="f" method="post" action="{local(server)}{GROUP}"><input name="name" value="by-a-form">'
        '<input name="csrf" value="guess"></form><script>f.submit()</script>'
    )
    with site({"/": form}) as port:
        page = victim.context.new_page()
        page.goto(f"http://{host}:{port}/")
        page.wait_for_url(f"**{GROUP}")
        page.close()
    assert_no_group(server, "by-a-form")


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
def test_a_script_of_another_page_reads_nothing_and_does_nothing(victim: Any, server: StrictServer, host: str) -> None:
    with site({"/": "<!doctype html><title>evil</title>"}) as port:
        page = opened(victim, f"http://{host}:{port}/")
        answers = page.evaluate(
            """async (url) => {
                 const kind = {'content-type': 'application/x-www-form-urlencoded'}, body = 'name=by-a-fetch';
                 const ways = [
                   [url, {credentials: 'include'}],
                   [url, {credentials: 'include', mode: 'no-cors', method: 'POST', body, headers: kind}],
                   [url, {credentials: 'include', method: 'POST', body, headers: {...kind, 'x-chasqui-csrf': 'guess'}}],
                   [url, {credentials: 'include', headers: {'hx-request': 'true'}}],
                 ];
                 const read = [];
                 for (const [address, how] of ways) {
                   try { read.push((await (await fetch(address, how)).text()).length); } catch { read.push('refused'); }
                 }
                 return read;
               }""",
            f"{local(server)}{GROUP}",
        )
        page.close()
    assert answers == ["refused", 0, "refused", "refused"]
    assert_no_group(server, "by-a-fetch")


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
def test_the_console_is_shown_in_no_frame(victim: Any, server: StrictServer, host: str) -> None:
    with site({"/": f'<iframe src="{local(server)}{CONSOLE}/us-east-1/access"></iframe>'}) as port:
        page = opened(victim, f"http://{host}:{port}/")
        page.wait_for_load_state("networkidle")
        assert "What there is" not in page.frames[1].content()
        page.close()


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
def test_who_opens_the_console_holds_no_window_of_it(victim: Any, server: StrictServer, host: str) -> None:
    with site({"/": "<!doctype html><title>evil</title>"}) as port:
        page = opened(victim, f"http://{host}:{port}/")
        with victim.context.expect_page() as popup:
            page.evaluate("(url) => { window.held = window.open(url); }", victim.address("access"))
        shown = popup.value
        shown.get_by_role("heading", name="Access", exact=True).wait_for()
        assert shown.evaluate("window.opener") is None
        page.wait_for_function("window.held.closed")
        shown.close()
        page.close()


def assert_no_group(server: StrictServer, name: str) -> None:
    """Nobody made this group."""
    assert name not in [each["GroupName"] for each in server.client("iam").list_groups()["Groups"]]


@pytest.fixture
def caller(server: StrictServer) -> Caller:
    """Somebody who has signed in, and sends what no browser would."""
    made = Caller(server.url)
    made.sign_in(ADMIN)
    return made


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"csrf": ""}, {}),
        ({"csrf": "guess"}, {}),
        ({"csrf": "OTHER"}, {}),
        ({"csrf": "OWN"}, {"Origin": "null"}),
        ({"csrf": "OWN"}, {"Origin": "http://127.0.0.1:1"}),
        ({"csrf": "OWN"}, {"Origin": None, "Sec_Fetch_Site": None}),
        ({"csrf": "OWN"}, {"Sec_Fetch_Site": "same-site"}),
        ({"csrf": "OWN"}, {"Host": "evil.test"}),
        ({"csrf": "OWN"}, {"Content_Type": "text/plain"}),
        ({"csrf": "OWN"}, {"Cookie": ""}),
        ({"csrf": ""}, {"x_chasqui_csrf": "guess"}),
    ],
)
def test_a_form_without_its_token_or_its_page_does_nothing(
    server: StrictServer, caller: Caller, fields: dict[str, str], headers: dict[str, Any]
) -> None:
    tokens = {"OWN": caller.csrf(), "OTHER": Caller(server.url).csrf()}
    given = {"csrf": tokens.get(fields["csrf"], fields["csrf"]), "name": "forged"}
    answer = caller.post("access/create/groups", given, **headers)
    assert answer.status == 403 or "/sign-in" in answer.field("location")
    assert_no_group(server, "forged")


def test_a_form_with_its_token_does_what_it_says(server: StrictServer, caller: Caller) -> None:
    assert caller.post("access/create/groups", {"name": "meant"}).status == 303
    assert "meant" in [each["GroupName"] for each in server.client("iam").list_groups()["Groups"]]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_posts_is_not_done_by_asking(server: StrictServer, caller: Caller, method: str) -> None:
    caller.ask(method, f"{GROUP}?name=asked&csrf={caller.csrf()}")
    assert_no_group(server, "asked")


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:4566", "localhost.evil.test", "127.0.0.1.evil.test", "0x7f.1"]
)
def test_a_page_under_a_name_that_somebody_lets_resolve_here_is_refused(caller: Caller, host: str) -> None:
    for path in (f"{CONSOLE}/us-east-1/home", f"{CONSOLE}/us-east-1/sign-in", f"{CONSOLE}/static/x.js"):
        assert caller.ask("GET", path, Host=host).status == 403


def test_forwarded_names_are_not_believed(caller: Caller) -> None:
    answer = caller.get("home", X_Forwarded_Host="evil.test", X_Forwarded_Proto="https", Forwarded="host=evil.test")
    assert "evil.test" not in answer.text
    assert "Secure" not in answer.cookie("chasqui-console")


def test_names_stay_in_their_header_fields(server: StrictServer, caller: Caller) -> None:
    for name in ("a\r\nSet-Cookie: planted=1", "é\u2028x", "a" * 4000):
        answer = caller.post("access/users/nobody/key-file", {"id": name, "secret": name})
        assert not answer.cookie("planted")
        path = f"{CONSOLE}/us-east-1/access/users/{'%0d%0aSet-Cookie:%20planted=1'}/key-file"
        assert not caller.ask("POST", path, b"id=1&secret=2", X_Chasqui_Csrf=caller.csrf()).cookie("planted")


def test_a_cookie_jar_that_is_too_full_breaks_nothing(caller: Caller) -> None:
    full = "; ".join(f"junk{number}={'x' * 200}" for number in range(200))
    assert caller.get("home", Cookie=full).status in (303, 431)


def test_a_question_with_too_many_parts_breaks_nothing(server: StrictServer, caller: Caller) -> None:
    assert caller.get("access/users?" + "&".join(f"a{number}=1" for number in range(4000))).status == 200
    assert not [entry for entry in server.log if entry.get("level") == "error"]


def test_a_live_page_ends_with_its_session(server: StrictServer, caller: Caller) -> None:
    url = server.client("sqs").create_queue(QueueName="live")["QueueUrl"]
    connection = http.client.HTTPConnection(caller.host, caller.port, timeout=30)
    cookies = "; ".join(f"{name}={value}" for name, value in caller.cookies.items())
    connection.request(
        "GET",
        f"{CONSOLE}/us-east-1/queues/live",
        headers={"Host": f"localhost:{caller.port}", "Cookie": cookies, "Sec-Fetch-Site": "same-origin"},
    )
    stream = connection.getresponse()
    assert stream.getheader("content-type") == "text/event-stream; charset=utf-8"
    stream.readline()
    caller.post("sign-out", {"csrf": caller.csrf()})
    server.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    # To its end, within the time that the connection waits for a line.
    assert len(stream.read()) < 100_000
    connection.close()


def test_a_server_with_open_streams_stops_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    with StrictServer(tmp_path_factory.mktemp("stop"), mode="permissive") as server:
        caller = Caller(server.url)
        server.client("sqs").create_queue(QueueName="live")
        connection = http.client.HTTPConnection(caller.host, caller.port, timeout=30)
        connection.request("GET", f"{CONSOLE}/us-east-1/queues/live", headers={"Host": f"localhost:{caller.port}"})
        stream = connection.getresponse()
        stream.readline()
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 4
        connection.close()
