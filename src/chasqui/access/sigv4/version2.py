"""Presigned addresses of S3 with Signature Version 2: what boto3's `generate_presigned_url` makes for us-east-1 unless
it is told otherwise. Nothing else may be signed like that, but forms (`posted.py`).

Pure; the time comes in. Source: S3 developer guide, "Signing and authenticating REST requests", "Query string request
authentication alternative". HMAC-SHA1 is not broken; what a signature covers is less than SigV4's, and holds for the
method, the path, sub-resources, `response-…` parameters, x-amz- fields and the moment when it ends.
"""

from __future__ import annotations

import base64
import hmac
from typing import Final
from urllib.parse import unquote_plus

import msgspec

from chasqui.access.sigv4 import refusals
from chasqui.wire.protocol import Request
from chasqui.wire.routing import bucket_in_host

_SIGNED: Final = frozenset((
    "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location",
    "logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment",
    "response-cache-control", "response-content-disposition", "response-content-encoding",
    "response-content-language", "response-content-type", "response-expires", "restore", "select", "select-type",
    "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
))  # fmt: skip
_LONGEST_MS: Final = 10 * 365 * 86_400_000


class QueryClaims(msgspec.Struct, frozen=True):
    """What the query string says of its signature."""

    access_key: str
    signature: str
    expires: str
    token: str


def read_query(request: Request) -> QueryClaims | None:
    """The claims of a presigned address of version 2; None for every other request. Raises `SignatureRefused`."""
    query = request.query
    if "AWSAccessKeyId=" not in query or b"authorization" in request.headers:
        return None
    values: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in ("AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token"):
            if name in values:
                raise refusals.access_denied(f"Query-string authentication with two {name} parameters is not possible.")
            values[name] = unquote_plus(value)
    if "AWSAccessKeyId" not in values or "Signature" not in values:
        return None
    expires = values.get("Expires", "")
    if not (expires.isascii() and expires.isdecimal() and len(expires) <= 11):
        raise refusals.access_denied(
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        )
    return QueryClaims(values["AWSAccessKeyId"], values["Signature"], expires, values.get("x-amz-security-token", ""))


def check_query(claims: QueryClaims, request: Request, secret: str, now_ms: int) -> None:
    """Whether `secret` signed this request, and its time has not come. Raises `SignatureRefused`."""
    ends_ms = int(claims.expires) * 1000
    if ends_ms <= now_ms or ends_ms > now_ms + _LONGEST_MS:
        raise refusals.access_denied("Request has expired")
    to_sign = _string_to_sign(claims, request)
    signature = base64.b64encode(hmac.digest(secret.encode(), to_sign, "sha1"))
    if not hmac.compare_digest(signature, claims.signature.encode("utf-8", "replace")):
        raise refusals.no_match("s3", claims.access_key, claims.signature, b"", to_sign, session=claims.token != "")


def _string_to_sign(claims: QueryClaims, request: Request) -> bytes:
    fields: dict[str, str] = {}
    resource: list[tuple[str, str]] = []
    for pair in request.query.split("&"):
        name, equals, value = pair.partition("=")
        if name.startswith("x-amz-") or name in ("content-md5", "content-type"):
            fields[name] = unquote_plus(value)
        elif name in _SIGNED:
            resource.append((name, f"{name}={unquote_plus(value)}" if equals else name))
    for raw, text in request.headers.items():
        name = raw.decode("latin-1")
        if name.startswith("x-amz-") or name in ("content-md5", "content-type"):
            fields.setdefault(name, text.strip().decode("latin-1"))
    lines = [request.method, fields.get("content-md5", ""), fields.get("content-type", ""), claims.expires]
    lines += [f"{name}:{fields[name]}" for name in sorted(fields) if name.startswith("x-amz-")]
    bucket = bucket_in_host((request.header(b"host") or "").lower())
    path = f"/{bucket}{request.path}" if bucket else request.path
    if resource:
        path += "?" + "&".join(text for _, text in sorted(resource))
    return "\n".join((*lines, path)).encode()
