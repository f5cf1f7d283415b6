"""The first administrator: made by `chasqui init`, or at the start by settings, since nobody can sign a call for it."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from chasqui.access.identity.counts import count
from chasqui.access.identity.directory import Directory, Identity, NoSuchCredentials
from chasqui.access.identity.documents import (
    ACCESS_KEY,
    ATTACHMENT,
    USER,
    AccessKeyDocument,
    UserDocument,
    decode,
    encode,
    new_secret,
    unique_id,
)
from chasqui.access.identity.keys import open_secret, seal_secret
from chasqui.access.identity.sessions import BadToken, Sealer
from chasqui.access.policy.decision import Question, decide
from chasqui.base.arn import is_account
from chasqui.base.clock import Clock
from chasqui.base.errors import SettingsError
from chasqui.store.port import Resource, Store, Transaction

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
KEYS_MAX = 2
_USER = re.compile(r"[\w+=,.@-]{1,64}\Z", re.ASCII)
_KEY = re.compile(r"\w{16,128}\Z", re.ASCII)
_SECRET_LENGTH_MIN = 16
_PAGE = 100


class NewKey(NamedTuple):
    """An access key, as its holder must be told once."""

    id: str
    secret: str


async def create_administrator(store: Store, ring: Sealer, clock: Clock, account: str, user: str) -> NewKey:
    """Make a user with AdministratorAccess and an access key; one that is there gets another key. Raises
    `SettingsError`."""
    return await _give_key(store, ring, clock, account, user, NewKey(unique_id("AKIA"), new_secret()))


async def keep_administrator(store: Store, ring: Sealer, clock: Clock, account: str, user: str, key: NewKey) -> None:
    """See that an administrator with this very key is there: for servers whose keys are in their settings. Raises
    `SettingsError`."""
    if not _KEY.match(key.id):
        raise SettingsError("admin_access_key must have 16 to 128 letters, digits and underscores")
    if len(key.secret) < _SECRET_LENGTH_MIN:
        raise SettingsError(f"admin_secret_key must have at least {_SECRET_LENGTH_MIN} characters")
    await _give_key(store, ring, clock, account, user, key)


async def _give_key(store: Store, ring: Sealer, clock: Clock, account: str, user: str, key: NewKey) -> NewKey:
    if not is_account(account):
        raise SettingsError(f"account {account!r}: an account's id has 12 digits")
    if not _USER.match(user):
        raise SettingsError(f"user {user!r}: 1 to 64 letters, digits and +=,.@_-")
    now_s = clock.now_ms() // 1000
    name = user.lower()

    async def write(tx: Transaction) -> None:
        resource = await tx.get(USER, account, name)
        document = decode(UserDocument, resource) if resource else _new_user(user, now_s)
        attached = ADMINISTRATOR_ACCESS in document.attached
        if not attached:
            document.attached.append(ADMINISTRATOR_ACCESS)
            parent = f"{account} {ADMINISTRATOR_ACCESS}"
            await tx.create(Resource(ATTACHMENT, account, f"user/{name} {ADMINISTRATOR_ACCESS}", b"{}", parent))
        if resource is None:
            await tx.create(Resource(USER, account, name, encode(document)))
            await count(tx, USER, account, 1)
        elif not attached:
            await tx.replace(msgspec.structs.replace(resource, document=encode(document)))
        await _write_key(tx, ring, account, name, key, now_s)

    await store.transaction(write)
    return key


def _new_user(user: str, now_s: int) -> UserDocument:
    return UserDocument(name=user, id=unique_id("AIDA"), created_s=now_s)


async def _write_key(tx: Transaction, ring: Sealer, account: str, user: str, key: NewKey, now_s: int) -> None:
    """Create the key, or give it this secret. Raises `SettingsError` when it is somebody else's, or one too many."""
    key_id = key.id
    document = encode(
        AccessKeyDocument(account=account, user=user, secret=seal_secret(ring, key.id, key.secret), created_s=now_s)
    )
    existing = await tx.get(ACCESS_KEY, "", key_id)
    if existing is None:
        held = await tx.children(ACCESS_KEY, f"{account}/{user}")
        if len(held) >= KEYS_MAX:
            raise SettingsError(f"{user} has {KEYS_MAX} access keys already: delete one, or name another user")
        await tx.create(Resource(ACCESS_KEY, "", key_id, document, f"{account}/{user}"))
    elif existing.parent != f"{account}/{user}":
        raise SettingsError(f"access key {key_id} is another user's")
    elif not _is(ring, key, decode(AccessKeyDocument, existing)):
        await tx.replace(msgspec.structs.replace(existing, document=document))


def _is(ring: Sealer, key: NewKey, document: AccessKeyDocument) -> bool:
    return document.active and open_secret(ring, key.id, document.secret) == key.secret


async def has_administrator(store: Store, directory: Directory) -> bool:
    """Whether somebody holds an active key with which users can be made."""
    after = ("", "")
    while True:
        keys = await store.resources(ACCESS_KEY, "", after=after, limit=_PAGE)
        for key in keys:
            try:
                if _administers(await directory.find(key.name, "")):
                    return True
            except (NoSuchCredentials, BadToken):
                continue
        if len(keys) < _PAGE:
            return False
        after = (keys[-1].owner, keys[-1].name)


def _administers(identity: Identity) -> bool:
    question = Question(
        principal=identity.principal,
        action="iam:CreateUser",
        resource="*",
        owner=identity.principal.account,
        context={},
    )
    return identity.active and decide(question, identity.grants, None).allowed
