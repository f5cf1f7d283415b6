"""The form for sending, and actions as commands."""

from __future__ import annotations

import ast
import shlex
from urllib.parse import urlencode

import pytest

from chasqui.console.forms import Form
from chasqui.console.messages.commands import command
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


@pytest.mark.parametrize("body", ["it's; rm -rf / $(x) `y`", 'a "b"\n\\', "--help", "\u202e<b>"])
def test_commands_quote_whatever_is_in_them(body: str) -> None:
    told = command("http://localhost:4566", "eu-west-3", "send-message", "send_message", {"MessageBody": body})
    words = shlex.split(told.cli)
    assert words[:3] == ["aws", "sqs", "send-message"]
    assert words[-2:] == ["--message-body", body] or words[-1] == f"--message-body={body}"
    assert not words[-1].startswith("--help")
    call = ast.parse(told.boto3).body[-1]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert ast.literal_eval(call.value.keywords[0].value) == body


def test_a_body_that_names_a_file_is_not_read_from_it() -> None:
    told = command("http://h", "eu-west-3", "send-message", "send_message", {"MessageBody": "file:///etc/passwd"})
    assert shlex.split(told.cli)[-2:] == ["--cli-input-json", '{"MessageBody":"file:///etc/passwd"}']


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
