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

_ORIGIN_WIDE: Final = frozenset(
    (
        b"alt-svc", b"clear-site-data", b"nel", b"public-key-pins", b"report-to", b"reporting-endpoints",
        b"service-worker-allowed", b"strict-transport-security",
    )
)  # fmt: skip
"""Fields by which an answer speaks for everything else at its origin."""
_SERVER_COOKIES: Final = "chasqui-"
_SERVER_PATHS: Final = "/_chasqui"
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


class _Answer(msgspec.Struct):
    """What of an answer is looked at; other members are passed over, and a large body is not taken apart."""

    statusCode: Any = msgspec.UNSET
    headers: Any = None
    cookies: Any = None
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    isBase64Encoded: Any = False


class Malformed(ValueError):
    """A function's answer that is none of HTTP's."""


_answer: Final = msgspec.json.Decoder(_Answer).decode
_text: Final = msgspec.json.Decoder(str).decode
_NO_ANSWER: Final = _Answer()


def told(status: int, message: str, *, name: str = "Message", **more: str) -> Reply:
    """What Lambda itself answers, as JSON."""
    return Reply(status, (_JSON, *GUARDS), _encode({name: message, **more}))


def reply_of(payload: bytes) -> Reply:
    """A function's answer. Raises `Malformed`."""
    plain = payload
    try:
        start = payload.lstrip()[:1]
        if start == b'"':
            plain = _text(payload).encode("utf-8", "replace")
        answer = _answer(payload) if start == b"{" else _NO_ANSWER
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = _NO_ANSWER
    if answer.statusCode is msgspec.UNSET:
        return Reply(200, (_JSON, *GUARDS), plain)
    given = {"statusCode": answer.statusCode, "headers": answer.headers, "cookies": answer.cookies}
    status, headers = head_of(given)
    return Reply(status, headers, _content(answer.body, base64_encoded=answer.isBase64Encoded is True))


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
        if name.lower() not in _OURS and name.lower() != "x-content-type-options":
            fields.append((_name(name), _value(value)))
    cookies = answer.get("cookies") or []
    if not isinstance(cookies, list):
        raise Malformed("cookies are no list")
    fields += [(b"set-cookie", _value(cookie)) for cookie in cookies]
    if not any(name == b"content-type" for name, _ in fields):
        fields.append((b"content-type", _value(content_type)))
    return status, (*fields, *GUARDS)


def harmless(headers: Pairs, *, shared: bool) -> Pairs:
    """An answer's fields, less those that would change what else this server shows to the browser: cookies of the
    console's; and where the URL is a path at an origin that is `shared`, what speaks for the whole of it."""
    return tuple(
        (name, value)
        for name, value in headers
        if not (name == b"set-cookie" and _is_servers(value)) and not (shared and name in _ORIGIN_WIDE)
    )


def _is_servers(cookie: bytes) -> bool:
    """Whether a cookie would be sent to the console: by its name, which may be what stands before no "=" (RFC 6265bis,
    5.6), or by its path."""
    first, *attributes = cookie.decode("latin-1").lower().split(";")
    if first.strip(" \t=").startswith(_SERVER_COOKIES):
        return True
    paths = (each.partition("=") for each in attributes)
    return any(name.strip() == "path" and value.strip().startswith(_SERVER_PATHS) for name, _, value in paths)


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


def _content(body: msgspec.Raw | msgspec.UnsetType, *, base64_encoded: bool) -> bytes:
    raw = b"" if isinstance(body, msgspec.UnsetType) else bytes(body)
    if raw in (b"", b"null"):
        return b""
    if not raw.startswith(b'"'):
        return raw
    try:
        text = _text(raw)
        return base64.b64decode(text) if base64_encoded else text.encode("utf-8", "replace")
    except (binascii.Error, ValueError) as error:
        raise Malformed("a body that is no text, or no base64") from error
