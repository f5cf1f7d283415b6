"""Runs functions without the API: a runner on a store in memory, on a loop of its own thread."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import itertools
import threading
import zipfile
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from chasqui.app import App, build
from chasqui.base.loops import loop_factory
from chasqui.base.settings import load_settings
from chasqui.services.lambda_.running.contract import Deployment, Finished, Invocation, Package, Runner, Stream
from chasqui.store.port import Transaction
from chasqui.telemetry.log_reading import LogReading

EXECUTABLE = 0o755


class Harness:
    """A runner to call from tests."""

    def __init__(self, folder: Path, **limits: object) -> None:
        self._loop = loop_factory()()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._numbers = itertools.count(1)
        settings = load_settings(
            environ={}, overrides={"database": "memory", "port": 0, "data": str(folder), "functions": limits}
        )
        self.app: App = self.wait(self._build(settings))
        self.runner: Runner = self.app.parts.functions.runner

    @staticmethod
    async def _build(settings: Any) -> App:
        app = await build(settings)
        await app.start()
        return app

    def wait(self, coroutine: Coroutine[Any, Any, Any], seconds: float = 30) -> Any:
        """What a coroutine returns, run on the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)

    def package(self, files: Mapping[str, str | bytes]) -> Package:
        """A package of these files, which are all executable."""
        return self.store_package(zipped(files))

    def store_package(self, data: bytes) -> Package:
        """A package of these very bytes."""
        digest = hashlib.sha256(data).digest()

        async def put() -> None:
            staged = await self.app.store.stage_blob(data)

            async def write(tx: Transaction) -> None:
                await tx.put_blob(f"test-{digest.hex()}", staged)

            await self.app.store.transaction(write)

        self.wait(put())
        return Package(f"test-{digest.hex()}", base64.b64encode(digest).decode(), len(data))

    def deploy(self, code: str | Package, **facts: Any) -> Deployment:
        """A function of Python, unless it is said to be another."""
        package = self.package({"app.py": code}) if isinstance(code, str) else code
        described = {
            "id": f"deployment-{next(self._numbers)}",
            "account": "000000000000",
            "region": "us-east-1",
            "name": "hello",
            "version": "$LATEST",
            "arn": "arn:aws:lambda:us-east-1:000000000000:function:hello",
            "runtime": "python3.11",
            "handler": "app.handler",
            "role": "arn:aws:iam::000000000000:role/none",
            "memory_mb": 128,
            "timeout_ms": 10_000,
            "ephemeral_mb": 512,
            "environment": {},
            "code": package,
            "log_group": "/aws/lambda/hello",
        }
        return Deployment(**{**described, **facts})

    def invocation(self, payload: bytes = b"{}", **facts: Any) -> Invocation:
        """An event."""
        number = next(self._numbers)
        return Invocation(
            **{
                "request_id": f"00000000-0000-4000-8000-{number:012d}",
                "payload": payload,
                "function_arn": "arn:aws:lambda:us-east-1:000000000000:function:hello",
                "tail": True,
                **facts,
            }
        )

    def run(
        self, deployment: Deployment, payload: bytes = b"{}", stream: Stream | None = None, **facts: Any
    ) -> Finished:
        """Run it once."""
        finished: Finished = self.wait(self.runner.run(deployment, self.invocation(payload, **facts), stream))
        return finished

    def run_many(self, deployment: Deployment, payloads: list[bytes]) -> list[Finished]:
        """Run it for all of them at a time."""

        async def all_of_them() -> list[Finished]:
            runs = [self.runner.run(deployment, self.invocation(each)) for each in payloads]
            return await asyncio.gather(*map(asyncio.ensure_future, runs))

        found: list[Finished] = self.wait(all_of_them())
        return found

    def log(self, finished: Finished, group: str = "/aws/lambda/hello") -> list[str]:
        """What the environment of a run has logged."""

        async def read() -> list[str]:
            reading = LogReading(self.app.parts.log_groups)
            events = await reading.tail("000000000000/us-east-1", group, finished.log_stream, 1000)
            return [each.message for each in events]

        found: list[str] = self.wait(read())
        return found

    def close(self) -> None:
        """End everything."""
        self.wait(self.app.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of executable files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o100000 | EXECUTABLE) << 16
            archive.writestr(info, content)
    return file.getvalue()
