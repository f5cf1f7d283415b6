"""Telephone numbers, and which of them have opted out of text messages from an account.

A number that is opted out is a resource (`OPTED_OUT`, "account/region", the number); when it was opted in again by the
API is another (`OPTED_IN`), for that may be done once in 30 days (API reference, "OptInPhoneNumber").
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from chasqui.base.actions import Action
from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.sns import arns
from chasqui.services.sns.errors import invalid_parameter
from chasqui.services.sns.inputs import check
from chasqui.services.sns.listing import owned_page
from chasqui.services.sns.room import Room
from chasqui.services.sns.types import (
    CheckIfPhoneNumberIsOptedOutInput,
    CheckIfPhoneNumberIsOptedOutResponse,
    ListPhoneNumbersOptedOutInput,
    ListPhoneNumbersOptedOutResponse,
    OptInPhoneNumberInput,
    OptInPhoneNumberResponse,
)
from chasqui.store.port import Resource, Transaction

OPTED_OUT: Final = "sns:opted-out"
OPTED_IN: Final = "sns:opted-in"
OPT_IN_EVERY_MS: Final = 30 * 24 * 3600 * 1000

_WRITTEN_MAX = 40
# How people write numbers: "+44 (0)20-7946.0958" without the zero that is only dialled at home.
_PUNCTUATION = re.compile(r"[ ()./-]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class Since(msgspec.Struct):
    """When it happened."""

    at_ms: int


_since = msgspec.json.Decoder(Since).decode


def dialled(written: str) -> str:
    """A number without what people put between its digits, and with its plus sign."""
    digits = _PUNCTUATION.sub("", written[:_WRITTEN_MAX])
    return digits if digits.startswith("+") else f"+{digits}"


def phone_number(written: str) -> str | None:
    """The number in E.164 format; None when it is no telephone number."""
    number = dialled(written)
    return number if len(written) <= _WRITTEN_MAX and _E164.fullmatch(number) else None


def _number(written: str | None) -> str:
    number = phone_number(written or "")
    if number is None:
        raise invalid_parameter("PhoneNumber Reason: input incorrectly formatted")
    return number


async def is_opted_out(room: Room, owner: str, number: str) -> bool:
    return await room.store.resource(OPTED_OUT, owner, number) is not None


async def opt_out(room: Room, owner: str, number: str) -> None:
    """The number gets no more text messages from this account and region. Done again, it changes nothing."""
    now_ms = room.clock.now_ms()

    async def note(tx: Transaction) -> None:
        if await tx.get(OPTED_OUT, owner, number) is None:
            await tx.create(Resource(OPTED_OUT, owner, number, msgspec.json.encode(Since(now_ms))))

    await room.store.transaction(note)


async def opt_in(room: Room, owner: str, number: str) -> None:
    """Whoever holds the number wants text messages again, and may change their mind as often as they like."""

    async def forget(tx: Transaction) -> None:
        resource = await tx.get(OPTED_OUT, owner, number)
        if resource is not None:
            await tx.delete(resource)

    await room.store.transaction(forget)


async def check_if_phone_number_is_opted_out(
    room: Room, call: Call, request: CheckIfPhoneNumberIsOptedOutInput
) -> CheckIfPhoneNumberIsOptedOutResponse:
    """Whether messages to the number are held back. Raises `InvalidParameter`."""
    check("CheckIfPhoneNumberIsOptedOut", request)
    number = _number(request.phoneNumber)
    return CheckIfPhoneNumberIsOptedOutResponse(isOptedOut=await is_opted_out(room, owner_of(call), number))


async def list_phone_numbers_opted_out(
    room: Room, call: Call, request: ListPhoneNumbersOptedOutInput
) -> ListPhoneNumbersOptedOutResponse:
    """A page of the numbers that are opted out, 100 at most. Raises `InvalidParameter`."""
    found, token = await owned_page(room.store, OPTED_OUT, owner_of(call), request.nextToken, member="nextToken")
    return ListPhoneNumbersOptedOutResponse(phoneNumbers=[each.name for each in found], nextToken=token)


async def opt_in_phone_number(room: Room, call: Call, request: OptInPhoneNumberInput) -> OptInPhoneNumberResponse:
    """Send to the number again, once in 30 days at most; nothing happens to one that is not opted out.

    Raises `InvalidParameter`.
    """
    check("OptInPhoneNumber", request)
    owner, number, now_ms = owner_of(call), _number(request.phoneNumber), room.clock.now_ms()

    async def change(tx: Transaction) -> None:
        out = await tx.get(OPTED_OUT, owner, number)
        if out is None:
            return
        last = await tx.get(OPTED_IN, owner, number)
        if last is not None and _since(last.document).at_ms > now_ms - OPT_IN_EVERY_MS:
            raise _too_soon()
        noted = Resource(OPTED_IN, owner, number, msgspec.json.encode(Since(now_ms)))
        if last is None:
            await tx.create(noted)
        else:
            await tx.replace(msgspec.structs.replace(last, document=noted.document))
        await tx.delete(out)

    await room.store.transaction(change)
    return OptInPhoneNumberResponse()


def _too_soon() -> ServiceError:
    return invalid_parameter("Cannot opt in right now, latest opt in is too recent")


OPERATIONS: dict[str, Operation] = {
    "CheckIfPhoneNumberIsOptedOut": check_if_phone_number_is_opted_out,
    "ListPhoneNumbersOptedOut": list_phone_numbers_opted_out,
    "OptInPhoneNumber": opt_in_phone_number,
}

ACTIONS: dict[str, Action] = {
    "CheckIfPhoneNumberIsOptedOut": arns.of("CheckIfPhoneNumberIsOptedOut", "read"),
    "ListPhoneNumbersOptedOut": arns.of("ListPhoneNumbersOptedOut", "read"),
    "OptInPhoneNumber": arns.of("OptInPhoneNumber", "write"),
}
