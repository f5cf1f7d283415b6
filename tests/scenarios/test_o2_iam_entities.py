"""O2: users, groups, keys, roles and instance profiles, as boto3, the AWS CLI and Terraform use them, and as AWS was
recorded to answer."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

import chasqui.testing
from chasqui.testing import TestServer
from tests.scenarios.test_vectors_stage import Comparison
from tests.strict import StrictServer, allow, deny, policy, refusal
from tests.support import Server, vectors

one_engine = pytest.mark.one_engine("about the protocol, which knows nothing of engines")

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture
def iam(server: Server) -> Iterator[Any]:
    client = server.client("iam")
    yield client
    client.close()


def test_a_user_lives_is_renamed_and_goes(iam: Any, name: str) -> None:
    created = iam.create_user(UserName=name, Path="/dev/", Tags=[{"Key": "team", "Value": "a"}])["User"]
    iam.create_group(GroupName=name)
    iam.add_user_to_group(GroupName=name, UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]

    new = f"{name}-renamed"
    iam.update_user(UserName=name, NewUserName=new, NewPath="/ops/")

    shown = iam.get_user(UserName=new.upper())["User"]
    assert (shown["UserId"], shown["Path"], shown["Tags"]) == (created["UserId"], "/ops/", created["Tags"])
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName=new)["Groups"]] == [name]
    assert [user["UserName"] for user in iam.get_group(GroupName=name)["Users"]] == [new]
    assert refusal(iam.delete_user, UserName=new)[:2] == ("DeleteConflict", 409)
    iam.remove_user_from_group(GroupName=name, UserName=new)
    iam.delete_access_key(UserName=new, AccessKeyId=key)
    iam.delete_user(UserName=new)
    iam.delete_group(GroupName=name)
    assert refusal(iam.get_user, UserName=new)[:2] == ("NoSuchEntity", 404)


def test_of_many_who_make_the_same_user_one_does(server: Server, name: str) -> None:
    told = at_once(server, lambda iam, _: iam.create_user(UserName=name))

    assert sorted(told) == ["", *["EntityAlreadyExists"] * 7]


def test_no_user_gets_more_keys_than_two_by_asking_at_once(server: Server, iam: Any, name: str) -> None:
    iam.create_user(UserName=name)

    told = at_once(server, lambda iam, _: iam.create_access_key(UserName=name))

    assert sorted(told) == ["", "", *["LimitExceeded"] * 6]
    assert len(iam.list_access_keys(UserName=name)["AccessKeyMetadata"]) == 2


def test_members_who_are_added_at_once_are_all_there(server: Server, iam: Any, name: str) -> None:
    iam.create_group(GroupName=name)
    for number in range(8):
        iam.create_user(UserName=f"{name}-{number}")

    at_once(server, lambda iam, number: iam.add_user_to_group(GroupName=name, UserName=f"{name}-{number}"))

    assert len(iam.get_group(GroupName=name)["Users"]) == 8


def at_once(server: Server, call: Callable[[Any, int], Any]) -> list[str]:
    """Eight clients call at the same time: the codes of their errors, "" where there was none."""

    def one(number: int) -> str:
        iam = server.client("iam")
        start.wait()
        try:
            call(iam, number)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        finally:
            iam.close()
        return ""

    start = threading.Barrier(8)
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(one, range(8)))


@one_engine
def test_empty_lists_are_there(iam: Any, name: str) -> None:
    iam.create_user(UserName=name)

    assert iam.list_users(PathPrefix="/nobody/")["Users"] == []
    assert iam.list_groups_for_user(UserName=name)["Groups"] == []
    assert iam.list_access_keys(UserName=name)["AccessKeyMetadata"] == []
    assert iam.list_user_tags(UserName=name)["Tags"] == []
    assert iam.list_users(PathPrefix="/nobody/")["IsTruncated"] is False


@one_engine
def test_paginators_find_everyone(iam: Any, name: str) -> None:
    for number in range(5):
        iam.create_user(UserName=f"{name}-{number}", Path=f"/{name}/")
    pages = iam.get_paginator("list_users").paginate(PathPrefix=f"/{name}/", PaginationConfig={"PageSize": 2})

    assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    details = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3})
    found = [user["UserName"] for page in details for user in page["UserDetailList"] if user["Path"] == f"/{name}/"]
    assert found == [f"{name}-{number}" for number in range(5)]


@one_engine
def test_waiters_see_what_was_made(iam: Any, name: str) -> None:
    iam.create_user(UserName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName=name)

    for waiter, member in (("user", "UserName"), ("role", "RoleName"), ("instance_profile", "InstanceProfileName")):
        iam.get_waiter(f"{waiter}_exists").wait(**{member: name}, WaiterConfig={"MaxAttempts": 1})


@one_engine
def test_a_role_and_its_profile_as_terraform_makes_and_destroys_them(iam: Any, name: str) -> None:
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, MaxSessionDuration=3600, Path="/")
    iam.create_instance_profile(InstanceProfileName=name, Path="/")
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)

    assert json.loads(TRUST) == iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    (profile,) = iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]
    assert profile["Roles"][0]["RoleName"] == name

    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    iam.delete_instance_profile(InstanceProfileName=name)
    iam.delete_role(RoleName=name)
    assert refusal(iam.get_role, RoleName=name)[0] == "NoSuchEntity"


@one_engine
def test_parameters_are_checked_in_aws_words(iam: Any) -> None:
    code, status, message = refusal(iam.list_users, MaxItems=1000, PathPrefix="no-slash")

    assert (code, status) == ("ValidationError", 400)
    assert message.startswith("1 validation error detected: Value 'no-slash' at 'pathPrefix' failed to satisfy")


@one_engine
def test_what_is_not_there_yet_says_so(iam: Any) -> None:
    assert refusal(iam.list_virtual_mfa_devices)[:2] == ("NotImplemented", 501)


def test_a_secret_is_neither_in_the_log_nor_on_the_disk(tmp_path: Path) -> None:
    with Server(tmp_path, "--log-level", "debug") as server:
        iam = server.client("iam")
        iam.create_user(UserName="bob")
        secret = iam.create_access_key(UserName="bob")["AccessKey"]["SecretAccessKey"]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]

    assert any(b"iam:access-key" in content for content in written)
    assert not any(secret.encode() in content for content in written)
    assert secret not in json.dumps(server.log)


@one_engine
def test_the_cli_makes_users_and_reads_the_report(server: Server, name: str, tmp_path: Path) -> None:
    def aws(*arguments: str) -> Any:
        command = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", server.url, "iam", *arguments]
        environ = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "HOME": str(tmp_path),
        }
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout) if done.stdout.strip() else None

    created = aws("create-user", "--user-name", name, "--tags", "Key=team,Value=a")
    assert aws("list-user-tags", "--user-name", name)["Tags"] == [{"Key": "team", "Value": "a"}]
    assert aws("get-user", "--user-name", name) == created
    assert aws("get-account-summary")["SummaryMap"]["AccessKeysPerUserQuota"] == 2


# ---------------------------------------------------------------------------------------------------- strict servers


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictServer]:
    running = StrictServer(tmp_path_factory.mktemp("strict"))
    with running:
        yield running


def test_a_users_keys_are_rotated_without_a_gap(strict: StrictServer) -> None:
    name = f"u-{uuid.uuid4().hex[:8]}"
    old = strict.user(allow("iam:*AccessKey*", on="arn:aws:iam::*:user/${aws:username}"), name=name)
    mine = strict.client("iam", **old)

    made = mine.create_access_key()["AccessKey"]
    new = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    rotated = strict.client("iam", **new)
    rotated.update_access_key(AccessKeyId=old["aws_access_key_id"], Status="Inactive")

    assert refusal(mine.list_access_keys)[1] == 403
    rotated.delete_access_key(AccessKeyId=old["aws_access_key_id"])
    (left,) = rotated.list_access_keys()["AccessKeyMetadata"]
    assert left["AccessKeyId"] == made["AccessKeyId"]


def test_nobody_touches_another_users_keys(strict: StrictServer) -> None:
    mine = strict.client("iam", **strict.user(allow("iam:*", on="arn:aws:iam::*:user/${aws:username}")))
    other = f"u-{uuid.uuid4().hex[:8]}"
    strict.user(name=other)

    code, status, message = refusal(mine.create_access_key, UserName=other)

    assert (code, status) == ("AccessDenied", 403)
    assert f"is not authorized to perform: iam:CreateAccessKey on resource: arn:aws:iam::000000000000:user/{other}" in (
        message
    )


def test_a_denial_for_a_path_holds_when_the_path_is_not_named(strict: StrictServer) -> None:
    name = f"u-{uuid.uuid4().hex[:8]}"
    strict.client("iam").create_user(UserName=name, Path="/admins/")
    keys = strict.user(allow("iam:*"), deny("iam:DeleteUser", on="arn:aws:iam::*:user/admins/*"))

    code, _, message = refusal(strict.client("iam", **keys).delete_user, UserName=name)

    assert code == "AccessDenied"
    assert f"user/admins/{name} with an explicit deny in an identity-based policy" in message


def test_a_role_is_put_into_a_profile_by_those_who_may_pass_it(strict: StrictServer) -> None:
    name = f"r-{uuid.uuid4().hex[:8]}"
    admin = strict.client("iam")
    admin.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    admin.create_instance_profile(InstanceProfileName=name)
    user = f"u-{uuid.uuid4().hex[:8]}"
    mine = strict.client("iam", **strict.user(allow("iam:AddRoleToInstanceProfile"), name=user))

    assert "iam:PassRole" in refusal(mine.add_role_to_instance_profile, InstanceProfileName=name, RoleName=name)[2]
    passing = allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})
    admin.put_user_policy(UserName=user, PolicyName="passes", PolicyDocument=policy(passing))
    mine.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)


def test_when_a_key_was_used_is_known_after_a_restart(tmp_path: Path) -> None:
    server = StrictServer(tmp_path)
    with server:
        keys = server.user(allow("sqs:*"), name="bob")
        server.client(region_name="eu-west-1", **keys).list_queues()
    with StrictServer(tmp_path) as restarted:
        used = restarted.client("iam").get_access_key_last_used(AccessKeyId=keys["aws_access_key_id"])

    assert used["UserName"] == "bob"
    assert (used["AccessKeyLastUsed"]["ServiceName"], used["AccessKeyLastUsed"]["Region"]) == ("sqs", "eu-west-1")


# ------------------------------------------------------------------------------------------------- what AWS answered


def _role_with_tags(iam: Any) -> dict[str, Any]:
    name, path, tags = "tagged", "/role-with-tags/", [{"Key": "test", "Value": "value"}]
    return {
        "create-role-response": iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Path=path, Tags=tags),
        "get-role-response": iam.get_role(RoleName=name),
        "list-role-response": iam.list_roles(PathPrefix=path),
    }


def _list_roles_with_permission_boundary(iam: Any) -> dict[str, Any]:
    created = iam.create_role(RoleName="bounded", AssumeRolePolicyDocument=TRUST, Path="/some-path/")
    boundary = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=boundary)
    return {"created_role": created, "list_roles_result": iam.list_roles(PathPrefix="/some-path/")}


def _access_key(iam: Any) -> dict[str, Any]:
    iam.create_user(UserName="with-key")

    def replaced(status: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for old in iam.list_access_keys(UserName="with-key")["AccessKeyMetadata"]:
            iam.delete_access_key(UserName="with-key", AccessKeyId=old["AccessKeyId"])
        key = iam.create_access_key(UserName="with-key")["AccessKey"]
        iam.update_access_key(UserName="with-key", AccessKeyId=key["AccessKeyId"], Status=status)
        (shown,) = iam.list_access_keys(UserName="with-key")["AccessKeyMetadata"]
        return key, shown

    key, first = replaced("Active")
    _, second = replaced("Inactive")
    outputs = {member: key[member] for member in ("AccessKeyId", "SecretAccessKey")}
    return {"access_key": first, "access_key_updated": second, "key_outputs": outputs}


def _user(iam: Any) -> dict[str, Any]:
    iam.create_user(UserName="shown")
    return {"autogenerated-get-user": iam.get_user(UserName="shown")}


def _replaced_user(iam: Any) -> dict[str, Any]:
    iam.create_user(UserName="stack")
    before = iam.get_user(UserName="stack")
    iam.create_user(UserName="stack-updated")
    return {
        "describe-resource-before-update": before,
        "describe-resource-after-update": iam.get_user(UserName="stack-updated"),
    }


PLAYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "TestRoles::test_role_with_tags": _role_with_tags,
    "TestIAMIntegrations::test_list_roles_with_permission_boundary": _list_roles_with_permission_boundary,
    "test_iam_user_access_key": _access_key,
    "TestBasicCRD::test_autogenerated_values": _user,
    "TestUpdates::test_update_without_replacement": _replaced_user,
}
CASES = [case for case in vectors("iam-responses.jsonl") if case["case"] in PLAYS]


@pytest.fixture
def stage() -> Iterator[TestServer]:
    with chasqui.testing.server() as running:
        running.clock.freeze()
        yield running


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_aws_answered_the_same(stage: TestServer, case: dict[str, Any]) -> None:
    played = PLAYS[case["case"]](stage.client("iam"))

    comparison = Comparison(query=False)
    for name, answer in played.items():
        comparison.compare(case["recorded"][name], answer, name)
