"""IAM's operations in the language of policies, and what the access layer is told of an entity."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chasqui.access.authorizer import Authorizer
from chasqui.access.policy.decision import Grants
from chasqui.access.policy.document import PolicyType, compile_policy
from chasqui.base.actions import Check
from chasqui.base.arn import parse_arn
from chasqui.services.iam.table import TABLE
from tests.unit.iam.support import ACCOUNT, TRUST, Iam

HERE = f"arn:aws:iam::{ACCOUNT}"


def resource(iam: Iam, operation: str, **members: Any) -> str:
    return TABLE.actions[operation].resource(iam.call(), iam.request(operation, **members))


def also(iam: Iam, operation: str, **members: Any) -> list[Check]:
    asked = TABLE.actions[operation].also
    return list(asked(iam.call(), iam.request(operation, **members))) if asked is not None else []


@pytest.mark.parametrize(
    ("operation", "members", "arn"),
    [
        ("CreateUser", {"UserName": "bob", "Path": "/dev/"}, "user/dev/bob"),
        ("DeleteUser", {"UserName": "bob"}, "user/bob"),
        ("ListUsers", {}, "user/"),
        ("ListRoles", {"PathPrefix": "/app/"}, "role/app/"),
        ("AddUserToGroup", {"GroupName": "devs", "UserName": "bob"}, "group/devs"),
        ("ListGroupsForUser", {"UserName": "bob"}, "user/bob"),
        ("TagInstanceProfile", {"InstanceProfileName": "web"}, "instance-profile/web"),
        ("ListInstanceProfilesForRole", {"RoleName": "r"}, "role/r"),
        ("CreateAccessKey", {"UserName": "bob"}, "user/bob"),
        ("CreateAccessKey", {}, "root"),
    ],
)
def test_an_action_is_about_the_entity_that_is_named(
    iam: Iam, operation: str, members: dict[str, Any], arn: str
) -> None:
    assert resource(iam, operation, **members) == f"{HERE}:{arn}"


def test_a_users_own_keys_are_about_the_user(iam: Iam) -> None:
    iam.as_user("bob")

    assert resource(iam, "ListAccessKeys") == f"{HERE}:user/bob"


def test_conditions_see_tags_and_boundary_of_what_is_made(iam: Iam) -> None:
    request = iam.request(
        "CreateUser", UserName="bob", Tags=[{"Key": "team", "Value": "a"}], PermissionsBoundary="arn:boundary"
    )
    context = TABLE.actions["CreateUser"].context

    assert context is not None
    assert context(iam.call(), request) == {
        "aws:TagKeys": ("team",),
        "aws:RequestTag/team": "a",
        "iam:PermissionsBoundary": "arn:boundary",
    }


def test_conditions_see_the_keys_of_tags_that_go(iam: Iam) -> None:
    context = TABLE.actions["UntagRole"].context

    assert context is not None
    assert context(iam.call(), iam.request("UntagRole", RoleName="r", TagKeys=["a"])) == {"aws:TagKeys": ("a",)}


def test_who_creates_with_tags_must_be_allowed_to_tag(iam: Iam) -> None:
    tags = [{"Key": "team", "Value": "a"}]

    (check,) = also(iam, "CreateRole", RoleName="r", Tags=tags)

    assert (check.action, check.resource) == ("iam:TagRole", f"{HERE}:role/r")
    assert also(iam, "CreateRole", RoleName="r") == []


def test_who_renames_must_be_allowed_at_the_new_place(iam: Iam) -> None:
    (check,) = also(iam, "UpdateUser", UserName="bob", NewUserName="root-bob", NewPath="/admins/")

    assert (check.action, check.resource) == ("iam:UpdateUser", f"{HERE}:user/admins/root-bob")
    assert also(iam, "UpdateGroup", GroupName="devs") == []


def test_who_puts_a_role_into_a_profile_passes_it(iam: Iam) -> None:
    (check,) = also(iam, "AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="r")

    assert (check.action, check.resource) == ("iam:PassRole", f"{HERE}:role/r")
    assert check.context == {"iam:PassedToService": "ec2.amazonaws.com"}


def described(iam: Iam, resource: str) -> Any:
    arn = parse_arn(f"{HERE}:{resource}")
    assert arn is not None
    return iam.run(iam.describer.describe(arn))


@pytest.mark.parametrize(
    ("create", "members", "word"),
    [
        ("CreateUser", {"UserName": "It"}, "user"),
        ("CreateGroup", {"GroupName": "It"}, "group"),
        ("CreateRole", {"RoleName": "It", "AssumeRolePolicyDocument": TRUST}, "role"),
        ("CreateInstanceProfile", {"InstanceProfileName": "It"}, "instance-profile"),
    ],
)
def test_an_entity_is_known_by_its_path_however_it_is_named(
    iam: Iam, create: str, members: dict[str, Any], word: str
) -> None:
    iam(create, **members, Path="/a/b/")

    assert described(iam, f"{word}/it").arn == f"{HERE}:{word}/a/b/It"


def test_an_entitys_tags_are_known(iam: Iam) -> None:
    iam("CreateUser", UserName="bob", Tags=[{"Key": "team", "Value": "a"}])

    assert described(iam, "user/bob").tags == {"team": "a"}


def test_a_key_stands_for_its_user(iam: Iam) -> None:
    iam("CreateUser", UserName="bob", Path="/dev/")
    key = iam("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]

    assert described(iam, f"access-key/{key}").arn == f"{HERE}:user/dev/bob"


@pytest.mark.parametrize("resource", ["user/nobody", "user/", "role/r", "access-key/AKIA", "mfa/m", "root"])
def test_nothing_is_known_of_what_is_not_there(iam: Iam, resource: str) -> None:
    assert described(iam, resource) is None


def test_a_role_by_its_arn_has_its_trust_policy_and_by_another_spelling_none(iam: Iam) -> None:
    iam("CreateRole", RoleName="Worker", Path="/app/", AssumeRolePolicyDocument=TRUST)

    assert described(iam, "role/app/Worker").policy == TRUST
    misspelt = described(iam, "role/worker")
    assert (misspelt.policy, misspelt.exclusive) == (None, True)


# --------------------------------------------------------------------------------------------------------- decisions


def allowed(iam: Iam, action: str, resource: str, *statements: dict[str, Any]) -> bool:
    """Whether a user with such a policy may do it."""

    async def describe(arn: str) -> Any:
        parsed = parse_arn(arn)
        assert parsed is not None
        return await iam.describer.describe(parsed)

    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    grants = Grants(identity=(compile_policy(text, PolicyType.IDENTITY, "its"),), boundary=None, session=None)
    iam.as_user("caller")
    asked = Authorizer(describe, iam.store.fresh).ask(iam.principal, grants, action, f"{HERE}:{resource}", {})
    return bool(iam.run(asked).decision.allowed)


ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_a_denial_for_a_path_holds_for_calls_that_do_not_name_it(iam: Iam) -> None:
    iam("CreateUser", UserName="Eve", Path="/admins/")
    iam("CreateUser", UserName="Bob")
    denial = {"Effect": "Deny", "Action": "iam:DeleteUser", "Resource": f"{HERE}:user/admins/*"}

    assert not allowed(iam, "iam:DeleteUser", "user/eve", ANYTHING, denial)
    assert allowed(iam, "iam:DeleteUser", "user/bob", ANYTHING, denial)


def test_a_denial_for_a_path_holds_for_its_users_keys(iam: Iam) -> None:
    iam("CreateUser", UserName="Eve", Path="/admins/")
    key = iam("CreateAccessKey", UserName="eve")["AccessKey"]["AccessKeyId"]
    denial = {"Effect": "Deny", "Action": "iam:*", "Resource": f"{HERE}:user/admins/*"}

    assert not allowed(iam, "iam:GetAccessKeyLastUsed", f"access-key/{key}", ANYTHING, denial)


def test_a_denial_to_pass_a_role_holds_in_any_case(iam: Iam) -> None:
    iam("CreateRole", RoleName="Admin", AssumeRolePolicyDocument=TRUST)
    denial = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": f"{HERE}:role/Admin"}

    assert not allowed(iam, "iam:PassRole", "role/ADMIN", ANYTHING, denial)


def test_a_trust_policy_does_not_keep_anybody_from_reading_a_role(iam: Iam) -> None:
    iam("CreateRole", RoleName="Worker", Path="/app/", AssumeRolePolicyDocument=TRUST)

    assert allowed(iam, "iam:GetRole", "role/worker", ANYTHING)
    assert allowed(iam, "iam:GetRole", "role/app/Worker", ANYTHING)


def test_no_role_is_assumed_by_another_spelling_of_its_arn(iam: Iam) -> None:
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
        }
    )
    iam("CreateRole", RoleName="Worker", Path="/app/", AssumeRolePolicyDocument=trust)

    assert allowed(iam, "sts:AssumeRole", "role/app/Worker", ANYTHING)
    assert not allowed(iam, "sts:AssumeRole", "role/app/worker", ANYTHING)
    assert not allowed(iam, "sts:AssumeRole", "role/Worker", ANYTHING)


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "iam:ResourceTag/team"])
def test_tags_of_an_entity_decide(iam: Iam, key: str) -> None:
    iam("CreateUser", UserName="bob", Tags=[{"Key": "team", "Value": "a"}])
    only = {**ANYTHING, "Condition": {"StringEquals": {key: "a"}}}

    assert allowed(iam, "iam:DeleteUser", "user/bob", only)
    iam("UntagUser", UserName="bob", TagKeys=["team"])
    assert not allowed(iam, "iam:DeleteUser", "user/bob", only)
