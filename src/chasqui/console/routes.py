"""Which function answers an address: tables of sections, matched by segments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from chasqui.base.fronts import Reply

if TYPE_CHECKING:
    from chasqui.console.page import Page

Handler = Callable[["Page"], Awaitable[Reply]]


class Route(msgspec.Struct, frozen=True):
    """`path` is what follows the region: "queues/{name}/edit". A last segment `{key*}` takes the rest, slashes
    included. `open`: who has not signed in may ask, in every mode."""

    method: str
    path: str
    handler: Handler
    open: bool = False


class Routes:
    """The table of all sections."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = [(route.method, tuple(route.path.split("/")), route) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a path (percent-encoded, without a slash before it), and what stands in its braces."""
        segments = path.split("/")
        for wanted, pattern, route in self._routes:
            places = _match(pattern, segments) if wanted == method else None
            if places is not None:
                return route, places
        return None

    def page_above(self, path: str) -> str:
        """The nearest address above a form's that a browser can go to, the form's own included: what it answers in
        place of a page stands under an address that may be for sending alone. A word of the form's address is no
        name: "queues/bulk" is not the queue of that name."""
        segments = path.split("/")
        sent = next((each for method, each, _ in self._routes if method == "POST" and _fits(each, segments)), ())
        pages = [pattern for method, pattern, _ in self._routes if method == "GET"]
        while segments and not any(_fits(each, segments) and not _mistaken(each, sent) for each in pages):
            segments.pop()
        return "/".join(segments)


def _fits(pattern: tuple[str, ...], segments: list[str]) -> bool:
    return _match(pattern, segments) is not None


def _mistaken(page: tuple[str, ...], sent: tuple[str, ...]) -> bool:
    """Whether a page takes for a name what is a word in the address that was sent to."""
    return any(a.startswith("{") and not b.startswith("{") for a, b in zip(page, sent, strict=False))


def _match(pattern: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    rest = pattern[-1].endswith("*}")
    if len(segments) < len(pattern) if rest else len(segments) != len(pattern):
        return None
    places: dict[str, str] = {}
    for at, part in enumerate(pattern):
        if part.endswith("*}"):
            places[part[1:-2]] = unquote("/".join(segments[at:]))
        elif part.startswith("{"):
            if not segments[at]:
                return None
            places[part[1:-1]] = unquote(segments[at])
        elif part != segments[at]:
            return None
    return places
