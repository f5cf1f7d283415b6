"""No secret is ever in the audit log: secrets are put everywhere, and looked for in what was recorded."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chasqui.access.audit.events import entries
from chasqui.access.audit.redaction import HIDDEN, SECRET_NAMES, TEXT_MAX, Redactor
from chasqui.base.actions import Action
from chasqui.base.errors import ServiceError
from chasqui.services.iam import types as iam
from chasqui.services.kms import types as kms
from chasqui.services.sqs import types as sqs
from chasqui.services.sts import types as sts
from tests.unit.access.audit.support import CREATE, NOON_MS, event

SECRET = "correct-horse-battery-staple"


def written(**given: Any) -> str:
    return b"".join(each.data for each in entries(event(**given), NOON_MS, lambda: "id")).decode()


@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_members_with_secret_names_are_hidden_at_any_depth(name: str) -> None:
    shown = Redactor().shown({"deep": [{name.upper(): {"value": [SECRET]}}]})

    assert shown == {"deep": [{name.upper(): HIDDEN}]}


PARAMS = [
    sqs.SendMessageRequest(
        QueueUrl="q",
        MessageBody=SECRET,
        MessageAttributes={"a": sqs.MessageAttributeValue(StringValue=SECRET, DataType="String")},
    ),
    sqs.SendMessageBatchRequest(
        QueueUrl="q", Entries=[sqs.SendMessageBatchRequestEntry(Id="1", MessageBody=SECRET) for _ in range(3)]
    ),
    sts.AssumeRoleRequest(RoleArn="r", TokenCode=SECRET),
    sts.AssumeRoleWithWebIdentityRequest(RoleArn="r", WebIdentityToken=SECRET),
    kms.EncryptRequest(KeyId="k", Plaintext=SECRET.encode(), GrantTokens=[SECRET]),
    {"Password": SECRET},
    {"Tags": {"PASSWORD": SECRET}},
]


@pytest.mark.parametrize("params", PARAMS, ids=lambda params: type(params).__name__)
def test_no_secret_of_a_request_is_recorded(params: Any) -> None:
    action = Action(name="x:Y", level="write")
    found = written(action=action, params=params, error=ServiceError("Bad", f"cannot take {SECRET}"))

    assert SECRET not in found
    assert HIDDEN in found


RESULTS = [
    iam.CreateAccessKeyResponse(
        AccessKey=iam.AccessKey(UserName="bob", AccessKeyId="AKIA1", Status="Active", SecretAccessKey=SECRET)
    ),
    sts.AssumeRoleResponse(
        Credentials=sts.Credentials(
            AccessKeyId="ASIA1", SecretAccessKey=SECRET, SessionToken=SECRET, Expiration=NOON_MS / 1000
        )
    ),
    kms.GenerateDataKeyResponse(KeyId="k", Plaintext=SECRET.encode(), CiphertextBlob=b"sealed"),
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_no_secret_of_an_answer_is_recorded(result: Any) -> None:
    found = written(result=result)

    assert SECRET not in found
    assert HIDDEN in found


def test_an_actions_own_hidden_members_are_hidden() -> None:
    action = msgspec.structs.replace(CREATE, resource=lambda _call, _request: "*", hidden=("Recipe",))

    assert SECRET not in written(action=action, params={"Recipe": SECRET})


def test_values_that_failed_validation_are_not_repeated_where_the_request_could_not_be_read() -> None:
    message = (
        f"2 validation errors detected: Value '{SECRET}' at ' and {SECRET}' at 'password' failed to satisfy constraint:"
        " Member must have length less than or equal to 8; Value '3' at 'size' failed to satisfy constraint"
    )

    found = written(params=None, error=ServiceError("ValidationException", message))

    assert SECRET not in found


def test_bytes_are_told_by_their_number() -> None:
    assert Redactor().shown({"blob": b"12345"}) == {"blob": "(5 bytes)"}


def test_long_values_are_cut() -> None:
    shown = Redactor().shown({"policy": "x" * 5000})

    assert shown == {"policy": "x" * TEXT_MAX + "…"}


def test_endless_lists_and_depths_end() -> None:
    deep: Any = "end"
    for _ in range(100):
        deep = [deep]

    shown = Redactor().shown({"many": list(range(1_000_000)), "deep": deep})

    assert len(shown["many"]) < 3000
    assert "end" not in str(Redactor().shown(deep))
