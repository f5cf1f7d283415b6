"""Letting one resource send to another: a statement more in the policy of the queue, topic or function that is to
receive. What the statement says is `statements.py`'s."""

from __future__ import annotations

from typing import Any

from chasqui.base.arn import parse_arn
from chasqui.base.errors import ServiceError
from chasqui.console.api import Api
from chasqui.console.page import Page
from chasqui.console.statements import with_statement


async def let(page: Page, target: str, statement: dict[str, Any]) -> None:
    """Add a statement on behalf of a service to the policy of `target` (an ARN), in the place of one with its Sid.
    Raises `ServiceError`."""
    arn = parse_arn(target)
    if arn is None or arn.service not in ("sqs", "sns", "lambda"):
        raise ServiceError("InvalidParameter", page.text("This is not the ARN of a queue."), status=400)
    # The target's region, which need not be the page's: there may be one of this name in both.
    api = page.api.elsewhere(arn.region)
    if arn.service == "lambda":
        await _let_invoke(api, target, statement)
    elif arn.service == "sns":
        found = await api("sns", "GetTopicAttributes", TopicArn=target)
        policy = _with(page, found, statement)
        await api("sns", "SetTopicAttributes", TopicArn=target, AttributeName="Policy", AttributeValue=policy)
    else:
        named = await api("sqs", "GetQueueUrl", QueueName=arn.resource, QueueOwnerAWSAccountId=arn.account)
        url = named["QueueUrl"]
        found = await api("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"])
        policy = _with(page, found, statement)
        await api("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": policy})


def _with(page: Page, found: dict[str, Any], statement: dict[str, Any]) -> str:
    try:
        return with_statement(found.get("Attributes", {}).get("Policy", ""), statement)
    except ValueError:
        problem = page.text("The policy that is there can't be read; change it by hand.")
        raise ServiceError("InvalidPolicy", problem, status=400) from None


async def _let_invoke(api: Api, function: str, statement: dict[str, Any]) -> None:
    """A function's policy is made of statements that Lambda writes itself."""
    conditions = {key: value for tests in statement["Condition"].values() for key, value in tests.items()}
    try:
        await api(
            "lambda",
            "AddPermission",
            FunctionName=function,
            StatementId=statement["Sid"],
            Action=statement["Action"],
            Principal=statement["Principal"]["Service"],
            SourceArn=conditions["aws:SourceArn"],
            SourceAccount=conditions.get("aws:SourceAccount"),
        )
    except ServiceError as error:
        if error.code != "ResourceConflictException":  # else it is there already
            raise
