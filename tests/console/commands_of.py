"""What pages show to copy, and to which forms it belongs: pages read as HTML, and commands read as the AWS CLI reads
them."""

from __future__ import annotations

import json
import shlex
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import msgspec
from botocore import xform_name
from botocore.session import Session
from botocore.validate import ParamValidator

from chasqui.console.routes import Routes
from chasqui.console.sections import routes

CONSOLE = "/_chasqui/console/us-east-1/"
_SERVICES = {"s3api": "s3"}
_GLOBAL = {"endpoint-url", "region", "cli-binary-format", "query", "max-items", "output"}
_RENAMED = {
    ("subscribe", "notification-endpoint"): "Endpoint",
    ("create-function", "zip-file"): "Code",
    ("publish-layer-version", "zip-file"): "Content",
}
"""As the CLI calls what would be taken for an option of its own, and files that it packs."""
_ELSEWHERE = {("s3", "presign"), ("s3", "cp"), ("logs", "tail")}
"""Commands of the CLI's own, which are no operations."""


class Seen(msgspec.Struct, frozen=True):
    """A page: the routes to which its forms are sent, and the commands that it shows."""

    path: str
    routes: frozenset[str]
    commands: tuple[str, ...]

    @property
    def operations(self) -> set[str]:
        """The operations that its commands call: "iam create-user"; control endpoints as "curl DELETE /path"."""
        return {name_of(each) for each in self.commands} - {""}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.actions: set[str] = set()
        self.codes: list[str] = []
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post" and given.get("action"):
            self.actions.add(given["action"] or "")
        for name in ("formaction", "hx-post"):
            if given.get(name):
                self.actions.add(given[name] or "")
        if tag == "code":
            self._in_code = True
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            self._in_code = False

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.codes[-1] += data


@cache
def _table() -> Routes:
    return Routes(routes())


def route_of(action: str) -> str:
    """The route of a form's address, by its path; "" for one of the shell's own."""
    path = urlsplit(action).path.removeprefix(CONSOLE)
    found = _table().find("POST", path)
    return found[0].path if found else ""


def seen_of(path: str, text: str) -> Seen:
    """A page, read."""
    reader = _Reader()
    reader.feed(text)
    lines = [line for code in reader.codes for line in _lines(code)]
    return Seen(path, frozenset(map(route_of, reader.actions)) - {""}, tuple(dict.fromkeys(lines)))


def _lines(code: str) -> list[str]:
    """The commands of a text to copy. What is quoted may have several lines."""
    if not code.startswith(("aws ", "curl ")):
        return []
    found: list[str] = []
    for line in code.split("\n"):
        if found and not _closed(found[-1]):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _closed(line: str) -> bool:
    try:
        shlex.split(line)
    except ValueError:
        return False
    return True


def name_of(command: str) -> str:
    """What a command calls."""
    words = shlex.split(command)
    if words[0] == "curl":
        return f"curl {words[2]} {urlsplit(words[3]).path}"
    rest = [each for each in _without_globals(words[1:]) if not each.startswith("--")]
    return " ".join(rest[:2])


def _without_globals(words: list[str]) -> list[str]:
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("--") and word[2:] in _GLOBAL:
            skip = True
        else:
            kept.append(word)
    return kept


@cache
def _model(service: str) -> Any:
    return Session().get_service_model(_SERVICES.get(service, service))


def problem_of(command: str) -> str:
    """What the AWS CLI would find wrong with a command before it is sent; "" for nothing."""
    words = _without_globals(shlex.split(command)[1:])
    service, operation, *options = words
    if (service, operation) in _ELSEWHERE:
        return ""
    names = {xform_name(each, "-"): each for each in _model(service).operation_names}
    if operation not in names:
        return f"no operation {operation}"
    model = _model(service).operation_model(names[operation])
    members = {xform_name(each, "-"): each for each in model.input_shape.members} if model.input_shape else {}
    given, problem = _read(operation, options, members, model)
    if problem or model.input_shape is None:
        return problem
    return str(ParamValidator().validate(given, model.input_shape).generate_report())


def _read(operation: str, words: list[str], members: dict[str, str], model: Any) -> tuple[dict[str, Any], str]:
    given: dict[str, Any] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            continue  # the file that a download is written to
        name, equals, value = word[2:].partition("=")
        member = _RENAMED.get((operation, name)) or members.get(name)
        if name == "cli-input-json":
            given |= json.loads(waiting.pop(0))
        elif member is None and name.startswith("no-") and name[3:] in members:
            given[members[name[3:]]] = False
        elif member is None:
            return {}, f"no option --{name}"
        elif model.input_shape.members[member].type_name == "boolean":
            given[member] = True
        else:
            text = value if equals else waiting.pop(0)
            try:
                given[member] = _value(text, model.input_shape.members[member])
            except ValueError as error:
                return {}, f"--{name} {text}: {error}"
    return given, ""


def _value(text: str, shape: Any) -> Any:
    if text.startswith(("fileb://", "file://")):
        return b"" if shape.type_name == "blob" else _filled(shape)
    if shape.type_name in ("structure", "list", "map"):
        # Else in the CLI's shorthand: "OnFailure={Destination=ARN}".
        return json.loads(text) if text.startswith(("{", "[")) else _filled(shape)
    return int(text) if shape.type_name in ("integer", "long") else text


def _filled(shape: Any) -> Any:
    """A value with what it must have: what it is in truth stands in a file."""
    if shape.type_name == "structure":
        return {name: _filled(shape.members[name]) for name in shape.required_members}
    return {"list": [], "map": {}, "string": "x"}.get(shape.type_name, 0)
