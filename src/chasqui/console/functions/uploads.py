"""Forms with a file: multipart/form-data as browsers write it (RFC 7578), read whole within a bound."""

from __future__ import annotations

import re
from typing import Final

from chasqui.base.errors import ServiceError
from chasqui.console.forms import Form
from chasqui.console.page import Page

PACKAGE_BYTES_MAX: Final = 50 * 1024 * 1024
"""Lambda's own limit for packages that are uploaded directly."""
_BOUNDARY: Final = re.compile(r'multipart/form-data;.*?boundary="?([^";,]{1,100})"?', re.IGNORECASE)
_NAME: Final = re.compile(rb'\bname="([^"\r\n]*)"')
_FILE: Final = re.compile(rb'\bfilename="')
_FIELDS_MAX: Final = 500


async def form_with_file(page: Page) -> tuple[Form, bytes]:
    """What a form says, and the file in it; b"" for none. Raises `ServiceError`."""
    kind = page.visit.header(b"content-type") or ""
    found = _BOUNDARY.match(kind)
    if found is None:
        return await page.form(), b""
    return split(await _body(page), found[1].encode("latin-1"))


async def _body(page: Page) -> bytes:
    visit = page.visit
    length = visit.body.length
    if length is not None and length > PACKAGE_BYTES_MAX:
        raise _too_large(page)
    if visit.body.whole is not None:
        return visit.body.whole
    held = bytearray()
    async for piece in visit.body:
        held += piece
        if len(held) > PACKAGE_BYTES_MAX:
            raise _too_large(page)
    return bytes(held)


def _too_large(page: Page) -> ServiceError:
    message = page.text("Packages of more than 50 MB go through a bucket.")
    return ServiceError("RequestEntityTooLargeException", message, status=413)


def split(body: bytes, boundary: bytes) -> tuple[Form, bytes]:
    """The fields and the file of a body. Raises `ServiceError` for what is no such form."""
    fields: dict[str, list[str]] = {}
    file, mark, at = b"", b"\r\n--" + boundary, 0
    body = b"\r\n" + body
    at = body.find(mark)
    for _ in range(_FIELDS_MAX):
        start = at + len(mark)
        if at < 0 or body[start : start + 2] == b"--":
            return Form(fields), file
        head_end = body.find(b"\r\n\r\n", start)
        at = body.find(mark, head_end)
        if head_end < 0 or at < 0:
            break
        head, value = body[start:head_end], body[head_end + 4 : at]
        name = _NAME.search(head)
        if name is not None and _FILE.search(head):
            file = value or file
        elif name is not None:
            fields.setdefault(name[1].decode("utf-8", "replace"), []).append(value.decode("utf-8", "replace"))
    raise ServiceError("InvalidRequest", "The form can't be read.", status=400)
