"""Groups and memberships."""

from __future__ import annotations

from tests.unit.iam.support import ACCOUNT, Iam


def members(iam: Iam, group: str) -> list[str]:
    return [user["UserName"] for user in iam("GetGroup", GroupName=group)["Users"]]


def groups_of(iam: Iam, user: str) -> list[str]:
    return [group["GroupName"] for group in iam("ListGroupsForUser", UserName=user)["Groups"]]


def test_a_new_group_is_shown(iam: Iam) -> None:
    group = iam("CreateGroup", GroupName="Devs", Path="/team/")["Group"]

    assert group["GroupId"].startswith("AGPA")
    assert group["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/team/Devs"
    assert iam("ListGroups")["Groups"] == [group]
    assert iam.refusal("CreateGroup", GroupName="devs") == (
        "EntityAlreadyExists",
        "Group with name devs already exists.",
    )


def test_a_membership_is_seen_from_both_sides(iam: Iam) -> None:
    iam("CreateUser", UserName="Bob")
    iam("CreateGroup", GroupName="Devs")

    iam("AddUserToGroup", GroupName="DEVS", UserName="BOB")

    assert members(iam, "devs") == ["Bob"]
    assert groups_of(iam, "bob") == ["Devs"]


def test_adding_a_member_again_changes_nothing(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")
    iam("CreateGroup", GroupName="devs")
    for _ in range(2):
        iam("AddUserToGroup", GroupName="devs", UserName="bob")

    assert members(iam, "devs") == ["bob"]


def test_a_removed_member_is_gone_from_both_sides(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")
    iam("CreateGroup", GroupName="devs")
    iam("AddUserToGroup", GroupName="devs", UserName="bob")

    iam("RemoveUserFromGroup", GroupName="devs", UserName="bob")

    assert members(iam, "devs") == []
    assert groups_of(iam, "bob") == []


def test_removing_somebody_who_is_no_member_changes_nothing(iam: Iam) -> None:
    for name in ("ann", "bob"):
        iam("CreateUser", UserName=name)
    iam("CreateGroup", GroupName="devs")
    iam("AddUserToGroup", GroupName="devs", UserName="ann")

    iam("RemoveUserFromGroup", GroupName="devs", UserName="bob")

    assert members(iam, "devs") == ["ann"]


def test_a_user_is_in_ten_groups_at_most(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")
    for number in range(11):
        iam("CreateGroup", GroupName=f"g{number}")
    for number in range(10):
        iam("AddUserToGroup", GroupName=f"g{number}", UserName="bob")

    assert iam.refusal("AddUserToGroup", GroupName="g10", UserName="bob") == (
        "LimitExceeded",
        "Cannot exceed quota for GroupsPerUser: 10",
    )


def test_unknown_users_and_groups_are_refused(iam: Iam) -> None:
    iam("CreateGroup", GroupName="devs")

    assert iam.refusal("AddUserToGroup", GroupName="ops", UserName="bob") == (
        "NoSuchEntity",
        "The group with name ops cannot be found.",
    )
    assert iam.refusal("AddUserToGroup", GroupName="devs", UserName="bob") == (
        "NoSuchEntity",
        "The user with name bob cannot be found.",
    )


def test_a_renamed_group_keeps_its_members_and_its_id(iam: Iam) -> None:
    created = iam("CreateGroup", GroupName="devs")["Group"]
    iam("CreateUser", UserName="bob")
    iam("AddUserToGroup", GroupName="devs", UserName="bob")

    iam("UpdateGroup", GroupName="devs", NewGroupName="Engineers", NewPath="/all/")

    assert members(iam, "engineers") == ["bob"]
    assert groups_of(iam, "bob") == ["Engineers"]
    assert iam("GetGroup", GroupName="engineers")["Group"]["GroupId"] == created["GroupId"]
    assert iam("GetGroup", GroupName="engineers")["Group"]["Arn"].endswith("group/all/Engineers")


def test_a_group_with_members_is_not_deleted(iam: Iam) -> None:
    iam("CreateGroup", GroupName="devs")
    iam("CreateUser", UserName="bob")
    iam("AddUserToGroup", GroupName="devs", UserName="bob")

    assert iam.refusal("DeleteGroup", GroupName="devs") == (
        "DeleteConflict",
        "Cannot delete entity, must remove users from group first.",
    )
    iam("RemoveUserFromGroup", GroupName="devs", UserName="bob")
    iam("DeleteGroup", GroupName="devs")
    assert iam("ListGroups")["Groups"] == []


def test_members_come_in_pages(iam: Iam) -> None:
    iam("CreateGroup", GroupName="devs")
    for name in ("ann", "bob", "cat"):
        iam("CreateUser", UserName=name)
        iam("AddUserToGroup", GroupName="devs", UserName=name)

    first = iam("GetGroup", GroupName="devs", MaxItems=2)
    rest = iam("GetGroup", GroupName="devs", MaxItems=2, Marker=first["Marker"])

    assert [user["UserName"] for user in first["Users"]] == ["ann", "bob"]
    assert [user["UserName"] for user in rest["Users"]] == ["cat"]
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
