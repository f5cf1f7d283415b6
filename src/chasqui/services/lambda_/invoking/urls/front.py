"""The front of function URLs (`base/fronts.py`): which requests are for one. What answers them is imported with the
first, so that servers without URLs start without it.

A URL's host is `<id>.lambda-url.<region>.<any suffix>`, as on AWS; clients that cannot resolve such names use the path
`/_lambda-url/<id>/…` of any host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from chasqui.base.fronts import Front, Reply, Visit

if TYPE_CHECKING:
    from chasqui.services.lambda_.room import Room

PREFIX: Final = "/_lambda-url/"
_HOST: Final = b".lambda-url."
_OVERHEAD_BYTES: Final = 1024 * 1024
"""What is refused for being an event too large must be read first, a little at least."""


def url_front(room: Room) -> Front:
    """The front of these functions' URLs."""

    async def answer(visit: Visit) -> Reply:
        from chasqui.services.lambda_.invoking.urls.answering import answer as answered  # noqa: PLC0415  see above

        return await answered(room, visit, *place(visit.host, visit.path))

    return Front(
        takes=_takes,
        answer=answer,
        protocol="rest-json",
        body_bytes_max=room.limits.request_bytes_max + _OVERHEAD_BYTES,
        answers_pages=True,
    )


def _takes(_method: str, host: bytes, path: str, _table: Mapping[bytes, bytes]) -> bool:
    return _HOST in host or path.startswith(PREFIX)


def place(host: str, path: str) -> tuple[str, str]:
    """(the URL's id, the path within it)."""
    if path.startswith(PREFIX):
        id_, slash, rest = path[len(PREFIX) :].partition("/")
        return id_, slash + rest or "/"
    return host.partition(".")[0].lower(), path or "/"
