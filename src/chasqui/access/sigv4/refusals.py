"""What a caller is told whose signature, key or token is not accepted: one function a refusal, in AWS' words.

Codes are those of the query protocol, which the wire layer maps to the other protocols' names (`wire/errors.py`); S3
has codes and texts of its own. Sources: the IAM user guide, "Troubleshoot Signature Version 4 signed requests"; the
common errors of the API references; the S3 API reference, "Error responses". No text here holds a secret: an
Authorization header is told by its hash, as API Gateway tells it, and a session token is never told.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Final, Literal

from chasqui.base.errors import ServiceError

Family = Literal["query", "json", "rest-json", "s3"]
"""How a service words its refusals: the Query services, the JSON ones, those with REST paths, S3."""

_TRY_ANOTHER_KEY: Final = (
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_NO_MATCH: Final = "The request signature we calculated does not match the signature you provided. "
_S3_CREDENTIAL_FORM: Final = (
    'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
)


class SignatureRefused(ServiceError):
    """A request whose signature, or what it is made with, is not accepted."""


def _hashed(authorization: bytes) -> str:
    return base64.b64encode(hashlib.sha256(authorization).digest()).decode()


def missing_authentication(family: Family) -> SignatureRefused:
    """A request without credentials, where some are needed."""
    if family == "s3":
        return access_denied("Access Denied")
    return SignatureRefused("MissingAuthenticationToken", "Request is missing Authentication Token")


def access_denied(message: str) -> SignatureRefused:
    """Who it is, is known or does not matter: this may not be done. `message` says what and why."""
    return SignatureRefused("AccessDenied", message, status=403)


def unknown_key(family: Family, access_key: str) -> SignatureRefused:
    """No such access key."""
    if family == "s3":
        return SignatureRefused(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            status=403,
            fields={"AWSAccessKeyId": access_key},
        )
    return SignatureRefused(
        "InvalidClientTokenId", "The security token included in the request is invalid.", status=403
    )


def inactive_key(family: Family, access_key: str) -> SignatureRefused:
    """A key that was made inactive; AWS tells it as if there were none."""
    return unknown_key(family, access_key)


def bad_token(family: Family) -> SignatureRefused:
    """A session token that is not one, or that belongs to another access key."""
    if family == "s3":
        return SignatureRefused("InvalidToken", "The provided token is malformed or otherwise invalid.", status=400)
    return SignatureRefused("InvalidClientTokenId", "The security token included in the request is invalid", status=403)


def expired_token(family: Family) -> SignatureRefused:
    """A session that has ended."""
    if family == "s3":
        return SignatureRefused("ExpiredToken", "The provided token has expired.", status=400)
    return SignatureRefused("ExpiredToken", "The security token included in the request is expired", status=403)


def both_forms(family: Family) -> SignatureRefused:
    """A signature in the header and another in the query string."""
    if family == "s3":
        return SignatureRefused(
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            "parameter or the Authorization header should be specified",
            status=400,
            fields={"ArgumentName": "Authorization"},
        )
    return _no_match("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")


def other_algorithm(family: Family, algorithm: str, presigned: bool) -> SignatureRefused:
    """Signed some other way: SigV4A (AWS4-ECDSA-P256-SHA256), Signature Version 2, or none that there is."""
    if family != "s3":
        return _incomplete(f"Unsupported AWS 'algorithm': '{algorithm}' (only AWS4-HMAC-SHA256 for now). ")
    if presigned:
        return _query_parameters('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
    return SignatureRefused(
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        status=400,
    )


def not_a_pair(family: Family, authorization: bytes) -> SignatureRefused:
    """A part of the Authorization header that is no key=value, or comes twice."""
    if family == "s3":
        return _header_malformed(_S3_CREDENTIAL_FORM)
    return _incomplete(
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with "
        f"Base64): '{_hashed(authorization)}'."
    )


def header_parts_missing(family: Family, parts: Iterable[str], dated: bool, authorization: bytes) -> SignatureRefused:
    """An Authorization header that lacks `parts`, or a request without a date."""
    missing = list(parts)
    if family == "s3":
        if missing:
            return _header_malformed(
                "the authorization header requires three components: Credential, SignedHeaders, and Signature."
            )
        return access_denied("AWS authentication requires a valid Date or x-amz-date header")
    lines = [f"Authorization header requires '{part}' parameter. " for part in missing]
    if not dated:
        lines.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
    return _incomplete(
        f"{''.join(lines)}(Hashed with SHA-256 and encoded with Base64) Authorization={_hashed(authorization)}"
    )


def query_parts_missing(family: Family, parts: Iterable[str]) -> SignatureRefused:
    """A presigned URL that lacks `parts`, or has one of them twice."""
    if family == "s3":
        return _query_parameters(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
    lines = [f"AWS query-string parameters must include '{part}'. " for part in parts]
    return _incomplete(f"{''.join(lines)}Re-examine the query-string parameters.")


def bad_date(family: Family, text: str, presigned: bool) -> SignatureRefused:
    """A date that cannot be read."""
    if family != "s3":
        return _incomplete(
            f"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )
    if presigned:
        return _query_parameters("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    return access_denied("AWS authentication requires a valid Date or x-amz-date header")


def bad_expires(family: Family, text: str) -> SignatureRefused:
    """An X-Amz-Expires that is not between 1 and 604800."""
    if not text.isdecimal() and not text.removeprefix("-").isdecimal():
        said = "X-Amz-Expires should be a number"
    elif text.startswith("-") or not text.strip("0"):
        said = "X-Amz-Expires must be non-negative"
    else:
        said = (
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            "604800 seconds"
        )
    return _query_parameters(said) if family == "s3" else _incomplete(said)


def bad_credential(family: Family, credential: str, presigned: bool) -> SignatureRefused:
    """A Credential that has not five parts, or an empty access key."""
    if family != "s3":
        return _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{credential}'"
        )
    if credential.startswith("/"):
        return bad_scope("s3", ["a non-empty Access Key (AKID) must be provided in the credential."], presigned)
    return bad_scope("s3", [_S3_CREDENTIAL_FORM], presigned)


def bad_scope(family: Family, faults: list[str], presigned: bool) -> SignatureRefused:
    """A credential scope that is not the request's. S3 tells the first fault, the others all of them."""
    if family != "s3":
        return _no_match("".join(f"{fault} " for fault in faults))
    refused = (
        _query_parameters(f"Error parsing the X-Amz-Credential parameter; {faults[0]}")
        if presigned
        else _header_malformed(faults[0])
    )
    if faults[0].startswith("the region"):
        # s3cmd, which signs for "US" at first, and boto3 read it and sign again.
        refused.fields = {"Region": "us-east-1"}
    return refused


def out_of_window(family: Family, timestamp: str, now: str, bound: str, late: bool) -> SignatureRefused:
    """Signed more than 15 minutes ago, or for more than 15 minutes ahead. Times are as in x-amz-date; `bound` is the
    end of the window that was missed."""
    if family == "s3":
        return SignatureRefused(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            status=403,
            fields={"RequestTime": timestamp, "ServerTime": _extended(now), "MaxAllowedSkewMilliseconds": "900000"},
        )
    if late:
        return _no_match(f"Signature expired: {timestamp} is now earlier than {bound} ({now} - 15 min.)")
    return _no_match(f"Signature not yet current: {timestamp} is still later than {bound} ({now} + 15 min.)")


def presigned_expired(family: Family, expires_s: int, ended: str, now: str) -> SignatureRefused:
    """A presigned URL whose time has passed."""
    if family == "s3":
        refusal = access_denied("Request has expired")
        refusal.fields = {"X-Amz-Expires": str(expires_s), "Expires": _extended(ended), "ServerTime": _extended(now)}
        return refusal
    return _no_match(f"Signature expired: {ended} is now earlier than {now}")


def presigned_early(family: Family, timestamp: str, now: str, bound: str) -> SignatureRefused:
    """A presigned URL that was signed for later."""
    if family == "s3":
        refusal = access_denied("Request is not yet valid")
        refusal.fields = {"X-Amz-Date": timestamp, "ServerTime": _extended(now)}
        return refusal
    return out_of_window(family, timestamp, now, bound, late=False)


def unsigned_header(family: Family, names: list[str]) -> SignatureRefused:
    """Headers that must be signed, and are not."""
    if family == "s3":
        refusal = access_denied("There were headers present in the request which were not signed")
        refusal.fields = {"HeadersNotSigned": ", ".join(names)}
        return refusal
    if "host" in names:
        return _no_match("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    return _no_match(f"'{names[0]}' must be a 'SignedHeader' in the AWS Authorization.")


def no_match(
    family: Family, access_key: str, signature: str, canonical_request: bytes, string_to_sign: bytes, session: bool
) -> SignatureRefused:
    """The signature is not the one that the secret key makes.

    S3 and the REST services tell what was to be signed, the others do not. With a session token they do not either:
    what was to be signed holds it, and messages get into logs.
    """
    canonical = canonical_request.decode("utf-8", "backslashreplace")
    to_sign = string_to_sign.decode("utf-8", "backslashreplace")
    if family == "s3":
        fields: dict[str, object] = {"AWSAccessKeyId": access_key, "SignatureProvided": signature}
        if not session:
            fields |= {
                "StringToSign": to_sign,
                "StringToSignBytes": string_to_sign.hex(" "),
                "CanonicalRequest": canonical,
                "CanonicalRequestBytes": canonical_request.hex(" "),
            }
        return SignatureRefused(
            "SignatureDoesNotMatch", f"{_NO_MATCH}Check your key and signing method.", status=403, fields=fields
        )
    if family == "rest-json" and not session:
        return _no_match(
            f"{_NO_MATCH}{_TRY_ANOTHER_KEY}\n\n"
            f"The Canonical String for this request should have been\n'{canonical}'\n\n"
            f"The String-to-Sign should have been\n'{to_sign}'\n"
        )
    return _no_match(f"{_NO_MATCH}{_TRY_ANOTHER_KEY}")


def missing_content_hash() -> SignatureRefused:
    """S3: a signed request without x-amz-content-sha256."""
    return SignatureRefused(
        "InvalidRequest", "Missing required header for this request: x-amz-content-sha256", status=400
    )


def bad_content_hash(value: str) -> SignatureRefused:
    """S3: an x-amz-content-sha256 that is neither a hash nor one of the words."""
    return SignatureRefused(
        "InvalidArgument",
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 "
        "value.",
        status=400,
        fields={"ArgumentName": "x-amz-content-sha256", "ArgumentValue": value},
    )


def content_hash_mismatch(told: str, computed: str) -> SignatureRefused:
    """S3: a body that is not what x-amz-content-sha256 says."""
    return SignatureRefused(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        status=400,
        fields={"ClientComputedContentSHA256": told, "S3ComputedContentSHA256": computed},
    )


def missing_length() -> SignatureRefused:
    """S3: aws-chunked without x-amz-decoded-content-length."""
    return SignatureRefused("MissingContentLength", "You must provide the Content-Length HTTP header.", status=411)


def wrong_length(expected: int, got: int) -> SignatureRefused:
    """S3: chunks that hold more or less than x-amz-decoded-content-length."""
    return SignatureRefused(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
        status=400,
        fields={"NumberBytesExpected": str(expected), "NumberBytesProvided": str(got)},
    )


def bad_chunks() -> SignatureRefused:
    """S3: a body that is not aws-chunked, or ends too early."""
    return SignatureRefused("IncompleteBody", "The request body terminated unexpectedly", status=400)


def small_chunk(number: int, size: int) -> SignatureRefused:
    """S3: a chunk of under 8192 bytes that another follows; `number` is the other's, from 1."""
    return SignatureRefused(
        "InvalidChunkSizeError",
        "Only the last chunk is allowed to have a size less than 8192 bytes",
        status=400,
        fields={"Chunk": str(number), "BadChunkSize": str(size)},
    )


def chunk_no_match() -> SignatureRefused:
    """S3: a chunk or trailer whose signature is not its own."""
    return SignatureRefused("SignatureDoesNotMatch", f"{_NO_MATCH}Check your key and signing method.", status=403)


def bad_trailer() -> SignatureRefused:
    """S3: trailers that are no headers, or not those that x-amz-trailer tells of."""
    return SignatureRefused(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        status=400,
    )


def _no_match(message: str) -> SignatureRefused:
    return SignatureRefused("SignatureDoesNotMatch", message, status=403)


def _incomplete(message: str) -> SignatureRefused:
    return SignatureRefused("IncompleteSignature", message, status=400)


def _header_malformed(detail: str) -> SignatureRefused:
    return SignatureRefused(
        "AuthorizationHeaderMalformed", f"The authorization header is malformed; {detail}", status=400
    )


def _query_parameters(message: str) -> SignatureRefused:
    return SignatureRefused("AuthorizationQueryParametersError", message, status=400)


def _extended(timestamp: str) -> str:
    """ "20150830T123600Z" as S3 writes times in errors."""
    date, _, time = timestamp.partition("T")
    return f"{date[:4]}-{date[4:6]}-{date[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}"
