"""Layers, and who may use them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.unit.lambda_functions.conftest import Lambda, zipped
from tests.unit.lambda_functions.serving import FunctionServer


def publish(functions: Lambda, name: str, text: str = "x = 1\n") -> str:
    made = functions.client.publish_layer_version(
        LayerName=name,
        Content={"ZipFile": zipped({"python/tools.py": text})},
        CompatibleRuntimes=["python3.12"],
        CompatibleArchitectures=["x86_64"],
    )
    arn: str = made["LayerVersionArn"]
    return arn


def test_layers_are_published_listed_newest_first_and_found(functions: Lambda) -> None:
    publish(functions, "listed")
    second = publish(functions, "listed", "x = 2\n")

    versions = functions.client.list_layer_versions(LayerName="listed")["LayerVersions"]
    newest = [each for each in functions.client.list_layers()["Layers"] if each["LayerName"] == "listed"]

    assert [each["Version"] for each in versions] == [2, 1]
    assert newest[0]["LatestMatchingVersion"]["LayerVersionArn"] == second
    assert functions.client.get_layer_version_by_arn(Arn=second)["Version"] == 2
    assert functions.client.list_layer_versions(LayerName="listed", CompatibleRuntime="java21")["LayerVersions"] == []


def test_a_deleted_layer_stays_for_the_functions_that_use_it(functions: Lambda) -> None:
    arn = publish(functions, "deleted")
    name = functions.create(Layers=[arn])

    functions.client.delete_layer_version(LayerName="deleted", VersionNumber=1)
    functions.client.update_function_configuration(FunctionName=name, Timeout=9)

    assert functions.client.get_function_configuration(FunctionName=name)["Layers"][0]["Arn"] == arn
    assert publish(functions, "deleted").endswith(":2")
    with pytest.raises(ClientError, match="does not exist"):
        functions.create(Layers=[arn])


def test_two_versions_of_a_layer_are_not_used_at_once(functions: Lambda) -> None:
    arns = [publish(functions, "twice"), publish(functions, "twice", "x = 2\n")]

    with pytest.raises(ClientError, match="Two different versions of the same layer are not allowed"):
        functions.create(Layers=arns)


def test_a_layers_permissions_are_statements_of_its_policy(functions: Lambda) -> None:
    arn = publish(functions, "shared")
    client = functions.client
    added = client.add_layer_version_permission(
        LayerName="shared",
        VersionNumber=1,
        StatementId="them",
        Action="lambda:GetLayerVersion",
        Principal="123456789012",
    )

    policy = client.get_layer_version_policy(LayerName="shared", VersionNumber=1)
    assert json.loads(policy["Policy"])["Statement"] == [json.loads(added["Statement"])]
    assert json.loads(added["Statement"]) == {
        "Sid": "them",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "lambda:GetLayerVersion",
        "Resource": arn,
    }
    client.remove_layer_version_permission(
        LayerName="shared", VersionNumber=1, StatementId="them", RevisionId=policy["RevisionId"]
    )
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_layer_version_policy(LayerName="shared", VersionNumber=1)


def test_another_accounts_function_uses_a_layer(functions: Lambda, functions_server: FunctionServer) -> None:
    arn = publish(functions, "abroad")
    other = Lambda(functions_server.client("lambda", aws_access_key_id="123456789012"))

    name = other.create(Layers=[arn])

    assert other.client.get_function_configuration(FunctionName=name)["Layers"][0]["Arn"] == arn
