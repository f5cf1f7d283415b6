"""Checking a signature: is it of now, for this service, of everything that must be signed, and made with this secret?

Pure; the time comes in. Raises `SignatureRefused`. The order is AWS': time, host, scope, headers, signature, body.
Source: IAM user guide, "Troubleshoot Signature Version 4 signed requests".
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final

from chasqui.access.sigv4 import refusals
from chasqui.access.sigv4.canonical import canonical_path, canonical_path_s3, canonical_query
from chasqui.access.sigv4.keys import SigningKeys
from chasqui.access.sigv4.read import ALGORITHM, TERMINATOR, WINDOW_S, Presented, is_region
from chasqui.access.sigv4.refusals import Family
from chasqui.wire.protocol import Request

UNSIGNED: Final = "UNSIGNED-PAYLOAD"
STREAMING: Final = (
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
)
_WINDOW_MS: Final = WINDOW_S * 1000
_HEX: Final = frozenset("0123456789abcdef")

# The first is part of what is signed in any case, the second names the secret that is checked with.
_NEED_NOT_BE_SIGNED: Final = frozenset((b"x-amz-content-sha256", b"x-amz-security-token"))

signing_keys = SigningKeys()


def check(
    presented: Presented,
    request: Request,
    secret: str,
    now_ms: int,
    expected_service: frozenset[str],
    *,
    family: Family = "query",
    unsigned_allowed: bool = False,
) -> None:
    """Everything: `check_claims`, `check_signature` and, for S3, `check_content`.

    `expected_service` are the signing names of the service that was called. `unsigned_allowed`: the operation's body
    need not be signed (S3's never need be).
    """
    check_claims(presented, request, now_ms, expected_service, family)
    check_signature(presented, request, secret, now_ms, family=family, unsigned_allowed=unsigned_allowed)
    if family == "s3" and len(presented.payload) == 64:
        check_content(presented, hashlib.sha256(request.body).hexdigest())


def check_claims(
    presented: Presented, request: Request, now_ms: int, expected_service: frozenset[str], family: Family = "query"
) -> None:
    """What can be checked without the secret: time, scope, and that what must be signed is."""
    claims = presented.claims
    if presented.presigned:
        _check_presigned_time(presented, now_ms, family)
    elif not -_WINDOW_MS <= presented.signed_at_ms - now_ms <= _WINDOW_MS:
        late = presented.signed_at_ms < now_ms
        bound = _timestamp(now_ms - _WINDOW_MS if late else now_ms + _WINDOW_MS)
        raise refusals.out_of_window(family, presented.timestamp, _timestamp(now_ms), bound, late)
    if b"host" not in claims.signed:
        raise refusals.unsigned_header(family, ["host"])
    if not (claims.well_formed and claims.service in expected_service and claims.date == presented.timestamp[:8]):
        raise refusals.bad_scope(family, _scope_faults(presented, expected_service, family), presented.presigned)
    others = request.headers.keys() - claims.passed
    if others or presented.date_header == b"date":
        _check_unsigned(presented, others, family)


def check_signature(
    presented: Presented,
    request: Request,
    secret: str,
    now_ms: int,
    *,
    family: Family = "query",
    unsigned_allowed: bool = False,
    body_sha256: str = "",
) -> None:
    """Whether `secret` made the signature. `body_sha256` is the body's, in hex, where it has been computed already; of
    S3's bodies it is not computed, since the request says it (`check_content`)."""
    told = presented.payload
    honest = True
    if family == "s3":
        payload = _payload_s3(presented)
    elif unsigned_allowed and told == UNSIGNED:
        payload = UNSIGNED
    else:
        payload = body_sha256 or hashlib.sha256(request.body).hexdigest()
        honest = not told or told.lower() == payload
    claims = presented.claims
    canonical_request = b"%b\n%b\n%b\n%b\n%b\n%b" % (
        request.method.encode(),
        canonical_path_s3(request.path) if family == "s3" else canonical_path(request.path),
        canonical_query(request.query) if request.query else b"",
        claims.headers_of(request.headers),
        claims.signed_line,
        payload.encode(),
    )
    digest = hashlib.sha256(canonical_request).hexdigest()
    string_to_sign = f"{ALGORITHM}\n{presented.timestamp}\n{claims.scope}\n{digest}".encode()
    signer = signing_keys.of(secret, claims.date, claims.region, claims.service, now_ms).copy()
    signer.update(string_to_sign)
    if not hmac.compare_digest(signer.finalize().hex().encode(), presented.signature) or not honest:
        raise refusals.no_match(
            family,
            claims.access_key,
            presented.signature.decode("utf-8", "replace"),
            canonical_request,
            string_to_sign,
            session=presented.token != "",
        )


def check_content(presented: Presented, body_sha256: str) -> None:
    """S3: whether the body is what x-amz-content-sha256 says, when that is a hash."""
    told = presented.payload
    if len(told) == 64 and not hmac.compare_digest(told.lower().encode(), body_sha256.encode()):
        raise refusals.content_hash_mismatch(told, body_sha256)


def _check_presigned_time(presented: Presented, now_ms: int, family: Family) -> None:
    ends_ms = presented.signed_at_ms + presented.expires_s * 1000
    if now_ms > ends_ms:
        raise refusals.presigned_expired(family, presented.expires_s, _timestamp(ends_ms), _timestamp(now_ms))
    if presented.signed_at_ms > now_ms + _WINDOW_MS:
        bound = _timestamp(now_ms + _WINDOW_MS)
        raise refusals.presigned_early(family, presented.timestamp, _timestamp(now_ms), bound)


def _scope_faults(presented: Presented, expected_service: frozenset[str], family: Family) -> list[str]:
    """What is wrong with a scope, in AWS' order and words."""
    claims = presented.claims
    service, today = min(expected_service), presented.timestamp[:8]
    s3 = family == "s3"
    faults = []
    if s3 and claims.date != today:
        if len(claims.date) == 8 and claims.date.isdecimal():
            faults.append("Invalid credential date. Date is not the same as X-Amz-Date.")
        else:
            faults.append(
                f'incorrect date format "{claims.date}". This date in the credential must be in the format "yyyyMMdd".'
            )
    if not is_region(claims.region):
        faults.append(
            f"the region '{claims.region}' is wrong; expecting 'us-east-1'"
            if s3
            else f"Credential should be scoped to a valid region, not '{claims.region}'."
        )
    if claims.service not in expected_service:
        faults.append(
            f'incorrect service "{claims.service}". This endpoint belongs to "{service}".'
            if s3
            else f"Credential should be scoped to correct service: '{service}'."
        )
    if claims.terminator != TERMINATOR:
        faults.append(
            f'incorrect terminal "{claims.terminator}". This endpoint uses "{TERMINATOR}".'
            if s3
            else f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{claims.terminator}'."
        )
    if not s3 and claims.date != today:
        faults.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claims.date}' != '{today}', from '{presented.timestamp}'."
        )
    return faults


def _check_unsigned(presented: Presented, others: set[bytes], family: Family) -> None:
    """All of x-amz- must be signed, and the date. A presigned URL has its date elsewhere."""
    needless = _NEED_NOT_BE_SIGNED | {b"x-amz-date"} if presented.presigned else _NEED_NOT_BE_SIGNED
    names = sorted(name.decode("latin-1") for name in others - needless if name.startswith(b"x-amz-"))
    if presented.date_header == b"date" and b"date" not in presented.claims.signed:
        names.append("date")
    if names:
        raise refusals.unsigned_header(family, names)


def _payload_s3(presented: Presented) -> str:
    """The canonical request's last line for S3."""
    told = presented.payload
    if not told:
        if presented.presigned:
            return UNSIGNED
        raise refusals.missing_content_hash()
    if told == UNSIGNED or told in STREAMING or (len(told) == 64 and _HEX.issuperset(told.lower())):
        return told
    if told.startswith("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"):
        raise refusals.other_algorithm("s3", "AWS4-ECDSA-P256-SHA256", presented.presigned)
    raise refusals.bad_content_hash(told)


def _timestamp(at_ms: int) -> str:
    """As in x-amz-date."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y%m%dT%H%M%SZ}"
