"""Signing in and out, and the choices of language, theme, region and account."""

from __future__ import annotations

from typing import Final

from chasqui.base.arn import is_account
from chasqui.base.fronts import Reply
from chasqui.console import preferences as preferring
from chasqui.console.front import Sealer
from chasqui.console.language import LANGUAGES, PSEUDO
from chasqui.console.page import Page, cookie
from chasqui.console.routes import Route
from chasqui.console.sessions import COOKIE, HOURS, Sessions, token_of
from chasqui.server.guard import CONSOLE
from chasqui.server.house import House, TooManyGuesses, WrongKey

_KEPT: Final = preferring.YEAR_SECONDS
_REGIONAL: Final = {
    "queues": ("new",),
    "topics": ("new", "sms", "push", "mailbox", "phone"),
    "buckets": ("_new",),
    "functions": ("new", "logs"),
}
"""Sections whose pages are of one region's resources, and their pages that every region has."""


class Signing:
    """The pages before any other."""

    def __init__(self, house: House, sessions: Sessions, sealer: Sealer) -> None:
        self._house = house
        self._sessions = sessions
        self._sealer = sealer

    def routes(self) -> tuple[Route, ...]:
        """Its routes."""
        return (
            Route("GET", "sign-in", self.ask, open=True),
            Route("POST", "sign-in", self.sign_in, open=True),
            Route("POST", "sign-out", self.sign_out, open=True),
            Route("POST", "preferences", self.prefer, open=True),
        )

    async def ask(self, page: Page) -> Reply:
        """The form that asks for a key."""
        return await page.render("sign_in.html", back=_own(page, page.query.get("back")), problem="", access_key="")

    async def sign_in(self, page: Page) -> Reply:
        """A key's id and secret for a session."""
        form = await page.form()
        access_key, token = form.get("access_key").strip(), form.get("session_token").strip()
        back = _own(page, form.get("back"))
        try:
            await self._house.sign_in(page.api.guest, access_key, form.get("secret_key").strip(), token)
        except WrongKey:
            problem = page.text("This access key is not known, not active, or its secret is another one.")
            return await page.render("sign_in.html", 403, back=back, problem=problem, access_key=access_key)
        except TooManyGuesses:
            problem = page.text("Wrong secrets came too often for this key. Wait a moment.")
            return await page.render("sign_in.html", 429, back=back, problem=problem, access_key=access_key)
        await self._sessions.end(token_of(page.visit.header(b"cookie") or ""))
        session = await self._sessions.begin(access_key, self._sealer.seal(token.encode()) if token else b"")
        reply = page.redirect(back)
        kept = cookie(COOKIE, session, HOURS * 3600, page.visit.scheme)
        return Reply(reply.status, (*reply.headers, kept), reply.body)

    async def sign_out(self, page: Page) -> Reply:
        """End the session."""
        await self._sessions.end(token_of(page.visit.header(b"cookie") or ""))
        reply = page.redirect(page.href("sign-in" if self._house.mode == "strict" else "home"))
        return Reply(reply.status, (*reply.headers, cookie(COOKIE, "", 0, page.visit.scheme)), reply.body)

    async def prefer(self, page: Page) -> Reply:
        """Keep a choice, and go back to where it was made."""
        form = await page.form()
        fields, back = [], _own(page, form.get("back"))
        for name, chosen, fits in (
            (preferring.LANGUAGE, form.get("language"), _is_language),
            (preferring.THEME, form.get("theme"), _is_theme),
            (preferring.REGION, form.get("region"), _is_region),
            (preferring.ACCOUNT, form.get("account"), is_account),
        ):
            if fits(chosen):
                fields.append(cookie(name, chosen, _KEPT, page.visit.scheme))
                if name == preferring.REGION:
                    back = _moved(back, chosen)
        reply = page.redirect(back)
        return Reply(reply.status, (*reply.headers, *fields), reply.body)


def _is_language(value: str) -> bool:
    return value in LANGUAGES or value == PSEUDO


def _is_theme(value: str) -> bool:
    return value in ("light", "dark", "auto")


def _is_region(value: str) -> bool:
    return preferring.REGION_SHAPE.fullmatch(value) is not None


def _own(page: Page, back: str) -> str:
    """An address of the console's to go back to: nobody is led elsewhere."""
    return back if is_own(back) else page.href("home")


def is_own(address: str) -> bool:
    """Whether an address stays in the console, however a browser may read it: dots may be written as %2e, and end a
    part of the path; backslashes are slashes (URL standard, "path state")."""
    path = address.partition("?")[0].partition("#")[0]
    plain = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    dots = any(part.lower().replace("%2e", ".") in (".", "..") for part in path.split("/"))
    return plain and not dots and path.startswith(f"{CONSOLE}/") and "//" not in path


def _moved(address: str, region: str) -> str:
    """The same page in another region; of a resource, which is not there, its section's first page."""
    rest = address.removeprefix(f"{CONSOLE}/").partition("?")[0].split("/")[1:] or ["home"]
    section, word = rest[0], rest[1] if len(rest) > 1 else ""
    if section in _REGIONAL:
        rest = rest[:2] if word in _REGIONAL[section] else rest[:1]
    elif section == "access" and word == "keys":
        rest = rest[:2]
    return f"{CONSOLE}/{region}/{'/'.join(rest)}"
