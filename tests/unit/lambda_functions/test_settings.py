"""Permissions, URLs, concurrency, event-invoke configurations, tags: what is configured on functions."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support import eventually
from tests.unit.lambda_functions.conftest import Lambda, zipped
from tests.unit.lambda_functions.serving import FunctionServer

ARN = "arn:aws:lambda:us-east-1:000000000000:function"


def told(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


def test_code_is_downloaded_from_where_get_function_says(functions: Lambda) -> None:
    package = zipped({"app.py": f"{'x' * 100_000} = 1\n"})
    name = functions.create(Code={"ZipFile": package})
    location = functions.client.get_function(FunctionName=name)["Code"]["Location"]

    with urllib.request.urlopen(location) as answer:
        got = answer.read()

    assert got == package
    assert zipfile.ZipFile(io.BytesIO(got)).namelist() == ["app.py"]


def test_a_link_that_was_tampered_with_leads_nowhere(functions: Lambda) -> None:
    name = functions.create()
    location = functions.client.get_function(FunctionName=name)["Code"]["Location"]
    last = "A" if location[-10] != "A" else "B"

    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{location[:-10]}{last}{location[-9:]}")

    assert error.value.code == 403


def permit(functions: Lambda, name: str, **given: Any) -> dict[str, Any]:
    asked = {"StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com", **given}
    made: dict[str, Any] = json.loads(functions.client.add_permission(FunctionName=name, **asked)["Statement"])
    return made


def test_a_permission_is_a_statement_of_the_qualifiers_own_policy(functions: Lambda) -> None:
    name = functions.create(Publish=True)
    whole = permit(functions, name)
    version = permit(functions, name, Qualifier="1")

    policies = [
        json.loads(functions.client.get_policy(FunctionName=name, **qualifier)["Policy"])
        for qualifier in ({}, {"Qualifier": "1"})
    ]

    assert [each["Statement"] for each in policies] == [[whole], [version]]
    assert (whole["Resource"], version["Resource"]) == (f"{ARN}:{name}", f"{ARN}:{name}:1")
    assert (policies[0]["Version"], policies[0]["Id"]) == ("2012-10-17", "default")


def test_a_policy_is_gone_with_its_last_statement(functions: Lambda) -> None:
    name = functions.create()
    permit(functions, name)

    functions.client.remove_permission(FunctionName=name, StatementId="one")

    with pytest.raises(ClientError) as error:
        functions.client.get_policy(FunctionName=name)
    assert told(error) == ("ResourceNotFoundException", "The resource you requested does not exist.")


def test_latest_has_no_policy_of_its_own(functions: Lambda) -> None:
    name = functions.create()

    with pytest.raises(ClientError) as error:
        permit(functions, name, Qualifier="$LATEST")

    assert told(error)[1] == "We currently do not support adding policies for $LATEST."


def test_a_url_is_made_changed_and_deleted(functions: Lambda) -> None:
    name = functions.create()

    made = functions.client.create_function_url_config(FunctionName=name, AuthType="NONE")
    changed = functions.client.update_function_url_config(
        FunctionName=name, AuthType="AWS_IAM", Cors={"AllowOrigins": ["*"]}, InvokeMode="RESPONSE_STREAM"
    )

    port = functions.client.meta.endpoint_url.rpartition(":")[2]
    assert made["FunctionUrl"].startswith("http://")
    assert made["FunctionUrl"].endswith(f".lambda-url.us-east-1.localhost:{port}/")
    assert (changed["FunctionUrl"], changed["AuthType"]) == (made["FunctionUrl"], "AWS_IAM")
    assert (changed["Cors"], changed["InvokeMode"]) == ({"AllowOrigins": ["*"]}, "RESPONSE_STREAM")
    with pytest.raises(functions.client.exceptions.ResourceConflictException):
        functions.client.create_function_url_config(FunctionName=name, AuthType="NONE")

    functions.client.delete_function_url_config(FunctionName=name)
    assert functions.client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"] == []


def test_reserved_concurrency_is_taken_from_the_accounts(functions: Lambda) -> None:
    name = functions.create()
    before = functions.client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]

    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=40)

    after = functions.client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    assert before - after == 40
    assert functions.client.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 40}
    with pytest.raises(ClientError, match="below its minimum value of"):
        functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=950)

    functions.client.delete_function(FunctionName=name)
    assert functions.client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == before


def test_provisioned_concurrency_becomes_ready(functions: Lambda) -> None:
    name = functions.create(Publish=True)
    asked = {"FunctionName": name, "Qualifier": "1"}

    put = functions.client.put_provisioned_concurrency_config(**asked, ProvisionedConcurrentExecutions=2)

    assert (put["Status"], put["RequestedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 2)
    eventually(lambda: functions.client.get_provisioned_concurrency_config(**asked)["Status"] == "READY")
    listed = functions.client.list_provisioned_concurrency_configs(FunctionName=name)
    assert listed["ProvisionedConcurrencyConfigs"][0]["AllocatedProvisionedConcurrentExecutions"] == 2

    functions.client.delete_provisioned_concurrency_config(**asked)
    with pytest.raises(functions.client.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        functions.client.get_provisioned_concurrency_config(**asked)


def test_provisioned_concurrency_that_has_no_room_says_so(functions: Lambda) -> None:
    name = functions.create(Publish=True)
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    asked = {"FunctionName": name, "Qualifier": "live"}

    functions.client.put_provisioned_concurrency_config(**asked, ProvisionedConcurrentExecutions=5)

    found = eventually(
        lambda: (got := functions.client.get_provisioned_concurrency_config(**asked))["Status"] == "FAILED" and got
    )
    assert found["AllocatedProvisionedConcurrentExecutions"] == 3
    assert "room for 3 of 5" in found["StatusReason"]


def test_event_invoke_configurations_are_put_whole_and_updated_in_part(functions: Lambda) -> None:
    name = functions.create()
    queue = "arn:aws:sqs:us-east-1:000000000000:failures"
    functions.client.put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )

    found = functions.client.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)

    assert found["FunctionArn"] == f"{ARN}:{name}:$LATEST"
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 60)
    assert found["DestinationConfig"]["OnFailure"] == {"Destination": queue}
    functions.client.delete_function_event_invoke_config(FunctionName=name)
    with pytest.raises(ClientError) as error:
        functions.client.get_function_event_invoke_config(FunctionName=name)
    assert told(error)[1] == f"The function {ARN}:{name}:$LATEST doesn't have an EventInvokeConfig"


def test_a_function_is_no_destination_of_its_own(functions: Lambda) -> None:
    name = functions.create()

    with pytest.raises(ClientError) as error:
        functions.client.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": f"{ARN}:{name}"}}
        )

    assert told(error)[1] == "You can't specify the function as a destination for itself."


def test_tags_come_and_go(functions: Lambda) -> None:
    name = functions.create(Tags={"team": "images"})
    arn = f"{ARN}:{name}"

    functions.client.tag_resource(Resource=arn, Tags={"stage": "test"})
    functions.client.untag_resource(Resource=arn, TagKeys=["team"])

    assert functions.client.list_tags(Resource=arn)["Tags"] == {"stage": "test"}
    assert functions.client.get_function(FunctionName=name)["Tags"] == {"stage": "test"}


def test_a_mapping_has_tags_too(functions: Lambda, functions_server: FunctionServer) -> None:
    queue = functions_server.client("sqs").create_queue(QueueName="tagged")["QueueUrl"].rpartition("/")[2]
    made = functions.client.create_event_source_mapping(
        FunctionName=functions.create(),
        EventSourceArn=f"arn:aws:sqs:us-east-1:000000000000:{queue}",
        Enabled=False,
        Tags={"team": "images"},
    )
    arn = made["EventSourceMappingArn"]

    functions.client.tag_resource(Resource=arn, Tags={"stage": "test"})
    functions.client.untag_resource(Resource=arn, TagKeys=["team"])

    assert functions.client.list_tags(Resource=arn)["Tags"] == {"stage": "test"}


def test_account_settings_count_what_there_is(functions: Lambda) -> None:
    before = functions.client.get_account_settings()["AccountUsage"]
    package = zipped()

    name = functions.create(Code={"ZipFile": package}, Publish=True)
    during = functions.client.get_account_settings()["AccountUsage"]
    functions.client.delete_function(FunctionName=name)

    assert during["FunctionCount"] == before["FunctionCount"] + 1
    assert during["TotalCodeSize"] == before["TotalCodeSize"] + 2 * len(package)
    assert functions.client.get_account_settings()["AccountUsage"] == before


def test_runtime_management_and_recursion_have_their_defaults(functions: Lambda) -> None:
    name = functions.create()

    management = functions.client.get_runtime_management_config(FunctionName=name)
    recursion = functions.client.get_function_recursion_config(FunctionName=name)

    assert (management["UpdateRuntimeOn"], management["FunctionArn"]) == ("Auto", f"{ARN}:{name}:$LATEST")
    assert recursion["RecursiveLoop"] == "Terminate"
