"""Inline policies of users, groups and roles."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.unit.iam_policies.support import HOLDERS, Policies, allow, document

SIZES = [("User", 2048), ("Group", 5120), ("Role", 10240)]


@pytest.mark.parametrize("word", HOLDERS)
def test_an_inline_policy_comes_back_as_it_was_put(iam: Policies, word: str) -> None:
    bob = iam.holder(word)

    iam(f"Put{word}Policy", **bob, PolicyName="own", PolicyDocument=document())
    answer = iam(f"Get{word}Policy", **bob, PolicyName="own")

    assert unquote(answer.pop("PolicyDocument")) == document()
    assert answer == {**bob, "PolicyName": "own"}


def test_a_resource_keeps_its_percent_signs(iam: Policies) -> None:
    bob = iam.holder("User")
    text = document(allow("apigateway:PUT", on="arn:aws:apigateway:us-east-1::/tags/arn%3Aaws%3Aapigateway"))

    iam("PutUserPolicy", **bob, PolicyName="own", PolicyDocument=text)

    assert unquote(iam("GetUserPolicy", **bob, PolicyName="own")["PolicyDocument"]) == text


@pytest.mark.parametrize("word", HOLDERS)
def test_putting_a_policy_again_replaces_it(iam: Policies, word: str) -> None:
    bob = iam.holder(word)
    for action in ("sqs:*", "s3:*"):
        iam(f"Put{word}Policy", **bob, PolicyName="own", PolicyDocument=document(allow(action)))

    text = unquote(iam(f"Get{word}Policy", **bob, PolicyName="own")["PolicyDocument"])

    assert text == document(allow("s3:*"))
    assert iam(f"List{word}Policies", **bob)["PolicyNames"] == ["own"]


@pytest.mark.parametrize("word", HOLDERS)
def test_a_deleted_inline_policy_is_not_found(iam: Policies, word: str) -> None:
    bob = iam.holder(word)
    iam(f"Put{word}Policy", **bob, PolicyName="own", PolicyDocument=document())

    iam(f"Delete{word}Policy", **bob, PolicyName="own")

    missing = ("NoSuchEntity", f"The {word.lower()} policy with name own cannot be found.")
    assert iam.refusal(f"Get{word}Policy", **bob, PolicyName="own") == missing
    assert iam.refusal(f"Delete{word}Policy", **bob, PolicyName="own") == missing


@pytest.mark.parametrize("word", HOLDERS)
def test_who_is_not_there_has_no_inline_policies(iam: Policies, word: str) -> None:
    refused = iam.refusal(f"List{word}Policies", **{f"{word}Name": "nobody"})

    assert refused == ("NoSuchEntity", f"The {word.lower()} with name nobody cannot be found.")


@pytest.mark.parametrize(("word", "most"), SIZES)
def test_all_inline_policies_together_have_a_quota(iam: Policies, word: str, most: int) -> None:
    bob = iam.holder(word)
    half = document(allow("s3:GetObject", on="arn:aws:s3:::" + "b" * (most // 2 - 60)))
    iam(f"Put{word}Policy", **bob, PolicyName="one", PolicyDocument=half)

    refused = iam.refusal(f"Put{word}Policy", **bob, PolicyName="two", PolicyDocument=half)

    assert refused == ("LimitExceeded", f"Maximum policy size of {most} bytes exceeded for {word.lower()} bob")


def test_whitespace_does_not_count_against_the_quota(iam: Policies) -> None:
    bob = iam.holder("User")

    iam("PutUserPolicy", **bob, PolicyName="own", PolicyDocument=document() + "\n" * 4000)

    assert iam("ListUserPolicies", **bob)["PolicyNames"] == ["own"]


def test_names_of_inline_policies_come_by_pages(iam: Policies) -> None:
    bob = iam.holder("Role")
    for name in ("a", "b", "c"):
        iam("PutRolePolicy", **bob, PolicyName=name, PolicyDocument=document())

    first = iam("ListRolePolicies", **bob, MaxItems=2)
    second = iam("ListRolePolicies", **bob, MaxItems=2, Marker=first["Marker"])

    assert (first["PolicyNames"], second["PolicyNames"]) == (["a", "b"], ["c"])
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)


def test_an_inline_policy_must_not_name_a_principal(iam: Policies) -> None:
    text = document(allow("sqs:*", Principal="*"))

    refused = iam.refusal("PutUserPolicy", **iam.holder("User"), PolicyName="own", PolicyDocument=text)

    assert refused == ("MalformedPolicyDocument", "Policy document should not specify a principal.")
