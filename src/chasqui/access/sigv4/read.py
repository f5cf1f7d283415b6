"""What a request presents to say who it is: the credential, the signed headers, the signature, the time.

Nothing is checked here but that it can be read. Source: IAM user guide, "Create a signed AWS API request" (the
Authorization header and the query string); S3 API reference, "Authenticating requests".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from operator import itemgetter
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

from chasqui.access.sigv4 import refusals
from chasqui.access.sigv4.canonical import canonical_headers
from chasqui.access.sigv4.refusals import Family
from chasqui.base.bounded import keep
from chasqui.wire.protocol import Request

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
EXPIRES_S_MAX: Final = 604_800
WINDOW_S: Final = 900

_PARTS: Final = ("Credential", "Signature", "SignedHeaders")
_PARAMETERS: Final = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
_REMEMBERED_MAX = 4096
_REMEMBERED_BYTES_MAX = 512
_SIGNATURE_BYTES = 64
# What clients send unsigned with every request and may: a request with no others needs no closer look.
_USUALLY_UNSIGNED: Final = frozenset(
    b"authorization user-agent content-length accept accept-encoding connection expect date cache-control "
    b"amz-sdk-invocation-id amz-sdk-request x-amzn-trace-id".split()
)


class Claims(msgspec.Struct, frozen=True, eq=False):
    """What the requests of one caller on one day have in common: the credential and the headers that are signed.

    `scope` is "date/region/service/terminator", `well_formed` says whether the region could be one and the terminator
    is SigV4's. `signed_headers` are lower-case and in order, `passed` are they and those that need not be signed.
    `values_of` and `header_lines` make the canonical headers of a request that has them all.
    """

    access_key: str
    date: str
    region: str
    service: str
    terminator: str
    scope: str
    well_formed: bool
    signed_headers: tuple[bytes, ...]
    signed: frozenset[bytes]
    passed: frozenset[bytes]
    signed_line: bytes
    values_of: Callable[[Mapping[bytes, bytes]], Any]
    header_lines: bytes

    def headers_of(self, headers: Mapping[bytes, bytes]) -> bytes:
        """The canonical headers of a request."""
        try:
            lines: bytes = self.header_lines % self.values_of(headers)
        except KeyError:
            return canonical_headers(self.signed_headers, headers)
        # Most have no white space at all, and then there is none to trim.
        if (b" " in lines and (b"  " in lines or b": " in lines or b" \n" in lines)) or b"\t" in lines:
            return canonical_headers(self.signed_headers, headers)
        return lines


class Presented(msgspec.Struct, frozen=True, eq=False):
    """A request's SigV4, as read.

    `timestamp` is "YYYYMMDDTHHMMSSZ", `signed_at_ms` the same in milliseconds, `date_header` where it was ("" in a
    presigned URL). `token` is the session token, `payload` what the request says of its body: a SHA-256 in hex,
    UNSIGNED-PAYLOAD, one of the STREAMING- words, or "". `expires_s` counts from `signed_at_ms`, in presigned URLs.
    """

    claims: Claims
    signature: bytes
    timestamp: str
    signed_at_ms: int
    date_header: bytes
    token: str
    payload: str
    presigned: bool = False
    expires_s: int = 0

    @property
    def access_key(self) -> str:
        return self.claims.access_key

    @property
    def date(self) -> str:
        """The credential scope's, "YYYYMMDD"."""
        return self.claims.date

    @property
    def region(self) -> str:
        return self.claims.region

    @property
    def service(self) -> str:
        """The signing name, "sqs"."""
        return self.claims.service

    @property
    def scope(self) -> str:
        return self.claims.scope

    @property
    def signed_headers(self) -> tuple[bytes, ...]:
        return self.claims.signed_headers


# Both are emptied when full. The first by Authorization header up to its signature, the second by date header.
_claims_seen: dict[bytes, Claims] = {}
_times_seen: dict[bytes, tuple[str, int]] = {}


def read_presented(request: Request, family: Family = "query") -> Presented | None:
    """The SigV4 that a request carries in its Authorization header or its query string; None when it carries none.

    Raises `SignatureRefused` when it carries both or one that can't be read, SigV4A or Signature Version 2.
    """
    authorization = request.headers.get(b"authorization")
    in_query = "X-Amz-" in request.query and _is_presigned(request.query)
    if authorization is None:
        if in_query:
            return _of_query(request, family)
        _refuse_version_2(request, family)
        return None
    if in_query:
        raise refusals.both_forms(family)
    claims = _claims_seen.get(authorization[:-_SIGNATURE_BYTES])
    if claims is not None:
        return _of_header(request, family, claims, authorization[-_SIGNATURE_BYTES:])
    if not authorization.lstrip().startswith(b"AWS"):
        return None
    return _of_header(request, family, *_read_authorization(request, authorization, family))


def _of_header(request: Request, family: Family, claims: Claims, signature: bytes) -> Presented:
    headers = request.headers
    date_header = b"x-amz-date"
    stamp = headers.get(date_header)
    if stamp is None:
        date_header = b"date"
        stamp = headers.get(date_header)
        if stamp is None:
            raise refusals.header_parts_missing(family, (), False, headers[b"authorization"])
    time = _times_seen.get(stamp) or _read_date(stamp, date_header == b"date")
    if time is None:
        raise refusals.bad_date(family, stamp.decode("latin-1"), presigned=False)
    token, payload = headers.get(b"x-amz-security-token"), headers.get(b"x-amz-content-sha256")
    return Presented(
        claims,
        signature,
        time[0],
        time[1],
        date_header,
        "" if token is None else token.decode("latin-1").strip(),
        "" if payload is None else payload.decode("latin-1").strip(),
    )


def _read_authorization(request: Request, authorization: bytes, family: Family) -> tuple[Claims, bytes]:
    """Read an Authorization header that was not seen lately, and remember its claims."""
    words = authorization.decode("latin-1").replace(",", " ").split()
    if words[0] != ALGORITHM:
        raise refusals.other_algorithm(family, "AWS" if words[0] == "AWS" else words[0], presigned=False)
    parts: dict[str, str] = {}
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not equals or name in parts:
            raise refusals.not_a_pair(family, authorization)
        parts[name] = value
    missing = [name for name in _PARTS if not parts.get(name)]
    if missing:
        dated = b"x-amz-date" in request.headers or b"date" in request.headers
        raise refusals.header_parts_missing(family, missing, dated, authorization)
    claims = _read_claims(parts["Credential"], parts["SignedHeaders"], family, presigned=False)
    signature = parts["Signature"].encode("latin-1")
    head = authorization[:-_SIGNATURE_BYTES]
    if authorization[-_SIGNATURE_BYTES:] == signature and head.endswith((b" Signature=", b",Signature=")):
        _remember(_claims_seen, head, claims)
    return claims, signature


def _remember(seen: dict[bytes, Any], name: bytes, value: object) -> None:
    if len(name) <= _REMEMBERED_BYTES_MAX:
        keep(seen, name, value, _REMEMBERED_MAX)


def _read_claims(credential: str, signed_headers: str, family: Family, presigned: bool) -> Claims:
    parts = credential.split("/")
    if len(parts) != 5 or (family == "s3" and not parts[0]):
        raise refusals.bad_credential(family, credential, presigned)
    access_key, date, region, service, terminator = parts
    named = {name for name in signed_headers.lower().encode("utf-8").split(b";") if name}
    names = tuple(sorted(named))
    return Claims(
        access_key,
        date,
        region,
        service,
        terminator,
        f"{date}/{region}/{service}/{terminator}",
        terminator == TERMINATOR and is_region(region),
        names,
        frozenset(named),
        _USUALLY_UNSIGNED | named,
        b";".join(names),
        itemgetter(*names) if names else _nothing,
        b"".join([name.replace(b"%", b"%%") + b":%b\n" for name in names]),
    )


def is_region(name: str) -> bool:
    """Whether it could be a region: every one is served."""
    return len(name) <= 32 and name.isascii() and name.islower() and name.replace("-", "").isalnum()


def _nothing(_headers: Mapping[bytes, bytes]) -> tuple[()]:
    return ()


def _read_date(stamp: bytes, http: bool) -> tuple[str, int] | None:
    """(timestamp, milliseconds) of a date in ISO 8601's basic format or, in a Date header, of HTTP's (RFC 9110, 5.6.7);
    None when it is neither."""
    text = stamp.decode("latin-1").strip()
    try:
        if len(text) == 16 and text[8] == "T" and text[15] == "Z" and (text[:8] + text[9:15]).isdecimal():
            moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        elif http:
            moment = parsedate_to_datetime(text)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        else:
            return None
    except (ValueError, TypeError, OverflowError):
        return None
    time = f"{moment:%Y%m%dT%H%M%SZ}", int(moment.timestamp()) * 1000
    _remember(_times_seen, stamp, time)
    return time


def _is_presigned(query: str) -> bool:
    return any(pair.partition("=")[0] in _PARAMETERS[:3] for pair in query.split("&"))


def _of_query(request: Request, family: Family) -> Presented:
    """What a presigned URL presents."""
    values = _query_values(request.query, family)
    algorithm = values.get("X-Amz-Algorithm", "")
    if algorithm and algorithm != ALGORITHM:
        raise refusals.other_algorithm(family, algorithm, presigned=True)
    needed = (*_PARAMETERS, "X-Amz-Expires") if family == "s3" else _PARAMETERS
    missing = [name for name in needed if not values.get(name)]
    if missing:
        raise refusals.query_parts_missing(family, missing)
    stamp = values["X-Amz-Date"]
    time = _read_date(stamp.encode(), http=False)
    if time is None:
        raise refusals.bad_date(family, stamp, presigned=True)
    claims = _read_claims(values["X-Amz-Credential"], values["X-Amz-SignedHeaders"], family, presigned=True)
    payload = values.get("X-Amz-Content-Sha256", "")
    if not payload and b"x-amz-content-sha256" in claims.signed:
        payload = request.header(b"x-amz-content-sha256") or ""
    return Presented(
        claims,
        values["X-Amz-Signature"].encode(),
        time[0],
        time[1],
        b"",
        values.get("X-Amz-Security-Token", ""),
        payload,
        True,
        _read_expires(values.get("X-Amz-Expires"), family),
    )


def _query_values(query: str, family: Family) -> dict[str, str]:
    """The X-Amz- parameters by name. Raises `SignatureRefused` when one comes twice: only one can be meant."""
    values: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name.startswith("X-Amz-"):
            if name in values:
                raise refusals.query_parts_missing(family, (name,))
            values[name] = unquote_plus(value)
    return values


def _read_expires(text: str | None, family: Family) -> int:
    if text is None:
        return WINDOW_S
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= EXPIRES_S_MAX):
        raise refusals.bad_expires(family, text)
    return int(text)


def _refuse_version_2(request: Request, family: Family) -> None:
    """Raise `SignatureRefused` for a request that is signed with Signature Version 2."""
    given = [request.query.encode("utf-8", "surrogatepass")]
    if (request.header(b"content-type") or "").startswith("application/x-www-form-urlencoded"):
        given.append(request.body)
    # Not taken apart: it may be large, and is nobody's yet.
    if all(any(_has_parameter(form, name) for form in given) for name in (b"AWSAccessKeyId=", b"Signature=")):
        raise refusals.other_algorithm(family, "AWS2", presigned=False)


def _has_parameter(form: bytes, start: bytes) -> bool:
    return form.startswith(start) or b"&" + start in form
