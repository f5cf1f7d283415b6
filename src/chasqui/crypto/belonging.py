"""Which keys belong to a database: noted in it, so that no server with other ones ever serves it.

The keys themselves are in files (`keyring.py`) or derived from a secret (`derived.py`); the database has their
fingerprints and, for a secret, the salt.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

import msgspec

from chasqui.base.errors import SettingsError
from chasqui.crypto.keyring import KeyRing, open_ring
from chasqui.store.port import Resource, Store, Transaction, VersionConflict

_FINGERPRINTS: Final = ("chasqui:keys", "", "keys")
_SALT: Final = ("chasqui:keys", "", "salt")
_SALT_BYTES: Final = 32
_OTHERS: Final = (
    "the messages in this database are sealed with another server's keys: put that server's keys folder here, or name"
    " it with --keys, or give its keys_secret"
)


async def ring_of(store: Store, folder: Path, secret: str) -> KeyRing:
    """The ring for this database: derived from the secret if there is one, else of the folder's files. Raises
    `SettingsError`."""
    known = await _known(store)
    if not secret:
        return open_ring(folder, known)
    # When it is used: most servers have files.
    from chasqui.crypto.derived import secret_ring  # noqa: PLC0415

    salt = await _salt(store)
    ring = await asyncio.get_running_loop().run_in_executor(None, secret_ring, secret, salt)
    if any(ring.fingerprints.get(number) != mark for number, mark in known.items()):
        raise SettingsError(_OTHERS)
    return ring


async def _salt(store: Store) -> bytes:
    """The database's salt, made when it is first asked for."""

    async def make(tx: Transaction) -> bytes:
        kept = await tx.get(*_SALT)
        if kept is None:
            kept = await tx.create(Resource(*_SALT, os.urandom(_SALT_BYTES).hex().encode()))
        return bytes.fromhex(kept.document.decode())

    try:
        return await store.transaction(make)
    except VersionConflict:
        return await store.transaction(make)


async def note(store: Store, ring: KeyRing) -> None:
    """Note the ring's keys, so that a server with other ones never serves this database. Raises `SettingsError` when
    another server was faster to begin one."""

    async def write(tx: Transaction) -> None:
        current = await tx.get(*_FINGERPRINTS)
        if current is None:
            await tx.create(Resource(*_FINGERPRINTS, msgspec.json.encode(ring.fingerprints)))
            return
        known = msgspec.json.decode(current.document, type=dict[int, str])
        if any(ring.fingerprints.get(number) != mark for number, mark in known.items()):
            raise SettingsError(_OTHERS)
        if known != ring.fingerprints:
            document = msgspec.json.encode(ring.fingerprints)
            await tx.replace(msgspec.structs.replace(current, document=document))

    await store.transaction(write)


async def reset(store: Store, ring: KeyRing) -> None:
    """Empty the store, save what says which keys are its own."""
    salt = await store.resource(*_SALT)
    await store.reset()
    if salt is not None:
        await store.transaction(lambda tx: tx.create(Resource(*_SALT, salt.document)))
    await note(store, ring)


async def _known(store: Store) -> dict[int, str]:
    resource = await store.resource(*_FINGERPRINTS)
    return msgspec.json.decode(resource.document, type=dict[int, str]) if resource is not None else {}
