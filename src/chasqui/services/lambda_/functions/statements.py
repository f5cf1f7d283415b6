"""Statements of functions' and layers' policies as AWS makes them of permissions. Pure.

Source: API reference, AddPermission and AddLayerVersionPermission; developer guide, "Viewing resource-based IAM
policies in Lambda"; errors as AWS words them.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from chasqui.base.arn import Arn, is_account
from chasqui.services.lambda_ import errors
from chasqui.services.lambda_.types import AddLayerVersionPermissionRequest, AddPermissionRequest

Statement = dict[str, Any]

BYTES_MAX: Final = 20_480

_IDENTITY: Final = re.compile(
    r"arn:aws[a-zA-Z-]*:(?:iam|sts)::\d{12}:(?:root|(?:user|role|assumed-role|federated-user)/\S+)\Z"
)
_SERVICE: Final = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)\Z")


def _principal(text: str, partition: str) -> str | dict[str, str]:
    if text == "*":
        return text
    if _SERVICE.match(text):
        return {"Service": text}
    if is_account(text):
        return {"AWS": str(Arn(partition, "iam", "", text, "root"))}
    if _IDENTITY.match(text):
        return {"AWS": text}
    raise errors.invalid_parameter("The provided principal was invalid. Please check the principal and try again.")


def function_statement(request: AddPermissionRequest, resource: str) -> Statement:
    """The statement of AddPermission. Raises InvalidParameterValueException."""
    partition = resource.split(":", 2)[1]
    equals = {
        "lambda:FunctionUrlAuthType": request.FunctionUrlAuthType,
        "aws:PrincipalOrgID": request.PrincipalOrgID,
        "AWS:SourceAccount": request.SourceAccount,
        "lambda:EventSourceToken": request.EventSourceToken,
    }
    if request.FunctionUrlAuthType and request.Action not in ("lambda:InvokeFunctionUrl", "lambda:*", "*"):
        raise errors.invalid_parameter("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
    if request.PrincipalOrgID and request.Principal != "*":
        raise errors.invalid_parameter("PrincipalOrgID is only supported for the principal *")
    condition: dict[str, dict[str, str]] = {}
    given = {key: value for key, value in equals.items() if value}
    if given:
        condition["StringEquals"] = given
    if request.SourceArn:
        condition["ArnLike"] = {"AWS:SourceArn": request.SourceArn}
    if request.InvokedViaFunctionUrl is not None:
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": "true" if request.InvokedViaFunctionUrl else "false"}
    statement: Statement = {
        "Sid": request.StatementId,
        "Effect": "Allow",
        "Principal": _principal(request.Principal or "", partition),
        "Action": request.Action,
        "Resource": resource,
    }
    return {**statement, "Condition": condition} if condition else statement


def layer_statement(request: AddLayerVersionPermissionRequest, resource: str) -> Statement:
    """The statement of AddLayerVersionPermission. Raises InvalidParameterValueException."""
    if request.OrganizationId and request.Principal != "*":
        raise errors.invalid_parameter("OrganizationId is only supported for the principal *")
    statement: Statement = {
        "Sid": request.StatementId,
        "Effect": "Allow",
        "Principal": _principal(request.Principal or "", resource.split(":", 2)[1]),
        "Action": request.Action,
        "Resource": resource,
    }
    if request.OrganizationId:
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": request.OrganizationId}}
    return statement


def text_of(statement: Statement) -> str:
    return msgspec.json.encode(statement).decode()


def policy_text(statements: list[Statement]) -> str:
    """The policy that these statements make."""
    return msgspec.json.encode({"Version": "2012-10-17", "Id": "default", "Statement": statements}).decode()


def with_statement(statements: list[Statement], statement: Statement) -> list[Statement]:
    """One statement more. Raises ResourceConflictException, PolicyLengthExceededException."""
    sid = statement["Sid"]
    if any(each["Sid"] == sid for each in statements):
        raise errors.conflict(
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the"
            " existing statement."
        )
    added = [*statements, statement]
    if len(policy_text(added)) > BYTES_MAX:
        raise errors.policy_too_long()
    return added


def without_statement(statements: list[Statement], sid: str) -> list[Statement]:
    """One statement less. Raises ResourceNotFoundException."""
    left = [each for each in statements if each["Sid"] != sid]
    if len(left) == len(statements):
        raise errors.not_found(f"Statement {sid} is not found in resource policy.")
    return left
