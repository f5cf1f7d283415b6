"""Signatures of notifications, held to the published rules by means of the certificate that the message names."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tests.unit.sns_publish.conftest import World

# SNS developer guide, "Verifying the signatures of Amazon SNS messages".
SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


def certificate_of(url: str) -> x509.Certificate:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return x509.load_pem_x509_certificate(answer.read())


def verify(envelope: dict[str, Any]) -> None:
    """Raises `InvalidSignature`."""
    key = certificate_of(envelope["SigningCertURL"]).public_key()
    assert isinstance(key, RSAPublicKey)
    clear = "".join(f"{name}\n{envelope[name]}\n" for name in SIGNED if name in envelope)
    algorithm = hashes.SHA1() if envelope["SignatureVersion"] == "1" else hashes.SHA256()
    key.verify(base64.b64decode(envelope["Signature"]), clear.encode(), PKCS1v15(), algorithm)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "Sübject"}])
def test_a_notification_is_signed(world: World, version: str, subject: dict[str, str]) -> None:
    topic = world.topic(SignatureVersion=version)
    (queue,) = world.subscribed(topic, raw=False)

    world.sns.publish(TopicArn=topic, Message="test signature ü\nvalue", **subject)

    (envelope,) = world.envelopes(queue)
    assert envelope["SignatureVersion"] == version
    verify(envelope)
    with pytest.raises(InvalidSignature):
        verify({**envelope, "Message": "another"})


def test_each_text_of_a_structured_message_has_its_own(world: World) -> None:
    topic = world.topic()
    queues = world.subscribed(topic, 2, raw=False)

    world.sns.publish(TopicArn=topic, Message=json.dumps({"default": "d", "sqs": "s"}), MessageStructure="json")

    for queue in queues:
        (envelope,) = world.envelopes(queue)
        assert envelope["Message"] == "s"
        verify(envelope)


def test_the_certificate_is_one_for_all_and_named_by_what_it_is(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic, raw=False)

    world.sns.publish(TopicArn=topic, Message="1")
    world.sns.publish(TopicArn=topic, Message="2")

    first, second = (each["SigningCertURL"] for each in world.envelopes(queue))
    assert first == second
    assert first.startswith(f"{world.server.url}/SimpleNotificationService-")
    assert first.endswith(".pem")
    assert "sns.amazonaws.com" in certificate_of(first).subject.rfc4514_string()
    with pytest.raises(urllib.error.HTTPError):
        certificate_of(first.replace("-", "-0"))


def test_it_is_had_under_any_name_of_the_server(world: World) -> None:
    topic = world.topic()
    (queue,) = world.subscribed(topic, raw=False)
    world.sns.publish(TopicArn=topic, Message="1")
    (envelope,) = world.envelopes(queue)

    request = urllib.request.Request(envelope["SigningCertURL"], headers={"Host": "chasqui.example.com"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.read().startswith(b"-----BEGIN CERTIFICATE-----")
