"""A managed policy's versions."""

from __future__ import annotations

from tests.unit.iam_policies.support import ACCOUNT, Policies, allow, document


def versions(iam: Policies, arn: str) -> dict[str, bool]:
    """Whether each is the default, in the order of the list."""
    return {
        each["VersionId"]: each["IsDefaultVersion"] for each in iam("ListPolicyVersions", PolicyArn=arn)["Versions"]
    }


def grow(iam: Policies, arn: str, count: int = 1, **members: bool) -> None:
    for _ in range(count):
        iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=document(allow("s3:*")), **members)


def test_a_new_version_is_not_the_default(iam: Policies) -> None:
    arn = iam.policy()

    grow(iam, arn)

    assert versions(iam, arn) == {"v2": False, "v1": True}


def test_a_new_version_is_the_default_when_asked_for(iam: Policies) -> None:
    arn = iam.policy()

    grow(iam, arn, SetAsDefault=True)

    assert versions(iam, arn) == {"v2": True, "v1": False}
    assert iam("GetPolicy", PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"


def test_a_version_is_shown_without_its_text_when_made_and_listed(iam: Policies) -> None:
    arn = iam.policy()

    made = iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=document())["PolicyVersion"]

    assert "Document" not in made
    assert all("Document" not in each for each in iam("ListPolicyVersions", PolicyArn=arn)["Versions"])


def test_another_version_becomes_the_default(iam: Policies) -> None:
    arn = iam.policy()
    grow(iam, arn, SetAsDefault=True)

    iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v1")

    assert versions(iam, arn) == {"v2": False, "v1": True}


def test_a_policy_has_at_most_five_versions(iam: Policies) -> None:
    arn = iam.policy()
    grow(iam, arn, 4)

    refused = iam.refusal("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=document())

    assert refused == (
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing"
        " version.",
    )


def test_the_number_of_a_deleted_version_is_not_used_again(iam: Policies) -> None:
    arn = iam.policy()
    grow(iam, arn)
    iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v2")

    grow(iam, arn)

    assert list(versions(iam, arn)) == ["v3", "v1"]


def test_the_default_version_is_not_deleted(iam: Policies) -> None:
    arn = iam.policy()
    grow(iam, arn)

    refused = iam.refusal("DeletePolicyVersion", PolicyArn=arn, VersionId="v1")

    assert refused == ("DeleteConflict", "Cannot delete the default version of a policy.")


def test_a_version_that_is_not_there_is_not_found(iam: Policies) -> None:
    arn = iam.policy()
    missing = ("NoSuchEntity", f"Policy {arn} version v7 does not exist or is not attachable.")

    for operation in ("GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"):
        assert iam.refusal(operation, PolicyArn=arn, VersionId="v7") == missing


def test_versions_come_by_pages_the_newest_first(iam: Policies) -> None:
    arn = iam.policy()
    grow(iam, arn, 4)

    first = iam("ListPolicyVersions", PolicyArn=arn, MaxItems=3)
    second = iam("ListPolicyVersions", PolicyArn=arn, MaxItems=3, Marker=first["Marker"])

    assert [each["VersionId"] for each in first["Versions"] + second["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]


def test_versions_of_a_policy_that_is_not_there_are_not_found(iam: Policies) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/none"

    assert iam.refusal("ListPolicyVersions", PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.")


def test_a_malformed_version_is_refused(iam: Policies) -> None:
    arn = iam.policy()

    assert iam.refusal("CreatePolicyVersion", PolicyArn=arn, PolicyDocument="[]")[0] == "MalformedPolicyDocument"
