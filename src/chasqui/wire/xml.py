"""XML both ways: a reader that takes plain elements only, and writers and readers of shapes for the XML
protocols.

The reader refuses document types (so no entities can be declared), processing stops at `DEPTH_MAX`, and
namespaces are dropped. Of characters that XML 1.0 cannot carry, the writer makes U+FFFD: an answer must stay
one that clients can read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.parsers import expat

from chasqui.wire import values
from chasqui.wire.model import Shape
from chasqui.wire.protocol import DEPTH_MAX, output_members

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SPECIAL = re.compile("[&<>\r\x85\u2028]")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "\x85": "&#x85;", "\u2028": "&#x2028;"}
ATTRIBUTE_ESCAPES = {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


class XmlError(ValueError):
    """The bytes are not XML that this reader takes."""


class Node:
    """An element: its name and attributes without namespaces, its children, its text."""

    __slots__ = ("attributes", "children", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Node] = []
        self.parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def named(self, name: str) -> list[Node]:
        return [child for child in self.children if child.name == name]


def parse(content: bytes) -> Node:
    """The root element of a document; `XmlError` if it is none, has a DTD, or nests too deeply."""
    root = Node("", {})
    stack = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > DEPTH_MAX:
            raise XmlError("nested too deeply")
        node = Node(_local(name), {_local(key): value for key, value in attributes.items()})
        stack[-1].children.append(node)
        stack.append(node)

    def end(_: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].parts.append(data)

    def doctype(*_: object) -> None:
        raise XmlError("a document type is not allowed")

    # Clients send UTF-8; a declaration of something else must not choose the decoder.
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise XmlError(str(error)) from error
    return root.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def escape(text: str) -> str:
    """Character data."""
    text = ILLEGAL.sub("\ufffd", text)
    return SPECIAL.sub(lambda match: ESCAPES[match[0]], text) if SPECIAL.search(text) else text


def escape_attribute(text: str) -> str:
    text = escape(text)
    for character, escaped in ATTRIBUTE_ESCAPES.items():
        text = text.replace(character, escaped)
    return text


# ---------------------------------------------------------------------------------------------------------
# writing


def write_members(shape: Shape, value: Any, out: list[str], skip_located: bool = False) -> None:
    """The members of a structure as elements, one after the other."""
    for name, item in output_members(value).items():
        if item is None:
            continue
        member = shape.members[name]
        if (skip_located and member.location) or member.facts.get("xmlAttribute"):
            continue
        write_element(member, member.location_name or name, item, out)


def write_element(shape: Shape, name: str, value: Any, out: list[str]) -> None:
    """One member: an element, or several when the shape is flattened."""
    match shape.type:
        case "structure":
            out.append(f"<{name}{_namespace(shape)}{_attributes(shape, value)}>")
            write_members(shape, value, out)
            out.append(f"</{name}>")
        case "list":
            _write_list(shape, name, value, out)
        case "map":
            _write_map(shape, name, value, out)
        case _:
            out.append(f"<{name}{_namespace(shape)}>{escape(format_scalar(shape, value))}</{name}>")


def _write_list(shape: Shape, name: str, value: Any, out: list[str]) -> None:
    member = shape.member
    if shape.flattened:
        for item in value:
            write_element(member, member.location_name or name, item, out)
        return
    out.append(f"<{name}{_namespace(shape)}>")
    for item in value:
        write_element(member, member.location_name or "member", item, out)
    out.append(f"</{name}>")


def _write_map(shape: Shape, name: str, value: Mapping[str, Any], out: list[str]) -> None:
    key_name = shape.key.location_name or "key"
    value_name = shape.value.location_name or "value"
    entry = name if shape.flattened else "entry"
    if not shape.flattened:
        out.append(f"<{name}>")
    for key, item in value.items():
        if item is None:
            continue
        out.append(f"<{entry}><{key_name}>{escape(key)}</{key_name}>")
        write_element(shape.value, value_name, item, out)
        out.append(f"</{entry}>")
    if not shape.flattened:
        out.append(f"</{name}>")


def _namespace(shape: Shape) -> str:
    namespace = shape.facts.get("xmlNamespace")
    if not namespace:
        return ""
    if isinstance(namespace, str):
        return f' xmlns="{escape_attribute(namespace)}"'
    prefix = f":{namespace['prefix']}" if "prefix" in namespace else ""
    return f' xmlns{prefix}="{escape_attribute(namespace["uri"])}"'


def _attributes(shape: Shape, value: Any) -> str:
    written = ""
    given = output_members(value)
    for name, member in shape.members.items():
        if member.facts.get("xmlAttribute") and given.get(name) is not None:
            text = escape_attribute(format_scalar(member, given[name]))
            written += f' {member.location_name or name}="{text}"'
    return written


def format_scalar(shape: Shape, value: Any) -> str:
    """A scalar as the text of an element."""
    match shape.type:
        case "blob":
            return values.format_blob(value)
        case "boolean":
            return values.format_boolean(value)
        case "timestamp":
            return str(values.format_timestamp(value, shape.facts.get("timestampFormat", "iso8601")))
        case "float" | "double":
            return values.format_float(value)
    return str(value)


# ---------------------------------------------------------------------------------------------------------
# reading


def read_element(shape: Shape, node: Node) -> Any:
    """An element as the shape's Python value; `ValueError` when its text is not the scalar it should be."""
    match shape.type:
        case "structure":
            return read_members(shape, node)
        case "list":
            member = shape.member
            return [read_element(member, child) for child in node.named(member.location_name or "member")]
        case "map":
            return _read_entries(shape, node.named("entry"))
    return SCALARS[shape.type](node.text)


def read_members(shape: Shape, node: Node) -> dict[str, Any]:
    """The members of a structure that are elements or attributes; those with another location are not looked
    for."""
    params: dict[str, Any] = {}
    for name, member in shape.members.items():
        if member.location:
            continue
        wire_name = member.location_name or name
        if member.facts.get("xmlAttribute"):
            text = node.attributes.get(_local(wire_name))
            if text is not None:
                params[name] = text
            continue
        if member.flattened and member.type in ("list", "map"):
            found = node.named(wire_name) or node.named(_item_name(member, wire_name))
            if found:
                params[name] = _read_flattened(member, found)
            continue
        for child in node.children:
            if child.name == wire_name:
                params[name] = read_element(member, child)
                break
    return params


def _item_name(shape: Shape, default: str) -> str:
    return (shape.member.location_name if shape.type == "list" else None) or default


def _read_flattened(shape: Shape, nodes: list[Node]) -> Any:
    if shape.type == "list":
        member = shape.member
        return [read_element(member, node) for node in nodes]
    return _read_entries(shape, nodes)


def _read_entries(shape: Shape, nodes: list[Node]) -> dict[str, Any]:
    key_name = shape.key.location_name or "key"
    value_name = shape.value.location_name or "value"
    entries = {}
    for node in nodes:
        keys, items = node.named(key_name), node.named(value_name)
        if not keys or not items:
            raise ValueError("a map's entry needs a key and a value")
        entries[keys[0].text] = read_element(shape.value, items[0])
    return entries


def _number(kind: str) -> Callable[[str], int]:
    return lambda text: values.parse_integer(text.strip(), kind)


SCALARS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "character": str,
    "blob": lambda text: values.parse_blob("".join(text.split())),
    "boolean": lambda text: values.parse_boolean(text.strip()),
    "integer": _number("integer"),
    "short": _number("short"),
    "byte": _number("byte"),
    "long": _number("long"),
    "float": lambda text: values.parse_float(text.strip()),
    "double": lambda text: values.parse_float(text.strip()),
    "timestamp": lambda text: values.parse_timestamp(text.strip()),
}
