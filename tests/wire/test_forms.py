"""The short way of forms: long values are read as the long way reads them."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from chasqui.services.sns.types import PublishInput
from chasqui.wire.forms import FormDecoder

LONG = 3000

read = FormDecoder(PublishInput)


@pytest.mark.parametrize("unit", ['{"a": 1}', "é", "\\u0041", "100% ", "a=b&c", "\U0001f600", "+"])
@pytest.mark.parametrize("times", [1, LONG])
def test_a_value_is_read_as_it_was_written(unit: str, times: int) -> None:
    text = unit * times

    made = read(f"Action=Publish&TopicArn=t&Message={quote(text, safe='')}".encode())

    assert made is not None
    assert made.Message == text


@pytest.mark.parametrize("bad", ["%", "%4", "%zz", "%ff"])
def test_what_is_long_and_no_text_is_left_to_the_long_way(bad: str) -> None:
    assert read(f"Action=Publish&Message={'%41' * LONG}{bad}".encode()) is None
