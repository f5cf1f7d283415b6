"""A role as a caller, for services that do something with it themselves, such as Lambda when it sends what became of an
event: no credentials are made for that."""

from __future__ import annotations

from chasqui.access.identity.directory import Directory
from chasqui.access.identity.documents import iam_arn
from chasqui.access.identity.roles import find_role
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.principal import Principal, root_of
from chasqui.store.port import Store


class RoleCalls:
    """Makes calls of roles. Where nobody is checked (`verifies` is false), a role that is not there is its account's
    root."""

    def __init__(self, store: Store, directory: Directory, *, verifies: bool) -> None:
        self._store = store
        self._directory = directory
        self._verifies = verifies

    async def __call__(self, role_arn: str, session: str, region: str) -> Call:
        """The role's session of this name. Raises AccessDenied when there is no such role."""
        arn = parse_arn(role_arn)
        role = await find_role(self._store, arn) if arn is not None else None
        if arn is None or (role is None and self._verifies):
            raise ServiceError("AccessDenied", f"The role {role_arn} cannot be assumed.", status=403)
        if role is None:
            root = root_of(arn.account)
            return Call(arn.account, region, root, root.id, "")
        principal = Principal(
            kind="role",
            account=arn.account,
            arn=f"arn:aws:sts::{arn.account}:assumed-role/{role.name}/{session}",
            id=f"{role.id}:{session}",
            name=session,
            issuer=iam_arn(arn.account, "role", role.path, role.name),
            tags=role.tags,
        )
        grants = await self._directory.role_grants(arn.account, role)
        return Call(arn.account, region, principal, principal.id, "", grants=grants)
