"""The event that a request to a function's URL is: payload format 2.0. Pure.

Source: Lambda developer guide, "Invoking Lambda function URLs", "Request payload format".
"""

from __future__ import annotations

import base64
import time
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

from chasqui.base.call import Call
from chasqui.base.fronts import Visit

_TEXTS: Final = ("text/", "application/json", "application/xml", "application/javascript")
_encode = msgspec.json.Encoder().encode


def url_event(visit: Visit, id_: str, path: str, body: bytes, now_ms: int, caller: Call | None) -> bytes:
    """The event's JSON. `path` is the path within the URL, `caller` who signed (None: nobody had to)."""
    headers = _headers(visit)
    event: dict[str, Any] = {"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": visit.query}
    cookies = [cookie.strip() for cookie in headers.get("cookie", "").split(";") if cookie.strip()]
    if cookies:
        event["cookies"] = cookies
    event["headers"] = headers
    if parameters := _parameters(visit.query):
        event["queryStringParameters"] = parameters
    event["requestContext"] = _context(visit, id_, path, headers, now_ms, caller)
    event |= _body(body, headers.get("content-type", ""))
    return _encode(event)


def _headers(visit: Visit) -> dict[str, str]:
    """By lower-case name; those that came more than once joined by commas."""
    found: dict[str, str] = {}
    for raw, value in visit.fields:
        name, text = raw.decode("latin-1").lower(), value.strip().decode("latin-1")
        between = "; " if name == "cookie" else ","
        found[name] = f"{found[name]}{between}{text}" if name in found else text
    forwarded = found.get("x-forwarded-for")
    found["x-forwarded-for"] = f"{forwarded}, {visit.source_address}" if forwarded else visit.source_address
    # What the client says of these is not believed.
    found["x-forwarded-proto"] = visit.scheme
    port = visit.host.rpartition(":")[2]
    found["x-forwarded-port"] = port if port.isdigit() else "443" if visit.scheme == "https" else "80"
    return found


def _parameters(query: str) -> dict[str, str]:
    """By name; those that came more than once joined by commas."""
    found: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        if name:
            name, value = unquote_plus(name), unquote_plus(value)
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _context(
    visit: Visit, id_: str, path: str, headers: dict[str, str], now_ms: int, caller: Call | None
) -> dict[str, Any]:
    domain = visit.host.partition(":")[0]
    context: dict[str, Any] = {
        "accountId": caller.account if caller is not None else "anonymous",
        "apiId": id_,
        "domainName": domain,
        "domainPrefix": id_,
        "http": {
            "method": visit.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": visit.source_address,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": visit.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now_ms // 1000)),
        "timeEpoch": now_ms,
    }
    if caller is not None:
        principal = caller.principal
        context["authorizer"] = {
            "iam": {
                "accessKey": principal.access_key,
                "accountId": caller.account,
                "callerId": principal.id,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": principal.arn,
                "userId": principal.id,
            }
        }
    return context


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    """Texts of known types as they are, everything else in base64."""
    if not body:
        return {"isBase64Encoded": False}
    if content_type.lower().startswith(_TEXTS):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
