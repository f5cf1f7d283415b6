"""The composition root: the only module that names concrete parts. Builds a server from settings, runs and ends it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from chasqui.access.caller import DEFAULT_ACCOUNT, Callers
from chasqui.access.identity.administrator import NewKey, create_administrator, has_administrator, keep_administrator
from chasqui.assembly import Parts, assemble
from chasqui.base.clock import Clock, SystemClock, TestClock
from chasqui.base.errors import SettingsError
from chasqui.base.settings import Settings
from chasqui.console.advisor.advice import advice_endpoints
from chasqui.console.front import console_front
from chasqui.crypto import belonging
from chasqui.crypto.keyring import KeyRing, memory_ring
from chasqui.server.browsers import Browsers, Origins
from chasqui.server.control import Control
from chasqui.server.endpoints import Facts, server_handlers
from chasqui.server.fronts import Fronts
from chasqui.server.gateway import Gateway
from chasqui.server.guard import CONSOLE
from chasqui.server.holding import Bodies
from chasqui.server.hooks import run_hooks
from chasqui.server.house import House
from chasqui.server.limits import Limits
from chasqui.server.listener import Listener, bind, listen, tls_context
from chasqui.server.mounted import Mounted
from chasqui.server.rates import Limiter
from chasqui.server.reception import Reception
from chasqui.store.port import Resource, Store, StoreError, Transaction
from chasqui.store.sqlite import open_store
from chasqui.telemetry.log_control import log_endpoints

if TYPE_CHECKING:
    from chasqui.store.moving import Moved as Moved  # noqa: PLC0414  the command line's, too
    from chasqui.store.moving import Told

_log = logging.getLogger("chasqui")

_CLOCK = ("chasqui:clock", "", "clock")
_GRACE_SECONDS = 5.0
_ADMINISTRATOR = "admin"
_NO_ADMINISTRATOR = (
    "strict mode lets nobody in, because there is no administrator yet: run `chasqui init` with the same --data,"
    " --database and --keys, which prints an access key; or give the server CHASQUI_ADMIN_ACCESS_KEY and"
    " CHASQUI_ADMIN_SECRET_KEY. If whoever reaches {host} may do anything, say --auth permissive"
)
RETIRE_SECONDS = 20.0
"""So long a process whose place is taken waits for its clients' next requests, to end their connections with an answer.
"""


class App:
    """A running server."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        ring: KeyRing,
        parts: Parts,
    ) -> None:
        self.ring = ring
        self.parts = parts
        services, access, counters = parts.services, parts.access, parts.counters
        self.settings = settings
        self.store = store
        self.clock = clock
        self.services = services
        self.counters = counters
        self.listener: Listener | None = None
        self.access = access
        self.mounted = Mounted(services)
        limiter = Limiter(settings.rate_per_principal, settings.rate_per_address, settings.rate_failed_signatures)
        hosts = frozenset(name.lower() for name in (settings.host, *settings.control_hosts))
        browsers = Browsers(Origins(settings.cors_origins), hosts)
        bodies = Bodies(settings.body_bytes_max)
        reception = Reception(Callers(settings.region), access.admission, access.audit, limiter, clock, bodies)
        self.control = Control(browsers, reception, access.explanations, clock)
        explanations = access.explanations
        house = House(
            self.mounted,
            reception,
            self.control,
            access.admission,
            access.directory,
            limiter,
            explanations,
            access.audit,
            clock,
        )
        self.house = house
        self.console = console_front(house, store, ring, hosts, settings) if settings.console else None
        self.gateway = Gateway(
            self.mounted,
            reception,
            limiter,
            browsers,
            access.explanations,
            clock,
            self.control.handle,
            Fronts(services, reception, bodies, () if self.console is None else (self.console,)),
        )

    @property
    def port(self) -> int:
        assert self.listener is not None, "the server is not listening"
        return self.listener.port

    async def start(self, sockets: list[socket.socket] | None = None) -> None:
        """Mount the control endpoints, let services go on with what was under way, and listen, on `sockets` if there
        are any."""
        settings = self.settings
        facts = Facts(
            store=self.store,
            counters=self.counters,
            services=tuple(sorted(self.mounted.services)),
            auth=settings.auth_mode,
            capabilities=self.mounted.capabilities,
            connections=lambda: 0 if self.listener is None else self.listener.connections,
            reset=self.reset,
            clock=self.clock if isinstance(self.clock, TestClock) else None,
            save_clock=self.save_clock,
            backup=lambda target: self.store.backup(Path(target)),
            console=CONSOLE if settings.console else "",
        )
        self.control.mount(server_handlers(facts))
        self.control.mount(self.access.explanations.endpoints())
        self.control.mount(log_endpoints(self.parts.log_groups))
        self.control.mount(advice_endpoints(self.house, DEFAULT_ACCOUNT, settings.region))
        for service in self.services:
            self.control.mount(service.control)
            await service.start()
        tls = tls_context(settings.tls_cert, settings.tls_key) if settings.tls_cert else None
        limits = Limits(
            body_bytes_max=settings.body_bytes_max,
            connections_max=settings.connections_max,
            connections_per_address_max=settings.connections_per_address_max,
        )
        try:
            self.listener = await listen(
                self.gateway.handle,
                host=settings.host,
                port=settings.port,
                tls=tls,
                limits=limits,
                bad_request=self.gateway.bad_request,
                streams=self.gateway.streams,
                sockets=sockets,
            )
        except OSError as error:
            raise _cannot_listen(settings, error) from error
        self.parts.functions.endpoint = self._endpoint()

    def _endpoint(self) -> str:
        """Where functions, which run on this machine, find the server."""
        host, scheme = self.settings.host, "https" if self.settings.tls_cert else "http"
        reached = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host, host)
        return f"{scheme}://{f'[{reached}]' if ':' in reached and reached[0] != '[' else reached}:{self.port}"

    async def check_administrator(self) -> None:
        """Keep the administrator of the settings, if they name one; a strict server must have some. Raises
        `SettingsError`."""
        settings = self.settings
        if settings.admin_access_key:
            key = NewKey(settings.admin_access_key, settings.admin_secret_key)
            await keep_administrator(self.store, self.ring, self.clock, DEFAULT_ACCOUNT, _ADMINISTRATOR, key)
        elif settings.auth_mode == "strict" and not await has_administrator(self.store, self.access.directory):
            raise SettingsError(_NO_ADMINISTRATOR.format(host=settings.host))

    async def reset(self) -> None:
        """Empty everything, as a new server is; the settings' administrator is there again."""
        await belonging.reset(self.store, self.ring)
        if self.settings.admin_access_key:
            await self.check_administrator()
        self.counters.clear()
        if isinstance(self.clock, TestClock):
            self.clock.reset()

    async def save_clock(self) -> None:
        """Keep a moved test clock, so that a restart goes on with its time."""
        clock = self.clock
        assert isinstance(clock, TestClock)
        frozen_at_ms = clock.now_ms() if clock.frozen else None
        await _keep(self.store, _CLOCK, {"offset_ms": clock.offset_ms, "frozen_at_ms": frozen_at_ms})

    async def retire(self) -> None:
        """Another process has taken this one's place: accept no more, and go on until the last client has left."""
        assert self.listener is not None, "the server is not listening"
        self.house.leave()
        self.listener.retire()
        self.store.release_waiting()
        await self.listener.retired(RETIRE_SECONDS)

    async def close(self) -> None:
        """Finish what was asked, answer it, and end."""
        if self.listener is not None:
            self.listener.shut()
        self.house.leave()
        self.store.release_waiting()
        if self.listener is not None:
            await self.listener.close(_GRACE_SECONDS)
        for service in self.services:
            await service.close()
        await self.access.uses.close()
        for each in (self.parts.log_groups, self.parts.traces):
            await each.close()
        await self.store.close()


def _cannot_listen(settings: Settings, error: OSError) -> SettingsError:
    return SettingsError(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}")


def bind_sockets(settings: Settings) -> list[list[socket.socket]]:
    """The sockets of each worker, all on one port. Raises `SettingsError`."""
    try:
        return bind(settings.host, settings.port, settings.workers)
    except OSError as error:
        raise _cannot_listen(settings, error) from error


async def build(settings: Settings) -> App:
    """Open the store and build the server on it; `start` makes it listen.

    Raises `StoreUnusable` and `SettingsError`.
    """
    clock: Clock = TestClock() if settings.test_clock else SystemClock()
    store, ring = await _open(settings, clock)
    if settings.durability == "relaxed" and settings.database != "memory":
        _log.warning("durability is relaxed: what is acknowledged survives a kill of the process, not a power cut")
    if isinstance(clock, TestClock):
        await _restore_clock(store, clock)
    app = App(settings, store, clock, ring, assemble(settings, store, clock, ring))
    try:
        await app.check_administrator()
    except BaseException:
        await store.close()
        raise
    return app


async def _open(settings: Settings, clock: Clock) -> tuple[Store, KeyRing]:
    """The store and the keys that belong to it. Raises `StoreUnusable` and `SettingsError`."""
    store: Store
    ring: KeyRing
    if settings.database == "memory":
        store, ring = await open_store(None, clock=clock), memory_ring()
    else:
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SettingsError(f"data directory {settings.data_dir}: {error.strerror}") from error
        store = await _open_durable(settings, clock)
        ring = await belonging.ring_of(store, settings.keys_dir, settings.keys_secret)
    await belonging.note(store, ring)
    return store, ring


async def make_administrator(settings: Settings, account: str, user: str) -> NewKey:
    """What `chasqui init` does. Raises `StoreUnusable` and `SettingsError`."""
    if settings.database == "memory":
        raise SettingsError("a server in memory keeps no users: give it admin_access_key and admin_secret_key")
    clock = SystemClock()
    store, ring = await _open(settings, clock)
    try:
        return await create_administrator(store, ring, clock, account, user)
    finally:
        await store.close()


async def _open_durable(settings: Settings, clock: Clock) -> Store:
    if not settings.postgres:
        return await open_store(settings.data_dir, clock=clock, durability=settings.durability)
    # When it is used: a server on SQLite starts without it.
    from chasqui.store.postgres import open_postgres  # noqa: PLC0415

    return await open_postgres(
        settings.database, clock=clock, durability=settings.durability, blobs=settings.blobs or None
    )


async def _keep(store: Store, name: tuple[str, str, str], value: object) -> None:
    """Keep one of the server's own facts in the store, where it is not kept already."""
    document = msgspec.json.encode(value)

    async def write(tx: Transaction) -> None:
        current = await tx.get(*name)
        if current is None:
            await tx.create(Resource(*name, document))
        elif current.document != document:
            await tx.replace(msgspec.structs.replace(current, document=document))

    await store.transaction(write)


async def _restore_clock(store: Store, clock: TestClock) -> None:
    resource = await store.resource(*_CLOCK)
    if resource is not None:
        kept = msgspec.json.decode(resource.document)
        if kept["frozen_at_ms"] is not None:
            clock.freeze(kept["frozen_at_ms"])
        else:
            clock.advance(max(0, kept["offset_ms"]))


def settle_garbage_collector() -> None:
    """Requests leave no cycles behind, so the collector finds nothing: let it look seldom, and never at what was there
    when the server started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def let_the_loop_go_first() -> None:
    """Work on threads (modules loaded for the first call of a service, pages' pictures) gives way to the loop after a
    millisecond, not after Python's five."""
    sys.setswitchinterval(0.001)


class Worker(msgspec.Struct):
    """What a process knows that serves one port together with others."""

    sockets: list[socket.socket]
    ready: Callable[[], object]
    """Called when it serves."""
    retire: asyncio.Event
    """Set when another process has taken its place."""


async def announce(settings: Settings, port: int) -> None:
    """Tell those who wait for the server that it serves."""
    if not settings.loopback and settings.auth_mode != "strict":
        _log.warning(
            "listening beyond loopback without refusing anybody: who reaches the port may do anything",
            extra={"auth": settings.auth_mode},
        )
    if not settings.loopback and not settings.public_url:
        _log.warning(
            "public_url is not set: links that confirm subscriptions name the host under which a caller reached this"
            " server, and a caller may name any"
        )
    _log.info("Ready.", extra={"url": f"http://{settings.host}:{port}", "pid": os.getpid()})
    if settings.init_dir:
        administrator = (settings.admin_access_key or "test", settings.admin_secret_key or "test")
        await run_hooks(Path(settings.init_dir), f"http://127.0.0.1:{port}", settings.region, administrator)


async def serve(settings: Settings, stop: asyncio.Event, worker: Worker | None = None) -> None:
    """Run a server until `stop` is set, or until it has retired as a worker."""
    app = await build(settings)
    failures: list[StoreError] = []

    def failed(error: StoreError) -> None:
        _log.critical("the store has failed, ending: nothing more can be made durable", extra={"error": str(error)})
        failures.append(error)
        stop.set()

    app.store.watch_failure(failed)
    try:
        await app.start(worker.sockets if worker is not None else None)
        settle_garbage_collector()
        let_the_loop_go_first()
        if worker is None:
            await announce(settings, app.port)
            await stop.wait()
        else:
            worker.ready()
            await _work(app, worker, stop)
        _log.info("stopping")
    finally:
        await app.close()
    if failures:
        raise failures[0]


async def _work(app: App, worker: Worker, stop: asyncio.Event) -> None:
    """Until the worker has retired, or is told to stop, which does not wait for clients."""

    async def retired() -> None:
        await worker.retire.wait()
        await app.retire()

    ways = [asyncio.ensure_future(each) for each in (stop.wait(), retired())]
    try:
        done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()
    finally:
        for each in ways:
            each.cancel()


async def migrate(place: Path, dsn: str, blobs: str | None, told: Told) -> Moved:
    """Move what a data directory holds to an empty PostgreSQL database: see `store/moving`."""
    from chasqui.store.moving import move_house  # noqa: PLC0415  servers on SQLite start without it

    return await move_house(place, dsn, blobs, told)
