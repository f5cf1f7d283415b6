"""Credentials of roles for services that work on somebody's behalf: a function is given those of its execution role.

They are sessions like STS' own (`sessions.py`), made where nobody called.
"""

from __future__ import annotations

from typing import Final

from chasqui.access.authorizer import Authorizer
from chasqui.access.caller import DEFAULT_ACCOUNT
from chasqui.access.identity.documents import RoleDocument, new_secret
from chasqui.access.identity.roles import find_role
from chasqui.access.identity.session_key_ids import new_session_key_id
from chasqui.access.identity.sessions import Sealer, Session, seal_session
from chasqui.base.arn import parse_arn
from chasqui.base.clock import Clock
from chasqui.base.errors import ServiceError
from chasqui.base.principal import service_principal
from chasqui.store.port import Store

SECONDS: Final = 12 * 3600
"""How long they last. Whoever is given them must be done with them before: functions' environments are replaced."""
_NAME_LENGTH_MAX: Final = 64


class RoleKeys:
    """Makes credentials of roles for one service."""

    def __init__(
        self, store: Store, clock: Clock, ring: Sealer, authorizer: Authorizer, mode: str, service: str = "lambda"
    ) -> None:
        self._store = store
        self._clock = clock
        self._ring = ring
        self._authorizer = authorizer
        self._strict = mode == "strict"
        self._service = service_principal(f"{service}.amazonaws.com")

    async def of(self, role_arn: str, session_name: str) -> dict[str, str]:
        """New credentials, as environment variables name them. Raises `ServiceError` when a strict server's role is not
        there or does not trust the service; on others a role that is not there has the account's own credentials."""
        arn = parse_arn(role_arn)
        role = await find_role(self._store, arn) if arn is not None else None
        if self._strict and (role is None or not await self._trusted(role_arn)):
            raise ServiceError(
                "AccessDeniedException", "The role defined for the function cannot be assumed by Lambda.", status=403
            )
        account = arn.account if arn is not None and arn.account else DEFAULT_ACCOUNT
        if role is None:
            # Where callers are believed, a key of 12 digits is its account.
            return {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test"}
        return self._session(account, role, session_name[:_NAME_LENGTH_MAX])

    async def _trusted(self, role_arn: str) -> bool:
        allowed, _ = await self._authorizer.service_may(self._service, "sts:AssumeRole", role_arn, {})
        return allowed

    def _session(self, account: str, role: RoleDocument, session_name: str) -> dict[str, str]:
        now_ms = self._clock.now_ms()
        session = Session(
            kind="role",
            access_key=new_session_key_id(account),
            secret=new_secret(),
            account=account,
            name=role.name,
            subject=role.id,
            session_name=session_name,
            issued_at_ms=now_ms,
            expires_at_ms=now_ms + SECONDS * 1000,
            verified=self._strict,
        )
        return {
            "AWS_ACCESS_KEY_ID": session.access_key,
            "AWS_SECRET_ACCESS_KEY": session.secret,
            "AWS_SESSION_TOKEN": seal_session(self._ring, session),
        }
