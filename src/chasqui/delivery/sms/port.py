"""What a provider of text messages is asked, and what a text message is. Read this file first; nothing else lives
here."""

from __future__ import annotations

from typing import Protocol

import msgspec

from chasqui.delivery.sending import Sent


class Sms(msgspec.Struct, frozen=True, kw_only=True):
    """A text message. `to` is a number in E.164 ("+33612345678"), which whoever makes one has checked.

    `sender_id` is what the phone shows as its sender: a number, a short code or a name of up to 11 characters (""
    leaves it to the provider). `type` is AWS' ("Transactional" or "Promotional"). `account` and `region` say whose it
    is. `answer`: it is what the owner of `to` answered.
    """

    to: str
    text: str
    message_id: str
    sender_id: str = ""
    type: str = "Promotional"
    account: str = ""
    region: str = ""
    topic_arn: str = ""
    subject: str = ""
    answer: bool = False


class SmsProvider(Protocol):
    """Somebody who sends text messages."""

    async def send(self, sms: Sms) -> Sent:
        """One attempt. Raises `SendFailed`."""
        ...

    async def close(self) -> None:
        """End what is open."""
        ...
