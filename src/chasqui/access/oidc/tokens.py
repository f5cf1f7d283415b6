"""An identity token (a JWT, RFC 7519): read, then checked against its issuer's keys and the time.

Asymmetric signatures alone: `none` and HMAC are refused before a key is looked at, and a key is only used with the
algorithms of its type, so that a public key never serves as a shared secret. Pure, and not fast: run `check_signature`
on a thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from chasqui.access.oidc.keys import Jwk
from chasqui.base.errors import ChasquiError

ALGORITHMS: Final = {
    "RS256": ("RSA", ""),
    "RS384": ("RSA", ""),
    "RS512": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
}
"""Each algorithm's type of key and curve (RFC 7518, section 3.1)."""
_PUBLIC_MEMBERS: Final = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
_RSA_BITS_MIN: Final = 2048
_RSA_BITS_MAX: Final = 8192
_MEMBER_LENGTH_MAX: Final = 1400
"""Of a key's numbers, in base64: somewhat more than 8192 bits."""
_KEYS_TRIED_MAX: Final = 16
_SKEW_SECONDS: Final = 300
_SECONDS_END: Final = 2**53


class InvalidToken(ChasquiError):
    """A token that nobody should believe. The message is for the caller."""


class NoMatchingKey(ChasquiError):
    """None of the issuer's keys is the one that the token says it was signed with."""


class ExpiredToken(ChasquiError):
    """A token whose time is over."""


class IdentityToken(msgspec.Struct, frozen=True):
    """A token that was read, and is not to be believed before `check_signature` and `check_times`.

    `audience` is whom it was made for as AWS reads it: the authorised party (`azp`) where there is one, else `aud`.
    `claims` has everything that it says.
    """

    text: str
    algorithm: str
    kid: str
    issuer: str
    subject: str
    audience: tuple[str, ...]
    claims: dict[str, Any]


class _Header(msgspec.Struct):
    alg: str
    kid: str = ""
    crit: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def read_token(text: str) -> IdentityToken:
    """What a token says. Raises `InvalidToken`."""
    try:
        parts = jwt.PyJWS().decode_complete(text, options={"verify_signature": False})
        header = msgspec.convert(parts["header"], _Header)
        claims = msgspec.json.decode(parts["payload"], type=dict[str, Any])
    except (jwt.PyJWTError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidToken(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        ) from error
    if header.alg not in ALGORITHMS or header.crit is not msgspec.UNSET:
        raise InvalidToken(f"The token's algorithm is not supported: use one of {', '.join(ALGORITHMS)}")
    return IdentityToken(
        text,
        header.alg,
        header.kid,
        _text(claims, "iss"),
        _text(claims, "sub"),
        _audience(claims),
        claims,
    )


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidToken(f"Missing a required claim: {name}")
    return value


def _audience(claims: dict[str, Any]) -> tuple[str, ...]:
    found = audiences(claims)
    party = claims.get("azp")
    return (party,) if isinstance(party, str) and party else found


def audiences(claims: dict[str, Any]) -> tuple[str, ...]:
    """The `aud` claim, which may be one text or many. Raises `InvalidToken` where there is none."""
    value = claims.get("aud")
    found = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
    if not found or not all(isinstance(each, str) and each for each in found):
        raise InvalidToken("Missing a required claim: aud")
    return found


def check_signature(token: IdentityToken, keys: Iterable[Jwk]) -> None:
    """See that the token was signed with one of these keys. Raises `NoMatchingKey` and `InvalidToken`."""
    candidates = [key for key in keys if _fits(key, token)][:_KEYS_TRIED_MAX]
    if not candidates:
        raise NoMatchingKey(token.kid)
    if not any(_signed(token, key) for key in candidates):
        raise InvalidToken("The token's signature is not its issuer's")


def _fits(key: Jwk, token: IdentityToken) -> bool:
    kind, curve = ALGORITHMS[token.algorithm]
    return (
        key.get("kty") == kind
        and key.get("crv", "") == curve
        and key.get("use", "sig") == "sig"
        and key.get("alg", token.algorithm) == token.algorithm
        and (not token.kid or key.get("kid") == token.kid)
    )


def _signed(token: IdentityToken, key: Jwk) -> bool:
    members = {name: key.get(name) for name in _PUBLIC_MEMBERS[ALGORITHMS[token.algorithm][0]]}
    if not all(isinstance(value, str) and len(value) <= _MEMBER_LENGTH_MAX for value in members.values()):
        return False
    try:
        public = jwt.PyJWK(members, token.algorithm).key
        if isinstance(public, RSAPublicKey) and not _RSA_BITS_MIN <= public.key_size <= _RSA_BITS_MAX:
            return False
        jwt.PyJWS().decode_complete(token.text, public, algorithms=[token.algorithm])
    except (jwt.PyJWTError, ValueError):
        return False
    return True


def check_times(token: IdentityToken, now_s: int) -> None:
    """See that the token holds now (seconds since the epoch). Raises `ExpiredToken` and `InvalidToken`."""
    expires_s, issued_s = _time(token.claims, "exp"), _time(token.claims, "iat")
    if now_s >= expires_s:
        raise ExpiredToken(
            f"Token expired: current date/time {now_s} must be before the expiration date/time {int(expires_s)}"
        )
    begins_s = _time(token.claims, "nbf") if "nbf" in token.claims else issued_s
    if max(begins_s, issued_s) > now_s + _SKEW_SECONDS:
        raise InvalidToken("The token is of a time to come")


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    # Compared this way round, a NaN fails too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _SECONDS_END:
        raise InvalidToken(f"Missing a required claim: {name}")
    return value
