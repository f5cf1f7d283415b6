"""The paths of REST operations, compiled into a trie: a method and a path to the operations that they may
mean.

Several services share paths (`/tags/{arn}`), and S3's operations share a path and differ in their query
strings and headers; `choose` decides between those of one service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from chasqui.wire.model import Operation
from chasqui.wire.rest import Bindings, Template, input_bindings, split_path


class Entry:
    """An operation with what a request must have, beside its path, to be one of it."""

    __slots__ = ("deprecated", "headers", "literals", "operation", "query", "service")

    def __init__(self, operation: Operation) -> None:
        bindings: Bindings = input_bindings(operation)
        required = set(operation.input.required) if operation.input is not None else set()
        self.operation = operation
        self.service = operation.service.name
        self.literals = bindings.template.literals
        self.query = [wire_name for name, wire_name, _ in bindings.query if name in required]
        self.headers = [wire_name.lower().encode() for name, wire_name, _ in bindings.headers if name in required]
        self.deprecated = bool(operation.facts.get("deprecated"))

    def score(self, query: Mapping[str, str], headers: Mapping[bytes, bytes]) -> int | None:
        """How many of the demands the request meets; None if it lacks one of the literals."""
        for name, value in self.literals.items():
            if name not in query or (value and query[name] != value):
                return None
        missing = sum(name not in query for name in self.query) + sum(name not in headers for name in self.headers)
        if missing:
            return -missing
        return len(self.literals) + len(self.query) + len(self.headers)


class Node:
    """A place in the trie, reached by the segments so far."""

    __slots__ = ("greedy", "label", "literals", "methods")

    def __init__(self) -> None:
        self.literals: dict[str, Node] = {}
        self.label: Node | None = None
        # What follows a greedy label, with what is there.
        self.greedy: list[tuple[list[str], dict[str, list[Entry]]]] = []
        self.methods: dict[str, list[Entry]] = {}


class PathTrie:
    """The operations of some services by their paths."""

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        self._root = Node()
        for operation in operations:
            self.add(operation)

    def add(self, operation: Operation) -> None:
        entry = Entry(operation)
        template: Template = input_bindings(operation).template
        node = self._root
        for literal, _ in template.segments:
            if literal is not None:
                node = node.literals.setdefault(literal, Node())
            else:
                node.label = node.label or Node()
                node = node.label
        methods = node.methods
        if template.greedy is not None:
            for tail, found in node.greedy:
                if tail == template.tail:
                    methods = found
                    break
            else:
                methods = {}
                node.greedy.append((template.tail, methods))
        methods.setdefault(operation.method, []).append(entry)

    def find(self, method: str, path: str) -> Iterator[list[Entry]]:
        """The entries of that method and path, the most literal paths first."""
        yield from _walk(self._root, split_path(path, keep_end=True), 0, method)


def _walk(node: Node, parts: list[str], at: int, method: str) -> Iterator[list[Entry]]:
    left = len(parts) - at
    if left == 0 or (left == 1 and not parts[at]):
        if method in node.methods:
            yield node.methods[method]
        return
    following = node.literals.get(parts[at])
    if following is not None:
        yield from _walk(following, parts, at + 1, method)
    if node.label is not None and parts[at]:
        yield from _walk(node.label, parts, at + 1, method)
    for tail, methods in node.greedy:
        if method in methods and left > len(tail) and parts[len(parts) - len(tail) :] == tail:
            yield methods[method]


def choose(entries: Iterable[Entry], query: Mapping[str, str], headers: Mapping[bytes, bytes]) -> Entry | None:
    """The entry that a request means: of those whose demands it meets the most demanding, else the nearest
    miss.

    A miss is a request that lacks a required member, which the operation itself has to refuse.
    """
    best: tuple[int, Entry] | None = None
    for entry in entries:
        score = entry.score(query, headers)
        if score is None:
            continue
        if best is None or score > best[0] or (score == best[0] and best[1].deprecated):
            best = (score, entry)
    return best[1] if best else None
