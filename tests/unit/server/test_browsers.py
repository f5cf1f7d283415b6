"""What the setting `cors_origins` opens: preflights, readable answers, and nothing for anybody else."""

from __future__ import annotations

import pytest

from chasqui.base.errors import SettingsError
from chasqui.server.browsers import Browsers, Origins
from chasqui.server.exchange import Exchange
from tests.unit.server.serving import TEXT, connected, read_answer, request, run, serving
from tests.unit.server.test_http2 import client

APP = "Origin: https://app.test"
ASKS = "Access-Control-Request-Method: POST"
BROWSERS = Browsers(Origins(["https://app.test", "http://localhost:3000"]), frozenset())


def handler(browsers: Browsers) -> object:
    def answer(exchange: Exchange) -> None:
        if not browsers.greet(exchange):
            exchange.respond(200, TEXT, b"an answer")

    return answer


def answered(data: bytes, browsers: Browsers = BROWSERS) -> tuple[int, dict[str, str], bytes]:
    async def main() -> tuple[int, dict[str, str], bytes]:
        async with serving(handler(browsers)) as listener, connected(listener) as (reader, writer):  # type: ignore[arg-type]
            writer.write(data)
            return await read_answer(reader, head_only=data.startswith(b"OPTIONS"))

    found: tuple[int, dict[str, str], bytes] = run(main())
    return found


def test_a_preflight_of_an_allowed_origin_is_granted() -> None:
    asked = "Access-Control-Request-Headers: authorization,content-type,x-amz-date,x-amz-target"
    status, headers, _ = answered(request("/", APP, ASKS, asked, method="OPTIONS"))

    assert status == 204
    assert headers["access-control-allow-origin"] == "https://app.test"
    assert "POST" in headers["access-control-allow-methods"]
    assert headers["access-control-allow-headers"] == "authorization,content-type,x-amz-date,x-amz-target"
    assert headers["access-control-max-age"] == "600"
    assert headers["vary"] == "origin"


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://app.test", "https://app.test:8443", ""])
def test_a_preflight_of_any_other_origin_is_refused(origin: str) -> None:
    status, headers, _ = answered(request("/", f"Origin: {origin}", ASKS, method="OPTIONS"))

    assert status == 403
    assert not [name for name in headers if name.startswith("access-control-")]


def test_without_configuration_every_preflight_is_refused() -> None:
    status, headers, _ = answered(request("/", APP, ASKS, method="OPTIONS"), Browsers(Origins(), frozenset()))

    assert status == 403
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("asked", ["a" * 5000, "a b", "authorization;x", "a,,b"])
def test_headers_are_granted_only_as_a_list_of_names_of_moderate_length(asked: str) -> None:
    status, headers, _ = answered(request("/", APP, ASKS, f"Access-Control-Request-Headers: {asked}", method="OPTIONS"))

    assert status == 204
    assert "access-control-allow-headers" not in headers


def test_an_allowed_page_may_read_the_answer() -> None:
    status, headers, body = answered(request("/", APP))

    assert (status, body) == (200, b"an answer")
    assert headers["access-control-allow-origin"] == "https://app.test"
    assert "x-amzn-requestid" in headers["access-control-expose-headers"]


def test_other_pages_and_programs_get_no_such_fields() -> None:
    for data in (request("/", "Origin: https://evil.test"), request("/")):
        status, headers, _ = answered(data)

        assert status == 200
        assert not [name for name in headers if name.startswith("access-control-")]


def test_a_page_may_read_the_answer_over_http2_too() -> None:
    async def main() -> dict[str, str]:
        async with serving(handler(BROWSERS)) as listener, client(listener) as http:  # type: ignore[arg-type]
            stream = http.send("/", b"", True, "POST", ("origin", "http://localhost:3000"))
            await http.answer(stream)
            return http.headers(stream)

    assert run(main())["access-control-allow-origin"] == "http://localhost:3000"


def test_any_origin_may_be_allowed_and_is_named_in_the_answer() -> None:
    anybody = Browsers(Origins(["*"]), frozenset())

    assert (
        answered(request("/", "Origin: https://x.test"), anybody)[1]["access-control-allow-origin"] == "https://x.test"
    )
    assert answered(request("/", "Origin: null"), anybody)[1]["access-control-allow-origin"] == "null"


@pytest.mark.parametrize("origin", ["app.test", "https://app.test/", "https://a.test/path", "https://a b", "null", ""])
def test_what_is_no_origin_cannot_be_configured(origin: str) -> None:
    with pytest.raises(SettingsError, match="cors_origins"):
        Origins([origin])
