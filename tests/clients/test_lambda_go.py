"""Lambda with the AWS SDK for Go v2; the cases themselves are in `go/functions.go`."""

from __future__ import annotations

import json

import pytest

from tests.clients.functions import ROLE, package_text
from tests.clients.programs import Program

# The first test also waits for the compiler.
pytestmark = [pytest.mark.one_engine("another SDK is about the wire"), pytest.mark.timeout(300)]


def test_a_function_is_made_waited_for_and_invoked_with_its_log(golang: Program, name: str) -> None:
    saw = golang("function", name=name, arn=ROLE, package=package_text())

    assert saw["arn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    assert (saw["status"], json.loads(saw["answer"])) == (200, {"said": "olá", "version": "$LATEST"})
    assert saw["logged"] is True
    assert saw["failed"] == "Unhandled"


def test_errors_are_found_by_their_types(golang: Program, name: str) -> None:
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"

    assert golang("functionFails", name=name) == {"message": f"Function not found: {arn}"}
