"""Answers that are made as they go, for clients that have left: what makes them is closed, whenever that was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import h2.events
import pytest

from chasqui.base.bodies import Outgoing
from chasqui.base.fronts import Reply
from chasqui.server.answers import send_reply
from chasqui.server.exchange import Exchange
from tests.unit.server.serving import Held, connected, request, run, serving, until
from tests.unit.server.test_http2 import Client


class Source(AsyncIterator[bytes]):
    """Pieces whose maker waits until they are taken or closed."""

    def __init__(self) -> None:
        self.taken = 0
        self.closed = False

    async def __anext__(self) -> bytes:
        self.taken += 1
        return b"piece"

    async def aclose(self) -> None:
        self.closed = True


def answered(exchange: Exchange, length: int | None) -> Source:
    """Answer as a front does."""
    source = Source()
    send_reply(exchange, Reply(200, (), Outgoing(source, length)), "id", "rest-json")
    return source


async def begun(protocol: str, reader: Any, writer: Any) -> None:
    """Send a request."""
    if protocol == "HTTP/1.1":
        writer.write(request("/"))
    else:
        Client(reader, writer).send()


@pytest.mark.parametrize("length", [None, 1000])
@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
def test_an_answer_to_somebody_who_has_left_is_closed(protocol: str, length: int | None) -> None:
    async def main() -> Source:
        held = Held()
        async with serving(held) as listener:
            async with connected(listener) as (reader, writer):
                await begun(protocol, reader, writer)
                (exchange,) = await held.wait(1)
            await until(lambda: bool(held.gone))
            source = answered(exchange, length)
            await until(lambda: source.closed)
        return source

    assert run(main()).taken == 0


@pytest.mark.parametrize("length", [None, 1000])
@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2"])
def test_an_answer_whose_reader_leaves_before_its_first_piece_is_closed(protocol: str, length: int | None) -> None:
    async def main() -> Source:
        held = Held()
        async with serving(held) as listener, connected(listener) as (reader, writer):
            await begun(protocol, reader, writer)
            (exchange,) = await held.wait(1)
            source = answered(exchange, length)
            # In the same turn of the loop, as when a client's end is read together with what the answer waited for.
            exchange.connection.connection_lost(None)
            await until(lambda: source.closed)
        return source

    assert run(main()).taken == 0


def test_a_stream_that_is_reset_closes_its_answer() -> None:
    async def main() -> Source:
        held = Held()
        async with serving(held) as listener, connected(listener) as (reader, writer):
            client = Client(reader, writer)
            stream = client.send()
            (exchange,) = await held.wait(1)
            source = answered(exchange, None)
            await client.until(h2.events.DataReceived, stream)
            client.h2.reset_stream(stream)
            client.flush()
            await until(lambda: source.closed)
        return source

    assert run(main()).taken > 0


def test_the_head_of_an_answer_is_all_that_is_made_of_it() -> None:
    async def main() -> Source:
        held = Held()
        async with serving(held) as listener, connected(listener) as (reader, writer):
            writer.write(request("/", method="HEAD"))
            (exchange,) = await held.wait(1)
            source = answered(exchange, 1000)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            await until(lambda: source.closed)
        return source

    assert run(main()).taken == 0
