"""What AWS was recorded to answer, held against what we put on the wire for the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict

from chasqui.base.errors import ServiceError
from chasqui.wire.model import load_service
from chasqui.wire.registry import PROTOCOLS
from tests.wire.wire_support import botocore_parser

# Beside the repository where it was made; not everyone has them.
VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "sqs-responses.jsonl"
SQS = load_service("sqs")


def errors_in(value: Any) -> Iterator[tuple[dict[str, Any], int]]:
    if isinstance(value, dict):
        metadata = value.get("ResponseMetadata", {})
        if isinstance(value.get("Error"), dict) and "HTTPStatusCode" in metadata:
            yield value["Error"], metadata["HTTPStatusCode"]
        for item in value.values():
            yield from errors_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from errors_in(item)


def recorded() -> list[tuple[dict[str, Any], int]]:
    if not VECTORS.exists():
        return []
    lines = VECTORS.read_text().splitlines()
    return [found for line in lines for found in errors_in(json.loads(line)["recorded"])]


@pytest.mark.skipif(not VECTORS.exists(), reason=f"no {VECTORS}")
def test_errors_have_the_codes_and_statuses_that_aws_gave() -> None:
    seen = recorded()
    assert seen
    for expected, status in seen:
        # An error that came through the query protocol has no second code.
        protocol = "json" if "QueryErrorCode" in expected else "query"
        code = expected.get("QueryErrorCode", expected["Code"])
        error = ServiceError(code, expected["Message"])

        response = PROTOCOLS["json-1.0" if protocol == "json" else protocol].error(SQS, error, "r")

        headers = HeadersDict((name.decode(), value.decode()) for name, value in response.headers)
        sent = {"status_code": response.status, "headers": headers, "body": response.body}
        parsed = botocore_parser(protocol).parse(sent, None)["Error"]
        assert response.status == status
        for name in ("Code", "Message", "Type", "QueryErrorCode"):
            assert parsed.get(name) == expected.get(name)
