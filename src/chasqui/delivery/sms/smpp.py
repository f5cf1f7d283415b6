"""A message centre reached by SMPP 3.4: one session, bound when there is something to send and unbound when there is
not.

While it is bound, the other side is asked every now and then whether it is there (enquire_link), and its own
questions are answered. So many messages are under way at a time at most; each `send` is one attempt.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import ssl
from collections.abc import AsyncIterator
from typing import Final

from chasqui.base.settings import Settings
from chasqui.delivery.sending import SendFailed, Sent, in_time
from chasqui.delivery.sms import pdu
from chasqui.delivery.sms.port import Sms
from chasqui.delivery.sms.segments import GSM7, PARTS_MAX, Segmented, segmented

_log = logging.getLogger("chasqui.sms")

ANSWER_SECONDS: Final = 30.0
ENQUIRE_SECONDS: Final = 20.0
IDLE_SECONDS: Final = 60.0
WINDOW: Final = 10
_SEQUENCE_MAX: Final = 0x7FFF_FFFF


class SmppSession:
    """A bound connection. `gone` says why it ended, once it has."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[pdu.Pdu]] = {}
        self._loop = asyncio.get_running_loop()
        self._asker: asyncio.TimerHandle | None = None
        self._enquiries: set[asyncio.Task[None]] = set()
        self.gone = ""
        self._reading = self._loop.create_task(self._read())

    async def ask(self, command: int, body: bytes = b"") -> pdu.Pdu:
        """Send a PDU and wait for its response. Raises `SendFailed` when none comes, worth another attempt."""
        if self.gone:
            raise SendFailed(f"the SMPP session has ended: {self.gone}", retry=True)
        sequence = next(self._numbers) % _SEQUENCE_MAX or 1
        answer: asyncio.Future[pdu.Pdu] = self._loop.create_future()
        self._waiting[sequence] = answer
        try:
            self._writer.write(pdu.encode(command, sequence, body))
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._writer.drain()
                return await answer
        except TimeoutError as error:
            self.end("it does not answer")
            raise SendFailed("the message centre does not answer", retry=True) from error
        except OSError as error:
            self.end(str(error))
            raise SendFailed(f"the SMPP session has ended: {error}", retry=True) from error
        finally:
            self._waiting.pop(sequence, None)

    def keep_alive(self) -> None:
        """From now on, ask whether the other side is there."""
        if not self.gone:
            self._asker = self._loop.call_later(ENQUIRE_SECONDS, self._enquire)

    def _enquire(self) -> None:
        async def enquire() -> None:
            with contextlib.suppress(SendFailed):
                await self.ask(pdu.ENQUIRE_LINK)
                self.keep_alive()

        task = self._loop.create_task(enquire())
        self._enquiries.add(task)
        task.add_done_callback(self._enquiries.discard)

    async def unbind(self) -> None:
        """Say goodbye, and end."""
        with contextlib.suppress(SendFailed, TimeoutError):
            async with asyncio.timeout(1):
                await self.ask(pdu.UNBIND)
        self.end("unbound")
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await asyncio.gather(self._reading, *self._enquiries, return_exceptions=True)

    def end(self, why: str) -> None:
        """Close; whoever waits for an answer is told."""
        if not self.gone:
            self.gone = why
            if self._asker is not None:
                self._asker.cancel()
            self._writer.close()
            self._reading.cancel()
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(SendFailed(f"the SMPP session has ended: {why}", retry=True))

    async def _read(self) -> None:
        try:
            while True:
                length, header = pdu.read_header(await self._reader.readexactly(pdu.HEADER_BYTES))
                body = await self._reader.readexactly(length)
                self._received(pdu.Pdu(header.command, header.response, header.status, header.sequence, body))
        except (asyncio.IncompleteReadError, OSError):
            self.end("the message centre has closed it")
        except pdu.BadPdu as error:
            self.end(str(error))

    def _received(self, got: pdu.Pdu) -> None:
        if got.response:
            answer = self._waiting.get(got.sequence)
            if answer is not None and not answer.done():
                answer.set_result(got)
        elif got.command in (pdu.ENQUIRE_LINK, pdu.UNBIND, pdu.DELIVER_SM):
            # A deliver_sm is a receipt or somebody's reply; neither has a place to go to.
            body = b"\0" if got.command == pdu.DELIVER_SM else b""
            self._writer.write(pdu.encode(got.command, got.sequence, body, response=True))
            if got.command == pdu.UNBIND:
                self.end("the message centre has unbound it")
        else:
            self._writer.write(pdu.encode(0, got.sequence, status=0x03, response=True))


class SmppProvider:
    """The message centre that the settings `smpp_*` name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: SmppSession | None = None
        self._binding = asyncio.Lock()
        self._window = asyncio.Semaphore(WINDOW)
        self._under_way = 0
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._references = itertools.count(1)

    async def send(self, sms: Sms) -> Sent:
        """Submit a message, segment by segment where it is long. Raises `SendFailed`, as the centre's status says."""
        written = segmented(sms.text)
        if len(written.parts) > PARTS_MAX:
            raise SendFailed(
                f"the text takes {len(written.parts)} segments, and {PARTS_MAX} can be joined", retry=False
            )
        try:
            bodies = self._bodies(sms, written)
        except ValueError as error:
            raise SendFailed(f"SMPP cannot say it: {error}", retry=False) from error
        async with in_time(), self._window, self._bound() as session:
            ids = [await _submit(session, body) for body in bodies]
        return Sent(ids[0], 0, f"{len(ids)} submitted: {', '.join(ids)}")

    async def close(self) -> None:
        """Unbind."""
        if self._idle is not None:
            self._idle.cancel()
        if self._ending is not None:
            await asyncio.gather(self._ending, return_exceptions=True)
        if self._session is not None:
            session, self._session = self._session, None
            await session.unbind()

    def _bodies(self, sms: Sms, written: Segmented) -> list[bytes]:
        source, to = pdu.address(sms.sender_id), pdu.address(sms.to)
        coding = pdu.DEFAULT_ALPHABET if written.alphabet == GSM7 else pdu.UCS2_CODING
        parts = written.parts
        if len(parts) == 1:
            return [pdu.submit(source, to, coding, parts[0])]
        if self._settings.smpp_long == "payload":
            return [pdu.submit(source, to, coding, b"".join(parts), payload=True)]
        reference = next(self._references)
        return [
            pdu.submit(source, to, coding, part, header=pdu.join_header(reference, len(parts), number))
            for number, part in enumerate(parts, 1)
        ]

    @contextlib.asynccontextmanager
    async def _bound(self) -> AsyncIterator[SmppSession]:
        """The session, bound anew where it has ended; it ends when nobody has wanted it for a while."""
        if self._idle is not None:
            self._idle.cancel()
        self._under_way += 1
        try:
            async with self._binding:
                if self._session is None or self._session.gone:
                    self._session = await self._bind()
            yield self._session
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire)

    def _expire(self) -> None:
        if self._session is not None and not self._under_way:
            session, self._session = self._session, None
            self._ending = asyncio.get_running_loop().create_task(session.unbind())

    async def _bind(self) -> SmppSession:
        settings = self._settings
        command = pdu.BIND_TRANSMITTER if settings.smpp_bind == "transmitter" else pdu.BIND_TRANSCEIVER
        session = SmppSession(*await self._connect())
        try:
            answer = await session.ask(command, pdu.bind(settings.smpp_user, settings.smpp_password))
        except ValueError as error:
            session.end("not bound")
            raise SendFailed(
                "smpp_user or smpp_password is longer than SMPP allows", retry=True, credentials=True
            ) from error
        except BaseException:
            session.end("not bound")
            raise
        if answer.status:
            session.end("not bound")
            name = pdu.status_name(answer.status)
            # Whatever it says of us, the message is not to blame.
            raise SendFailed(
                f"the message centre does not bind: {name}", retry=True, status=answer.status, credentials=True
            )
        session.keep_alive()
        _log.info("bound to a message centre", extra={"centre": pdu.first_text(answer.body)})
        return session

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        settings, loop = self._settings, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                tls = await loop.run_in_executor(None, ssl.create_default_context) if settings.smpp_tls else None
                return await asyncio.open_connection(settings.smpp_host, settings.smpp_port, ssl=tls)
        except OSError as error:
            where = f"{settings.smpp_host} port {settings.smpp_port}"
            raise SendFailed(f"no connection to the message centre at {where}: {error}", retry=True) from error


async def _submit(session: SmppSession, body: bytes) -> str:
    """The id that the message centre gives it."""
    answer = await session.ask(pdu.SUBMIT_SM, body)
    if not answer.status:
        return pdu.first_text(answer.body)
    name = pdu.status_name(answer.status)
    raise SendFailed(name, retry=answer.status in pdu.RETRIED, status=answer.status, answer=name)
