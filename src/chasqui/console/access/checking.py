"""What is wrong with a policy while it is written: asked by every policy editor of the console."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Reply
from chasqui.console.page import Page
from chasqui.console.policies import KINDS, problems
from chasqui.console.routes import Route

_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


async def check(page: Page) -> Reply:
    """The problems of the policy in the form's field `?field`, of the grammar `?kind`, that `?own` has."""
    form, field, kind = await page.form(), page.query["field"], KINDS.get(page.query["kind"])
    if kind is None or not _FIELD.fullmatch(field):
        raise ServiceError("InvalidRequest", "There is no such kind of policy.", status=400)
    # On a thread: a long policy takes longer than a request may hold the loop, and this is asked as somebody types.
    found = await asyncio.to_thread(problems, form[field], kind, page.text, page.query["own"])
    return await page.render("policy_problems.html", field=field, problems=found)


ROUTES: tuple[Route, ...] = (Route("POST", "access/policy-check", check),)
