"""The same as a page does, as the AWS CLI and boto3 would have it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import msgspec

from chasqui.console.page import Page


def cli(page: Page, service: str, operation: str, **options: Any) -> str:
    """A command: `cli(page, "lambda", "get-function", function_name="f")`. Options that are None are left out, True
    stands alone, what is neither text nor number is JSON."""
    words = ["aws", service, operation]
    for name, value in options.items():
        if value is None:
            continue
        option = f"--{name.replace('_', '-')}"
        words += [option] if value is True else [option, _word(value)]
    words += ["--region", page.api.region, "--endpoint-url", page.api.base_url]
    return shlex.join(words)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def boto3(page: Page, service: str, operation: str, params: Mapping[str, Any]) -> str:
    """A call of boto3's: `boto3(page, "lambda", "get_function", {"FunctionName": "f"})`."""
    given = "".join(f"    {name}={value!r},\n" for name, value in params.items() if value is not None)
    return (
        "import boto3\n\n"
        f"client = boto3.client({service!r}, region_name={page.api.region!r}, endpoint_url={page.api.base_url!r})\n"
        f"client.{operation}(\n{given})"
    )
