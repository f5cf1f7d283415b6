"""The rules of the buckets' pages: names of keys, what is text, events that are ticked, statements, lifecycle rules."""

from __future__ import annotations

import msgspec
import pytest

from chasqui.console.buckets.details import as_text
from chasqui.console.buckets.events import EventRule, events_of, rules_of
from chasqui.console.buckets.facts import folders, last_name, packed, unpacked
from chasqui.console.buckets.management import rule_of, told
from chasqui.console.buckets.statements import statement
from chasqui.console.forms import Form
from chasqui.services.s3.buckets.lifecycle import checked_rules
from chasqui.services.s3.types import LifecycleRule


@pytest.mark.parametrize(
    ("key", "name"),
    [("cat.png", "cat.png"), ("a/cat.png", "cat.png"), ("a/b/", "b/"), ("a//", "/"), ("/", "/"), ("a//b", "b")],
)
def test_a_keys_name_is_what_follows_its_folder(key: str, name: str) -> None:
    assert last_name(key) == name


def test_the_folders_on_the_way_have_their_prefixes() -> None:
    assert folders("a/b/c") == [("a", "a/"), ("b", "a/b/")]
    assert folders("a//") == [("a", "a/"), ("/", "a//")]
    assert folders("") == []


@pytest.mark.parametrize("key", ["plain", "a/b", "line\r\nend\r", "%2F", "é ☃ \U0001f600", "&=?#", " "])
@pytest.mark.parametrize("version", ["", "null", "a.b_c"])
def test_keys_go_through_forms_unchanged(key: str, version: str) -> None:
    word = packed(key, version)
    assert "\n" not in word
    assert unpacked(word) == (key, version)


def test_text_is_told_from_bytes() -> None:
    assert as_text("été".encode(), cut=False) == "été"
    assert as_text("été".encode()[:-1], cut=True) == "ét"
    assert as_text("été".encode()[:-1], cut=False) is None
    assert as_text(b"a\0b", cut=False) is None
    assert as_text(b"\xff\xfe", cut=True) is None


def test_an_event_is_asked_for_once() -> None:
    form = Form({"event": ["s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:Delete"]})
    assert events_of(form) == ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"]


def test_rules_are_read_whatever_their_destination() -> None:
    found = rules_of(
        {
            "LambdaFunctionConfigurations": [
                {"Id": "f", "LambdaFunctionArn": "arn:aws:lambda:us-east-1:1:function:resize:live", "Events": ["x"]}
            ],
            "QueueConfigurations": [
                {
                    "Id": "q",
                    "QueueArn": "arn:aws:sqs:us-east-1:1:jobs",
                    "Events": ["x"],
                    "Filter": {"Key": {"FilterRules": [_filter("Prefix", "in/"), _filter("suffix", ".gif")]}},
                }
            ],
        }
    )
    queue, function = found
    assert (queue.target, queue.prefix, queue.suffix) == ("jobs", "in/", ".gif")
    assert function.target == "resize:live"
    assert [queue.means(key) for key in ("in/a.gif", "in/a.png", "a.gif")] == [True, False, False]
    assert EventRule("", "queue", "", (), "", "").means("anything")


def test_the_statement_names_the_bucket_and_its_account() -> None:
    made = statement("arn:aws:sqs:us-east-1:111122223333:jobs", "arn:aws:s3:::my.photos-1", "111122223333")
    assert made["Action"] == "sqs:SendMessage"
    assert made["Condition"]["ArnLike"] == {"aws:SourceArn": "arn:aws:s3:::my.photos-1"}
    assert made["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert made["Sid"].isalnum()


def test_a_forms_lifecycle_rule_is_one_that_s3_takes_and_is_told_as_it_was_meant() -> None:
    form = Form({"id": ["old"], "prefix": ["logs/"], "days": ["30"], "older-days": ["7"], "uploads-days": ["1"]})
    rule = rule_of(form)
    checked_rules([_typed(rule)])
    shown = told(rule)
    assert (shown["id"], shown["prefix"], shown["days"]) == ("old", "logs/", 30)
    assert (shown["older_days"], shown["uploads_days"]) == (7, 1)


def test_days_that_are_no_number_are_refused() -> None:
    with pytest.raises(ValueError, match="soon"):
        rule_of(Form({"days": ["soon"]}))


def _typed(rule: dict[str, object]) -> LifecycleRule:
    return msgspec.convert(rule, LifecycleRule)


def _filter(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Value": value}
