"""What is not accepted of functions, in AWS' words."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.lambda_functions.conftest import Lambda, zipped


def refusal(functions: Lambda, **options: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        functions.create(**options)
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"Runtime": "python9"}, "InvalidParameterValueException", "Value python9 at 'runtime' failed to satisfy"),
        ({"Runtime": "ruby3.3"}, "InvalidParameterValueException", "This machine has no interpreter for ruby3.3."),
        ({"Timeout": 901}, "ValidationException", "1 validation error detected: Value '901' at 'timeout'"),
        ({"Timeout": 0}, "ValidationException", "1 validation error detected: Value '0' at 'timeout'"),
        ({"MemorySize": 10241}, "InvalidParameterValueException", "'MemorySize' value failed to satisfy constraint"),
        ({"MemorySize": 64}, "ValidationException", "1 validation error detected: Value '64' at 'memorySize'"),
        ({"Role": "me"}, "ValidationException", "1 validation error detected: Value 'me' at 'role'"),
        ({"name": "a b"}, "ValidationException", "1 validation error detected: Value 'a b' at 'functionName'"),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException", "Could not unzip uploaded file."),
        ({"Code": {"ZipFile": b""}}, "InvalidParameterValueException", "Uploaded file must be a non-empty zip"),
        (
            {"Code": {"ImageUri": "an/image:1"}},
            "InvalidParameterValueException",
            "Please don't provide ImageUri when creating a function with packageType Zip.",
        ),
        (
            {"Environment": {"Variables": {"AWS_REGION": "here"}}},
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have"
            " provided contains reserved keys",
        ),
        (
            {"Environment": {"Variables": {"BIG": "x" * 4097}}},
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have"
            " provided exceeded the 4KB limit.",
        ),
        (
            {"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:none:1"]},
            "InvalidParameterValueException",
            "Layer version arn:aws:lambda:us-east-1:000000000000:layer:none:1 does not exist.",
        ),
        (
            {"LoggingConfig": {"SystemLogLevel": "DEBUG"}},
            "InvalidParameterValueException",
            "To configure ApplicationLogLevel or SystemLogLevel, LogFormat must be set to JSON",
        ),
        (
            {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
            "InvalidParameterValueException",
            "VpcConfig with subnets or security groups is not implemented",
        ),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "InvalidParameterValueException", "SnapStart is not"),
        (
            {"CodeSigningConfigArn": "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdef0"},
            "InvalidParameterValueException",
            "CodeSigningConfigArn is not implemented",
        ),
    ],
)
def test_is_refused(functions: Lambda, options: dict[str, Any], code: str, message: str) -> None:
    told = refusal(functions, **options)

    assert told[0] == code
    assert told[1].startswith(message)


def test_a_zip_that_unpacks_to_more_than_250_megabytes_is_refused(functions: Lambda) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("zeros", bytes(262_144_001))

    told = refusal(functions, Code={"ZipFile": packed.getvalue()})

    assert told == ("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes")


def test_a_refused_function_leaves_no_package_behind(functions: Lambda) -> None:
    name = functions.create()
    before = functions.client.get_account_settings()["AccountUsage"]

    refusal(functions, name=name, Code={"ZipFile": zipped({"other.py": "pass\n"})})

    assert functions.client.get_account_settings()["AccountUsage"] == before
