"""Platform endpoints: tokens, attributes, which are the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sns.direct_support import refusal, sns, sns_client
from tests.unit.sns.test_platforms import create

__all__ = ["sns", "sns_client"]

_REASON = "Invalid parameter: Attributes Reason: "


@pytest.fixture
def app(sns: Any) -> str:
    return create(sns)


def register(sns: Any, app: str, token: str = "token_1", **more: Any) -> str:
    return str(sns.create_platform_endpoint(PlatformApplicationArn=app, Token=token, **more)["EndpointArn"])


def attributes(sns: Any, arn: str) -> dict[str, str]:
    return dict(sns.get_endpoint_attributes(EndpointArn=arn)["Attributes"])


def test_an_endpoint_has_its_application_in_its_arn(sns: Any, app: str) -> None:
    arn = register(sns, app)
    assert arn.startswith("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/")
    assert attributes(sns, arn) == {"Enabled": "true", "Token": "token_1"}


def test_the_same_token_and_attributes_are_the_same_endpoint(sns: Any, app: str) -> None:
    arn = register(sns, app, CustomUserData="me")
    assert register(sns, app, CustomUserData="me") == arn
    assert register(sns, app, Attributes={"CustomUserData": "me", "Enabled": "True"}) == arn
    assert register(sns, app, "another") != arn


def test_the_same_token_with_other_attributes_is_refused(sns: Any, app: str) -> None:
    arn = register(sns, app, CustomUserData="me")
    told = (
        400,
        "InvalidParameter",
        f"Invalid parameter: Token Reason: Endpoint {arn} already exists with the same Token,"
        " but different attributes.",
    )
    assert refusal(register, sns=sns, app=app, CustomUserData="you") == told
    assert refusal(register, sns=sns, app=app) == told
    assert refusal(register, sns=sns, app=app, CustomUserData="me", Attributes={"Enabled": "false"}) == told


def test_a_disabled_endpoint_is_still_the_one_with_its_token(sns: Any, app: str) -> None:
    arn = register(sns, app)
    sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false"})
    assert register(sns, app) == arn
    assert attributes(sns, arn)["Enabled"] == "false"


def test_user_data_beside_the_attributes_counts(sns: Any, app: str) -> None:
    arn = register(sns, app, CustomUserData="foo", Attributes={"CustomUserData": "bar"})
    assert attributes(sns, arn)["CustomUserData"] == "foo"


def test_applications_have_tokens_of_their_own(sns: Any, app: str) -> None:
    assert register(sns, app) != register(sns, create(sns, "other"))


def test_attributes_are_changed(sns: Any, app: str) -> None:
    arn = register(sns, app)
    sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Token": "new", "Enabled": "FALSE", "CustomUserData": "x"})
    assert attributes(sns, arn) == {"Enabled": "false", "Token": "new", "CustomUserData": "x"}
    assert register(sns, app, "new", CustomUserData="x") == arn
    assert register(sns, app) != arn


def test_another_endpoints_token_cannot_be_taken(sns: Any, app: str) -> None:
    first, second = register(sns, app), register(sns, app, "second")
    told = refusal(sns.set_endpoint_attributes, EndpointArn=second, Attributes={"Token": "token_1"})
    assert first in told[2]
    assert attributes(sns, second)["Token"] == "second"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"InvalidKey": "x"}, f"{_REASON}Invalid attribute name: InvalidKey"),
        ({"PlatformPrincipal": "x"}, f"{_REASON}Invalid attribute name: PlatformPrincipal"),
        ({"Enabled": "maybe"}, f"{_REASON}Invalid value for attribute: Enabled: must be true or false"),
        (
            {"CustomUserData": "é" * 1025},
            f"{_REASON}Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding",
        ),
        ({"Token": ""}, "Invalid parameter: Token Reason: cannot be empty"),
    ],
)
def test_attributes_that_cannot_be_are_refused(sns: Any, app: str, given: dict[str, str], told: str) -> None:
    arn = register(sns, app)
    refused = refusal(sns.set_endpoint_attributes, EndpointArn=arn, Attributes=given)
    assert refused == (400, "InvalidParameter", told)
    assert attributes(sns, arn) == {"Enabled": "true", "Token": "token_1"}


def test_tokens_are_held_to_their_platform(sns: Any, app: str) -> None:
    apple = create(sns, platform="APNS")
    assert attributes(sns, register(sns, apple, "ABCDEF01"))["Token"] == "abcdef01"
    message = "Invalid parameter: Token Reason: iOS device tokens must be no more than 400 hexadecimal characters"
    assert refusal(register, sns=sns, app=apple, token="a" * 401)[2] == message
    assert refusal(register, sns=sns, app=apple, token="xyz")[2] == message
    assert refusal(register, sns=sns, app=app, token="t" * 4097)[1] == "InvalidParameter"
    assert refusal(register, sns=sns, app=app, token="")[2] == "Invalid parameter: Token Reason: cannot be empty"


def test_deleting_is_done_once_and_may_be_said_twice(sns: Any, app: str) -> None:
    arn = register(sns, app)
    for _ in range(2):
        sns.delete_endpoint(EndpointArn=arn)
    assert refusal(sns.get_endpoint_attributes, EndpointArn=arn) == (404, "NotFound", "Endpoint does not exist")
    assert register(sns, app) != arn


@pytest.mark.parametrize(
    ("arn", "status", "told"),
    [
        ("x", 400, "Invalid parameter: EndpointArn Reason: An ARN must have at least 6 elements, not 1"),
        (
            "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app",
            400,
            "Invalid parameter: EndpointArn Reason: Wrong number of slashes in relative portion of the ARN.",
        ),
        ("arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/none", 404, "Endpoint does not exist"),
    ],
)
def test_what_is_no_endpoint_is_not_found(sns: Any, arn: str, status: int, told: str) -> None:
    assert refusal(sns.get_endpoint_attributes, EndpointArn=arn)[::2] == (status, told)
    assert refusal(sns.set_endpoint_attributes, EndpointArn=arn, Attributes={"Enabled": "true"})[::2] == (status, told)


def test_another_accounts_endpoint_is_neither_seen_nor_deleted(chasqui: Any, sns: Any, app: str) -> None:
    arn = register(sns, app)
    stranger = chasqui.client("sns", account="111122223333")
    assert refusal(stranger.get_endpoint_attributes, EndpointArn=arn)[0] == 404
    stranger.delete_endpoint(EndpointArn=arn)
    stranger.close()
    assert attributes(sns, arn)["Token"] == "token_1"


def test_endpoints_come_in_pages_of_a_hundred(sns: Any, app: str) -> None:
    made = {register(sns, app, f"t{each}") for each in range(103)}
    first = sns.list_endpoints_by_platform_application(PlatformApplicationArn=app)
    second = sns.list_endpoints_by_platform_application(PlatformApplicationArn=app, NextToken=first["NextToken"])
    assert (len(first["Endpoints"]), len(second["Endpoints"])) == (100, 3)
    assert {each["EndpointArn"] for page in (first, second) for each in page["Endpoints"]} == made
