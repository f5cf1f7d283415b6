"""The managed policies that AWS has under its own ARNs."""

from __future__ import annotations

import re
from urllib.parse import unquote

import msgspec
import pytest

from chasqui.access.identity.managed import managed_policies
from chasqui.access.policy.document import PolicyType, parse_policy
from tests.unit.iam_policies.support import AWS_BASIC, AWS_SQS, Policies


@pytest.mark.parametrize("arn", managed_policies())
def test_each_of_awss_policies_is_one(arn: str) -> None:
    policy = managed_policies()[arn]

    assert parse_policy(policy.text, PolicyType.IDENTITY).statements
    assert re.fullmatch(r"ANPA[A-Z2-7]{17}", policy.id)
    assert policy.description
    assert policy.created_s <= policy.updated_s


def test_the_ids_of_awss_policies_differ() -> None:
    ids = [policy.id for policy in managed_policies().values()]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        (
            "service-role/AWSLambdaSQSQueueExecutionRole",
            {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "logs:CreateLogGroup"},
        ),
        ("AmazonSQSReadOnlyAccess", {"sqs:GetQueueAttributes", "sqs:ListQueues", "sqs:ListMessageMoveTasks"}),
        ("IAMReadOnlyAccess", {"iam:Get*", "iam:List*", "iam:SimulatePrincipalPolicy"}),
        ("AWSStepFunctionsFullAccess", {"states:*"}),
    ],
)
def test_awss_policies_allow_what_aws_says(name: str, actions: set[str]) -> None:
    policy = msgspec.json.decode(managed_policies()[f"arn:aws:iam::aws:policy/{name}"].text)

    allowed: set[str] = set()
    for statement in policy["Statement"]:
        given = statement["Action"]
        allowed |= {given} if isinstance(given, str) else set(given)
    assert actions <= allowed


def test_the_broad_policies_speak_of_this_servers_services_only() -> None:
    policy = msgspec.json.decode(managed_policies()["arn:aws:iam::aws:policy/ReadOnlyAccess"].text)
    services = {action.partition(":")[0] for each in policy["Statement"] for action in each["Action"]}

    assert {"sqs", "sns", "s3", "lambda", "iam"} <= services
    assert "ec2" not in services


def test_one_of_awss_policies_is_found_by_its_arn(iam: Policies) -> None:
    policy = iam("GetPolicy", PolicyArn=AWS_BASIC)["Policy"]

    assert policy["PolicyName"] == "AWSLambdaBasicExecutionRole"
    assert policy["Path"] == "/service-role/"
    assert policy["Arn"] == AWS_BASIC
    assert policy["Description"] == "Provides write permissions to CloudWatch Logs."


def test_the_text_of_one_of_awss_policies_is_its_default_version(iam: Policies) -> None:
    version = iam("GetPolicy", PolicyArn=AWS_SQS)["Policy"]["DefaultVersionId"]

    answer = iam("GetPolicyVersion", PolicyArn=AWS_SQS, VersionId=version)["PolicyVersion"]

    assert answer["IsDefaultVersion"] is True
    assert msgspec.json.decode(unquote(answer["Document"]))["Statement"][0]["Action"] == ["sqs:*"]


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("DeletePolicy", {}),
        ("CreatePolicyVersion", {"PolicyDocument": managed_policies()[AWS_SQS].text}),
        ("SetDefaultPolicyVersion", {"VersionId": "v1"}),
        ("DeletePolicyVersion", {"VersionId": "v1"}),
        ("TagPolicy", {"Tags": [{"Key": "a", "Value": "b"}]}),
    ],
)
def test_awss_policies_cannot_be_changed(iam: Policies, operation: str, members: dict[str, object]) -> None:
    refused = iam.refusal(operation, PolicyArn=AWS_SQS, **members)

    assert refused == ("AccessDenied", "Policy is outside your own account.")
