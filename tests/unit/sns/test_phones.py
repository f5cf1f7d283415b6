"""Opting out of text messages, and in again."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.cli.client import call
from chasqui.services.sns.sms.phones import phone_number
from chasqui.testing import TestServer
from tests.unit.sns.direct_support import NUMBER, refusal, sns, sns_client

__all__ = ["sns", "sns_client"]

_FORMAT = (400, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: input incorrectly formatted")


def reply(server: TestServer, text: str, number: str = NUMBER, **more: str) -> Any:
    return call(server.url, "/_chasqui/sms/reply", {"from": number, "text": text, **more})


def opted_out(sns: Any, number: str = NUMBER) -> bool:
    return bool(sns.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"])


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+12025550123", "+12025550123"),
        ("+44 (20) 7946-0958", "+442079460958"),
        ("12025550123", "+12025550123"),
        ("+1", None),
        ("+0123456789", None),
        ("+12025550123x", None),
        ("+1234567890123456", None),
        ("+１２０２５５５０１２３", None),
        ("+" + " " * 50 + "12025550123", None),
        ("+12025550123\n", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, number: str | None) -> None:
    assert phone_number(written) == number


@pytest.mark.parametrize("word", ["STOP", " stop ", "Arret", "UNSUBSCRIBE"])
def test_who_answers_stop_is_opted_out(chasqui: TestServer, sns: Any, word: str) -> None:
    assert not opted_out(sns)
    assert reply(chasqui, word) == {"optedOut": True}
    assert opted_out(sns)
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == [NUMBER]


def test_who_answers_something_else_changes_nothing(chasqui: TestServer, sns: Any) -> None:
    assert reply(chasqui, "please stop") == {"optedOut": None}
    assert not opted_out(sns)


def test_who_answers_start_is_opted_in_as_often_as_they_like(chasqui: TestServer, sns: Any) -> None:
    for _ in range(2):
        reply(chasqui, "STOP")
        assert reply(chasqui, "START") == {"optedOut": False}
        assert not opted_out(sns)


def test_an_opt_out_is_of_one_account_and_region(chasqui: TestServer, sns: Any) -> None:
    reply(chasqui, "STOP", account="111122223333")
    reply(chasqui, "STOP", region="eu-west-1")
    assert not opted_out(sns)


@pytest.mark.parametrize(
    "body", [{}, {"from": "x", "text": "STOP"}, {"from": NUMBER, "text": "STOP", "account": "1"}, [], {"from": 1}]
)
def test_replies_that_make_no_sense_are_refused(chasqui: TestServer, body: Any) -> None:
    with pytest.raises(Exception, match=r"400|must be|not what is wanted"):
        call(chasqui.url, "/_chasqui/sms/reply", body)


def test_opting_in_is_possible_once_in_thirty_days(chasqui: TestServer, sns: Any) -> None:
    reply(chasqui, "STOP")
    sns.opt_in_phone_number(phoneNumber=NUMBER)
    assert not opted_out(sns)
    reply(chasqui, "STOP")
    told = refusal(sns.opt_in_phone_number, phoneNumber=NUMBER)
    assert told == (
        400,
        "InvalidParameter",
        "Invalid parameter: Cannot opt in right now, latest opt in is too recent",
    )
    assert opted_out(sns)
    chasqui.clock.advance(days=30)
    sns.opt_in_phone_number(phoneNumber=NUMBER)
    assert not opted_out(sns)


def test_opting_in_a_number_that_is_not_opted_out_changes_nothing(chasqui: TestServer, sns: Any) -> None:
    sns.opt_in_phone_number(phoneNumber=NUMBER)
    reply(chasqui, "STOP")
    sns.opt_in_phone_number(phoneNumber=NUMBER)
    assert not opted_out(sns)


def test_what_is_no_number_is_refused(sns: Any) -> None:
    assert refusal(sns.opt_in_phone_number, phoneNumber="abc") == _FORMAT
    assert refusal(sns.check_if_phone_number_is_opted_out, phoneNumber="") == _FORMAT
    status, code, message = refusal(sns.opt_in_phone_number)
    assert (status, code) == (400, "ValidationError")
    assert message.endswith("Value null at 'phoneNumber' failed to satisfy constraint: Member must not be null")


def test_the_numbers_come_in_pages_of_a_hundred(chasqui: TestServer, sns: Any) -> None:
    numbers = [f"+1202555{each:04}" for each in range(103)]
    for number in numbers:
        reply(chasqui, "STOP", number)
    first = sns.list_phone_numbers_opted_out()
    second = sns.list_phone_numbers_opted_out(nextToken=first["nextToken"])
    assert first["phoneNumbers"] + second["phoneNumbers"] == numbers
    assert len(first["phoneNumbers"]) == 100
    assert "nextToken" not in second


def test_a_token_that_is_none_is_refused(sns: Any) -> None:
    told = refusal(sns.list_phone_numbers_opted_out, nextToken="é")
    assert told == (400, "InvalidParameter", "Invalid parameter: nextToken")
