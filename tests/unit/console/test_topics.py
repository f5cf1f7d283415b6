"""What the section of topics works out without a server: filter policies, forms, mails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.console.forms import Form
from chasqui.console.topics import fields, filters
from chasqui.console.topics.mailbox import Deed, deeds_of

TOPIC = "arn:aws:sns:us-east-1:000000000000:orders"


def problem(text: str) -> filters.Problem:
    found = filters.judge(text, "MessageBody", None).problem
    assert found is not None
    return found


def test_a_fault_in_a_policy_is_located_in_the_text_as_it_was_typed() -> None:
    found = problem('{\n  "type": [\n    {"prefix": 5}\n  ]\n}')
    assert (found.line, found.before + found.at + found.after) == (3, '    {"prefix": 5}')
    assert found.at in "5}"
    assert "Source" not in found.message


def test_what_is_no_json_is_located_too() -> None:
    found = problem('{\n  "type": x\n}')
    assert (found.line, found.at) == (2, "x")


@pytest.mark.parametrize("text", ["{", "[", '"', "\\", '{"a":["\\ud800', "[[[[", '{"a":[{"numeric":["<"]}]}', "null"])
def test_any_text_gets_a_verdict(text: str) -> None:
    assert filters.judge(text, "MessageAttributes", filters.Message("x")).problem is not None


def test_a_message_is_judged_by_its_attributes_or_its_body() -> None:
    policy = '{"type": ["invoice"]}'
    message = filters.Message('{"type": "user"}', (("type", "String", "invoice"),))
    assert filters.judge(policy, "MessageAttributes", message).matches
    verdict = filters.judge(policy, "MessageBody", message)
    assert not verdict.matches
    assert verdict.reason is not None
    assert (verdict.reason.path, verdict.reason.found) == ("type", ('"user"',))


def test_no_policy_lets_everything_through() -> None:
    assert filters.judge(" ", "MessageBody", filters.Message("x")).matches


def subscription(protocol: str, policy: Any = None, scope: str = "MessageAttributes", arn: str = "a") -> dict[str, Any]:
    attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": scope} if policy else {}
    return {"SubscriptionArn": f"{TOPIC}:{arn}", "Protocol": protocol, "Endpoint": arn, "Attributes": attributes}


def test_who_gets_a_message_depends_on_the_text_of_the_protocol() -> None:
    wanted = {"type": ["invoice"]}
    lines = filters.who_gets(
        [
            subscription("sqs"),
            subscription("sqs", wanted, "MessageBody"),
            subscription("lambda", wanted, "MessageBody"),
            subscription("sms", wanted),
            {"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "Endpoint": "e"},
        ],
        filters.Message('{"type": "invoice"}'),
        {"lambda": '{"type": "user"}'},
    )
    assert [line.gets for line in lines] == [True, True, False, False, False]
    assert lines[3].reason is not None
    assert lines[3].reason.note in filters.NOTES
    assert lines[4].pending


def test_every_note_of_the_patterns_is_there_to_be_translated() -> None:
    message = filters.Message("[]")
    for scope in filters.SCOPES:
        reason = filters.judge('{"a": ["b"]}', filters.scope_of(scope), message).reason
        assert reason is not None
        assert reason.note in filters.NOTES


def form(**given: str) -> Form:
    return Form({name: [value] for name, value in given.items()})


def test_what_is_the_default_anyway_is_not_set_on_a_new_topic() -> None:
    given = fields.from_form(form(DisplayName=" x ", SignatureVersion="1", TracingConfig="Active"), fifo=False)
    assert fields.to_create(given, fifo=False) == {"DisplayName": "x", "TracingConfig": "Active"}


def test_attributes_of_the_other_type_are_not_taken_from_a_form() -> None:
    given = fields.from_form(form(ContentBasedDeduplication="true", ArchivePolicy="3"), fifo=False)
    assert fields.to_create(given, fifo=False) == {}
    assert fields.to_create(fields.from_form(form(ArchivePolicy="3"), fifo=True), fifo=True) == {
        "ArchivePolicy": '{"MessageRetentionPeriod": "3"}',
        "FifoTopic": "true",
    }


def test_a_form_that_was_not_touched_changes_nothing() -> None:
    for fifo in (False, True):
        now = {"DisplayName": "x", "ArchivePolicy": '{"MessageRetentionPeriod":7}', "ContentBasedDeduplication": "true"}
        kept = {name: value for name, value in now.items() if fifo or name == "DisplayName"}
        shown = fields.shown(kept, fifo)
        untouched = {name: value for name, value in shown.items() if value and value != "false"}
        assert fields.changed(fields.from_form(form(**untouched), fifo), kept, fifo) == {}


def test_a_value_that_was_emptied_is_taken_away() -> None:
    given = fields.from_form(form(DisplayName=""), fifo=False)
    assert fields.changed(given, {"DisplayName": "x"}, fifo=False)["DisplayName"] == ""


def test_links_of_a_mail_are_found_each_once() -> None:
    link = f"http://localhost:4566/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
    end = f"http://localhost:4566/?Action=Unsubscribe&SubscriptionArn={TOPIC}:1"
    text = f"Visit:\n{link}\nor {link}.\n{end}\nhttps://example.com/?Action=DeleteTopic&TopicArn={TOPIC}"
    assert deeds_of(text) == [Deed("ConfirmSubscription", TOPIC, "abc"), Deed("Unsubscribe", f"{TOPIC}:1")]


def test_links_of_a_mail_in_json_are_found() -> None:
    link = f"http://localhost:4566/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
    assert deeds_of(json.dumps({"SubscribeURL": link})) == [Deed("ConfirmSubscription", TOPIC, "abc")]


@pytest.mark.parametrize("text", ["see https://[oops now", "http://[::1?Action=Unsubscribe", "https://a]b/"])
def test_what_only_looks_like_a_link_does_nothing(text: str) -> None:
    assert deeds_of(text) == []
