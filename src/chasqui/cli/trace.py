"""`chasqui trace`: what became of a message that was published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import click

from chasqui.cli.client import call

_STEPS = {"event": "event", "trigger": "trigger", "invoke": "invoked"}


def trace(url: str, message: str, *, everything: bool) -> None:
    """Print the way of a message. Raises `Unreachable`."""
    told = call(url, f"/_chasqui/trace?message={quote(message, safe='')}")
    for line in lines(told, everything=everything):
        click.echo(line)


def lines(told: dict[str, Any], *, everything: bool) -> Iterator[str]:
    """A trace line by line; subscriptions whose filter did not let it through are counted, or shown too."""
    yield f"message    {told['message']}"
    if told["topic"]:
        yield f"published  {told['published']} to {told['topic']}"
    if told["publisher"]:
        yield f"by         {told['publisher']}"
    for name in ("subject", "group", "sequence"):
        if told[name]:
            yield f"{name:<11}{told[name]}"
    shown = [each for each in told["subscriptions"] if everything or each["verdict"] != "filtered"]
    few = len(told["subscriptions"]) <= 20
    for each in told["subscriptions"] if few else shown:
        yield from _subscription(each)
    for step in told["steps"]:
        result = "done" if step["ok"] else f"failed: {step['reason']}"
        yield f"{_STEPS[step['what']]:<11}{step['at']} {step['source']} -> {step['target']} {result}"
    if not told["topic"]:
        return
    if not told["subscriptions"]:
        yield "The topic had no subscriptions."
    elif not few and not everything and told["filtered"]:
        yield f"{told['filtered']} more subscriptions did not get it because of their filters: --all shows them."


def _subscription(each: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"{each['protocol']} {each['endpoint']}"
    yield f"  subscription  {each['subscription']}"
    yield f"  verdict       {each['verdict']}{': ' + each['reason'] if each['reason'] else ''}"
    for attempt in each["attempts"]:
        result = "delivered" if attempt["ok"] else attempt["reason"] or "failed"
        status = f" ({attempt['status']})" if attempt["status"] else ""
        yield f"  attempt {attempt['number']:<6}{attempt['at']} {result}{status} in {attempt['dwellMs']} ms"
    if each.get("uncertain"):
        yield f"  uncertain     {each['uncertain']}"
    if each.get("now"):
        yield f"  now           {each['now']}"
