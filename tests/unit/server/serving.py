"""What the server's tests share: a server run for the time of a test, raw sockets to it, and a certificate."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chasqui.base.loops import loop_factory
from chasqui.server.exchange import Exchange
from chasqui.server.limits import Limits
from chasqui.server.listener import Listener, listen

TEXT = ((b"Content-Type", b"text/plain"),)
QUICK = Limits(request_seconds=0.2, idle_seconds=0.3, stall_seconds=0.3, linger_seconds=0.2)

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


def run(main: Awaitable[Any], own_loop: bool = False) -> Any:
    """Run on the loop that the product uses, or on asyncio's own."""

    async def guarded() -> Any:
        async with asyncio.timeout(20):
            return await main

    with asyncio.Runner(loop_factory=asyncio.new_event_loop if own_loop else loop_factory()) as runner:
        return runner.run(guarded())


def echo(exchange: Exchange) -> None:
    """Answers with the body, or with the method and target when there is none."""
    exchange.respond(200, TEXT, exchange.body or f"{exchange.method} {exchange.target}".encode())


class Held:
    """A handler that keeps its exchanges for the test to answer."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.gone: list[str] = []

    def __call__(self, exchange: Exchange) -> None:
        exchange.on_disconnect = lambda: self.gone.append(exchange.target)
        self.exchanges.append(exchange)

    async def wait(self, count: int) -> list[Exchange]:
        await until(lambda: len(self.exchanges) >= count)
        return self.exchanges


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that has no event of its own."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(handler: Callable[[Exchange], None] = echo, **settings: Any) -> AsyncIterator[Listener]:
    """A server on a free port of 127.0.0.1."""
    listener = await listen(handler, **{"host": "127.0.0.1", "port": 0, **settings})
    try:
        yield listener
    finally:
        await listener.close(0.05)


@asynccontextmanager
async def connected(listener: Listener, **settings: Any) -> AsyncIterator[tuple[Reader, Writer]]:
    """A raw connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, limit=1 << 26, **settings)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


async def exchange_bytes(data: bytes, handler: Callable[[Exchange], None] = echo, **settings: Any) -> bytes:
    """Send bytes, and read until the server closes."""
    async with serving(handler, **settings) as listener, connected(listener) as (reader, writer):
        writer.write(data)
        return await reader.read()


async def read_answer(reader: Reader, head_only: bool = False) -> tuple[int, dict[str, str], bytes]:
    """One answer: status, headers in lower case, body (chunks joined)."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
    status, parts = int(head[0].split()[1]), []
    if headers.get("transfer-encoding") == "chunked" and not head_only:
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
    elif not head_only:
        parts.append(await reader.readexactly(int(headers.get("content-length", 0))))
    return status, headers, b"".join(parts)


def request(target: str = "/", *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    """A request's bytes."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def client_tls(cert: Path, *protocols: str) -> ssl.SSLContext:
    """A client's context that trusts one certificate."""
    context = ssl.create_default_context(cafile=str(cert))
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context
