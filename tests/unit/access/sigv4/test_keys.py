"""How long signing keys and credentials are remembered, and what a check accepts beside the plain case."""

from __future__ import annotations

from botocore.auth import SigV4Auth

from chasqui.access.sigv4 import read
from chasqui.access.sigv4.keys import SigningKeys
from tests.unit.access.sigv4.support import KEY, NOW_MS, STAMP, presented_by, sent, signed, verify

DAY_MS = 86_400_000
SCOPE = ("secret", "20150830", "us-east-1", "sqs")


def test_a_signing_key_is_kept_for_its_day() -> None:
    keys = SigningKeys()

    first = keys.of(*SCOPE, NOW_MS)

    assert keys.of(*SCOPE, NOW_MS + 60_000) is first


def test_a_signing_key_does_not_outlive_its_day() -> None:
    keys = SigningKeys()

    first = keys.of(*SCOPE, NOW_MS)

    assert keys.of(*SCOPE, NOW_MS + DAY_MS) is not first


def test_no_more_signing_keys_are_kept_than_may_be() -> None:
    keys = SigningKeys(kept_max=2)
    first = keys.of(*SCOPE, NOW_MS)

    for region in ("eu-west-1", "eu-west-2"):
        keys.of("secret", "20150830", region, "sqs", NOW_MS)

    assert keys.of(*SCOPE, NOW_MS) is not first


def test_a_credential_that_was_seen_is_not_read_again() -> None:
    first = presented_by(signed(SigV4Auth, "service", "POST", body=b"one"))

    second = presented_by(signed(SigV4Auth, "service", "POST", body=b"two"))

    assert second.claims is first.claims
    assert second.signature != first.signature


def test_no_more_credentials_are_remembered_than_may_be() -> None:
    start = "AWS4-HMAC-SHA256 Credential=KEY"
    end = f"/20150830/us-east-1/service/aws4_request, SignedHeaders=host, Signature={'0' * 64}"

    for number in range(5000):
        presented_by(sent("GET", "/", {"X-Amz-Date": STAMP, "Authorization": f"{start}{number}{end}"}))

    assert len(read._claims_seen) <= 4096


def test_what_is_presented_is_told_by_its_names() -> None:
    presented = presented_by(signed(SigV4Auth, "service"))

    assert presented.access_key == KEY
    assert (presented.date, presented.region, presented.service) == ("20150830", "us-east-1", "service")
    assert presented.scope == "20150830/us-east-1/service/aws4_request"
    assert presented.signed_headers == (b"host", b"x-amz-date")
    assert presented.signed_at_ms == NOW_MS


def test_an_unsigned_body_is_taken_where_it_may_be() -> None:
    request = signed(SigV4Auth, "service", headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})

    presented = verify(request._replace(body=b"anything"), unsigned_allowed=True)

    assert presented.payload == "UNSIGNED-PAYLOAD"
