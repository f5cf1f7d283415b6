"""ListOriginationNumbers: the numbers that the server's text messages come from, as its setting names them."""

from __future__ import annotations

from typing import Final

from chasqui.base.actions import Action
from chasqui.base.call import Call
from chasqui.base.positions import token_after
from chasqui.base.service import Operation
from chasqui.services.sns import arns
from chasqui.services.sns.inputs import check
from chasqui.services.sns.listing import position
from chasqui.services.sns.room import Room
from chasqui.services.sns.types import (
    ListOriginationNumbersRequest,
    ListOriginationNumbersResult,
    PhoneNumberInformation,
)

_PAGE: Final = 30


async def list_origination_numbers(
    room: Room, _call: Call, request: ListOriginationNumbersRequest
) -> ListOriginationNumbersResult:
    """A page of the numbers. What a setting does not tell (since when, in which country) is left out.

    Raises `InvalidParameter`.
    """
    check("ListOriginationNumbers", request)
    limit, after = request.MaxResults or _PAGE, position(request.NextToken)
    rest = sorted(number for number in room.limits.origination_numbers.split() if number > after)
    numbers = [
        PhoneNumberInformation(
            PhoneNumber=number, Status="ACTIVE", RouteType="Transactional", NumberCapabilities=["SMS"]
        )
        for number in rest[:limit]
    ]
    token = token_after(rest[limit - 1]) if len(rest) > limit else None
    return ListOriginationNumbersResult(NextToken=token, PhoneNumbers=numbers)


OPERATIONS: dict[str, Operation] = {"ListOriginationNumbers": list_origination_numbers}

ACTIONS: dict[str, Action] = {
    "ListOriginationNumbers": arns.of("ListOriginationNumbers", "list"),
}
