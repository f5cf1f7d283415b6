"""IAM's operations on the plainest store, without a server: what a request says goes straight to its operation."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from chasqui.access.authorizer import Authorizer
from chasqui.access.identity.directory import Directory
from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.errors import ServiceError
from chasqui.base.principal import Principal, root_of
from chasqui.crypto.keyring import memory_ring
from chasqui.services.iam.describe import Describer
from chasqui.services.iam.service import Room
from chasqui.services.iam.table import TABLE
from chasqui.store.memory import MemoryStore

ACCOUNT = "111122223333"
NOW_MS = 1_700_000_000_000


class Iam:
    """Calls operations: `iam("CreateUser", UserName="bob")` gives the answer as plain data."""

    def __init__(self) -> None:
        self.clock = TestClock(frozen_at_ms=NOW_MS)
        self.store = MemoryStore(self.clock)
        ring = memory_ring()
        self.describer = Describer(self.store)
        directory = Directory(self.store, ring)

        async def describe(_arn: str) -> None:
            return None

        self.room = Room(self.store, self.clock, ring, directory, Authorizer(describe, self.store.fresh))
        self.principal = root_of(ACCOUNT)

    def as_user(self, name: str) -> None:
        """From now on this user calls."""
        arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
        self.principal = Principal(kind="user", account=ACCOUNT, arn=arn, id="AIDA", name=name)

    def call(self, account: str = ACCOUNT) -> Call:
        return Call(account, "us-east-1", self.principal, self.principal.id, "http://localhost:4566")

    def request(self, operation: str, **members: Any) -> Any:
        kind = TABLE.inputs.get(operation)
        return msgspec.convert(members, kind) if kind is not None else None

    def __call__(self, operation: str, *, account: str = ACCOUNT, **members: Any) -> Any:
        request = self.request(operation, **members)

        async def run() -> Any:
            return await TABLE.operations[operation](self.room, self.call(account), request)

        return msgspec.to_builtins(asyncio.run(run()), builtin_types=(bytes,))

    def refusal(self, operation: str, **members: Any) -> tuple[str, str]:
        """(code, message) of a call that is refused."""
        with pytest.raises(ServiceError) as refused:
            self(operation, **members)
        return refused.value.code, refused.value.message

    def run(self, work: Any) -> Any:
        """The result of something that is awaited."""

        async def wait() -> Any:
            return await work

        return asyncio.run(wait())


TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}]}'
)
