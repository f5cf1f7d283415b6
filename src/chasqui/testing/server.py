"""The server of a test: in this process on a thread of its own, or beside it as a process."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import msgspec

from chasqui.app import App, build
from chasqui.base.errors import ChasquiError
from chasqui.base.settings import Settings, load_settings
from chasqui.cli.client import call

_START_SECONDS_MAX = 20
_MEMORY = {"database": "memory", "port": 0, "host": "127.0.0.1", "test_clock": True}


class TestServerError(ChasquiError):
    """The test's server did not start, or something that it needs is not installed."""

    __test__ = False


class Clock:
    """The server's clock, moved over its control endpoint."""

    def __init__(self, url: str, keys: tuple[str, str] | None = None) -> None:
        self._url = url
        self._keys = keys

    def _tell(self, order: dict[str, Any]) -> int:
        return int(call(self._url, "/_chasqui/clock", order, self._keys)["now_ms"])

    def freeze(self, at_ms: int | None = None) -> int:
        """Stop the clock, now or at a time; returns the time it shows, in ms since the epoch."""
        return self._tell({"freeze": True if at_ms is None else at_ms})

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> int:
        """Move the clock forward: what falls due on the way happens."""
        return self._tell({"advance_seconds": seconds + 60 * minutes + 3600 * hours + 86_400 * days})

    def resume(self) -> int:
        """Let a frozen clock run on."""
        return self._tell({"resume": True})

    def now_ms(self) -> int:
        return int(call(self._url, "/_chasqui/clock", keys=self._keys)["now_ms"])


class TestServer:
    """A running test server: its `url`, its `clock`, boto3 sessions and clients for it.

    `keys` are the access key and secret of its administrator, where it has one (`admin_access_key`,
    `admin_secret_key`): clients of the default account are then that user's.
    """

    __test__ = False

    def __init__(self, url: str, region: str, keys: tuple[str, str] | None = None) -> None:
        self.url = url
        self.region = region
        self.keys = keys
        self.clock = Clock(url, keys)
        self._models: Any = None

    def session(self, account: str = "000000000000") -> Any:
        """A boto3 session with this server as its endpoint, for an account."""
        try:
            import boto3  # noqa: PLC0415  only tests that ask for it need boto3
            from botocore.session import get_session  # noqa: PLC0415
        except ImportError as error:
            raise TestServerError("boto3 is not installed: pip install boto3") from error
        core = get_session()
        # The session's own endpoint, so that nothing of the process's environment is touched.
        core.get_component("config_store").set_config_variable("endpoint_url", self.url)
        # Reading AWS' models takes ten times as long as the rest, and a test's fixture makes a client each time.
        self._models = self._models or core.get_component("data_loader")
        core.register_component("data_loader", self._models)
        key, secret = (account, "test") if account != "000000000000" else self.keys or ("test", "test")
        return boto3.session.Session(
            aws_access_key_id=key, aws_secret_access_key=secret, region_name=self.region, botocore_session=core
        )

    def client(self, service: str, account: str = "000000000000", **options: Any) -> Any:
        """A boto3 client of one service."""
        return self.session(account).client(service, endpoint_url=self.url, **options)

    def reset(self) -> None:
        """Empty the server."""
        call(self.url, "/_chasqui/reset", {}, self.keys)


class _Thread:
    """A server on a thread of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self.port = 0
        self._thread = threading.Thread(target=self._run, name="chasqui", daemon=True)
        self._thread.start()
        self._started.wait(_START_SECONDS_MAX)
        if self._error is not None:
            raise TestServerError(f"the server did not start: {self._error}") from self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  handed to the thread that waits
            self._error = error
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app: App = await build(self._settings)
        try:
            await app.start()
            self.port = app.port
            self._started.set()
            await self._stop.wait()
        finally:
            await app.close()

    def close(self) -> None:
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_START_SECONDS_MAX)


class _Process:
    """A server in a process beside this one."""

    def __init__(self, settings: Settings) -> None:
        command = [sys.executable, "-m", "chasqui", "serve", "--port", "0", "--log-format", "json"]
        command += ["--database", settings.database, "--test-clock", "--region", settings.region]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE)
        self.port = self._wait_until_ready()

    def _wait_until_ready(self) -> int:
        assert self._process.stderr is not None, "the log is read from a pipe"
        for line in self._process.stderr:
            entry = msgspec.json.decode(line) if line.startswith(b"{") else {"message": line.decode()}
            if entry["message"] == "Ready.":
                return int(entry["url"].rpartition(":")[2])
        self._process.wait()
        raise TestServerError("the server process ended before it was ready")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(_START_SECONDS_MAX)
        if self._process.stderr is not None:
            self._process.stderr.close()


@contextlib.contextmanager
def server(*, beside: bool = False, region: str = "us-east-1", **settings: Any) -> Iterator[TestServer]:
    """A server in memory until the block ends; `beside` runs it in a process of its own.

    Further keyword arguments are settings (`sqs={"purge_interval_s": 60}`), in-process only.
    """
    if beside and settings:
        raise TestServerError(f"a server beside the test takes no settings of its own: {sorted(settings)}")
    chosen = load_settings(environ={}, overrides={**_MEMORY, "region": region, **settings})
    running = _Process(chosen) if beside else _Thread(chosen)
    try:
        keys = (chosen.admin_access_key, chosen.admin_secret_key) if chosen.admin_access_key else None
        yield TestServer(f"http://127.0.0.1:{running.port}", region, keys)
    finally:
        running.close()
