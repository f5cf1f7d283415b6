"""The advisor's page: what it found, why that matters, and what mends it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.advisor.findings import SEVERITIES, Finding
from chasqui.console.advisor.rules import advise
from chasqui.console.advisor.wording import WORDS
from chasqui.console.landscape import landscape
from chasqui.console.language import N_
from chasqui.console.page import Page
from chasqui.console.routes import Route

_SHOWN: Final = 100
_NAMES = {"error": N_("Errors"), "warning": N_("Warnings"), "note": N_("Notes")}
_ONE = {"error": N_("Error"), "warning": N_("Warning"), "note": N_("Note")}


async def index(page: Page) -> Reply:
    """What there is to look at, the worst first."""
    found = await landscape(page.api)
    findings = await asyncio.to_thread(advise, found)
    wanted = page.query.get("severity")
    fitting = [each for each in findings if wanted in ("", each.severity)]
    shown = await asyncio.to_thread(_all_told, page, fitting[:_SHOWN])
    counts = {name: sum(each.severity == name for each in findings) for name in SEVERITIES}
    return await page.render(
        "advisor/index.html",
        found=found,
        shown=shown,
        hidden=max(0, len(fitting) - _SHOWN),
        counts=counts,
        names=_NAMES,
        one=_ONE,
        severity=wanted,
    )


def _all_told(page: Page, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [_told(page, each) for each in findings]


def _told(page: Page, finding: Finding) -> dict[str, Any]:
    words = WORDS[finding.code]
    values = {"name": finding.name, **finding.facts}
    return {
        "finding": finding,
        "title": page.text(words.title, **values),
        "why": page.text(words.why, **values),
        "address": page.href(*finding.page) if finding.page else "",
        "commands": "\n".join(finding.commands(page.api)),
    }


async def fix(page: Page) -> Reply:
    """Mend one finding: it is looked for again, so that what a form says decides nothing but which."""
    key = (await page.form()).get("key")
    findings = await asyncio.to_thread(advise, await landscape(page.api))
    finding = next((each for each in findings if each.key == key), None)
    if finding is None or not finding.steps:
        return page.redirect(page.href("advisor"), failed=page.text("There is nothing to mend there any more."))
    try:
        for step in finding.steps:
            await page.api(step.service, step.operation, **step.params)
    except ServiceError as error:
        return page.redirect(page.href("advisor"), failed=str(error))
    values = {"name": finding.name, **finding.facts}
    title = page.text(WORDS[finding.code].title, **values)
    return page.redirect(page.href("advisor"), done=page.text("Mended: %(title)s", title=title))


ROUTES: tuple[Route, ...] = (Route("GET", "advisor", index), Route("POST", "advisor", fix))
