"""One API call as an operation sees it: on whose behalf, where, and under which address the server was called."""

from __future__ import annotations

import msgspec

from chasqui.base.principal import Principal


class Call(msgspec.Struct, frozen=True, eq=False):
    """The facts of a request that are not its parameters. Requests of one caller to one address share theirs.

    `account` is the caller's. `principal` is the caller, `sender` the caller's id as messages and events show it.
    `base_url` is scheme and host as the client called them ("http://localhost:4566"), for URLs in answers. `path_url`
    is the request's own address when its path names a resource (a queue URL as POST target), else "". `grants` is the
    access layer's: what it judges by when a service asks on the caller's behalf. `request_id` and `source_address` (the
    client's) are told to services that ask for them (`Service.personal`), and are "" else.
    """

    account: str
    region: str
    principal: Principal
    sender: str
    base_url: str
    path_url: str = ""
    grants: object = None
    request_id: str = ""
    source_address: str = ""


def owner_of(call: Call) -> str:
    """Whose resources a call is about: "account/region"."""
    return f"{call.account}/{call.region}"
