"""The embedded mailbox and phone by hand, text messages' settings, mobile push."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browser import Visit
from tests.support import Server

HOSTILE = "<script>alert(1)</script><b>bold</b>"

Visits = Callable[..., Visit]


@pytest.fixture(scope="module")
def sns(server: Server) -> Any:
    return server.client("sns")


def test_a_subscription_is_confirmed_from_the_mailbox_with_one_click(visit: Visits, sns: Any) -> None:
    arn = sns.create_topic(Name="letters")["TopicArn"]
    page = visit().open("topics/letters/subscribe?protocol=email")
    page.get_by_label("Email address (required)").fill("reader@example.com")
    page.get_by_role("button", name="Create subscription").click()
    expect(page.get_by_text("has been asked to confirm the subscription")).to_be_visible()
    page.get_by_role("link", name="Its mailbox").click()
    page.get_by_role("link", name="Subscription Confirmation").click()
    page.get_by_role("button", name="Confirm the subscription").click()
    expect(page.get_by_text("The subscription is confirmed.")).to_be_visible()
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SubscriptionsConfirmed"] == "1"


def test_a_mail_comes_while_the_mailbox_is_open_and_is_shown_as_text(visit: Visits, sns: Any) -> None:
    arn = sns.create_topic(Name="live-letters")["TopicArn"]
    here = visit()
    page = here.open("topics/mailbox?address=live@example.com")
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="live@example.com")
    page.get_by_role("link", name="Subscription Confirmation").click()
    page.get_by_role("button", name="Confirm the subscription").click()
    expect(page.get_by_text("The subscription is confirmed.")).to_be_visible()
    page = here.open("topics/mailbox?address=live@example.com")
    sns.publish(TopicArn=arn, Subject=HOSTILE, Message=HOSTILE)
    page.get_by_role("link", name=HOSTILE).click()
    expect(page.locator("#content pre").filter(has_text=HOSTILE)).to_have_count(1)
    page.get_by_role("button", name="End the subscription").click()
    expect(page.get_by_text("The subscription was ended.")).to_be_visible()


def test_a_mail_is_downloaded_as_it_would_have_been_sent(visit: Visits, sns: Any) -> None:
    arn = sns.create_topic(Name="kept-letters")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="kept@example.com")
    page = visit().open("topics/mailbox")
    page.get_by_role("row", name="kept@example.com").get_by_role("link").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as it would have been sent").click()
    assert download.value.path().read_bytes().startswith(b"From: ")


def test_stop_opts_a_number_out_and_start_in_again(visit: Visits, sns: Any) -> None:
    page = visit().open("topics/phone")
    page.get_by_label("Phone number (required)").fill("+12025550110")
    page.get_by_label("Message (required)").fill(HOSTILE)
    page.get_by_role("button", name="Send the text message").click()
    expect(page.get_by_role("listitem").filter(has_text=HOSTILE)).to_be_visible()
    page.get_by_role("button", name="STOP").click()
    expect(page.get_by_text("This number is opted out")).to_be_visible()
    assert sns.check_if_phone_number_is_opted_out(phoneNumber="+12025550110")["isOptedOut"]
    expect(page.locator("li.answer")).to_have_text(re.compile("STOP"))
    page.get_by_role("button", name="START").click()
    expect(page.get_by_text("The number is opted in")).to_be_visible()


def test_a_text_message_comes_while_its_conversation_is_open(visit: Visits, sns: Any) -> None:
    page = visit().open("topics/phone/+12025550111")
    sns.publish(PhoneNumber="+12025550111", Message="comes by itself")
    expect(page.get_by_text("comes by itself")).to_be_visible()


def test_a_sandbox_number_is_verified_with_the_password_on_the_phone(visit: Visits, sns: Any) -> None:
    page = visit().open("topics/sms")
    page.get_by_label("Phone number to verify").fill("+12025550112")
    page.get_by_role("button", name="Add the number").click()
    page.get_by_role("link", name="+12025550112").click()
    password = page.get_by_text("verification code is").inner_text().split()[-1]
    page.go_back()
    page.get_by_label("One-time password of +12025550112").fill(password)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("+12025550112 is verified.")).to_be_visible()


def test_an_account_is_moved_into_the_sandbox_and_out(visit: Visits, sns: Any) -> None:
    page = visit().open("topics/sms")
    page.get_by_role("button", name="Move the account into the sandbox").click()
    expect(page.get_by_text("it reaches verified numbers alone")).to_be_visible()
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"]
    page.get_by_role("button", name="Move the account out of the sandbox").click()
    expect(page.get_by_text("it reaches every number")).to_be_visible()


def test_preferences_of_text_messages_are_kept_and_what_is_wrong_is_refused(visit: Visits, sns: Any) -> None:
    page = visit().open("topics/sms")
    page.get_by_label("Default sender ID").fill("Shop")
    page.get_by_role("button", name="Save the preferences").click()
    expect(page.get_by_text("The preferences were saved.")).to_be_visible()
    assert sns.get_sms_attributes()["attributes"]["DefaultSenderID"] == "Shop"
    page.get_by_label("Monthly spend limit (USD)").fill("much")
    page.get_by_role("button", name="Save the preferences").click()
    expect(page.get_by_role("alert")).to_contain_text("MonthlySpendLimit is invalid")


def test_a_platform_application_with_wrong_credentials_is_refused(visit: Visits) -> None:
    page = visit().open("topics/push")
    page.get_by_label("Name (required)").fill("app")
    page.get_by_label("Credential (required)").fill("{}")
    page.get_by_role("button", name="Create platform application").click()
    expect(page.get_by_role("alert")).to_contain_text("Platform credentials are invalid")
