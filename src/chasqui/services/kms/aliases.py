"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases."""

from __future__ import annotations

import re
from typing import Final

from chasqui.base.call import Call, owner_of
from chasqui.crypto.kms import errors
from chasqui.crypto.kms.documents import (
    ALIAS,
    AliasDocument,
    alias_arn,
    alias_resource,
    decode_alias,
)
from chasqui.crypto.kms.keys import Key
from chasqui.services.kms.rules import key_to_change, key_to_manage, page, read_marker, seconds
from chasqui.services.kms.service import Room
from chasqui.services.kms.types import (
    AliasListEntry,
    CreateAliasRequest,
    DeleteAliasRequest,
    ListAliasesRequest,
    ListAliasesResponse,
    UpdateAliasRequest,
)
from chasqui.store.port import Resource, Transaction

_PREFIX: Final = "alias/"
_NAME: Final = re.compile(r"[a-zA-Z0-9/_-]+\Z")
_PER_KEY_MAX: Final = 50
_LIST_DEFAULT: Final = 50


def read_name(text: str | None) -> str:
    """An alias' name without "alias/", one that its owner may have. Raises `ValidationException`,
    `InvalidAliasNameException` and `NotAuthorizedException`."""
    name = text or ""
    if not name.startswith(_PREFIX):
        raise errors.invalid(
            'Alias must start with the prefix "alias/". Please see'
            " https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    name = name.removeprefix(_PREFIX)
    if not _NAME.match(name):
        raise errors.refused("InvalidAliasNameException", f"{text} is not a valid alias name.")
    if name.startswith("aws/"):
        raise errors.refused("NotAuthorizedException")
    return name


async def _target(room: Room, call: Call, text: str | None) -> Key:
    if text and (text.startswith(_PREFIX) or f":{_PREFIX}" in text):
        raise errors.invalid("Aliases must refer to keys. Not aliases")
    key = await key_to_change(room, call, text)
    key.require_not_pending()
    return key


async def create_alias(room: Room, call: Call, request: CreateAliasRequest) -> None:
    name = read_name(request.AliasName)
    key = await _target(room, call, request.TargetKeyId)
    now_ms = room.clock.now_ms()

    async def create(tx: Transaction) -> None:
        if await tx.get(ALIAS, key.owner, name) is not None:
            arn = alias_arn(key.owner, name)
            raise errors.refused("AlreadyExistsException", f"An alias with the name {arn} already exists")
        if len(await tx.children(ALIAS, key.arn, limit=_PER_KEY_MAX)) >= _PER_KEY_MAX:
            raise errors.refused("LimitExceededException", f"A key has at most {_PER_KEY_MAX} aliases.")
        document = AliasDocument(target=key.id, created_ms=now_ms, updated_ms=now_ms)
        await tx.create(alias_resource(key.owner, name, document))

    await room.store.transaction(create)


async def update_alias(room: Room, call: Call, request: UpdateAliasRequest) -> None:
    name = read_name(request.AliasName)
    key = await _target(room, call, request.TargetKeyId)
    owner = owner_of(call)
    old = await room.vault.alias(owner, name)
    before = await room.vault.key(owner, old.target) if old is not None else None
    if before is not None and before.document.usage != key.document.usage:
        raise errors.invalid(f"{key.arn} has another key usage than the alias' present key.")
    now_ms = room.clock.now_ms()

    async def replace(tx: Transaction) -> None:
        resource = await _read(tx, owner, name)
        document = decode_alias(resource.document)
        document.target, document.updated_ms = key.id, now_ms
        await tx.replace(alias_resource(owner, name, document, resource))

    await room.store.transaction(replace)


async def delete_alias(room: Room, call: Call, request: DeleteAliasRequest) -> None:
    name = read_name(request.AliasName)

    async def delete(tx: Transaction) -> None:
        await tx.delete(await _read(tx, owner_of(call), name))

    await room.store.transaction(delete)


async def _read(tx: Transaction, owner: str, name: str) -> Resource:
    resource = await tx.get(ALIAS, owner, name)
    if resource is None:
        raise errors.alias_not_found(alias_arn(owner, name))
    return resource


async def list_aliases(room: Room, call: Call, request: ListAliasesRequest) -> ListAliasesResponse:
    owner = owner_of(call)
    limit = request.Limit or _LIST_DEFAULT
    after = read_marker(request.Marker)
    if request.KeyId is not None:
        rows = await _of_key(room, await key_to_manage(room, call, request.KeyId), after, limit + 1)
    else:
        rows = await room.store.resources(ALIAS, owner, after=(owner, after), limit=limit + 1)
    shown, more = page(rows, [row.name for row in rows], limit)
    return ListAliasesResponse(Aliases=[_entry(row) for row in shown], **more)


async def _of_key(room: Room, key: Key, after: str, limit: int) -> list[Resource]:
    async def read(tx: Transaction) -> list[Resource]:
        return await tx.children(ALIAS, key.arn, after=f"{key.owner} {after}", limit=limit)

    return await room.store.transaction(read)


def _entry(row: Resource) -> AliasListEntry:
    document = decode_alias(row.document)
    return AliasListEntry(
        AliasName=_PREFIX + row.name,
        AliasArn=alias_arn(row.owner, row.name),
        TargetKeyId=document.target,
        CreationDate=seconds(document.created_ms),
        LastUpdatedDate=seconds(document.updated_ms),
    )
