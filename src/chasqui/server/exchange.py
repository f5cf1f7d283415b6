"""One request and its answer, as the application sees them, whatever version of HTTP carries them.

Only what HTTP/1.1 and HTTP/2 share may live here. An `Exchange` is handed to the application when the request has
arrived whole; the application answers it once, now or later, on the event loop's thread.
"""

from __future__ import annotations

import itertools
import os
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from chasqui.server.inflow import Inflow

#: Header fields as pairs of name and value.
Headers = tuple[tuple[bytes, bytes], ...]
#: The client's address as the socket gives it; None when it has none any more.
Peer = tuple[Any, ...] | None


class Exchange(msgspec.Struct, eq=False):
    """One request and its answer.

    `target` is the path and query as received; `path` is still percent-encoded. `table` holds the header fields by
    name in lower case, of repeated ones the last, blanks behind a value included; `header` and `headers` strip those.
    `fields` is None unless a field is repeated.

    `on_disconnect` is called when the client goes away before its answer: a long poll lets go of what it holds there.
    `on_shutdown` is called when the server stops and would like an answer soon. Both may be set any time before the
    answer and are forgotten with it. Answers to a client that has gone are dropped.
    """

    method: str
    target: str
    path: str
    query: str
    table: dict[bytes, bytes]
    body: bytes
    connection: Any
    fields: list[tuple[bytes, bytes]] | None = None
    on_disconnect: Callable[[], object] | None = None
    on_shutdown: Callable[[], object] | None = None
    #: Whether the answer needs no thought (see the protocols); None when it is given.
    plain: bool | None = True
    #: Fields that the answer has beside those it is given with.
    extra: Headers = ()
    #: The body as it comes, where the application is asked before it has come; `body` is empty then.
    stream: Inflow | None = None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """All header fields in the order they came, names in lower case."""
        fields = self.table.items() if self.fields is None else self.fields
        return [(name, value.rstrip()) for name, value in fields]

    def header(self, name: bytes) -> bytes | None:
        """The value of a header field, by its name in lower case; of a repeated field, the last."""
        value = self.table.get(name)
        return None if value is None else value.rstrip()

    @property
    def answered(self) -> bool:
        """Whether the application has answered."""
        return self.plain is None

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        scheme: str = self.connection.scheme
        return scheme

    @property
    def peer(self) -> Peer:
        """The client's address: (host, port, …)."""
        peer: Peer = self.connection.peer
        return peer

    def add_headers(self, headers: Headers) -> None:
        """Give the answer these fields too, whoever gives it."""
        if self.plain is not None:
            self.extra += headers
            self.plain = False

    def respond(self, status: int, headers: Headers, body: bytes, request_id: str | None = None) -> None:
        """Answer, exactly once. Content-Length, Date, Connection and x-amzn-RequestId are added.

        Pass the same tuple object for the same headers where possible: encoded heads are kept for the next answer.
        """
        raise NotImplementedError

    def respond_own(self, status: int, headers: Headers, own: Headers, body: bytes) -> None:
        """Answer, exactly once, with fields that this answer has for itself, the request's id among them, beside those
        that many have."""
        raise NotImplementedError

    def respond_stream(
        self,
        status: int,
        headers: Headers,
        chunks: AsyncIterator[bytes],
        request_id: str | None = None,
        own: Headers | None = None,
    ) -> None:
        """Answer, exactly once, with a body that is produced as fast as the client takes it. `own` is as in
        `respond_own`.

        If `chunks` raises, or the client goes away (then the iterator is cancelled), the answer is cut off visibly.
        """
        raise NotImplementedError


class BadRequest(msgspec.Struct, frozen=True):
    """What is known of a request that was refused before the application saw it; `table` may be incomplete."""

    status: int
    reason: str
    method: str
    target: str
    table: dict[bytes, bytes]
    peer: Peer


#: Renders a refusal in the application's error shape: (status, headers, body).
BadRequestHook = Callable[[BadRequest], tuple[int, Headers, bytes]]


def plain_bad_request(facts: BadRequest) -> tuple[int, Headers, bytes]:
    """The refusal of a server that has no shape of its own for it."""
    return facts.status, ((b"content-type", b"text/plain; charset=utf-8"),), facts.reason.encode() + b"\n"


_ID_BATCH = 256


def _id_batch(start: int) -> tuple[bytes, ...]:
    """The last 12 hexadecimal digits of the numbers from `start`, by three calls instead of one for each number."""
    numbers = struct.pack(f">{_ID_BATCH}Q", *range(start, start + _ID_BATCH))
    return struct.unpack("4x12s" * _ID_BATCH, numbers.hex().encode())


#: A request id is a random start of the process' own and a number: unique without a system call for each.
ID_PREFIX = "-".join(os.urandom(size).hex() for size in (4, 2, 2, 2)).encode() + b"-"
next_id_digits = itertools.chain.from_iterable(
    map(_id_batch, itertools.count(int.from_bytes(os.urandom(5), "big") << 7, _ID_BATCH))
).__next__


def new_request_id() -> str:
    """A unique id in the form of a UUID."""
    return (ID_PREFIX + next_id_digits()).decode()
