"""More connections than are allowed: new ones are turned away, those that are there go on."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest

from chasqui.server.limits import Limits
from chasqui.server.listener import Listener, tls_context
from tests.unit.server.serving import (
    QUICK,
    TEXT,
    Held,
    client_tls,
    connected,
    echo,
    read_answer,
    request,
    run,
    self_signed,
    serving,
    until,
)
from tests.unit.server.test_http2 import client

FEW = Limits(connections_max=2, linger_seconds=0.2, request_seconds=0.4)


def test_a_connection_too_many_gets_503_and_its_end() -> None:
    async def main() -> tuple[int, str, bytes]:
        async with serving(limits=FEW) as listener, connected(listener), connected(listener):
            await until(lambda: listener.connections == 2)
            async with connected(listener) as (reader, writer):
                writer.write(request())
                status, headers, _ = await read_answer(reader)
                return status, headers["connection"], await reader.read()

    assert run(main()) == (503, "close", b"")


def test_a_long_poll_goes_on_while_others_are_turned_away() -> None:
    async def main() -> tuple[int, bytes]:
        held = Held()
        async with serving(held, limits=FEW) as listener, connected(listener) as (reader, writer):
            writer.write(request("/poll"))
            await held.wait(1)
            async with connected(listener):
                for _ in range(5):
                    async with connected(listener) as (other, asking):
                        asking.write(request())
                        assert (await read_answer(other))[0] == 503
            held.exchanges[0].respond(200, TEXT, b"a message")
            status, _, body = await read_answer(reader)
            assert len(held.exchanges) == 1
            return status, body

    assert run(main()) == (200, b"a message")


def test_a_kept_connection_serves_further_requests_while_others_are_turned_away() -> None:
    async def main() -> list[int]:
        async with serving(limits=FEW) as listener, connected(listener) as (reader, writer), connected(listener):
            found = []
            for _ in range(2):
                writer.write(request())
                found.append((await read_answer(reader))[0])
                async with connected(listener) as (other, asking):
                    asking.write(request())
                    found.append((await read_answer(other))[0])
            return found

    assert run(main()) == [200, 503, 200, 503]


def test_there_is_room_again_when_one_has_left() -> None:
    async def main() -> int:
        async with serving(limits=FEW) as listener, connected(listener):
            async with connected(listener):
                await until(lambda: listener.connections == 2)
            await until(lambda: listener.connections == 1)
            async with connected(listener) as (reader, writer):
                writer.write(request())
                return (await read_answer(reader))[0]

    assert run(main()) == 200


def test_a_connection_too_many_that_says_nothing_is_closed() -> None:
    async def main() -> bytes:
        async with serving(limits=FEW) as listener, connected(listener), connected(listener):
            await until(lambda: listener.connections == 2)
            async with connected(listener) as (reader, _):
                with contextlib.suppress(ConnectionResetError):
                    return await reader.read()
                return b""

    assert run(main()) == b""


def test_a_connection_too_many_over_tls_or_http2_is_closed(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)

    async def main() -> int:
        tls = tls_context(cert, key)
        async with serving(limits=FEW, tls=tls) as listener, connected(listener), connected(listener):
            await until(lambda: listener.connections == 2)
            with pytest.raises((ConnectionError, ssl.SSLError)):
                async with connected(listener, ssl=client_tls(cert), server_hostname="localhost"):
                    pass
            async with client(listener) as http:
                with pytest.raises((ConnectionError, EOFError)):
                    await http.answer(http.send("/"))
            return listener.statistics().refused

    assert run(main()) == 2


def test_far_too_many_connections_are_cut_off_at_once() -> None:
    async def main() -> int:
        async with serving(limits=FEW) as listener, contextlib.AsyncExitStack() as stack:
            for _ in range(200):
                await stack.enter_async_context(connected(listener))
            await until(lambda: listener.statistics().connections == 200)
            await asyncio.sleep(0)
            return listener.connections

    assert run(main()) <= 2 + 64


@pytest.mark.parametrize("own_loop", [False, True])
def test_one_address_has_a_limit_of_its_own(own_loop: bool) -> None:
    limits = Limits(connections_per_address_max=1, linger_seconds=0.2)

    async def ask(listener: Listener, address: str) -> int:
        async with connected(listener, local_addr=(address, 0)) as (reader, writer):
            writer.write(request())
            return (await read_answer(reader))[0]

    async def main() -> list[int]:
        async with serving(limits=limits) as listener, connected(listener, local_addr=("127.0.0.1", 0)):
            await until(lambda: listener.connections == 1)
            return [await ask(listener, "127.0.0.1"), await ask(listener, "127.0.0.2")]

    try:
        assert run(main(), own_loop) == [503, 200]
    except OSError:
        pytest.skip("127.0.0.2 is not this machine here")


def test_an_address_is_counted_once_whatever_its_connections_have_spoken(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)
    limits = Limits(connections_per_address_max=1, linger_seconds=0.2)

    async def main() -> int:
        async with serving(limits=limits, tls=tls_context(cert, key)) as listener:
            for options in ({}, {"ssl": client_tls(cert), "server_hostname": "localhost"}):
                async with connected(listener, **options) as (reader, writer):
                    writer.write(request())
                    assert (await read_answer(reader))[0] == 200
                await until(lambda: listener.connections == 0)
            async with client(listener) as http:
                status = (await http.answer(http.send("/")))[0]
            await until(lambda: listener.connections == 0)
            return status

    assert run(main()) == 200


def test_that_connections_are_turned_away_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving(echo, limits=FEW) as listener, connected(listener), connected(listener):
            for _ in range(3):
                async with connected(listener) as (reader, writer):
                    writer.write(request())
                    await read_answer(reader)

    run(main())
    assert caplog.text.count("turned away") == 1


def test_without_a_limit_nobody_is_turned_away() -> None:
    async def main() -> int:
        async with serving(limits=QUICK) as listener, contextlib.AsyncExitStack() as stack:
            for _ in range(100):
                reader, writer = await stack.enter_async_context(connected(listener))
            writer.write(request())
            return (await read_answer(reader))[0]

    assert run(main()) == 200
