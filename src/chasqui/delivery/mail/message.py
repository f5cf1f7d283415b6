"""A mail as bytes: RFC 5322 header fields, MIME text in UTF-8, and the envelope that SMTP wants. No I/O.

The header block is put together here, field by field, so that nothing in a subject or an address can begin another
field (control characters become spaces, or are refused in addresses), and long URLs in fields such as
List-Unsubscribe (RFC 2369) stay as they are.
"""

from __future__ import annotations

import asyncio
import base64
import quopri
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from typing import Final

import msgspec

from chasqui.base.errors import ChasquiError

LINE_BYTES_MAX: Final = 998
"""RFC 5322, section 2.1.1, without the line's end."""
_ADDRESS_CHARS_MAX: Final = 254
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f<>()\[\]\\,;:\"@]+@[^\s\x00-\x1f\x7f<>()\\,;:\"@]+\Z")
_NAMED = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\s*\Z")
_FIELD = re.compile(r"[!-9;-~]{1,76}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_UNPRINTED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_LONG_CHARS: Final = 16 * 1024
"""Texts from this length on are encoded by a thread: the largest would hold the loop for tens of milliseconds."""
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*\Z")


class BadMail(ChasquiError):
    """A mail that cannot be written down: the message says which part of it."""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail of one recipient. `sender` is an address or "Name <address>", by default the server's; `headers` are
    further fields (names and values in plain text); `message_id` names it, without the angle brackets."""

    to: str
    subject: str
    text: str
    sender: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    message_id: str = ""


class Rendered(msgspec.Struct, frozen=True):
    """What goes over SMTP: the envelope's addresses, whether they want SMTPUTF8 (RFC 6531), and the message, whose
    lines end with CRLF."""

    sender: str
    to: str
    utf8: bool
    data: bytes


def render(mail: Mail, sender: str, at_ms: int, extra: Iterable[tuple[str, str]] = ()) -> Rendered:
    """A mail as it is sent, at a time in milliseconds since the epoch; from `sender` where it names none itself, and
    with `extra` fields before its own. Raises `BadMail`."""
    name, origin = _split(mail.sender or sender)
    origin, to = envelope_address(origin), envelope_address(mail.to)
    lines = _head(mail, f"{_phrase(name)} <{origin}>" if name else origin, to, at_ms, extra)
    encoding, body = _body(mail.text)
    lines.append(f"Content-Transfer-Encoding: {encoding}")
    utf8 = not (origin.isascii() and to.isascii())
    return Rendered(origin, to, utf8, "\r\n".join(lines).encode() + b"\r\n\r\n" + body)


async def rendered(mail: Mail, sender: str, at_ms: int) -> Rendered:
    """`render`, beside the loop where the text is long. Raises `BadMail`."""
    if len(mail.text) < _LONG_CHARS:
        return render(mail, sender, at_ms)
    return await asyncio.get_running_loop().run_in_executor(None, render, mail, sender, at_ms)


def check(mail: Mail, sender: str) -> None:
    """Whether a mail can be sent, as far as that can be seen without a relay. Raises `BadMail`."""
    render(msgspec.structs.replace(mail, text=""), sender, 0)


def _head(mail: Mail, origin: str, to: str, at_ms: int, extra: Iterable[tuple[str, str]]) -> list[str]:
    fields = [("From", origin), ("To", to), ("Date", format_datetime(datetime.fromtimestamp(at_ms / 1000, UTC)))]
    if mail.message_id:
        fields.append(("Message-ID", f"<{_clean(mail.message_id)}>"))
    lines = [*(_field(*field) for field in fields), f"Subject: {_words(mail.subject, 'Subject')}"]
    lines += [_text_field(*field) for field in (*extra, *mail.headers)]
    return [*lines, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"]


def envelope_address(text: str) -> str:
    """An address as SMTP and header fields have it, its domain in ASCII (IDNA). Raises `BadMail`."""
    text = text.strip()
    if len(text) > _ADDRESS_CHARS_MAX or not _ADDRESS.match(text):
        raise BadMail(f"{_clean(text)[:_ADDRESS_CHARS_MAX]!r} is no e-mail address")
    local, _, domain = text.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise BadMail(f"the domain of {text!r} is not valid: {error}") from error


def _split(sender: str) -> tuple[str, str]:
    named = _NAMED.match(sender)
    return (named["name"].strip('" '), named["address"]) if named else ("", sender)


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def _phrase(name: str) -> str:
    """A display name: as it is, quoted, or in encoded words (RFC 2047)."""
    name = _clean(name)
    if not name.isascii():
        return _words(name, "From")
    return name if _ATOMS.match(name) else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _words(text: str, field: str) -> str:
    """Unstructured text, folded, in encoded words where it is not ASCII."""
    text = _clean(text)
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name=field).encode(linesep="\r\n") if text else ""


def _field(name: str, value: str) -> str:
    if not _FIELD.match(name):
        raise BadMail(f"{_clean(name)[:76]!r} is no name of a header field")
    line = f"{name}: {value}"
    if max(map(len, line.encode().split(b"\r\n"))) > LINE_BYTES_MAX:
        raise BadMail(f"the header field {name} is longer than {LINE_BYTES_MAX} bytes")
    return line


def _text_field(name: str, value: str) -> str:
    value = _clean(value)
    return _field(name, value if value.isascii() else _words(value, name))


def _body(text: str) -> tuple[str, bytes]:
    """(transfer encoding, encoded text): as it is where that is plain mail, else the shorter of the two encodings."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # What UTF-8 cannot say (half of a surrogate pair) becomes a question mark.
    raw = text.encode("utf-8", "replace")
    if not raw.endswith(b"\n"):
        raw += b"\n"
    if raw.isascii() and not _UNPRINTED.search(raw) and max(map(len, raw.split(b"\n"))) <= LINE_BYTES_MAX:
        return "7bit", raw.replace(b"\n", b"\r\n")
    quoted = quopri.encodestring(raw).replace(b"\n", b"\r\n")
    if len(quoted) <= len(raw) * 4 // 3:
        return "quoted-printable", quoted
    return "base64", base64.encodebytes(raw.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
