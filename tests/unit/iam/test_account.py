"""The account: alias, summary, everything about everybody, the credential report."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from chasqui.access.identity.documents import (
    ATTACHMENT,
    KEY_USE,
    POLICY,
    KeyUse,
    PolicyDocument,
    PolicyVersion,
    encode,
)
from chasqui.services.iam.links import link
from chasqui.store.port import Resource, Transaction
from tests.unit.iam.support import ACCOUNT, TRUST, Iam


def test_an_account_has_one_alias(iam: Iam) -> None:
    iam("CreateAccountAlias", AccountAlias="acme")
    iam("CreateAccountAlias", AccountAlias="acme-prod")

    assert iam("ListAccountAliases")["AccountAliases"] == ["acme-prod"]
    iam("DeleteAccountAlias", AccountAlias="acme-prod")
    assert iam("ListAccountAliases") == {"AccountAliases": [], "IsTruncated": False}


def test_an_alias_is_one_accounts(iam: Iam) -> None:
    iam("CreateAccountAlias", AccountAlias="acme", account="444455556666")

    assert iam.refusal("CreateAccountAlias", AccountAlias="acme") == (
        "EntityAlreadyExists",
        "The account alias acme already exists.",
    )
    assert iam.refusal("DeleteAccountAlias", AccountAlias="acme")[0] == "NoSuchEntity"


def test_the_summary_counts_what_there_is(iam: Iam) -> None:
    for name in ("ann", "bob"):
        iam("CreateUser", UserName=name)
    iam("DeleteUser", UserName="ann")
    iam("CreateGroup", GroupName="devs")
    iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)

    summary = iam("GetAccountSummary")["SummaryMap"]

    assert [summary[each] for each in ("Users", "Groups", "Roles", "InstanceProfiles")] == [1, 1, 1, 0]
    assert (summary["UsersQuota"], summary["AccessKeysPerUserQuota"]) == (5000, 2)


# -------------------------------------------------------------------------------------------------------- everybody


def everybody(iam: Iam) -> None:
    """A user in a group, a role in a profile, a policy of the account attached to the user."""
    iam("CreateUser", UserName="Bob", Tags=[{"Key": "a", "Value": "1"}])
    iam("CreateGroup", GroupName="Devs")
    iam("AddUserToGroup", GroupName="devs", UserName="bob")
    iam("CreateRole", RoleName="Worker", AssumeRolePolicyDocument=TRUST)
    iam("CreateInstanceProfile", InstanceProfileName="Web")
    iam("AddRoleToInstanceProfile", InstanceProfileName="web", RoleName="worker")
    version = PolicyVersion(id="v1", text="{}", created_s=1)
    document = PolicyDocument(name="own", id="ANPA", created_s=1, updated_s=1, versions=[version])

    async def attach(tx: Transaction) -> None:
        await tx.create(Resource(POLICY, ACCOUNT, "own", encode(document)))
        for arn in (f"arn:aws:iam::{ACCOUNT}:policy/own", "arn:aws:iam::aws:policy/AdministratorAccess"):
            await link(tx, ATTACHMENT, ACCOUNT, "user/bob", arn)

    iam.run(iam.store.transaction(attach))


def shown(answer: dict[str, Any]) -> list[str]:
    """The names of everything in an answer."""
    lists = (
        ("UserDetailList", "UserName"),
        ("GroupDetailList", "GroupName"),
        ("RoleDetailList", "RoleName"),
        ("Policies", "PolicyName"),
    )
    return [each[name] for member, name in lists for each in answer[member]]


def test_everybody_is_told_with_what_they_hold(iam: Iam) -> None:
    everybody(iam)

    answer = iam("GetAccountAuthorizationDetails")

    assert shown(answer) == ["Bob", "Devs", "Worker", "own", "AdministratorAccess"]
    assert answer["IsTruncated"] is False
    (user,) = answer["UserDetailList"]
    assert (user["GroupList"], user["Tags"]) == (["Devs"], [{"Key": "a", "Value": "1"}])
    (role,) = answer["RoleDetailList"]
    assert role["InstanceProfileList"][0]["InstanceProfileName"] == "Web"
    assert answer["Policies"][0]["AttachmentCount"] == 1
    assert answer["Policies"][0]["PolicyVersionList"][0]["Document"] == "%7B%7D"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["User"], ["Bob"]),
        (["Role", "Group"], ["Devs", "Worker"]),
        (["LocalManagedPolicy"], ["own"]),
        (["AWSManagedPolicy"], ["AdministratorAccess"]),
    ],
)
def test_a_filter_leaves_the_others_out(iam: Iam, wanted: list[str], found: list[str]) -> None:
    everybody(iam)

    assert shown(iam("GetAccountAuthorizationDetails", Filter=wanted)) == found


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_of_any_size_tell_everything_once(iam: Iam, size: int) -> None:
    everybody(iam)
    iam("CreateUser", UserName="Ann")

    found: list[str] = []
    marker: dict[str, str] = {}
    while True:
        answer = iam("GetAccountAuthorizationDetails", MaxItems=size, **marker)
        assert len(shown(answer)) <= size
        found += shown(answer)
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}

    assert found == ["Ann", "Bob", "Devs", "Worker", "own", "AdministratorAccess"]


def test_a_marker_of_another_filter_is_refused(iam: Iam) -> None:
    everybody(iam)
    marker = iam("GetAccountAuthorizationDetails", MaxItems=1)["Marker"]

    assert iam.refusal("GetAccountAuthorizationDetails", Marker=marker, Filter=["Role"])[0] == "ValidationError"


# ------------------------------------------------------------------------------------------------------- the report


def report(iam: Iam) -> dict[str, dict[str, str]]:
    """The rows of the report, by user."""
    answer = iam("GetCredentialReport")
    assert answer["ReportFormat"] == "text/csv"
    return {row["user"]: row for row in csv.DictReader(io.StringIO(answer["Content"].decode()))}


def test_there_is_no_report_until_one_is_made(iam: Iam) -> None:
    assert iam.refusal("GetCredentialReport")[0] == "ReportNotPresent"
    assert iam("GenerateCredentialReport")["State"] == "STARTED"
    assert iam("GenerateCredentialReport")["State"] == "COMPLETE"


def test_the_report_tells_of_root_and_every_user(iam: Iam) -> None:
    iam("CreateUser", UserName="Bob", Path="/dev/")
    iam("GenerateCredentialReport")

    rows = report(iam)

    assert list(rows) == ["<root_account>", "Bob"]
    assert rows["Bob"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/dev/Bob"
    assert rows["Bob"]["user_creation_time"] == "2023-11-14T22:13:20+00:00"
    assert rows["Bob"]["access_key_1_active"] == "false"


def test_the_report_tells_of_keys_the_older_first(iam: Iam) -> None:
    iam("CreateUser", UserName="bob")
    old = iam("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    iam("UpdateAccessKey", UserName="bob", AccessKeyId=old, Status="Inactive")
    use = encode(KeyUse(at_s=1_700_000_001, region="eu-west-1", service="sqs"))
    iam.run(iam.store.transaction(lambda tx: tx.create(Resource(KEY_USE, "", old, use))))
    iam.clock.advance(60_000)
    iam("CreateAccessKey", UserName="bob")
    iam("GenerateCredentialReport")

    row = report(iam)["bob"]

    assert (row["access_key_1_active"], row["access_key_2_active"]) == ("false", "true")
    assert row["access_key_1_last_used_date"] == "2023-11-14T22:13:21+00:00"
    assert (row["access_key_1_last_used_region"], row["access_key_1_last_used_service"]) == ("eu-west-1", "sqs")
    assert row["access_key_2_last_used_date"] == "N/A"


def test_a_report_is_what_was_true_when_it_was_made(iam: Iam) -> None:
    iam("GenerateCredentialReport")
    iam("CreateUser", UserName="bob")

    assert list(report(iam)) == ["<root_account>"]


def test_a_report_is_good_for_four_hours(iam: Iam) -> None:
    iam("GenerateCredentialReport")
    iam("CreateUser", UserName="bob")
    iam.clock.advance(4 * 3600 * 1000)

    assert iam.refusal("GetCredentialReport")[0] == "ReportExpired"
    assert iam("GenerateCredentialReport")["State"] == "STARTED"
    assert list(report(iam)) == ["<root_account>", "bob"]
