"""A scene for Lambda's invocations: the services on a store in memory with a frozen clock, and a runner that does as it
is told in place of processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from chasqui.assembly import assemble
from chasqui.base.call import Call
from chasqui.base.clock import TestClock
from chasqui.base.principal import root_of
from chasqui.base.settings import Settings
from chasqui.crypto.keyring import memory_ring
from chasqui.services.lambda_.functions.documents import FunctionDocument, VersionDocument, new_function, new_version
from chasqui.services.lambda_.invoking import work
from chasqui.services.lambda_.room import Room
from chasqui.services.lambda_.running.contract import Deployment, Finished, Invocation, Stream
from chasqui.store.port import Transaction
from chasqui.store.sqlite import SqliteStore, open_store

NOW = 1_700_000_000_000
ACCOUNT, REGION = "000000000000", "us-east-1"
OWNER = f"{ACCOUNT}/{REGION}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"

Answer = Callable[[Deployment, Invocation], Finished]


def echo(_deployment: Deployment, invocation: Invocation) -> Finished:
    return Finished(payload=invocation.payload, log_tail=b"START\nEND\n", duration_ms=2.0)


def fail(_deployment: Deployment, _invocation: Invocation) -> Finished:
    return Finished(payload=b'{"errorMessage":"it broke","errorType":"ValueError"}', error="Unhandled")


class FakeRunner:
    """Runs `answer`; `gate`, when there is one, holds invocations up."""

    def __init__(self) -> None:
        self.answer: Answer = echo
        self.gate: asyncio.Event | None = None
        self.met: list[Invocation] = []
        self.pieces: list[bytes] | None = None
        self.prelude: bytes | None = None
        self.content_type = "application/json"

    async def run(self, deployment: Deployment, invocation: Invocation, stream: Stream | None = None) -> Finished:
        self.met.append(invocation)
        if self.gate is not None:
            await self.gate.wait()
        finished = self.answer(deployment, invocation)
        if stream is not None and not finished.error:
            await stream.begin(self.content_type, self.prelude)
            for piece in [finished.payload] if self.pieces is None else self.pieces:
                await stream.write(piece)
        return finished

    def retire(self, name: str, keep: frozenset[str]) -> None:
        pass

    def statistics(self) -> Mapping[str, object]:
        return {}

    async def close(self) -> None:
        pass


class Scene:
    """What a test's story is told with."""

    def __init__(self, store: SqliteStore, clock: TestClock, **how: Any) -> None:
        self.store = store
        self.clock = clock
        self.parts = assemble(Settings(database="memory", **how), store, clock, memory_ring())
        self.services = {each.name: each for each in self.parts.services}
        self.room: Room = self.parts.functions
        self.runner = FakeRunner()
        self.room.__dict__["runner"] = self.runner
        self.call = Call(ACCOUNT, REGION, root_of(ACCOUNT), ACCOUNT, "http://localhost:4566")

    async def function(
        self, name: str = "f", *, reserved: int | None = None, document: FunctionDocument | None = None, **version: Any
    ) -> str:
        """A function; its ARN."""
        document = document or FunctionDocument(created_ms=NOW)
        document.reserved = reserved
        facts = {"runtime": "python3.11", "handler": "f.h", "role": ROLE, **version}
        latest = VersionDocument(build=f"{name}-1", revision="1", modified_ms=NOW, **facts)

        async def create(tx: Transaction) -> None:
            await tx.create(new_function(OWNER, name, document))
            await tx.create(new_version(OWNER, name, "$LATEST", latest))

        await self.store.transaction(create)
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"

    async def ask(self, service: str, operation: str, **parameters: Any) -> Any:
        """Call an operation."""
        table = self.services[service].table()
        request = table.inputs[operation](**parameters)
        return await table.operations[operation](self.services[service].room, self.call, request)

    async def invoke(self, name: str = "f", payload: Any = None, **parameters: Any) -> Any:
        body = b"" if payload is None else payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return await self.ask("lambda", "Invoke", FunctionName=name, Payload=body, **parameters)

    async def queue(self, name: str = "q") -> tuple[str, str]:
        """A queue of SQS: its URL and its ARN."""
        made = await self.ask("sqs", "CreateQueue", QueueName=name)
        return made.QueueUrl, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    async def received(self, url: str) -> list[Any]:
        names = ["All"]
        found = await self.ask(
            "sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=names
        )
        return list(found.Messages or ())

    async def rest(self) -> None:
        """Until nothing moves any more."""
        quiet = 0
        while quiet < 5:
            before = self._moves()
            await self.store.engine.idle()
            await asyncio.sleep(0.001)
            quiet = quiet + 1 if self._moves() == before else 0

    def _moves(self) -> tuple[int, ...]:
        return (
            self.store.engine.db.total_changes(), len(self.runner.met), *self.room.outbox.statistics().values()
        )  # fmt: skip

    async def pass_(self, seconds: float) -> None:
        """Let time pass, and what it brings happen."""
        self.clock.advance(round(seconds * 1000))
        await self.rest()


Story = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def tell() -> Callable[..., None]:
    """Runs a story on a fresh store."""

    def run(story: Story, **how: Any) -> None:
        async def main() -> None:
            clock = TestClock(frozen_at_ms=NOW)
            store = await open_store(None, clock=clock)
            scene = Scene(store, clock, **how)
            scene.room.endpoint = "http://localhost:4566"
            await work.begin(scene.room)
            try:
                await story(scene)
            finally:
                await scene.room.outbox.close_all()
                await scene.room.background.close()
                await store.close()

        asyncio.run(main())

    return run
