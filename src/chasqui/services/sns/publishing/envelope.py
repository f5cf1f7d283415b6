"""How a notice looks to those who receive it as JSON, and what of it is signed. Pure.

Sources: SNS developer guide, "Parsing message formats" (HTTP/HTTPS notification and confirmation JSON), "Message
delivery for FIFO topics", "Verifying the signatures of Amazon SNS messages" (the string to sign).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

import msgspec

from chasqui.fabric.letters import Attribute
from chasqui.services.sns.publishing.notice import Notice

_encode = msgspec.json.Encoder().encode


def _json(text: str) -> str:
    return _encode(text).decode()


def string_to_sign(notice: Notice, protocol: str) -> bytes:
    """The fields that are signed, a line with the name and a line with the value each, sorted by name."""
    pairs = [("Message", notice.text(protocol)), ("MessageId", notice.id)]
    if notice.kind == "Notification":
        if notice.subject is not None:
            pairs.append(("Subject", notice.subject))
        pairs.append(("Timestamp", notice.timestamp))
    else:
        pairs += [("SubscribeURL", notice.subscribe_url), ("Timestamp", notice.timestamp), ("Token", notice.token)]
    pairs += [("TopicArn", notice.topic), ("Type", notice.kind)]
    return "".join(f"{name}\n{value}\n" for name, value in pairs).encode()


def envelope_around(notice: Notice, protocol: str, certificate_url: str) -> tuple[str, str]:
    """The JSON text of a notification before and after the subscription's ARN.

    A FIFO topic's has its sequence number and no signature, as on AWS.
    """
    fields = [("Type", notice.kind), ("MessageId", notice.id)]
    if notice.sequence:
        fields.append(("SequenceNumber", notice.sequence))
    fields.append(("TopicArn", notice.topic))
    if notice.subject is not None:
        fields.append(("Subject", notice.subject))
    fields += [("Message", notice.text(protocol)), ("Timestamp", notice.timestamp)]
    fields += _signature(notice, protocol, certificate_url)
    lines = [f'  "{name}" : {_json(value)},\n' for name, value in fields]
    before = "".join(["{\n", *lines, '  "UnsubscribeURL" : "', _json(notice.unsubscribe_prefix)[1:-1]])
    return before, f'"{_replayed(notice)}{_attributes(notice.attributes)}\n}}'


def envelope(notice: Notice, protocol: str, subscription: str, certificate_url: str) -> str:
    """The JSON text of a notification to a subscription (its ARN)."""
    before, after = envelope_around(notice, protocol, certificate_url)
    return f"{before}{subscription}{after}"


def confirmation(notice: Notice, protocol: str, certificate_url: str) -> str:
    """The JSON text of a SubscriptionConfirmation or an UnsubscribeConfirmation."""
    fields = [
        ("Type", notice.kind),
        ("MessageId", notice.id),
        ("Token", notice.token),
        ("TopicArn", notice.topic),
        ("Message", notice.text(protocol)),
        ("SubscribeURL", notice.subscribe_url),
        ("Timestamp", notice.timestamp),
        *_signature(notice, protocol, certificate_url),
    ]
    return "{\n" + ",\n".join(f'  "{name}" : {_json(value)}' for name, value in fields) + "\n}"


def _signature(notice: Notice, protocol: str, certificate_url: str) -> list[tuple[str, str]]:
    signature = notice.signatures.get(notice.signed_as(protocol))
    if signature is None:
        return []
    return [
        ("SignatureVersion", notice.signature_version),
        ("Signature", signature),
        ("SigningCertURL", certificate_url),
    ]


def _replayed(notice: Notice) -> str:
    return ',\n  "Replayed" : "true"' if notice.replayed else ""


def _attributes(attributes: Mapping[str, Attribute] | None) -> str:
    """The member MessageAttributes; none when there are none."""
    if not attributes:
        return ""
    lines = [
        f'    {_json(name)} : {{"Type":{_json(each.data_type)},"Value":{_json(shown_value(each))}}}'
        for name, each in attributes.items()
    ]
    return ',\n  "MessageAttributes" : {\n' + ",\n".join(lines) + "\n  }"


def shown_value(attribute: Attribute) -> str:
    """An attribute's value as JSON shows it: bytes in base64."""
    if attribute.binary is not None:
        return base64.b64encode(attribute.binary).decode()
    return attribute.text or ""
