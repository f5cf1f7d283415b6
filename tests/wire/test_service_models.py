"""The models: found without botocore, read once, cheap to start with."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chasqui.wire.model import ModelError, load_service
from tests.wire.wire_support import SERVICES


def test_nothing_of_botocore_is_imported() -> None:
    code = (
        "import sys; from chasqui.wire import registry, routing; routing.Catalogue(['sqs']);"
        "assert not any(name.split('.')[0] == 'botocore' for name in sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_service_is_read_once() -> None:
    assert load_service("sqs") is load_service("sqs")


def test_what_is_not_there_is_said() -> None:
    for call in (
        lambda: load_service("nothing"),
        lambda: load_service("sqs").operation("Nothing"),
        lambda: load_service("sqs").shape("Nothing"),
    ):
        with pytest.raises(ModelError):
            call()


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_of_every_service_resolves(name: str) -> None:
    for operation in load_service(name).operations():
        for shape in (operation.input, operation.output):
            assert shape is None or shape.members is not None
        for error in operation.error_names:
            assert error in load_service(name).errors


def test_sqs_speaks_query_through_its_overlay() -> None:
    sqs = load_service("sqs")
    operation = sqs.operation("SendMessage")
    assert operation.input is not None
    assert operation.for_query.input is not None

    assert sqs.protocols == ("json", "query")
    assert operation.input.wire_name("MessageAttributes") == "MessageAttributes"
    assert operation.for_query.input.wire_name("MessageAttributes") == "MessageAttribute"
