"""Calls whose refusal leaves a page with the rest to show: what was found, and what was refused."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chasqui.base.errors import ServiceError
from chasqui.console.page import Page

ALL_MAX: Final = 1000
"""Entries of a listing after which a page asks for no more of it."""
_TOKENS: Final = {"lambda": ("Marker", "NextMarker"), "kms": ("Marker", "NextMarker"), "iam": ("Marker", "Marker")}


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


async def all_of(
    page: Page, service: str, operation: str, member: str, *absent: str, offered: bool = False, **params: Any
) -> Asked:
    """A listing from its first page to its last: what is in `member`, `ALL_MAX` entries or a page more at most. The
    page says so where it has more; `offered`: the entries are offered to choose from, and others can be typed."""
    given, answered = _TOKENS.get(service, ("NextToken", "NextToken"))
    found: list[Any] = []
    token: str | None = None
    while True:
        asked = await ask(page, service, operation, *absent, **params, **({given: token} if token else {}))
        found += asked.found.get(member, ())
        token = asked.found.get(answered)
        if not token or asked.refused is not None:
            break
        if len(found) >= ALL_MAX:
            tell_cut(page, len(found), offered=offered)
            break
    return Asked({**asked.found, member: found}, asked.refused)


def tell_cut(page: Page, count: int, *, offered: bool = False) -> None:
    """Have the page say that a list of it ends here, and not because there is no more."""
    number = page.language.number(count)
    if offered:
        said = page.text("Only the first %(count)s are offered to choose from; type any other.", count=number)
    else:
        said = page.text("A list of this page ends after %(count)s entries; there are more.", count=number)
    if said not in page.cuts:
        page.cuts.append(said)


class Looks:
    """Calls of one page: `denied` is what was refused, each reason once. Errors whose codes are `absent` say that there
    is nothing."""

    def __init__(self, page: Page, *absent: str) -> None:
        self._page = page
        self._absent = absent
        self.denied: list[ServiceError] = []

    async def at(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """An operation's result; empty where there is nothing, or it is refused."""
        return self._noted(await ask(self._page, service, operation, *self._absent, **params))

    async def all(
        self, service: str, operation: str, member: str, *, offered: bool = False, **params: Any
    ) -> list[Any]:
        """The entries of a listing, as `all_of` has them."""
        asked = await all_of(self._page, service, operation, member, *self._absent, offered=offered, **params)
        found: list[Any] = self._noted(asked).get(member, [])
        return found

    def _noted(self, asked: Asked) -> dict[str, Any]:
        if asked.refused is not None and asked.refused.message not in (each.message for each in self.denied):
            self.denied.append(asked.refused)
        return asked.found


def is_denial(error: ServiceError) -> bool:
    """Whether somebody may not, and not: whether something is wrong."""
    return error.status == 403 or error.code in ("AccessDenied", "AuthorizationError", "AccessDeniedException")
