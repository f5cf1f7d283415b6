"""`chasqui access`: why a running server refused a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import click
import msgspec

from chasqui.cli.client import call

_VERDICTS = {"explicitDeny": "denied by a statement", "implicitDeny": "allowed by no statement"}


def explain(url: str, request_id: str) -> None:
    """Print why a request was refused. Raises `Unreachable`."""
    told = call(url, f"/_chasqui/access/explain?request={quote(request_id, safe='')}")
    for name, text in lines(told):
        click.echo(f"{name:<11}{text}".rstrip())


def lines(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A refusal line by line: (what it is about, text). What is about the same as the line before has no name."""
    who = told["who"]
    key = f" with access key {who['accessKey']}" if who["accessKey"] else ""
    yield "request", f"{told['request']} at {told['time']}"
    yield "who", (who["arn"] or "anonymous") + key
    yield "action", told["action"]
    yield "resource", told["resource"]
    yield "verdict", _VERDICTS.get(told["verdict"], told["verdict"])
    yield from _named("decided by", [_statement(each) for each in told["statements"]])
    if told["lacking"]:
        yield "lacking", f"no {told['lacking']} allows it"
    context = [f"{name} = {_value(value)}" for name, value in told["context"].items()]
    yield from _named("context", context + [f"{name} has no value" for name in told["missing"]])
    yield "advice", told["advice"]
    if told["statement"] is not None:
        yield from _named("statement", msgspec.json.format(msgspec.json.encode(told["statement"])).decode().split("\n"))


def _named(name: str, texts: list[str]) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(texts):
        yield ("" if number else name), text


def _statement(each: dict[str, Any]) -> str:
    sid = f" ({each['sid']})" if each["sid"] else ""
    return f"{each['effect']}, statement {each['index'] + 1}{sid} of {each['policy']}, {each['kind']}"


def _value(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
