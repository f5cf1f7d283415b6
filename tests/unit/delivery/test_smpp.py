"""The SMPP client, held to a message centre that is written here from the specification, by hand."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest

from chasqui.base.settings import Settings
from chasqui.delivery import sending
from chasqui.delivery.sending import SendFailed
from chasqui.delivery.sms import smpp
from chasqui.delivery.sms.pdu import BadPdu, address, read_header
from chasqui.delivery.sms.port import Sms
from chasqui.delivery.sms.smpp import SmppProvider
from tests.unit.server.serving import run, until

BIND_TRANSMITTER, SUBMIT, UNBIND, BIND_TRANSCEIVER, ENQUIRE = 0x02, 0x04, 0x06, 0x09, 0x15
RESPONSE = 0x80000000


class Submitted(NamedTuple):
    """The fields of a submit_sm that matter."""

    source: tuple[int, int, str]
    to: tuple[int, int, str]
    esm_class: int
    coding: int
    message: bytes
    payload: bytes


def submitted(body: bytes) -> Submitted:
    def text(at: int) -> tuple[str, int]:
        end = body.index(b"\0", at)
        return body[at:end].decode(), end + 1

    service, at = text(0)
    assert service == ""
    source_ton, source_npi = body[at], body[at + 1]
    source, at = text(at + 2)
    to_ton, to_npi = body[at], body[at + 1]
    to, at = text(at + 2)
    esm_class, at = body[at], at + 3
    _, at = text(at)
    _, at = text(at)
    _receipt, _replace, coding, _canned, length = body[at : at + 5]
    message, rest = body[at + 5 : at + 5 + length], body[at + 5 + length :]
    payload = b""
    if rest:
        tag, size = struct.unpack(">HH", rest[:4])
        assert (tag, size) == (0x0424, len(rest) - 4)
        payload = rest[4:]
    return Submitted((source_ton, source_npi, source), (to_ton, to_npi, to), esm_class, coding, message, payload)


class Centre:
    """A message centre: `status` answers a submit, `bind_status` a bind; `silent` commands get no answer."""

    def __init__(self) -> None:
        self.commands: list[int] = []
        self.binds: list[bytes] = []
        self.messages: list[Submitted] = []
        self.answers: list[tuple[int, int, int]] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.bind_status = 0
        self.status: Callable[[int], int] = lambda _number: 0
        self.silent: set[int] = set()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while True:
                length, command, status, sequence = struct.unpack(">IIII", await reader.readexactly(16))
                body = await reader.readexactly(length - 16)
                if command & RESPONSE:
                    self.answers.append((command, status, sequence))
                else:
                    self.got(writer, command, sequence, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def got(self, writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes) -> None:
        self.commands.append(command)
        status, answer = 0, b""
        if command in (BIND_TRANSMITTER, BIND_TRANSCEIVER):
            self.binds.append(body)
            status, answer = self.bind_status, b"centre\0"
        elif command == SUBMIT:
            self.messages.append(submitted(body))
            status = self.status(len(self.messages))
            answer = b"" if status else f"msg-{len(self.messages)}\0".encode()
        if command not in self.silent:
            writer.write(struct.pack(">IIII", 16 + len(answer), command | RESPONSE, status, sequence) + answer)

    def tell(self, command: int, body: bytes = b"", sequence: int = 7) -> None:
        self.writers[-1].write(struct.pack(">IIII", 16 + len(body), command, 0, sequence) + body)


@asynccontextmanager
async def centre() -> AsyncIterator[Centre]:
    made = Centre()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for writer in made.writers:
            writer.transport.abort()
        await asyncio.sleep(0)


def provider(made: Centre, **settings: Any) -> SmppProvider:
    given = {
        "smpp_host": "127.0.0.1",
        "smpp_port": made.port,
        "smpp_user": "bob",
        "smpp_password": "secret",
        **settings,
    }
    return SmppProvider(Settings(**given))


def sms(text: str = "Hello [€]", **more: Any) -> Sms:
    return Sms(**{"to": "+33612345678", "text": text, "message_id": "m-1", "sender_id": "ACME", **more})


def test_a_message_is_submitted_after_a_bind_and_the_session_is_kept() -> None:
    async def main() -> None:
        async with centre() as made:
            client = provider(made)
            first = await client.send(sms())
            second = await client.send(sms())
            await client.close()

        assert made.commands == [BIND_TRANSMITTER, SUBMIT, SUBMIT, UNBIND]
        assert made.binds == [b"bob\0secret\0\0\x34\0\0\0"]
        assert made.messages[0] == Submitted(
            (5, 0, "ACME"), (1, 1, "33612345678"), 0, 0, b"Hello \x1b\x3c\x1b\x65\x1b\x3e", b""
        )
        assert (first.provider_id, second.provider_id) == ("msg-1", "msg-2")

    run(main())


def test_ucs2_is_submitted_where_gsm_cannot_say_it() -> None:
    async def main() -> None:
        async with centre() as made:
            client = provider(made, smpp_bind="transceiver")
            await client.send(sms("Ñandú 😀"))
            await client.close()

        assert made.commands[0] == BIND_TRANSCEIVER
        assert (made.messages[0].coding, made.messages[0].message) == (8, "Ñandú 😀".encode("utf-16-be"))

    run(main())


def test_a_long_message_goes_as_segments_that_a_phone_can_join() -> None:
    async def main() -> None:
        async with centre() as made:
            client = provider(made)
            sent = await client.send(sms("a" * 400))
            await client.send(sms("b" * 161))
            await client.close()

        parts = made.messages[:3]
        headers = [each.message[:6] for each in parts]
        assert all(each.esm_class == 0x40 for each in parts)
        assert [(header[:3], header[4:]) for header in headers] == [(b"\x05\0\x03", bytes((3, n))) for n in (1, 2, 3)]
        assert len({header[3] for header in headers}) == 1
        assert b"".join(each.message[6:] for each in parts) == b"a" * 400
        assert made.messages[3].message[3] != headers[0][3]
        assert sent.provider_id == "msg-1"

    run(main())


def test_a_long_message_goes_whole_where_the_setting_says_so() -> None:
    async def main() -> None:
        async with centre() as made:
            client = provider(made, smpp_long="payload")
            await client.send(sms("a" * 400))
            await client.close()

        (message,) = made.messages
        assert (message.message, message.payload) == (b"", b"a" * 400)

    run(main())


@pytest.mark.parametrize(
    ("status", "retry", "name"),
    [
        (0x0B, False, "ESME_RINVDSTADR"),
        (0x14, True, "ESME_RMSGQFUL"),
        (0x58, True, "ESME_RTHROTTLED"),
        (0x0A, False, "ESME_RINVSRCADR"),
        (0x8, True, "ESME_RSYSERR"),
        (0x499, False, "status 0x00000499"),
    ],
)
def test_what_a_status_means(status: int, retry: bool, name: str) -> None:
    async def main() -> None:
        async with centre() as made:
            made.status = lambda number: status if number == 1 else 0
            client = provider(made)
            with pytest.raises(SendFailed) as failed:
                await client.send(sms())
            await client.send(sms())
            await client.close()
        assert (failed.value.retry, failed.value.status, str(failed.value)) == (retry, status, name)

    run(main())


def test_a_refused_bind_is_not_the_messages_fault() -> None:
    async def main() -> None:
        async with centre() as made:
            made.bind_status = 0x0E
            client = provider(made)
            with pytest.raises(SendFailed, match="ESME_RINVPASWD") as failed:
                await client.send(sms())
            made.bind_status = 0
            await client.send(sms())
            await client.close()
        assert (failed.value.retry, failed.value.credentials) == (True, True)

    run(main())


def test_a_session_that_ended_is_bound_anew() -> None:
    async def main() -> None:
        async with centre() as made:
            client = provider(made)
            await client.send(sms())
            session = client._session
            assert session is not None
            made.writers[0].close()
            await until(lambda: bool(session.gone))
            await client.send(sms())
            made.tell(UNBIND)
            await until(lambda: client._session is not None and bool(client._session.gone))
            await client.send(sms())
            await client.close()
        assert len(made.binds) == 3
        assert (UNBIND | RESPONSE, 0, 7) in made.answers

    run(main())


def test_a_connection_that_breaks_under_a_message_is_told_and_worth_another_attempt() -> None:
    async def main() -> None:
        async with centre() as made:
            made.silent = {SUBMIT}
            client = provider(made)
            sending = asyncio.ensure_future(client.send(sms()))
            await until(lambda: bool(made.messages))
            made.writers[0].close()
            with pytest.raises(SendFailed) as failed:
                await sending
            await client.close()
        assert failed.value.retry

    run(main())


@pytest.mark.parametrize("where", [(smpp, "ANSWER_SECONDS"), (sending, "SEND_SECONDS")])
def test_a_centre_that_does_not_answer_is_given_up(where: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*where, 0.05)

    async def main() -> None:
        async with centre() as made:
            made.silent = {SUBMIT}
            client = provider(made)
            with pytest.raises(SendFailed) as failed:
                await client.send(sms())
            await client.close()
        assert failed.value.retry

    run(main())


def test_nobody_at_the_port_is_worth_another_attempt() -> None:
    async def main() -> None:
        async with centre() as made:
            pass
        with pytest.raises(SendFailed) as failed:
            await provider(made).send(sms())
        assert failed.value.retry

    run(main())


def test_both_sides_ask_whether_the_other_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp, "ENQUIRE_SECONDS", 0.01)

    async def main() -> None:
        async with centre() as made:
            client = provider(made)
            await client.send(sms())
            made.tell(ENQUIRE, sequence=99)
            await until(lambda: (ENQUIRE | RESPONSE, 0, 99) in made.answers and made.commands.count(ENQUIRE) >= 2)
            await client.close()

    run(main())


def test_an_idle_session_is_unbound_and_what_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smpp, "IDLE_SECONDS", 0.02)

    async def main() -> None:
        async with centre() as made:
            client = provider(made)
            await client.send(sms())
            made.tell(0x103, sequence=5)
            await until(lambda: UNBIND in made.commands)
            await client.close()
        assert (RESPONSE, 3, 5) in made.answers

    run(main())


def test_so_many_are_under_way_at_a_time_and_all_share_one_session() -> None:
    async def main() -> None:
        async with centre() as made:
            client = provider(made)
            await asyncio.gather(*(client.send(sms(str(n))) for n in range(50)))
            await client.close()
        assert len(made.messages) == 50
        assert len(made.binds) == 1

    run(main())


@pytest.mark.parametrize("more", [{"sender_id": "Ñandú"}, {"to": "+" + "1" * 30}, {"text": "a" * 40_000}])
def test_what_smpp_cannot_say_is_final(more: dict[str, str]) -> None:
    async def main() -> None:
        async with centre() as made:
            with pytest.raises(SendFailed) as failed:
                await provider(made).send(sms(**more))
        assert not failed.value.retry

    run(main())


def test_addresses_have_their_types() -> None:
    found = [(each.ton, each.npi, each.text) for each in map(address, ("", "+33612345678", "40404", "ACME"))]

    assert found == [(0, 0, ""), (1, 1, "33612345678"), (3, 0, "40404"), (5, 0, "ACME")]


@pytest.mark.parametrize("length", [0, 15, 1 << 30])
def test_a_length_that_cannot_be_ends_the_session(length: int) -> None:
    with pytest.raises(BadPdu):
        read_header(struct.pack(">IIII", length, 0, 0, 0))
