"""Functions and layers of packages that lie in a bucket."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.unit.lambda_functions.conftest import Lambda, zipped
from tests.unit.lambda_functions.serving import FunctionServer


def test_code_comes_from_a_bucket(functions: Lambda, functions_server: FunctionServer) -> None:
    s3, package = functions_server.client("s3"), zipped({"app.py": "from = 's3'\n"})
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="code.zip", Body=package)

    name = functions.create(Code={"S3Bucket": "code", "S3Key": "code.zip"})
    functions.client.publish_layer_version(LayerName="stored", Content={"S3Bucket": "code", "S3Key": "code.zip"})

    assert functions.client.get_function_configuration(FunctionName=name)["CodeSize"] == len(package)
    with pytest.raises(ClientError, match="S3 Error Code: NoSuchKey"):
        functions.client.update_function_code(FunctionName=name, S3Bucket="code", S3Key="other.zip")
