"""What anybody can type into an address or send as a form: an answer every time, and never one that says the server has
failed. Hand-made requests; what browsers do with the answers is in `test_hostile_pages.py`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from chasqui.console.sections import routes
from tests.console.caller import CONSOLE, Caller
from tests.console.places import furnish, paths
from tests.support import Server

NAMES = ("nobody", "..%2f..", "%00", "x" * 3000, "%F0%9F%A6%99", "%ED%A0%80", "%0d%0aSet-Cookie:a=b", "a%2Fb", "%25s")
"""What may stand in the place of a name, as it stands in an address."""

SOURCE = Path(__file__).resolve().parents[2] / "src/chasqui/console"
_READ = re.compile(
    r"""(?:query|form|given|fields|asked)\.(?:get|raw|all|flag|pairs)\(\s*"([\w.-]+)"(?:,\s*"([\w.-]+)")?"""
)
_NAMED = re.compile(r"""(?:name=|field\(|area\(|choice\(|tick\(|radios\()"([a-zA-Z][\w.-]*)\"""")

VALUES = (
    "",
    "0",
    "-1",
    "9" * 30,
    "\u00b2",
    "\x00",
    "%s %(name)s {0}",
    "[[]]",
    "arn:aws:sqs:::",
    "http://[",
    "../..",
    "\U0001f999",
)
"""What may be asked for, by every name at once."""
TYPED = ("", "-1", "\u00b2", "\x00", "[[]]", "arn:aws:sqs:::", "nobody")
#: What waits for messages, or for a function.
SLOW = ("/messages/poll", "/test")


@pytest.fixture(scope="module")
def examples(server: Server) -> dict[str, str]:
    return furnish(server)


@pytest.fixture(scope="module")
def caller(server: Server) -> Caller:
    return Caller(server.url)


def words() -> list[str]:
    """Every name that some page looks for in a query or a form, as its source has it."""
    found = set[str]()
    for file in SOURCE.rglob("*.py"):
        found |= {each for pair in _READ.findall(file.read_text()) for each in pair if each}
    for file in SOURCE.rglob("*.html"):
        found |= set(_NAMED.findall(file.read_text()))
    return sorted(found - {"csrf", "color-scheme", "viewport"})


def _status(caller: Caller, method: str, path: str, body: bytes = b"", **fields: str) -> int:
    """A status; of a stream nothing more is read."""
    if "live" in path.partition("?")[0]:
        return 200
    return caller.ask(method, f"{CONSOLE}/us-east-1/{path}", body, **fields).status


def _posts(examples: dict[str, str]) -> list[tuple[str, str]]:
    """The routes that change something, filled in; those that delete come last."""
    found = []
    for route in routes():
        if route.method != "GET" and not route.path.endswith(SLOW):
            segments: list[str] = []
            for part in route.path.split("/"):
                given = examples.get("/".join(segments)) or examples.get(segments[-1] if segments else "") or "none"
                segments.append(quote(given, safe="") if part.startswith("{") else part)
            found.append((route.method, "/".join(segments)))
    return sorted(found, key=lambda each: each[1].endswith(("delete", "empty")))


def test_no_name_in_an_address_makes_the_server_fail(server: Server, caller: Caller) -> None:
    token, problems = caller.csrf(), []
    for at, route in enumerate(route for route in routes() if "{" in route.path):
        for name in (NAMES * 2)[at % len(NAMES) :][:2]:
            path = re.sub(r"\{[^}]*\}", name.replace("\\", ""), route.path)
            status = _status(caller, route.method, path, **({} if route.method == "GET" else _form(token)))
            if status >= 500:
                problems.append(f"{route.method} {path[:100]}: {status}")
    assert not problems, "\n".join(problems)
    assert _failures(server) == []


def test_no_query_makes_the_server_fail(server: Server, caller: Caller, examples: dict[str, str]) -> None:
    names, problems = words(), []
    assert len(names) > 100
    for turn, path in enumerate(paths(examples)):
        for value in (VALUES * 2)[turn % len(VALUES) :][:2]:
            for at in range(0, len(names), 120):
                query = urlencode(dict.fromkeys(names[at : at + 120], value))
                status = _status(caller, "GET", f"{path}?{query}")
                if status >= 500:
                    problems.append(f"{path} {value!r}: {status}")
    assert not problems, "\n".join(problems)
    assert _failures(server) == []


def test_forms_that_say_nothing_or_nonsense_take_nothing_away(
    server: Server, caller: Caller, examples: dict[str, str]
) -> None:
    token, names, problems, before = caller.csrf(), words(), [], _things(server)
    for method, path in _posts(examples):
        for value in (None, *(TYPED * 2)[len(path) % len(TYPED) :][:3]):
            fields = {} if value is None else dict.fromkeys(names, value)
            status = _status(caller, method, path, urlencode({**fields, "csrf": token}).encode(), **_form(token))
            if status >= 500:
                problems.append(f"{method} {path} {value!r}: {status}")
    assert not problems, "\n".join(problems)
    assert _failures(server) == []
    assert before - _things(server) == set()


def _form(token: str) -> dict[str, str]:
    return {"Content_Type": "application/x-www-form-urlencoded", "x_chasqui_csrf": token}


def _failures(server: Server) -> list[dict[str, Any]]:
    return [entry for entry in server.log if entry.get("level") == "ERROR"]


def _things(server: Server) -> set[str]:
    """What there is, by name; of the queue also how many messages."""
    sqs, iam = server.client("sqs"), server.client("iam")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return {
        *sqs.list_queues()["QueueUrls"],
        *(each["TopicArn"] for each in server.client("sns").list_topics()["Topics"]),
        *(each["Name"] for each in server.client("s3").list_buckets()["Buckets"]),
        *(each["Key"] for each in server.client("s3").list_objects_v2(Bucket="pictures")["Contents"]),
        *(each["FunctionArn"] for each in server.client("lambda").list_functions()["Functions"]),
        *(each["Arn"] for each in iam.list_users()["Users"]),
        *(each["Arn"] for each in iam.list_roles()["Roles"]),
        *(each["Arn"] for each in iam.list_policies(Scope="Local")["Policies"]),
        f"messages: {sum(map(int, counts.values())) >= 3}",
    }
