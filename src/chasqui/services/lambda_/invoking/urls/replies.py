"""What a function's answer is as HTTP: payload format 2.0. Pure.

Source: Lambda developer guide, "Invoking Lambda function URLs", "Response payload format".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chasqui.base.fronts import Reply

Pairs = tuple[tuple[bytes, bytes], ...]

GUARDS: Final[Pairs] = ((b"content-security-policy", b"sandbox"), (b"x-content-type-options", b"nosniff"))
"""Whatever a function answers shares its origin with other things that this server shows to browsers."""

_JSON: Final = (b"content-type", b"application/json")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS: Final = frozenset(
    ("connection", "content-length", "date", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer",
     "transfer-encoding", "upgrade")
)  # fmt: skip
_STATUS_MIN: Final = 200
_STATUS_MAX: Final = 599
_encode = msgspec.json.Encoder().encode


class Malformed(ValueError):
    """A function's answer that is none of HTTP's."""


def told(status: int, message: str, *, name: str = "Message", **more: str) -> Reply:
    """What Lambda itself answers, as JSON."""
    return Reply(status, (_JSON, *GUARDS), _encode({name: message, **more}))


def reply_of(payload: bytes) -> Reply:
    """A function's answer. Raises `Malformed`."""
    try:
        answer = msgspec.json.decode(payload) if payload else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Reply(200, (_JSON, *GUARDS), payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return Reply(200, (_JSON, *GUARDS), answer.encode() if isinstance(answer, str) else payload)
    status, headers = head_of(answer)
    return Reply(status, headers, _content(answer.get("body"), base64_encoded=answer.get("isBase64Encoded") is True))


def head_of(answer: Mapping[str, Any], content_type: str = "application/json") -> tuple[int, Pairs]:
    """Status and header fields of an answer, or of a streamed answer's prelude. Raises `Malformed`."""
    status = answer.get("statusCode", 200)
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status[:4])
    if type(status) is not int or not _STATUS_MIN <= status <= _STATUS_MAX:
        raise Malformed(f"statusCode {status!r}")
    fields: list[tuple[bytes, bytes]] = []
    headers = answer.get("headers") or {}
    if not isinstance(headers, dict):
        raise Malformed("headers are no object")
    for name, value in headers.items():
        if name.lower() not in _OURS:
            fields.append((_name(name), _value(value)))
    cookies = answer.get("cookies") or []
    if not isinstance(cookies, list):
        raise Malformed("cookies are no list")
    fields += [(b"set-cookie", _value(cookie)) for cookie in cookies]
    if not any(name == b"content-type" for name, _ in fields):
        fields.append((b"content-type", _value(content_type)))
    return status, (*fields, *GUARDS)


def _name(name: str) -> bytes:
    if not _NAME.match(name):
        raise Malformed(f"a header called {name!r}")
    return name.lower().encode()


def _value(value: object) -> bytes:
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str | int | float):
        text = str(value)
    else:
        raise Malformed("a header that is no text")
    if _UNPRINTABLE.search(text):
        raise Malformed("a header with control characters")
    return text.encode()


def _content(body: object, *, base64_encoded: bool) -> bytes:
    if body is None:
        return b""
    if not isinstance(body, str):
        return _encode(body)
    if not base64_encoded:
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body)
    except (binascii.Error, ValueError) as error:
        raise Malformed("a body that is no base64") from error
