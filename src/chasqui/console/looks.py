"""Calls whose refusal leaves a page with the rest to show: what was found, and what was refused."""

from __future__ import annotations

from typing import Any

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.console.page import Page


class Asked(msgspec.Struct, frozen=True):
    """What a call gave: its result, empty where there is nothing; or what refused it."""

    found: dict[str, Any]
    refused: ServiceError | None = None


async def ask(page: Page, service: str, operation: str, *absent: str, **params: Any) -> Asked:
    """A call for a page that has more to show. Errors whose codes are `absent` say that there is nothing."""
    try:
        return Asked(await page.api(service, operation, **params))
    except ServiceError as error:
        return Asked({}) if error.code in absent else Asked({}, error)


class Looks:
    """Calls of one page: `denied` is what was refused, each reason once. Errors whose codes are `absent` say that there
    is nothing."""

    def __init__(self, page: Page, *absent: str) -> None:
        self._page = page
        self._absent = absent
        self.denied: list[ServiceError] = []

    async def at(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """An operation's result; empty where there is nothing, or it is refused."""
        asked = await ask(self._page, service, operation, *self._absent, **params)
        if asked.refused is not None and asked.refused.message not in (each.message for each in self.denied):
            self.denied.append(asked.refused)
        return asked.found


def is_denial(error: ServiceError) -> bool:
    """Whether somebody may not, and not: whether something is wrong."""
    return error.status == 403 or error.code in ("AccessDenied", "AuthorizationError", "AccessDeniedException")
