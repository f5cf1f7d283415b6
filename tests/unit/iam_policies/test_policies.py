"""Managed policies: made, found, listed, deleted, tagged."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import msgspec
import pytest

from chasqui.access.identity.counts import counted
from chasqui.access.identity.documents import POLICY
from chasqui.services.iam import entities, quotas
from tests.unit.iam.support import NOW_MS
from tests.unit.iam_policies.support import ACCOUNT, AWS_BASIC, AWS_SQS, HOLDERS, Policies, allow, document

OTHER = "arn:aws:iam::999999999999:policy/p"


def names(answer: dict[str, Any]) -> list[str]:
    return [each["PolicyName"] for each in answer["Policies"]]


def test_a_new_policy_is_shown_without_its_description(iam: Policies) -> None:
    policy = iam(
        "CreatePolicy", PolicyName="Orders", Path="/team/", Description="of orders", PolicyDocument=document()
    )["Policy"]

    assert policy.pop("PolicyId").startswith("ANPA")
    assert policy == {
        "PolicyName": "Orders",
        "Arn": f"arn:aws:iam::{ACCOUNT}:policy/team/Orders",
        "Path": "/team/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": NOW_MS // 1000,
        "UpdateDate": NOW_MS // 1000,
    }


def test_a_policy_asked_for_is_shown_with_description_and_tags(iam: Policies) -> None:
    arn = iam.policy(Description="of orders", Tags=[{"Key": "a", "Value": "b"}])

    policy = iam("GetPolicy", PolicyArn=arn)["Policy"]

    assert policy["Description"] == "of orders"
    assert policy["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_policys_text_comes_back_as_it_was_sent(iam: Policies) -> None:
    statement = '{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::ü+%20/*"}'
    text = f'{{ "Version": "2012-10-17",\n\t"Statement": {statement} }}'
    arn = iam.policy(text=text)

    encoded = iam("GetPolicyVersion", PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]

    assert unquote(encoded) == text
    assert encoded.startswith("%7B%20%22Version%22%3A%20")


def test_policies_names_are_unique_without_regard_to_case_and_path(iam: Policies) -> None:
    iam.policy("Orders")

    refused = iam.refusal("CreatePolicy", PolicyName="ORDERS", Path="/other/", PolicyDocument=document())

    assert refused == (
        "EntityAlreadyExists",
        "A policy called ORDERS already exists. Duplicate names are not allowed.",
    )


def test_what_is_no_policy_is_refused(iam: Policies) -> None:
    code, message = iam.refusal("CreatePolicy", PolicyName="p", PolicyDocument="{}")

    assert (code, message) == ("MalformedPolicyDocument", "Syntax errors in policy.")


def test_a_policy_longer_than_its_quota_is_refused(iam: Policies) -> None:
    text = document(allow(*(f"sqs:Action{number:04}" for number in range(400))))

    refused = iam.refusal("CreatePolicy", PolicyName="p", PolicyDocument=text)

    assert refused == ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144")


def test_whitespace_does_not_count_against_the_quota(iam: Policies) -> None:
    text = document() + " " * 10_000

    assert iam.policy(text=text)


def test_there_are_no_more_policies_than_the_quota_allows(iam: Policies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chasqui.services.iam.policies.POLICIES", msgspec.structs.replace(entities.POLICIES, most=1))
    iam.policy("one")

    refused = iam.refusal("CreatePolicy", PolicyName="two", PolicyDocument=document())

    assert refused == ("LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: 1")


@pytest.mark.parametrize(
    ("arn", "refused"),
    [
        ("nothing-like-an-arn-at-all", ("ValidationError", "Invalid ARN:  Could not be parsed!")),
        (
            f"arn:aws:iam::{ACCOUNT}:role/p",
            ("InvalidInput", f"ARN arn:aws:iam::{ACCOUNT}:role/p is not valid."),
        ),
        (
            f"arn:aws:iam::{ACCOUNT}:policy/none",
            ("NoSuchEntity", f"Policy arn:aws:iam::{ACCOUNT}:policy/none was not found."),
        ),
        (
            f"arn:aws:iam::{ACCOUNT}:policy/path/p",
            ("NoSuchEntity", f"Policy arn:aws:iam::{ACCOUNT}:policy/path/p was not found."),
        ),
        (OTHER, ("NoSuchEntity", f"Policy {OTHER} was not found.")),
    ],
)
def test_a_policy_that_is_not_there_is_not_found(iam: Policies, arn: str, refused: tuple[str, str]) -> None:
    iam.policy("p")

    assert iam.refusal("GetPolicy", PolicyArn=arn) == refused


def test_another_accounts_policy_cannot_be_deleted(iam: Policies) -> None:
    assert iam.refusal("DeletePolicy", PolicyArn=OTHER) == ("AccessDenied", "Policy is outside your own account.")


# ------------------------------------------------------------------------------------------------------------- lists


def test_a_list_has_awss_policies_and_the_accounts_own(iam: Policies) -> None:
    iam.policy("orders")

    found = names(iam("ListPolicies", MaxItems=1000))

    assert "orders" in found
    assert "AdministratorAccess" in found


def test_a_scope_chooses_whose_policies_are_listed(iam: Policies) -> None:
    iam.policy("orders")

    assert names(iam("ListPolicies", Scope="Local")) == ["orders"]
    assert "orders" not in names(iam("ListPolicies", Scope="AWS", MaxItems=1000))


def test_a_list_shows_neither_description_nor_tags(iam: Policies) -> None:
    iam.policy("orders", Description="of orders", Tags=[{"Key": "a", "Value": "b"}])

    (policy,) = iam("ListPolicies", Scope="Local")["Policies"]

    assert not {"Description", "Tags"} & set(policy)


def test_a_path_prefix_chooses_policies(iam: Policies) -> None:
    iam.policy("one", Path="/team/a/")
    iam.policy("two", Path="/team/b/")

    assert names(iam("ListPolicies", Scope="Local", PathPrefix="/team/a")) == ["one"]


def test_only_attached_policies_are_listed_when_asked_for(iam: Policies) -> None:
    iam.policy("spare")
    bob = iam.holder("User")
    iam("AttachUserPolicy", **bob, PolicyArn=iam.policy("orders"))
    iam("AttachUserPolicy", **bob, PolicyArn=AWS_SQS)

    answer = iam("ListPolicies", OnlyAttached=True)

    assert {each["PolicyName"]: each["AttachmentCount"] for each in answer["Policies"]} == {
        "orders": 1,
        "AmazonSQSFullAccess": 1,
    }


def test_boundaries_are_listed_when_asked_for(iam: Policies) -> None:
    bob = iam.holder("User")
    iam("AttachUserPolicy", **bob, PolicyArn=iam.policy("orders"))
    iam("PutUserPermissionsBoundary", **bob, PermissionsBoundary=iam.policy("fence"))

    (policy,) = iam("ListPolicies", PolicyUsageFilter="PermissionsBoundary")["Policies"]

    assert (policy["PolicyName"], policy["PermissionsBoundaryUsageCount"], policy["AttachmentCount"]) == ("fence", 1, 0)


def test_a_list_goes_on_where_a_page_ended(iam: Policies) -> None:
    for number in range(5):
        iam.policy(f"p{number}")
    found, marker = [], None
    while True:
        answer = iam("ListPolicies", Scope="Local", MaxItems=2, **({"Marker": marker} if marker else {}))
        found.append(names(answer))
        marker = answer.get("Marker")
        if not answer["IsTruncated"]:
            break

    assert found == [["p0", "p1"], ["p2", "p3"], ["p4"]]


def test_accounts_do_not_see_each_others_policies(iam: Policies) -> None:
    iam.policy("orders")

    assert iam("ListPolicies", account="999999999999", Scope="Local")["Policies"] == []


# ----------------------------------------------------------------------------------------------------------- deletion


def test_a_deleted_policy_is_gone_and_no_longer_counted(iam: Policies) -> None:
    arn = iam.policy()

    iam("DeletePolicy", PolicyArn=arn)

    assert iam.refusal("GetPolicy", PolicyArn=arn)[0] == "NoSuchEntity"
    assert iam.run(counted(iam.store, POLICY, ACCOUNT)) == 0


@pytest.mark.parametrize("word", HOLDERS)
def test_a_policy_that_somebody_has_is_not_deleted(iam: Policies, word: str) -> None:
    arn, bob = iam.policy(), iam.holder(word)
    iam(f"Attach{word}Policy", **bob, PolicyArn=arn)

    refused = iam.refusal("DeletePolicy", PolicyArn=arn)

    assert refused == ("DeleteConflict", "Cannot delete a policy attached to entities.")


def test_a_policy_that_is_a_boundary_is_not_deleted(iam: Policies) -> None:
    arn = iam.policy()
    iam.holder("User", PermissionsBoundary=arn)

    assert iam.refusal("DeletePolicy", PolicyArn=arn)[0] == "DeleteConflict"


def test_a_policy_with_versions_is_not_deleted(iam: Policies) -> None:
    arn = iam.policy()
    iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=document())

    code, message = iam.refusal("DeletePolicy", PolicyArn=arn)

    assert code == "DeleteConflict"
    assert message.startswith("This policy has more than one version.")


# --------------------------------------------------------------------------------------------------------------- tags


def test_policies_are_tagged_and_untagged(iam: Policies) -> None:
    arn = iam.policy(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])

    iam("TagPolicy", PolicyArn=arn, Tags=[{"Key": "B", "Value": "3"}])
    iam("UntagPolicy", PolicyArn=arn, TagKeys=["a"])

    assert iam("ListPolicyTags", PolicyArn=arn) == {"Tags": [{"Key": "B", "Value": "3"}], "IsTruncated": False}


def test_a_policy_has_no_more_tags_than_its_quota(iam: Policies) -> None:
    many = [{"Key": f"k{number}", "Value": ""} for number in range(quotas.TAGS)]
    arn = iam.policy(Tags=many)

    assert iam.refusal("TagPolicy", PolicyArn=arn, Tags=[{"Key": "more", "Value": ""}])[0] == "LimitExceeded"


# ------------------------------------------------------------------------------------------------------------ holders


def entities_of(answer: dict[str, Any]) -> list[str]:
    kinds = [("PolicyUsers", "UserName"), ("PolicyGroups", "GroupName"), ("PolicyRoles", "RoleName")]
    return [each[name] for members, name in kinds for each in answer[members]]


def everybody(iam: Policies, arn: str) -> None:
    """A user, a group and a role that have it, and a user whose boundary it is."""
    for word in HOLDERS:
        iam(f"Attach{word}Policy", **iam.holder(word, f"the-{word.lower()}", Path=f"/{word.lower()}s/"), PolicyArn=arn)
    iam.holder("User", "bounded", PermissionsBoundary=arn)


def test_everybody_who_has_a_policy_is_listed(iam: Policies) -> None:
    arn = iam.policy()
    everybody(iam, arn)

    assert entities_of(iam("ListEntitiesForPolicy", PolicyArn=arn)) == ["bounded", "the-user", "the-group", "the-role"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"EntityFilter": "Role"}, ["the-role"]),
        ({"EntityFilter": "User", "PolicyUsageFilter": "PermissionsPolicy"}, ["the-user"]),
        ({"PolicyUsageFilter": "PermissionsBoundary"}, ["bounded"]),
        ({"PathPrefix": "/groups/"}, ["the-group"]),
    ],
)
def test_filters_choose_who_is_listed(iam: Policies, filters: dict[str, str], found: list[str]) -> None:
    arn = iam.policy()
    everybody(iam, arn)

    assert entities_of(iam("ListEntitiesForPolicy", PolicyArn=arn, **filters)) == found


def test_who_has_a_policy_comes_by_pages(iam: Policies) -> None:
    everybody(iam, AWS_BASIC)

    first = iam("ListEntitiesForPolicy", PolicyArn=AWS_BASIC, MaxItems=3)
    second = iam("ListEntitiesForPolicy", PolicyArn=AWS_BASIC, MaxItems=3, Marker=first["Marker"])

    assert (len(entities_of(first)), len(entities_of(second))) == (3, 1)
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)


def test_a_renamed_user_still_has_its_policies(iam: Policies) -> None:
    arn = iam.policy()
    everybody(iam, arn)

    iam("UpdateUser", UserName="the-user", NewUserName="renamed")

    assert "renamed" in entities_of(iam("ListEntitiesForPolicy", PolicyArn=arn))


def test_nobody_has_a_policy_that_is_not_there(iam: Policies) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/none"

    refused = iam.refusal("ListEntitiesForPolicy", PolicyArn=arn)

    assert refused == ("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
