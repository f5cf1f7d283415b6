"""What the console is made of: the sections' tables of routes, and the menu."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from chasqui.console.language import N_
from chasqui.console.routes import Route

SECTIONS: Final = (
    "home", "queues", "messages", "topics", "buckets", "functions", "access", "trace", "map", "advisor", "tours",
)  # fmt: skip
"""Folders of this package, whose `pages.py` has the section's `ROUTES`."""


class Entry(msgspec.Struct, frozen=True):
    """A line of the menu: the first segment of its pages' addresses, and its name."""

    section: str
    name: str


MENU: Final = (
    Entry("queues", N_("Queues")),
    Entry("topics", N_("Topics")),
    Entry("buckets", N_("Buckets")),
    Entry("functions", N_("Functions")),
    Entry("access", N_("Access")),
    Entry("trace", N_("Trace")),
    Entry("map", N_("Map")),
    Entry("advisor", N_("Advisor")),
    Entry("tours", N_("Tours")),
)


_SHARED: Final = {"queues": ("queues", "messages"), "jump": ("home",)}
"""Addresses that begin with something else than their section's name, or that several sections share."""


def sections_of(segment: str) -> tuple[str, ...]:
    """The sections whose pages' addresses begin with this segment."""
    return _SHARED.get(segment, (segment,) if segment in SECTIONS else ())


def routes(sections: Sequence[str] = SECTIONS) -> Iterator[Route]:
    """The routes of some sections, or of all. A thread's work: they are imported when they are first wanted."""
    for section in sections:
        yield from importlib.import_module(f"chasqui.console.{section}.pages").ROUTES
