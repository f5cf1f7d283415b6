"""Tags, which users, roles and instance profiles have alike, and pages, which every list has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.iam.support import TRUST, Iam

TAGGED = [
    ("User", "CreateUser", {"UserName": "x"}),
    ("Role", "CreateRole", {"RoleName": "x", "AssumeRolePolicyDocument": TRUST}),
    ("InstanceProfile", "CreateInstanceProfile", {"InstanceProfileName": "x"}),
]


def tags(**named: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in named.items()]


@pytest.mark.parametrize(("kind", "create", "members"), TAGGED)
def test_tags_are_added_replaced_and_removed(iam: Iam, kind: str, create: str, members: dict[str, Any]) -> None:
    iam(create, **members, Tags=tags(a="1", b="2"))
    name = {f"{kind}Name": "x"}

    iam(f"Tag{kind}", **name, Tags=tags(b="3", c="4"))
    assert iam(f"List{kind}Tags", **name)["Tags"] == tags(a="1", b="3", c="4")

    iam(f"Untag{kind}", **name, TagKeys=["a", "nothing"])
    assert iam(f"List{kind}Tags", **name)["Tags"] == tags(b="3", c="4")


@pytest.mark.parametrize(("kind", "create", "members"), TAGGED)
def test_what_is_not_there_is_not_tagged(iam: Iam, kind: str, create: str, members: dict[str, Any]) -> None:
    assert iam.refusal(f"Tag{kind}", **{f"{kind}Name": "x"}, Tags=tags(a="1"))[0] == "NoSuchEntity"


def test_keys_that_differ_in_case_alone_are_one(iam: Iam) -> None:
    iam("CreateUser", UserName="x", Tags=tags(Team="1"))

    iam("TagUser", UserName="x", Tags=tags(team="2"))

    assert iam("ListUserTags", UserName="x")["Tags"] == tags(team="2")


def test_a_key_comes_once_in_a_request(iam: Iam) -> None:
    assert iam.refusal("CreateUser", UserName="x", Tags=tags(team="1", TEAM="2")) == (
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )


def test_aws_own_keys_are_refused(iam: Iam) -> None:
    aws = [{"Key": "aws:cloudformation", "Value": "1"}]

    assert iam.refusal("CreateUser", UserName="x", Tags=aws)[0] == "InvalidInput"


def test_there_are_fifty_tags_at_most(iam: Iam) -> None:
    iam("CreateUser", UserName="x", Tags=tags(**{f"k{number}": "v" for number in range(50)}))

    iam("TagUser", UserName="x", Tags=tags(k0="another"))
    assert iam.refusal("TagUser", UserName="x", Tags=tags(one_more="v")) == (
        "LimitExceeded",
        "The number of tags has reached the maximum limit.",
    )


def test_tags_come_in_pages(iam: Iam) -> None:
    iam("CreateUser", UserName="x", Tags=tags(b="2", a="1", c="3"))

    first = iam("ListUserTags", UserName="x", MaxItems=2)
    rest = iam("ListUserTags", UserName="x", Marker=first["Marker"])

    assert first["Tags"] + rest["Tags"] == tags(a="1", b="2", c="3")


def names(iam: Iam, **options: Any) -> list[list[str]]:
    """The names on each page."""
    pages = []
    marker: dict[str, str] = {}
    while True:
        answer = iam("ListUsers", **options, **marker)
        pages.append([user["UserName"] for user in answer["Users"]])
        assert answer["IsTruncated"] == ("Marker" in answer)
        if not answer["IsTruncated"]:
            return pages
        marker = {"Marker": answer["Marker"]}


def test_a_list_comes_in_pages_without_gaps(iam: Iam) -> None:
    for name in "abcde":
        iam("CreateUser", UserName=name)

    assert names(iam, MaxItems=2) == [["a", "b"], ["c", "d"], ["e"]]


def test_a_last_page_that_is_full_is_the_last(iam: Iam) -> None:
    for name in "abcd":
        iam("CreateUser", UserName=name)

    assert names(iam, MaxItems=2) == [["a", "b"], ["c", "d"]]


def test_a_page_has_a_hundred_items_unless_told(iam: Iam) -> None:
    for number in range(101):
        iam("CreateUser", UserName=f"u{number:03}")

    assert [len(page) for page in names(iam)] == [100, 1]


def test_pages_of_a_path_skip_the_others(iam: Iam) -> None:
    for number in range(6):
        iam("CreateUser", UserName=f"u{number}", Path="/even/" if number % 2 == 0 else "/odd/")

    assert names(iam, PathPrefix="/even/", MaxItems=2) == [["u0", "u2"], ["u4"]]


def test_a_walk_over_more_than_one_batch_finds_everyone(iam: Iam, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chasqui.services.iam.paging._BATCH", 2)
    for number in range(7):
        iam("CreateUser", UserName=f"u{number}", Path="/last/" if number > 4 else "/")

    assert names(iam, PathPrefix="/last/") == [["u5", "u6"]]


def test_an_unknown_marker_is_refused(iam: Iam) -> None:
    assert iam.refusal("ListUsers", Marker="no marker!") == ("ValidationError", "Invalid Marker.")
