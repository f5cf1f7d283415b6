"""The query protocol: forms in every spelling, golden answers, and an older botocore that still speaks it to
SQS."""

from __future__ import annotations

import datetime
import importlib
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasqui.base.errors import ServiceError
from chasqui.services.sqs.types import SendMessageResult
from chasqui.wire.model import load_service
from chasqui.wire.protocol import Request
from chasqui.wire.query import QUERY, decode_text
from tests.clients.programs import older_botocore
from tests.wire.wire_support import Values, without_empty

SQS = load_service("sqs")
# What SQS has gained since the older botocore.
SINCE = {"MessageSystemAttributeNames"}


def form(body: str, path: str = "/") -> Request:
    return Request("POST", path, "", {b"host": b"localhost:4566"}, body.encode())


def read(operation: str, body: str, path: str = "/") -> dict[str, Any]:
    return QUERY.parse(SQS.operation(operation), form(body, path))


def test_the_documented_spellings_are_read() -> None:
    params = read(
        "SendMessage",
        "Action=SendMessage&QueueUrl=u&MessageBody=a+b%26%C3%BC&DelaySeconds=5&MessageAttribute.1.Name=n"
        "&MessageAttribute.1.Value.DataType=Binary&MessageAttribute.1.Value.BinaryValue=AP8%3D"
        "&MessageAttribute.2.Name=m.1&MessageAttribute.2.Value.StringValue=s&MessageAttribute.2.Value.DataType=String",
    )

    assert params == {
        "QueueUrl": "u",
        "MessageBody": "a b&ü",
        "DelaySeconds": 5,
        "MessageAttributes": {
            "n": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
            "m.1": {"DataType": "String", "StringValue": "s"},
        },
    }


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("GetQueueAttributes", "QueueUrl=u&AttributeName.1=All", {"AttributeNames": ["All"]}),
        ("GetQueueAttributes", "QueueUrl=u&AttributeName=All", {"AttributeNames": ["All"]}),
        ("GetQueueAttributes", "QueueUrl=u&AttributeName.10=b&AttributeName.2=a", {"AttributeNames": ["a", "b"]}),
        ("CreateQueue", "QueueUrl=u&Tag.1.Key=k&Tag.1.Value=v", {"tags": {"k": "v"}}),
        ("CreateQueue", "QueueUrl=u&Attribute.1.Name=k&Attribute.1.Value=v", {"Attributes": {"k": "v"}}),
        ("UntagQueue", "QueueUrl=u&TagKey.1=a&TagKey.2=b", {"TagKeys": ["a", "b"]}),
        (
            "DeleteMessageBatch",
            "QueueUrl=u&DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle=h",
            {"Entries": [{"Id": "a", "ReceiptHandle": "h"}]},
        ),
        (
            "ReceiveMessage",
            "QueueUrl=u&MessageSystemAttributeName.1=All&MessageAttributeName.1=x",
            {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["x"]},
        ),
        (
            "AddPermission",
            "QueueUrl=u&AWSAccountId.1=1&ActionName.1=*&Label=l",
            {"AWSAccountIds": ["1"], "Actions": ["*"], "Label": "l"},
        ),
    ],
)
def test_lists_and_maps_have_their_legacy_names(operation: str, body: str, expected: dict[str, Any]) -> None:
    params = read(operation, body)

    assert {key: value for key, value in params.items() if key in expected} == expected


def test_the_queue_is_taken_from_the_path_when_the_form_does_not_name_it() -> None:
    assert read("PurgeQueue", "", "/000000000000/q") == {"QueueUrl": "http://localhost:4566/000000000000/q"}
    assert read("PurgeQueue", "QueueUrl=u", "/000000000000/q") == {"QueueUrl": "u"}
    assert read("ListQueues", "", "/000000000000/q") == {}


@pytest.mark.parametrize(
    "body",
    [
        "QueueUrl=u&MessageBody=b&DelaySeconds=x",
        "MessageBody=%ff",
        "MessageAttribute.1.Value.DataType=x",
        "QueueUrl.1=u",
    ],
)
def test_a_malformed_form_is_refused(body: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read("SendMessage", body)

    assert caught.value.code == "MalformedInput"


def test_an_answer_is_this() -> None:
    output = SendMessageResult(MessageId="m", MD5OfMessageBody="d")

    response = QUERY.serialise(SQS.operation("SendMessage"), output, "r")

    assert response.body.decode() == (
        '<?xml version="1.0"?>\n<SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
        "<SendMessageResult><MD5OfMessageBody>d</MD5OfMessageBody><MessageId>m</MessageId></SendMessageResult>"
        "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></SendMessageResponse>"
    )


def test_an_answer_without_a_result_is_this() -> None:
    response = QUERY.serialise(SQS.operation("DeleteMessage"), None, "r")

    assert response.body.decode() == (
        '<?xml version="1.0"?>\n<DeleteMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
        "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DeleteMessageResponse>"
    )


def test_an_error_is_this() -> None:
    error = ServiceError("QueueDoesNotExist", "The specified queue does not exist.")

    response = QUERY.error(SQS, error, "r")

    assert response.status == 400
    assert response.body.decode() == (
        '<?xml version="1.0"?>\n<ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error>'
        "<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"
        "<Message>The specified queue does not exist.</Message><Detail/></Error>"
        "<RequestId>r</RequestId></ErrorResponse>"
    )


def test_characters_that_xml_has_no_place_for_are_replaced() -> None:
    output = {"Attributes": {"a": "\x00\r\n\ufffe&<"}}

    body = QUERY.serialise(SQS.operation("GetQueueAttributes"), output, "r").body.decode()

    assert "<Value>\ufffd&#13;\n\ufffd&amp;&lt;</Value>" in body


# ------------------------------------------------------------------------------------------------ the older
# botocore


@pytest.fixture(scope="module")
def old() -> Iterator[Any]:
    """The modules of a botocore whose SQS model is a query model."""
    older = older_botocore()
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "botocore"}
    sys.path.insert(0, str(older))
    try:
        names = ("loaders", "model", "parsers", "serialize")
        modules = {name: importlib.import_module(f"botocore.{name}") for name in names}
        assert str(older) in str(modules["model"].__file__)
        data = str(older / "botocore" / "data")
        loader = modules["loaders"].Loader(extra_search_paths=[data], include_default_search_paths=False)
        modules["service"] = modules["model"].ServiceModel(loader.load_service_model("sqs", "service-2"), "sqs")
        yield modules
    finally:
        sys.path.remove(str(older))
        for name in list(sys.modules):
            if name.split(".")[0] == "botocore":
                del sys.modules[name]
        sys.modules.update(kept)


def test_what_an_older_botocore_sends_is_what_we_read(old: Any) -> None:
    assert old["service"].metadata["protocol"] == "query"
    serializer = old["serialize"].create_serializer("query", include_validation=False)
    for operation in SQS.operations():
        for number in range(3):
            assert operation.input is not None
            params = Values(f"old {operation.name} {number}").structure(operation.input, every=number == 0)
            params = {name: value for name, value in without_empty(params).items() if name not in SINCE}
            sent = serializer.serialize_to_request(params, old["service"].operation_model(operation.name))

            parsed = QUERY.parse(operation, form(urlencode(sent["body"])))

            assert parsed == params, operation


def test_what_we_answer_is_what_an_older_botocore_reads(old: Any) -> None:
    parser = old["parsers"].create_parser("query")
    for operation in SQS.operations():
        for number in range(3):
            output = Values(f"old {operation.name} {number}").structure(operation.output) if operation.output else {}
            response = QUERY.serialise(operation, output, "r")
            sent = {"status_code": 200, "headers": {}, "body": response.body}

            parsed = parser.parse(sent, old["service"].operation_model(operation.name).output_shape)

            assert parsed.pop("ResponseMetadata")["RequestId"] == "r"
            assert without_empty(parsed) == without_empty(output), operation


def test_an_older_botocore_reads_our_errors(old: Any) -> None:
    parser = old["parsers"].create_parser("query")
    for shape in old["service"].error_shapes:
        if shape.name not in SQS.errors:
            continue
        response = QUERY.error(SQS, ServiceError(shape.name, "What went wrong."), "r")

        parsed = parser.parse({"status_code": response.status, "headers": {}, "body": response.body}, None)

        assert parsed["Error"]["Code"] == shape.error_code
        assert parsed["Error"]["Message"] == "What went wrong."


def test_times_are_iso_8601() -> None:
    operation = load_service("sts").operation("AssumeRole")
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    output = {"Credentials": {"Expiration": moment.timestamp()}}

    body = QUERY.serialise(operation, output, "r").body

    assert b"<Expiration>2026-01-02T03:04:05Z</Expiration>" in body


@given(st.text(max_size=40))
def test_long_texts_are_decoded_as_short_ones_are(text: str) -> None:
    long = text + "\\%u0041+ é" * 1000

    assert decode_text(quote(long)) == long
    assert decode_text(quote(long).encode()) == long


@pytest.mark.parametrize("ending", ["%", "%4", "%zz", "%u0041"])
def test_a_long_text_with_a_percent_sign_that_stands_for_nothing_is_refused(ending: str) -> None:
    with pytest.raises(ServiceError):
        decode_text("x" * 5000 + ending)
