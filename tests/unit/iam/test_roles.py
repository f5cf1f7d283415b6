"""Roles, and the instance profiles they are in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.iam.support import ACCOUNT, Iam
from tests.unit.iam.support import TRUST as TRUSTED

URL_ENCODED = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C"


@pytest.fixture
def role(iam: Iam) -> Any:
    return iam("CreateRole", RoleName="Worker", Path="/app/", AssumeRolePolicyDocument=TRUSTED)["Role"]


def test_a_new_role_is_shown(role: dict[str, Any]) -> None:
    assert role["RoleId"].startswith("AROA")
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/app/Worker"
    assert "MaxSessionDuration" not in role


def test_a_trust_policy_is_shown_url_encoded(role: dict[str, Any]) -> None:
    assert role["AssumeRolePolicyDocument"].startswith(URL_ENCODED)


def test_a_role_asked_for_by_name_shows_its_sessions_length_and_its_tags(iam: Iam) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUSTED, MaxSessionDuration=7200, Tags=tags)

    shown = iam("GetRole", RoleName="R")["Role"]

    assert (shown["MaxSessionDuration"], shown["Tags"], shown["RoleLastUsed"]) == (7200, tags, {})


def test_a_listed_role_shows_neither_tags_nor_last_use(iam: Iam) -> None:
    tags = [{"Key": "team", "Value": "a"}]
    iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUSTED, Tags=tags)

    (shown,) = iam("ListRoles")["Roles"]

    assert shown["MaxSessionDuration"] == 3600
    assert {"Tags", "RoleLastUsed", "PermissionsBoundary"}.isdisjoint(shown)


def test_a_trust_policy_that_is_none_is_refused(iam: Iam, role: dict[str, Any]) -> None:
    refused = iam.refusal("CreateRole", RoleName="other", AssumeRolePolicyDocument="{")

    assert refused[0] == "MalformedPolicyDocument"
    assert iam.refusal("UpdateAssumeRolePolicy", RoleName="worker", PolicyDocument="{") == refused


def test_a_trust_policy_has_2048_characters_at_most(iam: Iam) -> None:
    long = TRUSTED.replace('"Effect"', f'"Sid":"{"x" * 2048}","Effect"', 1)

    assert iam.refusal("CreateRole", RoleName="r", AssumeRolePolicyDocument=long) == (
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    )


def test_whitespace_does_not_count(iam: Iam) -> None:
    long = TRUSTED.replace("{", "{" + " " * 2048)

    assert iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=long)["Role"]["RoleName"] == "r"


def test_a_trust_policy_is_replaced(iam: Iam, role: dict[str, Any]) -> None:
    iam("UpdateAssumeRolePolicy", RoleName="worker", PolicyDocument=TRUSTED.replace("ec2", "lambda"))

    assert "lambda.amazonaws.com" in iam("GetRole", RoleName="worker")["Role"]["AssumeRolePolicyDocument"]


def test_what_an_update_leaves_out_stays(iam: Iam, role: dict[str, Any]) -> None:
    iam("UpdateRole", RoleName="worker", Description="works")
    iam("UpdateRole", RoleName="worker", MaxSessionDuration=4000)

    shown = iam("GetRole", RoleName="worker")["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("works", 4000)


def test_a_changed_description_is_in_the_answer(iam: Iam, role: dict[str, Any]) -> None:
    answer = iam("UpdateRoleDescription", RoleName="worker", Description="rests")

    assert answer["Role"]["Description"] == "rests"


def test_a_deleted_role_is_gone(iam: Iam, role: dict[str, Any]) -> None:
    iam("DeleteRole", RoleName="worker")

    assert iam.refusal("GetRole", RoleName="worker") == (
        "NoSuchEntity",
        "The role with name worker cannot be found.",
    )


def test_a_profile_shows_its_role(iam: Iam, role: dict[str, Any]) -> None:
    created = iam("CreateInstanceProfile", InstanceProfileName="Web", Path="/app/")["InstanceProfile"]
    iam("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="worker")

    shown = iam("GetInstanceProfile", InstanceProfileName="web")["InstanceProfile"]

    assert created["Roles"] == []
    assert shown["Arn"] == f"arn:aws:iam::{ACCOUNT}:instance-profile/app/Web"
    assert [each["RoleName"] for each in shown["Roles"]] == ["Worker"]
    assert iam("ListInstanceProfiles", PathPrefix="/app/")["InstanceProfiles"] == [shown]
    assert iam("ListInstanceProfilesForRole", RoleName="worker")["InstanceProfiles"] == [shown]


def test_a_profile_holds_one_role(iam: Iam, role: dict[str, Any]) -> None:
    iam("CreateInstanceProfile", InstanceProfileName="web")
    iam("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="worker")

    assert iam.refusal("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="worker") == (
        "LimitExceeded",
        "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
    )


def test_neither_a_role_in_a_profile_nor_the_profile_is_deleted(iam: Iam, role: dict[str, Any]) -> None:
    iam("CreateInstanceProfile", InstanceProfileName="web")
    iam("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="worker")
    conflict = ("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")

    assert iam.refusal("DeleteRole", RoleName="worker") == conflict
    assert iam.refusal("DeleteInstanceProfile", InstanceProfileName="web") == conflict

    iam("RemoveRoleFromInstanceProfile", InstanceProfileName="web", RoleName="worker")
    iam("DeleteInstanceProfile", InstanceProfileName="web")
    iam("DeleteRole", RoleName="worker")
    assert iam("ListInstanceProfiles")["InstanceProfiles"] == iam("ListRoles")["Roles"] == []


def test_unknown_and_taken_profiles_are_refused(iam: Iam) -> None:
    iam("CreateInstanceProfile", InstanceProfileName="web")

    assert iam.refusal("CreateInstanceProfile", InstanceProfileName="Web") == (
        "EntityAlreadyExists",
        "Instance Profile Web already exists.",
    )
    assert iam.refusal("GetInstanceProfile", InstanceProfileName="db") == (
        "NoSuchEntity",
        "Instance Profile db cannot be found.",
    )
    assert iam.refusal("RemoveRoleFromInstanceProfile", InstanceProfileName="web", RoleName="r")[0] == "NoSuchEntity"
