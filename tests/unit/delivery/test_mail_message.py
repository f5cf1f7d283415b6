"""Mails as bytes, read back by the standard library's parser."""

from __future__ import annotations

import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chasqui.delivery.mail.message import BadMail, Mail, envelope_address, render

NOON_MS = 1_769_860_800_000
SENDER = "Chasqui <no-reply@example.com>"


def mail(**how: object) -> Mail:
    return Mail(**{"to": "ann@example.com", "subject": "Hello", "text": "Good day.", **how})  # type: ignore[arg-type]


def parsed(written: Mail) -> EmailMessage:
    data = render(written, SENDER, NOON_MS).data
    return email.message_from_bytes(data, policy=email.policy.default)  # type: ignore[return-value]


def test_a_plain_mail_reads_as_it_was_written() -> None:
    rendered = render(mail(message_id="1@chasqui"), SENDER, NOON_MS)

    assert (rendered.sender, rendered.to, rendered.utf8) == ("no-reply@example.com", "ann@example.com", False)
    assert rendered.data == (
        b"From: Chasqui <no-reply@example.com>\r\nTo: ann@example.com\r\nDate: Sat, 31 Jan 2026 12:00:00 +0000\r\n"
        b"Message-ID: <1@chasqui>\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nGood day.\r\n"
    )


@pytest.mark.parametrize(
    "text", ["Grüße\nvon der Post", "列車が遅れています。" * 30, "a" * 5000, "tab\tand\x07bell", ".\n..\nFrom x"]
)
def test_any_text_arrives(text: str) -> None:
    data = render(mail(text=text), SENDER, NOON_MS).data

    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert parsed(mail(text=text)).get_content().replace("\r\n", "\n") == text + "\n"


def test_line_ends_of_any_kind_become_crlf() -> None:
    assert render(mail(text="a\rb\nc\r\nd"), SENDER, NOON_MS).data.endswith(b"\r\n\r\na\r\nb\r\nc\r\nd\r\n")


def test_a_subject_in_any_script_is_readable() -> None:
    subject = "Ñandú, 列車 " * 12

    assert parsed(mail(subject=subject))["Subject"] == subject.strip()


@given(st.text(), st.text(), st.text())
def test_nothing_in_a_mail_begins_another_header_field(subject: str, text: str, value: str) -> None:
    head = render(mail(subject=subject, text=text, headers=(("X-Own", value),)), SENDER, NOON_MS).data.split(
        b"\r\n\r\n"
    )[0]

    names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert names == [
        *(b"From", b"To", b"Date", b"Subject", b"X-Own"),
        *(b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding"),
    ]
    assert b"\r" not in head.replace(b"\r\n", b"")
    assert b"\n" not in head.replace(b"\r\n", b"")


def test_a_long_url_in_a_field_stays_whole() -> None:
    value = f"<https://localhost:4566/?Action=Unsubscribe&SubscriptionArn={'x' * 400}>"

    data = render(mail(headers=(("List-Unsubscribe", value),)), SENDER, NOON_MS).data

    assert f"List-Unsubscribe: {value}\r\n".encode() in data


def test_a_name_is_quoted_or_encoded() -> None:
    assert parsed(mail(sender='O"Hara, Ann <a@example.com>'))["From"].addresses[0].display_name == 'O"Hara, Ann'
    assert parsed(mail(sender="Jürgen <a@example.com>"))["From"].addresses[0].display_name == "Jürgen"


def test_a_domain_goes_out_in_ascii_and_a_local_part_wants_smtputf8() -> None:
    assert envelope_address("ann@münchen.example") == "ann@xn--mnchen-3ya.example"
    rendered = render(mail(to="jürgen@example.com"), SENDER, NOON_MS)

    assert (rendered.to, rendered.utf8) == ("jürgen@example.com", True)
    assert "To: jürgen@example.com\r\n".encode() in rendered.data


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "a b@example.com",
        "ann@example.com\r\nBcc: eve@example.com",
        "a@b@c",
        "<ann@example.com>",
        "ann@example.com,eve@example.com",
        "a" * 250 + "@example.com",
        "ann@" + "ü" * 80 + ".example",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadMail):
        render(mail(to=address), SENDER, NOON_MS)


@pytest.mark.parametrize("field", [("Bad name", "x"), ("X:", "x"), ("", "x"), ("X", "y" * 2000)])
def test_fields_that_cannot_be_written_are_refused(field: tuple[str, str]) -> None:
    with pytest.raises(BadMail):
        render(mail(headers=(field,)), SENDER, NOON_MS)
