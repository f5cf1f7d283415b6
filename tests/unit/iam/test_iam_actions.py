"""IAM's operations in the language of policies, and what the access layer is told of an entity."""

from __future__ import annotations

from typing import Any

import pytest

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
    assert described(iam, f"{word}/a/b/It").arn == f"{HERE}:{word}/a/b/It"


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
