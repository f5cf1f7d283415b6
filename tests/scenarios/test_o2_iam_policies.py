"""O2, IAM's policies: as boto3 and Terraform call them, and what they decide on a strict server."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engines import Engine
from tests.strict import ACCOUNT, StrictServer, allow, deny, policy, refusal
from tests.support import Server

AWS_SQS = "arn:aws:iam::aws:policy/AmazonSQSFullAccess"
AWS_BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
DOCUMENT: dict[str, Any] = json.loads(policy(allow("sqs:SendMessage", on="arn:aws:sqs:*:*:orders-*")))


@pytest.fixture
def iam(server: Server) -> Any:
    return server.client("iam")


# ------------------------------------------------------------------------------------------------ as Terraform calls it


def test_terraforms_policy_lives_through_many_versions(iam: Any, name: str) -> None:
    """aws_iam_policy: created, read, updated until the versions are used up, tagged, destroyed."""
    arn = iam.create_policy(
        PolicyName=name, Path="/", PolicyDocument=json.dumps(DOCUMENT), Tags=[{"Key": "a", "Value": "b"}]
    )["Policy"]["Arn"]
    for _ in range(6):
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) == 5:
            oldest = min(
                (each for each in versions if not each["IsDefaultVersion"]), key=lambda each: each["VersionId"]
            )
            iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(DOCUMENT), SetAsDefault=True)
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["a"])

    read = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=read["DefaultVersionId"])["PolicyVersion"]
    for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not each["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=each["VersionId"])
    iam.delete_policy(PolicyArn=arn)

    assert (read["DefaultVersionId"], read["Tags"]) == ("v7", [{"Key": "c", "Value": "d"}])
    assert version["Document"] == DOCUMENT
    assert refusal(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", 404, f"Policy {arn} was not found.")


def test_terraforms_attachment_is_found_and_removed(iam: Any, name: str) -> None:
    """aws_iam_role_policy_attachment, with a policy of AWS' and one of the account's own."""
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    own = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(DOCUMENT))["Policy"]["Arn"]
    for arn in (own, AWS_BASIC):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)

    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=name, PaginationConfig={"PageSize": 1})
    attached = [each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]]
    in_use = refusal(iam.delete_policy, PolicyArn=own)
    iam.detach_role_policy(RoleName=name, PolicyArn=own)

    assert sorted(attached) == sorted([own, AWS_BASIC])
    assert in_use == ("DeleteConflict", 409, "Cannot delete a policy attached to entities.")
    assert [each["PolicyArn"] for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]] == [
        AWS_BASIC
    ]


def test_terraforms_user_policy_is_put_read_and_deleted(iam: Any, name: str) -> None:
    """aws_iam_user_policy: an inline policy."""
    iam.create_user(UserName=name)

    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(DOCUMENT))
    read = iam.get_user_policy(UserName=name, PolicyName="own")
    iam.delete_user_policy(UserName=name, PolicyName="own")

    assert (read["UserName"], read["PolicyName"], read["PolicyDocument"]) == (name, "own", DOCUMENT)
    assert iam.list_user_policies(UserName=name)["PolicyNames"] == []


def test_terraforms_provider_changes_in_place(iam: Any, name: str) -> None:
    """aws_iam_openid_connect_provider."""
    url = f"https://{name}.example.com/realm"
    arn = iam.create_open_id_connect_provider(Url=url, ClientIDList=["a"], Tags=[{"Key": "k", "Value": "v"}])[
        "OpenIDConnectProviderArn"
    ]
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["a" * 40])
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")

    read = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)

    assert (read["Url"], read["ClientIDList"], read["ThumbprintList"]) == (url[len("https://") :], ["b"], ["a" * 40])
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]


@pytest.mark.one_engine("the model's checks are the wire's")
def test_parameters_are_checked_against_the_model(iam: Any) -> None:
    code, status, message = refusal(iam.create_policy, PolicyName="no spaces, please", PolicyDocument="{}")

    assert (code, status) == ("ValidationError", 400)
    assert "policyName" in message


# ---------------------------------------------------------------------------------------------------- what they decide


@pytest.fixture(scope="module")
def strict(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    with StrictServer(tmp_path_factory.mktemp("strict"), *engine.options()) as running:
        yield running


@pytest.fixture
def admin(strict: StrictServer) -> Any:
    return strict.client("iam")


@pytest.fixture
def url(strict: StrictServer, name: str) -> str:
    """A queue's."""
    return str(strict.client().create_queue(QueueName=name)["QueueUrl"])


def managed(admin: Any, *statements: dict[str, Any]) -> str:
    """A new managed policy's ARN."""
    name = f"policy-{uuid.uuid4().hex[:12]}"
    return str(admin.create_policy(PolicyName=name, PolicyDocument=policy(*statements))["Policy"]["Arn"])


def may_send(sqs: Any, url: str) -> bool:
    """Whether a send is let in."""
    try:
        sqs.send_message(QueueUrl=url, MessageBody="x")
    except sqs.exceptions.ClientError as error:
        if not error.response["Error"]["Code"].startswith("AccessDenied"):
            raise
        return False
    return True


def test_an_attached_policy_decides_from_then_on(strict: StrictServer, admin: Any, url: str, name: str) -> None:
    sqs = strict.client(**strict.user(name=name))

    before = may_send(sqs, url)
    admin.attach_user_policy(UserName=name, PolicyArn=AWS_SQS)
    attached = may_send(sqs, url)
    admin.detach_user_policy(UserName=name, PolicyArn=AWS_SQS)
    detached = may_send(sqs, url)

    assert (before, attached, detached) == (False, True, False)


def test_the_default_version_is_the_one_that_decides(strict: StrictServer, admin: Any, url: str, name: str) -> None:
    sqs = strict.client(**strict.user(name=name))
    arn = managed(admin, allow("sqs:*"))
    admin.attach_user_policy(UserName=name, PolicyArn=arn)

    admin.create_policy_version(PolicyArn=arn, PolicyDocument=policy(deny("sqs:*")), SetAsDefault=False)
    first = may_send(sqs, url)
    admin.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    second = may_send(sqs, url)

    assert (first, second) == (True, False)


def test_a_groups_policy_decides_for_its_users(strict: StrictServer, admin: Any, url: str, name: str) -> None:
    sqs = strict.client(**strict.user(name=name))
    admin.create_group(GroupName=name)
    admin.add_user_to_group(GroupName=name, UserName=name)

    before = may_send(sqs, url)
    admin.attach_group_policy(GroupName=name, PolicyArn=AWS_SQS)

    assert (before, may_send(sqs, url)) == (False, True)


def test_a_boundary_limits_what_policies_allow(strict: StrictServer, admin: Any, url: str, name: str) -> None:
    sqs = strict.client(**strict.user(allow("sqs:*"), name=name))

    admin.put_user_permissions_boundary(UserName=name, PermissionsBoundary=managed(admin, allow("s3:*")))
    bounded = may_send(sqs, url)
    admin.delete_user_permissions_boundary(UserName=name)

    assert (bounded, may_send(sqs, url)) == (False, True)


def test_whoever_may_attach_one_policy_may_not_attach_another(strict: StrictServer, admin: Any, name: str) -> None:
    only_sqs = allow("iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": AWS_SQS}})
    iam = strict.client("iam", **strict.user(only_sqs))
    admin.create_user(UserName=name)

    iam.attach_user_policy(UserName=name, PolicyArn=AWS_SQS)
    code, status, message = refusal(
        iam.attach_user_policy, UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )

    assert (code, status) == ("AccessDenied", 403)
    assert f"not authorized to perform: iam:AttachUserPolicy on resource: arn:aws:iam::{ACCOUNT}:user/{name}" in message


def test_awss_policies_are_read_by_whoever_may_read_policies(strict: StrictServer) -> None:
    iam = strict.client("iam", **strict.user(allow("iam:GetPolicy")))

    assert iam.get_policy(PolicyArn=AWS_SQS)["Policy"]["PolicyName"] == "AmazonSQSFullAccess"


def test_a_policys_tags_decide_who_may_delete_it(strict: StrictServer, admin: Any, name: str) -> None:
    of_team = allow("iam:DeletePolicy", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}})
    iam = strict.client("iam", **strict.user(of_team))
    arns = [
        admin.create_policy(
            PolicyName=f"{name}-{team}", PolicyDocument=json.dumps(DOCUMENT), Tags=[{"Key": "team", "Value": team}]
        )["Policy"]["Arn"]
        for team in ("a", "b")
    ]

    iam.delete_policy(PolicyArn=arns[0])

    assert refusal(iam.delete_policy, PolicyArn=arns[1])[0] == "AccessDenied"


def test_a_simulation_says_what_the_server_then_does(strict: StrictServer, admin: Any, url: str, name: str) -> None:
    sqs = strict.client(**strict.user(allow("sqs:SendMessage"), name=name))
    result = admin.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/{name}",
        ActionNames=["sqs:SendMessage", "sqs:ReceiveMessage"],
        ResourceArns=[f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"],
    )["EvaluationResults"]

    assert [each["EvalDecision"] for each in result] == ["allowed", "implicitDeny"]
    assert may_send(sqs, url)
    assert refusal(sqs.receive_message, QueueUrl=url)[0].startswith("AccessDenied")
    assert result[0]["MatchedStatements"][0]["SourcePolicyId"] == f"user_{name}_its"
