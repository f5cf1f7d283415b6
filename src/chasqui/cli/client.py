"""Talks to a running server's control endpoints, signed where there are credentials.

Keys in the environment and in the AWS files' profile are used at once, because reading them costs and asks nothing.
Where those are not enough, whatever else a profile says is tried (a role, single sign-on, a program), which may.
"""

from __future__ import annotations

import functools
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from chasqui.base.errors import ChasquiError

_SECONDS_MAX = 600
_SERVICE = "chasqui"
_REFUSED = (401, 403)
#: Where credentials lie that need no network and no person.
_AT_HAND = ("env", "shared-credentials-file", "config-file")
#: Of a cloud's machine: there is none to ask on most machines, and asking takes seconds.
_OF_MACHINES = ("container-role", "iam-role")
_NO_CREDENTIALS = (
    "This server checks its callers. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; `chasqui init`"
    " makes an administrator and a profile."
)


class Unreachable(ChasquiError):
    """There is no server at that address, or it refuses."""


class _Refused(ChasquiError):
    """What a server answers that is no 2xx."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def call(url: str, path: str, body: dict[str, Any] | None = None, keys: tuple[str, str] | None = None) -> Any:
    """GET a control endpoint, or POST it a JSON body; returns the decoded answer. Signed with `keys` (access key and
    secret) where they are given. Raises `Unreachable`."""
    at_hand = credentials_at_hand() if keys is None else _of_keys(*keys)
    try:
        return _ask(url, path, body, at_hand)
    except _Refused as refused:
        if refused.status not in _REFUSED:
            raise Unreachable(f"{url}{path}: {refused.status} {refused}") from refused
        if at_hand is not None:
            raise Unreachable(f"{url}{path}: {refused}") from refused
    try:
        return _ask(url, path, body, credentials_of_profile())
    except _Refused as refused:
        raise Unreachable(f"{url}{path}: {refused}") from refused


def _ask(url: str, path: str, body: dict[str, Any] | None, credentials: Any) -> Any:
    """Raises `_Refused` and `Unreachable`."""
    data = None if body is None else msgspec.json.encode(body)
    try:
        request = urllib.request.Request(url.rstrip("/") + path, data=data, headers={"accept": "application/json"})
        if not request.host:
            raise ValueError("that names no host")
        if credentials is not None:
            sign(request, credentials)
        with urllib.request.urlopen(request, timeout=_SECONDS_MAX) as answer:
            return msgspec.json.decode(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise _Refused(error.code, _reason(error.read(), signed=credentials is not None)) from error
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise Unreachable(f"no Chasqui server answers at {url}: {error}") from error


def _reason(answer: bytes, *, signed: bool) -> str:
    """Why a server refuses, as a person should be told."""
    try:
        told = msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return answer.decode(errors="replace")
    if not isinstance(told, dict) or "message" not in told:
        return answer.decode(errors="replace")
    if told.get("code") == "MissingAuthenticationTokenException" and not signed:
        return _NO_CREDENTIALS
    return str(told["message"])


def sign(request: urllib.request.Request, credentials: Any) -> None:
    """Give a request its signature."""
    # Only who has credentials waits for it: it takes a tenth of a second.
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    signed = AWSRequest(request.get_method(), request.full_url, headers=request.headers, data=request.data)
    SigV4Auth(credentials, _SERVICE, region).add_auth(signed)
    for name, value in signed.headers.items():
        request.add_header(name, value)


def credentials_at_hand() -> Any:
    """botocore's credentials from the environment, else from the AWS files; None where there are none. Nothing is
    loaded where there is nothing to be found."""
    environ = os.environ
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        token = environ.get("AWS_SESSION_TOKEN")
        return _of_keys(environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"], token)
    files = _files()
    changed = tuple(_changed_ns(path) for path in files)
    return _of_files(environ.get("AWS_PROFILE"), files, changed) if any(changed) else None


def _of_keys(key: str, secret: str, token: str | None = None) -> Any:
    from botocore.credentials import ReadOnlyCredentials  # noqa: PLC0415  as in `sign`

    return ReadOnlyCredentials(key, secret, token)


def _files() -> tuple[Path, Path]:
    home, environ = Path.home() / ".aws", os.environ
    return (
        Path(environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials").expanduser(),
        Path(environ.get("AWS_CONFIG_FILE") or home / "config").expanduser(),
    )


def _changed_ns(path: Path) -> int:
    """When a file was changed; 0 when there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@functools.lru_cache(maxsize=8)
def _of_files(_profile: str | None, _paths: tuple[Path, Path], _changed: tuple[int, ...]) -> Any:
    """What the files say, as long as they are these; botocore finds files and profile by the same variables."""
    try:
        return _load(lambda way: way in _AT_HAND)
    except Unreachable:
        return None  # a server that asks for none is none the worse


def credentials_of_profile() -> Any:
    """botocore's credentials by whatever way the environment and its profile say; None where there is none. Raises
    `Unreachable` when that way fails."""
    return _load(lambda way: way not in _OF_MACHINES)


def _load(wanted: Callable[[str], bool]) -> Any:
    """Credentials by the wanted ones of botocore's ways. Raises `Unreachable`."""
    from botocore.credentials import create_credential_resolver  # noqa: PLC0415  as in `sign`
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    try:
        resolver = create_credential_resolver(Session())
        for way in [each.METHOD for each in resolver.providers]:
            if not wanted(way):
                resolver.remove(way)
        found = resolver.load_credentials()
        return None if found is None else found.get_frozen_credentials()
    except BotoCoreError as error:
        raise Unreachable(f"the AWS profile cannot be used: {error}") from error
