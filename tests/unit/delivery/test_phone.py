"""The embedded phone and its control endpoints."""

from __future__ import annotations

from typing import Any

from chasqui.base.clock import TestClock
from chasqui.base.control import Answer, ControlRequest
from chasqui.base.settings import Settings
from chasqui.crypto.keyring import memory_ring
from chasqui.delivery.sms.phone import Phone, phone_endpoints
from chasqui.delivery.sms.port import Sms
from chasqui.store.memory import MemoryStore
from tests.unit.access.audit.support import NOON_MS, stepped

KNOWN = "/_aws/sns/sms-messages"


def phone(*messages: Sms) -> Phone:
    clock = TestClock()
    clock.freeze(NOON_MS)
    made = Phone(MemoryStore(clock), clock, Settings(), memory_ring())
    for each in messages:
        stepped(made.send(each))
    return made


def sms(to: str = "+33612345678", text: str = "Hello", account: str = "000000000000", **more: Any) -> Sms:
    return Sms(to=to, text=text, message_id=f"id-{text}", account=account, **{"region": "us-east-1", **more})


def asked(made: Phone, path: str = "/_chasqui/sms", method: str = "GET", **query: str) -> Answer:
    given = {name: [value] for name, value in query.items()}
    request = ControlRequest(method, path, given, b"", "http://localhost:4566")
    return stepped(phone_endpoints(made)[method, path].handler(request))  # type: ignore[arg-type]


def texts(made: Phone, **query: str) -> list[str]:
    return [each["text"] for each in asked(made, **query).body["messages"]]


def test_a_message_is_kept_and_says_that_it_was_not_sent() -> None:
    made = phone()

    answer = stepped(made.send(sms(sender_id="ACME", type="Transactional")))

    (shown,) = asked(made).body["messages"]
    assert "not sent" in answer.answer
    assert shown == {
        **{"id": "1", "time": "2026-01-01T12:00:00Z", "to": "+33612345678", "text": "Hello", "senderId": "ACME"},
        **{"type": "Transactional", "messageId": "id-Hello", "account": "000000000000", "region": "us-east-1"},
        "sent": False,
    }


def test_messages_are_listed_newest_first_by_number_also_with_an_unescaped_plus() -> None:
    made = phone(sms(text="1"), sms("+12025550123", "2"), sms(text="3", account="111111111111"))

    assert texts(made) == ["3", "2", "1"]
    assert texts(made, number="+33612345678") == ["3", "1"]
    assert texts(made, number=" 33612345678") == ["3", "1"]


def test_what_was_answered_is_listed_only_where_it_is_asked_for() -> None:
    made = phone(sms(text="1"))

    stepped(made.hear("+33612345678", "STOP", "000000000000", "us-east-1"))

    assert texts(made) == ["1"]
    assert texts(made, answers="true") == ["STOP", "1"]
    assert len(asked(made, KNOWN).body["sms_messages"]["+33612345678"]) == 1


def test_localstacks_shape() -> None:
    made = phone(sms(text="1"), sms(text="2", sender_id="ACME"), sms("+12025550123", "3"), sms(account="1" * 12))

    body = asked(made, KNOWN).body

    assert body["region"] == "us-east-1"
    assert {number: [each["Message"] for each in all] for number, all in body["sms_messages"].items()} == {
        "+33612345678": ["1", "2"],
        "+12025550123": ["3"],
    }
    assert body["sms_messages"]["+33612345678"][1] == {
        **{"PhoneNumber": "+33612345678", "Message": "2", "MessageId": "id-2", "SenderId": "ACME", "Subject": None},
        **{"TopicArn": None, "SubscriptionArn": None, "MessageAttributes": {}, "MessageStructure": None},
    }


def test_localstacks_parameters() -> None:
    made = phone(sms(text="1", account="111111111111", region="eu-west-1"), sms(text="2"))

    found = asked(made, KNOWN, accountId="111111111111", region="eu-west-1", phoneNumber="+33612345678").body
    assert [each["Message"] for each in found["sms_messages"]["+33612345678"]] == ["1"]
    assert found["region"] == "eu-west-1"
    assert asked(made, KNOWN, phoneNumber="+1").body["sms_messages"] == {"+1": []}


def test_localstacks_delete_discards_what_it_names_and_answers_204() -> None:
    made = phone(sms(text="1"), sms("+12025550123", "2"), sms(text="3", account="111111111111"))

    answer = asked(made, KNOWN, "DELETE", phoneNumber="+12025550123")
    assert (answer.status, answer.body) == (204, b"")
    assert texts(made) == ["3", "1"]
    asked(made, KNOWN, "DELETE")
    assert texts(made) == ["3"]


def test_emptying_leaves_nothing_of_anybody() -> None:
    made = phone(sms(), sms(account="111111111111"))

    asked(made, method="DELETE")

    assert texts(made) == []


def test_reading_and_emptying_are_actions() -> None:
    actions = {which: endpoint.action for which, endpoint in phone_endpoints(phone()).items()}

    assert actions == {
        ("GET", "/_chasqui/sms"): "chasqui:ReadPhone",
        ("DELETE", "/_chasqui/sms"): "chasqui:EmptyPhone",
        ("GET", KNOWN): "chasqui:ReadPhone",
        ("DELETE", KNOWN): "chasqui:EmptyPhone",
    }
