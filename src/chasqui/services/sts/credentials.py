"""Makes temporary credentials: how long they may last, and the token that is all there is of a session."""

from __future__ import annotations

from typing import Any, Final

from chasqui.access.identity.documents import new_secret
from chasqui.access.identity.session_key_ids import new_session_key_id
from chasqui.access.identity.sessions import Session, seal_session
from chasqui.base.principal import Principal
from chasqui.services.sts import errors
from chasqui.services.sts.service import Room
from chasqui.services.sts.types import Credentials

_HOUR: Final = 3600
_DEFAULT_SECONDS: Final = 12 * _HOUR


def role_seconds(requested: int | None, role_seconds_max: int, *, chained: bool) -> int:
    """How long a role's session lasts. Raises `ValidationError` when it was asked for longer than it may; `chained`: by
    a session."""
    if requested is None:
        return _HOUR
    if chained and requested > _HOUR:
        raise errors.longer_than_chain()
    if requested > role_seconds_max:
        raise errors.longer_than_role()
    return requested


def own_seconds(requested: int | None, caller: Principal) -> int:
    """How long credentials for the caller itself last; the account's own are never given out for more than an hour."""
    seconds = _DEFAULT_SECONDS if requested is None else requested
    return min(seconds, _HOUR) if caller.kind == "root" else seconds


def issue(room: Room, account: str, seconds: int, **facts: Any) -> Credentials:
    """New credentials that last so long. `facts` are the `Session`'s that are not given here."""
    now_ms = room.clock.now_ms()
    # What the answer says, to the second, is when they end.
    expires_s = now_ms // 1000 + seconds
    session = Session(
        access_key=new_session_key_id(account),
        secret=new_secret(),
        account=account,
        issued_at_ms=now_ms,
        expires_at_ms=expires_s * 1000,
        verified=room.verifies,
        **facts,
    )
    return Credentials(session.access_key, session.secret, seal_session(room.ring, session), float(expires_s))


def refuse_what_is_missing(request: Any) -> None:
    """Say clearly what is not there: devices for MFA, contexts of IAM Identity Center, tokens of a wanted size. Raises
    `AccessDenied` as AWS does where a device is unknown, and `NotImplemented`."""
    serial, code = getattr(request, "SerialNumber", None), getattr(request, "TokenCode", None)
    if (serial is None) != (code is None):
        raise errors.mfa_incomplete()
    if serial is not None:
        raise errors.mfa_failed()
    for name in ("ProvidedContexts", "MinimumSessionTokenSize", "ProviderId"):
        if getattr(request, name, None):
            raise errors.not_implemented(name)
