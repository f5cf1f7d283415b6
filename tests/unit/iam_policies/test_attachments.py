"""Managed policies attached to users, groups and roles, and permissions boundaries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import vectors
from tests.unit.iam_policies.support import ACCOUNT, AWS_BASIC, AWS_SQS, HOLDERS, Policies

NONE = f"arn:aws:iam::{ACCOUNT}:policy/none"


def attached(iam: Policies, word: str, bob: dict[str, str], **members: Any) -> list[str]:
    return [each["PolicyArn"] for each in iam(f"ListAttached{word}Policies", **bob, **members)["AttachedPolicies"]]


@pytest.mark.parametrize("word", HOLDERS)
def test_a_policy_is_attached_and_detached(iam: Policies, word: str) -> None:
    arn, bob = iam.policy(), iam.holder(word)

    iam(f"Attach{word}Policy", **bob, PolicyArn=arn)
    had = attached(iam, word, bob), iam("GetPolicy", PolicyArn=arn)["Policy"]["AttachmentCount"]
    iam(f"Detach{word}Policy", **bob, PolicyArn=arn)

    assert had == ([arn], 1)
    assert attached(iam, word, bob) == []
    assert iam("GetPolicy", PolicyArn=arn)["Policy"]["AttachmentCount"] == 0


def test_attaching_twice_is_attaching_once(iam: Policies) -> None:
    bob = iam.holder("User")

    iam("AttachUserPolicy", **bob, PolicyArn=AWS_SQS)
    iam("AttachUserPolicy", **bob, PolicyArn=AWS_SQS)

    assert attached(iam, "User", bob) == [AWS_SQS]


def test_attached_policies_are_shown_by_name_and_arn(iam: Policies) -> None:
    bob = iam.holder("Role")
    iam("AttachRolePolicy", **bob, PolicyArn=AWS_BASIC)

    answer = iam("ListAttachedRolePolicies", **bob)

    assert answer == {
        "AttachedPolicies": [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": AWS_BASIC}],
        "IsTruncated": False,
    }


def test_a_path_prefix_chooses_attached_policies(iam: Policies) -> None:
    bob = iam.holder("Role")
    for arn in (AWS_BASIC, AWS_SQS):
        iam("AttachRolePolicy", **bob, PolicyArn=arn)

    assert attached(iam, "Role", bob, PathPrefix="/service-role/") == [AWS_BASIC]


@pytest.mark.parametrize("word", HOLDERS)
def test_no_more_policies_are_attached_than_the_quota_allows(iam: Policies, word: str) -> None:
    bob = iam.holder(word)
    for number in range(10):
        iam(f"Attach{word}Policy", **bob, PolicyArn=iam.policy(f"p{number}"))

    refused = iam.refusal(f"Attach{word}Policy", **bob, PolicyArn=iam.policy("more"))

    assert refused == ("LimitExceeded", f"Cannot exceed quota for PoliciesPer{word}: 10")


@pytest.mark.parametrize("word", HOLDERS)
def test_a_policy_that_is_not_there_is_not_attached(iam: Policies, word: str) -> None:
    bob = iam.holder(word)

    refused = iam.refusal(f"Attach{word}Policy", **bob, PolicyArn=NONE)

    assert refused == ("NoSuchEntity", f"Policy {NONE} does not exist or is not attachable.")


@pytest.mark.parametrize("word", HOLDERS)
def test_a_policy_that_is_not_attached_is_not_detached(iam: Policies, word: str) -> None:
    bob = iam.holder(word)

    refused = iam.refusal(f"Detach{word}Policy", **bob, PolicyArn=AWS_SQS)

    assert refused == ("NoSuchEntity", f"Policy {AWS_SQS} was not found.")


@pytest.mark.parametrize("verb", ["Attach", "Detach"])
@pytest.mark.parametrize("word", HOLDERS)
def test_nobody_has_policies_who_is_not_there(iam: Policies, verb: str, word: str) -> None:
    refused = iam.refusal(f"{verb}{word}Policy", **{f"{word}Name": "nobody"}, PolicyArn=AWS_SQS)

    assert refused == ("NoSuchEntity", f"The {word.lower()} with name nobody cannot be found.")


def test_a_service_linked_roles_policy_is_not_attachable(iam: Policies) -> None:
    arn = "arn:aws:iam::aws:policy/aws-service-role/AmazonMQServiceRolePolicy"

    refused = iam.refusal("AttachRolePolicy", **iam.holder("Role"), PolicyArn=arn)

    assert refused == ("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role.")


def test_another_accounts_policy_is_not_attached(iam: Policies) -> None:
    arn = iam.policy()
    iam("CreateUser", account="999999999999", UserName="eve")

    refused = iam.refusal("AttachUserPolicy", account="999999999999", UserName="eve", PolicyArn=arn)

    assert refused == ("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")


def recorded(case: str) -> dict[str, Any]:
    found = [each["recorded"] for each in vectors("iam-responses.jsonl") if each["case"] == case]
    if not found:
        pytest.skip("the recorded answers are not here")
    return dict(found[0])


def as_recorded(error: tuple[str, str], name: str) -> tuple[str, str]:
    """A refusal with the recording's placeholders."""
    return error[0], error[1].replace("arn:aws:", "arn:<partition>:").replace(ACCOUNT, "111111111111").replace(
        name, "<policy-name:1>"
    )


def test_refused_attachments_are_refused_as_recorded(iam: Policies) -> None:
    answers = recorded("TestIAMIntegrations::test_role_attach_policy")
    name = "policy-of-the-recording"
    arn, role = iam.policy(name), iam.holder("Role")
    tried = {
        "existing_policy_name_provided": name,
        "non_existent_malformed_policy_arn": "longpolicynamebutnoarn",
        "valid_arn_not_existent": f"{arn}123",
    }

    for what, given in tried.items():
        error = answers[what]["Error"]
        refused = iam.refusal("AttachRolePolicy", **role, PolicyArn=given)
        assert as_recorded(refused, name) == (error["Code"], error["Message"]), what


def test_a_policy_that_never_was_is_deleted_as_recorded(iam: Policies) -> None:
    error = recorded("TestIAMIntegrations::test_delete_non_existent_policy_returns_no_such_entity")[
        "delete-non-existent-policy-exc"
    ]["Error"]

    refused = iam.refusal("DeletePolicy", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/non-existent-policy")

    assert as_recorded(refused, "no such name") == (error["Code"], error["Message"])


# -------------------------------------------------------------------------------------------------------- boundaries


@pytest.mark.parametrize("word", ["User", "Role"])
def test_a_boundary_is_set_and_taken_away(iam: Policies, word: str) -> None:
    arn, bob = iam.policy(), iam.holder(word)

    iam(f"Put{word}PermissionsBoundary", **bob, PermissionsBoundary=arn)
    shown = iam(f"Get{word}", **bob)[word]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    used = iam("GetPolicy", PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"]
    iam(f"Delete{word}PermissionsBoundary", **bob)

    assert (shown, used) == (arn, 1)
    assert "PermissionsBoundary" not in iam(f"Get{word}", **bob)[word]
    assert iam("GetPolicy", PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"] == 0


def test_a_boundary_takes_the_place_of_another(iam: Policies) -> None:
    bob = iam.holder("User", PermissionsBoundary=iam.policy("one"))

    iam("PutUserPermissionsBoundary", **bob, PermissionsBoundary=iam.policy("two"))

    used = iam("ListPolicies", PolicyUsageFilter="PermissionsBoundary")["Policies"]
    assert [each["PolicyName"] for each in used] == ["two"]


def test_a_boundary_that_is_not_there_is_refused(iam: Policies) -> None:
    refused = iam.refusal("PutRolePermissionsBoundary", **iam.holder("Role"), PermissionsBoundary=NONE)

    assert refused == ("NoSuchEntity", f"Scope ARN: {NONE} does not exist or is not attachable.")


def test_taking_away_a_boundary_that_was_never_set_changes_nothing(iam: Policies) -> None:
    bob = iam.holder("User")

    iam("DeleteUserPermissionsBoundary", **bob)

    assert "PermissionsBoundary" not in iam("GetUser", **bob)["User"]
