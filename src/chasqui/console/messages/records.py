"""Messages as the pages show them, whether they were received or only looked at."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chasqui.console.bodies import Body, Budget, body_of, preview, visible


class Attribute(msgspec.Struct, frozen=True):
    """A message attribute; a binary value is base64."""

    name: str
    type: str
    value: str


class Record(msgspec.Struct, frozen=True):
    """A message. `receipt` is "" where it was not received, `sequence` where it was (it is the store's, by which
    messages are looked at). `state` is "visible", "in-flight" or "delayed"; `until_ms` when that ends."""

    id: str
    sent_ms: int
    receives: int
    md5: str
    body: Body
    preview: str
    attributes: tuple[Attribute, ...]
    system: tuple[tuple[str, str], ...]
    group: str
    receipt: str = ""
    sequence: str = ""
    state: str = "visible"
    until_ms: int = 0


def all_received(messages: Sequence[Mapping[str, Any]], until_ms: int, budget: Budget) -> list[Record]:
    """The messages of a ReceiveMessage's answer."""
    return [received(each, until_ms, budget) for each in messages]


def received(message: Mapping[str, Any], until_ms: int, budget: Budget) -> Record:
    """A message of a ReceiveMessage's answer, hidden until `until_ms`."""
    system = message.get("Attributes", {})
    given = message.get("MessageAttributes", {})
    return Record(
        message["MessageId"],
        int(system.get("SentTimestamp", 0)),
        int(system.get("ApproximateReceiveCount", 0)),
        message["MD5OfBody"],
        body_of(message["Body"], None, budget),
        preview(message["Body"]),
        _attributes(given),
        _system(system),
        system.get("MessageGroupId", ""),
        receipt=message["ReceiptHandle"],
        state="in-flight",
        until_ms=until_ms,
    )


def listed(message: Mapping[str, Any]) -> Record:
    """A message of a peek's answer, for a list: without what only its own page shows of its body."""
    return _peeked(message, Body("", "", "", message["BodyBytes"], cut=False))


def peeked(message: Mapping[str, Any]) -> Record:
    """A message of a peek's answer."""
    return _peeked(message, body_of(message["Body"], message["BodyBytes"]))


def _peeked(message: Mapping[str, Any], body: Body) -> Record:
    system = {each["Name"]: each["Value"] for each in message["Attribute"]}
    state = "visible" if system["IsVisible"] == "true" else "delayed" if system["IsDelayed"] == "true" else "in-flight"
    return Record(
        message["MessageId"],
        int(system.get("SentTimestamp", 0)),
        int(system.get("ApproximateReceiveCount", 0)),
        message["MD5OfBody"],
        body,
        preview(message["Body"]),
        _attributes(attributes_of(message)),
        _system(system),
        system.get("MessageGroupId", ""),
        sequence=message["Sequence"],
        state=state,
        until_ms=0 if state == "visible" else message["VisibleAt"],
    )


def attributes_of(message: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A peeked message's attributes, as SendMessage takes them."""
    found = {}
    for each in message.get("MessageAttribute", ()):
        value = msgspec.to_builtins(each["Value"], builtin_types=(bytes,))
        found[each["Name"]] = {name: part for name, part in value.items() if part is not None}
    return found


def written(value: Mapping[str, Any]) -> str:
    """An attribute's value as a form has it: binary ones as base64."""
    binary = value.get("BinaryValue")
    return base64.b64encode(binary).decode() if binary is not None else str(value.get("StringValue", ""))


def _attributes(given: Mapping[str, Mapping[str, Any]]) -> tuple[Attribute, ...]:
    return tuple(
        Attribute(visible(name), visible(value.get("DataType", "")), visible(written(value)))
        for name, value in sorted(given.items())
    )


_OURS = ("IsVisible", "IsDelayed")


def _system(system: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, visible(value)) for name, value in sorted(system.items()) if name not in _OURS)
