"""What is large, deep, or made to be slow: answered soon, and others are answered meanwhile."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import pytest

from tests.console.browser import Visit
from tests.console.caller import Answer, Caller
from tests.support import Server

ANSWER_SECONDS_MAX = 5.0
HELD_SECONDS_MAX = 1.0
"""Somebody else waits no longer. What this is for took 2.8 s and more before it was mended; how short the waits really
are is `benchmarks/console`'s to say, because tests run beside others."""
TRIES = 3
BODY_BYTES = 1_000_000
MANY = 300


@pytest.fixture(scope="module", autouse=True)
def orders(server: Server) -> str:
    """A queue with much in it, and a topic."""
    sqs = server.client("sqs")
    url: str = sqs.create_queue(QueueName="orders")["QueueUrl"]
    for at in range(6):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"at": at, "text": "a" * BODY_BYTES}))
    for at in range(MANY):
        sqs.create_queue(QueueName=f"many-{at:04}")
    server.client("sns").create_topic(Name="news")
    return url


@pytest.fixture(scope="module")
def caller(server: Server) -> Caller:
    return Caller(server.url)


@contextmanager
def _asking(server: Server) -> Iterator[list[float]]:
    """How long somebody else waits for answers meanwhile, in seconds."""
    waits, over = list[float](), threading.Event()
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)

    def ask() -> None:
        while not over.is_set():
            began = time.perf_counter()
            connection.request("GET", "/_chasqui/health")
            connection.getresponse().read()
            waits.append(time.perf_counter() - began)
            time.sleep(0.002)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield waits
    finally:
        over.set()
        asker.join()
        connection.close()


def _crowd() -> float:
    """How much longer things take because other programs run: 1 where none does."""
    began, worked = time.perf_counter(), time.thread_time()
    while time.thread_time() - worked < 0.02:
        pass
    return (time.perf_counter() - began) / (time.thread_time() - worked)


def _quick(server: Server, ask: Callable[[], Answer], *statuses: int) -> Answer:
    """The answer; the best of some tries is quick, and holds nobody else up."""
    best, answer = (9e9, 9e9), None
    for _ in range(TRIES):
        with _asking(server) as waits:
            began = time.perf_counter()
            answer = ask()
            taken = time.perf_counter() - began
        crowd = max(1.0, _crowd())
        best = min(best[0], taken / crowd), min(best[1], max(waits, default=0) / crowd)
        assert answer.status in statuses, answer.text[:500]
    assert best[0] < ANSWER_SECONDS_MAX
    assert best[1] < HELD_SECONDS_MAX
    assert answer is not None
    return answer


LARGE = {
    "policy": "x" * 5_000_000,
    "escapes": "<\n" * 1_000_000,
    "deep": "[" * 1_000_000,
    "objects": '{"a":' * 200_000,
    "strings": json.dumps(["\x00\ud800"] * 50_000),
}


@pytest.mark.parametrize("what", LARGE)
def test_a_form_of_megabytes_holds_nobody_up(what: str, server: Server, caller: Caller) -> None:
    fields = {"csrf": caller.csrf(), "body": LARGE[what], "Policy": LARGE[what], "policy": LARGE[what][:100_000]}
    _quick(server, lambda: caller.post("queues/orders/policy", fields), 200, 303, 400, 413)


def test_a_form_of_ten_thousand_fields_is_refused(server: Server, caller: Caller) -> None:
    fields = {"csrf": caller.csrf(), **{f"key{at}": "x" for at in range(10_000)}}
    _quick(server, lambda: caller.post("queues/orders/tags", fields), 400)


def test_a_form_that_is_larger_than_any_is_refused(server: Server, caller: Caller) -> None:
    fields = {"csrf": caller.csrf(), "body": "x" * 9_000_000}
    _quick(server, lambda: caller.post("queues/orders/messages/send", fields), 413)


def test_a_thousand_tags_are_refused_by_aws_rule(server: Server, caller: Caller) -> None:
    from urllib.parse import urlencode

    pairs = [("csrf", caller.csrf())] + [each for at in range(900) for each in (("key", f"k{at}"), ("value", "v"))]
    pairs += [(f"tag_{name}", value) for name, value in pairs[1:200]]
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    path = "/_chasqui/console/us-east-1/queues/orders/tags"
    _quick(server, lambda: caller.ask("POST", path, urlencode(pairs).encode(), **kind), 303, 400)
    assert len(server.client("sqs").list_queue_tags(QueueUrl=f"{server.url}/000000000000/orders").get("Tags", {})) <= 50


@pytest.mark.parametrize("policy", ["[" * 100_000, '{"a":' * 20_000, "1" * 100_000, '{"Version": "\\ud800"}', "null"])
def test_a_policy_is_judged_while_it_is_typed(policy: str, server: Server, caller: Caller) -> None:
    fields = {"csrf": caller.csrf(), "policy": policy}
    _quick(server, lambda: caller.post("access/policy-check?field=policy&kind=queue", fields), 200, 400)


def test_a_filter_made_to_be_slow_is_not(server: Server, caller: Caller) -> None:
    policy = json.dumps({"a": [{"wildcard": "*a" * 100 + "*b"}, {"anything-but": {"wildcard": "*a*a*a*b"}}]})
    fields = {"csrf": caller.csrf(), "FilterPolicyScope": "MessageBody", "FilterPolicy": policy}
    fields["try_body"] = json.dumps({"a": "a" * 200_000})
    _quick(server, lambda: caller.post("topics/check-filter", fields), 200)


@pytest.mark.parametrize("text", ["(a+)+$", "a" * 5000, "(?:a|a)*b", "\\", "[", "%00"])
def test_a_search_made_to_be_slow_is_not(text: str, server: Server, caller: Caller) -> None:
    for path in (
        f"queues?search={quote(text)}",
        f"queues/orders/messages/peek?text={quote(text)}",
        f"trace?q={quote(text)}",
    ):
        _quick(server, lambda path=path: caller.get(path), 200, 400)  # type: ignore[misc]


def test_a_body_of_a_mebibyte_is_cut_where_it_is_shown(server: Server, caller: Caller) -> None:
    page = _quick(server, lambda: caller.get("queues/orders/messages/peek"), 200)
    assert len(page.body) < 500_000


def test_a_page_with_large_bodies_answers_its_reader(visit: Callable[..., Visit]) -> None:
    page = visit().open("queues/orders/messages")
    page.locator("#poll button.main").click()
    page.locator("li.letter").nth(5).wait_for()
    taken = page.evaluate(
        "() => { const began = performance.now(); document.body.offsetHeight; return performance.now() - began; }"
    )
    assert taken < 200
    assert page.evaluate("document.documentElement.outerHTML.length") < 3_000_000


def test_a_list_of_many_queues_is_shown_by_pages(server: Server, caller: Caller) -> None:
    """How long ten thousand take is measured in `benchmarks/`."""
    for query in ("", "?sort=visible&order=desc", "?search=many"):
        page = _quick(server, lambda query=query: caller.get(f"queues{query}"), 200)  # type: ignore[misc]
        rows = page.text.partition("<tbody")[2].partition("</tbody>")[0].count("<tr")
        assert 50 < rows <= 100, query
