"""AWS JSON: the fast path, the slow path and what it says."""

from __future__ import annotations

import msgspec
import pytest

from chasqui.base.errors import ServiceError
from chasqui.services.sqs.types import ReceiveMessageRequest, SendMessageRequest
from chasqui.wire.json import JSON_1_0, JSON_1_1, StructDecoder, read_body
from chasqui.wire.model import load_service

decode_send = StructDecoder(SendMessageRequest, "sqs", "SendMessage")
decode_receive = StructDecoder(ReceiveMessageRequest, "sqs", "ReceiveMessage")

REFUSED = [
    (b"[", ""),
    (b"", None),
    (b"null", ""),
    (b"{} x", ""),
    (b'"text"', "Expected null"),
    (b"[]", "Start of list found where not expected"),
    (b'{"MessageBody":5}', "NUMBER_VALUE can not be converted to a String"),
    (b'{"MessageBody":1.5}', "NUMBER_VALUE can not be converted to a String"),
    (b'{"MessageBody":true}', "TRUE_VALUE can not be converted to a String"),
    (b'{"MessageBody":{}}', "Start of structure or map found where not expected."),
    (b'{"MessageBody":[]}', "Start of list found where not expected"),
    (b'{"DelaySeconds":"5"}', "STRING_VALUE can not be converted to an Integer"),
    (b'{"DelaySeconds":false}', "FALSE_VALUE can not be converted to an Integer"),
    (b'{"DelaySeconds":1e400}', ""),
    (b'{"DelaySeconds":99999999999999999999}', ""),
    (b'{"DelaySeconds":' + b"9" * 10_000 + b"}", ""),
    (b'{"MessageAttributes":[]}', "Start of list found where not expected"),
    (b'{"MessageAttributes":"x"}', "Expected map or null"),
    (b'{"MessageAttributes":{"a":"b"}}', "Expected null"),
    (b'{"MessageAttributes":{"a":{"StringListValues":{}}}}', "Start of structure or map found where not expected."),
    (b'{"MessageAttributes":{"a":{"StringListValues":"x"}}}', "Expected list or null"),
    (
        b'{"MessageAttributes":{"a":{"BinaryValue":"AAA"}}}',
        "'AAA' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3",
    ),
    (
        b'{"MessageAttributes":{"a":{"BinaryValue":"=+/="}}}',
        "'=+/=' can not be converted to a Blob: Invalid Base64 character: '='",
    ),
    (b'{"MessageBody":"\xff"}', ""),
    (b'{"MessageBody":"\\ud800"}', ""),
    (b'{"unknown":' + b"[" * 100_000, ""),
]


@pytest.mark.parametrize(("body", "message"), REFUSED)
def test_what_is_not_the_operation_s_input_is_refused_in_aws_words(body: bytes, message: str | None) -> None:
    if message is None:
        assert decode_send(body) == SendMessageRequest()
        return
    with pytest.raises(ServiceError) as caught:
        decode_send(body)

    assert (caught.value.code, caught.value.message, caught.value.status) == ("SerializationException", message, 400)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"DelaySeconds":5}', 5),
        (b'{"DelaySeconds":5.0}', 5),
        (b'{"DelaySeconds":5.9}', 5),
        (b'{"DelaySeconds":-1e2}', -100),
        (b'{"DelaySeconds":99999999999}', 99999999999),
        (b'{"DelaySeconds":null}', None),
        (b'{"DelaySeconds":1,"DelaySeconds":2}', 2),
        (b'{"unknown":{"a":[1,null]},"DelaySeconds":3}', 3),
    ],
)
def test_numbers_are_taken_as_aws_takes_them(body: bytes, expected: int | None) -> None:
    assert decode_send(body).DelaySeconds == expected


def test_nulls_in_a_list_are_dropped() -> None:
    assert decode_receive(b'{"MessageAttributeNames":["a",null,"b"]}').MessageAttributeNames == ["a", "b"]


def test_the_fast_and_the_slow_path_read_the_same() -> None:
    body = (
        b'{"QueueUrl":"u","MessageBody":"b","MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"AP8="}},'
        b'"MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1"}}}'
    )
    operation = load_service("sqs").operation("SendMessage")

    fast = decode_send(body)

    assert msgspec.to_builtins(fast, builtin_types=(bytes,)) == read_body(operation.input, body)


def test_timestamps_come_as_numbers_or_text() -> None:
    shape = load_service("kinesis").operation("GetShardIterator").input

    assert read_body(shape, b'{"Timestamp":1459799926.480}') == {"Timestamp": 1459799926.48}
    assert read_body(shape, b'{"Timestamp":"2016-04-04T19:58:46.480Z"}') == {"Timestamp": 1459799926.48}
    with pytest.raises(ServiceError, match="STRING_VALUE can not be converted to milliseconds since epoch"):
        read_body(shape, b'{"Timestamp":"yesterday"}')


def test_an_error_has_the_names_that_both_kinds_of_clients_look_for() -> None:
    error = ServiceError("QueueDoesNotExist", "The specified queue does not exist.")

    response = JSON_1_0.error(load_service("sqs"), error, "id-1")

    assert response.status == 400
    assert response.body == (
        b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}'
    )
    assert dict(response.headers) == {
        b"content-type": b"application/x-amz-json-1.0",
        b"x-amzn-requestid": b"id-1",
        b"x-amzn-query-error": b"AWS.SimpleQueueService.NonExistentQueue;Sender",
    }


@pytest.mark.parametrize(
    ("code", "type_", "query", "status"),
    [
        (
            "InvalidParameterValue",
            "com.amazon.coral.service#InvalidParameterValueException",
            "InvalidParameterValue",
            400,
        ),
        ("MissingParameter", "com.amazon.coral.service#MissingRequiredParameterException", "MissingParameter", 400),
        ("SerializationException", "com.amazon.coral.service#SerializationException", "MalformedInput", 400),
        ("UnknownOperationException", "com.amazon.coral.service#UnknownOperationException", "InvalidAction", 400),
        ("AccessDenied", "com.amazon.coral.service#AccessDeniedException", "AccessDenied", 403),
        (
            "PurgeQueueInProgress",
            "com.amazonaws.sqs#PurgeQueueInProgress",
            "AWS.SimpleQueueService.PurgeQueueInProgress",
            403,
        ),
        ("QueueNameExists", "com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists", 400),
        ("ReceiptHandleIsInvalid", "com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404),
        ("ResourceNotFoundException", "com.amazonaws.sqs#ResourceNotFoundException", "ResourceNotFoundException", 404),
        ("KmsDisabled", "com.amazonaws.sqs#KmsDisabled", "KMS.DisabledException", 400),
    ],
)
def test_errors_have_their_legacy_codes_and_statuses(code: str, type_: str, query: str, status: int) -> None:
    response = JSON_1_0.error(load_service("sqs"), ServiceError(code, "m"), "r")

    assert msgspec.json.decode(response.body)["__type"] == type_
    assert dict(response.headers)[b"x-amzn-query-error"] == f"{query};Sender".encode()
    assert response.status == status


def test_a_service_without_a_namespace_gives_the_bare_type() -> None:
    response = JSON_1_1.error(load_service("kinesis"), ServiceError("ResourceNotFoundException", "m"), "r")

    assert response.body == b'{"__type":"ResourceNotFoundException","message":"m"}'
    assert dict(response.headers)[b"content-type"] == b"application/x-amz-json-1.1"


def test_a_fault_of_the_server_is_the_receiver_s() -> None:
    error = ServiceError("InternalFailure", "m", fault="Receiver")

    response = JSON_1_0.error(load_service("sqs"), error, "r")

    assert response.status == 500
    assert dict(response.headers)[b"x-amzn-query-error"] == b"InternalFailure;Receiver"
