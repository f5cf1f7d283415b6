"""SetSMSAttributes, GetSMSAttributes, ListOriginationNumbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engines import Engine
from tests.unit.sns.direct_support import refusal, sns, sns_client

__all__ = ["sns", "sns_client"]

_ALL = {
    "MonthlySpendLimit": "12.5",
    "DeliveryStatusIAMRole": "arn:aws:iam::000000000000:role/logs",
    "DeliveryStatusSuccessSamplingRate": "10",
    "DefaultSenderID": "Chasqui",
    "DefaultSMSType": "Transactional",
    "UsageReportS3Bucket": "reports",
}


def test_an_account_begins_with_a_limit_of_one_dollar(sns: Any) -> None:
    assert sns.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "1"}


def test_what_was_set_is_shown(sns: Any) -> None:
    sns.set_sms_attributes(attributes=_ALL)
    assert sns.get_sms_attributes()["attributes"] == _ALL
    named = sns.get_sms_attributes(attributes=["DefaultSMSType", "DefaultSenderID"])["attributes"]
    assert named == {"DefaultSMSType": "Transactional", "DefaultSenderID": "Chasqui"}


def test_setting_one_leaves_the_others(sns: Any) -> None:
    sns.set_sms_attributes(attributes=_ALL)
    sns.set_sms_attributes(attributes={"DefaultSMSType": "Promotional", "DefaultSenderID": ""})
    expected = {**_ALL, "DefaultSMSType": "Promotional"}
    del expected["DefaultSenderID"]
    assert sns.get_sms_attributes()["attributes"] == expected


def test_regions_have_attributes_of_their_own(chasqui: Any, sns: Any) -> None:
    sns.set_sms_attributes(attributes=_ALL)
    elsewhere = chasqui.session().client("sns", region_name="eu-west-1", endpoint_url=chasqui.url)
    assert elsewhere.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "1"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MonthlySpendLimit", "-1"),
        ("MonthlySpendLimit", "NaN"),
        ("MonthlySpendLimit", "1e5"),
        ("MonthlySpendLimit", "9" * 10),
        ("MonthlySpendLimit", ""),
        ("DeliveryStatusIAMRole", "arn:aws:s3:::bucket"),
        ("DeliveryStatusSuccessSamplingRate", "101"),
        ("DeliveryStatusSuccessSamplingRate", "١"),
        ("DefaultSenderID", "123456"),
        ("DefaultSenderID", "TwelveLetter"),
        ("DefaultSMSType", "transactional"),
        ("UsageReportS3Bucket", "A bucket"),
    ],
)
def test_values_that_cannot_be_are_refused(sns: Any, name: str, value: str) -> None:
    told = refusal(sns.set_sms_attributes, attributes={name: value})
    assert told == (400, "InvalidParameter", f"{name} is invalid")
    assert sns.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "1"}


def test_unknown_names_are_refused(sns: Any) -> None:
    told = (400, "InvalidParameter", "Colour is not a valid attribute")
    assert refusal(sns.set_sms_attributes, attributes={"Colour": "red"}) == told
    assert refusal(sns.get_sms_attributes, attributes=["Colour"]) == told
    assert len(refusal(sns.set_sms_attributes, attributes={"x" * 10_000: "1"})[2]) < 3000


def test_nothing_to_set_is_refused(sns: Any) -> None:
    status, code, message = refusal(sns.set_sms_attributes)
    assert (status, code) == (400, "ValidationError")
    assert "'attributes'" in message


def test_without_a_setting_there_are_no_origination_numbers(sns: Any) -> None:
    assert sns.list_origination_numbers()["PhoneNumbers"] == []


def test_origination_numbers_are_the_settings(engine: Engine) -> None:
    with engine.server(sns={"origination_numbers": "+12025550102 +12025550101"}) as server:
        client = server.client("sns")
        first = client.list_origination_numbers(MaxResults=1)
        second = client.list_origination_numbers(MaxResults=1, NextToken=first["NextToken"])
        client.close()
    numbers = [each["PhoneNumber"] for page in (first, second) for each in page["PhoneNumbers"]]
    assert numbers == ["+12025550101", "+12025550102"]
    assert "NextToken" not in second
