"""Users."""

from __future__ import annotations

from typing import Any

import pytest

from chasqui.access.identity.documents import ATTACHMENT, POLICY, USER, PolicyDocument, PolicyVersion, encode
from chasqui.services.iam import entities
from chasqui.services.iam.entities import USERS, write
from chasqui.services.iam.links import BOUNDARY, holders, link
from chasqui.store.port import Resource, Transaction
from tests.unit.iam.support import ACCOUNT, NOW_MS, Iam

READ_ONLY = f"arn:aws:iam::{ACCOUNT}:policy/team/read-only"


def keep_policy(iam: Iam) -> None:
    version = PolicyVersion(id="v1", text="{}", created_s=1)
    document = PolicyDocument(name="read-only", id="ANPA", path="/team/", created_s=1, updated_s=1, versions=[version])
    resource = Resource(POLICY, ACCOUNT, "read-only", encode(document))
    iam.run(iam.store.transaction(lambda tx: tx.create(resource)))


def change_user(iam: Iam, name: str, **members: Any) -> None:
    async def change(tx: Transaction) -> None:
        resource, document = await USERS.read(tx, ACCOUNT, name)
        for member, value in members.items():
            setattr(document, member, value)
        await write(tx, resource, document)

    iam.run(iam.store.transaction(change))


def test_a_new_user_is_shown_with_all_it_was_given(iam: Iam) -> None:
    keep_policy(iam)

    user = iam(
        "CreateUser",
        UserName="Bob",
        Path="/dev/",
        Tags=[{"Key": "team", "Value": "a"}],
        PermissionsBoundary=READ_ONLY,
    )["User"]

    assert user.pop("UserId").startswith("AIDA")
    assert user == {
        "Path": "/dev/",
        "UserName": "Bob",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/dev/Bob",
        "CreateDate": NOW_MS // 1000,
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": READ_ONLY},
        "Tags": [{"Key": "team", "Value": "a"}],
    }


def test_a_user_without_tags_and_boundary_is_shown_without_them(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")

    assert set(iam("GetUser", UserName="bob")["User"]) == {"Path", "UserName", "UserId", "Arn", "CreateDate"}


def test_names_are_unique_whatever_their_case(iam: Iam) -> None:
    iam("CreateUser", UserName="Bob")

    assert iam.refusal("CreateUser", UserName="bOB") == (
        "EntityAlreadyExists",
        "User with name bOB already exists.",
    )
    assert iam("GetUser", UserName="BOB")["User"]["UserName"] == "Bob"


def test_an_unknown_user_is_refused(iam: Iam) -> None:
    assert iam.refusal("GetUser", UserName="nobody") == (
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    )


def test_other_accounts_users_are_unknown(iam: Iam) -> None:
    iam("CreateUser", UserName="bob", account="444455556666")

    assert iam.refusal("GetUser", UserName="bob")[0] == "NoSuchEntity"


def test_a_user_that_names_nobody_gets_itself(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")
    iam.as_user("bob")

    assert iam("GetUser")["User"]["UserName"] == "bob"


def test_root_that_names_nobody_is_shown_without_name_and_path(iam: Iam) -> None:
    user = iam("GetUser")["User"]

    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert user["UserId"] == ACCOUNT
    assert "UserName" not in user


def test_a_boundary_must_be_a_policy_that_is_there(iam: Iam) -> None:
    keep_policy(iam)
    wrong_path = f"arn:aws:iam::{ACCOUNT}:policy/read-only"

    assert iam.refusal("CreateUser", UserName="bob", PermissionsBoundary=wrong_path) == (
        "NoSuchEntity",
        f"Scope ARN: {wrong_path} does not exist or is not attachable.",
    )


def test_a_boundary_must_be_an_arn(iam: Iam) -> None:
    assert iam.refusal("CreateUser", UserName="bob", PermissionsBoundary="read-only-of-the-team") == (
        "ValidationError",
        "Invalid ARN:  Could not be parsed!",
    )


def test_who_has_a_boundary_is_known_until_the_user_is_deleted(iam: Iam) -> None:
    keep_policy(iam)
    iam("CreateUser", UserName="bob", PermissionsBoundary=READ_ONLY)

    def bounded() -> Any:
        return iam.run(iam.store.transaction(lambda tx: holders(tx, BOUNDARY, ACCOUNT, READ_ONLY)))

    assert bounded() == ["user/bob"]
    iam("DeleteUser", UserName="bob")
    assert bounded() == []


def test_lists_show_neither_tags_nor_boundary(iam: Iam) -> None:
    iam("CreateUser", UserName="bob", Tags=[{"Key": "a", "Value": "b"}])

    assert "Tags" not in iam("ListUsers")["Users"][0]


def test_users_are_listed_by_path(iam: Iam) -> None:
    iam("CreateUser", UserName="ann", Path="/dev/a/")
    iam("CreateUser", UserName="bob", Path="/ops/")
    iam("CreateUser", UserName="cat")

    def names(prefix: str) -> list[str]:
        return [user["UserName"] for user in iam("ListUsers", PathPrefix=prefix)["Users"]]

    assert names("/") == ["ann", "bob", "cat"]
    assert names("/dev/") == ["ann"]


def test_a_renamed_user_keeps_its_id_and_its_keys(iam: Iam) -> None:
    created = iam("CreateUser", UserName="bob")["User"]
    key = iam("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]

    iam("UpdateUser", UserName="bob", NewUserName="Robert", NewPath="/ops/")

    renamed = iam("GetUser", UserName="robert")["User"]
    assert renamed["UserId"] == created["UserId"]
    assert renamed["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ops/Robert"
    (shown,) = iam("ListAccessKeys", UserName="Robert")["AccessKeyMetadata"]
    assert (shown["AccessKeyId"], shown["UserName"]) == (key, "Robert")
    assert iam.refusal("GetUser", UserName="bob")[0] == "NoSuchEntity"


def test_a_renamed_user_stays_in_its_groups(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")
    iam("CreateGroup", GroupName="devs")
    iam("AddUserToGroup", GroupName="devs", UserName="bob")

    iam("UpdateUser", UserName="bob", NewUserName="robert")

    assert [user["UserName"] for user in iam("GetGroup", GroupName="devs")["Users"]] == ["robert"]
    iam("RemoveUserFromGroup", GroupName="devs", UserName="robert")


def test_a_renamed_users_attachments_are_found_under_its_new_name(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")
    change_user(iam, "bob", attached=[READ_ONLY])
    iam.run(iam.store.transaction(lambda tx: link(tx, ATTACHMENT, ACCOUNT, "user/bob", READ_ONLY)))

    iam("UpdateUser", UserName="bob", NewUserName="robert")

    found = iam.run(iam.store.transaction(lambda tx: holders(tx, ATTACHMENT, ACCOUNT, READ_ONLY)))
    assert found == ["user/robert"]


def test_only_the_case_of_a_name_may_change(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")

    iam("UpdateUser", UserName="bob", NewUserName="BOB")

    assert iam("GetUser", UserName="bob")["User"]["UserName"] == "BOB"


def test_a_user_cannot_take_anothers_name(iam: Iam) -> None:
    iam("CreateUser", UserName="ann")
    iam("CreateUser", UserName="bob")

    assert iam.refusal("UpdateUser", UserName="bob", NewUserName="Ann") == (
        "EntityAlreadyExists",
        "User with name Ann already exists.",
    )


@pytest.mark.parametrize(
    ("members", "first"),
    [
        ({"inline": {"p": "{}"}}, "delete policies"),
        ({"attached": [READ_ONLY]}, "detach all policies"),
        ({"groups": ["devs"]}, "remove users from group"),
    ],
)
def test_a_user_that_holds_something_is_not_deleted(iam: Iam, members: dict[str, Any], first: str) -> None:
    iam("CreateUser", UserName="bob")
    change_user(iam, "bob", **members)

    assert iam.refusal("DeleteUser", UserName="bob") == (
        "DeleteConflict",
        f"Cannot delete entity, must {first} first.",
    )


def test_a_user_with_a_key_is_not_deleted(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")
    key = iam("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]

    assert iam.refusal("DeleteUser", UserName="bob") == (
        "DeleteConflict",
        "Cannot delete entity, must delete access keys first.",
    )
    iam("DeleteAccessKey", UserName="bob", AccessKeyId=key)
    iam("DeleteUser", UserName="bob")
    assert iam("ListUsers")["Users"] == []


def test_there_are_no_more_users_than_the_quota(iam: Iam, monkeypatch: pytest.MonkeyPatch) -> None:
    few = entities.Kind(USER, USERS.document, "user", "UsersPerAccount", 2, USERS.missing, USERS.taken)
    monkeypatch.setattr("chasqui.services.iam.users.USERS", few)
    for name in ("ann", "bob"):
        iam("CreateUser", UserName=name)

    assert iam.refusal("CreateUser", UserName="cat") == (
        "LimitExceeded",
        "Cannot exceed quota for UsersPerAccount: 2",
    )
    iam("DeleteUser", UserName="ann")
    iam("CreateUser", UserName="cat")
