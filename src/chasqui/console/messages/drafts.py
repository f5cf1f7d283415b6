"""What the form for sending says, and what SendMessage makes of it. Pure functions."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chasqui.console.forms import Form
from chasqui.console.language import N_
from chasqui.console.messages.records import attributes_of, written
from chasqui.console.numbers import digits

ROWS_MAX: Final = 10
COPIES_MAX: Final = 10
_ROWS: Final = 3


class WrongDraft(Exception):
    """A form that no message can be made of: the field, and a text to be translated."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


class Row(msgspec.Struct, frozen=True):
    """An attribute's fields."""

    name: str = ""
    type: str = "String"
    value: str = ""


class Draft(msgspec.Struct, frozen=True):
    """The form's fields, as they were typed."""

    body: str = ""
    rows: tuple[Row, ...] = ()
    delay: str = ""
    group: str = ""
    deduplication: str = ""
    copies: str = "1"

    def shown(self, more: bool = False) -> tuple[Row, ...]:
        """The rows that the form has: those that are filled, and empty ones to fill."""
        wanted = max(_ROWS, len(self.rows) + (2 if more else 1))
        return (*self.rows, *[Row()] * wanted)[: min(wanted, ROWS_MAX)]


def draft_of(form: Form) -> Draft:
    """What a form says."""
    columns = (form.all("attribute"), form.all("type"), form.all("value"))
    rows = (Row(*each) for each in zip(*columns, strict=False))
    return Draft(
        form.get("body"),
        tuple(each for each in rows if each.name or each.value),
        form.get("delay").strip(),
        form.get("group"),
        form.get("deduplication"),
        form.get("copies").strip() or "1",
    )


def draft_again(message: Mapping[str, Any]) -> Draft:
    """A peeked message, to be sent once more. Its deduplication id is left out: the same one would be refused as a
    duplicate."""
    system = {each["Name"]: each["Value"] for each in message["Attribute"]}
    rows = (Row(name, value["DataType"], written(value)) for name, value in attributes_of(message).items())
    return Draft(message["Body"], tuple(rows), group=system.get("MessageGroupId", ""))


def params_of(draft: Draft) -> dict[str, Any]:
    """SendMessage's parameters but the queue's. Raises `WrongDraft`."""
    params: dict[str, Any] = {"MessageBody": draft.body}
    if draft.delay:
        params["DelaySeconds"] = whole(draft.delay, "delay")
    attributes = {row.name: _value(row) for row in draft.rows}
    if len(attributes) != len(draft.rows):
        raise WrongDraft("attributes", N_("Two attributes have the same name."))
    if attributes:
        params["MessageAttributes"] = attributes
    if draft.group:
        params["MessageGroupId"] = draft.group
    if draft.deduplication:
        params["MessageDeduplicationId"] = draft.deduplication
    return params


def copies_of(draft: Draft) -> int:
    """How many messages are wanted. Raises `WrongDraft`."""
    copies = whole(draft.copies, "copies")
    if not 1 <= copies <= COPIES_MAX:
        raise WrongDraft("copies", N_("Send between 1 and 10 at a time."))
    return copies


def entries_of(params: Mapping[str, Any], copies: int) -> list[dict[str, Any]]:
    """The same message several times, for a batch. A deduplication id gets a number, or the copies would be one."""
    key = params.get("MessageDeduplicationId")
    return [
        {"Id": str(at), **params, **({"MessageDeduplicationId": f"{key}-{at}"} if key else {})}
        for at in range(1, copies + 1)
    ]


def whole(text: str, field: str) -> int:
    """A whole number that was typed. Raises `WrongDraft`."""
    number = digits(text, 9)
    if number is None:
        raise WrongDraft(field, N_("This must be a whole number."))
    return number


def _value(row: Row) -> dict[str, Any]:
    if row.type.partition(".")[0] != "Binary":
        return {"DataType": row.type, "StringValue": row.value}
    try:
        return {"DataType": row.type, "BinaryValue": base64.b64decode(row.value.encode(), validate=True)}
    except (binascii.Error, ValueError):
        raise WrongDraft("attributes", N_("The value of a binary attribute is written in base64.")) from None
