"""The generated structs are what the model says, and behave as the services need."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import msgspec

from chasqui.services.sqs import types
from chasqui.wire.model import load_service
from chasqui.wire.typed import from_params, missing_members, to_params

TOOL = Path(__file__).parents[2] / "tools" / "generate_types.py"


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_types", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_types_are_what_the_generator_writes() -> None:
    tool = load_tool()
    for service, folder in tool.SERVICES.items():
        assert tool.target(folder).read_text() == tool.Generator(service).source()


def test_every_operation_has_its_input_and_output() -> None:
    for operation in load_service("sqs").operations():
        assert operation.input is not None
        assert types.INPUTS[operation.name].__name__ == operation.input.name
        assert (operation.name in types.OUTPUTS) == (operation.output is not None)


def test_missing_members_are_named_in_the_model_s_order() -> None:
    request = types.ChangeMessageVisibilityRequest(ReceiptHandle="handle")

    assert missing_members(request) == ["QueueUrl", "VisibilityTimeout"]


def test_an_output_leaves_out_what_is_none_and_keeps_what_is_required() -> None:
    batch = types.SendMessageBatchResult(Successful=[], Failed=[])

    assert msgspec.json.encode(types.SendMessageResult(MessageId="1")) == b'{"MessageId":"1"}'
    assert msgspec.json.encode(batch) == b'{"Successful":[],"Failed":[]}'


def test_parameters_and_structs_are_the_same_both_ways() -> None:
    params = {
        "QueueUrl": "http://localhost/0/q",
        "MessageBody": "b",
        "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
    }

    assert to_params(from_params(types.SendMessageRequest, params)) == params
