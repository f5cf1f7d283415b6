"""The form for sending, and actions as commands."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from chasqui.console.forms import Form
from chasqui.console.messages.drafts import (
    Draft,
    Row,
    WrongDraft,
    copies_of,
    draft_of,
    entries_of,
    params_of,
)
from chasqui.console.messages.monitoring import Sample, values_of

EMPTY = ("", "String", "")


def form(*rows: tuple[str, str, str], **fields: str) -> Form:
    pairs = [*fields.items()]
    for row in rows:
        pairs += zip(("attribute", "type", "value"), row, strict=True)
    return Form.parse(urlencode(pairs))


def test_empty_rows_are_no_attributes() -> None:
    draft = draft_of(form(EMPTY, ("kind", "String", "x"), EMPTY, body="b"))
    assert params_of(draft) == {
        "MessageBody": "b",
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "x"}},
    }


def test_binary_values_are_base64() -> None:
    draft = Draft("b", (Row("key", "Binary.png", "AAE="),))
    assert params_of(draft)["MessageAttributes"]["key"] == {"DataType": "Binary.png", "BinaryValue": b"\0\1"}


@pytest.mark.parametrize(
    "draft",
    [
        Draft("b", (Row("key", "Binary", "not base64"),)),
        Draft("b", (Row("a", "String", "1"), Row("a", "String", "2"))),
        Draft("b", delay="soon"),
        Draft("b", delay="٣"),
    ],
)
def test_a_form_that_makes_no_message_is_refused(draft: Draft) -> None:
    with pytest.raises(WrongDraft):
        params_of(draft)


@pytest.mark.parametrize("copies", ["0", "11", "x", "-1"])
def test_only_a_batch_is_sent_at_a_time(copies: str) -> None:
    with pytest.raises(WrongDraft):
        copies_of(Draft("b", copies=copies))


def test_copies_are_not_each_others_duplicates() -> None:
    entries = entries_of({"MessageBody": "b", "MessageDeduplicationId": "k"}, 3)
    assert len({each["MessageDeduplicationId"] for each in entries}) == 3
    assert len({each["Id"] for each in entries}) == 3


def test_rows_to_fill_are_ten_at_most() -> None:
    rows = tuple(Row(str(at)) for at in range(10))
    assert len(Draft(rows=rows).shown(more=True)) == 10
    assert len(Draft().shown()) == 3


def sample(at_ms: int, sent: int) -> Sample:
    return Sample(at_ms, 1, 2, 3, 4, {"sent": sent, "received": 0, "deleted": 0})


def test_rates_are_what_came_between_two_samples() -> None:
    assert values_of(sample(1000, 10), sample(3000, 20))["sent"] == 5.0


def test_rates_survive_a_restart_of_the_counters() -> None:
    assert values_of(sample(1000, 1000), sample(2000, 7))["sent"] == 7.0


def test_one_sample_has_no_rates() -> None:
    assert values_of(None, sample(1000, 10)) == {
        "visible": 1, "in_flight": 2, "delayed": 3, "age": 4, "sent": None, "received": None, "deleted": None,
    }  # fmt: skip
