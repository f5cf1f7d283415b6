"""A request to the console as its sections see it: what was asked, the API on the visitor's behalf, and the ways to
answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from chasqui.base.arn import Arn, partition_of
from chasqui.base.bodies import Outgoing
from chasqui.base.errors import ServiceError
from chasqui.base.fronts import Fields, Reply, Visit
from chasqui.console.api import Api, query_of
from chasqui.console.commands import both, curl
from chasqui.console.forms import Form
from chasqui.console.guarding import page_fields
from chasqui.console.language import Language
from chasqui.server.guard import CONSOLE

if TYPE_CHECKING:
    from chasqui.console.rendering import Renderer

TOLD: Final = "chasqui-told"
"""The cookie with what the next page says of the last action."""
_TOLD_CHARACTERS_MAX: Final = 3500
FORM_BYTES_MAX: Final = 8 * 1024 * 1024
EVENTS: Final = b"text/event-stream; charset=utf-8"
_RESOURCES: Final = ("queues", "topics", "buckets", "functions")
_GONE: Final = re.compile("NonExistent|NotExist|NotFound|NoSuch")
_EVENTS: Final = (
    (b"content-type", EVENTS),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class Told(msgspec.Struct, frozen=True):
    """What a page says of the last action: `kind` is "done" or "failed"."""

    kind: str
    text: str


class Visitor(msgspec.Struct, frozen=True):
    """Who looks at the console, and how. `name` is the user's (or "root"), `theme` is "light", "dark" or "" for the
    browser's. `signed_in` is false where the server believes whoever comes."""

    name: str
    arn: str
    signed_in: bool
    csrf: str
    theme: str
    strict: bool


class Page:
    """One request. `places` are the parts of the address that its route names, decoded; `path` is where a browser may
    go back to, which is not always where a form was sent to."""

    def __init__(
        self,
        visit: Visit,
        renderer: Renderer,
        api: Api,
        language: Language,
        visitor: Visitor,
        places: Mapping[str, str],
        told: Told | None,
        shared: Mapping[str, Any],
    ) -> None:
        self.visit = visit
        self.path = visit.path
        self.api = api
        self.language = language
        self.visitor = visitor
        self.places = places
        self.query = _query(visit.query)
        self.text = language.text
        self.plural = language.plural
        self._renderer = renderer
        self._told = told
        self._shared = shared
        self._form: Form | None = None
        self.form_bytes_max = FORM_BYTES_MAX

    @property
    def partial(self) -> bool:
        """Whether htmx asks, for a piece of a page."""
        return self.visit.header(b"hx-request") == "true"

    async def form(self) -> Form:
        """What the form says. Raises `ServiceError` for one that is too large."""
        if self._form is None:
            self._form = await read_form(self.visit, self.form_bytes_max)
        return self._form

    async def confirmed(self, word: str) -> bool:
        """Whether the form of `ui.typed` has the word that was to be typed."""
        return (await self.form()).get("confirm").strip() == word

    # ------------------------------------------------------------------------------------------------------ addresses

    def href(self, *segments: str, **query: object) -> str:
        """The address of a page in this region: `href("queues", name, tab="tags")`."""
        path = "/".join(quote(each, safe="") for each in segments)
        return f"{CONSOLE}/{self.api.region}/{path}{query_of(**query)}"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something of the visitor's account in the page's region."""
        region = self.api.region
        return str(Arn(partition_of(region), service, region, self.api.account, resource))

    def here(self, **query: object) -> str:
        """This page's own address, with some parameters of its query changed; None takes one away."""
        given: dict[str, object] = {name: self.query[name] for name in self.query}
        return f"{self.path}{query_of(**(given | query))}"

    @property
    def came_from(self) -> str:
        """The page that a form was sent from, as the browser says; else the nearest that can be gone to."""
        said = (self.visit.header(b"referer") or "").removeprefix(self.api.base_url)
        return said if said.startswith(f"{CONSOLE}/") else self.path

    @property
    def favourite(self) -> str:
        """The address that a visitor keeps of this page: a resource's is the same whichever of its tabs is shown."""
        parts = self.visit.path.removeprefix(f"{CONSOLE}/").strip("/").split("/")
        if self.visit.method != "GET" or len(parts) < 3:
            return ""
        return f"{CONSOLE}/{'/'.join(parts[:3] if parts[1] in _RESOURCES else parts)}"

    # --------------------------------------------------------------------------------------------------------- answers

    async def render(self, template: str, /, status: int = 200, headers: Fields = (), **values: Any) -> Reply:
        """A page, or a piece of one, from `templates/`. The template has beside `values`: `page`, `api`, `visitor`,
        `href`, `here`, `told`, `menu`, and as commands to copy `call`: an operation, `curl`: a control endpoint."""
        text = await self.fragment(template, **values)
        fields = (*page_fields(self.visit.host), *headers)
        if self._told is not None and not self.partial:
            fields += (cookie(TOLD, "", 0, self.visit.scheme),)
        return Reply(status, fields, text.encode("utf-8", "replace"))

    async def fragment(self, template: str, /, **values: Any) -> str:
        """A template's text, for streams."""
        given = {
            **self._shared,
            "page": self,
            "api": self.api,
            "visitor": self.visitor,
            "href": self.href,
            "here": self.here,
            "call": partial(both, self.api),
            "curl": partial(curl, self.api, self.visitor.strict),
            "told": None if self.partial else self._told,
            **values,
        }
        return await self._renderer.render(self.language.code, template, given)

    def redirect(self, address: str, done: str = "", failed: str = "") -> Reply:
        """Send the browser to another page (303), which says what was done or what failed."""
        fields: Fields = ((b"location", address.encode("ascii", "replace")), (b"cache-control", b"no-store"))
        if self.partial:
            fields = ((b"hx-redirect", address.encode("ascii", "replace")), (b"cache-control", b"no-store"))
        if done or failed:
            fields = (
                *fields,
                cookie(TOLD, _kept("failed" if failed else "done", failed or done), 60, self.visit.scheme),
            )
        return Reply(200 if self.partial else 303, fields)

    async def failed(self, error: ServiceError) -> Reply:
        """What a refused action says: in place where htmx asked, else a page of its own. The status is the error's."""
        status = error.status or 400
        if self.partial:
            retarget = ((b"hx-retarget", b"#told"), (b"hx-reswap", b"innerHTML"))
            return await self.render("error_alert.html", status, retarget, error=error)
        sent = self.visit.method == "POST"
        # A list that may not be shown: what it would have led to may be open to this visitor all the same.
        section = self.visit.path.rpartition("/")[2]
        values: dict[str, Any] = {
            "gone": not sent and (status == 404 or _GONE.search(error.code) is not None),
            "back": self.came_from if sent else "",
            "known_by_name": status == 403 and section in _RESOURCES and self.visit.path == self.href(section),
        }
        return await self.render("error.html", status, error=error, **values)

    def events(self, pieces: AsyncIterator[str]) -> Reply:
        """Live data: each piece is HTML, `<hx-partial hx-target="#id">…</hx-partial>` for every place that changes.
        The page has `<div hx-sse:connect="address">`. `pieces` is closed when the browser leaves."""
        return Reply(200, _EVENTS, Outgoing(_framed(pieces)))

    def download(self, name: str, content_type: str, body: bytes | Outgoing) -> Reply:
        """A file to be kept, never shown: the origin is shared with the console."""
        fields = (
            (b"content-type", content_type.encode("latin-1", "replace")),
            (b"content-disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}".encode()),
            (b"content-security-policy", b"default-src 'none'; sandbox"),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
        )
        return Reply(200, fields, body)


def _kept(kind: str, text: str) -> str:
    """What the next page says, as a cookie has it; shortened to what browsers keep (RFC 6265, 6.1: 4,096 bytes)."""
    kept = quote(msgspec.json.encode(Told(kind, text)))
    while len(kept) > _TOLD_CHARACTERS_MAX:
        text = text[: len(text) * _TOLD_CHARACTERS_MAX // len(kept)]
        kept = quote(msgspec.json.encode(Told(kind, f"{text}…")))
    return kept


def _query(text: str) -> Form:
    """What a query string says; nothing where it says too much for any page of ours."""
    try:
        return Form.parse(text)
    except ValueError:
        return Form({})


async def read_form(visit: Visit, most: int) -> Form:
    """A visit's form of `most` bytes. Raises `ServiceError`."""
    body = visit.body.whole
    if max(visit.body.length or 0, len(body or b"")) > most:
        raise _too_large()
    if body is None:
        pieces, size = [], 0
        async for piece in visit.body:
            size += len(piece)
            if size > most:
                raise _too_large()
            pieces.append(piece)
        body = b"".join(pieces)
    try:
        return Form.parse(body.decode())
    except ValueError:
        raise ServiceError("InvalidRequest", "The form can't be read.", status=400) from None


def _too_large() -> ServiceError:
    return ServiceError("RequestEntityTooLarge", "The form is too large.", status=413)


async def _framed(pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """Events of a stream (HTML standard, "Server-sent events")."""
    try:
        yield b"retry: 2000\n\n"
        async for piece in pieces:
            lines = piece.replace("\r", "&#13;").split("\n")
            yield b"".join(b"data: %s\n" % line.encode("utf-8", "replace") for line in lines) + b"\n"
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


def cookie(name: str, value: str, seconds: int | None, scheme: str) -> tuple[bytes, bytes]:
    """A Set-Cookie field: for the console's addresses alone, out of the reach of scripts and of other sites."""
    parts = [f"{name}={value}", f"Path={CONSOLE}", "HttpOnly", "SameSite=Strict"]
    if seconds is not None:
        parts.append(f"Max-Age={seconds}")
    if scheme == "https":
        parts.append("Secure")
    return b"set-cookie", "; ".join(parts).encode()
