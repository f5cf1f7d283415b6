"""Calls of operations as people write them: for the AWS CLI and for boto3, to copy. Pure.

Names are made as botocore makes them; whatever comes from users is quoted for a POSIX shell, or as Python writes it.
"""

from __future__ import annotations

import base64
import json
import pprint
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import msgspec

_WORD: Final = re.compile(r"(.)([A-Z][a-z]+)")
_TAIL: Final = re.compile(r"([a-z0-9])([A-Z])")
_CLI_SERVICES: Final = {"s3": "s3api"}
_CLI_OPTIONS: Final = {("Subscribe", "Endpoint"): "notification-endpoint"}
"""Options that the CLI calls otherwise, because the name would be taken for one of its own (`--endpoint-url`)."""
_FILES: Final = ("file://", "fileb://")
_PYTHON_WIDTH: Final = 100
_KEY: Final = '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"'
TEXT_MAX: Final = 16 * 1024
"""So many characters of a text are still copied within a command."""


class Contents(msgspec.Struct, frozen=True):
    """A file's bytes, as a parameter."""

    path: str

    def __repr__(self) -> str:
        return f"open({self.path!r}, 'rb').read()"


class Place(Protocol):
    """Where calls go: a page's `api` is one."""

    @property
    def base_url(self) -> str:
        """The server's address."""
        ...

    @property
    def region(self) -> str: ...


class At(msgspec.Struct, frozen=True):
    """A place that is no page's."""

    base_url: str
    region: str


def spelled(name: str, between: str) -> str:
    """An operation's or parameter's name in lower case with separators: "QueueUrl" is "queue-url"."""
    return _TAIL.sub(rf"\1{between}\2", _WORD.sub(rf"\1{between}\2", name)).lower()


def cli(place: Place, service: str, operation: str, /, **params: Any) -> str:
    """A line for the AWS CLI against this server. Parameters that are None are left out."""
    parts = ["aws", f"--endpoint-url {shlex.quote(place.base_url)}", f"--region {shlex.quote(place.region)}"]
    parts += [_CLI_SERVICES.get(service, service), spelled(operation, "-")]
    given = {name: value for name, value in params.items() if value is not None}
    # What an option's value names as a file would be that file's content.
    named = {name: value for name, value in given.items() if isinstance(value, str) and value.startswith(_FILES)}
    for name, value in given.items():
        if name not in named:
            parts.append(_option(_CLI_OPTIONS.get((operation, name)) or spelled(name, "-"), value))
    return " ".join([*parts, _option("cli-input-json", named)] if named else parts)


def _option(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    text = f"fileb://{value.path}" if isinstance(value, Contents) else _text(value)
    # The CLI would take what begins with a hyphen for an option.
    return f"--{name}={shlex.quote(text)}" if text.startswith("-") else f"--{name} {shlex.quote(text)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(_encoded(value), ensure_ascii=False)


def _encoded(value: Any) -> Any:
    """Blobs are base64 for the CLI."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _encoded(each) for name, each in value.items()}
    return [_encoded(each) for each in value] if isinstance(value, list | tuple) else value


def boto3(place: Place, service: str, operation: str, /, **params: Any) -> str:
    """A Python program that makes the call against this server."""
    given = "".join(f"    {name}={_python(value)},\n" for name, value in params.items() if value is not None)
    call = f"(\n{given})" if given else "()"
    client = service.replace("-", "_")
    return (
        "import boto3\n\n"
        f"{client} = boto3.client({service!r}, endpoint_url={place.base_url!r}, region_name={place.region!r})\n"
        f"{client}.{spelled(operation, '_')}{call}\n"
    )


def _python(value: Any) -> str:
    """A value as Python has it: what is long on several lines, texts on one."""
    text = repr(value) if isinstance(value, str) else pprint.pformat(value, width=_PYTHON_WIDTH, sort_dicts=False)
    return text.replace("\n", "\n    ")


def removing(place: Place, bucket: str, prefix: str = "") -> tuple[str, str]:
    """Everything in a bucket, or below a prefix, deleted with all its versions: for the AWS CLI (two lines, for the
    first thousand) and for boto3."""
    query = "{Objects: [Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}}"
    given = {"Bucket": bucket, "Prefix": prefix or None}
    listing = cli(place, "s3", "ListObjectVersions", **given)
    deleting = cli(place, "s3", "DeleteObjects", Bucket=bucket)
    lines = f"{listing} --max-items 1000 --query {shlex.quote(query)} --output json > versions.json"
    client = f"boto3.resource('s3', endpoint_url={place.base_url!r}, region_name={place.region!r})"
    found = f"object_versions.filter(Prefix={prefix!r})" if prefix else "object_versions"
    program = f"import boto3\n\ns3 = {client}\ns3.Bucket({bucket!r}).{found}.delete()\n"
    return f"{lines}\n{deleting} --delete file://versions.json", program


def curl(place: Place, signed: bool, method: str, path: str, body: Any = None, /, **query: object) -> str:
    """A line for curl that asks a control endpoint. `signed`: the server lets nobody in without a signature, which curl
    makes of the key that the CLI reads from the environment."""
    address = f"{place.base_url}{path}{'?' if query else ''}{urlencode(query)}"
    parts = ["curl", "-X", method, shlex.quote(address)]
    if body is not None:
        parts += ["-d", shlex.quote(_text(body))]
    if signed:
        parts += ["--aws-sigv4", shlex.quote(f"aws:amz:{place.region}:chasqui"), _KEY]
    return " ".join(parts)


def both(place: Place, service: str, operation: str, /, **params: Any) -> tuple[str, str]:
    """A call for the AWS CLI and for boto3."""
    return cli(place, service, operation, **params), boto3(place, service, operation, **params)


def joined(place: Place, service: str, calls: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[str, str]:
    """Several calls, one after the other: (operation, parameters)."""
    told = [both(place, service, operation, **params) for operation, params in calls]
    return "\n".join(line for line, _ in told), "\n".join(program for _, program in told)
