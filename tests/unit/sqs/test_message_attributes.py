"""Message attributes: what is refused, what they weigh, their MD5, which of them a receive gives."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.services.sqs.message_attributes import (
    attributes_md5,
    attributes_size,
    is_valid_text,
    read_attributes,
    select_names,
)
from chasqui.services.sqs.payload import StoredAttribute
from chasqui.services.sqs.types import MessageAttributeValue
from tests.unit.sqs.support import refusal

STRING: dict[str, Any] = {"DataType": "String"}
NUMBER: dict[str, Any] = {"DataType": "Number"}


def read(name: str = "name", **value: Any) -> StoredAttribute:
    return read_attributes({name: MessageAttributeValue(**value)}, 10)[name]


# Written out by hand from the developer guide's description: each part has its length in four bytes before it, and a
# byte for the kind of value (1 text, 2 bytes).
CITY = b"\0\0\0\x04City\0\0\0\x06String\x01\0\0\0\x08Any City"
DATA = b"\0\0\0\x04data\0\0\0\x0aBinary.gif\x02\0\0\0\x03\x00\xff\x01"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"City": StoredAttribute("String", "Any City")}, hashlib.md5(CITY).hexdigest()),
        (
            {
                "data": StoredAttribute("Binary.gif", None, b"\x00\xff\x01"),
                "City": StoredAttribute("String", "Any City"),
            },
            hashlib.md5(CITY + DATA).hexdigest(),
        ),
        # Answers of AWS that were recorded.
        ({"timestamp": StoredAttribute("Number", "1493147359900")}, "235c5c510d26fb653d073faed50ae77c"),
        ({"k": StoredAttribute("String", "x")}, "a45daa70926828a2f0a1db3418e6feb4"),
        (
            {"Hello": StoredAttribute("String", "There"), "General": StoredAttribute("String", "Kenobi")},
            "fca026605781cb4126a1e9044df24232",
        ),
        (
            {
                "attr1": StoredAttribute(
                    "Binary", None, b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
                )
            },
            "8cbe4db156db8a94db8b801b7addb984",
        ),
    ],
)
def test_the_md5_is_that_of_the_guide(attributes: dict[str, StoredAttribute], expected: str) -> None:
    assert attributes_md5(attributes) == expected


def test_names_types_and_values_weigh_their_bytes() -> None:
    attributes = {"né": StoredAttribute("String.ü", "ß"), "b": StoredAttribute("Binary", None, b"1234")}

    assert attributes_size(attributes) == (3 + 9 + 2) + (1 + 6 + 4)


@pytest.mark.parametrize("name", ["a", "A-b_c.d", "x" * 256, "awsome", "amazonia.x"])
def test_names_are_of_letters_digits_and_single_periods(name: str) -> None:
    assert read(name, **STRING, StringValue="v").text == "v"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "must contain non-empty message (user) attribute names"),
        (" ", "must contain non-empty message (user) attribute names"),
        ("x" * 257, "attribute name must be shorter than 256 bytes"),
        (".a", "must not begin with character '.'"),
        ("a.", "must not end with character '.'"),
        ("a..b", "must not have successive '.' characters"),
        ("a b", "Invalid character found"),
        ("é", "Invalid character found"),
        ("AWS.a", "These strings are reserved for internal use"),
        ("amazon.a", "These strings are reserved for internal use"),
    ],
)
def test_other_names_are_refused(name: str, reason: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read(name, **STRING, StringValue="v")

    assert caught.value.code == "InvalidParameterValue"
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"StringValue": "v"}, "The message (user) attribute 'name' must contain a non-empty message attribute type."),
        ({"DataType": "", "StringValue": "v"}, "must contain a non-empty message attribute type."),
        ({"DataType": "Text", "StringValue": "v"}, "The type of message (user) attribute 'name' is invalid."),
        ({"DataType": "string", "StringValue": "v"}, "supported type prefixes: Binary, Number, String."),
        ({"DataType": "String." + "x" * 250, "StringValue": "v"}, "attribute type must be shorter than 257 bytes."),
        (STRING, "Message (user) attribute 'name' must contain a non-empty value of type 'String'."),
        ({**STRING, "StringValue": ""}, "must contain a non-empty value of type 'String'."),
        ({"DataType": "Binary", "BinaryValue": b""}, "must contain a non-empty value of type 'Binary'."),
        ({**STRING, "BinaryValue": b"x"}, "with type 'String' must use field 'String'."),
        ({"DataType": "Binary.x", "StringValue": "x"}, "with type 'Binary.x' must use field 'Binary'."),
        ({**STRING, "StringValue": "x", "BinaryValue": b"x"}, "must have a single value."),
        ({**NUMBER, "StringValue": "one"}, "Can't cast the value of message (user) attribute 'name' to a number."),
        ({**NUMBER, "StringValue": "0x1"}, "Can't cast the value"),
        ({**NUMBER, "StringValue": "1 "}, "Can't cast the value"),
        ({**STRING, "StringValue": "\x0b"}, "contains invalid characters"),
    ],
)
def test_wrong_values_are_told(value: dict[str, Any], reason: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read(**value)

    assert caught.value.code == "InvalidParameterValue"
    assert reason in caught.value.message


@pytest.mark.parametrize("number", ["0", "-1", "+1.5", ".5", "5.", "1e10", "-1.5E-7"])
def test_numbers_are_kept_as_they_were_written(number: str) -> None:
    assert read(**NUMBER, StringValue=number).text == number


def test_lists_of_values_are_not_supported() -> None:
    with pytest.raises(ServiceError, match="UnsupportedOperation"):
        read(**STRING, StringListValues=["a"])


def test_a_message_has_at_most_ten_attributes() -> None:
    eleven = {str(number): MessageAttributeValue(**STRING, StringValue="v") for number in range(11)}

    with pytest.raises(ServiceError, match=r"Number of message attributes \[11\] exceeds the allowed maximum \[10\]."):
        read_attributes(eleven, 10)


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["All"], ["a", "bar.x", "bar.y", "bart"]),
        ([".*"], ["a", "bar.x", "bar.y", "bart"]),
        (["a", "zzz"], ["a"]),
        (["bar.*"], ["bar.x", "bar.y", "bart"]),
        (["bar.x", "bar.*"], ["bar.x", "bar.y", "bart"]),
        (["AWS.", "..x", ""], []),
    ],
)
def test_a_receive_names_what_it_wants(wanted: list[str], chosen: list[str]) -> None:
    assert select_names(wanted, {"a": 1, "bar.x": 1, "bar.y": 1, "bart": 1}) == chosen


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("\t\n\r ~", True),
        ("\ud7ff\ue000\ufffd\U00010000\U0010ffff", True),
        ("\x00", False),
        ("\x1f", False),
        ("\ufffe", False),
        ("\uffff", False),
    ],
)
def test_only_the_characters_of_xml_are_text(text: str, valid: bool) -> None:
    assert is_valid_text(text, text.encode()) is valid


# --------------------------------------------------------------------------------------------- system attributes


@pytest.mark.parametrize(
    "system",
    [
        {"Other": {**STRING, "StringValue": "x"}},
        {"AWSTraceHeader": {**NUMBER, "StringValue": "1"}},
        {"AWSTraceHeader": {**STRING, "StringValue": ""}},
    ],
)
def test_the_trace_header_is_the_only_system_attribute(sqs: Any, queue: str, system: dict[str, Any]) -> None:
    told = refusal(sqs.send_message, QueueUrl=queue, MessageBody="x", MessageSystemAttributes=system)

    assert told[0] == "InvalidParameterValueException"


def test_a_system_attribute_does_not_count_towards_the_size(sqs: Any, queue: str) -> None:
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"MaximumMessageSize": "1024"})
    trace = {"AWSTraceHeader": {**STRING, "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}

    assert sqs.send_message(QueueUrl=queue, MessageBody="x" * 1024, MessageSystemAttributes=trace)["MessageId"]
