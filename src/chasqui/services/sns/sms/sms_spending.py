"""What an account's text messages have cost this month, and the limit that it set for that.

A month is a resource (`SPENT`, "account/region", "2026-11", in UTC). The price of a message is put down before it is
sent and taken back when it was not, so that nodes together never exceed the limit.
"""

from __future__ import annotations

import math
import time
from decimal import Decimal
from typing import Final

import msgspec

from chasqui.services.sns.room import Room
from chasqui.services.sns.sms.sms_settings import settings_in
from chasqui.store.port import Resource, Transaction

SPENT: Final = "sns:sms-spent"


class Spent(msgspec.Struct):
    """In millionths of a US dollar."""

    micro_usd: int = 0


_decode = msgspec.json.Decoder(Spent).decode


def micro_usd(amount: float | Decimal) -> int:
    """US dollars in millionths, rounded up."""
    return math.ceil(Decimal(str(amount)) * 1_000_000)


def month_of(at_ms: int) -> str:
    return time.strftime("%Y-%m", time.gmtime(at_ms // 1000))


async def spend(room: Room, owner: str, price: int) -> str | None:
    """Put the price down for this month; returns the month, None when it would exceed the limit."""
    month = month_of(room.clock.now_ms())

    async def put(tx: Transaction) -> bool:
        limit = micro_usd(Decimal((await settings_in(tx, room, owner)).attributes["MonthlySpendLimit"]))
        return await _add(tx, owner, month, price, limit)

    return month if price == 0 or await room.store.transaction(put) else None


async def take_back(room: Room, owner: str, month: str, price: int) -> None:
    """The message was not sent."""
    if price:
        await room.store.transaction(lambda tx: _add(tx, owner, month, -price, 1 << 62))


async def _add(tx: Transaction, owner: str, month: str, price: int, limit: int) -> bool:
    resource = await tx.get(SPENT, owner, month)
    spent = _decode(resource.document) if resource is not None else Spent()
    if spent.micro_usd + price > limit:
        return False
    document = msgspec.json.encode(Spent(max(0, spent.micro_usd + price)))
    if resource is None:
        await tx.create(Resource(SPENT, owner, month, document))
    else:
        await tx.replace(msgspec.structs.replace(resource, document=document))
    return True
