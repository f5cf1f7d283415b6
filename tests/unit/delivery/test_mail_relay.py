"""The SMTP relay, held to a real server (aiosmtpd) in the same loop."""

from __future__ import annotations

import asyncio
import email
import email.policy
import functools
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from chasqui.base.clock import SystemClock
from chasqui.base.errors import SettingsError
from chasqui.base.settings import Settings
from chasqui.delivery import sending
from chasqui.delivery.mail import relay as relay_module
from chasqui.delivery.mail.message import Mail
from chasqui.delivery.mail.relay import MailRelay
from chasqui.delivery.sending import SendFailed
from tests.unit.server.serving import run, self_signed, until

MAIL = Mail(to="ann@example.com", subject="Grüße", text="Привет, Änne\nzweite Zeile")


class Post:
    """What the relay has received; `refusal` is what it says to a recipient."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refusal = ""
        # After STARTTLS one is counted again.
        self.connections = 0
        self.users: list[bytes] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return f"250 queued as {len(self.mails)}"

    def authenticate(self, _s: Any, _session: Any, _e: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.users.append(data.login)
        return AuthResult(success=data.password == b"secret", handled=False)


@asynccontextmanager
async def post_office(
    post: Post, folder: Path, *, tls: str = "starttls", **options: Any
) -> AsyncIterator[dict[str, Any]]:
    """A server; gives the settings that lead to it."""
    context: ssl.SSLContext | None = None
    if tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate, key = self_signed(folder)
        context.load_cert_chain(certificate, key)
    starttls = context if tls == "starttls" else None

    class Counted(SMTP):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            post.connections += 1

    make = functools.partial(Counted, post, tls_context=starttls, require_starttls=starttls is not None, **options)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=context if tls == "tls" else None)
    try:
        yield {
            "smtp_host": "localhost",
            "smtp_port": server.sockets[0].getsockname()[1],
            "smtp_tls": tls,
            "smtp_ca": str(folder / "cert.pem") if tls != "none" else "",
            "smtp_from": "Chasqui <no-reply@example.com>",
        }
    finally:
        server.close()


def relay(settings: dict[str, Any], **more: Any) -> MailRelay:
    return MailRelay(Settings(**{**settings, **more}), SystemClock())


def test_a_mail_in_utf8_arrives_over_starttls_after_a_login(tmp_path: Path) -> None:
    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path, authenticator=post.authenticate, auth_required=True) as settings:
            client = relay(settings, smtp_user="bob", smtp_password="secret")
            sent = await client.send(MAIL)
            await client.close()

        (received,) = post.mails
        assert post.users == [b"bob"]
        assert (received.mail_from, received.rcpt_tos) == ("no-reply@example.com", ["ann@example.com"])
        assert isinstance(received.content, bytes)
        message = email.message_from_bytes(received.content, policy=email.policy.default)
        assert message["Subject"] == "Grüße"
        assert message.get_content().split() == MAIL.text.split()  # type: ignore[attr-defined]
        assert (sent.status, sent.answer) == (250, "queued as 1")

    run(main())


@pytest.mark.parametrize("tls", ["tls", "none"])
def test_the_other_ways_to_connect(tmp_path: Path, tls: str) -> None:
    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path, tls=tls) as settings:
            client = relay(settings)
            await client.send(MAIL)
            await client.close()
        assert len(post.mails) == 1

    run(main())


def test_an_unknown_certificate_is_not_trusted(tmp_path: Path) -> None:
    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path) as settings:
            with pytest.raises(SendFailed) as failed:
                await relay(settings, smtp_ca="").send(MAIL)
        assert failed.value.retry
        assert not post.mails

    run(main())


def test_a_relay_without_starttls_is_told_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path, tls="none") as settings:
            with pytest.raises(SendFailed) as failed:
                await relay(settings, smtp_tls="starttls").send(MAIL)
        assert failed.value.retry
        assert not post.mails

    run(main())


@pytest.mark.parametrize(
    ("refusal", "retry"), [("550 no such user", False), ("451 try later", True), ("452 full", True)]
)
def test_5xx_is_final_and_4xx_is_not_and_the_connection_goes_on(tmp_path: Path, refusal: str, retry: bool) -> None:
    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path, tls="none") as settings:
            client = relay(settings)
            post.refusal = refusal
            with pytest.raises(SendFailed) as failed:
                await client.send(MAIL)
            post.refusal = ""
            await client.send(MAIL)
            await client.close()
        assert (failed.value.retry, failed.value.status) == (retry, int(refusal[:3]))
        assert failed.value.answer == refusal[4:]
        assert len(post.mails) == 1

    run(main())


def test_a_wrong_password_is_the_operators_and_worth_another_attempt(tmp_path: Path) -> None:
    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path, authenticator=post.authenticate, auth_required=True) as settings:
            with pytest.raises(SendFailed) as failed:
                await relay(settings, smtp_user="bob", smtp_password="wrong").send(MAIL)
        assert (failed.value.retry, failed.value.credentials, failed.value.status) == (True, True, 535)
        assert "wrong" not in str(failed.value)

    run(main())


def test_nobody_at_the_port_is_worth_another_attempt(tmp_path: Path) -> None:
    async def main() -> None:
        async with post_office(Post(), tmp_path, tls="none") as settings:
            pass
        with pytest.raises(SendFailed) as failed:
            await relay(settings).send(MAIL)
        assert (failed.value.retry, failed.value.credentials) == (True, False)

    run(main())


@pytest.mark.parametrize("where", [(relay_module, "TIMEOUT_SECONDS"), (sending, "SEND_SECONDS")])
def test_a_relay_that_says_nothing_is_given_up(where: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*where, 0.05)

    async def main() -> None:
        silent: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(lambda _reader, writer: silent.append(writer), "127.0.0.1", 0)
        settings = {"smtp_host": "127.0.0.1", "smtp_port": server.sockets[0].getsockname()[1], "smtp_tls": "none"}
        with pytest.raises(SendFailed) as failed:
            await relay(settings).send(MAIL)
        server.close()
        for each in silent:
            each.transport.abort()
        await asyncio.sleep(0)
        assert failed.value.retry

    run(main())


def test_an_address_that_is_none_is_final(tmp_path: Path) -> None:
    async def main() -> None:
        with pytest.raises(SendFailed) as failed:
            await relay({"smtp_host": "localhost"}).send(Mail(to="nobody", subject="", text=""))
        assert not failed.value.retry

    run(main())


def test_a_sender_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(SettingsError, match="smtp_from"):
        relay({"smtp_host": "localhost", "smtp_from": "Nobody"})


def test_a_long_mail_arrives_whole(tmp_path: Path) -> None:
    text = "列車が遅れています。\n.\n" * 20_000

    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path, tls="none", data_size_limit=None) as settings:
            client = relay(settings)
            await client.send(Mail(to="ann@example.com", subject="long", text=text))
            await client.close()
        assert isinstance(post.mails[0].content, bytes)
        message = email.message_from_bytes(post.mails[0].content, policy=email.policy.default)
        assert message.get_content().replace("\r\n", "\n") == text  # type: ignore[attr-defined]

    run(main())


def test_smtputf8_is_used_where_it_is_offered_and_its_lack_is_final(tmp_path: Path) -> None:
    local = Mail(to="jürgen@example.com", subject="Hallo", text="Text")

    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path, tls="none", enable_SMTPUTF8=True) as settings:
            client = relay(settings)
            await client.send(local)
            await client.close()
        assert post.mails[0].rcpt_tos == ["jürgen@example.com"]
        async with post_office(post, tmp_path, tls="none") as settings:
            with pytest.raises(SendFailed) as failed:
                await relay(settings).send(local)
        assert not failed.value.retry

    run(main())


def test_a_burst_goes_over_few_connections_which_end_when_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "IDLE_SECONDS", 0.02)

    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path, tls="none") as settings:
            client = relay(settings)
            await asyncio.gather(*(client.send(MAIL) for _ in range(20)))
            assert len(post.mails) == 20
            assert 1 <= len(client._idle) <= relay_module.CONNECTIONS_MAX
            assert post.connections <= relay_module.CONNECTIONS_MAX
            await until(lambda: not client._idle)

    run(main())


def test_a_connection_that_the_relay_has_closed_is_replaced(tmp_path: Path) -> None:
    async def main() -> None:
        post = Post()
        async with post_office(post, tmp_path, tls="none") as settings:
            client = relay(settings)
            await client.send(MAIL)
            transport = client._idle[0].smtp.transport
            assert transport is not None
            transport.abort()
            await client.send(MAIL)
            await client.close()
        assert len(post.mails) == 2

    run(main())
