"""Finds keys by whatever names them, keeps those in use, and encrypts under them.

A key is read from the store when first wanted and dropped when its resource changes. Nothing watches the clock: a key
whose time to be deleted has come is missing from then on, and is deleted by who first looks for it; a key whose
rotation is due is rotated by who next encrypts with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeVar

from chasqui.base.arn import parse_arn
from chasqui.base.bounded import keep
from chasqui.base.clock import Clock
from chasqui.base.ids import new_uuid
from chasqui.crypto.keyring import KeyRing
from chasqui.crypto.kms import errors, managed
from chasqui.crypto.kms.blobs import open_blob, read_blob, seal_blob
from chasqui.crypto.kms.documents import (
    ALIAS,
    ENCRYPT_DECRYPT,
    GRANT,
    KEY,
    AliasDocument,
    KeyDocument,
    alias_arn,
    alias_resource,
    decode_alias,
    decode_key,
    key_arn,
    key_resource,
)
from chasqui.crypto.kms.keys import Key, new_material, rotate_when_due, rotation_due
from chasqui.store.port import Resource, Store, Transaction, VersionConflict

T = TypeVar("T")

KEY_ID: Final = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
_CACHED_MAX: Final = 1024
_SWEPT_AT_ONCE: Final = 1000


class Decrypted(NamedTuple):
    """What a blob held, and the key and backing key that opened it."""

    key: Key
    clear: bytes
    material: str


class Vault:
    """The keys of every account and region. Owners are "account/region"."""

    def __init__(self, store: Store, clock: Clock, ring: KeyRing) -> None:
        self.store = store
        self.clock = clock
        self.ring = ring
        self._keys: dict[tuple[str, str], Key] = {}
        self._aliases: dict[tuple[str, str], AliasDocument] = {}
        self._changes = 0
        store.watch_resources(KEY, self._key_changed)
        store.watch_resources(ALIAS, self._alias_changed)

    def _key_changed(self, owner: str, name: str) -> None:
        self._changes += 1
        self._keys.pop((owner, name), None)

    def _alias_changed(self, owner: str, name: str) -> None:
        self._changes += 1
        self._aliases.pop((owner, name), None)

    # ------------------------------------------------------------------------------------------------------- finding

    async def find(self, owner: str, text: str, *, aliases: bool = True) -> Key:
        """The key that an id, an ARN, an alias' name or an alias' ARN names to a caller of `owner`. Raises
        `NotFoundException`."""
        if text.startswith("arn:"):
            owner, text = _of_arn(owner, text)
        if text.startswith("alias/") and aliases:
            return await self._find_alias(owner, text.removeprefix("alias/"))
        if not KEY_ID.match(text):
            raise errors.invalid_key_id(text)
        key = await self.key(owner, text)
        if key is None:
            raise errors.key_not_found(key_arn(owner, text))
        return key

    async def _find_alias(self, owner: str, name: str) -> Key:
        alias = await self.alias(owner, name)
        if alias is None and managed.is_managed(name):
            alias = await self._create_managed(owner, name)
        key = await self.key(owner, alias.target) if alias is not None else None
        if key is None:
            raise errors.alias_not_found(alias_arn(owner, name))
        return key

    async def key(self, owner: str, key_id: str) -> Key | None:
        """The key with this id, or None."""
        key = self._keys.get((owner, key_id))
        if key is None or not self.store.fresh():
            changes = self._changes
            resource = await self.store.resource(KEY, owner, key_id)
            if resource is None:
                return None
            key = self._keys.get((owner, key_id))
            if key is None or key.resource.version != resource.version:
                key = Key(resource, self.ring)
                # It may have been this one that changed since it was read: then it is good for this call alone.
                if changes == self._changes:
                    keep(self._keys, (owner, key_id), key, _CACHED_MAX)
        if key.gone(self.clock.now_ms()):
            await self._sweep(key)
            return None
        return key

    async def alias(self, owner: str, name: str) -> AliasDocument | None:
        """The alias with this name (without "alias/"), or None."""
        alias = self._aliases.get((owner, name))
        if alias is None or not self.store.fresh():
            changes = self._changes
            resource = await self.store.resource(ALIAS, owner, name)
            if resource is None:
                return None
            alias = decode_alias(resource.document)
            if changes == self._changes:
                keep(self._aliases, (owner, name), alias, _CACHED_MAX)
        return alias

    # ------------------------------------------------------------------------------------------------------ changing

    async def create(self, owner: str, document: KeyDocument, material: bytes) -> Key:
        """A new key with this first backing key."""
        key_id = new_uuid()
        document.materials = [new_material(self.ring, key_id, material, document.created_ms)]

        async def create(tx: Transaction) -> Resource:
            return await tx.create(key_resource(owner, key_id, document))

        return Key(await self.store.transaction(create), self.ring)

    async def change(self, key: Key, edit: Callable[[KeyDocument], object]) -> Key:
        """Let `edit` change a key's document; what it raises leaves the key as it was. Raises `NotFoundException`."""

        async def write(tx: Transaction) -> Resource:
            resource = await tx.get(KEY, key.owner, key.id)
            if resource is None or resource.generation != key.resource.generation:
                raise errors.key_not_found(key.arn)
            document = decode_key(resource.document)
            edit(document)
            return await tx.replace(key_resource(key.owner, key.id, document, resource))

        return Key(await self.store.transaction(write), self.ring)

    async def rotated(self, key: Key) -> Key:
        """The key, after its automatic rotation if that is due."""
        now_ms = self.clock.now_ms()
        if not rotation_due(key.document, now_ms):
            return key
        return await self.change(key, lambda document: rotate_when_due(self.ring, key.id, document, now_ms))

    async def _create_managed(self, owner: str, name: str) -> AliasDocument:
        """The key that AWS would have for a service in this account and region, made when first used."""
        now_ms = self.clock.now_ms()
        key_id = new_uuid()
        document = managed.document(owner, name, new_material(self.ring, key_id, os.urandom(32), now_ms), now_ms)
        alias = AliasDocument(target=key_id, created_ms=now_ms, updated_ms=now_ms)

        async def create(tx: Transaction) -> AliasDocument:
            existing = await tx.get(ALIAS, owner, name)
            if existing is not None:
                return decode_alias(existing.document)
            await tx.create(key_resource(owner, key_id, document))
            await tx.create(alias_resource(owner, name, alias))
            return alias

        return await self.store.transaction(create)

    async def _sweep(self, key: Key) -> None:
        """Delete a key whose time has come, with its aliases and grants."""

        async def delete(tx: Transaction) -> None:
            resource = await tx.get(KEY, key.owner, key.id)
            if resource is None or resource.version != key.resource.version:
                return
            for type_ in (ALIAS, GRANT):
                for each in await tx.children(type_, key.arn, limit=_SWEPT_AT_ONCE):
                    await tx.delete(each)
            await tx.delete(resource)

        try:
            await self.store.transaction(delete)
        except VersionConflict:
            # Another node was faster.
            return

    # --------------------------------------------------------------------------------------------------- encrypting

    async def encrypt(
        self, key: Key, clear: bytes, context: Mapping[str, str], operation: str = "Encrypt"
    ) -> tuple[bytes, str]:
        """The ciphertext blob of `clear`, and the id of the backing key. Raises what `Key.require` does."""
        key.require(ENCRYPT_DECRYPT, operation)
        key = await self.rotated(key)
        material = key.material(key.current.id)
        assert material is not None, "a key has its current backing key"
        return seal_blob(key.arn, key.current.id, material, clear, context), key.current.id

    async def generate_data_key(
        self, key: Key, size: int, context: Mapping[str, str], operation: str = "GenerateDataKey"
    ) -> tuple[bytes, bytes, str]:
        """A new data key of so many bytes, its blob, and the id of the backing key."""
        clear = os.urandom(size)
        blob, material = await self.encrypt(key, clear, context, operation)
        return clear, blob, material

    async def decrypt(
        self, region: str, blob: bytes, context: Mapping[str, str], key: Key | None = None, operation: str = "Decrypt"
    ) -> Decrypted:
        """What a blob holds; `key` when the caller says which it must be. Raises `InvalidCiphertextException`,
        `IncorrectKeyException`, `AccessDeniedException` for a key that is missing, and what `Key.require` does."""
        parts = read_blob(blob)
        if parts is None:
            raise errors.invalid_ciphertext()
        if key is None:
            arn = parse_arn(parts.arn)
            if arn is None or arn.region != region:
                raise errors.unreachable_key()
            key = await self.key(f"{arn.account}/{arn.region}", arn.resource.removeprefix("key/"))
            if key is None:
                raise errors.unreachable_key()
        elif key.arn != parts.arn:
            raise errors.incorrect_key()
        key.require(ENCRYPT_DECRYPT, operation)
        material = key.material(parts.material)
        clear = open_blob(parts, material, context) if material is not None else None
        if clear is None:
            raise errors.invalid_ciphertext()
        return Decrypted(key, clear, parts.material)


def _of_arn(owner: str, text: str) -> tuple[str, str]:
    """Owner and "key id" or "alias/name" of an ARN. Raises `NotFoundException`."""
    arn = parse_arn(text)
    region = owner.partition("/")[2]
    if arn is None or arn.service != "kms":
        raise errors.invalid_arn(text)
    if arn.region != region:
        raise errors.invalid_arn(arn.region)
    if not arn.resource.startswith(("key/", "alias/")):
        raise errors.invalid_arn(text)
    return f"{arn.account}/{arn.region}", arn.resource.removeprefix("key/")
