"""What REST-JSON and REST-XML share: parameters in the path, the query string and the headers, and outputs
there.

How a body is written is each protocol's own (`rest_json`, `rest_xml`); where everything else goes is the
model's, and is read once per operation into `Bindings`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.wire import values
from chasqui.wire.model import Operation, Shape
from chasqui.wire.protocol import Headers, Params, Request
from chasqui.wire.query import parse_fields
from chasqui.wire.xml import format_scalar

# What a header may hold; the rest would split the response or be refused by clients.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


class Template:
    """A `requestUri`: its segments, the label of each that is one, and the query literals that it demands."""

    __slots__ = ("greedy", "literals", "segments", "tail")

    def __init__(self, uri: str) -> None:
        path, _, query = uri.partition("?")
        # ("literal", None) or (None, "label"); what follows a greedy label is its tail.
        self.segments: list[tuple[str | None, str | None]] = []
        self.greedy: str | None = None
        self.tail: list[str] = []
        for segment in split_path(path):
            if self.greedy is not None:
                self.tail.append(segment)
            elif segment.startswith("{") and segment.endswith("+}"):
                self.greedy = segment[1:-2]
            elif segment.startswith("{"):
                self.segments.append((None, segment[1:-1]))
            else:
                self.segments.append((segment, None))
        self.literals: dict[str, str] = {}
        for pair in query.split("&") if query else ():
            name, _, value = pair.partition("=")
            self.literals[name] = value

    def match(self, path: str) -> dict[str, str] | None:
        """The labels of a raw path, percent-decoded; None when it is another path."""
        parts = split_path(path, keep_end=self.greedy is not None)
        count = len(self.segments)
        if (len(parts) <= count + len(self.tail)) if self.greedy else (len(parts) != count):
            return None
        labels = {}
        for (literal, label), part in zip(self.segments, parts, strict=False):
            if label is not None:
                labels[label] = decode(part)
            elif literal != part:
                return None
        if self.greedy is not None:
            end = len(parts) - len(self.tail)
            if parts[end:] != self.tail:
                return None
            labels[self.greedy] = decode("/".join(parts[count:end]))
        return labels


def split_path(path: str, keep_end: bool = False) -> list[str]:
    """The segments of a raw path; one slash at the end is nothing, unless it belongs to a greedy label."""
    trimmed = path[1:] if path.startswith("/") else path
    if not keep_end and trimmed.endswith("/"):
        trimmed = trimmed[:-1]
    return trimmed.split("/") if trimmed else []


def decode(text: str) -> str:
    """Percent-decoded UTF-8."""
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeError as error:
        raise ServiceError("SerializationException", "The path is not UTF-8.", status=400) from error


class Bindings:
    """Where the members of an operation's input and output are."""

    __slots__ = (
        "body", "headers", "known", "labels", "payload", "prefixes", "query", "starts", "status", "template", "written",
    )  # fmt: skip

    def __init__(self, uri: str, shape: Shape | None) -> None:
        self.template = Template(uri)
        self.labels: list[tuple[str, str, Shape]] = []
        self.query: list[tuple[str, str, Shape]] = []
        self.headers: list[tuple[str, str, Shape]] = []
        self.prefixes: list[tuple[str, str, Shape]] = []
        self.body: list[str] = []
        self.status: str | None = None
        self.payload = shape.payload if shape is not None else None
        for name, member in shape.members.items() if shape is not None else ():
            wire_name = member.location_name or name
            match member.location:
                case "uri":
                    self.labels.append((name, wire_name, member))
                case "querystring":
                    self.query.append((name, wire_name, member))
                case "header":
                    self.headers.append((name, wire_name, member))
                case "headers":
                    self.prefixes.append((name, wire_name, member))
                case "statusCode":
                    self.status = name
                case _ if name != self.payload:
                    self.body.append(name)
        # The same by what requests have and by what outputs have, which is less than what they may have.
        self.known: dict[bytes, tuple[str, Shape | None]] = {
            header.lower().encode(): (name, None if _is_plain(member) else member)
            for name, header, member in self.headers
        }
        self.starts = tuple((prefix.lower().encode(), name) for name, prefix, _ in self.prefixes)
        self.written = {name: (header.lower().encode(), writer_of(member)) for name, header, member in self.headers}


def _is_plain(member: Shape) -> bool:
    """Whether a member's text is the member."""
    return member.type == "string" and not member.facts.get("jsonvalue")


def input_bindings(operation: Operation) -> Bindings:
    bindings = operation.cache.get("rest-input")
    if bindings is None:
        bindings = operation.cache["rest-input"] = Bindings(operation.uri, operation.input)
    found: Bindings = bindings
    return found


def output_bindings(operation: Operation) -> Bindings:
    bindings = operation.cache.get("rest-output")
    if bindings is None:
        bindings = operation.cache["rest-output"] = Bindings("", operation.output)
    found: Bindings = bindings
    return found


# ---------------------------------------------------------------------------------------------------------
# reading


def read_bindings(operation: Operation, request: Request) -> Params:
    """The members of an input that are not in the body."""
    bindings = input_bindings(operation)
    params: Params = {}
    if bindings.labels:
        labels = bindings.template.match(request.path)
        if labels is None:
            raise ServiceError("UnknownOperationException", "The path is not the operation's.", status=404)
        for name, label, member in bindings.labels:
            params[name] = _scalar(member, labels[label], "iso8601")
    if bindings.query:
        _read_query(bindings, request, params)
    read_headers(bindings, request.headers, params)
    return params


def read_headers(bindings: Bindings, headers: Mapping[bytes, bytes], params: Params) -> None:
    """The members of an input that are headers. Of a request with a few fields, whatever the operation could take."""
    known, starts = bindings.known, bindings.starts
    for field, value in headers.items():
        found = known.get(field)
        if found is not None:
            text = value.rstrip().decode("utf-8", "replace")
            params[found[0]] = text if found[1] is None else read_header(found[1], text)
            continue
        for start, name in starts:
            if field.startswith(start) and len(field) > len(start):
                key = field[len(start) :].decode("utf-8", "replace")
                params.setdefault(name, {})[key] = value.rstrip().decode("utf-8", "replace")


def _read_query(bindings: Bindings, request: Request, params: Params) -> None:
    given: dict[str, list[str]] = {}
    for key, value in parse_fields(request.query) if request.query else ():
        given.setdefault(key, []).append(value)
    bound = {wire_name for _, wire_name, member in bindings.query if member.type != "map"}
    for name, wire_name, member in bindings.query:
        if member.type == "map":
            rest = {
                key: texts if member.value.type == "list" else texts[-1]
                for key, texts in given.items()
                if key not in bound and key not in bindings.template.literals
            }
            if rest:
                params[name] = rest
            continue
        texts = given.get(wire_name)
        if texts is None:
            continue
        if member.type == "list":
            params[name] = [_scalar(member.member, text, "iso8601") for text in texts]
        else:
            params[name] = _scalar(member, texts[-1], "iso8601")


def read_header(member: Shape, text: str) -> Any:
    """A header's text as the member's Python value."""
    if member.type == "list":
        return [_scalar(member.member, item, "rfc822") for item in split_list(text)]
    if member.facts.get("jsonvalue"):
        return _json_header(text)
    return _scalar(member, text, "rfc822")


def split_list(text: str) -> list[str]:
    """The items of a header that is a list: apart by commas, quoted when they hold one."""
    items = []
    for quoted, plain in re.findall(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)', text):
        items.append(re.sub(r"\\(.)", r"\1", quoted) if quoted else plain.strip())
    # The pattern also matches the nothing after the last item.
    return items[:-1] if len(items) > 1 and not text.endswith(",") and not items[-1] else items


def _json_header(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError as error:
        raise malformed("A header is not base64.") from error


def _scalar(shape: Shape, text: str, time_form: str) -> Any:
    reader = _TEXTS.get(shape.type)
    if reader is None:
        raise malformed(f"{shape.name} can not be text.")
    try:
        return reader(text)
    except ValueError as error:
        raise malformed(str(error)) from error


def malformed(message: str) -> ServiceError:
    return ServiceError("SerializationException", message, status=400)


_TEXTS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "character": str,
    "boolean": values.parse_boolean,
    "integer": lambda text: values.parse_integer(text, "integer"),
    "short": lambda text: values.parse_integer(text, "short"),
    "byte": lambda text: values.parse_integer(text, "byte"),
    "long": lambda text: values.parse_integer(text, "long"),
    "float": values.parse_float,
    "double": values.parse_float,
    "timestamp": values.parse_timestamp,
    "blob": values.parse_blob,
}


# ---------------------------------------------------------------------------------------------------------
# writing


def write_headers(bindings: Bindings, output: Mapping[str, Any]) -> Headers:
    """The members of an output (or of an error) that are headers."""
    headers: Headers = []
    written = bindings.written
    for name, value in output.items():
        found = written.get(name)
        if found is not None and value is not None:
            headers.append((found[0], found[1](value)))
    for name, prefix, _ in bindings.prefixes:
        for key, value in (output.get(name) or {}).items():
            headers.append((_printable((prefix + key).lower()), _printable(value)))
    return headers


def writer_of(member: Shape) -> Callable[[Any], bytes]:
    """What makes a header's value of a member's."""
    if _is_plain(member):
        return _printable
    if member.type == "timestamp" and member.facts.get("timestampFormat", "rfc822") == "rfc822":
        return _http_date
    return lambda value: _printable(format_header(member, value))


@lru_cache(4096)
def _http_date(value: float) -> bytes:
    return str(values.format_timestamp(value, "rfc822")).encode()


def format_header(member: Shape, value: Any) -> str:
    if member.type == "list":
        return ", ".join(_quoted(format_header(member.member, item)) for item in value)
    if member.facts.get("jsonvalue"):
        return values.format_blob(value if isinstance(value, str) else msgspec.json.encode(value))
    if member.type == "timestamp":
        return str(values.format_timestamp(value, member.facts.get("timestampFormat", "rfc822")))
    return format_scalar(member, value)


def _quoted(text: str) -> str:
    if '"' in text or "," in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return text


def _printable(text: str) -> bytes:
    if text.isascii() and text.isprintable():
        return text.encode()
    return UNPRINTABLE.sub(" ", text).encode("utf-8", "replace")
