"""Fronts: requests that are no operation of a model and yet are a service's: a function's URL, a form that a browser
posts to a bucket, a preflight of a bucket's page.

A service lists its fronts in `Service.fronts`; the gateway asks them, in order, before it looks for an operation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from chasqui.base.bodies import Incoming, Outgoing
from chasqui.base.call import Call

Fields = Sequence[tuple[bytes, bytes]]
"""Header fields in the order they came, names in lower case."""


class Posted(msgspec.Struct, frozen=True):
    """What a form that a browser posts is signed with: its fields, as they came. `policy` is what is signed, `token`
    the session's, "" for none. With Signature Version 2 the algorithm is "HMAC-SHA1", the credential the access key
    alone, the date ""."""

    algorithm: str
    credential: str
    date: str
    signature: str
    policy: str
    token: str


class Visit(msgspec.Struct, frozen=True, eq=False):
    """A request to a front. `path` is percent-encoded as it came, `query` without its question mark. `source_address`
    is the client's, `scheme` "http" or "https". `identify` says who calls by its signature, as the mode of the server
    has it (strict servers verify; nobody: the anonymous caller), and raises what refuses it."""

    method: str
    host: str
    path: str
    query: str
    fields: Fields
    table: Mapping[bytes, bytes]
    body: Incoming
    scheme: str
    source_address: str
    request_id: str
    identify: Callable[[str], Awaitable[Call]]
    """Takes the name of the service that the request must be signed for ("lambda")."""
    identify_posted: Callable[[Posted], Awaitable[Call]]
    """The same of a form, by the signature among its fields."""

    def header(self, name: bytes) -> str | None:
        """A header field's text, by its name in lower case."""
        value = self.table.get(name)
        return None if value is None else value.strip().decode("latin-1")


class Reply(msgspec.Struct, frozen=True):
    """What a front answers."""

    status: int
    headers: Fields = ()
    body: bytes | Outgoing = b""


class Front(msgspec.Struct, frozen=True):
    """A front. `takes(method, host, path, table)` is asked for requests that no hot way answers: it must be quick,
    and false for everything else. `answer` raises `ServiceError`s, which are rendered as `protocol` does, and as
    `service` (a model's name) words them. Bodies up to `body_bytes_max` are taken, those of `streams` as they come,
    else whole. `answers_pages`: pages of other sites may call it, whatever `cors_origins` says (it decides itself)."""

    takes: Callable[[str, bytes, str, Mapping[bytes, bytes]], bool]
    answer: Callable[[Visit], Awaitable[Reply]]
    protocol: str = "rest-xml"
    service: str = ""
    body_bytes_max: int = 1024 * 1024
    streams: bool = False
    answers_pages: bool = False
