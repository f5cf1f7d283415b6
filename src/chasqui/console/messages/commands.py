"""What the pages' actions are for the AWS CLI and for boto3, so that they can be copied. Pure functions."""

from __future__ import annotations

import base64
import pprint
import shlex
from collections.abc import Mapping
from typing import Any, Final

import msgspec

_BODY_MAX: Final = 16 * 1024


class Command(msgspec.Struct, frozen=True):
    """One action, as a shell's line and as Python."""

    cli: str
    boto3: str


def command(base_url: str, region: str, operation: str, method: str, params: Mapping[str, Any]) -> Command:
    """`operation` is the CLI's name ("send-message"), `method` boto3's, `params` are AWS'."""
    words = ["aws", "sqs", operation, "--endpoint-url", base_url, "--region", region]
    if any(isinstance(value, str) and value.startswith(("file://", "fileb://")) for value in params.values()):
        # As an option's value it would be the file's content.
        words += ["--cli-input-json", _json(params)]
    else:
        for name, value in params.items():
            words += [f"--{_dashed(name)}", value if isinstance(value, str) else _json(value)]
    lines = [" ".join(shlex.quote(each) for each in words[:3]), *_options(words[3:])]
    python = [
        "import boto3",
        "",
        f"sqs = boto3.client({'sqs'!r}, endpoint_url={base_url!r}, region_name={region!r})",
        f"sqs.{method}(",
        *(f"    {name}={_python(value)}," for name, value in params.items()),
        ")",
    ]
    return Command(" \\\n  ".join(lines), "\n".join(python))


def _options(words: list[str]) -> list[str]:
    # The CLI would take a value that begins with a hyphen for an option.
    return [
        f"{name}{'=' if value.startswith('-') else ' '}{shlex.quote(value)}"
        for name, value in zip(words[::2], words[1::2], strict=True)
    ]


def _dashed(name: str) -> str:
    return "".join(f"-{each.lower()}" if each.isupper() else each for each in name).lstrip("-")


def _json(value: Any) -> str:
    return msgspec.json.encode(_encoded(value)).decode()


def _encoded(value: Any) -> Any:
    """Blobs are base64 for the CLI."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _encoded(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_encoded(each) for each in value]
    return value


def _python(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else pprint.pformat(value, width=100, sort_dicts=False)
    return text.replace("\n", "\n    ")


def fits(body: str) -> bool:
    """Whether a body is short enough to be copied within a command."""
    return len(body) <= _BODY_MAX
