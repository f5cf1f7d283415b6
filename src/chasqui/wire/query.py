"""The query protocol: parameters in a form (or a query string), answers in XML.

`Action` and `Version` choose the operation (that is routing's); the rest is read here into parameters. Names
of members, lists and maps are the model's, or the overlay's for services whose model has forgotten them.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.wire import xml
from chasqui.wire.errors import resolve
from chasqui.wire.model import Operation, Service, Shape
from chasqui.wire.protocol import DEPTH_MAX, Headers, Output, Params, Request, Response

CONTENT_TYPE = (b"content-type", b"text/xml")
PROLOGUE = '<?xml version="1.0"?>\n'
# More parameters than any operation takes, few enough to be read at once.
FIELDS_MAX = 20_000
# Parts of dotted names, of all parameters together.
_STEPS_MAX = 100_000
_LONG = 4096


class Field:
    """One dotted name of the form: its value, if it was given one, and the names below it."""

    __slots__ = ("below", "value")

    def __init__(self) -> None:
        self.value: str | None = None
        self.below: dict[str, Field] = {}

    def items(self) -> list[Field]:
        """The numbered names below, in the order of their numbers."""
        numbered = [(int(name), field) for name, field in self.below.items() if _is_index(name)]
        return [field for _, field in sorted(numbered, key=lambda item: item[0])]


class QueryProtocol:
    """AWS query."""

    name = "query"

    def parse(self, operation: Operation, request: Request) -> Params:
        operation = operation.for_query
        if operation.input is None:
            return {}
        form = read_form(request)
        try:
            params = _read_structure(operation.input, form, 0)
        except ValueError as error:
            raise malformed(str(error)) from error
        self._read_path(operation, request, params)
        return params

    def _read_path(self, operation: Operation, request: Request, params: Params) -> None:
        # SQS takes the queue from the URL that the request was sent to.
        member = operation.service.overlay.get("pathMember")
        if member and operation.input and member in operation.input.members and member not in params:
            path = decode_text(request.path)
            if path.count("/") > 1:
                params[member] = f"http://{request.header(b'host') or 'localhost'}{path}"

    def serialise(self, operation: Operation, output: Output, request_id: str) -> Response:
        operation = operation.for_query
        frame: _Frame = operation.cache.get("query") or _frame(operation)
        out = [frame.before]
        if operation.output is not None and not _write_texts(frame.texts, output, out):
            xml.write_members(operation.output, output, out)
        out += (frame.between, xml.escape(request_id), frame.after)
        return Response(200, _headers(request_id), "".join(out).encode())

    def error(self, service: Service | None, error: ServiceError, request_id: str) -> Response:
        form = resolve(service, error)
        out = [PROLOGUE, f"<ErrorResponse{_namespace(service)}><Error>"]
        out.append(f"<Type>{'Sender' if form.sender else 'Receiver'}</Type><Code>{xml.escape(form.query)}</Code>")
        out.append(f"<Message>{xml.escape(error.message)}</Message>")
        write_error_fields(service, error, out)
        if service is not None and service.overlay.get("errorDetail"):
            out.append("<Detail/>")
        out.append(f"</Error><RequestId>{xml.escape(request_id)}</RequestId></ErrorResponse>")
        return Response(form.status, _headers(request_id), "".join(out).encode())


QUERY: Final = QueryProtocol()


def malformed(message: str) -> ServiceError:
    """The answer to a form that is not one, or does not hold what the operation takes."""
    return ServiceError("MalformedInput", message, status=400)


def write_error_fields(service: Service | None, error: ServiceError, out: list[str]) -> None:
    """An error's modelled members beside its message, as elements."""
    facts = service.errors.get(error.code) if service is not None else None
    if service is None or facts is None or not error.fields:
        return
    shape = service.for_query.shape(facts.shape)
    fields = {name: value for name, value in error.fields.items() if name in shape.members}
    xml.write_members(shape, fields, out)


class _Frame(NamedTuple):
    """What every answer of an operation begins with, has between its members and the request's id, and ends with; and
    of members that are texts, where the output has nothing else, their names and tags."""

    before: str
    between: str
    after: str
    texts: tuple[tuple[str, str, str], ...] | None


def _frame(operation: Operation) -> _Frame:
    name, output = operation.name, operation.output
    wrapper = output.facts.get("resultWrapper") if output is not None else None
    opened, closed = (f"<{wrapper}>", f"</{wrapper}>") if wrapper else ("", "")
    members = output.members if output is not None else {}
    plain = all(
        each.type == "string" and not {"xmlAttribute", "xmlNamespace"} & each.facts.keys() for each in members.values()
    )
    tags = {each: member.location_name or each for each, member in members.items()}
    texts = tuple((each, f"<{tag}>", f"</{tag}>") for each, tag in tags.items()) if plain else None
    frame = operation.cache["query"] = _Frame(
        f"{PROLOGUE}<{name}Response{_namespace(operation.service)}>{opened}",
        f"{closed}<ResponseMetadata><RequestId>",
        f"</RequestId></ResponseMetadata></{name}Response>",
        texts,
    )
    return frame


def _write_texts(texts: tuple[tuple[str, str, str], ...] | None, output: Output, out: list[str]) -> bool:
    """Write a struct that has nothing but texts; False, and nothing is written, for anything else."""
    if texts is None or not isinstance(output, msgspec.Struct):
        return False
    for name, opened, closed in texts:
        value = getattr(output, name)
        if value is not None:
            out.append(f"{opened}{xml.escape(value)}{closed}")
    return True


def _namespace(service: Service | None) -> str:
    if service is None or not service.xml_namespace:
        return ""
    return f' xmlns="{xml.escape_attribute(service.xml_namespace)}"'


def _headers(request_id: str) -> Headers:
    return [CONTENT_TYPE, (b"x-amzn-requestid", request_id.encode())]


# ------------------------------------------------------------------------------------------------------- the
# form


def decode_text(text: str | bytes) -> str:
    """Percent-decoded UTF-8; `ValueError` if it is not UTF-8."""
    try:
        return unquoted(text).decode("utf-8")
    except UnicodeError as error:
        raise malformed("The request is not UTF-8.") from error


def unquoted(text: str | bytes) -> bytes:
    """Percent-decoded. What is long is decoded by codecs, some fifty times as fast; then every percent sign must stand
    before two hexadecimal digits, as clients send it. Raises `MalformedInput`."""
    if len(text) <= _LONG:
        return unquote_to_bytes(text)
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        return raw.replace(b"\\", b"%5C").replace(b"%", b"\\u00").decode("raw_unicode_escape").encode("latin-1")
    except UnicodeError as error:
        raise malformed("The request is not percent-encoded.") from error


def parse_fields(text: bytes | str) -> list[tuple[str, str]]:
    """The pairs of an `application/x-www-form-urlencoded` text, in their order."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    pairs = content.split(b"&", FIELDS_MAX)
    if len(pairs) > FIELDS_MAX:
        raise malformed("The request has too many parameters.")
    fields = []
    for pair in pairs:
        if pair:
            name, _, value = pair.partition(b"=")
            fields.append((decode_text(name.replace(b"+", b" ")), decode_text(value.replace(b"+", b" "))))
    return fields


def read_form(request: Request) -> Field:
    """The parameters of a request, those of the query string and those of the body, as a tree of dotted
    names."""
    root = Field()
    steps_left = _STEPS_MAX
    for source in (request.query, request.body):
        for name, value in parse_fields(source) if source else ():
            field = root
            steps = name.split(".", DEPTH_MAX)
            if len(steps) > DEPTH_MAX:
                raise malformed("The request's parameters are nested too deeply.")
            steps_left -= len(steps)
            if steps_left < 0:
                raise malformed("The request has too many parameters.")
            for step in steps:
                field = field.below.setdefault(step, Field())
            field.value = value
    return root


def _is_index(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 10


# -----------------------------------------------------------------------------------------------------
# parameters


def _read(shape: Shape, field: Field, depth: int) -> Any:
    if depth > DEPTH_MAX:
        raise malformed("The request's parameters are nested too deeply.")
    match shape.type:
        case "structure":
            return _read_structure(shape, field, depth)
        case "list":
            inner = field if shape.flattened else field.below.get(shape.member.location_name or "member")
            return _read_list(shape, inner or field, depth)
        case "map":
            return _read_map(shape, field if shape.flattened else field.below.get("entry", field), depth)
    if field.value is None:
        raise malformed("Start of structure or map found where not expected.")
    return xml.SCALARS[shape.type](field.value)


def _read_structure(shape: Shape, field: Field, depth: int) -> Params:
    if shape.is_document:
        return _read_document(field)
    params: Params = {}
    for name, member in shape.members.items():
        found = _member_field(name, member, field)
        if found is not None:
            params[name] = _read(member, found, depth + 1)
    return params


def _member_field(name: str, member: Shape, field: Field) -> Field | None:
    if member.type == "list" and member.flattened and member.member.location_name:
        found = field.below.get(member.member.location_name)
        if found is not None:
            return found
    found = field.below.get(member.location_name or name)
    # Clients have been written against both spellings.
    return found if found is not None else field.below.get(name)


def _read_document(field: Field) -> Params:
    if not field.value:
        return {}
    try:
        document: Params = msgspec.json.decode(field.value)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise malformed("not a document") from error
    return document


def _read_list(shape: Shape, field: Field, depth: int) -> list[Any]:
    items = field.items()
    if not items and field.value:
        # `AttributeName=All`, as the oldest clients write a list of one.
        items = [field]
    member = shape.member
    return [_read(member, item, depth + 1) for item in items]


def _read_map(shape: Shape, field: Field, depth: int) -> dict[str, Any]:
    key_name = shape.key.location_name or "key"
    value_name = shape.value.location_name or "value"
    entries: dict[str, Any] = {}
    items = field.items()
    if not items and key_name in field.below:
        # `Attribute.Name=…&Attribute.Value=…`: a map of one without its number, as the API reference writes it.
        items = [field]
    for item in items:
        key, value = item.below.get(key_name), item.below.get(value_name)
        if key is None or key.value is None:
            raise malformed("A map's entry needs a key.")
        if value is not None:
            entries[key.value] = _read(shape.value, value, depth + 1)
    return entries
