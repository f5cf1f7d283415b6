"""Lambda with the AWS SDK for JavaScript v3; the cases themselves are in `javascript/functions.mjs`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.functions import ROLE, package_text
from tests.clients.programs import Program

# The first test also waits for npm.
pytestmark = [pytest.mark.one_engine("another SDK is about the wire"), pytest.mark.timeout(300)]


def run(javascript: Program, case: str, name: str) -> Any:
    return javascript("functions.mjs", case, name=name, role=ROLE, package=package_text())


def test_a_function_is_invoked_in_every_way(javascript: Program, name: str) -> None:
    saw = run(javascript, "invoke", name)

    assert saw["answer"] == {"said": "olá", "version": "$LATEST"}
    assert (saw["version"], saw["logged"]) == ("$LATEST", True)
    assert saw["failed"] == ["Unhandled", "ValueError", "no"]
    assert saw["statuses"] == [200, 200, 204, 202]


def test_an_answer_is_read_as_a_stream_of_events(javascript: Program, name: str) -> None:
    saw = run(javascript, "stream", name)

    assert saw == {"answer": {"said": "streamed", "version": "$LATEST"}, "complete": True}


def test_a_version_stays_as_it_was_published(javascript: Program, name: str) -> None:
    saw = run(javascript, "versions", name)

    assert saw == {"version": "1", "timeout": 7, "versions": [["$LATEST", 7], ["1", 3]]}


def test_errors_are_instances_of_their_classes(javascript: Program, name: str) -> None:
    assert run(javascript, "errors", name) == {"missing": [True, 404], "twice": [True, 409]}
