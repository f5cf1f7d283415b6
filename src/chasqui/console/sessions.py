"""Sessions: who has signed in, behind a cookie that scripts can't read and other sites can't have sent.

A session is a document in the store, named by its token's hash, so that every node knows it and signing out ends it. It
holds the access key's id, not its secret: whoever deletes or deactivates the key has ended the session with it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final

import msgspec

from chasqui.base.clock import Clock
from chasqui.store.port import Resource, Store, Transaction, VersionConflict

COOKIE: Final = "chasqui-console"
HOURS: Final = 12
_TYPE: Final = "console:session"
_SWEPT_AT_ONCE: Final = 100
_TOKEN_CHARACTERS_MAX: Final = 128


class Session(msgspec.Struct, frozen=True):
    """Who has signed in. `token` is that of temporary credentials, sealed."""

    access_key: str
    token: bytes
    expires_at_ms: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Session).decode


def token_of(cookie: str) -> str:
    """The token that a Cookie field has, "" for none, and for several: programs at other ports of this host can set a
    cookie of this name, for a path that makes the browser send theirs first, and so sign somebody in as themselves."""
    pairs = (each.strip().partition("=") for each in cookie.split(";"))
    found = {value for name, _, value in pairs if name == COOKIE}
    token = found.pop() if len(found) == 1 else ""
    return token if len(token) <= _TOKEN_CHARACTERS_MAX else ""


def new_token() -> str:
    """What a browser is known by."""
    return secrets.token_urlsafe(32)


def csrf_of(token: str) -> str:
    """What forms say beside the cookie: whoever knows it has read a page of this visitor's."""
    digest = hashlib.sha256(b"chasqui:csrf:" + token.encode()).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def _name(token: str) -> str:
    return hashlib.sha256(b"chasqui:session:" + token.encode()).hexdigest()


class Sessions:
    """The sessions of all visitors."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, access_key: str, token: bytes) -> str:
        """A new session's token. Of those that are over some are swept: as many as lie behind it, by chance."""
        name, now_ms = new_token(), self._clock.now_ms()
        document = _encode(Session(access_key, token, now_ms + HOURS * 3_600_000))

        async def write(tx: Transaction) -> None:
            for resource in await tx.list(_TYPE, "", after=_name(name), limit=_SWEPT_AT_ONCE):
                if _decode(resource.document).expires_at_ms <= now_ms:
                    await tx.delete(resource)
            await tx.create(Resource(_TYPE, "", _name(name), document))

        await self._store.transaction(write)
        return name

    async def find(self, token: str) -> Session | None:
        """The session of a cookie, while it lasts."""
        if not token:
            return None
        resource = await self._store.resource(_TYPE, "", _name(token))
        session = _decode(resource.document) if resource is not None else None
        return session if session is not None and session.expires_at_ms > self._clock.now_ms() else None

    async def end(self, token: str) -> None:
        """Sign out."""

        async def remove(tx: Transaction) -> None:
            resource = await tx.get(_TYPE, "", _name(token))
            if resource is not None:
                await tx.delete(resource)

        try:
            await self._store.transaction(remove)
        except VersionConflict:
            return  # somebody else has ended it
