"""How functions and layers are named in requests."""

from __future__ import annotations

import pytest

from chasqui.base.call import Call
from chasqui.base.errors import ServiceError
from chasqui.base.principal import root_of
from chasqui.services.lambda_.functions.names import (
    FunctionName,
    LayerName,
    peek,
    peek_layer,
    read_name,
    read_new_name,
)

CALL = Call("123456789012", "eu-west-1", root_of("123456789012"), "123456789012", "http://localhost:4566")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:resize"


@pytest.mark.parametrize(
    "text",
    ["resize", "function:resize", "123456789012:function:resize", "eu-west-1:123456789012:function:resize", ARN],
)
def test_every_form_of_a_name_means_the_same_function(text: str) -> None:
    assert read_name(CALL, text) == FunctionName("123456789012", "eu-west-1", "resize")


@pytest.mark.parametrize(
    ("text", "qualifier", "expected"),
    [
        ("resize:7", None, "7"),
        (f"{ARN}:live", None, "live"),
        ("resize", "live", "live"),
        ("resize:live", "live", "live"),
        ("resize:$LATEST", None, "$LATEST"),
    ],
)
def test_a_qualifier_comes_with_the_name_or_beside_it(text: str, qualifier: str | None, expected: str) -> None:
    assert read_name(CALL, text, qualifier).qualifier == expected


def test_two_different_qualifiers_are_refused() -> None:
    with pytest.raises(ServiceError) as error:
        read_name(CALL, "resize:live", "7")

    assert error.value.code == "InvalidParameterValueException"
    assert "does not match the specified qualifier" in error.value.message


def test_functions_of_another_region_are_out_of_reach() -> None:
    with pytest.raises(ServiceError) as error:
        read_name(CALL, ARN.replace("eu-west-1", "us-east-1"))

    assert error.value.code == "ResourceNotFoundException"
    assert error.value.message == "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')"


def test_a_function_of_another_account_is_named_by_its_arn() -> None:
    named = read_name(CALL, ARN.replace("123456789012", "210987654321"))

    assert (named.account, named.owner) == ("210987654321", "210987654321/eu-west-1")


def test_a_new_function_has_a_name_of_64_characters_at_most() -> None:
    with pytest.raises(ServiceError) as error:
        read_new_name(CALL, "a" * 65)

    assert error.value.code == "InvalidParameterValueException"
    assert error.value.message.endswith("Member must have length less than or equal to 64")


@pytest.mark.parametrize("text", ["", "a b", "arn:aws:sqs:eu-west-1:123456789012:q", "resize:a:b", "ünï", None])
def test_what_is_no_name_is_seen_without_an_exception(text: str | None) -> None:
    assert peek(CALL, text) is None


def test_layers_are_named_by_name_or_by_arn() -> None:
    arn = "arn:aws:lambda:eu-west-1:210987654321:layer:tools:3"

    assert peek_layer(CALL, "tools", 3) == LayerName("123456789012/eu-west-1", "tools", 3)
    assert peek_layer(CALL, arn) == LayerName("210987654321/eu-west-1", "tools", 3)
    assert peek_layer(CALL, arn).version_arn == arn
