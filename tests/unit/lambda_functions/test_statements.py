"""Statements that permissions make."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.base.errors import ServiceError
from chasqui.services.lambda_.functions import statements
from chasqui.services.lambda_.types import AddPermissionRequest

ARN = "arn:aws:lambda:us-east-1:000000000000:function:resize"


def statement(**given: Any) -> dict[str, Any]:
    asked = {"StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", **given}
    return statements.function_statement(AddPermissionRequest(**asked), ARN)


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("s3.amazonaws.com", {"Service": "s3.amazonaws.com"}),
        ("123456789012", {"AWS": "arn:aws:iam::123456789012:root"}),
        ("arn:aws:iam::123456789012:role/it", {"AWS": "arn:aws:iam::123456789012:role/it"}),
        ("*", "*"),
    ],
)
def test_principals_are_written_as_iam_has_them(principal: str, expected: object) -> None:
    assert statement(Principal=principal)["Principal"] == expected


@pytest.mark.parametrize("principal", ["bob", "12345", "arn:aws:s3:::bucket", "amazonaws.com.example.org"])
def test_other_principals_are_refused(principal: str) -> None:
    with pytest.raises(ServiceError) as error:
        statement(Principal=principal)

    assert error.value.message == ("The provided principal was invalid. Please check the principal and try again.")


def test_sources_become_conditions() -> None:
    made = statement(SourceArn="arn:aws:s3:::pictures", SourceAccount="000000000000")

    assert made["Condition"] == {
        "StringEquals": {"AWS:SourceAccount": "000000000000"},
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::pictures"},
    }


def test_a_statement_id_is_used_once() -> None:
    with pytest.raises(ServiceError) as error:
        statements.with_statement([statement()], statement())

    assert error.value.code == "ResourceConflictException"
    assert error.value.message.startswith("The statement id (one) provided already exists.")


def test_policies_do_not_grow_beyond_20_kilobytes() -> None:
    many = [statement(StatementId=f"s{number}") for number in range(1000)]

    with pytest.raises(ServiceError) as error:
        statements.with_statement(many, statement())

    assert error.value.code == "PolicyLengthExceededException"
