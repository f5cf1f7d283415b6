"""The attributes of topics as their forms have them: names, help, limits, and from a form to what is set. Pure.

Source: API reference, CreateTopic and SetTopicAttributes.
"""

from __future__ import annotations

import json
from typing import Final, Literal

import msgspec

from chasqui.console.forms import Form
from chasqui.console.language import N_

Kind = Literal["text", "number", "json", "choice", "tick"]


class Field(msgspec.Struct, frozen=True):
    """A field of the form. `of` says which topics have the attribute: "fifo", "standard" or "" for both. `options` are
    a choice's values with their names; the first is the default."""

    name: str
    label: str
    help: str
    kind: Kind = "text"
    of: str = ""
    options: tuple[tuple[str, str], ...] = ()
    least: int = 0
    most: int = 0
    of_what: str = ""
    """What stands before the label, where several fields are alike."""


class Group(msgspec.Struct, frozen=True):
    """Fields that belong together. `folded`: they are rarely wanted."""

    name: str
    fields: tuple[Field, ...]
    folded: bool = True


FEEDBACK: Final = (
    ("SQS", "Amazon SQS"),
    ("Lambda", "AWS Lambda"),
    ("HTTP", "HTTP/S"),
    ("Application", N_("Mobile push")),
    ("Firehose", "Firehose"),
)


def _feedback() -> tuple[Field, ...]:
    return tuple(
        field
        for key, name in FEEDBACK
        for field in (
            Field(f"{key}SuccessFeedbackRoleArn", N_("role that logs successful deliveries (ARN)"), "", of_what=name),
            Field(f"{key}FailureFeedbackRoleArn", N_("role that logs failed deliveries (ARN)"), "", of_what=name),
            Field(
                f"{key}SuccessFeedbackSampleRate", N_("percentage of successful deliveries that is logged, 0 to 100"),
                "", "number", most=100, of_what=name,
            ),
        )
    )  # fmt: skip


GROUPS: Final = (
    Group(
        N_("General"),
        (
            Field("DisplayName", N_("Display name"), N_("Shown as the sender of mails, and before text messages (the"
                  " first 10 characters). At most 100 characters.")),
            Field("ContentBasedDeduplication", N_("Content-based deduplication"),
                  N_("Messages without a deduplication ID get the SHA-256 of their body as one."), "tick", "fifo"),
            Field("FifoThroughputScope", N_("Throughput scope"),
                  N_("Whether deduplication and throughput count for the topic or for each message group."), "choice",
                  "fifo", (("Topic", N_("Topic")), ("MessageGroup", N_("Message group")))),
            Field("MaximumMessageSize", N_("Maximum message size (bytes)"),
                  N_("1,024 to 1,048,576 bytes; 262,144 unless you say otherwise."), "number", least=1024,
                  most=1_048_576),
            Field("SignatureVersion", N_("Signature version"),
                  N_("How notifications are signed: 1 is SHA-1, 2 is SHA-256."), "choice", "",
                  (("1", "1 (SHA-1)"), ("2", "2 (SHA-256)"))),
            Field("TracingConfig", N_("Tracing"), N_("Active tracing adds a trace of its own to each message."),
                  "choice", "standard", (("PassThrough", N_("Pass through")), ("Active", N_("Active")))),
        ),
        folded=False,
    ),
    Group(
        N_("Encryption"),
        (Field("KmsMasterKeyId", N_("KMS key"), N_("A key's ID, ARN or alias (alias/aws/sns is AWS' own). Without one,"
               " messages are encrypted by the server's key alone.")),),
    ),
    Group(
        N_("Message archive"),
        (Field("ArchivePolicy", N_("Keep messages for (days)"), N_("1 to 365 days; subscribers can have them replayed."
               " Empty: no archive."), "number", "fifo", least=1, most=365),),
    ),
    Group(
        N_("Delivery policy (HTTP/S)"),
        (Field("DeliveryPolicy", N_("Delivery policy"), N_("JSON: how often and how fast deliveries to HTTP/S endpoints"
               " are tried again. Empty: AWS' default."), "json"),),
    ),
    Group(N_("Delivery status logging"), _feedback()),
)  # fmt: skip


def groups(fifo: bool) -> list[Group]:
    """The groups with the fields that a topic of this type has."""
    kind = "fifo" if fifo else "standard"
    kept = (
        msgspec.structs.replace(group, fields=tuple(each for each in group.fields if each.of in ("", kind)))
        for group in GROUPS
    )
    return [group for group in kept if group.fields]


def from_form(form: Form, fifo: bool) -> dict[str, str]:
    """The attributes that a form says: "" for those left empty, and for a choice its default."""
    return {field.name: _value(field, form) for group in groups(fifo) for field in group.fields}


def _value(field: Field, form: Form) -> str:
    if field.kind == "tick":
        return "true" if form.flag(field.name) else "false"
    text = form.get(field.name).strip()
    if field.name == "ArchivePolicy" and text:
        return json.dumps({"MessageRetentionPeriod": text})
    return text


def shown(attributes: dict[str, str], fifo: bool) -> dict[str, str]:
    """What stands in a form's fields for attributes as a topic has them."""
    found = {field.name: attributes.get(field.name, "") for group in groups(fifo) for field in group.fields}
    for group in groups(fifo):
        for field in group.fields:
            if field.kind == "choice":
                found[field.name] = found[field.name] or field.options[0][0]
    if found.get("ArchivePolicy"):
        found["ArchivePolicy"] = str(_days(found["ArchivePolicy"]))
    return found


def _days(policy: str) -> object:
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError):
        return ""
    return document.get("MessageRetentionPeriod", "") if isinstance(document, dict) else ""


def to_create(given: dict[str, str], fifo: bool) -> dict[str, str]:
    """Of a form's attributes what CreateTopic is told: nothing that is the default anyway."""
    defaults = {
        field.name: field.options[0][0] if field.kind == "choice" else "false"
        for group in groups(fifo)
        for field in group.fields
        if field.kind in ("choice", "tick")
    }
    wanted = {name: value for name, value in given.items() if value and value != defaults.get(name)}
    return {**wanted, "FifoTopic": "true"} if fifo else wanted


def changed(given: dict[str, str], attributes: dict[str, str], fifo: bool) -> dict[str, str]:
    """Of a form's attributes those that are not as the topic has them."""
    now = shown(attributes, fifo)
    if now.get("ArchivePolicy"):
        now["ArchivePolicy"] = json.dumps({"MessageRetentionPeriod": now["ArchivePolicy"]})
    now = {name: value or ("false" if name == "ContentBasedDeduplication" else "") for name, value in now.items()}
    return {name: value for name, value in given.items() if value != now.get(name, "")}


def field_named(message: str, names: list[str]) -> str:
    """The field that an error's message is about, "" if it names none."""
    return next((name for name in sorted(names, key=len, reverse=True) if name in message), "")
