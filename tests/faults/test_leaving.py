"""Clients that leave, at any point of a request and in any way: in its head, in its body, before its answer, in the
middle of it. What others wait for goes on, what was taken is given back, and everything still answers.

The server runs on the test's own loop: so the test can leave a turn of the loop later each time, and look at everything
that the server holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import quote

import boto3
import msgspec
import pytest
from botocore.config import Config

from chasqui.app import App, build
from chasqui.base.loops import loop_factory
from chasqui.base.settings import load_settings
from tests.faults.client import operation_bytes, request_bytes
from tests.support import CREDENTIALS
from tests.unit.server.serving import until

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
CODE = "def handler(event, context):\n    return event\n"
LARGE = 600_000
TURNS = (0, 1, 2, 3, 5, 8, 13, 40)
"""How many turns of the loop a client waits for its answer before it leaves."""
SECONDS = 30.0

Leave = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def reset(writer: asyncio.StreamWriter) -> None:
    """Go at once, with what was not read."""
    writer.transport.abort()


async def close(writer: asyncio.StreamWriter) -> None:
    """Go as programs do that end."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def close_half(writer: asyncio.StreamWriter) -> None:
    """Send no more, and go a little later without having read."""
    writer.write_eof()
    for _ in range(4):
        await asyncio.sleep(0)
    writer.transport.abort()


WAYS: dict[str, Leave] = {"reset": reset, "close": close, "half": close_half}


def signed(service: str) -> dict[str, str]:
    scope = f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request"
    return {"Host": "localhost", "Authorization": f"{scope}, SignedHeaders=host, Signature={'0' * 64}"}


def browsing(path: str) -> bytes:
    fields = {"Host": "localhost", "Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}
    return request_bytes(f"/_chasqui/console/us-east-1/{path}", fields, b"", "GET")


def zipped(code: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", code)
    return packed.getvalue()


class Held(msgspec.Struct, frozen=True):
    """What a server holds."""

    connections: int
    claims: int
    commands: int
    tasks: int
    files: int
    bodies: int


class World:
    """A server with something of everything."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.port = app.port
        self.url = f"http://127.0.0.1:{self.port}"
        self.queue = f"{self.url}/{ACCOUNT}/orders"
        self.topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:orders"

    def make(self) -> None:
        """Resources, from a thread."""

        def client(service: str) -> Any:
            config = Config(retries={"max_attempts": 0}, read_timeout=60)
            return boto3.client(service, endpoint_url=self.url, config=config, **CREDENTIALS)

        sqs, sns, functions = client("sqs"), client("sns"), client("lambda")
        self.queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
        self.empty = sqs.create_queue(QueueName="empty")["QueueUrl"]
        sns.create_topic(Name="orders")
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders")
        s3 = client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="large", Body=bytes(4 << 20))
        functions.create_function(
            FunctionName="echo", Runtime="python3.11", Role=ROLE, Handler="app.handler", Code={"ZipFile": zipped(CODE)}
        )
        # One environment, which is kept: more would have files of their own.
        functions.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=1)
        functions.invoke(FunctionName="echo", Payload=b"1")
        for each in (sqs, sns, s3, functions):
            each.close()

    def held(self) -> Held:
        """What is held now."""
        listener = self.app.listener
        assert listener is not None
        store = self.app.store.statistics()
        return Held(
            connections=listener.statistics().connections_now,
            claims=store["claims_waiting"],
            commands=store["commands_waiting"],
            tasks=len(asyncio.all_tasks()),
            files=len(os.listdir("/proc/self/fd")),
            bodies=self.app.gateway._reception._bodies._held,
        )

    def requests(self) -> dict[str, bytes]:
        """One of each kind."""
        body = quote("x" * 100)
        return {
            "SendMessage": operation_bytes(
                "SendMessage", json.dumps({"QueueUrl": self.queue, "MessageBody": "m" * 100}).encode()
            ),
            "ReceiveMessage": operation_bytes(
                "ReceiveMessage", json.dumps({"QueueUrl": self.empty, "WaitTimeSeconds": 20}).encode()
            ),
            "Publish": request_bytes(
                "/",
                {**signed("sns"), "Content-Type": "application/x-www-form-urlencoded"},
                f"Action=Publish&Version=2010-03-31&TopicArn={quote(self.topic)}&Message={body}".encode(),
            ),
            "PutObject": request_bytes("/bucket/small", signed("s3"), b"o" * 1000, "PUT"),
            "PutObject, large": request_bytes("/bucket/new", signed("s3"), b"o" * LARGE, "PUT"),
            "GetObject": request_bytes("/bucket/large", signed("s3"), b"", "GET"),
            "Invoke": request_bytes("/2015-03-31/functions/echo/invocations", signed("lambda"), b'{"a": 1}'),
            "a control endpoint": request_bytes("/_chasqui/metrics", {"Host": "localhost"}, b"", "GET"),
            "a page": browsing("queues"),
            "a stream": browsing("home/live"),
        }

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, data: bytes) -> bytes:
        """The status of an answer, and what comes with it."""
        reader, writer = await self.connect()
        try:
            writer.write(data)
            return await reader.readuntil(b"\r\n\r\n")
        finally:
            writer.transport.abort()

    async def everything_answers(self) -> None:
        """Every kind of request."""
        for name, data in self.requests().items():
            if name == "ReceiveMessage":
                data = data.replace(b'"WaitTimeSeconds": 20', b'"WaitTimeSeconds": 0 ')
            async with asyncio.timeout(SECONDS):
                # What was invoked for somebody who left may be running still.
                while (answer := await self.ask(data)).startswith(b"HTTP/1.1 429 "):
                    await asyncio.sleep(0.02)
            assert answer.startswith(b"HTTP/1.1 200 "), (name, answer)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=loop_factory()) as running:
        yield running


@pytest.fixture(scope="module")
def made(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    overrides = {"data": str(tmp_path_factory.mktemp("data")), "port": 0, "host": "127.0.0.1"}

    async def start() -> World:
        app = await build(load_settings(environ={}, overrides=overrides))
        await app.start()
        world = World(app)
        await asyncio.to_thread(world.make)
        await world.everything_answers()
        return world

    world = runner.run(start())
    yield world
    runner.run(world.app.close())


async def given_back(made: World, before: Held) -> None:
    """Wait until nothing is held that was not held before."""

    def settled() -> bool:
        now = made.held()
        return all(getattr(now, each) <= getattr(before, each) for each in Held.__struct_fields__)

    with contextlib.suppress(TimeoutError):
        await until(settled, SECONDS)
    assert settled(), (before, made.held())


async def quiet(made: World) -> Held:
    """What the server holds when nobody asks anything."""
    await until(lambda: made.held().connections == 0, SECONDS)
    return made.held()


@pytest.mark.parametrize("way", WAYS)
def test_clients_may_leave_at_any_point_of_a_request(runner: asyncio.Runner, made: World, way: str) -> None:
    async def main() -> None:
        before = await quiet(made)
        for data in made.requests().values():
            head = data.index(b"\r\n\r\n") + 4
            cuts = {head // 2, head, (head + len(data)) // 2, len(data) - 1}
            for cut in sorted(cuts - {len(data)}):
                _, writer = await made.connect()
                writer.write(data[:cut])
                await asyncio.sleep(0)
                await WAYS[way](writer)
        await given_back(made, before)
        await made.everything_answers()

    runner.run(main())


@pytest.mark.parametrize("way", WAYS)
def test_clients_may_leave_before_their_answer(runner: asyncio.Runner, made: World, way: str) -> None:
    async def main() -> None:
        before = await quiet(made)
        for data in made.requests().values():
            for turns in TURNS:
                _, writer = await made.connect()
                writer.write(data)
                for _ in range(turns):
                    await asyncio.sleep(0)
                await WAYS[way](writer)
        await given_back(made, before)
        await made.everything_answers()

    runner.run(main())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["GetObject", "a stream"])
def test_clients_may_leave_in_the_middle_of_their_answer(
    runner: asyncio.Runner, made: World, way: str, name: str
) -> None:
    async def main() -> None:
        before = await quiet(made)
        # More streams than one visitor may have at a time.
        for _ in range(40):
            reader, writer = await made.connect()
            writer.write(made.requests()[name])
            assert await reader.readuntil(b"\r\n\r\n")
            assert await reader.read(1)
            await WAYS[way](writer)
            await until(lambda: made.held().connections == 0, SECONDS)
        await given_back(made, before)
        await made.everything_answers()

    runner.run(main())


def test_who_waits_for_the_same_is_not_let_down_by_one_who_leaves(runner: asyncio.Runner, made: World) -> None:
    async def main() -> None:
        data = made.requests()
        for name in ("Publish", "SendMessage", "PutObject", "a page"):
            pairs = [await made.connect() for _ in range(12)]
            for _, writer in pairs:
                writer.write(data[name])
            for number, (_, writer) in enumerate(pairs):
                if number % 2:
                    await asyncio.sleep(0)
                    writer.write_eof()
                elif number % 4:
                    writer.transport.abort()
            for number, (reader, writer) in enumerate(pairs):
                if number % 2:
                    async with asyncio.timeout(SECONDS):
                        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200 "), name
                    writer.transport.abort()

    runner.run(main())
