"""A form as a command: what the AWS CLI and boto3 would be told. Pure."""

from __future__ import annotations

import json
import pprint
import re
import shlex
from collections.abc import Mapping
from typing import Any

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snaked(name: str, joint: str) -> str:
    """ "CreateQueue" as "create-queue", or "create_queue"."""
    return joint.join(_HUMPS.split(name)).lower()


def cli(endpoint: str, region: str, service: str, operation: str, params: Mapping[str, Any]) -> str:
    """A line for a shell. Structures are JSON, which the CLI takes for every parameter."""
    words = ["aws", service, snaked(operation, "-")]
    for name, value in params.items():
        if isinstance(value, bool):
            words.append(f"--{'' if value else 'no-'}{snaked(name, '-')}")
            continue
        words += [f"--{snaked(name, '-')}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
    words += ["--region", region, "--endpoint-url", endpoint]
    return shlex.join(words)


def boto3(endpoint: str, region: str, service: str, operation: str, params: Mapping[str, Any]) -> str:
    """A few lines of Python."""
    given = "".join(f"    {name}={_python(value)},\n" for name, value in params.items())
    return (
        "import boto3\n\n"
        f"client = boto3.client({service!r}, region_name={region!r}, endpoint_url={endpoint!r})\n"
        f"client.{snaked(operation, '_')}({chr(10) if given else ''}{given})"
    )


def _python(value: Any) -> str:
    lines = pprint.pformat(value, width=100, sort_dicts=False).split("\n")
    return "\n    ".join(lines)
