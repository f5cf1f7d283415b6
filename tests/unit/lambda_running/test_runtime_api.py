"""The Runtime API, asked as a runtime should not ask it: the function is a program of the test, which speaks HTTP by
hand and answers with what it was told."""

from __future__ import annotations

import json

import pytest

from tests.unit.lambda_running.harness import Harness

_RUNTIME = """#!/usr/bin/env python3
import http.client, json, os

def ask(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, "/2018-06-01/runtime/" + path, body, headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode()

while True:
    status, headers, event = ask("GET", "invocation/next")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    found = []
    for method, path, body in json.loads(event):
        status, _, text = ask(method, path.replace("ID", request_id), body)
        found.append([status, json.loads(text).get("errorType")])
    ask("POST", "invocation/%s/response" % request_id, json.dumps([headers, found]))
"""


@pytest.fixture(scope="module")
def asked(harness: Harness) -> object:
    function = harness.deploy(harness.package({"bootstrap": _RUNTIME}), runtime="provided.al2023")

    def ask(*requests: tuple[str, str, str], **facts: object) -> list[object]:
        found: list[object] = json.loads(harness.run(function, json.dumps(requests).encode(), **facts).payload)
        return found

    return ask


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (("POST", "invocation/other/response", "1"), [400, "InvalidRequestID"]),
        (("POST", "invocation/other/error", "1"), [400, "InvalidRequestID"]),
        (("GET", "invocation/next", ""), [403, "InvalidStateTransition"]),
        (("POST", "init/error", "{}"), [403, "InvalidStateTransition"]),
        (("GET", "nothing", ""), [404, "NotFound"]),
        (("POST", "invocation/ID/other", ""), [404, "NotFound"]),
        (("POST", "restore/error", "{}"), [404, "NotFound"]),
    ],
)
def test_what_a_runtime_must_not_ask_is_refused(asked: object, request_: object, answer: list[object]) -> None:
    assert asked(request_)[1] == [answer]  # type: ignore[operator]


def test_the_headers_of_an_event_are_all_there(asked: object) -> None:
    headers, _ = asked(  # type: ignore[operator]
        client_context='{"a":\n1}', cognito_identity='{"b":2}', trace_id="Root=1-2-3", request_id="an-id"
    )

    assert headers["Lambda-Runtime-Aws-Request-Id"] == "an-id"
    assert headers["Lambda-Runtime-Client-Context"] == '{"a": 1}'
    assert headers["Lambda-Runtime-Cognito-Identity"] == '{"b":2}'
    assert headers["Lambda-Runtime-Trace-Id"] == "Root=1-2-3"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"].endswith(":function:hello")
    assert int(headers["Lambda-Runtime-Deadline-Ms"]) > 1_700_000_000_000


_TWICE = """#!/bin/sh
API="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  ID=$(curl -sS -D - -o /dev/null "$API/next" | grep -i Aws-Request-Id | tr -d '[:space:]' | cut -d: -f2)
  curl -sS "$API/$ID/response" -d first > /dev/null
  curl -sS "$API/$ID/response" -d second
done
"""


def test_only_the_first_answer_counts(harness: Harness) -> None:
    function = harness.deploy(harness.package({"bootstrap": _TWICE}), runtime="provided.al2023")

    assert [harness.run(function).payload for _ in range(2)] == [b"first", b"first"]
