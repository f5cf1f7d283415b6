"""Temporary credentials: everything about them lies in the session token itself, sealed by the server's key ring.

So nothing is stored for a session, every node that has the ring's keys reads the token, and nobody else can make or
read one. What must be revocable is looked up when the token is used: the role (by its unique id) or the user whose
session it is must still be there, and their policies are those of the moment.
"""

from __future__ import annotations

import base64
import binascii
from typing import Literal, Protocol

import msgspec

from chasqui.base.errors import ChasquiError


class Sealer(Protocol):
    """What seals and opens secrets: the key ring."""

    def seal(self, clear: bytes) -> bytes: ...

    def open(self, envelope: bytes) -> bytes: ...


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a session token holds.

    `kind`: "role" (AssumeRole and its relatives: `name` is the role's, `subject` its unique id, `session_name` the
    session's), "user" (GetSessionToken: `name` the user's, `subject` its unique id; "" for root) or "federated"
    (GetFederationToken: `name` and `subject` the user's that asked, `session_name` the federated user's).
    `policies` are session policies' texts, `policy_arns` managed ones; both empty: none were given. `verified`: a
    strict server made it, which knew its caller; others are good for nothing on a strict server.
    """

    kind: Literal["role", "user", "federated"]
    access_key: str
    secret: str
    account: str
    name: str
    subject: str
    session_name: str = ""
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    transitive_tags: tuple[str, ...] = ()
    source_identity: str = ""
    federated_provider: str = ""
    claims: dict[str, str] = {}
    issued_at_ms: int
    expires_at_ms: int
    mfa: bool = False
    verified: bool = False


class BadToken(ChasquiError):
    """A session token that this server did not make, or that was changed."""


_HEAD = b"chasqui session 1:"
_decoder = msgspec.msgpack.Decoder(Session)


def seal_session(ring: Sealer, session: Session) -> str:
    """The session token."""
    return base64.b64encode(ring.seal(_HEAD + msgspec.msgpack.encode(session))).decode()


def open_session(ring: Sealer, token: str) -> Session:
    """What a token holds, whether or not it has ended. Raises `BadToken`."""
    try:
        envelope = base64.b64decode(token, validate=True)
        # An envelope in the clear is anybody's.
        if not envelope or envelope[0] == 0:
            raise BadToken("not a session token")
        clear = ring.open(envelope)
        if not clear.startswith(_HEAD):
            raise BadToken("not a session token")
        return _decoder.decode(clear[len(_HEAD) :])
    except (binascii.Error, ValueError, msgspec.DecodeError, ChasquiError) as error:
        raise BadToken("not a session token") from error
