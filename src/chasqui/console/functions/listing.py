"""The list of functions."""

from __future__ import annotations

from typing import Any, Final

from chasqui.base.fronts import Reply
from chasqui.console.functions.facts import ABSENT, seconds_of
from chasqui.console.looks import Looks
from chasqui.console.page import Page
from chasqui.console.routes import Route

_PAGE: Final = 50
_CALLS_MAX: Final = 20
"""So many pages are looked through for a search, before the reader is asked to go on."""


async def index(page: Page) -> Reply:
    """Functions by name, those that a search is for."""
    found, marker = await _found(page)
    looks, rows = Looks(page, *ABSENT), []
    for each in found:
        told = await looks.at("lambda", "GetFunctionConfiguration", FunctionName=each["FunctionName"])
        rows.append((each, seconds_of(each.get("LastModified")), told.get("State", "")))
    values: dict[str, Any] = {"rows": rows, "marker": marker, "denied": looks.denied}
    return await page.render("functions/rows.html" if page.partial else "functions/index.html", **values)


async def _found(page: Page) -> tuple[list[dict[str, Any]], str]:
    """A page of the functions whose name or description has what is searched for."""
    wanted, runtime = page.query.get("q").strip().lower(), page.query.get("runtime")
    marker, found = page.query.get("marker"), list[dict[str, Any]]()
    for _ in range(_CALLS_MAX):
        told = await page.api("lambda", "ListFunctions", MaxItems=_PAGE, Marker=marker or None)
        for each in told.get("Functions", ()):
            text = f"{each['FunctionName']} {each.get('Description', '')}".lower()
            if wanted in text and each.get("Runtime", "").startswith(runtime):
                found.append(each)
        marker = told.get("NextMarker") or ""
        if not marker or len(found) >= _PAGE:
            break
    return found, marker


async def opened(page: Page) -> Reply:
    """A function's own address leads to its first tab."""
    return page.redirect(page.href("functions", page.places["name"], "code"))


FIRST_ROUTES: Final = (Route("GET", "functions", index),)
LAST_ROUTES: Final = (Route("GET", "functions/{name}", opened),)
"""After those whose second segment is a word."""
