"""The console: from a visit to an answer. Who visits, in which language; then the section's function."""

from __future__ import annotations

import asyncio
import gc
import hmac
import logging
from typing import Any, Final

import msgspec

from chasqui.access.caller import DEFAULT_ACCOUNT
from chasqui.access.identity.directory import Identity
from chasqui.base.bodies import Outgoing
from chasqui.base.errors import ChasquiError, ServiceError
from chasqui.base.fronts import Reply, Visit
from chasqui.base.settings import Settings
from chasqui.console import preferences as preferring
from chasqui.console.api import Api
from chasqui.console.assets import Assets
from chasqui.console.front import Sealer
from chasqui.console.guarding import STATIC, is_arrival, page_fields, refusal
from chasqui.console.page import EVENTS, Page, Visitor, cookie
from chasqui.console.preferences import REGION_SHAPE, REGIONS, Preferences
from chasqui.console.rendering import Renderer
from chasqui.console.routes import Route, Routes
from chasqui.console.sections import MENU, routes, sections_of
from chasqui.console.sessions import COOKIE, Session, Sessions, csrf_of, new_token, token_of
from chasqui.console.signing import Signing
from chasqui.console.streams import Streams
from chasqui.server.guard import CONSOLE
from chasqui.server.guests import Guest
from chasqui.server.house import House, WrongKey
from chasqui.store.port import Store

_log = logging.getLogger("chasqui.console")

_PLAIN: Final = ((b"content-type", b"text/plain; charset=utf-8"), (b"x-content-type-options", b"nosniff"))
_CSRF: Final = b"x-chasqui-csrf"
_STRANGERS_FORM_BYTES_MAX: Final = 64 * 1024
# The page takes its reader to itself: then the browser says that it comes from here, and sends the session's cookie.
_BOUNCE: Final = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>Chasqui</title>'


class Known(msgspec.Struct, frozen=True):
    """Who visits: `token` is the browser's cookie, `identity` None where somebody must sign in first."""

    token: str
    fresh: bool
    identity: Identity | None
    signed_in: bool


class Site:
    """The console of one server."""

    def __init__(
        self,
        house: House,
        store: Store,
        sealer: Sealer,
        hosts: frozenset[str],
        settings: Settings,
        assets: Assets,
    ) -> None:
        self._house = house
        self._hosts = hosts
        self._settings = settings
        self._assets = assets
        self._renderer = Renderer(assets)
        self._sessions = Sessions(store, house.clock)
        self._signing = Signing(house, self._sessions, sealer)
        self._routes = {"": Routes(self._signing.routes())}
        self._sealer = sealer
        self._streams = Streams()
        house.on_leaving(self._streams.end)

    async def answer(self, visit: Visit) -> Reply:
        """The answer to a visit. Never raises what a visitor can cause."""
        reason = refusal(visit.method, visit.table, self._hosts)
        if reason is not None:
            return Reply(403, _PLAIN, reason.encode())
        if visit.path.startswith(STATIC):
            found = self._assets.reply(visit.path, visit.header(b"accept-encoding") or "")
            return found or Reply(404, _PLAIN, b"There is no such file.")
        if is_arrival(visit.method, visit.table):
            return Reply(200, page_fields(visit.host), _BOUNCE.encode())
        cookies = preferring.cookies_of(visit.header(b"cookie") or "")
        token = token_of(visit.header(b"cookie") or "")
        choices = preferring.preferences_of(
            cookies, visit.header(b"accept-language") or "", DEFAULT_ACCOUNT, self._settings.region
        )
        known = await self._who(token, choices)
        reply = await self._served(visit, known, choices, cookies)
        if known.fresh:
            reply = msgspec.structs.replace(
                reply, headers=(*reply.headers, cookie(COOKIE, known.token, None, visit.scheme))
            )
        return reply

    async def _who(self, token: str, choices: Preferences) -> Known:
        """Whose session it is; without one, whoever this server believes in."""
        session = await self._sessions.find(token)
        if session is not None:
            try:
                return Known(token, False, await self._holder(session), True)
            except WrongKey:
                await self._sessions.end(token)
        identity = None if self._house.mode == "strict" else self._house.believed(choices.account)
        return Known(token or new_token(), not token, identity, False)

    async def _holder(self, session: Session) -> Identity:
        """Who has signed in, as of now. Raises `WrongKey`."""
        try:
            token = self._sealer.open(session.token).decode() if session.token else ""
        except ChasquiError as error:  # what it was sealed with has gone
            raise WrongKey(session.access_key) from error
        return await self._house.holder(session.access_key, token)

    async def _served(self, visit: Visit, known: Known, choices: Preferences, cookies: dict[str, str]) -> Reply:
        """The section's answer."""
        path = visit.path[len(CONSOLE) :].strip("/")
        region, _, rest = path.partition("/")
        if not REGION_SHAPE.fullmatch(region):
            return _found(f"{CONSOLE}/{choices.region}/{path or 'home'}{'?' if visit.query else ''}{visit.query}")
        if not rest:
            return _found(f"{CONSOLE}/{region}/home")
        method = "GET" if visit.method == "HEAD" else visit.method
        table = await self._table(rest.partition("/")[0])
        found = table.find(method, rest)
        page = self._page(visit, known, choices, region, found, cookies)
        if method != "GET":
            page.path = f"{CONSOLE}/{region}/{table.page_above(rest)}"
        if found is None:
            above = table.page_above(rest) if method == "GET" and table.find("POST", rest) is not None else ""
            # What a form was sent to, asked for as a page: by a reload, a bookmark, the way back.
            return _found(f"{CONSOLE}/{region}/{above}") if above else await page.render("missing.html", 404)
        route = found[0]
        if known.identity is None and not route.open:
            return await self._turned_away(page, visit)
        if known.identity is None:
            page.form_bytes_max = _STRANGERS_FORM_BYTES_MAX
        return await self._run(page, route, known, choices)

    async def _table(self, segment: str) -> Routes:
        """The routes of addresses that begin with this segment. Sections are loaded when somebody opens them."""
        sections = sections_of(segment)
        if not sections:
            return self._routes[""]
        if segment not in self._routes:
            self._routes[segment] = Routes(await asyncio.to_thread(tuple, routes(sections)))
            gc.freeze()  # as in `front.py`
        return self._routes[segment]

    async def _turned_away(self, page: Page, visit: Visit) -> Reply:
        """To the door, and back afterwards. A script is told 401: nothing is swapped in, no stream laid anew."""
        sent = visit.method not in ("GET", "HEAD")
        failed = page.text("You are not signed in any more, so nothing was done.") if sent else ""
        if page.partial:
            back = (visit.header(b"hx-current-url") or "").removeprefix(page.api.base_url)
            return msgspec.structs.replace(page.redirect(page.href("sign-in", back=back), failed=failed), status=401)
        back = page.came_from if sent else f"{visit.path}{'?' if visit.query else ''}{visit.query}"
        return page.redirect(page.href("sign-in", back=back), failed=failed)

    async def _check_meant(self, page: Page, known: Known) -> None:
        """What changes something is sent by a page of this visitor's, with the token that only those know. Raises
        `ServiceError`."""
        visit = page.visit
        told = visit.header(_CSRF)
        if told is None and not known.fresh:
            kind = visit.header(b"content-type") or ""
            told = (await page.form()).raw("csrf") if kind.startswith("application/x-www-form-urlencoded") else ""
        if known.fresh or not hmac.compare_digest((told or "").encode(), csrf_of(known.token).encode()):
            said = page.text("This form is of another visit. Go back, load the page again and send it once more.")
            raise ServiceError("InvalidCsrfToken", said, status=403)

    def _bounded(self, reply: Reply, visit: Visit, known: Known, choices: Preferences) -> Reply:
        """An answer whose stream, if it is one, ends when it must. Raises `ServiceError` where there are too many."""
        if not isinstance(reply.body, Outgoing) or (b"content-type", EVENTS) not in reply.headers:
            return reply

        async def still() -> bool:
            return not known.signed_in or (await self._who(known.token, choices)).identity is known.identity

        names = (
            f"visitor {visit.source_address if known.fresh else known.token}",
            f"group {known.identity.principal.arn if known.signed_in and known.identity else visit.source_address}",
        )
        self._streams.check(*names)
        return msgspec.structs.replace(reply, body=Outgoing(self._streams.bounded(reply.body.pieces, *names, still)))

    async def _run(self, page: Page, route: Route, known: Known, choices: Preferences) -> Reply:
        try:
            if route.method != "GET":
                await self._check_meant(page, known)
            return self._bounded(await route.handler(page), page.visit, known, choices)
        except ServiceError as error:
            return await page.failed(error)

    def _page(
        self,
        visit: Visit,
        known: Known,
        choices: Preferences,
        region: str,
        found: tuple[Route, dict[str, str]] | None,
        cookies: dict[str, str],
    ) -> Page:
        identity = known.identity or self._house.nobody()
        guest = Guest(
            identity,
            region,
            f"{visit.scheme}://{visit.host or 'localhost'}",
            self._house.clock,
            visit.source_address,
            visit.scheme == "https",
            (visit.header(b"user-agent") or "")[:1024],
        )
        principal = identity.principal
        visitor = Visitor(
            principal.arn.rpartition("/")[2] or principal.arn.rpartition(":")[2],
            principal.arn,
            known.signed_in,
            csrf_of(known.token),
            choices.theme,
            self._house.mode == "strict",
        )
        section = visit.path.removeprefix(f"{CONSOLE}/{region}").strip("/").partition("/")[0]
        shared: dict[str, Any] = {
            "menu": MENU,
            "section": section or "home",
            "regions": REGIONS if region in REGIONS else (region, *REGIONS),
            "known": known.identity is not None,
            "mode": self._house.mode,
        }
        return Page(
            visit,
            self._renderer,
            Api(self._house, guest),
            self._renderer.language(choices.language),
            visitor,
            found[1] if found else {},
            preferring.told_of(cookies),
            shared,
        )


def _found(address: str) -> Reply:
    return Reply(303, ((b"location", address.encode("ascii", "replace")), (b"cache-control", b"no-store")))
