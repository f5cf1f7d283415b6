"""Who a request says it is: the credential scope of its SigV4 header or query string. Nothing is verified here.

A 12-digit access key is the account, any other key that IAM did not give out belongs to account 000000000000.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from chasqui.base.arn import is_account
from chasqui.base.bounded import keep

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"
KEY_LENGTH_MAX = 128
"""Characters of an access key's id (IAM API reference, AccessKey)."""


class Caller(NamedTuple):
    """The account and region a request is for, and the access key that was named ("" when none was)."""

    account: str
    region: str
    access_key: str
    service: str


_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d\Z")
ANONYMOUS = Caller(DEFAULT_ACCOUNT, DEFAULT_REGION, "", "")


def account_of_key(key: str) -> str:
    """The account that an access key chooses where callers are believed."""
    return key if is_account(key) else DEFAULT_ACCOUNT


def caller_of_scope(scope: str, default_region: str = DEFAULT_REGION) -> Caller:
    """From "KEY/20260101/region/service/aws4_request"."""
    parts = scope.split("/")
    key = parts[0]
    region = parts[2] if len(parts) > 2 and parts[2] else default_region
    return Caller(account_of_key(key), region, key, parts[3] if len(parts) > 3 else "")


def region_of_host(host: str) -> str | None:
    """The region a host name says, as AWS' do: "sqs.eu-west-1.…" or "eu-west-1.queue.…"; None when it says none."""
    labels = host.partition(":")[0].split(".")
    if len(labels) < 3:
        return None
    named = labels[0] if labels[1] == "queue" else labels[1]
    return named if _REGION.match(named) else None


class Callers:
    """Reads callers from Authorization headers, remembering the credential scopes seen most recently."""

    _SCOPES_MAX = 4096
    _SCOPE_BYTES_MAX = 256

    def __init__(self, default_region: str = DEFAULT_REGION) -> None:
        self._default_region = default_region
        self._seen: dict[bytes, Caller] = {}
        self.anonymous = ANONYMOUS._replace(region=default_region)

    def of_header(self, authorization: bytes | None) -> Caller:
        """The caller an Authorization header names; `anonymous` when there is none to read."""
        if authorization is None:
            return self.anonymous
        start = authorization.find(b"Credential=")
        if start < 0:
            return self.anonymous
        end = authorization.find(b",", start)
        scope = authorization[start + 11 : end if end > 0 else None]
        caller = self._seen.get(scope)
        if caller is None:
            caller = caller_of_scope(scope.decode("latin-1").strip(), self._default_region)
            if len(scope) <= self._SCOPE_BYTES_MAX:
                keep(self._seen, scope, caller, self._SCOPES_MAX)
        return caller

    def of_query(self, query: str) -> Caller | None:
        """The caller a presigned URL names (X-Amz-Credential), or None."""
        for part in query.split("&"):
            name, _, value = part.partition("=")
            if name == "X-Amz-Credential":
                return caller_of_scope(unquote(value), self._default_region)
        return None
