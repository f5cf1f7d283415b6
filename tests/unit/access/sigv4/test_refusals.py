"""How requests are refused, family by family: AWS' codes and words."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth

from chasqui.access.sigv4 import refusals
from chasqui.access.sigv4.refusals import Family, SignatureRefused
from chasqui.wire.errors import resolve
from chasqui.wire.protocol import Request
from tests.unit.access.sigv4.support import HOST, KEY, NOW_MS, S3, SERVICE, STAMP, refusal, sent, signed, with_headers

MINUTE_MS = 60_000
CREDENTIAL = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def given(authorization: str, **headers: str) -> Request:
    """A GET with this Authorization header."""
    return sent("GET", "/", {"Host": HOST, "X-Amz-Date": STAMP, "Authorization": authorization, **headers})


def scoped(scope: str, family: Family = "query") -> SignatureRefused:
    """How a request with this Credential is refused."""
    content = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"} if family == "s3" else {}
    header = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=00"
    return refusal(given(header, **content), S3 if family == "s3" else SERVICE, family)


def with_query(old: str, new: str, family: Family = "query") -> SignatureRefused:
    """How a presigned URL with a changed query string is refused."""
    signer = S3SigV4QueryAuth if family == "s3" else SigV4QueryAuth
    services = S3 if family == "s3" else SERVICE
    request = signed(signer, *services)
    assert old in request.query
    return refusal(request._replace(query=request.query.replace(old, new)), services, family)


class TestTime:
    """The window of 15 minutes, and presigned URLs' ends."""

    @pytest.mark.parametrize("minutes", [-15, 15])
    def test_a_quarter_of_an_hour_is_not_too_much(self, minutes: int) -> None:
        request = signed(SigV4Auth, "service")

        refused = refusal(request, now_ms=NOW_MS + minutes * MINUTE_MS, secret="another")

        assert refused.message == MISMATCH

    def test_an_old_signature_has_expired(self) -> None:
        refused = refusal(signed(SigV4Auth, "service"), now_ms=NOW_MS + 16 * MINUTE_MS)

        assert refused.code == "SignatureDoesNotMatch"
        assert refused.status == 403
        assert refused.message == (
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z (20150830T125200Z - 15 min.)"
        )

    def test_a_signature_of_the_future_is_not_yet_current(self) -> None:
        refused = refusal(signed(SigV4Auth, "service"), now_ms=NOW_MS - 16 * MINUTE_MS)

        assert refused.message == (
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123500Z "
            "(20150830T122000Z + 15 min.)"
        )

    @pytest.mark.parametrize("minutes", [-16, 16])
    def test_s3_says_that_the_clocks_differ(self, minutes: int) -> None:
        refused = refusal(signed(S3SigV4Auth, "s3"), S3, "s3", NOW_MS + minutes * MINUTE_MS)

        assert refused.code == "RequestTimeTooSkewed"
        assert refused.fields["RequestTime"] == STAMP
        assert refused.fields["MaxAllowedSkewMilliseconds"] == "900000"

    def test_a_presigned_url_lives_as_long_as_it_says(self) -> None:
        request = signed(S3SigV4QueryAuth, "s3", expires=60)

        refused = refusal(request, S3, "s3", NOW_MS + 60_000, "another")

        assert refused.code == "SignatureDoesNotMatch"

    def test_a_presigned_url_of_s3_expires(self) -> None:
        refused = refusal(signed(S3SigV4QueryAuth, "s3", expires=60), S3, "s3", NOW_MS + 61_000)

        assert (refused.code, refused.message, refused.status) == ("AccessDenied", "Request has expired", 403)
        assert refused.fields == {
            "X-Amz-Expires": "60",
            "Expires": "2015-08-30T12:37:00Z",
            "ServerTime": "2015-08-30T12:37:01Z",
        }

    def test_a_presigned_url_of_another_service_expires(self) -> None:
        refused = refusal(signed(SigV4QueryAuth, "service", expires=60), now_ms=NOW_MS + 61_000)

        assert refused.message == "Signature expired: 20150830T123700Z is now earlier than 20150830T123701Z"

    def test_a_presigned_url_of_the_future_is_not_yet_valid(self) -> None:
        refused = refusal(signed(S3SigV4QueryAuth, "s3"), S3, "s3", NOW_MS - 16 * MINUTE_MS)

        assert (refused.code, refused.message) == ("AccessDenied", "Request is not yet valid")


class TestScope:
    """The credential scope must be the request's."""

    def test_all_that_is_wrong_is_told(self) -> None:
        refused = scoped("AKIDEXAMPLE/b/C/d/e")

        assert refused.code == "SignatureDoesNotMatch"
        assert refused.message == (
            "Credential should be scoped to a valid region, not 'C'. "
            "Credential should be scoped to correct service: 'service'. "
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. "
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            "'b' != '20150830', from '20150830T123600Z'. "
        )

    @pytest.mark.parametrize("region", ["us-east-1", "eu-central-2", "local", "us-gov-west-1", "auto"])
    def test_every_region_is_served(self, region: str) -> None:
        refused = scoped(f"AKIDEXAMPLE/20150830/{region}/service/aws4_request")

        assert refused.message == MISMATCH

    @pytest.mark.parametrize("region", ["", "US-EAST-1", "us_east_1", "r" * 33, "ü"])
    def test_what_could_be_no_region_is_refused(self, region: str) -> None:
        refused = scoped(f"AKIDEXAMPLE/20150830/{region}/service/aws4_request")

        assert "Credential should be scoped to a valid region" in refused.message

    @pytest.mark.parametrize("credential", ["AKIDEXAMPLE", "a/b/c/d", "a/b/c/d/e/f"])
    def test_a_credential_has_five_parts(self, credential: str) -> None:
        refused = scoped(credential)

        assert refused.code == "IncompleteSignature"
        assert refused.message == (
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{credential}'"
        )

    @pytest.mark.parametrize(
        ("credential", "detail"),
        [
            ("a/b/c/d", 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'),
            (
                "/20150830/us-east-1/s3/aws4_request",
                "a non-empty Access Key (AKID) must be provided in the credential.",
            ),
            (
                "a/2015/us-east-1/s3/aws4_request",
                'incorrect date format "2015". This date in the credential must be in the format "yyyyMMdd".',
            ),
            (
                "a/20150829/us-east-1/s3/aws4_request",
                "Invalid credential date. Date is not the same as X-Amz-Date.",
            ),
            ("a/20150830/US/s3/aws4_request", "the region 'US' is wrong; expecting 'us-east-1'"),
            ("a/20150830/us-east-1/s2/aws4_request", 'incorrect service "s2". This endpoint belongs to "s3".'),
            (
                "a/20150830/us-east-1/s3/aws5_request",
                'incorrect terminal "aws5_request". This endpoint uses "aws4_request".',
            ),
        ],
    )
    def test_s3_tells_what_is_wrong_with_the_header(self, credential: str, detail: str) -> None:
        refused = scoped(credential, "s3")

        assert (refused.code, refused.status) == ("AuthorizationHeaderMalformed", 400)
        assert refused.message == f"The authorization header is malformed; {detail}"

    def test_s3_names_the_region_to_sign_for_where_that_is_what_is_wrong(self) -> None:
        assert scoped("a/20150830/US/s3/aws4_request", "s3").fields == {"Region": "us-east-1"}
        assert scoped("a/20150830/us-east-1/s2/aws4_request", "s3").fields == {}

    def test_s3_tells_what_is_wrong_with_a_presigned_url(self) -> None:
        refused = with_query("%2Fs3%2F", "%2Fs2%2F", "s3")

        assert refused.code == "AuthorizationQueryParametersError"
        assert refused.message == (
            'Error parsing the X-Amz-Credential parameter; incorrect service "s2". This endpoint belongs to "s3".'
        )


class TestSignedHeaders:
    """Host, the date and every x-amz- header must be signed."""

    def test_host_must_be_signed(self) -> None:
        refused = refusal(given(f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=x-amz-date, Signature=00"))

        assert refused.code == "SignatureDoesNotMatch"
        assert refused.message == "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."

    def test_a_target_that_was_added_is_refused(self) -> None:
        request = with_headers(signed(SigV4Auth, "service"), {b"x-amz-target": b"AmazonSQS.DeleteQueue"})

        refused = refusal(request)

        assert refused.message == "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."

    def test_a_date_that_is_not_signed_is_refused(self) -> None:
        header = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=00"
        request = sent("GET", "/", {"Host": HOST, "Date": "Sun, 30 Aug 2015 12:36:00 GMT", "Authorization": header})

        refused = refusal(request)

        assert refused.message == "'date' must be a 'SignedHeader' in the AWS Authorization."

    def test_s3_names_the_headers_that_are_not_signed(self) -> None:
        request = with_headers(signed(S3SigV4Auth, "s3"), {b"x-amz-acl": b"public-read", b"x-amz-copy-source": b"/b/k"})

        refused = refusal(request, S3, "s3")

        assert refused.code == "AccessDenied"
        assert refused.message == "There were headers present in the request which were not signed"
        assert refused.fields == {"HeadersNotSigned": "x-amz-acl, x-amz-copy-source"}

    def test_a_header_that_is_signed_and_was_not_sent_counts_as_empty(self) -> None:
        request = signed(SigV4Auth, "service", headers={"My-Header": ""})

        refused = refusal(with_headers(request, {b"my-header": None}), secret="another", family="rest-json")

        assert "\nmy-header:\n" in refused.message


class TestForm:
    """Requests that can't be read."""

    def test_what_the_header_lacks_is_told(self) -> None:
        refused = refusal(sent("GET", "/", {"Host": HOST, "Authorization": "AWS4-HMAC-SHA256"}))

        assert (refused.code, refused.status) == ("IncompleteSignature", 400)
        assert refused.message.startswith(
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
            "parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires "
            "existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) "
            "Authorization="
        )

    def test_s3_wants_three_components(self) -> None:
        refused = refusal(given("AWS4-HMAC-SHA256 Signature=00"), S3, "s3")

        assert refused.message == (
            "The authorization header is malformed; the authorization header requires three components: Credential, "
            "SignedHeaders, and Signature."
        )

    @pytest.mark.parametrize("separator", [", ", ",", " ", " , ", ",\t"])
    def test_parts_are_separated_by_commas_or_spaces(self, separator: str) -> None:
        parts = (f"Credential={CREDENTIAL}", "SignedHeaders=host;x-amz-date", "Signature=00")

        refused = refusal(given("AWS4-HMAC-SHA256 " + separator.join(parts)))

        assert refused.message == MISMATCH

    @pytest.mark.parametrize("more", ["Credential", "Signature=11"])
    def test_a_part_without_value_or_twice_is_refused(self, more: str) -> None:
        header = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=00, {more}"

        refused = refusal(given(header))

        assert refused.code == "IncompleteSignature"
        assert refused.message.startswith("Invalid key=value pair (missing equal-sign) in Authorization header")
        assert CREDENTIAL not in refused.message

    @pytest.mark.parametrize(
        "date", ["20150830", "2015-08-30T12:36:00Z", "20150830T123600", "20151330T123600Z", "２０150830T123600Z", ""]
    )
    def test_a_date_must_be_in_the_basic_format(self, date: str) -> None:
        request = with_headers(signed(SigV4Auth, "service"), {b"x-amz-date": date.encode("utf-8")})

        refused = refusal(request)

        assert refused.code == "IncompleteSignature"
        assert refused.message.startswith("Date must be in ISO-8601 'basic format'. Got '")

    @pytest.mark.parametrize("date", ["Sun, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 14:36:00 +0200", STAMP])
    def test_a_date_header_does_instead(self, date: str) -> None:
        header = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=date;host, Signature=00"
        request = sent("GET", "/", {"Host": HOST, "Date": date, "Authorization": header})

        refused = refusal(request)

        assert refused.message == MISMATCH

    def test_sigv4a_is_refused_clearly(self) -> None:
        refused = refusal(given(f"AWS4-ECDSA-P256-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=00"))

        assert refused.code == "IncompleteSignature"
        assert refused.message == (
            "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). "
        )

    def test_s3_refuses_sigv4a_in_a_presigned_url(self) -> None:
        refused = with_query("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "s3")

        assert refused.code == "AuthorizationQueryParametersError"
        assert refused.message == 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"'

    @pytest.mark.parametrize(
        "request_",
        [
            given("AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg="),
            sent("GET", "/?Action=ListQueues&AWSAccessKeyId=A&SignatureVersion=2&Signature=x"),
            sent(
                "POST",
                "/",
                {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
                b"Action=ListQueues&AWSAccessKeyId=A&SignatureVersion=2&Signature=x",
            ),
        ],
        ids=["header", "query", "form"],
    )
    def test_signature_version_2_is_refused_clearly(self, request_: Request) -> None:
        refused = refusal(request_)

        assert refused.code == "IncompleteSignature"
        assert "only AWS4-HMAC-SHA256" in refused.message

    @pytest.mark.parametrize(("family", "code"), [("json", "SignatureDoesNotMatch"), ("s3", "InvalidArgument")])
    def test_two_signatures_are_refused(self, family: Family, code: str) -> None:
        request = signed(SigV4QueryAuth, "service")

        refused = refusal(with_headers(request, {b"authorization": b"AWS4-HMAC-SHA256"}), family=family)

        assert refused.code == code

    @pytest.mark.parametrize("name", ["X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Date"])
    def test_what_a_presigned_url_lacks_is_told(self, name: str) -> None:
        refused = with_query(f"{name}=", "other=")

        assert refused.code == "IncompleteSignature"
        assert refused.message == (
            f"AWS query-string parameters must include '{name}'. Re-examine the query-string parameters."
        )

    def test_a_presigned_url_has_no_parameter_of_its_signature_twice(self) -> None:
        refused = with_query("X-Amz-Date=", "X-Amz-Date=20160101T000000Z&X-Amz-Date=")

        assert refused.code == "IncompleteSignature"

    @pytest.mark.parametrize(
        ("expires", "message"),
        [
            ("x", "X-Amz-Expires should be a number"),
            ("-1", "X-Amz-Expires must be non-negative"),
            ("0", "X-Amz-Expires must be non-negative"),
            (
                "604801",
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
                "than 604800 seconds",
            ),
        ],
    )
    def test_a_presigned_url_of_s3_lives_between_a_second_and_a_week(self, expires: str, message: str) -> None:
        refused = with_query("X-Amz-Expires=3600", f"X-Amz-Expires={expires}", "s3")

        assert (refused.code, refused.message) == ("AuthorizationQueryParametersError", message)


class TestContent:
    """What x-amz-content-sha256 may say."""

    def test_s3_wants_to_be_told(self) -> None:
        request = with_headers(signed(S3SigV4Auth, "s3"), {b"x-amz-content-sha256": None})

        refused = refusal(request, S3, "s3")

        assert (refused.code, refused.status) == ("InvalidRequest", 400)

    def test_s3_takes_no_other_word(self) -> None:
        request = with_headers(signed(S3SigV4Auth, "s3"), {b"x-amz-content-sha256": b"wrong"})

        refused = refusal(request, S3, "s3")

        assert refused.code == "InvalidArgument"
        assert refused.fields == {"ArgumentName": "x-amz-content-sha256", "ArgumentValue": "wrong"}

    def test_s3_says_when_a_body_is_another(self) -> None:
        request = signed(S3SigV4Auth, "s3", "PUT", body=b"the body")

        refused = refusal(request._replace(body=b"another"), S3, "s3")

        assert (refused.code, refused.status) == ("XAmzContentSHA256Mismatch", 400)
        assert set(refused.fields) == {"ClientComputedContentSHA256", "S3ComputedContentSHA256"}

    def test_a_hash_that_is_not_the_bodys_is_a_mismatch_elsewhere(self) -> None:
        request = signed(S3SigV4Auth, "service", "PUT", body=b"the body")

        refused = refusal(request._replace(body=b"another"))

        assert refused.code == "SignatureDoesNotMatch"

    def test_a_hash_must_be_the_bodys_even_when_the_bodys_was_signed(self) -> None:
        class Signer(SigV4Auth):  # type: ignore[misc]
            """Sends one hash in the header and signs another."""

            def canonical_request(self, request: Any) -> str:
                text: str = super().canonical_request(request)
                return text.rpartition("\n")[0] + "\n" + hashlib.sha256(b"the body").hexdigest()

        headers = {"X-Amz-Content-SHA256": hashlib.sha256(b"another").hexdigest()}

        refused = refusal(signed(Signer, "service", "PUT", headers=headers, body=b"the body"))

        assert refused.code == "SignatureDoesNotMatch"

    def test_an_unsigned_body_is_refused_where_bodies_are_signed(self) -> None:
        request = signed(SigV4Auth, "service", headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})

        refused = refusal(request, unsigned_allowed=False)

        assert refused.code == "SignatureDoesNotMatch"


class TestMismatch:
    """What is told of a signature that does not match."""

    @pytest.mark.parametrize("family", ["query", "json"])
    def test_most_services_tell_nothing_more(self, family: Family) -> None:
        refused = refusal(signed(SigV4Auth, "service"), family=family, secret="another")

        assert refused.message == MISMATCH
        assert refused.fields == {}

    def test_rest_services_tell_what_was_to_be_signed(self) -> None:
        refused = refusal(signed(SigV4Auth, "service"), family="rest-json", secret="another")

        assert refused.message.startswith(
            f"{MISMATCH}\n\nThe Canonical String for this request should have been\n'GET\n/\n\nhost:{HOST}\n"
        )
        assert "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20150830T123600Z\n" in refused.message

    def test_s3_tells_what_was_to_be_signed(self) -> None:
        refused = refusal(signed(S3SigV4Auth, "s3"), S3, "s3", secret="another")

        assert refused.message.endswith("Check your key and signing method.")
        assert refused.fields["AWSAccessKeyId"] == KEY
        assert (
            bytes.fromhex(str(refused.fields["CanonicalRequestBytes"])).decode() == refused.fields["CanonicalRequest"]
        )

    @pytest.mark.parametrize("family", ["query", "json", "rest-json", "s3"])
    def test_a_session_token_is_never_told(self, family: Family) -> None:
        signer, services = (S3SigV4Auth, S3) if family == "s3" else (SigV4Auth, SERVICE)
        request = signed(signer, *services, token="the token")

        refused = refusal(request, services, family, secret="another")

        assert "the token" not in f"{refused.message}{refused.fields}"


CODES: list[tuple[Any, tuple[str, str, int]]] = [
    (refusals.missing_authentication, ("MissingAuthenticationTokenException", "MissingAuthenticationToken", 403)),
    (lambda family: refusals.unknown_key(family, KEY), ("UnrecognizedClientException", "InvalidClientTokenId", 403)),
    (lambda family: refusals.inactive_key(family, KEY), ("UnrecognizedClientException", "InvalidClientTokenId", 403)),
    (refusals.bad_token, ("UnrecognizedClientException", "InvalidClientTokenId", 403)),
    (refusals.expired_token, ("ExpiredTokenException", "ExpiredToken", 403)),
    (lambda _: refusals.access_denied("why"), ("AccessDeniedException", "AccessDenied", 403)),
    (refusals.both_forms, ("InvalidSignatureException", "SignatureDoesNotMatch", 403)),
]


@pytest.mark.parametrize(("make", "told"), CODES)
def test_clients_of_every_protocol_are_told_by_its_name(make: Any, told: tuple[str, str, int]) -> None:
    form = resolve(None, make("json"))

    assert (form.name, form.query, form.status) == told


@pytest.mark.parametrize(
    ("refused", "code", "status"),
    [
        (refusals.missing_authentication("s3"), "AccessDenied", 403),
        (refusals.unknown_key("s3", KEY), "InvalidAccessKeyId", 403),
        (refusals.inactive_key("s3", KEY), "InvalidAccessKeyId", 403),
        (refusals.bad_token("s3"), "InvalidToken", 400),
        (refusals.expired_token("s3"), "ExpiredToken", 400),
    ],
)
def test_s3_has_codes_of_its_own(refused: SignatureRefused, code: str, status: int) -> None:
    assert (refused.code, refused.status) == (code, status)
