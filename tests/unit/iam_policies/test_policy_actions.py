"""These operations in the language of policies, and what the access layer is told of policies and providers."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.access.described import Described
from chasqui.base.actions import Check
from chasqui.base.arn import parse_arn
from chasqui.services.iam.table import TABLE
from tests.unit.iam_policies.support import ACCOUNT, AWS_SQS, Policies

HERE = f"arn:aws:iam::{ACCOUNT}"
ORDERS = f"{HERE}:policy/orders"
TAGS = [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize(
    ("operation", "members", "arn"),
    [
        ("CreatePolicy", {"PolicyName": "orders", "Path": "/team/"}, f"{HERE}:policy/team/orders"),
        ("GetPolicy", {"PolicyArn": ORDERS}, ORDERS),
        ("SetDefaultPolicyVersion", {"PolicyArn": ORDERS, "VersionId": "v1"}, ORDERS),
        ("ListPolicies", {}, "*"),
        ("AttachRolePolicy", {"RoleName": "r", "PolicyArn": ORDERS}, f"{HERE}:role/r"),
        ("PutGroupPolicy", {"GroupName": "g", "PolicyName": "p", "PolicyDocument": "{}"}, f"{HERE}:group/g"),
        ("PutUserPermissionsBoundary", {"UserName": "u", "PermissionsBoundary": ORDERS}, f"{HERE}:user/u"),
        ("SimulatePrincipalPolicy", {"PolicySourceArn": f"{HERE}:user/u", "ActionNames": []}, f"{HERE}:user/u"),
        ("CreateOpenIDConnectProvider", {"Url": "https://a.example/b"}, f"{HERE}:oidc-provider/a.example/b"),
    ],
)
def test_an_action_is_about_what_the_request_names(
    iam: Policies, operation: str, members: dict[str, Any], arn: str
) -> None:
    assert TABLE.actions[operation].resource(iam.call(), iam.request(operation, **members)) == arn


@pytest.mark.parametrize(
    ("operation", "members", "keys"),
    [
        ("AttachUserPolicy", {"UserName": "u", "PolicyArn": ORDERS}, {"iam:PolicyARN": ORDERS}),
        ("DetachRolePolicy", {"RoleName": "r", "PolicyArn": ORDERS}, {"iam:PolicyARN": ORDERS}),
        (
            "PutRolePermissionsBoundary",
            {"RoleName": "r", "PermissionsBoundary": ORDERS},
            {"iam:PermissionsBoundary": ORDERS},
        ),
        (
            "CreatePolicy",
            {"PolicyName": "p", "PolicyDocument": "{}", "Tags": TAGS},
            {"aws:TagKeys": ("a",), "aws:RequestTag/a": "b"},
        ),
        ("UntagPolicy", {"PolicyArn": ORDERS, "TagKeys": ["a"]}, {"aws:TagKeys": ("a",)}),
    ],
)
def test_conditions_see_what_the_request_brings(
    iam: Policies, operation: str, members: dict[str, Any], keys: dict[str, Any]
) -> None:
    context = TABLE.actions[operation].context

    assert context is not None
    assert context(iam.call(), iam.request(operation, **members)) == keys


def test_whoever_makes_a_policy_with_tags_needs_leave_to_tag(iam: Policies) -> None:
    also = TABLE.actions["CreatePolicy"].also

    assert also is not None
    assert list(also(iam.call(), iam.request("CreatePolicy", PolicyName="p", PolicyDocument="{}"))) == []
    assert list(also(iam.call(), iam.request("CreatePolicy", PolicyName="p", PolicyDocument="{}", Tags=TAGS))) == [
        Check("iam:TagPolicy", f"{HERE}:policy/p", {"aws:TagKeys": ("a",), "aws:RequestTag/a": "b"})
    ]


def described(iam: Policies, text: str) -> Described | None:
    arn = parse_arn(text)
    assert arn is not None
    found: Described | None = iam.run(iam.describer.describe(arn))
    return found


def test_a_policys_tags_are_described(iam: Policies) -> None:
    arn = iam.policy("orders", Path="/team/", Tags=TAGS)

    assert described(iam, arn) == Described(ACCOUNT, tags={"a": "b"}, arn=arn)


def test_awss_policies_are_nobodys(iam: Policies) -> None:
    assert described(iam, AWS_SQS) == Described("")


def test_a_providers_tags_are_described(iam: Policies) -> None:
    iam("CreateOpenIDConnectProvider", Url="https://a.example/b", Tags=TAGS)

    assert described(iam, f"{HERE}:oidc-provider/a.example/b") == Described(ACCOUNT, tags={"a": "b"})
