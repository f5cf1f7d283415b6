"""The embedded mailbox and its control endpoints."""

from __future__ import annotations

import email
from typing import Any

import pytest

from chasqui.base.clock import TestClock
from chasqui.base.control import Answer, ControlRequest, Refusal
from chasqui.base.settings import Settings
from chasqui.crypto.keyring import memory_ring
from chasqui.delivery.mail.mailbox import Mailbox, mail_endpoints
from chasqui.delivery.mail.message import Mail
from chasqui.delivery.sending import SendFailed
from chasqui.store.memory import MemoryStore
from tests.unit.access.audit.support import NOON_MS, stepped


def mailbox() -> Mailbox:
    clock = TestClock()
    clock.freeze(NOON_MS)
    return Mailbox(MemoryStore(clock), clock, Settings(), memory_ring())


def mail(to: str = "ann@example.com", text: str = "Good day.") -> Mail:
    return Mail(to=to, subject="Hello", text=text, headers=(("List-Unsubscribe", "<http://localhost:4566/u>"),))


def asked(box: Mailbox, method: str = "GET", **query: str) -> Answer:
    endpoint = mail_endpoints(box)[method, "/_chasqui/mailbox"]
    given = {name: [value] for name, value in query.items()}
    request = ControlRequest(method, "/_chasqui/mailbox", given, b"", "http://localhost:4566")
    return stepped(endpoint.handler(request))  # type: ignore[arg-type]


def told(box: Mailbox, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(box, **query).body["mails"]
    return found


def test_a_mail_is_kept_with_all_that_it_has_and_says_that_it_was_not_sent() -> None:
    box = mailbox()
    sent = stepped(box.send(mail()))

    (shown,) = told(box)
    assert "not sent" in sent.answer
    assert (shown["to"], shown["subject"], shown["text"], shown["sent"]) == (
        "ann@example.com",
        "Hello",
        "Good day.",
        False,
    )
    assert shown["from"] == "Chasqui Notifications <no-reply@localhost>"
    assert shown["headers"]["List-Unsubscribe"] == "<http://localhost:4566/u>"
    assert "no SMTP relay" in shown["headers"]["X-Chasqui-Not-Sent"]


def test_mails_are_listed_newest_first_by_address_in_any_case_and_in_pages() -> None:
    box = mailbox()
    for n, to in enumerate(("ann@example.com", "bob@example.com", "Ann@Example.com")):
        stepped(box.send(mail(to, str(n))))

    assert [each["text"] for each in told(box)] == ["2", "1", "0"]
    assert [each["text"] for each in told(box, address="ANN@example.com")] == ["2", "0"]
    first = asked(box, limit="2").body
    assert [each["text"] for each in told(box, after=first["after"])] == ["0"]


def test_one_mail_is_shown_as_it_would_have_been_sent() -> None:
    box = mailbox()
    stepped(box.send(mail(text="Grüße")))

    answer = asked(box, id=told(box)[0]["id"])

    assert answer.content_type == "message/rfc822"
    message = email.message_from_bytes(answer.body)
    assert message["X-Chasqui-Not-Sent"]
    assert message.get_payload(decode=True) == "Grüße\r\n".encode()


def test_emptying_leaves_nothing() -> None:
    box = mailbox()
    stepped(box.send(mail()))
    id = told(box)[0]["id"]

    asked(box, "DELETE")

    assert told(box) == []
    with pytest.raises(Refusal) as refused:
        asked(box, id=id)
    assert refused.value.status == 404


def test_what_no_relay_could_send_is_not_kept_either() -> None:
    box = mailbox()

    with pytest.raises(SendFailed) as failed:
        stepped(box.send(mail("nobody")))
    assert not failed.value.retry
    assert told(box) == []


def test_reading_and_emptying_are_actions() -> None:
    assert {endpoint.action for endpoint in mail_endpoints(mailbox()).values()} == {
        "chasqui:ReadMailbox",
        "chasqui:EmptyMailbox",
    }
