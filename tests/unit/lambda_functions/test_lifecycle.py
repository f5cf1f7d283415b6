"""Functions made, read, changed and deleted, as boto3 sees it."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from botocore.exceptions import ClientError

from tests.unit.lambda_functions.conftest import ROLE, Lambda, zipped


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def test_a_function_is_created_with_the_defaults_of_aws(functions: Lambda) -> None:
    package = zipped()

    made = functions.client.create_function(
        FunctionName="defaults", Runtime="python3.12", Handler="app.handler", Role=ROLE, Code={"ZipFile": package}
    )

    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:defaults"
    assert (made["Timeout"], made["MemorySize"], made["EphemeralStorage"]) == (3, 128, {"Size": 512})
    assert (made["Version"], made["PackageType"], made["Architectures"]) == ("$LATEST", "Zip", ["x86_64"])
    assert made["CodeSize"] == len(package)
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(package).digest()).decode()
    assert made["TracingConfig"] == {"Mode": "PassThrough"}
    assert made["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/defaults"}
    assert made["SnapStart"] == {"ApplyOn": "None", "OptimizationStatus": "Off"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", made["LastModified"])


def test_waiters_find_a_new_function_active(functions: Lambda) -> None:
    name = functions.create()

    functions.client.get_waiter("function_active_v2").wait(FunctionName=name)
    functions.client.get_waiter("function_updated_v2").wait(FunctionName=name)

    assert functions.client.get_function(FunctionName=name)["Configuration"]["State"] == "Active"


def test_a_second_function_of_the_name_conflicts(functions: Lambda) -> None:
    name = functions.create()

    with pytest.raises(ClientError) as error:
        functions.create(name)

    assert refusal(error) == ("ResourceConflictException", f"Function already exist: {name}")


def test_a_function_that_is_not_there_is_not_found(functions: Lambda) -> None:
    with pytest.raises(ClientError) as error:
        functions.client.get_function(FunctionName="nowhere")

    arn = "arn:aws:lambda:us-east-1:000000000000:function:nowhere"
    assert refusal(error) == ("ResourceNotFoundException", f"Function not found: {arn}")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_new_code_and_configuration_change_revision_and_are_shown(functions: Lambda) -> None:
    name = functions.create(Environment={"Variables": {"STAGE": "one"}})
    before = functions.client.get_function_configuration(FunctionName=name)

    functions.client.update_function_code(FunctionName=name, ZipFile=zipped({"app.py": "pass\n"}))
    functions.client.update_function_configuration(
        FunctionName=name, Timeout=30, Environment={"Variables": {"STAGE": "two"}}
    )

    after = functions.client.get_function_configuration(FunctionName=name)
    assert (after["Timeout"], after["Environment"]) == (30, {"Variables": {"STAGE": "two"}})
    assert after["CodeSha256"] != before["CodeSha256"]
    assert after["RevisionId"] != before["RevisionId"]


def test_an_update_of_another_revision_is_refused(functions: Lambda) -> None:
    name = functions.create()

    with pytest.raises(ClientError) as error:
        functions.client.update_function_configuration(FunctionName=name, Timeout=9, RevisionId="another")

    assert refusal(error)[0] == "PreconditionFailedException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


def test_deleting_a_function_takes_its_versions_with_it(functions: Lambda) -> None:
    name = functions.create(Publish=True)

    functions.client.delete_function(FunctionName=name)

    for qualifier in ({}, {"Qualifier": "1"}):
        with pytest.raises(functions.client.exceptions.ResourceNotFoundException):
            functions.client.get_function(FunctionName=name, **qualifier)
