"""The console as the server mounts it. Nothing else of it is imported before somebody opens a page."""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from chasqui.base.fronts import Front, Reply, Visit
from chasqui.base.settings import Settings
from chasqui.server.guard import is_console
from chasqui.store.port import Store

if TYPE_CHECKING:
    from chasqui.server.house import House

_FORM_BYTES_MAX: Final = 8 * 1024 * 1024


class Sealer(Protocol):
    """What keeps secrets at rest: the key ring."""

    def seal(self, clear: bytes) -> bytes: ...
    def open(self, envelope: bytes) -> bytes: ...


class Site(Protocol):
    """The console itself (`console/site.py`)."""

    async def answer(self, visit: Visit) -> Reply: ...


def console_front(house: House, store: Store, sealer: Sealer, hosts: frozenset[str], settings: Settings) -> Front:
    """The front that answers everything below `/_chasqui/console`. `hosts` are the server's names."""
    sites: list[Site] = []

    async def answer(visit: Visit) -> Reply:
        if not sites:
            # On a thread: templates, their language and packed scripts take longer than a request may hold the loop.
            module, assets = await asyncio.to_thread(_loaded)
            if not sites:
                sites.append(module.Site(house, store, sealer, hosts, settings, assets))
        return await sites[0].answer(visit)

    return Front(_takes, answer, "rest-json", body_bytes_max=_FORM_BYTES_MAX, streams=True, answers_pages=True)


def _loaded() -> tuple[Any, Any]:
    """The console's module, and its scripts and styles."""
    module = importlib.import_module("chasqui.console.site")
    assets = module.Assets()
    # As at the server's start: what stays for good is nothing that the collector need look at, holding the loop.
    gc.freeze()
    return module, assets


def _takes(_method: str, _host: bytes, path: str, _table: Mapping[bytes, bytes]) -> bool:
    return is_console(path)
