"""SetSMSAttributes, GetSMSAttributes: how an account sends text messages from a region, and whether it is in the
sandbox.

They are one resource (`SMS`, "account/region", "settings"), which is there once something was set. Whether an account
is in the SMS sandbox is AWS' to decide, so no operation changes it: here a control endpoint does (`sms_control.py`),
and a setting says where accounts begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from chasqui.base.actions import Action
from chasqui.base.arn import parse_arn
from chasqui.base.call import Call, owner_of
from chasqui.base.errors import ServiceError
from chasqui.base.service import Operation
from chasqui.services.sns import arns
from chasqui.services.sns.inputs import check, shown
from chasqui.services.sns.room import Room
from chasqui.services.sns.types import (
    GetSMSAttributesInput,
    GetSMSAttributesResponse,
    SetSMSAttributesInput,
    SetSMSAttributesResponse,
)
from chasqui.store.port import Resource, Transaction

SMS: Final = "sns:sms"
_NAME: Final = "settings"
SMS_TYPES: Final = ("Promotional", "Transactional")
USD_MAX: Final = Decimal(1_000_000_000)
_USD = re.compile(r"[0-9]{1,10}(\.[0-9]{1,6})?", re.ASCII)
_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)


class SmsSettings(msgspec.Struct):
    """`attributes` are those that were set, as text. `sandbox`: whether the account was moved in or out of the SMS
    sandbox; None while nobody has said."""

    attributes: dict[str, str] = {}
    sandbox: bool | None = None


_decode = msgspec.json.Decoder(SmsSettings).decode


def is_sender_id(text: str) -> bool:
    """1 to 11 letters and digits with at least one letter (API reference, "SetSMSAttributes")."""
    return _SENDER.fullmatch(text) is not None


def dollars(text: str) -> Decimal | None:
    """An amount of USD that is not negative; None when the text is no such thing."""
    if not _USD.fullmatch(text):
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount <= USD_MAX else None


def is_percentage(text: str) -> bool:
    """A whole number from 0 to 100."""
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100


def is_role(text: str) -> bool:
    """The ARN of an IAM role."""
    arn = parse_arn(text)
    return arn is not None and arn.service == "iam" and arn.resource.startswith("role/")


_VALID: Final[dict[str, Callable[[str], bool]]] = {
    "MonthlySpendLimit": lambda text: dollars(text) is not None,
    "DeliveryStatusIAMRole": is_role,
    "DeliveryStatusSuccessSamplingRate": is_percentage,
    "DefaultSenderID": is_sender_id,
    "DefaultSMSType": lambda text: text in SMS_TYPES,
    "UsageReportS3Bucket": lambda text: _BUCKET.fullmatch(text) is not None,
}
# An empty value takes these back to nothing.
_CLEARED: Final = frozenset(("DeliveryStatusIAMRole", "DefaultSenderID", "UsageReportS3Bucket"))


async def settings_of(room: Room, owner: str) -> SmsSettings:
    """What was set; the spend limit is always there."""
    return _with_limit(room, await room.store.resource(SMS, owner, _NAME))


async def settings_in(tx: Transaction, room: Room, owner: str) -> SmsSettings:
    """The same within a transaction."""
    return _with_limit(room, await tx.get(SMS, owner, _NAME))


def _with_limit(room: Room, resource: Resource | None) -> SmsSettings:
    found = _decode(resource.document) if resource is not None else SmsSettings()
    found.attributes.setdefault("MonthlySpendLimit", f"{room.limits.sms_spend_limit_usd:g}")
    return found


async def in_sandbox(room: Room, owner: str) -> bool:
    """Whether an account's messages go to verified numbers only."""
    resource = await room.store.resource(SMS, owner, _NAME)
    said = _decode(resource.document).sandbox if resource is not None else None
    return room.limits.sms_sandbox if said is None else said


async def change_settings(room: Room, owner: str, change: Callable[[SmsSettings], None]) -> None:
    """Change them in one transaction; `change` may run again."""

    async def write(tx: Transaction) -> None:
        resource = await tx.get(SMS, owner, _NAME)
        settings = _decode(resource.document) if resource is not None else SmsSettings()
        change(settings)
        document = msgspec.json.encode(settings)
        if resource is None:
            await tx.create(Resource(SMS, owner, _NAME, document))
        else:
            await tx.replace(msgspec.structs.replace(resource, document=document))

    await room.store.transaction(write)


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameter", message, status=400)


async def set_sms_attributes(room: Room, call: Call, request: SetSMSAttributesInput) -> SetSMSAttributesResponse:
    """Change those that are given. Raises `InvalidParameter`, and `ValidationError` when there are none."""
    check("SetSMSAttributes", request)
    given = request.attributes or {}
    for name, value in given.items():
        valid = _VALID.get(name)
        if valid is None:
            raise _invalid(f"{shown(name)} is not a valid attribute")
        if not valid(value) and not (value == "" and name in _CLEARED):
            raise _invalid(f"{name} is invalid")

    def change(settings: SmsSettings) -> None:
        kept = {**settings.attributes, **given}
        settings.attributes = {name: value for name, value in kept.items() if value}

    await change_settings(room, owner_of(call), change)
    return SetSMSAttributesResponse()


async def get_sms_attributes(room: Room, call: Call, request: GetSMSAttributesInput) -> GetSMSAttributesResponse:
    """Those that were set and the spend limit, or of them those that are asked for. Raises `InvalidParameter`."""
    wanted = request.attributes
    for name in wanted or ():
        if name not in _VALID:
            raise _invalid(f"{shown(name)} is not a valid attribute")
    attributes = (await settings_of(room, owner_of(call))).attributes
    if wanted:
        attributes = {name: value for name, value in attributes.items() if name in wanted}
    return GetSMSAttributesResponse(attributes=attributes)


OPERATIONS: dict[str, Operation] = {
    "GetSMSAttributes": get_sms_attributes,
    "SetSMSAttributes": set_sms_attributes,
}

ACTIONS: dict[str, Action] = {
    "GetSMSAttributes": arns.of("GetSMSAttributes", "read"),
    "SetSMSAttributes": arns.of("SetSMSAttributes", "write"),
}
