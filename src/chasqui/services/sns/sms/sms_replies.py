"""What happens outside of AWS' API, as control endpoints are told of it: a phone's owner answers STOP or START, and AWS
moves an account out of the SMS sandbox, or into it.

`POST /_chasqui/sms/reply` with {"from": number, "text": …} and `POST /_chasqui/sms/sandbox` with {"sandbox": true};
both take "account" and "region", by default those of requests that name none.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

from chasqui.access.caller import DEFAULT_ACCOUNT
from chasqui.base.arn import is_account
from chasqui.base.control import Answer, ControlRequest, Refusal
from chasqui.delivery.sms.phone import Phone
from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.phones import opt_in, opt_out, phone_number
from chasqui.services.sns.sms.sms_settings import SmsSettings, change_settings

T = TypeVar("T")

_REGION = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)

OUT: Final = frozenset(
    ("ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "STOPALL", "TD", "UNSUBSCRIBE")
)
"""The words that opt out (developer guide, "Opting out of receiving SMS messages"; STOPALL is the carriers')."""
IN: Final = frozenset(("START", "UNSTOP"))
"""The carriers' words that opt in again. On AWS the API alone does that."""


class _Reply(msgspec.Struct, rename={"from_": "from"}):
    from_: str
    text: str
    account: str = DEFAULT_ACCOUNT
    region: str = ""


class _Sandbox(msgspec.Struct):
    sandbox: bool
    account: str = DEFAULT_ACCOUNT
    region: str = ""


def _read(request: ControlRequest, type_: type[T]) -> T:
    try:
        return msgspec.json.decode(request.body, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, f"the body is not what is wanted: {error}") from error


def _owner(room: Room, account: str, region: str) -> str:
    if not is_account(account):
        raise Refusal(400, "account must be 12 digits")
    if region and not _REGION.fullmatch(region):
        raise Refusal(400, "region must be a region's name")
    return f"{account}/{region or room.default_region}"


async def reply(room: Room, request: ControlRequest) -> Answer:
    """POST {"from": number, "text": …}. Raises `Refusal`."""
    said = _read(request, _Reply)
    number, owner = phone_number(said.from_), _owner(room, said.account, said.region)
    if number is None:
        raise Refusal(400, "from must be a phone number, as +12025550123")
    if isinstance(room.channels.texts, Phone):
        await room.channels.texts.hear(number, said.text, *owner.split("/", 1))
    word = said.text.strip().upper()
    if word in OUT:
        await opt_out(room, owner, number)
    elif word in IN:
        await opt_in(room, owner, number)
    return Answer({"optedOut": True if word in OUT else False if word in IN else None})


async def move(room: Room, request: ControlRequest) -> Answer:
    """POST {"sandbox": true} or false. Raises `Refusal`."""
    wanted = _read(request, _Sandbox)

    def change(settings: SmsSettings) -> None:
        settings.sandbox = wanted.sandbox

    await change_settings(room, _owner(room, wanted.account, wanted.region), change)
    return Answer({"sandbox": wanted.sandbox})
