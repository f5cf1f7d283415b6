"""Which other sites' pages may use a bucket: its CORS rules, the fields that tell browsers, and the preflight.

Source: S3 user guide, "Using cross-origin resource sharing (CORS)", "Elements of a CORS configuration"; API reference,
"OPTIONS object". A rule counts when it lists the origin, the method and every header that is asked for; the first that
does is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Fields, Reply, Visit
from chasqui.services.s3.browsers.addressing import bucket_and_key

if TYPE_CHECKING:
    from chasqui.services.s3.room import Room
    from chasqui.services.s3.types import CORSRule

METHODS: Final = ("GET", "PUT", "HEAD", "POST", "DELETE")
_VARY: Final = (b"vary", b"Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
_ASKED_METHOD: Final = b"access-control-request-method"
# Paths of services that have a date for a version (Lambda), and of those that are one page with everybody's.
_NOT_BUCKETS: Final = re.compile(r"/(?:\d{4}-\d{2}-\d{2}/.*|_[^/]*(?:/.*)?|service/.*|)\Z")


def matches(pattern: str, text: str) -> bool:
    """Whether text is as a pattern with at most one star says."""
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == text
    return len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)


def find_rule(
    rules: Sequence[CORSRule], origin: str, method: str, headers: Sequence[str] = ()
) -> tuple[CORSRule, str] | None:
    """The first rule that lets this in, and what it says of the origin ("*", or the origin itself)."""
    for rule in rules:
        allowed = next((each for each in rule.AllowedOrigins or () if matches(each, origin)), None)
        if allowed is None or method not in (rule.AllowedMethods or ()):
            continue
        patterns = [each.lower() for each in rule.AllowedHeaders or ()]
        if all(any(matches(pattern, header.lower()) for pattern in patterns) for header in headers):
            return rule, "*" if allowed == "*" else origin
    return None


def fields_of(rule: CORSRule, origin: str, headers: Sequence[str] = ()) -> Fields:
    """What a browser is told by a rule."""
    told = [(b"access-control-allow-origin", origin.encode("latin-1", "replace"))]
    told.append((b"access-control-allow-methods", ", ".join(rule.AllowedMethods or ()).encode()))
    if headers:
        told.append((b"access-control-allow-headers", ", ".join(each.lower() for each in headers).encode()))
    if rule.ExposeHeaders:
        told.append((b"access-control-expose-headers", ", ".join(rule.ExposeHeaders).encode()))
    if rule.MaxAgeSeconds is not None:
        told.append((b"access-control-max-age", str(rule.MaxAgeSeconds).encode()))
    if origin != "*":
        told.append((b"access-control-allow-credentials", b"true"))
    return (*told, _VARY)


async def answer_fields(
    room: Room, method: str, host: bytes, path: str, origin: str
) -> tuple[tuple[bytes, bytes], ...] | None:
    """The fields of an answer to a page of `origin`; None where the bucket's rules do not let it in."""
    if not _concerns(host, path):
        return None
    name, _ = bucket_and_key(host.decode("latin-1"), path)
    bucket = await room.buckets.named(unquote(name))
    found = find_rule(bucket.document.cors, origin, method) if bucket is not None else None
    return tuple(fields_of(*found)) if found is not None else None


def _concerns(host: bytes, path: str) -> bool:
    bucket, _ = bucket_and_key(host.decode("latin-1"), "/")
    return bool(bucket) or not _NOT_BUCKETS.match(path)


def takes_preflight(method: str, host: bytes, path: str, _table: Mapping[bytes, bytes]) -> bool:
    """Whether this is a browser's question to a bucket."""
    return method == "OPTIONS" and _concerns(host, path)


async def answer_preflight(room: Room, visit: Visit) -> Reply:
    """Tell a browser what a page may do. Raises AccessForbidden."""
    origin = visit.header(b"origin")
    if not origin:
        raise _bad("Insufficient information. Origin request header needed.")
    method = visit.header(_ASKED_METHOD)
    if method not in METHODS:
        raise _bad(f"Invalid Access-Control-Request-Method: {method or 'null'}")
    name, key = bucket_and_key(visit.host, visit.path)
    bucket = await room.buckets.named(unquote(name))
    if bucket is None:
        raise _forbidden("CORSResponse: Bucket not found", method, key)
    if not bucket.document.cors:
        raise _forbidden("CORSResponse: CORS is not enabled for this bucket.", method, key)
    asked = [each.strip() for each in (visit.header(b"access-control-request-headers") or "").split(",")]
    headers = [each for each in asked if each]
    found = find_rule(bucket.document.cors, origin, method, headers)
    if found is None:
        raise _forbidden(
            "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request"
            " method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the"
            " resource's CORS spec.",
            method,
            key,
        )
    return Reply(200, fields_of(found[0], found[1], headers))


def _bad(message: str) -> ServiceError:
    return ServiceError("BadRequest", message, status=400)


def _forbidden(message: str, method: str, key: str) -> ServiceError:
    kind = "OBJECT" if key else "BUCKET"
    return ServiceError("AccessForbidden", message, status=403, fields={"Method": method, "ResourceType": kind})
