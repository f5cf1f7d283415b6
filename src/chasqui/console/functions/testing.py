"""The tab "Test": an event for the function, and what came of it."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.bodies import indented
from chasqui.console.commands import boto3, cli
from chasqui.console.functions.facts import FunctionFacts, function_of, show
from chasqui.console.functions.samples import NAMES, sample
from chasqui.console.page import Page
from chasqui.console.routes import Route

_KINDS: Final = ("RequestResponse", "Event", "DryRun")
_SHOWN_MAX: Final = 64 * 1024
_REPORT: Final = re.compile(
    r"(Duration|Billed Duration|Init Duration|Memory Size|Max Memory Used): ([0-9.]+ (?:ms|MB))"
)


class Outcome(msgspec.Struct, frozen=True):
    """What an invocation gave. `error` is "Handled", "Unhandled" or "" for success; `text` is the answer, `cut` whether
    it is longer; `failure` what the answer says of an error; `report` Lambda's figures by name."""

    kind: str
    status: int
    error: str
    version: str
    text: str
    cut: bool
    failure: dict[str, Any]
    log: str
    report: dict[str, str]
    seconds: float

    @property
    def stack(self) -> str:
        """The stack trace of an error, "" where the runtime gave none."""
        trace = self.failure.get("stackTrace") or self.failure.get("trace") or []
        lines = trace if isinstance(trace, list) else [trace]
        return "\n".join(str(each).rstrip("\n") for each in lines)


def outcome_of(kind: str, answer: dict[str, Any], seconds: float) -> Outcome:
    """An Invoke's answer, read. Pure."""
    payload, log = (
        answer.get("Payload") or b"",
        base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace"),
    )
    text, document = pretty(payload)
    error = answer.get("FunctionError", "")
    return Outcome(
        kind,
        answer.get("StatusCode", 0),
        error,
        answer.get("ExecutedVersion", ""),
        text[:_SHOWN_MAX],
        len(text) > _SHOWN_MAX,
        document if error and isinstance(document, dict) else {},
        log,
        dict(_REPORT.findall(log)),
        seconds,
    )


def pretty(data: bytes) -> tuple[str, Any]:
    """A payload as it is shown, and what its JSON says (None where it is none)."""
    text = data.decode("utf-8", "replace")
    if len(data) > _SHOWN_MAX * 4:
        return text, None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text, None
    return indented(text) or text, document


async def tab(page: Page) -> Reply:
    """The editor."""
    chosen = page.query.get("sample", "hello")
    return await _shown(page, await function_of(page), sample(chosen, page.api.region, page.api.account), None, None)


async def _shown(
    page: Page, function: FunctionFacts, event: str, outcome: Outcome | None, problem: ServiceError | None
) -> Reply:
    name = f"{function.name}:{function.qualifier}" if function.qualifier else function.name
    shell = cli(page.api, "lambda", "Invoke", FunctionName=name, Payload=event, CliBinaryFormat="raw-in-base64-out")
    return await show(
        page,
        "functions/test.html",
        "test",
        function,
        event=event,
        kind=outcome.kind if outcome is not None else page.query.get("kind", "RequestResponse"),
        samples=NAMES,
        outcome=outcome,
        problem=problem,
        kept=f"{page.api.account}:{page.api.region}:{function.name}",
        command=(f"{shell} /dev/stdout", boto3(page.api, "lambda", "Invoke", FunctionName=name, Payload=event)),
    )


async def invoke(page: Page) -> Reply:
    """Invoke it, and say what came of it."""
    form, name, qualifier = await page.form(), page.places["name"], page.query.get("qualifier")
    kind = form["kind"] if form["kind"] in _KINDS else "RequestResponse"
    outcome, problem, began = None, None, time.monotonic()
    try:
        answer = await page.api(
            "lambda",
            "Invoke",
            FunctionName=name,
            Qualifier=qualifier or None,
            InvocationType=kind,
            LogType="Tail" if kind == "RequestResponse" else None,
            Payload=form["event"].encode("utf-8", "replace"),
        )
        outcome = outcome_of(kind, answer, time.monotonic() - began)
    except ServiceError as error:
        problem = error
    if page.partial:
        status = (problem.status or 400) if problem is not None else 200
        values: dict[str, Any] = {"outcome": outcome, "problem": problem, "denied": (), "name": name}
        return await page.render("functions/outcome.html", status, **values)
    return await _shown(page, await function_of(page), form["event"], outcome, problem)


ROUTES: Final = (
    Route("GET", "functions/{name}/test", tab),
    Route("POST", "functions/{name}/test", invoke),
)
