"""Finds out who an access key belongs to, and gathers everything that decides what its holder may do.

What was found is kept until something in IAM changes, and not at all while the store is out of touch: a revoked key or
a changed policy is never honoured for longer than the store's own promise (`Store.fresh`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chasqui.access.caller import KEY_LENGTH_MAX
from chasqui.access.identity.documents import (
    ACCESS_KEY,
    GROUP,
    POLICY,
    ROLE,
    USER,
    WATCHED,
    AccessKeyDocument,
    Document,
    GroupDocument,
    PolicyDocument,
    RoleDocument,
    UserDocument,
    decode,
    iam_arn,
)
from chasqui.access.identity.keys import open_secret
from chasqui.access.identity.managed import managed_policy
from chasqui.access.identity.sessions import BadToken, Sealer, Session, open_session
from chasqui.access.policy.compiled import Compiled
from chasqui.access.policy.decision import Grants
from chasqui.access.policy.document import MalformedPolicy, PolicyType, compile_policy
from chasqui.base.arn import parse_arn
from chasqui.base.bounded import keep
from chasqui.base.call import Call
from chasqui.base.principal import Principal, root_of
from chasqui.store.port import Store

_KEPT_MAX = 4096
_DECIDED_MAX = 4096
# Callers choose what is remembered of them: it must not fill the memory.
_REMEMBERED_CHARACTERS_MAX = 1024
_DENY_ALL = (
    '{"Version":"2012-10-17","Statement":[{"Sid":"UnreadablePolicy","Effect":"Deny","Action":"*","Resource":"*"}]}'
)
_ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'

NOBODY = Grants(identity=(), boundary=None, session=None)


class Identity(msgspec.Struct, eq=False):
    """A caller: who it is, its secret key, what its policies grant. Thrown away when any of it may have changed.

    `verified` is false of sessions that were given to somebody who was only believed. `decided` remembers what was
    found to be allowed, for as long as `epoch` is the directory's; `calls` is the gateway's.
    """

    principal: Principal
    secret: str
    grants: Grants
    active: bool = True
    verified: bool = True
    epoch: int = 0
    decided: dict[tuple[str, Call, object], bool] = {}
    note_use_at_ms: int = 0
    calls: dict[Any, Any] = {}

    def remember(self, mark: tuple[str, Call, object]) -> None:
        """That this was allowed, whatever else a request of this caller says."""
        if isinstance(mark[2], str) and len(mark[2]) > _REMEMBERED_CHARACTERS_MAX:
            return
        keep(self.decided, mark, True, _DECIDED_MAX)


class NoSuchCredentials(Exception):
    """There is no such access key, or its session's role or user has gone."""


class Directory:
    """Identities by access key (and session token)."""

    def __init__(self, store: Store, ring: Sealer) -> None:
        self._store = store
        self._ring = ring
        self._kept: dict[tuple[str, str], Identity] = {}
        self._unknown: dict[tuple[str, str], bool] = {}
        self.epoch = 0
        """Grows with each change that may alter a decision."""
        for type_ in WATCHED:
            store.watch_resources(type_, self._changed)

    def _changed(self, _owner: str, _name: str) -> None:
        self.epoch += 1
        self._kept.clear()
        self._unknown.clear()

    def resources_changed(self, _owner: str, _name: str) -> None:
        """For watchers of resources that have policies of their own: what was decided is to be decided anew."""
        self.epoch += 1

    def at_hand(self, access_key: str, token: str) -> Identity | None:
        """The identity, if it is known and surely still so."""
        return self._kept.get((access_key, token)) if self._store.fresh() else None

    async def find(self, access_key: str, token: str) -> Identity:
        """The identity of an access key, or of temporary credentials. Raises `NoSuchCredentials` and `BadToken`."""
        if len(access_key) > KEY_LENGTH_MAX:
            raise NoSuchCredentials(access_key)
        epoch = self.epoch
        if (access_key, token) in self._unknown and self._store.fresh():
            raise NoSuchCredentials(access_key)
        try:
            identity = await (self._of_session(access_key, token) if token else self._of_key(access_key))
        except NoSuchCredentials:
            if epoch == self.epoch:
                keep(self._unknown, (access_key, token), True, _KEPT_MAX)
            raise
        if epoch == self.epoch:
            keep(self._kept, (access_key, token), identity, _KEPT_MAX)
        return identity

    async def _of_key(self, access_key: str) -> Identity:
        key = await self._read(AccessKeyDocument, ACCESS_KEY, "", access_key)
        if key is None:
            raise NoSuchCredentials(access_key)
        user = await self._read(UserDocument, USER, key.account, key.user)
        if user is None:
            raise NoSuchCredentials(access_key)
        secret = open_secret(self._ring, access_key, key.secret)
        principal = Principal(
            kind="user",
            account=key.account,
            arn=iam_arn(key.account, "user", user.path, user.name),
            id=user.id,
            name=user.name,
            access_key=access_key,
            tags=user.tags,
        )
        return Identity(principal, secret, await self.user_grants(key.account, user), active=key.active)

    async def _of_session(self, access_key: str, token: str) -> Identity:
        session = open_session(self._ring, token)
        if session.access_key != access_key:
            raise BadToken("the session token is another access key's")
        facts = {
            "account": session.account,
            "access_key": access_key,
            "tags": session.tags,
            "transitive_tags": session.transitive_tags,
            "source_identity": session.source_identity,
            "federated_provider": session.federated_provider,
            "claims": session.claims,
            "issued_at_ms": session.issued_at_ms,
            "expires_at_ms": session.expires_at_ms,
            "mfa": session.mfa,
        }
        if session.kind == "role":
            principal, grants = await self._role_session(session, facts)
        elif not session.subject:
            principal, grants = _account_session(session, facts)
        else:
            principal, grants = await self._user_session(session, facts)
        if session.kind == "federated" or session.policies or session.policy_arns:
            grants = msgspec.structs.replace(grants, session=await self._session_policies(session))
        return Identity(principal, session.secret, grants, verified=session.verified)

    async def _role_session(self, session: Session, facts: dict[str, Any]) -> tuple[Principal, Grants]:
        role = await self._read(RoleDocument, ROLE, session.account, session.name.lower())
        if role is None or role.id != session.subject:
            raise NoSuchCredentials(session.access_key)
        principal = Principal(
            kind="role",
            arn=f"arn:aws:sts::{session.account}:assumed-role/{role.name}/{session.session_name}",
            id=f"{role.id}:{session.session_name}",
            name=session.session_name,
            issuer=iam_arn(session.account, "role", role.path, role.name),
            **{**facts, "tags": _overridden(role.tags, session.tags)},
        )
        return principal, await self.role_grants(session.account, role)

    async def _user_session(self, session: Session, facts: dict[str, Any]) -> tuple[Principal, Grants]:
        user = await self._read(UserDocument, USER, session.account, session.name.lower())
        if user is None or user.id != session.subject:
            raise NoSuchCredentials(session.access_key)
        arn = iam_arn(session.account, "user", user.path, user.name)
        if session.kind == "federated":
            principal = _federated(session, arn, facts)
        else:
            tags = _overridden(user.tags, session.tags)
            principal = Principal(kind="user", arn=arn, id=user.id, name=user.name, **{**facts, "tags": tags})
        return principal, await self.user_grants(session.account, user)

    async def _session_policies(self, session: Session) -> tuple[Compiled, ...]:
        inline = [_compiled(text, "session policy") for text in session.policies]
        return (*inline, *await self._managed(session.account, session.policy_arns))

    async def user_grants(self, account: str, user: UserDocument) -> Grants:
        """Everything that decides what a user may do."""
        found = _inline(user.inline, f"user/{user.name}")
        found += await self._managed(account, user.attached)
        for name in user.groups:
            group = await self._read(GroupDocument, GROUP, account, name)
            if group is not None:
                found += _inline(group.inline, f"group/{group.name}")
                found += await self._managed(account, group.attached)
        return Grants(identity=tuple(found), boundary=await self._boundary(account, user.boundary), session=None)

    async def role_grants(self, account: str, role: RoleDocument) -> Grants:
        """Everything that decides what a role's sessions may do, session policies apart."""
        found = _inline(role.inline, f"role/{role.name}")
        found += await self._managed(account, role.attached)
        return Grants(identity=tuple(found), boundary=await self._boundary(account, role.boundary), session=None)

    async def _boundary(self, account: str, arn: str | None) -> Compiled | None:
        if arn is None:
            return None
        found = await self._managed(account, [arn])
        # A boundary that has gone bounds everything.
        return found[0] if found else _compiled(_DENY_ALL, arn)

    async def _managed(self, account: str, arns: Iterable[str]) -> list[Compiled]:
        found = []
        for arn in arns:
            text = await self.managed_text(account, arn)
            if text is not None:
                found.append(_compiled(text, arn))
        return found

    async def managed_text(self, account: str, arn: str) -> str | None:
        """The text of a managed policy, AWS' or the account's own, or None when there is none."""
        aws = managed_policy(arn)
        if aws is not None:
            return aws.text
        parsed = parse_arn(arn)
        if parsed is None or parsed.account != account or not parsed.resource.startswith("policy/"):
            return None
        policy = await self._read(PolicyDocument, POLICY, account, parsed.resource.rpartition("/")[2].lower())
        return policy.text if policy is not None else None

    async def _read(self, kind: type[Document], type_: str, owner: str, name: str) -> Document | None:
        resource = await self._store.resource(type_, owner, name)
        return decode(kind, resource) if resource is not None else None


def _account_session(session: Session, facts: dict[str, Any]) -> tuple[Principal, Grants]:
    """The session of an account's own credentials, or of somebody it vouches for, whom session policies alone bound."""
    root = root_of(session.account)
    if session.kind == "federated":
        return _federated(session, root.arn, facts), Grants(identity=(_compiled(_ALLOW_ALL, root.arn),))
    return msgspec.structs.replace(root, **facts), NOBODY


def _federated(session: Session, issuer: str, facts: dict[str, Any]) -> Principal:
    return Principal(
        kind="federated",
        arn=f"arn:aws:sts::{session.account}:federated-user/{session.session_name}",
        id=f"{session.account}:{session.session_name}",
        name=session.session_name,
        issuer=issuer,
        **facts,
    )


def _overridden(tags: dict[str, str], by: dict[str, str]) -> dict[str, str]:
    """Tags with a session's, which override those of the same name in whatever case."""
    passed = {key.lower() for key in by}
    return {**{key: value for key, value in tags.items() if key.lower() not in passed}, **by}


def _inline(policies: dict[str, str], holder: str) -> list[Compiled]:
    return [_compiled(text, f"inline policy {name} of {holder}") for name, text in policies.items()]


def _compiled(text: str, source: str) -> Compiled:
    """A stored identity policy. One that today's parser refuses denies everything, rather than nothing it said."""
    try:
        return compile_policy(text, PolicyType.IDENTITY, source)
    except MalformedPolicy:
        return compile_policy(_DENY_ALL, PolicyType.IDENTITY, source)
