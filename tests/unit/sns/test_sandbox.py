"""The SMS sandbox: numbers, passwords, what an account in it may send."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chasqui.cli.client import call
from chasqui.testing import TestServer
from tests.support import eventually
from tests.unit.sns.direct_support import NUMBER, refusal, sns, sns_client

__all__ = ["sns", "sns_client"]

OTHER = "+12025550199"


def texts(server: TestServer, number: str = NUMBER) -> list[str]:
    """What the embedded phone got for a number, the newest first."""
    found = call(server.url, f"/_chasqui/sms?number={number.replace('+', '%2B')}")
    return [each["text"] for each in found["messages"]]


def password(server: TestServer, count: int = 1) -> str:
    """The newest of so many passwords that were sent."""
    newest = eventually(lambda: (found := texts(server)) and len(found) >= count and found[0])
    digits = re.search(r"\d{6}", newest)
    assert digits is not None
    return digits[0]


def numbers(sns: Any) -> dict[str, str]:
    return {each["PhoneNumber"]: each["Status"] for each in sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"]}


def test_accounts_are_not_in_the_sandbox_until_they_are_moved_there(chasqui: TestServer, sns: Any) -> None:
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is False
    call(chasqui.url, "/_chasqui/sms/sandbox", {"sandbox": True})
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is True
    assert sns.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "1"}


def test_a_number_is_verified_by_the_password_that_is_sent_to_it(chasqui: TestServer, sns: Any) -> None:
    sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER)
    assert numbers(sns) == {NUMBER: "Pending"}
    sns.verify_sms_sandbox_phone_number(PhoneNumber=NUMBER, OneTimePassword=password(chasqui))
    assert numbers(sns) == {NUMBER: "Verified"}


def test_the_password_comes_in_the_language_that_was_asked_for(chasqui: TestServer, sns: Any) -> None:
    sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER, LanguageCode="de-DE")
    assert eventually(lambda: texts(chasqui))[0].startswith("Ihr Bestätigungscode")


def test_another_password_verifies_nothing(chasqui: TestServer, sns: Any) -> None:
    sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER)
    right = password(chasqui)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    status, code, _ = refusal(sns.verify_sms_sandbox_phone_number, PhoneNumber=NUMBER, OneTimePassword=wrong)
    assert (status, code) == (400, "VerificationException")
    assert numbers(sns) == {NUMBER: "Pending"}


def test_passwords_are_not_guessed(chasqui: TestServer, sns: Any) -> None:
    sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER)
    right = password(chasqui)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(5):
        refusal(sns.verify_sms_sandbox_phone_number, PhoneNumber=NUMBER, OneTimePassword=wrong)
    _, code, _ = refusal(sns.verify_sms_sandbox_phone_number, PhoneNumber=NUMBER, OneTimePassword=right)
    assert code == "VerificationException"
    sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER)
    sns.verify_sms_sandbox_phone_number(PhoneNumber=NUMBER, OneTimePassword=password(chasqui, 2))


def test_a_password_ends_after_a_day(chasqui: TestServer, sns: Any) -> None:
    sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER)
    right = password(chasqui)
    chasqui.clock.advance(days=1)
    _, code, _ = refusal(sns.verify_sms_sandbox_phone_number, PhoneNumber=NUMBER, OneTimePassword=right)
    assert code == "VerificationException"


def test_five_passwords_are_sent_in_a_day(chasqui: TestServer, sns: Any) -> None:
    for _ in range(5):
        sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER)
    status, code, _ = refusal(sns.create_sms_sandbox_phone_number, PhoneNumber=NUMBER)
    assert (status, code) == (429, "Throttled")
    chasqui.clock.advance(days=1)
    sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER)


def test_the_sandbox_has_ten_numbers(sns: Any) -> None:
    for each in range(10):
        sns.create_sms_sandbox_phone_number(PhoneNumber=f"+1202555010{each}")
    assert refusal(sns.create_sms_sandbox_phone_number, PhoneNumber=NUMBER)[:2] == (400, "UserError")
    page = sns.list_sms_sandbox_phone_numbers(MaxResults=4)
    rest = sns.list_sms_sandbox_phone_numbers(NextToken=page["NextToken"])
    assert [len(page["PhoneNumbers"]), len(rest["PhoneNumbers"])] == [4, 6]


def test_a_number_is_deleted_after_a_day(chasqui: TestServer, sns: Any) -> None:
    sns.create_sms_sandbox_phone_number(PhoneNumber=NUMBER)
    assert refusal(sns.delete_sms_sandbox_phone_number, PhoneNumber=NUMBER)[:2] == (400, "UserError")
    chasqui.clock.advance(days=1)
    sns.delete_sms_sandbox_phone_number(PhoneNumber=NUMBER)
    assert numbers(sns) == {}
    assert refusal(sns.delete_sms_sandbox_phone_number, PhoneNumber=NUMBER)[:2] == (404, "ResourceNotFound")


def test_a_number_that_is_opted_out_is_not_taken(chasqui: TestServer, sns: Any) -> None:
    call(chasqui.url, "/_chasqui/sms/reply", {"from": NUMBER, "text": "STOP"})
    assert refusal(sns.create_sms_sandbox_phone_number, PhoneNumber=NUMBER)[:2] == (400, "OptedOut")
    assert numbers(sns) == {}


def test_numbers_and_passwords_are_held_to_the_model(sns: Any) -> None:
    assert refusal(sns.create_sms_sandbox_phone_number, PhoneNumber="+1-202")[:2] == (400, "ValidationError")
    assert refusal(sns.create_sms_sandbox_phone_number)[:2] == (400, "ValidationError")
    assert refusal(sns.create_sms_sandbox_phone_number, PhoneNumber="")[:2] == (400, "InvalidParameter")
    assert refusal(sns.verify_sms_sandbox_phone_number, PhoneNumber=NUMBER, OneTimePassword="12")[1] == (
        "ValidationError"
    )
    assert refusal(sns.verify_sms_sandbox_phone_number, PhoneNumber=NUMBER, OneTimePassword="123456")[:2] == (
        404,
        "ResourceNotFound",
    )


@pytest.mark.parametrize("body", [{}, {"sandbox": "yes"}, {"sandbox": True, "region": "x" * 100}])
def test_moves_that_make_no_sense_are_refused(chasqui: TestServer, body: Any) -> None:
    with pytest.raises(Exception, match=r"not what is wanted|must be"):
        call(chasqui.url, "/_chasqui/sms/sandbox", body)
