"""One API call as an operation sees it: on whose behalf, where, and under which address the server was called."""

from __future__ import annotations

import msgspec


class Call(msgspec.Struct, frozen=True, gc=False):
    """The facts of a request that are not its parameters. Requests of one caller to one address share theirs.

    `base_url` is scheme and host as the client called them ("http://localhost:4566"), for URLs in answers. `path_url`
    is the request's own address when its path names a resource (a queue URL as POST target), else "". `principal` is
    the caller's id as messages and events show it.
    """

    account: str
    region: str
    principal: str
    base_url: str
    path_url: str = ""
