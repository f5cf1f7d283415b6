"""The tab "Code": what is in the package, changing it, another package, downloading it."""

from __future__ import annotations

import asyncio
import tempfile
from typing import IO, Any, Final

from chasqui.base.bodies import Outgoing
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.commands import Contents, both
from chasqui.console.forms import Form
from chasqui.console.functions.archives import EDITED_BYTES_MAX, Listing, Shown, Unreadable, look, replaced
from chasqui.console.functions.creating import code_of
from chasqui.console.functions.facts import FunctionFacts, function_of, show
from chasqui.console.functions.uploads import form_with_file
from chasqui.console.page import Page
from chasqui.console.routes import Route

_HELD_BYTES: Final = 4 * 1024 * 1024
_LOOKED_AT_BYTES_MAX: Final = 256 * 1024 * 1024


async def tab(page: Page) -> Reply:
    """The files of a version."""
    return await _shown(page, await function_of(page), Form({}), None)


async def _shown(page: Page, function: FunctionFacts, typed: Form, problem: ServiceError | None) -> Reply:
    listing, shown, unreadable = await _contents(page, function)
    values: dict[str, Any] = {
        "listing": listing,
        "shown": shown,
        "unreadable": unreadable,
        "typed": typed,
        "problem": problem,
        "command": both(
            page.api, "lambda", "UpdateFunctionCode", FunctionName=function.name, ZipFile=Contents("package.zip")
        ),
    }
    return await show(page, "functions/code.html", "code", function, **values)


async def _contents(page: Page, function: FunctionFacts) -> tuple[Listing | None, Shown | None, str]:
    """The package's files, the one that is looked at, and why nothing can be seen."""
    if not function.location:
        return None, None, page.text("The code is an image: %(name)s", name=function.configuration.get("ImageUri", ""))
    if function.configuration.get("CodeSize", 0) > _LOOKED_AT_BYTES_MAX:
        return None, None, page.text("The package is too large to be looked into here.")
    with tempfile.SpooledTemporaryFile(_HELD_BYTES) as file:
        await _fetched(page, function, file)
        try:
            return (*await asyncio.to_thread(look, file, page.query.get("file")), "")  # type: ignore[arg-type]
        except Unreadable as error:
            return None, None, page.text("The package can't be read: %(reason)s", reason=error)


async def _fetched(page: Page, function: FunctionFacts, file: IO[bytes]) -> None:
    """The package's bytes, on a disk where there are many."""
    async for piece in await page.api.follow(function.location):
        if file.tell() + len(piece) > _HELD_BYTES:
            await asyncio.to_thread(file.write, piece)
        else:
            file.write(piece)


async def update(page: Page) -> Reply:
    """Other code: a zip file or an object."""
    form, file = await form_with_file(page)
    function = await function_of(page)
    runtime, handler = function.configuration.get("Runtime", ""), function.configuration.get("Handler", "")
    try:
        code = await code_of(page, form, file, runtime, handler)
        await _update(page, function, form, code)
    except ServiceError as error:
        return await page.failed(error) if page.partial else await _shown(page, function, form, error)
    return _done(page, function)


async def edit(page: Page) -> Reply:
    """One file with another text."""
    form, function = await page.form(), await function_of(page)
    try:
        if function.configuration.get("CodeSize", 0) > EDITED_BYTES_MAX:
            raise ServiceError(
                "InvalidParameterValueException", page.text("The package is too large to be changed here.")
            )
        with tempfile.SpooledTemporaryFile(_HELD_BYTES) as file:
            await _fetched(page, function, file)
            file.seek(0)
            data = await asyncio.to_thread(replaced, file.read(), form["file"], form["text"])
        await _update(page, function, form, {"ZipFile": data})
    except Unreadable as error:
        problem = ServiceError("InvalidParameterValueException", str(error))
        return await _shown(page, function, form, problem)
    except ServiceError as error:
        return await _shown(page, function, form, error)
    return _done(page, function, form["file"])


async def _update(page: Page, function: FunctionFacts, form: Form, code: dict[str, Any]) -> None:
    await page.api(
        "lambda",
        "UpdateFunctionCode",
        FunctionName=function.name,
        RevisionId=form["revision"] or None,
        Publish=True if form.flag("publish") else None,
        **code,
    )


def _done(page: Page, function: FunctionFacts, file: str = "") -> Reply:
    return page.redirect(
        page.href("functions", function.name, "code", file=file),
        done=page.text("The code of %(name)s was updated.", name=function.name),
    )


async def download(page: Page) -> Reply:
    """The package as it is kept."""
    function = await function_of(page)
    if not function.location:
        raise ServiceError("InvalidRequest", page.text("The function has no package."), status=400)
    pieces = await page.api.follow(function.location)
    size = function.configuration.get("CodeSize")
    version = function.configuration.get("Version", "").replace("$", "")
    return page.download(f"{function.name}-{version}.zip", "application/zip", Outgoing(pieces, size))


ROUTES: Final = (
    Route("GET", "functions/{name}/code", tab),
    Route("POST", "functions/{name}/code", update),
    Route("POST", "functions/{name}/code/file", edit),
    Route("GET", "functions/{name}/package", download),
)
