"""What SNS' operations on telephones and apps check first: the model's own constraints, and pages' tokens."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec

from chasqui.base.call import Call
from chasqui.services.sns.errors import invalid_parameter
from chasqui.store.port import Resource, Store
from chasqui.wire.model import load_service
from chasqui.wire.typed import to_params
from chasqui.wire.validation import validate

PAGE: Final = 100
"""How many items AWS puts on a page."""
SHOWN_MAX: Final = 2048


def owner_of(call: Call) -> str:
    """Whose resources a call is about: "account/region"."""
    return f"{call.account}/{call.region}"


def check(operation: str, request: msgspec.Struct) -> None:
    """Refuse what breaks a constraint of the model. Raises `ValidationError` in AWS' words."""
    validate(load_service("sns").operation(operation), to_params(request))


def shown(text: str) -> str:
    """A value in an error: no answer grows with what was sent."""
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX]


def token_after(name: str) -> str:
    """The token of a page that goes on after this name."""
    return base64.urlsafe_b64encode(name.encode()).decode()


def position(token: str | None, member: str = "NextToken") -> str:
    """The name that a page begins after; "" for the first. Raises `InvalidParameter`."""
    if not token:
        return ""
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid_parameter(member) from None


async def page(
    store: Store, type_: str, owner: str, token: str | None, *, limit: int = PAGE, member: str = "NextToken"
) -> tuple[list[Resource], str | None]:
    """One page of an owner's resources, by name, and the next page's token. Raises `InvalidParameter`."""
    after = position(token, member)
    found = await store.resources(type_, owner, after=(owner, after), limit=limit + 1)
    return found[:limit], token_after(found[limit - 1].name) if len(found) > limit else None
