"""IAM without a server, with what tests of policies make again and again."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.iam.support import ACCOUNT, TRUST, Iam

__all__ = ["ACCOUNT", "AWS_BASIC", "AWS_SQS", "HOLDERS", "Policies", "allow", "deny", "document"]

AWS_SQS = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
AWS_BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
HOLDERS = ["User", "Group", "Role"]


def allow(*actions: str, on: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": on, **more}


def document(*statements: dict[str, Any]) -> str:
    """The text of a policy; without statements one that allows SQS."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements) or [allow("sqs:*")]})


class Policies(Iam):
    """Makes policies, users, groups and roles."""

    def policy(self, name: str = "p", text: str = "", **members: Any) -> str:
        """A new managed policy's ARN."""
        answer = self("CreatePolicy", PolicyName=name, PolicyDocument=text or document(), **members)
        return str(answer["Policy"]["Arn"])

    def holder(self, word: str, name: str = "bob", **members: Any) -> dict[str, str]:
        """A new user, group or role ("User" …); how requests name it."""
        if word == "Role":
            members["AssumeRolePolicyDocument"] = TRUST
        self(f"Create{word}", **{f"{word}Name": name}, **members)
        return {f"{word}Name": name}

    def simulated(self, operation: str = "SimulateCustomPolicy", **members: Any) -> dict[str, Any]:
        """The only result of a simulation."""
        results = self(operation, **members)["EvaluationResults"]
        assert len(results) == 1
        return dict(results[0])
