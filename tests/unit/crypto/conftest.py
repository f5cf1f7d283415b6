"""A scene for tests of keys: a vault on a store in memory, on a frozen clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.principal import root_of
from chasqui.crypto.keyring import memory_ring
from chasqui.crypto.kms.documents import KeyDocument
from chasqui.crypto.kms.keys import Key
from chasqui.crypto.kms.managed import default_policy
from chasqui.crypto.kms.vault import Vault
from chasqui.store.sqlite import open_store

NOW = 1_700_000_000_000
DAY_MS = 86_400_000
ACCOUNT = "000000000000"
OWNER = f"{ACCOUNT}/us-east-1"


class Scene:
    """What a test's story is told with."""

    def __init__(self, vault: Vault, clock: TestClock) -> None:
        self.vault = vault
        self.clock = clock

    async def key(self, **facts: object) -> Key:
        document = KeyDocument(created_ms=NOW, policy=default_policy(OWNER), materials=[])
        for name, value in facts.items():
            setattr(document, name, value)
        return await self.vault.create(OWNER, document, bytes(32))

    async def change(self, key: Key, **facts: object) -> Key:
        def edit(document: KeyDocument) -> None:
            for name, value in facts.items():
                setattr(document, name, value)

        return await self.vault.change(key, edit)


def call_of(account: str = ACCOUNT) -> Call:
    return Call(account, "us-east-1", root_of(account), account, "http://localhost")


Story = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def tell() -> Callable[[Story], None]:
    """Runs a story."""

    def run(story: Story) -> None:
        async def main() -> None:
            clock = TestClock(frozen_at_ms=NOW)
            store = await open_store(None, clock=clock)
            try:
                await story(Scene(Vault(store, clock, memory_ring()), clock))
            finally:
                await store.close()

        asyncio.run(main())

    return run
