"""Messages and events as patterns see them: fields by path, each with its values.

Of a JSON document the path to a leaf is the names joined by dots, so that `{"a": {"b": 1}}` and `{"a.b": 1}` have the
same field, as with AWS. Arrays add nothing to a path; an empty array or object is no field. A value within objects in
an array remembers which element it came from (its chain), because all that a rule finds must come from one element:
`consistency.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import msgspec

from chasqui.patterns.values import Value, number_of, value_of

Chain = tuple[tuple[int, int], ...]
"""The elements around a value: (number of the array, place within it), outermost first."""


class Event(msgspec.Struct, frozen=True):
    """A message or event to be matched. Values of one field are distinct, or have distinct chains."""

    fields: dict[str, list[Value]]
    chains: dict[str, list[Chain]] | None = None
    """For fields that have any: one for each value."""
    nothing: str = ""
    """Why no pattern that wants anything matches, whatever the fields; empty when it may."""


class Interest:
    """The paths that patterns name, so that the rest of a document is not walked."""

    __slots__ = ("_counts", "leaves", "ways")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self.leaves = self._counts.keys()
        self.ways: dict[str, int] = {}
        """What a path may begin with, up to before a dot."""

    def add(self, path: str) -> None:
        self._counts[path] = self._counts.get(path, 0) + 1
        if self._counts[path] == 1:
            for way in _ways(path):
                self.ways[way] = self.ways.get(way, 0) + 1

    def remove(self, path: str) -> None:
        self._counts[path] -= 1
        if not self._counts[path]:
            del self._counts[path]
            for way in _ways(path):
                self.ways[way] -= 1
                if not self.ways[way]:
                    del self.ways[way]


def _ways(path: str) -> list[str]:
    return [path[:at] for at, character in enumerate(path) if character == "."]


def attributes_event(attributes: Iterable[tuple[str, str, str]]) -> Event:
    """The event of SNS message attributes: (name, data type, string value) each; binary ones are left out.

    A `String.Array` is each of its strings, numbers, booleans and nulls. What names a type of its own (`Number.float`)
    is what stands before the dot. A message without attributes matches nothing ("Key matching", SNS developer guide).
    """
    fields: dict[str, list[Value]] = {}
    for name, data_type, text in attributes:
        if data_type == "String.Array":
            values = _array(text)
            if values:
                fields[name] = values
        elif data_type.startswith("String"):
            fields[name] = [text]
        elif data_type.startswith("Number"):
            fields[name] = [number_of(text)]
    return Event(fields, None, "" if fields else "the message has no attributes")


def _array(text: str) -> list[Value]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return [text]
    if not isinstance(found, list):
        return [text]
    return list(dict.fromkeys(value_of(each) for each in found if not isinstance(each, dict | list)))


def body_event(body: str | bytes, interest: Interest | None = None) -> Event:
    """The event of a message's body, which no pattern matches unless it is a JSON object."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError):
        document = _decoded_slowly(body)
    except RecursionError:
        document = None
    return json_event(document, interest)


def _decoded_slowly(body: str | bytes) -> object:
    """What msgspec refuses: numbers of many digits, lone surrogates."""
    try:
        return json.loads(body, parse_constant=_not_json)
    except (ValueError, RecursionError):
        return None


def _not_json(constant: str) -> None:
    raise ValueError(constant)


def json_event(document: object, interest: Interest | None = None) -> Event:
    """The event of a parsed JSON document; with `interest` only of the fields that patterns name."""
    if not isinstance(document, Mapping):
        return Event({}, None, "the body is not a JSON object")
    walk = _Walk(interest)
    walk.run(document)
    for path, values in walk.fields.items():
        if len(values) > 1 and path not in walk.chains:
            walk.fields[path] = list(dict.fromkeys(values))
    return Event(walk.fields, walk.chains or None)


class _Walk:
    """Walks a document with a list of what is left to see, because documents may be deeper than calls."""

    def __init__(self, interest: Interest | None) -> None:
        self.fields: dict[str, list[Value]] = {}
        self.chains: dict[str, list[Chain]] = {}
        self._interest = interest
        self._arrays = 0
        self._left: list[tuple[str, object, Chain]] = []

    def run(self, document: Mapping[str, object]) -> None:
        self._object("", document, ())
        while self._left:
            path, node, chain = self._left.pop()
            if isinstance(node, dict):
                self._object(path + ".", node, chain)
            elif isinstance(node, list):
                self._array(path, node, chain)
            else:
                self._leaf(path, node, chain)

    def _object(self, prefix: str, found: Mapping[str, object], chain: Chain) -> None:
        interest = self._interest
        if interest is None:
            self._left += [(prefix + name, node, chain) for name, node in found.items()]
            return
        leaves, ways = interest.leaves, interest.ways
        for name, node in found.items():
            path = prefix + name
            if path in leaves or path in ways:
                if isinstance(node, dict | list):
                    self._left.append((path, node, chain))
                elif path not in leaves:
                    continue
                elif chain or path in self.fields:
                    self._leaf(path, node, chain)
                else:
                    self.fields[path] = [value_of(node)]

    def _array(self, path: str, found: list[object], chain: Chain) -> None:
        number = self._arrays
        self._arrays += 1
        for place, node in enumerate(found):
            if isinstance(node, dict | list):
                self._left.append((path, node, (*chain, (number, place))))
            else:
                self._leaf(path, node, chain)

    def _leaf(self, path: str, node: object, chain: Chain) -> None:
        values = self.fields.setdefault(path, [])
        if chain or path in self.chains:
            chains = self.chains.setdefault(path, [])
            chains += [()] * (len(values) - len(chains))
            chains.append(chain)
        values.append(value_of(node))
