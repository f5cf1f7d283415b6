"""Identity tokens: what is read, and everything that is not believed."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chasqui.access.oidc.tokens import (
    ExpiredToken,
    InvalidToken,
    NoMatchingKey,
    check_signature,
    check_times,
    read_token,
)
from tests.unit.access.oidc.minting import NOW_S, by_hand, claims, ec_jwk, ec_key, rsa_jwk, rsa_key, token


def test_a_token_says_whose_it_is_and_for_whom() -> None:
    read = read_token(token())

    assert (read.subject, read.audience, read.kid) == ("system:job:7", ("sts.amazonaws.com",), "first")


def test_the_authorised_party_is_the_audience_where_there_is_one() -> None:
    assert read_token(token(aud=["api", "web"], azp="web")).audience == ("web",)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signature_of_the_issuers_rsa_key_holds(algorithm: str) -> None:
    check_signature(read_token(token(algorithm=algorithm)), [rsa_jwk("first")])


@pytest.mark.parametrize(("algorithm", "curve"), [("ES256", ec.SECP256R1), ("ES384", ec.SECP384R1)])
def test_a_signature_of_the_issuers_elliptic_key_holds(algorithm: str, curve: type[ec.EllipticCurve]) -> None:
    text = token(ec_key("curved", curve), algorithm, kid="curved")

    check_signature(read_token(text), [rsa_jwk("first"), ec_jwk("curved", curve)])


def test_a_token_that_names_no_key_is_tried_with_all_that_fit() -> None:
    check_signature(read_token(token(kid=None)), [ec_jwk("curved"), rsa_jwk("second"), rsa_jwk("first")])


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "..", "not a token", token().rpartition(".")[0]])
def test_what_is_no_jwt_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken, match="not a valid JWT"):
        read_token(text)


@pytest.mark.parametrize("payload", [b"[]", b"{", b"NaN", b'{"exp":NaN}', b"[" * 14_000, b'"text"', b"\xff"])
def test_a_payload_that_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidToken, match="not a valid JWT"):
        read_token(by_hand({"alg": "RS256"}, payload, b"signature"))


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "HS512", "PS256", "EdDSA", ""])
def test_other_algorithms_are_refused_before_any_key_is_looked_at(algorithm: str) -> None:
    text = by_hand({"alg": algorithm, "kid": "first"}, json.dumps(claims()).encode())

    with pytest.raises(InvalidToken):
        read_token(text)


def test_a_public_key_never_serves_as_a_shared_secret() -> None:
    public = rsa_key("first").public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    unsigned = by_hand({"alg": "HS256", "kid": "first"}, json.dumps(claims()).encode()).rpartition(".")[0]
    forged = by_hand(
        {"alg": "HS256", "kid": "first"},
        json.dumps(claims()).encode(),
        hmac.digest(pem, unsigned.encode(), hashlib.sha256),
    )

    with pytest.raises(InvalidToken):
        read_token(forged)


def test_an_extension_that_must_be_understood_is_refused() -> None:
    with pytest.raises(InvalidToken):
        read_token(by_hand({"alg": "RS256", "crit": ["b64"], "b64": False}, b"", b"signature"))


def test_a_changed_token_is_refused() -> None:
    header, _, signature = token().split(".")
    other = token(sub="system:job:8").split(".")[1]

    with pytest.raises(InvalidToken, match="signature"):
        check_signature(read_token(f"{header}.{other}.{signature}"), [rsa_jwk("first")])


def test_another_issuers_signature_is_refused() -> None:
    with pytest.raises(InvalidToken, match="signature"):
        check_signature(read_token(token(rsa_key("stranger"))), [rsa_jwk("first")])


def test_a_key_that_nobody_knows_is_told_apart() -> None:
    with pytest.raises(NoMatchingKey):
        check_signature(read_token(token(kid="unknown")), [rsa_jwk("first")])


@pytest.mark.parametrize(
    "key",
    [
        rsa_jwk("first", use="enc"),
        rsa_jwk("first", alg="RS512"),
        {**ec_jwk("curved"), "kid": "first"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "first"},
        {"kid": "first"},
    ],
)
def test_a_key_for_something_else_is_not_used(key: dict[str, Any]) -> None:
    with pytest.raises(NoMatchingKey):
        check_signature(read_token(token()), [key])


@pytest.mark.parametrize("changes", [{"n": 7}, {"n": ""}, {"n": "!"}, {"e": "AA"}, {"n": "A" * 100_000}, {"n": None}])
def test_a_key_that_is_none_is_not_used(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        check_signature(read_token(token()), [{**rsa_jwk("first"), **changes}])


@pytest.mark.filterwarnings("ignore:The RSA key")
def test_a_short_rsa_key_is_not_used() -> None:
    with pytest.raises(InvalidToken):
        check_signature(read_token(token(rsa_key("short", 1024), kid="short")), [rsa_jwk("short", 1024)])


@pytest.mark.parametrize("name", ["iss", "sub", "aud"])
def test_a_missing_claim_is_named(name: str) -> None:
    with pytest.raises(InvalidToken, match=f"Missing a required claim: {name}"):
        read_token(token(**{name: None}))


@pytest.mark.parametrize("audience", [[], [7], "", {}, ["sts.amazonaws.com", 7]])
def test_an_audience_that_is_none_is_refused(audience: Any) -> None:
    with pytest.raises(InvalidToken, match="aud"):
        read_token(by_hand({"alg": "RS256"}, json.dumps(claims(aud=audience)).encode(), b"signature"))


def test_a_token_holds_until_it_expires() -> None:
    check_times(read_token(token()), NOW_S + 599)


def test_an_expired_token_is_refused_with_both_times() -> None:
    with pytest.raises(ExpiredToken) as caught:
        check_times(read_token(token()), NOW_S + 600)

    assert str(caught.value) == (
        f"Token expired: current date/time {NOW_S + 600} must be before the expiration date/time {NOW_S + 600}"
    )


@pytest.mark.parametrize("changes", [{"exp": None}, {"iat": None}, {"exp": True}, {"exp": "1"}, {"exp": 10**400}])
def test_a_token_without_times_is_refused(changes: dict[str, Any]) -> None:
    payload = json.dumps(claims(**changes)).encode()

    with pytest.raises(InvalidToken):
        check_times(read_token(by_hand({"alg": "RS256"}, payload, b"signature")), NOW_S)


@pytest.mark.parametrize("changes", [{"nbf": NOW_S + 301}, {"iat": NOW_S + 301, "exp": NOW_S + 900}])
def test_a_token_of_a_time_to_come_is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(InvalidToken, match="time to come"):
        check_times(read_token(token(**changes)), NOW_S)


def test_clocks_may_differ_a_little() -> None:
    check_times(read_token(token(nbf=NOW_S + 60, iat=NOW_S + 60)), NOW_S)
