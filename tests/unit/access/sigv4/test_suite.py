"""The cases of AWS' Signature Version 4 test suite: requests and the signatures that AWS published for them."""

from __future__ import annotations

import pytest

from tests.unit.access.sigv4.support import HOST, STAMP, sent, verify

CREDENTIAL = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VANILLA = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
VANILLA_POST = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
STS_TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwt"
    "hAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVX"
    "AkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)

TARGETS = [
    ("get-vanilla", "/", VANILLA),
    ("get-vanilla-query", "/", VANILLA),
    (
        "get-vanilla-empty-query-key",
        "/?Param1=value1",
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    ),
    (
        "get-vanilla-query-order-key-case",
        "/?Param2=value2&Param1=value1",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    (
        "get-vanilla-query-order-key",
        "/?Param1=value2&Param1=Value1",
        "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
    ),
    (
        "get-vanilla-query-order-value",
        "/?Param1=value2&Param1=value1",
        "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
    ),
    (
        "get-vanilla-query-order-encoded",
        "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
        "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
    ),
    (
        "get-vanilla-query-unreserved",
        f"/?{UNRESERVED}={UNRESERVED}",
        "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    ),
    (
        "get-vanilla-utf8-query",
        "/?ሴ=bar",
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ),
    ("get-unreserved", f"/{UNRESERVED}", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    ("get-utf8", "/ሴ", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    ("get-relative", "/example/..", VANILLA),
    ("get-relative-relative", "/example1/example2/../..", VANILLA),
    ("get-slash", "//", VANILLA),
    ("get-slash-dot-slash", "/./", VANILLA),
    (
        "get-slash-pointless-dot",
        "/./example",
        "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
    ),
    ("get-slashes", "//example//", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
    ("get-space", "/example space/", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
    (
        "get-special-character",
        "/example/$delete",
        "a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27",
    ),
]

HEADERS = [
    (
        "get-header-key-duplicate",
        "GET",
        {"My-Header1": "value2,value2,value1"},
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ),
    (
        "get-header-value-multiline",
        "GET",
        {"My-Header1": "value1\r\n  value2\r\n     value3"},
        "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd",
    ),
    (
        "get-header-value-order",
        "GET",
        {"My-Header1": "value4,value1,value3,value2"},
        "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
    ),
    (
        "get-header-value-trim",
        "GET",
        {"My-Header1": " value1", "My-Header2": ' "a   b   c"'},
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    (
        "get-vanilla-with-session-token",
        "GET",
        {"X-Amz-Security-Token": "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"},
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
    ),
    ("post-vanilla", "POST", {}, VANILLA_POST),
    (
        "post-header-key-sort",
        "POST",
        {"My-Header1": "value1"},
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    (
        "post-header-value-case",
        "POST",
        {"My-Header1": "VALUE1"},
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    ),
    (
        "post-sts-header-before",
        "POST",
        {"X-Amz-Security-Token": STS_TOKEN},
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    ),
]

FORMS = [
    (
        "post-x-www-form-urlencoded",
        "application/x-www-form-urlencoded",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    (
        "post-x-www-form-urlencoded-parameters",
        "application/x-www-form-urlencoded; charset=utf8",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
    ),
]

PRESIGNED = [
    (
        "get-vanilla-utf8-query",
        "/?ሴ=bar&",
        "host",
        "0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600",
    ),
    (
        "get-header-value-trim",
        "/?",
        "host%3Bmy-header1%3Bmy-header2",
        "e7bb0fd515e125e1aec2ecc4c0c17484fb06f6846b927c35e46005dd3df3acd4",
    ),
    (
        "get-space-normalized",
        "/example space/?",
        "host",
        "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6",
    ),
]


def authorization(names: str, signature: str) -> str:
    return f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders={names}, Signature={signature}"


@pytest.mark.parametrize(("target", "signature"), [case[1:] for case in TARGETS], ids=[case[0] for case in TARGETS])
def test_the_suites_paths_and_queries_verify(target: str, signature: str) -> None:
    headers = {"Host": HOST, "X-Amz-Date": STAMP, "Authorization": authorization("host;x-amz-date", signature)}

    presented = verify(sent("GET", target, headers))

    assert presented.signature == signature.encode()


@pytest.mark.parametrize(
    ("method", "headers", "signature"), [case[1:] for case in HEADERS], ids=[case[0] for case in HEADERS]
)
def test_the_suites_headers_verify(method: str, headers: dict[str, str], signature: str) -> None:
    names = ";".join(sorted(name.lower() for name in ("Host", "X-Amz-Date", *headers)))
    common = {"Host": HOST, "X-Amz-Date": STAMP, "Authorization": authorization(names, signature)}

    presented = verify(sent(method, "/", common | headers))

    assert presented.signature == signature.encode()


@pytest.mark.parametrize(("content_type", "signature"), [case[1:] for case in FORMS], ids=[case[0] for case in FORMS])
def test_the_suites_forms_verify(content_type: str, signature: str) -> None:
    headers = {
        "Content-Type": content_type,
        "Host": HOST,
        "X-Amz-Date": STAMP,
        "Authorization": authorization("content-type;host;x-amz-date", signature),
    }

    presented = verify(sent("POST", "/", headers, b"Param1=value1"))

    assert presented.signature == signature.encode()


def test_a_session_token_that_was_added_after_signing_is_taken() -> None:
    # post-sts-header-after
    headers = {
        "Host": HOST,
        "X-Amz-Date": STAMP,
        "X-Amz-Security-Token": STS_TOKEN,
        "Authorization": authorization("host;x-amz-date", VANILLA_POST),
    }

    presented = verify(sent("POST", "/", headers))

    assert presented.token == STS_TOKEN


@pytest.mark.parametrize(
    ("start", "names", "signature"), [case[1:] for case in PRESIGNED], ids=[case[0] for case in PRESIGNED]
)
def test_the_suites_presigned_urls_verify(start: str, names: str, signature: str) -> None:
    target = (
        f"{start}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={CREDENTIAL.replace('/', '%2F')}"
        f"&X-Amz-Date={STAMP}&X-Amz-SignedHeaders={names}&X-Amz-Expires=3600&X-Amz-Signature={signature}"
    )
    headers = {"Host": HOST, "X-Amz-Date": STAMP, "My-Header1": " value1", "My-Header2": ' "a   b   c"'}

    presented = verify(sent("GET", target, headers))

    assert presented.presigned
