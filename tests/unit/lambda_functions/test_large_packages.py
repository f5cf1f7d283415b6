"""Packages near the limit."""

from __future__ import annotations

import io
import os
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests.unit.lambda_functions.conftest import Lambda


def incompressible(size: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "pass\n")
        archive.writestr("data", os.urandom(size))
    return packed.getvalue()


def test_a_large_package_is_taken(functions: Lambda) -> None:
    package = incompressible(20 << 20)

    name = functions.create(Code={"ZipFile": package})

    assert functions.client.get_function_configuration(FunctionName=name)["CodeSize"] == len(package)


def test_a_package_beyond_50_megabytes_is_refused(functions: Lambda) -> None:
    with pytest.raises(ClientError) as error:
        functions.create(Code={"ZipFile": incompressible(50 << 20)})

    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert error.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
