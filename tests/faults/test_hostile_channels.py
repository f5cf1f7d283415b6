"""Relays, message centres and push services that talk nonsense: a client says that sending failed, and nothing else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from chasqui.base.clock import SystemClock
from chasqui.base.settings import Settings
from chasqui.delivery import sending
from chasqui.delivery.mail.message import Mail
from chasqui.delivery.mail.relay import MailRelay
from chasqui.delivery.push.apns import ApnsClient
from chasqui.delivery.push.payloads import render_push
from chasqui.delivery.sending import SendFailed, Sent
from chasqui.delivery.sms.port import Sms
from chasqui.delivery.sms.smpp import SmppProvider
from tests.unit.delivery.test_apns import TOKEN
from tests.unit.server.serving import run

NONSENSE = {
    "nothing": b"",
    "another protocol": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "zeros": b"\0" * 4096,
    "a line without end": b"220 " + b"x" * (1 << 20),
    "endless greeting": b"220-hello\r\n" * 100_000,
    "a greeting that is no number": b"hello there\r\n",
    "refused": b"554 go away\r\n",
    "a PDU without end": b"\xff\xff\xff\xff\x80\0\0\2\0\0\0\0\0\0\0\1",
    "an answer nobody asked for": b"\0\0\0\x11\x80\0\0\4\0\0\0\0\0\0\0\x63\0",
    "broken settings": b"\0\0\5\4\0\0\0\0\0\0\0\0\0\0",
    "data before headers": b"\0\0\0\4\0\0\0\0\0" + b"\0\0\1\0\1\0\0\0\1x",
    **{f"random {seed}": random.Random(seed).randbytes(2000) for seed in range(5)},
}


@asynccontextmanager
async def talking(nonsense: bytes, *, closes: bool) -> AsyncIterator[int]:
    """A server that says this to everybody; gives its port."""
    writers: list[asyncio.StreamWriter] = []

    def met(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(nonsense)
        if closes:
            writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in writers:
            each.transport.abort()
        await asyncio.sleep(0)


async def mailed(port: int) -> Sent:
    relay = MailRelay(Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none"), SystemClock())
    try:
        return await relay.send(Mail(to="ann@example.com", subject="x", text="y"))
    finally:
        await relay.close()


async def texted(port: int) -> Sent:
    provider = SmppProvider(Settings(smpp_host="127.0.0.1", smpp_port=port))
    try:
        return await provider.send(Sms(to="+33612345678", text="x", message_id="1"))
    finally:
        await provider.close()


async def pushed(port: int) -> Sent:
    apns = ApnsClient(Settings(apns_url=f"http://127.0.0.1:{port}"), SystemClock())
    try:
        return await apns.send(TOKEN, "d0", render_push("APNS", "x"))
    finally:
        await apns.close()


@pytest.mark.parametrize("closes", [True, False], ids=["and closes", "and stays"])
@pytest.mark.parametrize("send", [mailed, texted, pushed])
@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_a_failure_worth_another_attempt(
    nonsense: bytes, send: Callable[[int], Awaitable[Sent]], closes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SEND_SECONDS", 0.2)

    async def main() -> None:
        async with talking(nonsense, closes=closes) as port:
            with pytest.raises(SendFailed) as failed:
                await send(port)
        assert failed.value.retry

    run(main())
