"""Which keys belong to a database: those of its folder or of its secret, and no others."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from chasqui.base.clock import SystemClock
from chasqui.base.errors import SettingsError
from chasqui.crypto import belonging
from chasqui.crypto.keyring import KeyRing
from chasqui.store.port import Store
from chasqui.store.sqlite import open_store

T = TypeVar("T")
SECRET = base64.b64encode(bytes(range(7, 39))).decode()
OTHER = base64.b64encode(bytes(range(9, 41))).decode()


def with_store(data: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    async def main() -> T:
        store = await open_store(data, clock=SystemClock())
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(main())


def opened(data: Path, secret: str = "") -> KeyRing:
    """The ring of a server that starts on this data, as it does."""

    async def work(store: Store) -> KeyRing:
        ring = await belonging.ring_of(store, data / "keys", secret)
        await belonging.note(store, ring)
        return ring

    return with_store(data, work)


@pytest.mark.parametrize("secret", ["", SECRET])
def test_a_restarted_server_opens_what_it_sealed(tmp_path: Path, secret: str) -> None:
    sealed = opened(tmp_path, secret).seal("olá".encode())

    assert opened(tmp_path, secret).open(sealed) == "olá".encode()


@pytest.mark.parametrize(("first", "then"), [(SECRET, OTHER), (SECRET, ""), ("", SECRET)])
def test_a_server_with_other_keys_does_not_start(tmp_path: Path, first: str, then: str) -> None:
    opened(tmp_path, first)

    with pytest.raises(SettingsError):
        opened(tmp_path, then)


def test_one_secret_gives_each_database_another_key(tmp_path: Path) -> None:
    one, two = opened(tmp_path / "one", SECRET), opened(tmp_path / "two", SECRET)

    assert one.fingerprints != two.fingerprints


def test_a_secret_leaves_no_key_in_files(tmp_path: Path) -> None:
    opened(tmp_path, SECRET)

    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("secret", ["", SECRET])
def test_an_emptied_database_keeps_its_keys(tmp_path: Path, secret: str) -> None:
    ring = opened(tmp_path, secret)

    with_store(tmp_path, lambda store: belonging.reset(store, ring))

    assert opened(tmp_path, secret).fingerprints == ring.fingerprints
