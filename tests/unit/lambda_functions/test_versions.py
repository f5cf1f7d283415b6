"""Versions, aliases and what hangs on them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.unit.lambda_functions.conftest import Lambda, zipped

ARN = "arn:aws:lambda:us-east-1:000000000000:function"


def message(error: pytest.ExceptionInfo[ClientError]) -> str:
    told: str = error.value.response["Error"]["Message"]
    return told


def test_publishing_what_has_not_changed_gives_the_last_version(functions: Lambda) -> None:
    name = functions.create(Environment={"Variables": {"STAGE": "one"}})

    first = functions.client.publish_version(FunctionName=name)
    functions.client.update_function_configuration(FunctionName=name, Environment={"Variables": {"STAGE": "one"}})
    again = functions.client.publish_version(FunctionName=name, Description="the same")

    assert (first["Version"], again["Version"]) == ("1", "1")
    assert first["FunctionArn"] == f"{ARN}:{name}:1"


def test_a_version_keeps_code_that_latest_has_no_more(functions: Lambda) -> None:
    name = functions.create(Publish=True)
    published = functions.client.get_function_configuration(FunctionName=name, Qualifier="1")

    functions.client.update_function_code(FunctionName=name, ZipFile=zipped({"app.py": "pass\n"}), Publish=True)

    versions = functions.client.list_versions_by_function(FunctionName=name)["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1", "2"]
    assert versions[1]["CodeSha256"] == published["CodeSha256"] != versions[2]["CodeSha256"]


def test_a_publish_of_other_code_than_was_seen_is_refused(functions: Lambda) -> None:
    name = functions.create()

    with pytest.raises(ClientError) as error:
        functions.client.publish_version(FunctionName=name, CodeSha256="another")

    assert message(error).startswith("CodeSHA256 (another) is different from current CodeSHA256 in $LATEST")


def test_versions_and_functions_are_listed_in_pages(functions: Lambda) -> None:
    name = functions.create(Publish=True)
    functions.create()

    pages = functions.client.get_paginator("list_functions").paginate(
        FunctionVersion="ALL", PaginationConfig={"PageSize": 1}
    )

    found = [each["FunctionArn"] for page in pages for each in page["Functions"]]
    assert {f"{ARN}:{name}:$LATEST", f"{ARN}:{name}:1"} <= set(found)
    assert len(found) == len(set(found))


def test_an_alias_is_created_moved_and_deleted(functions: Lambda) -> None:
    name = functions.create(Publish=True)
    functions.client.update_function_code(FunctionName=name, ZipFile=zipped({"app.py": "pass\n"}), Publish=True)

    made = functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    moved = functions.client.update_alias(
        FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}}
    )

    assert (made["AliasArn"], made["FunctionVersion"], made["Description"]) == (f"{ARN}:{name}:live", "1", "")
    assert moved["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.25}}
    assert moved["RevisionId"] != made["RevisionId"]
    assert functions.client.get_function(FunctionName=name, Qualifier="live")["Configuration"]["Version"] == "1"
    assert len(functions.client.list_aliases(FunctionName=name, FunctionVersion="2")["Aliases"]) == 1

    functions.client.delete_alias(FunctionName=name, Name="live")
    with pytest.raises(ClientError) as error:
        functions.client.get_alias(FunctionName=name, Name="live")
    assert message(error) == f"Cannot find alias arn: {ARN}:{name}:live"


@pytest.mark.parametrize(
    ("version", "weights", "told"),
    [
        (
            "1",
            {"1": 0.5},
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ),
        ("$LATEST", {"1": 0.5}, "$LATEST is not supported for an alias pointing to more than 1 version"),
        ("1", {"2": 0.1, "3": 0.1}, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
    ],
)
def test_impossible_weights_are_refused(functions: Lambda, version: str, weights: dict[str, float], told: str) -> None:
    name = functions.create(Publish=True)

    with pytest.raises(ClientError) as error:
        functions.client.create_alias(
            FunctionName=name,
            Name="live",
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": weights},
        )

    assert message(error) == told


def test_a_version_that_an_alias_leads_to_is_not_deleted(functions: Lambda) -> None:
    name = functions.create(Publish=True)
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    with pytest.raises(functions.client.exceptions.ResourceConflictException):
        functions.client.delete_function(FunctionName=name, Qualifier="1")

    functions.client.delete_alias(FunctionName=name, Name="live")
    functions.client.delete_function(FunctionName=name, Qualifier="1")
    assert len(functions.client.list_versions_by_function(FunctionName=name)["Versions"]) == 1
