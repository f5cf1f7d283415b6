"""A server that checks its callers: who may make functions, pass roles, use layers; policies that let others in."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.strict import ACCOUNT, OTHER, House, StrictServer, allow, deny, initialised, policy, refusal
from tests.unit.lambda_functions.conftest import Lambda, zipped

ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function"


class StrictFunctionServer(StrictServer):
    """Strict, with the runner that runs nothing."""

    launch = (sys.executable, "-m", "tests.unit.lambda_functions.serving")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("strict")
    stranger = initialised(data, account=OTHER)
    with StrictFunctionServer(data) as running:
        yield running, stranger


def role(server: StrictServer, name: str, service: str = "lambda.amazonaws.com", **options: Any) -> str:
    """A role that a service may assume."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    made = server.client("iam", **options).create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    arn: str = made["Role"]["Arn"]
    return arn


@pytest.fixture(scope="module")
def worker(house: House) -> str:
    """A role for functions."""
    return role(house[0], "worker")


def asked(role_arn: str, **more: Any) -> dict[str, Any]:
    code = {"ZipFile": zipped()}
    return {"Runtime": "python3.12", "Handler": "app.handler", "Role": role_arn, "Code": code, **more}


def test_a_role_that_lambda_may_not_assume_is_refused(house: House) -> None:
    client = house[0].client("lambda")
    for arn in (role(house[0], "elsewhere", "ec2.amazonaws.com"), f"arn:aws:iam::{ACCOUNT}:role/nobody"):
        told = refusal(client.create_function, FunctionName="refused", **asked(arn))

        assert told == (
            "InvalidParameterValueException", 400, "The role defined for the function cannot be assumed by Lambda."
        )  # fmt: skip


def test_who_makes_a_function_must_be_allowed_to_pass_its_role(house: House, worker: str) -> None:
    server = house[0]
    making = allow("lambda:CreateFunction", "lambda:GetFunction")
    without = server.client("lambda", **server.user(making))
    passing = allow(
        "iam:PassRole", on=worker, Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    )
    able = server.client("lambda", **server.user(making, passing))

    told = refusal(without.create_function, FunctionName="passed", **asked(worker))

    assert told[:2] == ("AccessDeniedException", 403)
    assert "iam:PassRole" in told[2]
    assert able.create_function(FunctionName="passed", **asked(worker))["State"] == "Active"


def test_policies_speak_of_functions_by_arn_and_tag(house: House, worker: str) -> None:
    server = house[0]
    server.client("lambda").create_function(FunctionName="tagged", **asked(worker, Tags={"team": "a"}))
    server.client("lambda").create_function(FunctionName="untagged", **asked(worker))
    by_tag = allow("lambda:GetFunction", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}})
    client = server.client("lambda", **server.user(by_tag, deny("lambda:GetFunction", on=f"{ARN}:*:secret")))

    assert client.get_function(FunctionName="tagged")["Tags"] == {"team": "a"}
    assert refusal(client.get_function, FunctionName="untagged")[:2] == ("AccessDeniedException", 403)
    assert refusal(client.get_function, FunctionName="tagged", Qualifier="secret")[1] == 403


def test_a_functions_policy_lets_another_account_in_where_it_says(house: House, worker: str) -> None:
    server, stranger = house
    own, other = server.client("lambda"), server.client("lambda", **stranger)
    own.create_function(FunctionName="open", **asked(worker, Publish=True))
    grant = {"StatementId": "them", "Action": "lambda:GetFunction", "Principal": OTHER}
    own.add_permission(FunctionName="open", Qualifier="1", **grant)

    assert other.get_function(FunctionName=f"{ARN}:open:1")["Configuration"]["Version"] == "1"
    assert refusal(other.get_function, FunctionName=f"{ARN}:open")[:2] == ("AccessDeniedException", 403)

    own.remove_permission(FunctionName="open", Qualifier="1", StatementId="them")
    assert refusal(other.get_function, FunctionName=f"{ARN}:open:1")[1] == 403


def test_strangers_cannot_tell_functions_that_are_there_from_those_that_are_not(house: House, worker: str) -> None:
    server, stranger = house
    server.client("lambda").create_function(FunctionName="hidden", **asked(worker))
    other = server.client("lambda", **stranger)

    told = [refusal(other.get_function, FunctionName=f"{ARN}:{name}") for name in ("hidden", "absent")]

    assert told[0][2].replace("hidden", "absent") == told[1][2]


def test_a_layer_of_another_account_is_used_by_its_leave(house: House) -> None:
    server, stranger = house
    own, other = server.client("lambda"), server.client("lambda", **stranger)
    made = own.publish_layer_version(LayerName="tools", Content={"ZipFile": zipped({"python/tools.py": "x = 1\n"})})
    theirs = role(server, "theirs", **stranger)
    request = {"FunctionName": "borrower", **asked(theirs, Layers=[made["LayerVersionArn"]])}

    assert refusal(other.create_function, **request)[:2] == ("AccessDeniedException", 403)
    own.add_layer_version_permission(
        LayerName="tools", VersionNumber=1, StatementId="all", Action="lambda:GetLayerVersion", Principal="*"
    )
    assert other.create_function(**request)["Layers"][0]["Arn"] == made["LayerVersionArn"]


def test_variables_under_a_key_are_shown_to_who_may_decrypt(house: House, worker: str) -> None:
    server = house[0]
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    server.client("lambda").create_function(
        FunctionName="sealed", **asked(worker, KMSKeyArn=key, Environment={"Variables": {"STAGE": "1"}})
    )
    reader = server.client("lambda", **server.user(allow("lambda:GetFunctionConfiguration")))

    shown = server.client("lambda").get_function_configuration(FunctionName="sealed")["Environment"]
    hidden = reader.get_function_configuration(FunctionName="sealed")["Environment"]

    assert shown == {"Variables": {"STAGE": "1"}}
    assert "Variables" not in hidden
    assert hidden["Error"]["ErrorCode"] == "AccessDeniedException"


def test_what_is_sealed_in_a_call_stands_in_no_audit_record(house: House, worker: str) -> None:
    server = house[0]
    server.client("lambda").create_function(
        FunctionName="quiet", **asked(worker, Environment={"Variables": {"PASSWORD": "swordfish"}})
    )

    events = server.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateFunction"}]
    )["Events"]

    assert events
    assert "swordfish" not in json.dumps([each["CloudTrailEvent"] for each in events])


def test_links_to_code_are_good_without_a_signature(house: House, worker: str) -> None:
    own = Lambda(house[0].client("lambda"))
    own.create("linked", Role=worker)

    with urllib.request.urlopen(own.client.get_function(FunctionName="linked")["Code"]["Location"]) as answer:
        assert answer.read() == zipped()
